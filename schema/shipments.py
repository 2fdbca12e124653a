"""Shipments on the wire, as the two parties of their order see them."""

import decimal
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import strawberry

from app.catalog.rules import localised
from app.fulfilment import queries
from app.fulfilment.rules import ShipmentAction, ShipmentStatus, TrackingCode, allowed
from app.kernel.page import Page
from app.network.viewer import Viewer
from app.ordering.requests import open_requests_by_orders
from schema.columns import identifier
from schema.context import Info
from schema.money import Money
from schema.page import After, Connection, First, connection
from schema.units import named_unit

Row = Mapping[str, Any]

strawberry.enum(ShipmentStatus, description="Where a shipment is. DELIVERED: a party of the order confirmed it.")
strawberry.enum(ShipmentAction, description="What a member may do with a shipment.")
strawberry.enum(
    TrackingCode,
    description="What a carrier says happened. ARRIVED is its word; the delivery itself is confirmed by a party.",
)


@strawberry.type(description="A quantity of an order line in a shipment.")
class ShipmentLine:
    """One row of `shipment_line` with its order line."""

    order_line_id: strawberry.ID = strawberry.field(description="The line of the order.")
    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    sku_code: str = strawberry.field(description="The SKU's code when the order was placed.")
    name: str = strawberry.field(description="The SKU's name when the order was placed, in the reader's language.")
    quantity: decimal.Decimal = strawberry.field(description="How much, in the line's unit.")
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
            unit=row["unit"],
        )


@strawberry.type(description="Something that happened to a shipment on its way.")
class TrackingEvent:
    """One row of `tracking_event`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    code: TrackingCode = strawberry.field(description="What happened.")
    text: str = strawberry.field(description="In the carrier's words.")
    place: str | None = strawberry.field(description="Where.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: Row) -> "TrackingEvent":
        return cls(
            id=strawberry.ID(str(row["id"])),
            code=TrackingCode(row["code"]),
            text=row["text"],
            place=row["place"],
            at=row["at"],
        )


@strawberry.type(description="Goods of one order that left together.")
class Shipment:
    """One row of `shipment`."""

    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    order_id: strawberry.ID = strawberry.field(description="The order it belongs to.")
    number: str = strawberry.field(description="Its number: the order's, and a count.")
    status: ShipmentStatus = strawberry.field(description="Where it is.")
    carrier: str | None = strawberry.field(description="Who brings it.")
    tracking_number: str | None = strawberry.field(description="The carrier's number for it.")
    amount: Money = strawberry.field(description="What was posted for it, with tax; freight goes with the first.")
    version: int = strawberry.field(description="Rises with every change.")
    shipped_at: datetime = strawberry.field(description="When it left.")
    delivered_at: datetime | None = strawberry.field(description="When its delivery was confirmed (签收).")
    allowed_actions: list[ShipmentAction] = strawberry.field(description="What I may do with it now.")

    @strawberry.field(description="What is in it; at most 1,000 lines.")
    async def lines(self, info: Info) -> list[ShipmentLine]:
        rows = await info.context.loader(queries.lines_by_shipments).load(self.key)
        return [ShipmentLine.of(row, info.context.locale) for row in rows or ()]

    @strawberry.field(description="What happened to it on its way, newest first.")
    async def tracking(self, info: Info, first: First = None, after: After = None) -> Connection[TrackingEvent]:
        page = Page.of(first, after, kinds=[datetime, UUID], order="tracking")
        wanted = queries.TrackingPage(self.key, page.limit, page.after)  # type: ignore[arg-type]
        rows = await info.context.loader(queries.tracking_of_shipments).load(wanted)
        return connection(
            rows or [],
            page.first,
            sort=lambda row: [row["at"], row["id"]],
            node=TrackingEvent.of,
            order="tracking",
        )

    @classmethod
    def of(cls, row: Row, viewer: Viewer) -> "Shipment":
        """Everything but lines and tracking is in the row already, what the viewer may do included."""
        status = ShipmentStatus(row["status"])
        is_seller = row["seller_id"] == viewer.company_id
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
            allowed_actions=allowed(status, is_seller=is_seller, permissions=viewer.permissions),
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
