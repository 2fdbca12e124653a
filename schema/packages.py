"""Packages, their history, and what was said of them, as the two parties of their order see them."""

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import strawberry

from app.fulfilment import package_queries
from app.fulfilment.rules import ShipmentStatus, TrackingCode
from app.kernel.page import Page
from app.network.viewer import Viewer
from schema.context import Info
from schema.page import After, Connection, First, connection

Row = Mapping[str, Any]

strawberry.enum(
    ShipmentStatus, description="Where a shipment or a package is. DELIVERED: a party of the order signed for it."
)
strawberry.enum(
    TrackingCode,
    description="What a carrier says happened. ARRIVED is its word; the delivery itself is confirmed by a party.",
)


@strawberry.enum(description="Whether a package's news come by themselves.")
class News(enum.Enum):
    """From its waybill's columns."""

    BY_HAND = strawberry.enum_value("by_hand", description="Only what the seller records, or a carrier pushes unasked.")
    ASKED = strawberry.enum_value("asked", description="They are being asked for.")
    COMING = strawberry.enum_value("coming", description="They come as they happen.")
    REFUSED = strawberry.enum_value("refused", description="They were asked for and do not come; `trouble` says why.")


@strawberry.enum(description="What was done to a package.")
class PackageChanged(enum.Enum):
    """`shipment_package_change.what`."""

    ADDED = strawberry.enum_value("added", description="It was added.")
    CHANGED = strawberry.enum_value("changed", description="It was corrected.")
    REMOVED = strawberry.enum_value("removed", description="It was taken out.")


@strawberry.type(description="Something that happened to a shipment on its way.")
class TrackingEvent:
    """One row of `tracking_event`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    code: TrackingCode = strawberry.field(description="What happened.")
    text: str = strawberry.field(description="In the carrier's words.")
    place: str | None = strawberry.field(description="Where.")
    at: datetime = strawberry.field(description="When.")
    package_id: strawberry.ID | None = strawberry.field(description="To which package; null: to all of them.")
    by_carrier: bool = strawberry.field(description="The carrier itself said so; else the seller recorded it.")

    @classmethod
    def of(cls, row: Row) -> "TrackingEvent":
        return cls(
            id=strawberry.ID(str(row["id"])),
            code=TrackingCode(row["code"]),
            text=row["text"],
            place=row["place"],
            at=row["at"],
            package_id=None if row["package_id"] is None else strawberry.ID(str(row["package_id"])),
            by_carrier=row["by_carrier"],
        )


async def timeline(
    info: Info, shipment_id: UUID, package_id: UUID | None, first: int | None, after: str | None
) -> Connection[TrackingEvent]:
    """What was said of a shipment, or of one of its packages, newest first."""
    page = Page.of(first, after, kinds=[datetime, UUID], order="tracking")
    wanted = package_queries.TrackingPage(shipment_id, package_id, page.limit, page.after)  # type: ignore[arg-type]
    rows = await info.context.loader(package_queries.tracking_of_shipments).load(wanted)
    return connection(
        rows or [],
        page.first,
        sort=lambda row: [row["at"], row["id"]],
        node=TrackingEvent.of,
        order="tracking",
    )


@strawberry.type(description="What a seller says of a package.")
class PackageValues:
    """The values of `app.fulfilment.packages.PackageSaid`."""

    carrier: str | None = strawberry.field(description="Who brings it, as the seller names it.")
    tracking_number: str | None = strawberry.field(description="The carrier's number for it.")
    weight_g: int | None = strawberry.field(description="Its weight, in grams.")
    volume_cm3: int | None = strawberry.field(description="Its volume, in cubic centimetres.")
    pieces: int | None = strawberry.field(description="How many pieces it holds, or is made of.")

    @classmethod
    def kept(cls, text: str | None) -> "PackageValues | None":
        """From the history's JSON."""
        return None if text is None else cls(**orjson.loads(text))


@strawberry.type(description="One parcel of a shipment (包裹).")
class Package(PackageValues):
    """One row of `shipment_package`."""

    key: strawberry.Private[UUID]
    shipment_key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    carrier_code: str | None = strawberry.field(description="Its carrier, as news name it.")
    status: ShipmentStatus = strawberry.field(description="Where it is.")
    news_at: datetime | None = strawberry.field(description="When the newest thing happened that was said of it.")
    news: News = strawberry.field(description="Whether its news come by themselves.")
    trouble: str | None = strawberry.field(description="For its seller: why they do not.")

    @strawberry.field(description="What happened to it on its way, newest first.")
    async def tracking(self, info: Info, first: First = None, after: After = None) -> Connection[TrackingEvent]:
        return await timeline(info, self.shipment_key, self.key, first, after)

    @classmethod
    def of(cls, row: Row, viewer: Viewer) -> "Package":
        return cls(
            key=row["id"],
            shipment_key=row["shipment_id"],
            id=strawberry.ID(str(row["id"])),
            carrier=row["carrier"],
            carrier_code=row["carrier_code"],
            tracking_number=row["tracking_number"],
            weight_g=row["weight_g"],
            volume_cm3=row["volume_cm3"],
            pieces=row["pieces"],
            status=ShipmentStatus(row["status"]),
            news_at=row["news_at"],
            news=_news(row),
            trouble=row["trouble"] if row["seller_id"] == viewer.company_id else None,
        )


def _news(row: Row) -> News:
    if row["subscribed_at"] is not None:
        return News.COMING
    if row["subscribe_at"] is not None:
        return News.ASKED
    return News.BY_HAND if row["trouble"] is None else News.REFUSED


@strawberry.type(description="A correction of a shipment's packages.")
class PackageChange:
    """One row of `shipment_package_change`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    package_id: strawberry.ID = strawberry.field(description="Of which package.")
    what: PackageChanged = strawberry.field(description="What was done.")
    before: PackageValues | None = strawberry.field(description="What was said of it before; null: it is new.")
    after: PackageValues | None = strawberry.field(description="What is said of it since; null: it was taken out.")
    reason: str = strawberry.field(description="Why.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: Row) -> "PackageChange":
        return cls(
            id=strawberry.ID(str(row["id"])),
            package_id=strawberry.ID(str(row["package_id"])),
            what=PackageChanged(row["what"]),
            before=PackageValues.kept(row["before"]),
            after=PackageValues.kept(row["after"]),
            reason=row["reason"],
            at=row["at"],
        )
