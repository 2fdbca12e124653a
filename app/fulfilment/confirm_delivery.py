"""Buyer or seller sign for a shipment that arrived (签收), line by line; the order is completed when nothing else is
awaited. What nobody signs for in time counts as signed for whole, where the seller's rule says so."""

import logging
from collections.abc import Mapping, Sequence
from uuid import UUID

from app import database
from app.fulfilment.events import tell_shipment
from app.fulfilment.open_shipment import OpenShipment, open_shipment, open_shipment_for_the_house, order_of
from app.fulfilment.rules import SHIPMENT, ShipmentAction, allowed, counts_as_signed
from app.fulfilment.signed import Signed, SignedSaid, as_said, signed_for
from app.kernel.act import Work, act
from app.kernel.clock import now
from app.kernel.refusal import MoveNotAllowed
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.open_order import OpenOrder, open_for_the_house, open_order
from app.ordering.raise_shipped import raise_delivered

_ARRIVED = """
WITH signed AS (
    UPDATE shipment_line g SET delivered = m.delivered, rejected = m.rejected, reason = m.reason, note = m.note
    FROM unnest($5::uuid[], $6::numeric[], $7::numeric[], $8::text[], $9::text[])
        AS m(line_id, delivered, rejected, reason, note)
    WHERE g.shipment_id = $1 AND g.order_line_id = m.line_id
)
UPDATE shipment
SET status = $2, version = $3, delivered_at = $4, stalls_at = NULL, stalled_at = NULL, signs_at = NULL WHERE id = $1
"""
_DUE = """
SELECT s.id FROM shipment s WHERE s.signs_at <= $1 ORDER BY s.signs_at LIMIT $2
"""
_ORDER = "SELECT order_id FROM shipment WHERE id = $1 AND signs_at <= $2"

logger = logging.getLogger("tributary.fulfilment")


async def confirm_delivery(
    viewer: Viewer, *, shipment_id: UUID, lines: Sequence[SignedSaid] | None = None, client_key: str
) -> UUID:
    """Sign for a shipment; `lines` None: for all of it. Returns the id of the shipment.

    What was shipped and is not signed for is rejected, with a reason; it stays on its line and owed, until a claim is
    settled. Raises MoreThanShipped; MoveNotAllowed for a shipment that was signed for before, or counts as signed for;
    NotFound for a foreign shipment or line.
    """
    try:
        return await _confirm_delivery(viewer, shipment_id=shipment_id, lines=lines, client_key=client_key)
    except _TimeIsOver:
        await sign_by_itself(shipment_id=shipment_id)
        return await _confirm_delivery(viewer, shipment_id=shipment_id, lines=lines, client_key=client_key)


@act
async def _confirm_delivery(
    work: Work, viewer: Viewer, *, shipment_id: UUID, lines: Sequence[SignedSaid] | None, client_key: str
) -> UUID:
    viewer.require(Permission.DELIVERY_CONFIRM)
    said: dict[str, object] = {"shipment": shipment_id, "lines": as_said(lines)}
    earlier = await viewer.same_request(work, "confirmDelivery", client_key, said, shipment_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, await order_of(work, viewer, shipment_id))
    shipment = await open_shipment(work, viewer, shipment_id)
    possible = allowed(shipment.status, is_seller=viewer.company_id == order.seller_id, permissions=viewer.permissions)
    if ShipmentAction.CONFIRM_DELIVERY not in possible:
        asked = ShipmentAction.CONFIRM_DELIVERY.value
        raise MoveNotAllowed("shipment", shipment.status.value, asked, [one.value for one in possible])
    if counts_as_signed(shipment.signs_at, work.now):
        raise _TimeIsOver
    await _deliver(work, order, shipment, signed_for(shipment.lines, lines), by=viewer.membership_id)
    return shipment.id


@act
async def sign_by_itself(work: Work, *, shipment_id: UUID) -> bool:
    """Sign whole for a shipment whose time for signing is over. False when it is not, or was signed for meanwhile."""
    found = await work.row(_ORDER, shipment_id, work.now)
    if found is None:
        return False
    order = await open_for_the_house(work, found["order_id"])
    shipment = await open_shipment_for_the_house(work, shipment_id)
    if not counts_as_signed(shipment.signs_at, work.now):
        return False
    await _deliver(work, order, shipment, signed_for(shipment.lines, None), by=None)
    return True


async def sign_what_is_due(most: int = 200) -> int:
    """Sign for every shipment whose time is over; answers how many. One whose books are broken is an alarm and keeps
    nobody else waiting."""
    signed = 0
    for row in await database.rows(_DUE, now(), most):
        try:
            signed += await sign_by_itself(shipment_id=row["id"])
        except Exception as error:
            if database.is_away(error):
                raise
            logger.exception("shipment %s cannot be signed for", row["id"])
    return signed


class _TimeIsOver(Exception):
    """It counts as signed for, though nobody has written so yet."""


async def _deliver(
    work: Work, order: OpenOrder, shipment: OpenShipment, signed: Mapping[UUID, Signed], *, by: UUID | None
) -> None:
    status = SHIPMENT.after(shipment.status, "deliver")
    await work.run(
        _ARRIVED,
        shipment.id,
        status.value,
        shipment.version + 1,
        work.now,
        list(signed),
        [one.delivered for one in signed.values()],
        [one.rejected for one in signed.values()],
        [one.reason for one in signed.values()],
        [one.note for one in signed.values()],
    )
    arrived = {line_id: (one.delivered, one.rejected) for line_id, one in signed.items()}
    raise_delivered(work, order, arrived, shipment_id=shipment.id, by=by)
    tell_shipment(
        work,
        network_id=order.network_id,
        seller_id=order.seller_id,
        buyer_id=order.buyer_id,
        order_id=order.id,
        shipment_id=shipment.id,
        version=shipment.version + 1,
        what="delivered_short" if any(one.rejected for one in signed.values()) else "delivered",
        status=status.value,
    )
