"""Audiences: everybody who asks the same with the same rights is told by one reading, one execution and one text.

A `Circle` is a company's members here with the same rights and language: objects are made once for all of them, of rows
that are read together with those of other circles (`schema.event_objects`). In it, an `Audience` asks one question.
Nothing in an answer may depend on more than the rights, so the viewer of a circle is nobody in particular; only where a
member follows what is their own (`Following.own`) it is that member, alone in the circle with their other devices.
Idle, both are a few small objects; nobody waits in a task.

Whoever joins with a cursor reads what it has missed by itself, up to the place of its circle, and joins there with no
await in between: nothing is missed and nothing told twice. Whoever has no room any more leaves, and does the same.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple
from uuid import UUID

from graphql import GraphQLError

from app.kernel import event_log
from app.kernel.event_log import Event
from app.network.viewer import Viewer
from schema.context import Context
from schema.errors import internal
from schema.event_objects import Columns, Found, Page, changes, read
from schema.live import PAGE, Hub, Listener, Reached, TooFar, patiently
from schema.question import Question
from schema.sessions import Session

NOBODY: Final = UUID(int=0)
BREATH: Final = 200
"""After so many messages others get their turn."""
PROMPT_S: Final = 0.02
"""Selections that read more are waited for so long; what takes longer is told after its siblings."""

Say = Callable[[Any], object]
"""What a subscription says of a change, of `Reached` and of `TooFar`: the value of its root field."""


class Asked(NamedTuple):
    """What an audience is told: of which events, and in which words."""

    question: Question
    kinds: tuple[str, ...]
    subject_id: UUID | None
    say: Say

    def wants(self, event: Event) -> bool:
        """Whether it hears of this event."""
        return event.kind in self.kinds and (self.subject_id is None or event.subject_id == self.subject_id)


@dataclass(frozen=True, slots=True)
class Following:
    """What a subscription's resolver answers when its events are a company's: the socket joins an audience with it."""

    kinds: tuple[str, ...]
    subject_id: UUID | None
    say: Say
    after: int | None
    own: bool = False
    """The events are the member's own, and nobody else's of the company."""

    def __aiter__(self) -> Any:
        """graphql-core asks for a stream; whoever wants to iterate has come past the socket."""
        raise TypeError("events are followed by sockets")


Payloads = Sequence[tuple[int, bytes]]
"""Delivery numbers with what is told of them, in order."""
Answers = Sequence[tuple[int, bytes | Awaitable[bytes]]]
"""The same, where the selection has resolvers to wait for."""


class Subscriber(ABC):
    """One operation that follows."""

    __slots__ = ("after", "audience")

    audience: "Audience | None"
    after: int
    """What it was told before it joined."""

    @property
    @abstractmethod
    def session(self) -> Session | None:
        """Whose rights it stands on."""

    @abstractmethod
    def hear(self, payload: bytes) -> bool:
        """Be told. False: there is no room."""

    @abstractmethod
    async def hear_patiently(self, payload: bytes) -> None:
        """Be told as soon as there is room. Raises when it is over."""

    @abstractmethod
    def fall_behind(self, audience: "Audience", place: int) -> None:
        """It has left this audience, told everything up to here: catch up alone."""

    @abstractmethod
    def fail(self, errors: Sequence[GraphQLError]) -> None:
        """It is over."""


class Audience:
    """Those who ask the same, in a circle."""

    __slots__ = ("asked", "circle", "subscribers")

    def __init__(self, circle: "Circle", asked: Asked) -> None:
        self.circle = circle
        self.asked = asked
        self.subscribers: set[Subscriber] = set()

    def leave(self, subscriber: Subscriber) -> None:
        """It is told nothing more."""
        subscriber.audience = None
        self.subscribers.discard(subscriber)
        if not self.subscribers:
            self.circle.forget(self)


Told = tuple[Audience, Sequence[Subscriber], Payloads]
"""Who was there when a page was read, and what is told of it."""


class Circle(Listener):
    """Those of a company with the same rights and language."""

    __slots__ = ("audiences", "hub", "viewer")

    def __init__(self, here: Hub, viewer: Viewer) -> None:
        super().__init__(viewer.company_id, viewer)
        self.hub = here
        self.viewer = viewer
        self.audiences: dict[Asked, Audience] = {}

    def add(self, subscriber: Subscriber, asked: Asked, place: int) -> None:
        """It was told everything up to `place`, which is where the circle is, or ahead of it."""
        audience = self.audiences.get(asked)
        if audience is None:
            audience = self.audiences[asked] = Audience(self, asked)
        audience.subscribers.add(subscriber)
        subscriber.audience, subscriber.after = audience, place

    def forget(self, audience: Audience) -> None:
        """Nobody is in it any more."""
        self.audiences.pop(audience.asked, None)
        if not self.audiences:
            self.hub.leave(self)

    def wants(self, event: Event) -> bool:
        """Whether any of its audiences hears of this event."""
        return any(asked.wants(event) for asked in self.audiences)

    async def tell(self, events: Sequence[Event], place: int) -> None:
        """Read, execute, look at the rights again, hand out. Who joins after the reading gets the page by itself."""
        context, since = Context(self.viewer), self.place
        found: Found | None = None
        try:
            page = Page(events, self.viewer, _lines_of(self.audiences))
            found = await patiently(partial(self.hub.together(read).read, page))
        except Exception as error:
            _fail([one for audience in self.audiences.values() for one in audience.subscribers], error)
        self.place = place
        if found is None:
            return
        made: dict[bool, Sequence[tuple[Event, Any]]] = {}
        prompt: list[Told] = []
        later: dict[asyncio.Future[Payloads], tuple[Audience, Sequence[Subscriber]]] = {}
        for audience in list(self.audiences.values()):
            asked, hearers = audience.asked, list(audience.subscribers)
            try:
                with_lines = found.has(asked.question.lines)
                if with_lines not in made:
                    made[with_lines] = changes(events, found, context, with_lines=with_lines)
                answers = answered(asked, made[with_lines], context)
            except Exception as error:
                _fail(hearers, error)
                continue
            if any(not isinstance(answer, bytes) for _, answer in answers):
                later[asyncio.ensure_future(_gathered(answers))] = (audience, hearers)
            elif answers:
                prompt.append((audience, hearers, _ready(answers)))
        if later:
            done, _ = await asyncio.wait(later, timeout=PROMPT_S)
            prompt += [told_so for one in done for told_so in await _told_by(one, *later.pop(one))]
        await _hand_out(prompt, since)
        for one, there in later.items():
            await _hand_out(await _told_by(one, *there), since)

    def reach(self, place: int) -> None:
        """Say so to everybody; who has no room for it does not need it."""
        context = Context(self.viewer)
        for audience in list(self.audiences.values()):
            payload = audience.asked.question.answer_now(audience.asked.say(Reached(place)), context)
            for subscriber in list(audience.subscribers):
                subscriber.hear(payload)


def _lines_of(audiences: Iterable[Asked]) -> Columns:
    """What these show of the lines of orders."""
    shown = [asked.question.lines for asked in audiences if asked.question.lines is not None]
    return frozenset[str]().union(*shown) if shown else None


def answered(asked: Asked, told: Sequence[tuple[Event, Any]], context: Context) -> Answers:
    """What is said of those of these changes that it wants to hear of."""
    return [
        (event.delivery_no, asked.question.answer(asked.say(change), context))
        for event, change in told
        if asked.wants(event)
    ]


async def _told_by(executing: Awaitable[Payloads], audience: Audience, hearers: Sequence[Subscriber]) -> Sequence[Told]:
    """What an audience is told, once it was executed. Nothing when that failed, which is the end for these hearers."""
    try:
        return [(audience, hearers, await executing)]
    except Exception as error:
        _fail(hearers, error)
        return ()


async def _gathered(answers: Answers) -> Payloads:
    """All of them, awaited together, so that their loaders read together."""
    if len(answers) == 1:
        ((number, answer),) = answers
        return [(number, answer if isinstance(answer, bytes) else await answer)]
    awaited = iter(await asyncio.gather(*(one for _, one in answers if not isinstance(one, bytes))))
    return [(number, one if isinstance(one, bytes) else next(awaited)) for number, one in answers]


def _ready(answers: Answers) -> Payloads:
    return [(number, answer) for number, answer in answers if isinstance(answer, bytes)]


def _fail(subscribers: Iterable[Subscriber], error: Exception) -> None:
    failure = internal("A subscription failed", error)
    for one in subscribers:
        one.fail([failure])


async def _hand_out(telling: Sequence[Told], since: int) -> None:
    """Hand out to those who were there when it was read and still have their rights. `since` is where they were."""
    try:
        await confirm(one for _, hearers, _ in telling for one in hearers)
    except Exception as error:
        for _, hearers, _ in telling:
            _fail(hearers, error)
        return
    told_to = 0
    for audience, hearers, payloads in telling:
        for one in hearers:
            if one.audience is audience:
                _hand(audience, one, payloads, since)
                told_to += len(payloads)
                if told_to >= BREATH:
                    told_to = 0
                    await asyncio.sleep(0)


def _hand(audience: Audience, one: Subscriber, payloads: Payloads, since: int) -> None:
    place = max(since, one.after)
    for number, payload in payloads:
        if number <= place:
            continue
        if not one.hear(payload):
            audience.leave(one)
            one.fall_behind(audience, place)
            return
        place = number


async def confirm(subscribers: Iterable[Subscriber]) -> None:
    """Look whether the rights of these still hold, now that everything was read. Those who lost theirs have been sent
    away when this returns."""
    sessions = {one.session for one in subscribers}
    watched = [one for one in sessions if one is not None and one.watch is not None]
    if watched and watched[0].watch is not None:
        await patiently(partial(watched[0].watch.confirm, watched))


# --- joining --------------------------------------------------------------------------------------------------------


def nobody_of(viewer: Viewer) -> Viewer:
    """A viewer with the same rights and language, and nothing that is a person's own."""
    return replace(viewer, session_id=NOBODY, person_id=NOBODY, membership_id=NOBODY, membership_version=0)


