"""Steps for fulfilment: goods of an order leave, or arrive. Quantities, money and statuses follow here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from app.kernel.act import Work
from app.ledger.accounts import lock_accounts
from app.ledger.hold import post_hold
from app.ledger.post import post_shipment
from app.ordering.lifecycle import ORDER, OrderStatus
from app.ordering.open_order import OpenOrder
from app.ordering.record import record
from app.ordering.value import NOTHING, Share


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves an order at once: its worth, freight included, and the stock for it in base units per line."""

    worth: Share
    stock: Mapping[UUID, Decimal]


def take_out(order: OpenOrder, quantities: Mapping[UUID, Decimal]) -> Leaving:
    """Raise the shipped quantities of an open order; freight leaves with the first shipment. No round trip."""
    stock: dict[UUID, Decimal] = {}
    worth = NOTHING
    for line in order.lines:
        quantity = quantities.get(line.id)
        if quantity is None:
            continue
        if line.stocked:
            stock[line.id] = line.base_units(quantity)
        line.value, share = line.value.ship(quantity)
        line.allocated = min(line.allocated, line.open)
        line.touched = True
        worth += share
    order.freight, freight = order.freight.ship()
    return Leaving(worth + freight, stock)


async def raise_shipped(
    work: Work, order: OpenOrder, leaving: Leaving, *, shipment_id: UUID, number: str, by: UUID
) -> None:
    """What `take_out` took leaves for good: its part of the hold is posted, the order moves on. Three round trips."""
    accounts = await lock_accounts(work, order.relation_id)
    await post_hold(work, accounts, order_id=order.id, amount_minor=leaving.worth.gross)
    await post_shipment(
        work,
        accounts,
        shipment_id=shipment_id,
        funding=order.funding,
        gross_minor=leaving.worth.gross,
        tax_minor=leaving.worth.tax,
        due_at=work.now + timedelta(days=order.net_days),
        memo=number,
    )
    status = ORDER.after(order.status, "ship")
    details = {"shipmentId": str(shipment_id), "shipment": number}
    record(work, order, what="shipped", status=status, by=by, details=details)


def raise_delivered(
    work: Work,
    order: OpenOrder,
    arrived: Mapping[UUID, tuple[Decimal, Decimal]],
    *,
    shipment_id: UUID,
    by: UUID | None,
) -> None:
    """Per line, this much of what was shipped was signed for, and this much rejected.

    The order is completed when nothing else is awaited. What was rejected stays owed until a claim is settled; it
    stands on its line. `by` None: it counts as signed for because its time was over.
    """
    for line in order.lines:
        if line.id in arrived:
            signed, rejected = arrived[line.id]
            line.delivered += signed
            line.rejected += rejected
            line.touched = True
    status = order.status
    if status is OrderStatus.FULFILLING and order.all_delivered:
        status = ORDER.after(status, "complete")
    what = "delivered_short" if any(rejected for _, rejected in arrived.values()) else "delivered"
    record(work, order, what=what, status=status, by=by, details={"shipmentId": str(shipment_id)})
