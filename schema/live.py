"""Live delivery that misses nothing: replay what was missed, then follow.

One `Hub` per process knows the last delivery number and wakes exactly the subscriptions of the companies that have
something to hear; the others cost nothing but a timer a minute. What is delivered is read from the event log behind
each subscription's own place in it, so a wake-up that is lost, or a Redis that is wiped, costs a second and never an
event. Subscriptions that ask for the same at the same time share one read.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson

from app import database
from app.kernel import event_log
from app.kernel.event_log import MOST_BEHIND, Event
from app.wake import EVENTS, LOOK_EVERY_S, Wake

PAGE = 100
CAUGHT_UP_EVERY_S = 60.0

T = TypeVar("T")

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
    """Who waits for which company's events in this process, and up to where events are known to be there.

    A flag that is not raised says: up to `last_no` there is nothing for that company which was not there when the flag
    was entered. So the number and the flags always change together, with no await in between.
    """

    def __init__(self, wake: Wake, heard: Callable[[Sequence[str]], None] = lambda kinds: None) -> None:
        self._wake = wake
        self._heard = heard
        self._waiting: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._reading: dict[Hashable, asyncio.Task[Any]] = {}
        self._task: asyncio.Task[None] | None = None
        self.last_no = 0

    async def start(self) -> None:
        """Begin to listen and to look, from now on."""
        self.last_no = (await event_log.position()).last_no
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
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                logger.warning("cannot look for events, trying again: %s", error)

    def _take(self, message: bytes) -> bool:
        """Use a wake-up if it continues where we are; False: something in between was not heard, or it is no such."""
        try:
            said = orjson.loads(message)
            last_no, before = int(said["lastNo"]), int(said["lastNo"]) - int(said["moved"])
            companies = [UUID(one) for one in said["companies"]]
            kinds = [str(one) for one in said["kinds"]]
        except (ValueError, KeyError, TypeError):
            return False
        if before != self.last_no:
            return False
        self.last_no = last_no
        self._call(companies)
        self._heard(kinds)
        return True

    async def _look(self) -> None:
        found = await event_log.position()
        before = self.last_no
        if found.last_no <= before:
            return
        here = set(self._waiting)
        far = found.last_no - before > MOST_BEHIND
        called = here if far else await event_log.hearers(here, before, found.last_no)
        self.last_no = found.last_no
        self._call({*called, *(company for company in self._waiting if company not in here)})

    def _call(self, companies: Iterable[UUID]) -> None:
        for company_id in companies:
            for waiting in self._waiting.get(company_id, ()):
                waiting.set()

    @contextmanager
    def waiting(self, company_id: UUID) -> Iterator[asyncio.Event]:
        """A flag that is raised whenever the company has something to hear."""
        flag = asyncio.Event()
        self._waiting[company_id].add(flag)
        try:
            yield flag
        finally:
            flags = self._waiting[company_id]
            flags.discard(flag)
            if not flags:
                del self._waiting[company_id]

    async def shared(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Read, or wait for somebody's reading of the same that is under way.

        `key` must name what was seen before the reading began, such as delivery numbers: the answer is at least as new.
        """
        reading: asyncio.Task[T] | None = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.get_running_loop().create_task(read())
            reading.add_done_callback(lambda done: self._read(key, done))
        return await asyncio.shield(reading)

    def _read(self, key: Hashable, done: "asyncio.Task[Any]") -> None:
        del self._reading[key]
        if not done.cancelled():
            done.exception()  # whoever waits gets it; if nobody does any more, it is nobody's


_hub: Hub | None = None


async def start(wake: Wake, heard: Callable[[Sequence[str]], None] = lambda kinds: None) -> None:
    """Start this process's hub. `heard` is told the kinds of facts that were published."""
    global _hub
    starting = Hub(wake, heard)
    await starting.start()
    _hub = starting


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


async def patiently(read: Callable[[], Awaitable[T]]) -> T:
    """Read; while the database is away, wait and try again. A subscription outlives a restart of PostgreSQL."""
    while True:
        try:
            return await read()
        except Exception as error:
            if not database.is_away(error):
                raise
            logger.warning("PostgreSQL is away, a subscription waits: %s", error)
            await asyncio.sleep(LOOK_EVERY_S)


async def follow(
    company_id: UUID,
    after: int | None,
    *,
    kinds: Sequence[str] | None = None,
    subject_id: UUID | None = None,
) -> AsyncGenerator[Sequence[Event] | Reached | TooFar, None]:
    """Events of a company after a delivery number, in order and without end; `after` None is from now.

    Pages of events come as they are read; `Reached` after the replay and then every minute. TooFar when `after` cannot
    be replayed (`Position.cannot_replay`); following goes on from the number it names.
    """
    here = hub()
    with here.waiting(company_id) as flag:
        ends = await patiently(event_log.position)
        place, up_to = ends.last_no if after is None else after, ends.last_no
        if reason := ends.cannot_replay(place):
            place = ends.last_no
            yield TooFar(reason, place)
        clock = asyncio.get_running_loop().time
        tell_reached_at = clock()
        while True:
            while place < up_to:
                page = await _page(here, company_id, place, up_to, kinds, subject_id)
                place = page[-1].delivery_no if len(page) == PAGE else up_to
                if page:
                    yield page
            if clock() >= tell_reached_at:
                yield Reached(place)
                tell_reached_at = clock() + CAUGHT_UP_EVERY_S
            raised = await _raised(flag, tell_reached_at)
            flag.clear()
            up_to = max(place, here.last_no)
            if not raised:
                place = up_to  # see Hub: there was nothing in between


async def _page(
    here: Hub, company_id: UUID, after: int, up_to: int, kinds: Sequence[str] | None, subject_id: UUID | None
) -> Sequence[Event]:
    topics = None if kinds is None else tuple(kinds)
    return await patiently(
        lambda: here.shared(
            ("events", company_id, after, up_to, topics, subject_id),
            lambda: event_log.read_after(company_id, after, up_to, kinds=topics, subject_id=subject_id, limit=PAGE),
        )
    )


async def _raised(flag: asyncio.Event, until: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout_at(until):
            await flag.wait()
    return flag.is_set()