def alone_of(viewer: Viewer) -> Viewer:
    """The same where what is told is the member's own: its stream is that of the membership, which nobody shares but
    the member's other devices."""
    return replace(viewer, session_id=NOBODY, company_id=viewer.membership_id)


async def follow(here: Hub, one: Subscriber, viewer: Viewer, asked: Asked, after: int | None) -> None:
    """Tell everything after a delivery number (None: from now), say that it has caught up, and join its audience."""
    ends = await patiently(here.look)
    place = ends.last_no if after is None else after
    if reason := ends.cannot_replay(place):
        place = ends.last_no
        await one.hear_patiently(asked.question.answer_now(asked.say(TooFar(reason, place)), Context(viewer)))
    place = await _replay(here, one, viewer, asked, place)
    await one.hear_patiently(asked.question.answer_now(asked.say(Reached(place)), Context(viewer)))
    await catch_up(here, one, viewer, asked, place)


async def catch_up(here: Hub, one: Subscriber, viewer: Viewer, asked: Asked, place: int) -> None:
    """Tell everything after `place`, and join."""
    place = await _replay(here, one, viewer, asked, place)
    circle = here.find(viewer.company_id, viewer)  # nothing is awaited between the replay's last look and this
    if not isinstance(circle, Circle):
        circle = Circle(here, viewer)
        here.join(circle)
    circle.add(one, asked, place)


