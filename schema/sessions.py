"""Open sockets end when their session does, when the member's roles change, or when their credentials expire."""

import asyncio
import logging
import math
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final, Protocol
from weakref import WeakValueDictionary

import asyncpg

from app.ending import end
from app.network.queries import unchanged
from app.network.viewer import Viewer

LOOK_EVERY_S = 1.0
MEMBERSHIP: Final = "membership"  # the kind of fact after which to look at once
EXPIRED: Final = "The access token has expired"
ENDED: Final = "The session was revoked or changed"

logger = logging.getLogger("tributary.sessions")


class Ending(Protocol):
    """A socket, for those who end it."""

    def lose_rights(self, reason: str) -> None:
        """Nothing more is told from now on; close with 4403."""


class Session:
    """One log-in of a member with its rights, and the sockets here that stand on it."""

    __slots__ = ("__weakref__", "ended", "sockets", "viewer", "watch")

    def __init__(self, viewer: Viewer | None = None, watch: "SessionWatch | None" = None) -> None:
        self.viewer = viewer
        self.watch = watch
        self.ended = False
        self.sockets: set[Ending] = set()

    def join(self, socket: Ending) -> None:
        """The socket ends with the session; at once, if that has ended."""
        if self.ended:
            socket.lose_rights(ENDED)
        else:
            self.sockets.add(socket)

    def leave(self, socket: Ending) -> None:
        """The socket is closed."""
        self.sockets.discard(socket)

    def end(self) -> None:
        """It was revoked, or the rights are others now."""
        self.ended = True
        sockets, self.sockets = self.sockets, set()
        for socket in sockets:
            socket.lose_rights(ENDED)


class SessionWatch:
    """Looks once a second, with one statement for all sessions of this process; with no socket it looks at nothing."""

    def __init__(self) -> None:
        self._sessions: WeakValueDictionary[Viewer, Session] = WeakValueDictionary()
        self._task: asyncio.Task[None] | None = None
        self._soon = asyncio.Event()
        self._asking: set[Session] = set()
        self._one_at_a_time = asyncio.Lock()
        self._answer: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="session watch")

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            await end(self._task)

    def session(self, viewer: Viewer) -> Session:
        """The viewer's session, the same for all its sockets."""
        found = self._sessions.get(viewer)
        if found is None or found.ended:
            found = self._sessions[viewer] = Session(viewer, self)
        return found

    def heard(self, kinds: Sequence[str]) -> None:
        """Facts of these kinds were published: look at once when a member was changed."""
        if MEMBERSHIP in kinds:
            self._soon.set()

    async def confirm(self, sessions: Iterable[Session]) -> None:
        """Look whether their rights still hold, as of a moment after the call; those whose do not have ended then. Who
        asks while a statement is under way shares the next one."""
        self._asking.update(sessions)
        if self._answer is None:
            self._answer = asyncio.get_running_loop().create_task(self._ask())
            self._answer.add_done_callback(_retrieved)
        await asyncio.shield(self._answer)

    async def _ask(self) -> None:
        async with self._one_at_a_time:
            asking, self._asking, self._answer = self._asking, set(), None
            await self._look(asking)

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._soon.wait()
            self._soon.clear()
            try:
                await self._look(list(self._sessions.values()))
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                logger.warning("cannot look at sessions, trying again: %s", error)

    async def _look(self, sessions: Collection[Session]) -> None:
        asked = [(one, one.viewer) for one in sessions if one.viewer is not None and not one.ended]
        if asked:
            still = await unchanged([viewer for _, viewer in asked])
            for (session, _), holds in zip(asked, still, strict=True):
                if not holds:
                    session.end()


def _retrieved(done: "asyncio.Task[None]") -> None:
    """Whoever waits for a failure gets it; if nobody does any more, it is nobody's."""
    if not done.cancelled():
        done.exception()


class Expiries:
    """When which socket's credentials expire, to the second; one timer for all. The clock is asked every second: it may
    have been set."""

    def __init__(self) -> None:
        self._sockets: dict[int, set[Ending]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, socket: Ending, at: datetime) -> None:
        """End the socket then."""
        self._sockets.setdefault(_second(at), set()).add(socket)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(1.0, self._look)

    def discard(self, socket: Ending, at: datetime) -> None:
        """The socket is closed."""
        second = _second(at)
        if sockets := self._sockets.get(second):
            sockets.discard(socket)
            if not sockets:
                del self._sockets[second]

    def _look(self) -> None:
        now = time.time()
        for second in [one for one in self._sockets if one <= now]:
            for socket in self._sockets.pop(second):
                socket.lose_rights(EXPIRED)
        self._timer = asyncio.get_running_loop().call_later(1.0, self._look) if self._sockets else None


def _second(at: datetime) -> int:
    return math.ceil(at.timestamp())
