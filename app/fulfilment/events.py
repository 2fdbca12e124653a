"""What fulfilment tells."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.kernel.act import Work
from app.kernel.outbox import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentProgressed(Fact):
    """A shipment left, was seen on its way, fell silent, or arrived; heard by the order's two sides. No money in it."""

    kind: ClassVar[str] = "shipment"


def tell_shipment(
    work: Work,
    *,
    network_id: UUID,
    seller_id: UUID,
    buyer_id: UUID,
    order_id: UUID,
    shipment_id: UUID,
    version: int,
    what: str,
    status: str,
) -> None:
    """Tell the two parties of the order: shipped, tracked, repacked, stalled, delivered or delivered_short."""
    work.tell(
        ShipmentProgressed(
            network_id=network_id,
            subject_id=shipment_id,
            version=version,
            what=what,
            audience=(seller_id, buyer_id),
            payload={"orderId": str(order_id), "status": status},
        )
    )
