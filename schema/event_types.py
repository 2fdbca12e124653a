"""What is told live, kind by kind: the topic, who may hear of it, and how the object is read again.

A fact carries ids only. Whoever hears of it reads the object with rights of its own (`schema.event_objects`); where
that answers nothing, the right was lost (or never given) and the event is left out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from app.catalog.queries import listings_by_ids
from app.communication.events import InboxChanged as InboxFact
from app.communication.queries import notifications_by_ids, unread
from app.fulfilment.queries import shipments_for
from app.inventory.queries import stock_by_ids
from app.leads.queries import leads_by_ids
from app.network.queries import members_by_ids, relations_for
from app.network.readers import Wanted
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.channel import channel_orders_by_ids
from app.ordering.queries import orders_for
from app.papers.events import ExportProgressed as ExportFact
from app.papers.exports import exports_by_ids
from app.pricing.queries import price_lists_by_ids
from schema.catalog import Listing
from schema.context import Context, Info
from schema.exports import Export
from schema.inbox import Notification
from schema.inventory import StockLevel
from schema.leads.types import Lead
from schema.network.members import Member
from schema.network.types import TradeRelation
from schema.ordering.channel import ChannelOrder
from schema.ordering.types import Order
from schema.pricing import PriceList
from schema.scalars import Cursor
from schema.shipments import Shipment

Rows = Mapping[UUID, Any]
Read = Callable[[Viewer, Sequence[UUID]], Awaitable[Rows]]
ReadFor = Callable[[Wanted], Awaitable[Sequence[Rows]]]
"""For each of several viewers the rows of what it wants that it may see."""
CONNECTIONS: Final = 4
"""So many statements are under way for viewers that are read for one by one."""


def each(read: Read) -> ReadFor:
    """Where what a viewer may see hangs on more than company and scope: a statement for each."""

    async def read_for(wanted: Wanted) -> Sequence[Rows]:
        found: list[Rows] = []
        for some in (wanted[start : start + CONNECTIONS] for start in range(0, len(wanted), CONNECTIONS)):
            found += await asyncio.gather(*(read(viewer, ids) for viewer, ids in some))
        return found

    return read_for


@strawberry.enum(description="What to hear of.")
class Topic(Enum):
    """Its value is the kind of the facts."""

    ORDERS = strawberry.enum_value("order", description="Orders that my company buys or sells.")
    CHANNEL_ORDERS = strawberry.enum_value("channel_order", description="For a brand: orders below it.")
    SHIPMENTS = strawberry.enum_value("shipment", description="Shipments of those orders.")
    LEADS = strawberry.enum_value(
        "lead",
        description="For a brand: its leads; for a dealer: those it is offered. Needs lead.manage or lead.follow.",
    )
    ACCOUNTS = strawberry.enum_value("account", description="Where buyers stand with sellers; needs money.read.")
    RELATIONS = strawberry.enum_value("relation", description="Trade relations and their terms.")
    MEMBERS = strawberry.enum_value("membership", description="Members of my company; needs member.manage.")
    LISTINGS = strawberry.enum_value("listing", description="What my company offers; needs backoffice.read.")
    PRICES = strawberry.enum_value("prices", description="My company's price lists; needs backoffice.read.")
    STOCK = strawberry.enum_value("stock", description="Corrections of my company's stock; needs backoffice.read.")


def kind_of(topic: Topic) -> str:
    """The kind of the facts of a topic."""
    return str(topic.value)


@strawberry.interface(description="Something that happened.")
class Change:
    """What every event says. Values are the fact's; the object beside them is as it is now."""

    cursor: Cursor = strawberry.field(description="Its place in the stream: go on from here with `after`.")
    at: datetime = strawberry.field(description="When it happened.")
    what: str = strawberry.field(description="What happened, such as placed, confirmed or shipped.")
    version: int = strawberry.field(
        description="The object's version since then; a lower one than you have is old news. 0 where there is none."
    )


@strawberry.type(description="An order that my company buys or sells was placed or moved.")
class OrderChanged(Change):
    """Fact `order`."""

    order: Order = strawberry.field(description="The order as it is now.")


@strawberry.type(description="An order below my brand was placed or moved.")
class ChannelOrderChanged(Change):
    """Fact `channel_order`."""

    channel_order: ChannelOrder = strawberry.field(description="The order as it is now; money only where granted.")


@strawberry.type(description="A shipment left, was seen on its way, or arrived.")
class ShipmentProgressed(Change):
    """Fact `shipment`."""

    shipment: Shipment = strawberry.field(description="The shipment as it is now.")


@strawberry.type(description="A lead was offered, answered, recalled, followed up, pooled or came to its end.")
class LeadChanged(Change):
    """Fact `lead`."""

    lead: Lead = strawberry.field(description="The lead as it is now; to a dealer its own part of it.")


@strawberry.type(description="What a buyer owes, has prepaid or may still buy on credit changed.")
class AccountChanged(Change):
    """Fact `account`; its subject is the relation."""

    relation: TradeRelation = strawberry.field(description="Whose account it is; `account` says where it stands now.")


