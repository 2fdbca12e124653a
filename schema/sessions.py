"""Open sockets end when their session does, or when the member's roles change."""

import asyncio
import logging
from contextlib import suppress

import asyncpg
from tortoise.exceptions import BaseORMException

from app.network.queries import unchanged
from app.network.viewer import Viewer

LOOK_EVERY_S = 1.0

logger = logging.getLogger("tributary.sessions")


class SessionWatch:
    """Looks once a second, with one statement for all sockets of this process; with no socket it looks at nothing."""

    def __init__(self) -> None:
        self._watched: dict[asyncio.Future[None], Viewer] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="session watch")

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def until_revoked(self, viewer: Viewer) -> None:
        """Ends when the session was revoked or has expired, or the member was changed or suspended."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watched[ended] = viewer
        try:
            await ended
        finally:
            del self._watched[ended]

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._watched:
                try:
                    await self._look()
                except (asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException, OSError) as error:
                    logger.warning("cannot look at sessions, trying again: %s", error)

    async def _look(self) -> None:
        asked = list(self._watched.items())
        for (ended, _), still in zip(asked, await unchanged([viewer for _, viewer in asked]), strict=True):
            if not still and not ended.done():
                ended.set_result(None)
