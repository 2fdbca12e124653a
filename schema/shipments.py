"""Shipments on the wire, as the two parties of their order see them."""

import decimal
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import strawberry

from app.catalog.rules import localised
from app.fulfilment import package_queries, queries
from app.fulfilment.rules import RejectReason, ShipmentAction, ShipmentStatus, allowed, is_stalled
from app.kernel.clock import now
from app.kernel.page import Page
from app.network.viewer import Viewer
from app.ordering.requests import open_requests_by_orders
from schema.columns import identifier
from schema.context import Info
from schema.money import Money
from schema.packages import Package, PackageChange, TrackingEvent, timeline
from schema.page import After, Connection, First, connection
from schema.units import named_unit

Row = Mapping[str, Any]

strawberry.enum(RejectReason, description="Why a shipped quantity was not signed for.")
strawberry.enum(ShipmentAction, description="What a member may do with a shipment.")


@strawberry.type(description="A quantity of an order line in a shipment.")
class ShipmentLine:
    """One row of `shipment_line` with its order line."""

    order_line_id: strawberry.ID = strawberry.field(description="The line of the order.")
    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    sku_code: str = strawberry.field(description="The SKU's code when the order was placed.")
    name: str = strawberry.field(description="The SKU's name when the order was placed, in the reader's language.")
    quantity: decimal.Decimal = strawberry.field(description="How much left, in the line's unit.")
    delivered: decimal.Decimal = strawberry.field(description="What of it was signed for (签收).")
    rejected: decimal.Decimal = strawberry.field(description="What of it was not, once somebody has signed.")
    reason: RejectReason | None = strawberry.field(description="Why not.")
    note: str | None = strawberry.field(description="What was written about it.")
    unit: str = strawberry.field(description="The line's unit.")
    unit_name: str = named_unit()

    @classmethod
    def of(cls, row: Row, locale: str) -> "ShipmentLine":
        return cls(
            order_line_id=strawberry.ID(str(row["order_line_id"])),
            sku_id=strawberry.ID(str(row["sku_id"])),
            sku_code=row["sku_code"],
            name=localised(row["name_zh"], row["name_en"], locale),
            quantity=row["quantity"],
            delivered=row["delivered"],
            rejected=row["rejected"],
            reason=None if row["reason"] is None else RejectReason(row["reason"]),
            note=row["note"],
            unit=row["unit"],
        )


