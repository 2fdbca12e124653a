"""Live delivery that misses nothing: who listens to which company's events in this process, and handing them out.

One `Hub` per process knows the last delivery number and wakes exactly the listeners of the companies that have
something to hear; the others cost nothing but their share of a sweep a minute. A listener stands for everybody who has
the same rights (`schema.audience`). What is told is read from the event log behind the listener's place in it, for all
that were woken in one statement, so a lost wake-up, or a Redis that is wiped, costs a second and never an event.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg
import orjson

from app import database
from app.ending import end
from app.kernel import event_log
from app.kernel.event_log import MOST_BEHIND, Event, Position
from app.wake import EVENTS, LOOK_EVERY_S, Wake
from schema.together import MOST, Together

PAGE: Final = 100
CAUGHT_UP_EVERY_S = 60.0
SLOTS: Final = 60
"""Into so many parts a sweep is spread."""
AT_ONCE: Final = 2 * MOST
"""So many listeners are told at a time: while some wait for what they read together, others are told. More would leave
the requests none of the pool's connections, where selections have resolvers that read."""

S = TypeVar("S")
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


class Listener(ABC):
    """Listens to one company's events, for anybody.

    Whoever belongs to it has been given, or is about to be given, everything up to `place`, and will be given what
    comes after. An idle one (not `busy`) has missed nothing up to the hub's `last_no`, and its `place` is not kept.
    """

    __slots__ = ("busy", "called", "company_id", "key", "left", "place", "slot")

    def __init__(self, company_id: UUID, key: Hashable) -> None:
        self.company_id = company_id
        self.key = key  # finds it among the company's
        self.place = 0
        self.slot = 0
        self.busy = self.called = self.left = False

    @abstractmethod
    def wants(self, event: Event) -> bool:
        """Whether anybody who belongs to it is interested."""

    @abstractmethod
    async def tell(self, events: Sequence[Event], place: int) -> None:
        """Hand out what it wanted of a page. It sets its `place` to this one at the moment from which on those who join
        are not given these events any more. It raises nothing."""

    @abstractmethod
    def reach(self, place: int) -> None:
        """Everything up to here was handed out."""


