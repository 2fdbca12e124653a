"""Buyer or seller confirm that a shipment arrived (签收); the order is completed when nothing else is awaited."""

from uuid import UUID

from app.fulfilment.events import tell_shipment
from app.fulfilment.open_shipment import open_shipment, order_of
from app.fulfilment.rules import SHIPMENT, ShipmentAction, allowed
from app.kernel.act import Work, act
from app.kernel.refusal import MoveNotAllowed
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.open_order import open_order
from app.ordering.raise_shipped import raise_delivered

_ARRIVED = "UPDATE shipment SET status = $2, version = $3, delivered_at = $4 WHERE id = $1"


@act
async def confirm_delivery(work: Work, viewer: Viewer, *, shipment_id: UUID, client_key: str) -> UUID:
    """shipped, in_transit → delivered. Returns the id of the shipment.

    Raises MoveNotAllowed for one that was confirmed before; NotFound for a foreign shipment.
    """
    viewer.require(Permission.DELIVERY_CONFIRM)
    earlier = await viewer.same_request(work, "confirmDelivery", client_key, {"shipment": shipment_id}, shipment_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, await order_of(work, viewer, shipment_id))
    shipment = await open_shipment(work, viewer, shipment_id)
    possible = allowed(shipment.status, is_seller=viewer.company_id == order.seller_id, permissions=viewer.permissions)
    if ShipmentAction.CONFIRM_DELIVERY not in possible:
        asked = ShipmentAction.CONFIRM_DELIVERY.value
        raise MoveNotAllowed("shipment", shipment.status.value, asked, [one.value for one in possible])
    status = SHIPMENT.after(shipment.status, "deliver")
    await work.run(_ARRIVED, shipment.id, status.value, shipment.version + 1, work.now)
    raise_delivered(work, order, shipment.quantities, shipment_id=shipment.id, by=viewer.membership_id)
    tell_shipment(
        work,
        network_id=order.network_id,
        seller_id=order.seller_id,
        buyer_id=order.buyer_id,
        order_id=order.id,
        shipment_id=shipment.id,
        version=shipment.version + 1,
        what="delivered",
    )
    return shipment.id
