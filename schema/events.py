"""Following what happens: subscriptions that replay, then follow live, and the same by asking again and again."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from app.kernel import event_log
from app.kernel.page import Page
from app.kernel.refusal import Forbidden
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.queries import order_by_id
from schema.access import MEMBER, access
from schema.context import Context, Info
from schema.event_types import KINDS, AnyChange, Event, OrderChanged, Topic, kind_of, told
from schema.live import Reached, TooFar, follow, hub, patiently
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
EventsSinceResult = Annotated[EventPage | Resync, strawberry.union("EventsSinceResult")]


@strawberry.type
class Subscriptions:
    """What can be followed."""

    @strawberry.subscription(description="Everything that my company may hear of, on one socket, exactly once.")
    @access(MEMBER)
    async def events(
        self, info: Info, after: AfterCursor = None, topics: Topics = None
    ) -> AsyncGenerator[EventMessage, None]:
        context = info.context
        source = follow(context.viewer.company_id, after, kinds=kinds_for(context.viewer, topics))
        async with aclosing(_delivered(source, context)) as messages:
            async for message in messages:
                yield message if isinstance(message, CaughtUp | Resync) else EventEnvelope.of(message)

    @strawberry.subscription(description="One order that my company buys or sells.")
    @access(Permission.ORDER_READ)
    async def order_changed(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")],
        after: AfterCursor = None,
    ) -> AsyncGenerator[OrderMessage, None]:
        context = info.context
        order = await order_by_id(context.viewer, uuid_of(order_id, "order"))
        source = follow(context.viewer.company_id, after, kinds=(kind_of(Topic.ORDERS),), subject_id=order["id"])
        async with aclosing(_delivered(source, context)) as messages:
            async for message in messages:
                yield message


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


def kinds_for(viewer: Viewer, topics: Sequence[Topic] | None) -> list[str]:
    """The kinds of facts for these topics. Forbidden for a topic that the viewer's roles do not open."""
    if topics is None:
        return [name for name, kind in KINDS.items() if kind.needs is None or viewer.may(kind.needs)]
    for topic in topics:
        needs = KINDS[kind_of(topic)].needs
        if needs is not None and not viewer.may(needs):
            raise Forbidden(needs.value)
    return sorted({kind_of(topic) for topic in topics})


async def _delivered(
    source: AsyncGenerator[Sequence[event_log.Event] | Reached | TooFar, None], context: Context
) -> AsyncGenerator[Any, None]:
    """What is said to the client. The viewer's rights are looked at again after the objects of a page were read; when
    they have changed, nothing more is said and the socket closes with 4403."""
    async with aclosing(source):
        async for said in source:
            if isinstance(said, Reached):
                yield CaughtUp(cursor=Cursor(said.delivery_no))
            elif isinstance(said, TooFar):
                yield Resync(reason=said.reason, cursor=Cursor(said.delivery_no))
            else:
                context.forget()
                changes = await patiently(partial(told, said, context, hub().shared))
                await patiently(context.confirmed)
                for change in changes:
                    yield change
