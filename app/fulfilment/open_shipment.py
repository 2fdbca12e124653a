"""Find the shipment that an act is about, and lock it."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.fulfilment.rules import ShipmentStatus
from app.kernel.act import Work
from app.kernel.refusal import NotFound
from app.network.sql import readable
from app.network.viewer import Viewer

_ORDER_OF = f"""
SELECT s.order_id FROM shipment s
JOIN sales_order o ON o.id = s.order_id JOIN trade_relation r ON r.id = o.relation_id
WHERE s.id = $1 AND {readable("r", 2, 3)}
"""
_OPEN = f"""
SELECT s.id, s.network_id, s.order_id, s.status, s.version, o.seller_id, o.buyer_id, g.order_line_id, g.quantity
FROM shipment s
JOIN shipment_line g ON g.shipment_id = s.id
JOIN sales_order o ON o.id = s.order_id JOIN trade_relation r ON r.id = o.relation_id
WHERE s.id = $1 AND {readable("r", 2, 3)}
FOR NO KEY UPDATE OF s
"""


@dataclass(slots=True)
class OpenShipment:
    """A locked shipment with its quantities per order line."""

    id: UUID
    network_id: UUID
    order_id: UUID
    status: ShipmentStatus
    version: int
    seller_id: UUID
    buyer_id: UUID
    quantities: dict[UUID, Decimal]


async def order_of(work: Work, viewer: Viewer, shipment_id: UUID) -> UUID:
    """The order of a shipment, which is locked before the shipment. NotFound for an absent or a foreign one."""
    row = await work.row(_ORDER_OF, shipment_id, viewer.company_id, *viewer.scope)
    if row is None:
        raise NotFound("shipment", shipment_id)
    order_id: UUID = row["order_id"]
    return order_id


async def open_shipment(work: Work, viewer: Viewer, shipment_id: UUID) -> OpenShipment:
    """Lock a shipment of an order in which the viewer's company is a party. NotFound for absent and foreign ones."""
    rows = await work.rows(_OPEN, shipment_id, viewer.company_id, *viewer.scope)
    if not rows:
        raise NotFound("shipment", shipment_id)
    first = rows[0]
    return OpenShipment(
        id=first["id"],
        network_id=first["network_id"],
        order_id=first["order_id"],
        status=ShipmentStatus(first["status"]),
        version=first["version"],
        seller_id=first["seller_id"],
        buyer_id=first["buyer_id"],
        quantities={row["order_line_id"]: row["quantity"] for row in rows},
    )
