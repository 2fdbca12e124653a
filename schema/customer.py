"""A customer of my company as its channel manager (渠道经理) looks at it: in a list, and on its card."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app.insight import card, channel, rules
from app.kernel.clock import now
from app.kernel.page import Page
from app.ledger.accounts import position_of
from app.ledger.queries import AccountView
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.queries import orders_by_ids
from schema.channel import ChannelRelation, ChannelTotals, channel_connection
from schema.context import Info
from schema.ledger import Account
from schema.money import Money
from schema.network.types import TradeRelation
from schema.open_orders import LastOrder, OpenOrders
from schema.ordering.channel import ChannelOrder
from schema.ordering.types import Order
from schema.page import After, Connection, First, connection

Row = Mapping[str, Any]


@strawberry.type(description="What a customer ordered in a month. It begins where the network's days begin.")
class CustomerMonth:
    """See `app.insight.rules.Month`."""

    month: date = strawberry.field(description="Its first day.")
    orders: int = strawberry.field(description="How many orders were placed in it, whatever became of them.")
    turnover: Money = strawberry.field(
        description="Gross of the orders placed in it, less what has been cancelled of them since, whenever that was."
    )

    @classmethod
    def of(cls, month: rules.Month, currency: str) -> "CustomerMonth":
        return cls(month=month.first_day, orders=month.orders, turnover=Money.minor(month.turnover_minor, currency))


@strawberry.type(description="How a dealer dealt with the leads (线索) that my brand offered to it, all in all.")
class CustomerLeads:
    """See `app.leads.sql.fared`."""

    offered: int = strawberry.field(description="Offers of leads, each of its outcomes below included.")
    accepted: int = strawberry.field(description="Accepted, whatever came of them.")
    rejected: int = strawberry.field(description="Rejected.")
    lapsed: int = strawberry.field(description="Not answered before the deadline.")
    won: int = strawberry.field(description="Accepted and won.")
    lost: int = strawberry.field(description="Accepted and lost.")
    open: int = strawberry.field(description="With it now: accepted, or offered and still to be answered.")


@strawberry.type(description="A relation in which my company sells, with its figures.")
class Customer(TradeRelation):
    """A row of `app.insight.customers`."""

    row: strawberry.Private[Row]
    this_month: CustomerMonth = strawberry.field(description="The running month, until now.")
    last_month: CustomerMonth = strawberry.field(description="The whole month before.")
    change: Money = strawberry.field(description="This month's turnover less last month's.")
    change_bp: int | None = strawberry.field(
        description="The same in hundredths of a percent of last month's; null where that was nothing, or next to it."
    )
    last_order: LastOrder | None = strawberry.field(description="Null where it never ordered.")
    silent_days: int = strawberry.field(
        description="Days since its last order, or since the relation was opened where there is none."
    )
    open_orders: OpenOrders | None = strawberry.field(description="What is still open between us.")
    leads: CustomerLeads | None = strawberry.field(
        description="Null unless I manage the leads of the brand that sells to it."
    )

    @strawberry.field(description="Where the buyer stands with the seller; null for who may not read money.")
    async def account(self, info: Info) -> Account | None:
        if "accounts" not in self.row:
            return None
        return Account.of(AccountView(self.row["id"], position_of(self.row)))

    @classmethod
    def of(cls, row: Row, viewer: Viewer, locale: str) -> Self:
        relation = TradeRelation.of(row, viewer, locale)
        currency, change = row["currency"], row["this_minor"] - row["last_minor"]
        before, running = rules.last_months(row["month"], 2, row["newest_month"], row["orders"], row["turnover_minor"])
        return cls(
            **{name: getattr(relation, name) for name in _RELATION},
            row=row,
            this_month=CustomerMonth.of(running, currency),
            last_month=CustomerMonth.of(before, currency),
            change=Money.minor(change, currency),
            change_bp=rules.change_bp(row["this_minor"], row["last_minor"]),
            last_order=LastOrder.maybe(row),
            silent_days=rules.days_between(row["silent_since"], now(), row["time_zone"]),
            open_orders=OpenOrders.of(row) if viewer.may(Permission.ORDER_READ) else None,
            leads=_leads(row),
        )


_RELATION = tuple(field.name for field in fields(TradeRelation) if field.init)


def _leads(row: Row) -> CustomerLeads | None:
    names = ("offered", "accepted", "rejected", "lapsed", "won", "lost", "open")
    if row.get("leads_offered") is None:
        return None
    return CustomerLeads(**{name: row[f"leads_{name}"] for name in names})


@strawberry.type(description="A customer on its card: what a look at one customer is worth reading.")
class CustomerCard(Customer):
    """See `app.insight.card`."""

    @strawberry.field(description="Months up to the running one, the earliest first.")
    def months(
        self,
        last: Annotated[int, strawberry.argument(description=f"How many, 1 to {rules.MOST_MONTHS}.")] = 12,
    ) -> list[CustomerMonth]:
        row = self.row
        months = rules.last_months(
            row["month"], rules.checked_months(last), row["newest_month"], row["orders"], row["turnover_minor"]
        )
        return [CustomerMonth.of(month, row["currency"]) for month in months]

    @strawberry.field(description=f"Its newest orders with us, at most {card.LATEST_ORDERS}, the newest first.")
    async def latest_orders(self, info: Info) -> list[Order]:
        viewer = info.context.viewer
        ids = await info.context.loader(card.latest_orders).load(self.row["id"]) or []
        found = await orders_by_ids(viewer, ids)
        return [Order.of(found[one], info.context) for one in ids if one in found]

    @strawberry.field(
        description="For the brand: who buys from it in the network, the oldest first; money only where granted."
    )
    async def channel(self, info: Info, first: First = None, after: After = None) -> Connection[ChannelRelation]:
        page = Page.of(first, after, kinds=[UUID], order="buyers-below")
        rows = await channel.buyers_below(info.context.viewer, self.row["id"], page)
        return channel_connection(rows, page, info, "buyers-below")

    @strawberry.field(
        description="For the brand: how many buy from it in the network, and how they order; null for another seller."
    )
    async def channel_totals(self, info: Info) -> ChannelTotals | None:
        row = await info.context.loader(channel.totals_below).load(self.row["id"])
        return None if row is None else ChannelTotals.of(row)

    @strawberry.field(
        description="For the brand: what it sells on in the network, the newest first; money only where granted."
    )
    async def channel_orders(self, info: Info, first: First = None, after: After = None) -> Connection[ChannelOrder]:
        page = Page.of(first, after, kinds=[UUID], order="orders-below")
        rows = await channel.orders_below(info.context.viewer, self.row["id"], page)
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=ChannelOrder.of, order="orders-below")

    @strawberry.field(description="How many of its people may act for it; 0: nobody has come in yet.")
    async def members(self, info: Info) -> int:
        row = await info.context.loader(card.people_of_customers).load(self.row["id"])
        return row["members"] if row is not None else 0

    @strawberry.field(description="Until when an owner whom we invited may still come in; null: nobody is awaited.")
    async def invited_until(self, info: Info) -> datetime | None:
        row = await info.context.loader(card.people_of_customers).load(self.row["id"])
        return None if row is None else row["invited_until"]
