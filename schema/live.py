"""Live delivery that misses nothing: replay what was missed, then follow.

One `Hub` per process knows the last delivery number and wakes exactly the subscriptions of the companies that have
something to hear. What is delivered is read from the event log behind each subscription's own place in it, so a wake-up
that is lost, or a Redis that is wiped, costs a second and never an event.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson
from tortoise.exceptions import BaseORMException

from app.kernel import event_log
from app.kernel.event_log import MOST_BEHIND, Event
from app.wake import EVENTS, Wake

PAGE = 100
CAUGHT_UP_EVERY_S = 60.0

logger = logging.getLogger("tributary.live")


@dataclass(frozen=True, slots=True)
class Reached:
    """Everything up to this number was delivered."""

    delivery_no: int


@dataclass(frozen=True, slots=True)
class TooFar:
    """The cursor cannot be replayed; read afresh, then go on from `delivery_no`."""

    reason: str
    delivery_no: int


class Hub:
    """Who waits for which company's events in this process, and up to where events are known to be there."""

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self._waiting: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.last_no = 0

    def start(self) -> None:
        """Begin to listen and to look."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="hub")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        async for message in self._wake.hear(EVENTS):
            try:
                if message is None or not self._take(message):
                    await self._look()
            except (asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException, OSError) as error:
                logger.warning("cannot look for events, trying again: %s", error)

    def _take(self, message: bytes) -> bool:
        """Use a wake-up if it continues where we are; False: something in between was not heard."""
        said = orjson.loads(message)
        if said["lastNo"] - said["moved"] != self.last_no:
            return False
        self.last_no = said["lastNo"]
        self._call(UUID(one) for one in said["companies"])
        return True

    async def _look(self) -> None:
        found = await event_log.position()
        if found.last_no > self.last_no:
            before, self.last_no = self.last_no, found.last_no
            if found.last_no - before > MOST_BEHIND:
                self._call(list(self._waiting))
            else:
                self._call(await event_log.hearers(before, found.last_no))

    def _call(self, companies: Iterable[UUID]) -> None:
        for company_id in companies:
            for waiting in self._waiting.get(company_id, ()):
                waiting.set()

    async def position(self) -> event_log.Position:
        """The stream's ends now; what the hub knows never lags behind what it has said."""
        found = await event_log.position()
        if self.last_no == 0:
            self.last_no = found.last_no
        return found

    def enter(self, company_id: UUID) -> asyncio.Event:
        """A flag that is raised when the company has something to hear."""
        flag = asyncio.Event()
        self._waiting[company_id].add(flag)
        return flag

    def leave(self, company_id: UUID, flag: asyncio.Event) -> None:
        """Stop raising this flag."""
        flags = self._waiting[company_id]
        flags.discard(flag)
        if not flags:
            del self._waiting[company_id]


_hub: Hub | None = None


async def start(wake: Wake) -> None:
    """Start this process's hub."""
    global _hub
    _hub = Hub(wake)
    await _hub.position()
    _hub.start()


async def stop() -> None:
    """Stop this process's hub."""
    global _hub
    hub, _hub = _hub, None
    if hub is not None:
        await hub.stop()


def hub() -> Hub:
    """This process's hub."""
    if _hub is None:
        raise RuntimeError("live delivery was not started")
    return _hub


async def follow(
    company_id: UUID,
    after: int | None,
    *,
    kinds: Sequence[str] | None = None,
    subject_id: UUID | None = None,
    before_delivery: Callable[[], Awaitable[None]],
) -> AsyncGenerator[Sequence[Event] | Reached | TooFar, None]:
    """Events of a company after a delivery number, in order and without end; `after` None is from now.

    Pages of events come as they are read; `Reached` after the replay and then every minute. `before_delivery` runs
    before anything is read (it raises when the viewer's rights have changed). TooFar when `after` is older than what is
    kept or more than 10,000 behind; following goes on from the number it names.
    """
    here = hub()
    flag = here.enter(company_id)
    try:
        ends = await here.position()
        place, up_to = (ends.last_no, ends.last_no) if after is None else (after, max(after, ends.last_no))
        if place < ends.oldest_no - 1:
            place = ends.last_no
            yield TooFar("the cursor is older than what is kept", place)
        elif ends.last_no - place > MOST_BEHIND:
            place = ends.last_no
            yield TooFar(f"more than {MOST_BEHIND} events behind", place)
        tell_reached = True
        while True:
            while place < up_to:
                await before_delivery()
                page = await event_log.read_after(
                    company_id, place, up_to, kinds=kinds, subject_id=subject_id, limit=PAGE
                )
                place = page[-1].delivery_no if len(page) == PAGE else up_to
                if page:
                    yield page
            if tell_reached:
                yield Reached(place)
            tell_reached = not await _raised(flag, CAUGHT_UP_EVERY_S)
            flag.clear()
            if tell_reached:
                await before_delivery()
            up_to = max(place, here.last_no)
    finally:
        here.leave(company_id, flag)


async def _raised(flag: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await flag.wait()
    except TimeoutError:
        return False
    return True
