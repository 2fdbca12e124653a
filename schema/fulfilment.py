"""Shipping, tracking and arrival: what is asked for and what comes back."""

import decimal
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.fulfilment import queries, refusals
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.correct_packages import correct_packages
from app.fulfilment.packages import PackageSaid
from app.fulfilment.record_tracking import record_tracking
from app.fulfilment.rules import RejectReason, TrackingCode, TrackingSaid
from app.fulfilment.ship import ship_order
from app.fulfilment.signed import SignedSaid
from app.kernel.refusal import Refusal
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
from schema.refusals import ChangedMeanwhile, KeyReused, MoveNotAllowed, Refused
from schema.scalars import uuid_of
from schema.shipments import Shipment
from schema.units import named_unit


@strawberry.type(description="A shipment that left, was tracked or arrived, and its order as it is now.")
class ShipmentMoved:
    """What an act on a shipment answers."""

    shipment: Shipment = strawberry.field(description="The shipment as it is now.")
    order: Order = strawberry.field(description="Its order as it is now.")


@strawberry.type(description="A line for which more was to be signed than was shipped.")
class OverSignedLine:
    """See `app.fulfilment.refusals.OverSignedLine`."""

    line_id: strawberry.ID = strawberry.field(description="The line of the order.")
    sku_code: str = strawberry.field(description="Its SKU's code.")
    unit: str = strawberry.field(description="Its unit; both quantities are in it.")
    unit_name: str = named_unit()
    signed: decimal.Decimal = strawberry.field(description="What was to be signed for.")
    shipped: decimal.Decimal = strawberry.field(description="What is in the shipment.")


@strawberry.type(description="More was to be signed for than was shipped. Names every such line.")
class MoreThanShipped(Refused):
    """See `app.fulfilment.refusals.MoreThanShipped`."""

    over: list[OverSignedLine] = strawberry.field(description="Every line of which less was shipped.")

    @classmethod
    def of(cls, refusal: refusals.MoreThanShipped, locale: str) -> "MoreThanShipped":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            over=[
                OverSignedLine(
                    line_id=strawberry.ID(str(one.line_id)),
                    sku_code=one.sku_code,
                    unit=one.unit,
                    signed=one.signed,
                    shipped=one.shipped,
                )
                for one in refusal.lines
            ],
        )


REFUSALS: dict[type[Refusal], type] = {refusals.MoreThanShipped: MoreThanShipped}


@strawberry.input(description="One parcel of a shipment.")
class PackageInput:
    """See `app.fulfilment.packages.PackageSaid`."""

    id: strawberry.ID | None = strawberry.field(default=None, description="Of a package to correct; null: a new one.")
    carrier: str | None = strawberry.field(default=None, description="Who brings it, by name or code.")
    tracking_number: str | None = strawberry.field(default=None, description="The carrier's number for it.")
    weight_g: int | None = strawberry.field(default=None, description="Its weight, in grams.")
    volume_cm3: int | None = strawberry.field(default=None, description="Its volume, in cubic centimetres.")
    pieces: int | None = strawberry.field(default=None, description="How many pieces it holds, or is made of.")

    def read(self) -> PackageSaid:
        return PackageSaid(
            self.carrier,
            self.tracking_number,
            self.weight_g,
            self.volume_cm3,
            self.pieces,
            None if self.id is None else uuid_of(self.id, "package"),
        )


