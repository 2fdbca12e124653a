"""Following what happens: subscriptions that replay, then follow live, and the same by asking again and again."""

from collections.abc import AsyncIterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated

import strawberry

from app.kernel import event_log
from app.kernel.page import Page
from app.kernel.refusal import Forbidden
from app.leads.queries import lead_by_id
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.queries import order_by_id
from schema.access import MEMBER, access
from schema.audience import Following
from schema.context import Info
from schema.event_objects import told
from schema.event_types import KINDS, AnyChange, Event, LeadChanged, OrderChanged, Topic, kind_of
from schema.live import Reached, TooFar
from schema.page import First
from schema.scalars import Cursor, uuid_of

AfterCursor = Annotated[
    Cursor | None,
    strawberry.argument(description="What came after it is told first, in order, once. Null: from now on."),
]
Topics = Annotated[
    list[Topic] | None, strawberry.argument(description="Only of these; null: of everything that I may hear of.")
]


@strawberry.type(description="Something that happened, and its place in the stream.")
class EventEnvelope:
    """One event of `events`."""

    cursor: Cursor = strawberry.field(description="Go on from here with `after`.")
    at: datetime = strawberry.field(description="When it happened.")
    event: Event = strawberry.field(description="What happened.")

    @classmethod
    def of(cls, change: AnyChange) -> "EventEnvelope":
        return cls(cursor=change.cursor, at=change.at, event=change)


@strawberry.type(description="Everything up to here was told. Comes after the replay, then every minute.")
class CaughtUp:
    """See `schema.live.Reached`."""

    cursor: Cursor = strawberry.field(description="Keep it: go on from here with `after`.")


@strawberry.type(description="What came after your cursor cannot be told any more: read afresh, then go on from here.")
class Resync:
    """See `schema.live.TooFar`."""

    reason: str = strawberry.field(description="Why, for a log.")
    cursor: Cursor = strawberry.field(description="Take it before you read afresh: go on from here with `after`.")


@strawberry.type(description="A page of what happened, oldest first.")
class EventPage:
    """The answer of `eventsSince`."""

    nodes: list[EventEnvelope] = strawberry.field(description="What happened, in order; may be empty.")
    cursor: Cursor = strawberry.field(description="Ask again with it as `after`, also when the page is empty.")
    has_more: bool = strawberry.field(description="More has happened already: ask again at once.")


EventMessage = Annotated[
    EventEnvelope | CaughtUp | Resync, strawberry.union("EventMessage", description="What `events` says.")
]
OrderMessage = Annotated[
    OrderChanged | CaughtUp | Resync, strawberry.union("OrderMessage", description="What `orderChanged` says.")
]
LeadMessage = Annotated[
    LeadChanged | CaughtUp | Resync, strawberry.union("LeadMessage", description="What `leadChanged` says.")
]
EventsSinceResult = Annotated[EventPage | Resync, strawberry.union("EventsSinceResult")]


@strawberry.type
class Subscriptions:
    """What can be followed."""

    @strawberry.subscription(description="Everything that my company may hear of, on one socket, exactly once.")
    @access(MEMBER)
    async def events(self, info: Info, after: AfterCursor = None, topics: Topics = None) -> AsyncIterable[EventMessage]:
        kinds = kinds_for(info.context.viewer, topics)
        return Following(kinds, None, _as_event, after)

    @strawberry.subscription(description="One order that my company buys or sells.")
    @access(Permission.ORDER_READ)
    async def order_changed(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")],
        after: AfterCursor = None,
    ) -> AsyncIterable[OrderMessage]:
        order = await order_by_id(info.context.viewer, uuid_of(order_id, "order"))
        return Following((kind_of(Topic.ORDERS),), order["id"], as_change, after)

    @strawberry.subscription(description="The leads of my brand, or those that my company is offered; or one of them.")
    @access(Permission.LEAD_MANAGE, Permission.LEAD_FOLLOW)
    async def lead_changed(
        self,
        info: Info,
        lead_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only this one; null: all.")] = None,
        after: AfterCursor = None,
    ) -> AsyncIterable[LeadMessage]:
        one = None if lead_id is None else await lead_by_id(info.context.viewer, uuid_of(lead_id, "lead"))
        return Following((kind_of(Topic.LEADS),), None if one is None else one["id"], as_change, after)


@strawberry.type
class Queries:
    """What can be asked for again and again, where no socket can be held open."""

    @strawberry.field(description="What happened since: the same events as the subscription's, for clients that poll.")
    @access(MEMBER)
    async def events_since(
        self, info: Info, after: AfterCursor = None, topics: Topics = None, first: First = None
    ) -> EventsSinceResult | None:
        context = info.context
        size = Page.of(first, None, kinds=[], order="events").first
        kinds = kinds_for(context.viewer, topics)
        ends = await event_log.position()
        if after is None:
            return EventPage(nodes=[], cursor=Cursor(ends.last_no), has_more=False)
        if reason := ends.cannot_replay(after):
            return Resync(reason=reason, cursor=Cursor(ends.last_no))
        page = await event_log.read_after(context.viewer.company_id, after, ends.last_no, kinds=kinds, limit=size)
        place = page[-1].delivery_no if len(page) == size else ends.last_no
        return EventPage(
            nodes=[EventEnvelope.of(change) for change in await told(page, context)],
            cursor=Cursor(place),
            has_more=place < ends.last_no,
        )


def kinds_for(viewer: Viewer, topics: Sequence[Topic] | None) -> tuple[str, ...]:
    """The kinds of facts for these topics. Forbidden for a topic that the viewer's roles do not open."""
    if topics is None:
        return _open_to(viewer.permissions)
    for topic in topics:
        needs = KINDS[kind_of(topic)].needs
        if needs is not None and not viewer.may(needs):
            raise Forbidden(needs.value)
    return tuple(sorted({kind_of(topic) for topic in topics}))


@lru_cache(maxsize=256)
def _open_to(permissions: frozenset[Permission]) -> tuple[str, ...]:
    return tuple(name for name, kind in KINDS.items() if kind.needs is None or kind.needs in permissions)


def _as_event(said: AnyChange | Reached | TooFar) -> EventEnvelope | CaughtUp | Resync:
    """What `events` says."""
    told_so = as_change(said)
    return told_so if isinstance(told_so, CaughtUp | Resync) else EventEnvelope.of(told_so)


def as_change(said: AnyChange | Reached | TooFar) -> AnyChange | CaughtUp | Resync:
    """What `orderChanged`, `leadChanged` and `inboxChanged` say."""
    if isinstance(said, Reached):
        return CaughtUp(cursor=Cursor(said.delivery_no))
    if isinstance(said, TooFar):
        return Resync(reason=said.reason, cursor=Cursor(said.delivery_no))
    return said
