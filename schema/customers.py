"""My company's customers, found and sorted by their figures, and one of them on its card."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.insight import card, rules
from app.insight.customers import CustomerFilter, CustomerSort, Wanted, customers, order_name, page_of, place_of
from app.kernel.text import optional_text
from app.network.lifecycle import RelationStatus
from schema.context import Info
from schema.customer import Customer, CustomerCard
from schema.network.types import NetworkArgument
from schema.page import After, Connection, First, connection
from schema.scalars import uuid_of
from schema.selection import asked_names

LONGEST_TEXT = 100

strawberry.enum(
    CustomerSort, description="What stands first. Amounts of one currency stand together; ties by who came first."
)


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
    currency: str | None = strawberry.field(default=None, description="Whose relation is in this currency.")
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
            currency=self.currency,
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
        description="Relations in which my company sells, with their figures; a channel manager sees theirs. Sorted "
        "by amounts, customers of one currency stand together, and amounts of two are never compared."
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
