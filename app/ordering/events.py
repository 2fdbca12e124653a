"""What ordering tells."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.kernel.act import Work
from app.kernel.outbox import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(Fact):
    """An order was placed or moved; heard by its seller and its buyer. `what` is the entry of the timeline."""

    kind: ClassVar[str] = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOrderChanged(Fact):
    """The same, heard by the brand of the network where it is neither seller nor buyer: no money in it."""

    kind: ClassVar[str] = "channel_order"


def tell_order(
    work: Work,
    *,
    network_id: UUID,
    brand_id: UUID,
    seller_id: UUID,
    buyer_id: UUID,
    order_id: UUID,
    version: int,
    what: str,
    payload: dict[str, str] | None = None,
) -> None:
    """Tell the two parties, and the brand above them. `payload` holds ids and small values, never money."""
    said = payload or {}
    work.tell(
        OrderChanged(
            network_id=network_id,
            subject_id=order_id,
            version=version,
            what=what,
            audience=(seller_id, buyer_id),
            payload=said,
        )
    )
    if brand_id not in (seller_id, buyer_id):
        work.tell(
            ChannelOrderChanged(
                network_id=network_id,
                subject_id=order_id,
                version=version,
                what=what,
                audience=(brand_id,),
                payload=said,
            )
        )
