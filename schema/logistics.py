"""A seller's view of what is on its way: the worklist of shipments, and its rules about silence and signing."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.fulfilment import queries
from app.fulfilment.rules import ShipmentStatus
from app.fulfilment.save_logistics_rule import save_logistics_rule
from app.kernel.page import Page
from app.network.roles import Permission
from schema.access import access
from schema.context import Info
from schema.order_actions import client_key
from schema.page import After, Connection, First, connection
from schema.refusals import KeyReused
from schema.scalars import uuid_of
from schema.shipments import Shipment


@strawberry.input(description="Which shipments; what is null does not narrow.")
class ShipmentFilter:
    """See `app.fulfilment.queries.ShipmentFilter`."""

    statuses: list[ShipmentStatus] | None = strawberry.field(default=None, description="In one of these.")
    stalled: bool | None = strawberry.field(
        default=None, description="True: silent for too long, or something is wrong; false: the others."
    )
    rejected: bool | None = strawberry.field(
        default=None, description="True: not all of it was signed for; false: the others."
    )
    number: str | None = strawberry.field(default=None, description="With this number, its own or a package's.")

    def read(self) -> queries.ShipmentFilter:
        statuses = None if self.statuses is None else tuple(one.value for one in self.statuses)
        return queries.ShipmentFilter(statuses, self.stalled, self.rejected, self.number)


@strawberry.type(description="After how much silence a shipment is stalled, and when it counts as signed for.")
class LogisticsRule:
    """One row of `logistics_rule`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    carrier_code: str | None = strawberry.field(description="Only for this carrier; null: for all that have no rule.")
    stalled_after_hours: int | None = strawberry.field(
        description="Silent for so many hours it is stalled; null: never."
    )
    auto_sign_days: int | None = strawberry.field(
        description="So many days after its arrival is known it counts as signed for whole; null: never by itself."
    )

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "LogisticsRule":
        return cls(
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            carrier_code=row["carrier_code"],
            stalled_after_hours=row["stalled_after_hours"],
            auto_sign_days=row["auto_sign_days"],
        )


@strawberry.input(description="The rule for one carrier, or for all others; it replaces the one there was.")
class SaveLogisticsRuleInput:
    """Input of `saveLogisticsRule`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="The network.")
    carrier: str | None = strawberry.field(
        default=None, description="The carrier, by name or code; null: all that have no rule of their own."
    )
    stalled_after_hours: int | None = strawberry.field(
        default=None, description="Silent for so many hours it is stalled; null: never. Without any rule: 72."
    )
    auto_sign_days: int | None = strawberry.field(
        default=None, description="Days from its known arrival until it counts as signed for; null: never by itself."
    )


SaveLogisticsRuleResult = Annotated[LogisticsRule | KeyReused, strawberry.union("SaveLogisticsRuleResult")]


@strawberry.type
class BackofficeLogistics:
    """What fulfilment adds to Backoffice."""

    @strawberry.field(description="What my company ships, newest first; `stalled: true` is the list to work through.")
    async def shipments(
        self,
        info: Info,
        filter: Annotated[ShipmentFilter | None, strawberry.argument(description="Which; null: all.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Shipment]:
        page, viewer = Page.of(first, after, kinds=[UUID], order="shipments"), info.context.viewer
        rows = await queries.outgoing(viewer, (filter or ShipmentFilter()).read(), page)
        return connection(
            rows,
            page.first,
            sort=lambda row: [row["id"]],
            node=lambda row: Shipment.of(row, viewer),
            order="shipments",
        )

    @strawberry.field(description="What my company said about silence and signing, oldest rule first.")
    async def logistics_rules(
        self,
        info: Info,
        network_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only in this network; null: in all of mine.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[LogisticsRule]:
        page = Page.of(first, after, kinds=[UUID], order="logistics-rules")
        only = None if network_id is None else uuid_of(network_id, "network")
        rows = await queries.logistics_rules(info.context.viewer, only, page)
        return connection(
            rows, page.first, sort=lambda row: [row["id"]], node=LogisticsRule.of, order="logistics-rules"
        )


@strawberry.type
class Mutations:
    """Settings of logistics."""

    @strawberry.mutation(description="Say when a shipment is stalled, and when one that arrived counts as signed for.")
    @access(Permission.SHIPMENT_MANAGE)
    async def save_logistics_rule(
        self,
        info: Info,
        input: Annotated[SaveLogisticsRuleInput, strawberry.argument(description="The rule.")],
    ) -> SaveLogisticsRuleResult | None:
        viewer = info.context.viewer
        rule_id = await save_logistics_rule(
            viewer,
            network_id=uuid_of(input.network_id, "network"),
            carrier=input.carrier,
            stalled_after_hours=input.stalled_after_hours,
            auto_sign_days=input.auto_sign_days,
            client_key=input.client_key,
        )
        return LogisticsRule.of(await queries.logistics_rule(viewer, rule_id))
