"""Shipping, tracking and arrival: what is asked for and what comes back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.fulfilment import queries
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.record_tracking import record_tracking
from app.fulfilment.rules import TrackingCode, TrackingSaid
from app.fulfilment.ship import ship_order
from app.network.roles import Permission
from schema.access import access
from schema.context import Info
from schema.order_actions import (
    LineQuantityInput,
    MoreThanOpen,
    client_key,
    expected_version,
    read_again,
    read_lines,
)
from schema.ordering.types import Order
from schema.refusals import ChangedMeanwhile, KeyReused, MoveNotAllowed
from schema.scalars import uuid_of
from schema.shipments import Shipment


@strawberry.type(description="A shipment that left, was tracked or arrived, and its order as it is now.")
class ShipmentMoved:
    """What an act on a shipment answers."""

    shipment: Shipment = strawberry.field(description="The shipment as it is now.")
    order: Order = strawberry.field(description="Its order as it is now.")


@strawberry.input(description="What leaves of an order, and who brings it.")
class ShipOrderInput:
    """Input of `shipOrder`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="Which quantities; null: all that is neither shipped nor cancelled."
    )
    carrier: str | None = strawberry.field(default=None, description="Who brings it.")
    tracking_number: str | None = strawberry.field(default=None, description="The carrier's number for it.")
    expected_version: int | None = expected_version()


@strawberry.input(description="Something that happened to a shipment on its way.")
class TrackingEventInput:
    """See `app.fulfilment.rules.TrackingSaid`."""

    code: TrackingCode = strawberry.field(description="What happened.")
    text: str = strawberry.field(description="In the carrier's words.")
    place: str | None = strawberry.field(default=None, description="Where.")
    at: datetime = strawberry.field(description="When. The same moment and code said twice is kept once.")


@strawberry.input(description="What a carrier says, in any order.")
class RecordTrackingInput:
    """Input of `recordTracking`."""

    client_key: str = client_key()
    shipment_id: strawberry.ID = strawberry.field(description="The shipment.")
    events: list[TrackingEventInput] = strawberry.field(description="1 to 100 events.")


@strawberry.input(description="A shipment that arrived.")
class ConfirmDeliveryInput:
    """Input of `confirmDelivery`."""

    client_key: str = client_key()
    shipment_id: strawberry.ID = strawberry.field(description="The shipment.")


ShipOrderResult = Annotated[
    ShipmentMoved | MoreThanOpen | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("ShipOrderResult", description="The shipment and its order, or why not."),
]
RecordTrackingResult = Annotated[
    ShipmentMoved | KeyReused,
    strawberry.union("RecordTrackingResult", description="The shipment and its order, or why not."),
]
ConfirmDeliveryResult = Annotated[
    ShipmentMoved | MoveNotAllowed | KeyReused,
    strawberry.union("ConfirmDeliveryResult", description="The shipment and its order, or why not."),
]


async def _moved(info: Info, shipment_id: UUID) -> ShipmentMoved:
    viewer = info.context.viewer
    row = await queries.shipment_by_id(viewer, shipment_id)
    return ShipmentMoved(shipment=Shipment.of(row, viewer), order=await read_again(info, row["order_id"]))


@strawberry.type
class Queries:
    """Reads of shipments."""

    @strawberry.field(description="A shipment of an order in which my company is buyer or seller.")
    @access(Permission.ORDER_READ)
    async def shipment(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Shipment | None:
        viewer = info.context.viewer
        return Shipment.of(await queries.shipment_by_id(viewer, uuid_of(id, "shipment")), viewer)


@strawberry.type
class Mutations:
    """Acts on shipments."""

    @strawberry.field(description="As its seller: ship what is open of a confirmed order, in parts or at once.")
    @access(Permission.SHIPMENT_MANAGE)
    async def ship_order(
        self,
        info: Info,
        input: Annotated[ShipOrderInput, strawberry.argument(description="What leaves.")],
    ) -> ShipOrderResult | None:
        shipment_id = await ship_order(
            info.context.viewer,
            order_id=uuid_of(input.order_id, "order"),
            lines=read_lines(input.lines),
            carrier=input.carrier,
            tracking_number=input.tracking_number,
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await _moved(info, shipment_id)

    @strawberry.field(description="As its seller: record what the carrier says of a shipment.")
    @access(Permission.SHIPMENT_MANAGE)
    async def record_tracking(
        self,
        info: Info,
        input: Annotated[RecordTrackingInput, strawberry.argument(description="What was said.")],
    ) -> RecordTrackingResult | None:
        shipment_id = await record_tracking(
            info.context.viewer,
            shipment_id=uuid_of(input.shipment_id, "shipment"),
            events=[TrackingSaid(one.code, one.text, one.place, one.at) for one in input.events],
            client_key=input.client_key,
        )
        return await _moved(info, shipment_id)

    @strawberry.field(description="As a party of its order: confirm that a shipment arrived (签收).")
    @access(Permission.DELIVERY_CONFIRM)
    async def confirm_delivery(
        self,
        info: Info,
        input: Annotated[ConfirmDeliveryInput, strawberry.argument(description="Which shipment.")],
    ) -> ConfirmDeliveryResult | None:
        shipment_id = await confirm_delivery(
            info.context.viewer,
            shipment_id=uuid_of(input.shipment_id, "shipment"),
            client_key=input.client_key,
        )
        return await _moved(info, shipment_id)