@strawberry.input(description="What leaves of an order, and who brings it.")
class ShipOrderInput:
    """Input of `shipOrder`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="Which quantities; null: all that is neither shipped nor cancelled."
    )
    carrier: str | None = strawberry.field(default=None, description="Who brings it, in one package.")
    tracking_number: str | None = strawberry.field(default=None, description="The carrier's number for it.")
    packages: list[PackageInput] | None = strawberry.field(
        default=None, description="1 to 100 packages, instead of `carrier` and `trackingNumber`."
    )
    expected_version: int | None = expected_version()


@strawberry.input(description="Something that happened to a shipment on its way.")
class TrackingEventInput:
    """See `app.fulfilment.rules.TrackingSaid`."""

    code: TrackingCode = strawberry.field(description="What happened.")
    text: str = strawberry.field(description="In the carrier's words.")
    place: str | None = strawberry.field(default=None, description="Where.")
    at: datetime = strawberry.field(description="When. The same moment, code and words said twice are kept once.")


@strawberry.input(description="What a carrier says, in any order.")
class RecordTrackingInput:
    """Input of `recordTracking`."""

    client_key: str = client_key()
    shipment_id: strawberry.ID = strawberry.field(description="The shipment.")
    package_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of its packages; null: it happened to all of them."
    )
    events: list[TrackingEventInput] = strawberry.field(description="1 to 100 events.")


@strawberry.input(description="The packages of a shipment as they really are.")
class CorrectPackagesInput:
    """Input of `correctPackages`."""

    client_key: str = client_key()
    shipment_id: strawberry.ID = strawberry.field(description="The shipment.")
    packages: list[PackageInput] = strawberry.field(
        description="1 to 100, all of them: with an id corrected, without one added; those left out are taken out."
    )
    reason: str = strawberry.field(description="Why; both sides read it in the history.")
    expected_version: int | None = expected_version()


@strawberry.input(description="What was signed for of a line.")
class SignedLineInput:
    """See `app.fulfilment.signed.SignedSaid`."""

    line_id: strawberry.ID = strawberry.field(description="The line of the order.")
    signed: decimal.Decimal = strawberry.field(description="What is signed for, in the line's unit.")
    reason: RejectReason | None = strawberry.field(
        default=None, description="Why it is less than was shipped; needed then, and only then."
    )
    note: str | None = strawberry.field(default=None, description="More about it.")

    def read(self) -> SignedSaid:
        return SignedSaid(uuid_of(self.line_id, "order line"), self.signed, self.reason, self.note)


@strawberry.input(description="A shipment that arrived.")
class ConfirmDeliveryInput:
    """Input of `confirmDelivery`."""

    client_key: str = client_key()
    shipment_id: strawberry.ID = strawberry.field(description="The shipment.")
    lines: list[SignedLineInput] | None = strawberry.field(
        default=None, description="Where less arrived than was shipped; lines that are not named are signed for whole."
    )


ShipOrderResult = Annotated[
    ShipmentMoved | MoreThanOpen | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("ShipOrderResult", description="The shipment and its order, or why not."),
]
RecordTrackingResult = Annotated[
    ShipmentMoved | KeyReused,
    strawberry.union("RecordTrackingResult", description="The shipment and its order, or why not."),
]
CorrectPackagesResult = Annotated[
    ShipmentMoved | MoveNotAllowed | ChangedMeanwhile | KeyReused,
    strawberry.union("CorrectPackagesResult", description="The shipment and its order, or why not."),
]
ConfirmDeliveryResult = Annotated[
    ShipmentMoved | MoreThanShipped | MoveNotAllowed | KeyReused,
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
            packages=None if input.packages is None else [one.read() for one in input.packages],
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
            package_id=None if input.package_id is None else uuid_of(input.package_id, "package"),
            events=[TrackingSaid(one.code, one.text, one.place, one.at) for one in input.events],
            client_key=input.client_key,
        )
        return await _moved(info, shipment_id)

    @strawberry.field(description="As its seller: correct the packages of a shipment that nobody has signed for.")
    @access(Permission.SHIPMENT_MANAGE)
    async def correct_packages(
        self,
        info: Info,
        input: Annotated[CorrectPackagesInput, strawberry.argument(description="The packages.")],
    ) -> CorrectPackagesResult | None:
        shipment_id = await correct_packages(
            info.context.viewer,
            shipment_id=uuid_of(input.shipment_id, "shipment"),
            packages=[one.read() for one in input.packages],
            reason=input.reason,
            client_key=input.client_key,
            expected_version=input.expected_version,
        )
        return await _moved(info, shipment_id)

    @strawberry.field(description="As a party of its order: sign for a shipment that arrived (签收), line by line.")
    @access(Permission.DELIVERY_CONFIRM)
    async def confirm_delivery(
        self,
        info: Info,
        input: Annotated[ConfirmDeliveryInput, strawberry.argument(description="Which shipment.")],
    ) -> ConfirmDeliveryResult | None:
        shipment_id = await confirm_delivery(
            info.context.viewer,
            shipment_id=uuid_of(input.shipment_id, "shipment"),
            lines=None if input.lines is None else [one.read() for one in input.lines],
            client_key=input.client_key,
        )
        return await _moved(info, shipment_id)