@strawberry.type(description="Goods of one order that left together.")
class Shipment:
    """One row of `shipment`."""

    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    order_id: strawberry.ID = strawberry.field(description="The order it belongs to.")
    number: str = strawberry.field(description="Its number: the order's, and a count.")
    status: ShipmentStatus = strawberry.field(description="Where it is.")
    carrier: str | None = strawberry.field(description="Who brings its first package.")
    tracking_number: str | None = strawberry.field(description="The carrier's number for that.")
    amount: Money = strawberry.field(description="What was posted for it, with tax; freight goes with the first.")
    version: int = strawberry.field(description="Rises with every change.")
    shipped_at: datetime = strawberry.field(description="When it left.")
    delivered_at: datetime | None = strawberry.field(description="When it was signed for (签收).")
    stalled: bool = strawberry.field(description="Nothing was heard of it for too long, or something is wrong.")
    stalls_at: datetime | None = strawberry.field(
        description="Without news until then it is stalled; past, since when it is. Null: never."
    )
    signs_at: datetime | None = strawberry.field(
        description="From then on it counts as signed for whole; null: only when somebody signs."
    )
    allowed_actions: list[ShipmentAction] = strawberry.field(description="What I may do with it now.")

    @strawberry.field(description="What is in it; at most 1,000 lines.")
    async def lines(self, info: Info) -> list[ShipmentLine]:
        rows = await info.context.loader(queries.lines_by_shipments).load(self.key)
        return [ShipmentLine.of(row, info.context.locale) for row in rows or ()]

    @strawberry.field(description="Its packages, at most 100; at least one.")
    async def packages(self, info: Info) -> list[Package]:
        rows = await info.context.loader(package_queries.packages_by_shipments).load(self.key)
        return [Package.of(row, info.context.viewer) for row in rows or ()]

    @strawberry.field(description="How its packages were corrected, newest first.")
    async def package_changes(self, info: Info, first: First = None, after: After = None) -> Connection[PackageChange]:
        page = Page.of(first, after, kinds=[UUID], order="package-changes")
        wanted = package_queries.ChangesPage(self.key, page.limit, page.after[0] if page.after else None)  # type: ignore[arg-type]
        rows = await info.context.loader(package_queries.changes_of_packages).load(wanted)
        return connection(
            rows or [], page.first, sort=lambda row: [row["id"]], node=PackageChange.of, order="package-changes"
        )

    @strawberry.field(description="What happened to it and its packages on their way, newest first.")
    async def tracking(self, info: Info, first: First = None, after: After = None) -> Connection[TrackingEvent]:
        return await timeline(info, self.key, None, first, after)

    @classmethod
    def of(cls, row: Row, viewer: Viewer) -> "Shipment":
        """Everything but lines and tracking is in the row already, what the viewer may do included."""
        status = ShipmentStatus(row["status"])
        is_seller, moment, signs_at = row["seller_id"] == viewer.company_id, now(), row["signs_at"]
        return cls(
            key=row["id"],
            id=strawberry.ID(str(row["id"])),
            order_id=strawberry.ID(str(row["order_id"])),
            number=row["number"],
            status=status,
            carrier=row["carrier"],
            tracking_number=row["tracking_number"],
            amount=Money.minor(row["amount_minor"], row["currency"]),
            version=row["version"],
            shipped_at=row["shipped_at"],
            delivered_at=row["delivered_at"],
            stalled=is_stalled(row["stalls_at"], moment),
            stalls_at=row["stalls_at"],
            signs_at=signs_at,
            allowed_actions=allowed(
                status, is_seller=is_seller, permissions=viewer.permissions, signs_at=signs_at, now=moment
            ),
        )


@strawberry.type(description="A quantity of an order line that the buyer asks to cancel.")
class CancellationLine:
    """One entry of `cancellation_request.lines`."""

    order_line_id: strawberry.ID = strawberry.field(description="The line of the order.")
    quantity: decimal.Decimal = strawberry.field(description="How much of it, in the line's unit.")


@strawberry.type(description="What the buyer asks to cancel, and the seller has not decided.")
class CancellationRequest:
    """One open row of `cancellation_request`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    reason: str = strawberry.field(description="Why.")
    lines: list[CancellationLine] | None = strawberry.field(description="Which quantities; null: all that is open.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")

    @classmethod
    def of(cls, row: Row) -> "CancellationRequest":
        lines = [
            CancellationLine(order_line_id=strawberry.ID(one["lineId"]), quantity=decimal.Decimal(one["quantity"]))
            for one in orjson.loads(row["lines"])
        ]
        return cls(
            id=strawberry.ID(str(row["id"])), reason=row["reason"], lines=lines or None, requested_at=row["created_at"]
        )


@strawberry.type
class OrderFulfilment:
    """The part of `Order` that tells of its shipments and of what is asked about it."""

    row: strawberry.Private[Row]
    id = identifier("id", "Its id.")

    @strawberry.field(description="Its shipments, the first one first.")
    async def shipments(self, info: Info, first: First = None, after: After = None) -> Connection[Shipment]:
        page = Page.of(first, after, kinds=[UUID], order="shipments")
        wanted = queries.ShipmentsPage(self.row["id"], page.limit, page.after[0] if page.after else None)  # type: ignore[arg-type]
        rows = await info.context.loader(queries.shipments_of_orders).load(wanted)
        viewer = info.context.viewer
        return connection(
            rows or [],
            page.first,
            sort=lambda row: [row["id"]],
            node=lambda row: Shipment.of(row, viewer),
            order="shipments",
        )

    @strawberry.field(description="The cancellation that the buyer asks for and the seller has to decide.")
    async def cancellation_request(self, info: Info) -> CancellationRequest | None:
        row = await info.context.loader(open_requests_by_orders).load(self.row["id"])
        return None if row is None else CancellationRequest.of(row)