class Hub:
    """Who listens to which company in this process, and up to where events are known to be there.

    Up to `last_no` there is nothing for an idle listener that it has not been told. So the number and the listeners'
    state always change together, with no await in between.
    """

    def __init__(self, wake: Wake, heard: Callable[[Sequence[str]], None] = lambda kinds: None) -> None:
        self._wake = wake
        self._heard = heard
        self._listening: dict[UUID, dict[Hashable, Listener]] = {}
        self._slots: list[set[Listener]] = [set() for _ in range(SLOTS)]
        self._slot = 0
        self._looking = asyncio.Lock()
        self._next_look: asyncio.Task[Position] | None = None
        self._due: list[Listener] = []
        self._reader: asyncio.Task[None] | None = None
        self._ready: deque[tuple[Listener, Sequence[Event], int]] = deque()
        self._tellers: set[asyncio.Task[None]] = set()
        self._shared: dict[Hashable, asyncio.Task[Any]] = {}
        self._together: dict[Callable[..., Any], Together[Any, Any]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.last_no = 0

    async def start(self) -> None:
        """Begin to listen and to look, from now on."""
        self.last_no = (await event_log.position()).last_no
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._run(), name="hub"), loop.create_task(self._sweep(), name="hub's sweep")]

    async def stop(self) -> None:
        """Stop listening."""
        reading = [one for one in (self._reader, self._next_look) if one is not None]
        reading += [task for one in self._together.values() for task in one.under_way]
        await end(*self._tasks, *self._tellers, *reading)

    # --- who listens ------------------------------------------------------------------------------------------------

    def find(self, company_id: UUID, key: Hashable) -> Listener | None:
        """Who listens under this key."""
        return self._listening.get(company_id, {}).get(key)

    def join(self, listener: Listener) -> None:
        """It is told what comes after `last_no`."""
        listener.place, listener.slot = self.last_no, self._slot
        self._listening.setdefault(listener.company_id, {})[listener.key] = listener
        self._slots[listener.slot].add(listener)

    def leave(self, listener: Listener) -> None:
        """Nobody belongs to it any more."""
        listener.left = True
        self._slots[listener.slot].discard(listener)
        of_company = self._listening.get(listener.company_id, {})
        if of_company.get(listener.key) is listener:
            del of_company[listener.key]
            if not of_company:
                del self._listening[listener.company_id]

    def place_of(self, company_id: UUID, key: Hashable) -> int:
        """Up to where those who belong to this listener were given everything; where it would begin, if nobody is."""
        listener = self.find(company_id, key)
        return listener.place if listener is not None and listener.busy else self.last_no

    # --- waking -----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        async for message in self._wake.hear(EVENTS):
            try:
                async with self._looking:
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
        self._advance(last_no, companies)
        self._heard(kinds)
        return True

    async def look(self) -> Position:
        """The stream's ends as of a moment after the call. Those who ask together share one look."""
        if self._next_look is None:
            self._next_look = asyncio.get_running_loop().create_task(self._look_next())
            self._next_look.add_done_callback(_retrieved)
        return await asyncio.shield(self._next_look)

    async def _look_next(self) -> Position:
        async with self._looking:
            self._next_look = None
            return await self._look()

    async def _look(self) -> Position:
        found = await event_log.position()
        before = self.last_no
        if found.last_no > before:
            here = set(self._listening)
            far = found.last_no - before > MOST_BEHIND
            called = here if far else await event_log.hearers(here, before, found.last_no)
            self._advance(found.last_no, {*called, *(self._listening.keys() - here)})
        return found

    def _advance(self, last_no: int, companies: Iterable[UUID]) -> None:
        """Events are there up to a new number; these companies have something to hear."""
        before, self.last_no = self.last_no, last_no
        for company_id in companies:
            for listener in self._listening.get(company_id, {}).values():
                if listener.busy:
                    listener.called = True
                else:
                    listener.busy, listener.place = True, before
                    self._due.append(listener)
        self._read_soon()

    # --- telling ----------------------------------------------------------------------------------------------------

    def _read_soon(self) -> None:
        if self._due and self._reader is None:
            self._reader = asyncio.get_running_loop().create_task(self._read(), name="hub's reader")

    async def _read(self) -> None:
        """Read for all that are due at once, and have them told."""
        while self._due:
            due, self._due = self._due, []
            up_to = self.last_no
            for one in due:
                one.called = False
            wanted = {(one.company_id, one.place) for one in due}
            try:
                pages = await patiently(partial(event_log.read_pages, wanted, up_to, limit=PAGE))
            except Exception:
                logger.exception("cannot read events, trying again")
                self._due += due
                await asyncio.sleep(LOOK_EVERY_S)
                continue
            for one in due:
                self._share_out(one, pages, up_to)
        self._reader = None

    def _share_out(self, one: Listener, pages: Mapping[tuple[UUID, int], Sequence[Event]], up_to: int) -> None:
        page = pages.get((one.company_id, one.place), ())
        full = len(page) == PAGE
        one.called |= full
        place = page[-1].delivery_no if full else up_to
        wanted = [event for event in page if one.wants(event)]
        if not wanted:
            one.place = place
            self._told(one)
            return
        self._ready.append((one, wanted, place))
        if len(self._tellers) < AT_ONCE:
            teller = asyncio.get_running_loop().create_task(self._tell(), name="hub's teller")
            self._tellers.add(teller)
            teller.add_done_callback(self._tellers.discard)

    async def _tell(self) -> None:
        while self._ready:
            one, events, place = self._ready.popleft()
            try:
                await one.tell(events, place)
            except Exception:
                logger.exception("a listener failed")
            one.place = place
            self._told(one)

    def _told(self, one: Listener) -> None:
        if one.called and not one.left:
            self._due.append(one)
            self._read_soon()
        else:
            one.busy = False

    async def _sweep(self) -> None:
        """Say to everybody once a minute how far it is, some at a time. Who is being told something is asked again."""
        while True:
            await asyncio.sleep(CAUGHT_UP_EVERY_S / SLOTS)
            self._slot = (self._slot + 1) % SLOTS
            following = (self._slot + 1) % SLOTS
            for one in list(self._slots[self._slot]):
                if one.busy:
                    self._slots[one.slot].discard(one)
                    one.slot = following
                    self._slots[following].add(one)
                else:
                    one.reach(self.last_no)

    # --- reading together -------------------------------------------------------------------------------------------

    def together(self, read: Callable[[Sequence[S]], Awaitable[Sequence[T]]]) -> Together[S, T]:
        """All who read so here."""
        found = self._together.get(read)
        if found is None:
            found = self._together[read] = Together(read)
        return found

    async def shared(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Read, or wait for somebody's reading of the same that is under way.

        `key` must name what was seen before the reading began, such as delivery numbers: the answer is at least as new.
        """
        reading: asyncio.Task[T] | None = self._shared.get(key)
        if reading is None:
            reading = self._shared[key] = asyncio.get_running_loop().create_task(read())
            reading.add_done_callback(partial(self._read_for_all, key))
        return await asyncio.shield(reading)

    def _read_for_all(self, key: Hashable, done: "asyncio.Task[Any]") -> None:
        del self._shared[key]
        _retrieved(done)


def _retrieved(done: "asyncio.Task[Any]") -> None:
    """Whoever waits for a failure gets it; if nobody does any more, it is nobody's."""
    if not done.cancelled():
        done.exception()


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
