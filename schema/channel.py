"""What my brand sees of the trade below it: who buys from whom, when last, and how much."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.insight import channel, rules
from app.insight.channel import ChannelFilter
from app.kernel.clock import now
from app.kernel.page import Page
from app.network.lifecycle import RelationStatus
from schema.context import Info
from schema.money import Money
from schema.network.types import Company, Region
from schema.open_orders import LastOrder
from schema.page import After, Connection, First, connection
from schema.scalars import uuid_of

Row = Mapping[str, Any]


@strawberry.type(description="What was ordered in a month along a relation below my brand.")
class ChannelMonth:
    """See `app.insight.channel`."""

    month: date = strawberry.field(description="Its first day. It begins where the network's days begin.")
    orders: int = strawberry.field(description="How many orders were placed in it, whatever became of them.")
    turnover: Money | None = strawberry.field(
        description="Gross of these, less what has been cancelled of them; null unless the relation grants money to "
        "the brand."
    )


@strawberry.type(
    description="A relation somewhere in my brand's network: who trades with whom, when last, and how much. Money only "
    "where the relation grants it."
)
class ChannelRelation:
    """One row of `trade_relation` as the brand sees it, with its figures."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    seller: Company = strawberry.field(description="Who sells.")
    buyer: Company = strawberry.field(description="Who buys.")
    status: RelationStatus = strawberry.field(description="Whether new orders are taken.")
    level: int = strawberry.field(description="1 directly below the brand.")
    region: Region | None = strawberry.field(description="The region it belongs to.")
    opened_at: datetime = strawberry.field(description="When it was opened first.")
    this_month: ChannelMonth = strawberry.field(description="The running month, until now.")
    last_month: ChannelMonth = strawberry.field(description="The whole month before.")
    last_order: LastOrder | None = strawberry.field(description="Null where the buyer never ordered.")
    silent_days: int = strawberry.field(
        description="Days since the last order, or since the relation was opened where there is none."
    )
    unconfirmed_orders: int = strawberry.field(description="How many wait for the seller's confirmation.")
    confirmed_orders: int = strawberry.field(description="How many are confirmed and neither done nor closed.")

    @classmethod
    def of(cls, row: Row, locale: str) -> "ChannelRelation":
        return cls(
            id=strawberry.ID(str(row["id"])),
            seller=Company.of(row, "seller"),
            buyer=Company.of(row, "buyer"),
            status=RelationStatus(row["status"]),
            level=row["level"],
            region=Region.maybe(row, locale),
            opened_at=row["created_at"],
            this_month=_month(row, 0, "this"),
            last_month=_month(row, 1, "last"),
            last_order=LastOrder.maybe(row),
            silent_days=rules.days_between(row["silent_since"], now(), row["time_zone"]),
            unconfirmed_orders=row["unconfirmed"],
            confirmed_orders=row["confirmed"],
        )


def _month(row: Row, ago: int, which: str) -> ChannelMonth:
    return ChannelMonth(
        month=rules.first_day(row["month"] - ago),
        orders=row[f"{which}_orders"],
        turnover=Money.maybe(row[f"{which}_minor"], row["currency"]),
    )


def channel_connection(rows: Sequence[Row], page: Page, info: Info, order: str) -> Connection[ChannelRelation]:
    """A page of relations that is sorted by id."""
    locale = info.context.locale
    return connection(
        rows, page.first, sort=lambda row: [row["id"]], node=lambda row: ChannelRelation.of(row, locale), order=order
    )


@strawberry.type(description="How a customer of my brand sells on in the network, in orders; money is not summed.")
class ChannelTotals:
    """See `app.insight.channel.totals_below`."""

    buyers: int = strawberry.field(description="How many buy from it, or did.")
    active: int = strawberry.field(description="Of how many of them new orders are taken.")
    ordering: int = strawberry.field(description="How many of them ordered this month.")
    this_month_orders: int = strawberry.field(description="Orders placed with it this month.")
    last_month_orders: int = strawberry.field(description="Orders placed with it last month.")

    @classmethod
    def of(cls, row: Row) -> "ChannelTotals":
        return cls(
            buyers=row["buyers"],
            active=row["active"],
            ordering=row["ordering"],
            this_month_orders=row["this_orders"],
            last_month_orders=row["last_orders"],
        )


@strawberry.input(description="What relations of my network must be like; what is null does not narrow.")
class ChannelFilterInput:
    """See `app.insight.channel.ChannelFilter`."""

    seller_id: strawberry.ID | None = strawberry.field(default=None, description="Who sells: a dealer, or my brand.")
    statuses: list[RelationStatus] | None = strawberry.field(default=None, description="Any of these.")
    region_code: str | None = strawberry.field(default=None, description="In this region or one inside of it.")
    silent_days: int | None = strawberry.field(
        default=None, description="Neither an order nor the opening for so many days (`silentDays` is at least this)."
    )

    def read(self) -> ChannelFilter:
        return ChannelFilter(
            seller_id=uuid_of(self.seller_id, "company") if self.seller_id else None,
            statuses=None if self.statuses is None else tuple(one.value for one in self.statuses),
            region_code=self.region_code,
            silent_days=self.silent_days,
        ).checked()


@strawberry.type
class BackofficeChannel:
    """The trade below among the fields of `Backoffice`."""

    @strawberry.field(
        description="For the brand: who trades with whom in its network, at every level, when last, and how much; a "
        "channel manager sees what lies in scope. Money only where a relation grants it."
    )
    async def channel(
        self,
        info: Info,
        network_id: Annotated[strawberry.ID, strawberry.argument(description="My brand's network.")],
        filter: Annotated[
            ChannelFilterInput | None, strawberry.argument(description="What they must be like; null: all.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[ChannelRelation]:
        page = Page.of(first, after, kinds=[UUID], order="channel")
        wanted = (filter or ChannelFilterInput()).read()
        rows = await channel.channel(info.context.viewer, uuid_of(network_id, "network"), wanted, page)
        return channel_connection(rows, page, info, "channel")
