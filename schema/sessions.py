"""Open sockets end when their session does, or when the member's roles change."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress

import asyncpg

from app.network.queries import unchanged
from app.network.viewer import Viewer

LOOK_EVERY_S = 1.0
MEMBERSHIP = "membership"  # the kind of fact after which to look at once

logger = logging.getLogger("tributary.sessions")


class SessionWatch:
    """Looks once a second, with one statement for all sockets of this process; with no socket it looks at nothing."""

    def __init__(self) -> None:
        self._watched: dict[asyncio.Future[None], Viewer] = {}
        self._task: asyncio.Task[None] | None = None
        self._soon = asyncio.Event()
        self._asking: set[Viewer] = set()
        self._answer: asyncio.Task[set[Viewer]] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="session watch")

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def heard(self, kinds: Sequence[str]) -> None:
        """Facts of these kinds were published: look at once when a member was changed."""
        if MEMBERSHIP in kinds:
            self._soon.set()

    async def until_revoked(self, viewer: Viewer) -> None:
        """Ends when the session was revoked or has expired, or the member was changed or suspended."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watched[ended] = viewer
        try:
            await ended
        finally:
            del self._watched[ended]

    async def confirmed(self, viewer: Viewer) -> None:
        """Return when the viewer's rights still hold, as of a moment after the call; those who ask together share one
        statement. Does not return when they do not: the viewer's sockets are being closed."""
        self._asking.add(viewer)
        if self._answer is None:
            self._answer = asyncio.get_running_loop().create_task(self._ask())
        if viewer not in await asyncio.shield(self._answer):
            self._end({viewer})
            await asyncio.get_running_loop().create_future()

    async def _ask(self) -> set[Viewer]:
        """Who still holds its rights, of all who ask until this task runs."""
        asking, self._asking, self._answer = list(self._asking), set(), None
        return {viewer for viewer, still in zip(asking, await unchanged(asking), strict=True) if still}

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._soon.wait()
            self._soon.clear()
            if self._watched:
                try:
                    await self._look()
                except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                    logger.warning("cannot look at sessions, trying again: %s", error)

    async def _look(self) -> None:
        asked = list(set(self._watched.values()))
        self._end({viewer for viewer, still in zip(asked, await unchanged(asked), strict=True) if not still})

    def _end(self, viewers: Collection[Viewer]) -> None:
        for ended, viewer in self._watched.items():
            if viewer in viewers and not ended.done():
                ended.set_result(None)