@strawberry.type(description="A relation was opened or changed.")
class RelationChanged(Change):
    """Fact `relation`."""

    relation: TradeRelation = strawberry.field(description="The relation as it is now.")


@strawberry.type(description="A member joined my company or was changed.")
class MemberChanged(Change):
    """Fact `membership`."""

    member: Member = strawberry.field(description="The member as it is now.")


@strawberry.type(description="Something my company offers was listed or changed.")
class ListingChanged(Change):
    """Fact `listing`."""

    listing: Listing = strawberry.field(description="The listing as it is now.")


@strawberry.type(description="A price list of my company, its prices or its assignments changed.")
class PricesChanged(Change):
    """Fact `prices`."""

    price_list: PriceList = strawberry.field(description="The list as it is now.")


@strawberry.type(description="Stock of my company was corrected. What orders take and give back is not told here.")
class StockChanged(Change):
    """Fact `stock`."""

    stock: StockLevel = strawberry.field(description="What lies there now.")


@strawberry.type(description="Something new is in my inbox, or something in it was read, on any of my devices.")
class InboxChanged(Change):
    """Fact `notification`; told or read. Heard by the member alone."""

    notification: Notification = strawberry.field(description="The most urgent of what is new, or the newest read.")

    @strawberry.field(description="How many are unread now: the badge.")
    async def unread(self, info: Info) -> int:
        return await unread(info.context.viewer)


@strawberry.type(description="An export of mine was begun, got further, or came to an end.")
class ExportProgressed(Change):
    """Fact `export`. Heard by the member alone."""

    export: Export = strawberry.field(description="The export as it is now.")


AnyChange = (
    OrderChanged
    | ChannelOrderChanged
    | ShipmentProgressed
    | LeadChanged
    | AccountChanged
    | RelationChanged
    | MemberChanged
    | ListingChanged
    | PricesChanged
    | StockChanged
)
Event = Annotated[AnyChange, strawberry.union("Event", description="Something that my company may hear of.")]


@dataclass(frozen=True, slots=True)
class Kind:
    """How facts of one kind are told. `read` scopes to its viewers; `show` makes the object of a row."""

    topic: Topic | None  # None: told to one member alone
    needs: Permission | None
    read: ReadFor
    change: type[Any]
    field: str
    show: Callable[[Any, Context], object]


def _relation(row: Any, context: Context) -> TradeRelation:
    return TradeRelation.of(row, context.viewer, context.locale)


KINDS: Final[dict[str, Kind]] = {
    kind_of(kind.topic): kind
    for kind in (
        Kind(
            Topic.ORDERS,
            Permission.ORDER_READ,
            orders_for,
            OrderChanged,
            "order",
            Order.of,
        ),
        Kind(
            Topic.CHANNEL_ORDERS,
            Permission.ORDER_READ,
            each(channel_orders_by_ids),
            ChannelOrderChanged,
            "channel_order",
            lambda row, _: ChannelOrder.of(row),
        ),
        Kind(
            Topic.SHIPMENTS,
            Permission.ORDER_READ,
            shipments_for,
            ShipmentProgressed,
            "shipment",
            lambda row, context: Shipment.of(row, context.viewer),
        ),
        Kind(  # whoever may neither manage nor follow leads reads none
            Topic.LEADS,
            None,
            each(leads_by_ids),
            LeadChanged,
            "lead",
            lambda row, context: Lead.of(row, context.viewer, context.locale),
        ),
        Kind(Topic.ACCOUNTS, Permission.MONEY_READ, relations_for, AccountChanged, "relation", _relation),
        Kind(Topic.RELATIONS, None, relations_for, RelationChanged, "relation", _relation),
        Kind(
            Topic.MEMBERS,
            Permission.MEMBER_MANAGE,
            each(members_by_ids),
            MemberChanged,
            "member",
            lambda row, _: Member.of(row),
        ),
        Kind(
            Topic.LISTINGS,
            Permission.BACKOFFICE_READ,
            each(listings_by_ids),
            ListingChanged,
            "listing",
            lambda row, _: Listing.of(row),
        ),
        Kind(
            Topic.PRICES,
            Permission.BACKOFFICE_READ,
            each(price_lists_by_ids),
            PricesChanged,
            "price_list",
            lambda row, _: PriceList.of(row),
        ),
        Kind(
            Topic.STOCK,
            Permission.BACKOFFICE_READ,
            each(stock_by_ids),
            StockChanged,
            "stock",
            lambda row, _: StockLevel.of(row),
        ),
    )
    if kind.topic is not None
}


_INBOX: Final = Kind(
    None,
    None,
    each(notifications_by_ids),
    InboxChanged,
    "notification",
    lambda row, context: Notification.of(row, context.locale),
)
_EXPORT: Final = Kind(
    None,
    None,
    each(exports_by_ids),
    ExportProgressed,
    "export",
    lambda row, context: Export.of(row, context.locale),
)
EVERY: Final = {**KINDS, InboxFact.kind: _INBOX, ExportFact.kind: _EXPORT}
"""With what a member hears of alone: their own inbox, and their own exports."""