async def _replay(here: Hub, one: Subscriber, viewer: Viewer, asked: Asked, place: int) -> int:
    """Tell what comes after `place`, up to where the circle is when this returns; where that is."""
    while place < (up_to := here.place_of(viewer.company_id, viewer)):
        page = partial(_page, here, viewer, asked, place, up_to)
        payloads, reached = await here.shared(("page", viewer, asked, place, up_to), page)
        if payloads:
            await confirm([one])
        for _, payload in payloads:
            await one.hear_patiently(payload)
        place = reached
    return place


async def _page(here: Hub, viewer: Viewer, asked: Asked, after: int, up_to: int) -> tuple[Payloads, int]:
    """What is told of the next events after a delivery number, and up to where that is."""
    events = await patiently(partial(_events, here, viewer.company_id, after, up_to, asked.kinds, asked.subject_id))
    if not events:
        return (), up_to
    context, lines = Context(viewer), asked.question.lines
    found = await patiently(partial(here.together(read).read, Page(events, viewer, lines)))
    made = changes(events, found, context, with_lines=found.has(lines))
    payloads = await _gathered(answered(asked, made, context))
    return payloads, events[-1].delivery_no if len(events) == PAGE else up_to


async def _events(
    here: Hub, company_id: UUID, after: int, up_to: int, kinds: tuple[str, ...], subject_id: UUID | None
) -> Sequence[Event]:
    return await here.shared(
        ("events", company_id, after, up_to, kinds, subject_id),
        partial(event_log.read_after, company_id, after, up_to, kinds=kinds, subject_id=subject_id, limit=PAGE),
    )
