"""My company's customers as their channel manager (渠道经理) looks at them: found by figures, and one on its card."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app.insight import card, rules
from app.insight.customers import CustomerFilter, CustomerSort, Wanted, customers, order_name, page_of, place_of
from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.text import optional_text
from app.ledger.accounts import position_of
from app.ledger.queries import AccountView
from app.network.lifecycle import RelationStatus
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.queries import orders_by_ids
from schema.context import Info
from schema.ledger import Account
from schema.money import Money
from schema.network.types import NetworkArgument, TradeRelation
from schema.open_orders import OpenOrders
from schema.ordering.channel import ChannelOrder
from schema.ordering.types import Order
from schema.page import After, Connection, First, connection
from schema.scalars import uuid_of
from schema.selection import asked_names

Row = Mapping[str, Any]
LONGEST_TEXT = 100

strawberry.enum(CustomerSort, description="What stands first. Ties by when the relation was opened.")


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


@strawberry.type(description="The order that a customer placed last, whatever became of it.")
class LastOrder:
    """Columns of `sales_order`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    placed_at: datetime = strawberry.field(description="When it was placed.")


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
        description="The same in hundredths of a percent of last month's; null where that was nothing."
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
            last_order=_last_order(row),
            silent_days=rules.days_between(row["silent_since"], now(), row["time_zone"]),
            open_orders=OpenOrders.of(row) if viewer.may(Permission.ORDER_READ) else None,
            leads=_leads(row),
        )


_RELATION = tuple(field.name for field in fields(TradeRelation) if field.init)


def _last_order(row: Row) -> LastOrder | None:
    if row["last_id"] is None:
        return None
    return LastOrder(id=strawberry.ID(str(row["last_id"])), number=row["last_number"], placed_at=row["last_at"])


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
        description="For the brand: what it sells on in the network, the newest first; money only where granted."
    )
    async def channel_orders(self, info: Info, first: First = None, after: After = None) -> Connection[ChannelOrder]:
        page = Page.of(first, after, kinds=[UUID], order="orders-below")
        rows = await card.orders_below(info.context.viewer, self.row["id"], page)
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=ChannelOrder.of, order="orders-below")

    @strawberry.field(description="How many of its people may act for it; 0: nobody has come in yet.")
    async def members(self, info: Info) -> int:
        row = await info.context.loader(card.people_of_customers).load(self.row["id"])
        return row["members"] if row is not None else 0

    @strawberry.field(description="Until when an owner whom we invited may still come in; null: nobody is awaited.")
    async def invited_until(self, info: Info) -> datetime | None:
        row = await info.context.loader(card.people_of_customers).load(self.row["id"])
        return None if row is None else row["invited_until"]


@strawberry.input(
    description="Who does badly for long (业绩垫底): in each of the last whole months the turnover was below a "
    "share of the mean of the months before these. The running month does not count."
)
class LaggingInput:
    """See `app.insight.rules.Lagging`."""

    below_bp: int = strawberry.field(default=5000, description="The share, in hundredths of a percent, 1 to 10000.")
    months: int = strawberry.field(default=3, description=f"How many months running, 1 to {rules.MOST_RUN}.")
    base_months: int = strawberry.field(
        default=6,
        description=f"How many months before these make the mean, 1 to {rules.MOST_RUN}; only those since "
        "the relation was opened count.",
    )


@strawberry.input(description="What customers must be like; what is null does not narrow.")
class CustomerFilterInput:
    """See `app.insight.customers.CustomerFilter`."""

    text: str | None = strawberry.field(
        default=None, description="A part of the name or of my code for it, or its whole registration code."
    )
    statuses: list[RelationStatus] | None = strawberry.field(default=None, description="Any of these.")
    region_code: str | None = strawberry.field(default=None, description="In this region or one inside of it.")
    silent_days: int | None = strawberry.field(
        default=None, description="Neither an order nor the opening for so many days (`silentDays` is at least this)."
    )
    overdue: bool = strawberry.field(default=False, description="Only who has not paid what is due; needs money.read.")
    lagging: LaggingInput | None = strawberry.field(default=None, description="Only who does badly for long.")

    def read(self, network_id: UUID | None, status: str | None) -> CustomerFilter:
        lags, statuses = self.lagging, None if self.statuses is None else tuple(one.value for one in self.statuses)
        if status is not None:
            statuses = tuple(one for one in (statuses or (status,)) if one == status)
        words = optional_text("text", self.text, LONGEST_TEXT)
        return CustomerFilter(
            network_id=network_id,
            statuses=statuses,
            region_code=self.region_code,
            text=words,
            silent_days=self.silent_days,
            overdue=self.overdue,
            lagging=None if lags is None else rules.Lagging(lags.below_bp, lags.months, lags.base_months),
        ).checked()


def _wanted(info: Info) -> Wanted:
    asked = asked_names(info)
    return Wanted(money="account" in asked, leads="leads" in asked)


@strawberry.type
class BackofficeCustomers:
    """The customers among the fields of `Backoffice`."""

    @strawberry.field(
        description="Relations in which my company sells, with their figures; a channel manager sees theirs. Amounts "
        "are sorted as numbers, whatever their currency."
    )
    async def customers(
        self,
        info: Info,
        filter: Annotated[
            CustomerFilterInput | None, strawberry.argument(description="What they must be like; null: all.")
        ] = None,
        sort: Annotated[CustomerSort, strawberry.argument(description="What stands first.")] = CustomerSort.OPENED,
        network_id: NetworkArgument = None,
        status: Annotated[RelationStatus | None, strawberry.argument(description="Only with this status.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Customer]:
        page, viewer = page_of(sort, first, after), info.context.viewer
        network = uuid_of(network_id, "network") if network_id else None
        wanted = (filter or CustomerFilterInput()).read(network, status)
        rows = await customers(viewer, wanted, sort, page, _wanted(info))
        return connection(
            rows,
            page.first,
            sort=lambda row: place_of(sort, row),
            node=lambda row: Customer.of(row, viewer, info.context.locale),
            order=order_name(sort),
        )

    @strawberry.field(description="One customer on its card.")
    async def customer(
        self,
        info: Info,
        relation_id: Annotated[strawberry.ID, strawberry.argument(description="A relation in which my company sells.")],
    ) -> CustomerCard:
        viewer = info.context.viewer
        row = await card.customer(viewer, uuid_of(relation_id, "relation"), _wanted(info))
        return CustomerCard.of(row, viewer, info.context.locale)
