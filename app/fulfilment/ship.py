"""The seller ships: goods leave allocated stock, their part of the hold is posted, the order moves on."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from app.fulfilment.events import tell_shipment
from app.fulfilment.rules import LONGEST_CARRIER, LONGEST_TRACKING_NUMBER
from app.inventory.issue import issue
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.text import optional_text
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.lifecycle import OrderAction
from app.ordering.open_order import OpenOrder, open_order
from app.ordering.raise_shipped import raise_shipped, take_out
from app.ordering.wanted import LineQuantities, as_said, wanted

# The number is taken under the lock of the order.
_SHIPMENT = """
WITH goods AS (
    INSERT INTO shipment_line (id, shipment_id, order_line_id, quantity)
    SELECT g.id, $1, g.line_id, g.quantity
    FROM unnest($8::uuid[], $9::uuid[], $10::numeric[]) AS g(id, line_id, quantity)
)
INSERT INTO shipment (id, network_id, order_id, number, status, carrier, tracking_number, amount_minor, shipped_at)
SELECT $1, $2, $3, $4 || '-' || (count(*) + 1), 'shipped', $5, $6, $7, $11 FROM shipment s WHERE s.order_id = $3
RETURNING number
"""


@act
async def ship_order(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    lines: LineQuantities | None,
    carrier: str | None,
    tracking_number: str | None,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """Ship quantities of lines, or all that is open (`lines` None). Returns the id of the shipment.

    A relation that was suspended or has ended does not stand in the way: confirmed is confirmed. Raises MoreThanOpen,
    MoveNotAllowed, ChangedMeanwhile; NotFound for a foreign order or line.
    """
    viewer.require(Permission.SHIPMENT_MANAGE)
    carrier = optional_text("carrier", carrier, LONGEST_CARRIER)
    tracking_number = optional_text("trackingNumber", tracking_number, LONGEST_TRACKING_NUMBER)
    shipment_id = uuid7()
    said = {
        "order": order_id,
        "lines": as_said(lines),
        "carrier": carrier,
        "tracking_number": tracking_number,
        "version": expected_version,
    }
    earlier = await viewer.same_request(work, "shipOrder", client_key, said, shipment_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.SHIP, work.now)
    order.expect(expected_version)
    quantities = wanted(order.lines, lines)
    leaving = take_out(order, quantities)
    number = await _write(work, order, shipment_id, quantities, leaving.worth.gross, carrier, tracking_number)
    await raise_shipped(work, order, leaving, shipment_id=shipment_id, number=number, by=viewer.membership_id)
    await issue(work, order_id=order.id, shipment_id=shipment_id, lines=leaving.stock)
    tell_shipment(
        work,
        network_id=order.network_id,
        seller_id=order.seller_id,
        buyer_id=order.buyer_id,
        order_id=order.id,
        shipment_id=shipment_id,
        version=1,
        what="shipped",
    )
    return shipment_id


async def _write(
    work: Work,
    order: OpenOrder,
    shipment_id: UUID,
    quantities: Mapping[UUID, Decimal],
    amount_minor: int,
    carrier: str | None,
    tracking_number: str | None,
) -> str:
    row = await work.row(
        _SHIPMENT,
        shipment_id,
        order.network_id,
        order.id,
        order.number,
        carrier,
        tracking_number,
        amount_minor,
        [uuid7() for _ in quantities],
        list(quantities),
        list(quantities.values()),
        work.now,
    )
    assert row is not None
    number: str = row["number"]
    return number
