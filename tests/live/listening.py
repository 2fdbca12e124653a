"""Following inside this process, without sockets: listeners of a hub, and subscribers of audiences."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from graphql import DocumentNode, GraphQLError, create_source_event_stream

from app.kernel import event_log
from app.kernel.event_log import Event
from app.network.queries import read_viewer
from app.network.viewer import Viewer
from schema.audience import Asked, Audience, Following, Subscriber, catch_up, follow, nobody_of
from schema.build import MallSchema
from schema.context import Context
from schema.live import Listener, hub
from schema.outbox import Gone
from schema.question import Questions
from schema.sessions import Session
from tests.live.follower import EVENTS
from tests.worlds import Party


class Ear(Listener):
    """Hears every event of a company, from now on or after a delivery number."""

    def __init__(self, company_id: UUID) -> None:
        super().__init__(company_id, self)
        self.events: list[Event] = []
        self.reached: list[int] = []
        self.more = asyncio.Event()

    @classmethod
    async def at(cls, company_id: UUID, after: int | None = None) -> "Ear":
        """Listening; what came after a number before is there."""
        await hub().look()
        ear = cls(company_id)
        hub().join(ear)
        if after is not None:
            ear.events += await event_log.read_after(company_id, after, ear.place, limit=10_000)
        return ear

    def wants(self, event: Event) -> bool:
        return True

    async def tell(self, events: Sequence[Event], place: int) -> None:
        self.place = place
        self.events += events
        self.more.set()

    def reach(self, place: int) -> None:
        self.reached.append(place)
        self.more.set()

    async def until(self, count: int) -> None:
        """Wait until it has heard so many events."""
        while len(self.events) < count:
            self.more.clear()
            await self.more.wait()


class Hearer(Subscriber):
    """A subscriber that keeps what it is told, as long as there is room."""

    def __init__(self, session: Session | None = None, room: int = 10**9) -> None:
        self.audience: Audience | None = None
        self.after = 0
        self.own_session = session
        self.room = room
        self.payloads: list[bytes] = []
        self.errors: list[GraphQLError] = []
        self.more = asyncio.Event()
        self.has_room = asyncio.Event()
        self.falls = 0
        self.over = False
        self.task: asyncio.Task[None] | None = None
        if session is not None:
            session.join(self)

    @property
    def session(self) -> Session | None:
        return self.own_session

    def lose_rights(self, reason: str) -> None:
        self.over = True
        self.more.set()
        if self.audience is not None:
            self.audience.leave(self)

    def hear(self, payload: bytes) -> bool:
        if len(self.payloads) >= self.room:
            return False
        self.payloads.append(payload)
        self.more.set()
        return True

    async def hear_patiently(self, payload: bytes) -> None:
        while not self.over and len(self.payloads) >= self.room:
            self.has_room.clear()
            await self.has_room.wait()
        if self.over:
            raise Gone
        self.hear(payload)

    def fall_behind(self, audience: Audience, place: int) -> None:
        self.falls += 1
        self.task = asyncio.create_task(catch_up(hub(), self, audience.circle.viewer, audience.asked, place))

    def fail(self, errors: Sequence[GraphQLError]) -> None:
        self.errors += errors
        self.lose_rights("failed")

    def make_room(self) -> None:
        """It reads again."""
        self.room = 10**9
        self.has_room.set()

    def leave(self) -> None:
        if self.audience is not None:
            self.audience.leave(self)

    @property
    def said(self) -> list[dict[str, Any]]:
        """What the root field has said."""
        return [next(iter(orjson.loads(one)["data"].values())) for one in self.payloads]

    @property
    def numbers(self) -> list[int]:
        """Delivery numbers of the events, as they came."""
        return [int(one["cursor"][1:]) for one in self.said if one["__typename"] not in ("CaughtUp", "Resync")]

    async def until(self, count: int, within_s: float = 30) -> None:
        """Wait until it has been told of so many events."""
        async with asyncio.timeout(within_s):
            while len(self.numbers) < count:
                self.more.clear()
                await self.more.wait()


class Asking:
    """One schema, and what is asked of it, as the endpoint of a process keeps it."""

    def __init__(self, schema: MallSchema) -> None:
        self.schema = schema
        self.questions = Questions()

    async def asked(self, viewer: Viewer, document: str, **variables: Any) -> tuple[Asked, int | None]:
        """What its audience is asked, and after which delivery number."""
        prepared = self.schema.prepared(document, variables, None, None, None)
        assert isinstance(prepared, DocumentNode), prepared
        assert self.schema.executor is not None
        built = self.schema.executor.build(self.schema._schema, prepared, None, Context(viewer), variables)
        assert not isinstance(built, list), built
        source: Any = create_source_event_stream(built)
        following = await source
        assert isinstance(following, Following), following
        question = self.questions.asked(built, prepared, variables)
        return Asked(question, following.kinds, following.subject_id, following.say), following.after

    async def follow(self, viewer: Viewer, one: Hearer, document: str = EVENTS, **variables: Any) -> Hearer:
        """A subscriber that has joined."""
        asked, after = await self.asked(viewer, document, **variables)
        await follow(hub(), one, nobody_of(viewer), asked, after)
        return one


async def fresh(party: Party, locale: str = "en") -> Viewer:
    """The party as it is now."""
    viewer = await read_viewer(party.viewer.session_id, party.viewer.membership_id, locale)
    assert viewer is not None
    return viewer
