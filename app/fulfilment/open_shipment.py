"""Find the shipment that an act is about, and lock it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg

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
SELECT s.id, s.network_id, s.order_id, s.status, s.version, s.signs_at, o.seller_id, o.buyer_id,
    g.order_line_id, g.quantity, l.sku_code, l.unit
FROM shipment s
JOIN shipment_line g ON g.shipment_id = s.id
JOIN sales_order_line l ON l.id = g.order_line_id
JOIN sales_order o ON o.id = s.order_id JOIN trade_relation r ON r.id = o.relation_id
WHERE s.id = $1 AND ($2::uuid IS NULL OR {readable("r", 2, 3)})
ORDER BY l.position
FOR NO KEY UPDATE OF s
"""


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """What of an order line is in a shipment, in the line's unit."""

    quantity: Decimal
    sku_code: str
    unit: str


@dataclass(slots=True)
class OpenShipment:
    """A locked shipment with its quantities per order line."""

    id: UUID
    network_id: UUID
    order_id: UUID
    status: ShipmentStatus
    version: int
    signs_at: datetime | None
    seller_id: UUID
    buyer_id: UUID
    lines: dict[UUID, ShippedLine]


async def order_of(work: Work, viewer: Viewer, shipment_id: UUID) -> UUID:
    """The order of a shipment, which is locked before the shipment. NotFound for an absent or a foreign one."""
    row = await work.row(_ORDER_OF, shipment_id, viewer.company_id, *viewer.scope)
    if row is None:
        raise NotFound("shipment", shipment_id)
    order_id: UUID = row["order_id"]
    return order_id


async def open_shipment(work: Work, viewer: Viewer, shipment_id: UUID) -> OpenShipment:
    """Lock a shipment of an order in which the viewer's company is a party. NotFound for absent and foreign ones."""
    return _read(shipment_id, await work.rows(_OPEN, shipment_id, viewer.company_id, *viewer.scope))


async def open_shipment_for_the_house(work: Work, shipment_id: UUID) -> OpenShipment:
    """Lock a shipment for an act that nobody asks for. NotFound when it is absent."""
    return _read(shipment_id, await work.rows(_OPEN, shipment_id, None, None, None))


def _read(shipment_id: UUID, rows: Sequence[asyncpg.Record]) -> OpenShipment:
    if not rows:
        raise NotFound("shipment", shipment_id)
    first = rows[0]
    return OpenShipment(
        id=first["id"],
        network_id=first["network_id"],
        order_id=first["order_id"],
        status=ShipmentStatus(first["status"]),
        version=first["version"],
        signs_at=first["signs_at"],
        seller_id=first["seller_id"],
        buyer_id=first["buyer_id"],
        lines={row["order_line_id"]: ShippedLine(row["quantity"], row["sku_code"], row["unit"]) for row in rows},
    )
