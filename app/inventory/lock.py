"""A step: lock the stock of some SKUs, and give back what expired reservations still hold of it."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.inventory.rules import StockRow
from app.kernel.act import Work

# One statement. The rows are locked in one order (`UPDATE … FROM unnest` alone locks in plan order and deadlocks). The
# reservations are read with a lock of their own, so that one that was given back or allocated while this statement
# waited is seen as it is then, not as the snapshot has it.
_LOCK = """
WITH locked AS MATERIALIZED (
    SELECT s.id, s.warehouse_id, s.sku_id, s.on_hand, s.reserved, s.allocated, s.held,
           w.code, w.priority, w.serves_regions
    FROM stock_level s
    JOIN warehouse w ON w.id = s.warehouse_id
    WHERE {which}
    ORDER BY s.sku_id, s.warehouse_id
    FOR NO KEY UPDATE OF s
), expired AS MATERIALIZED (
    SELECT r.id, r.warehouse_id, r.sku_id, r.quantity
    FROM reservation r
    WHERE r.stage = 'reserved' AND r.quantity > 0 AND r.expires_at <= $1
      AND (r.warehouse_id, r.sku_id) IN (SELECT l.warehouse_id, l.sku_id FROM locked l)
    FOR NO KEY UPDATE OF r
), given_back AS (
    UPDATE reservation r SET quantity = 0 FROM expired e WHERE r.id = e.id
), freed AS (
    SELECT e.warehouse_id, e.sku_id, sum(e.quantity) AS quantity FROM expired e GROUP BY e.warehouse_id, e.sku_id
), lowered AS (
    UPDATE stock_level s SET reserved = s.reserved - f.quantity
    FROM freed f WHERE s.warehouse_id = f.warehouse_id AND s.sku_id = f.sku_id
)
SELECT l.id, l.warehouse_id, l.code, l.priority, l.serves_regions, l.sku_id, l.on_hand, l.held,
       l.reserved - coalesce(f.quantity, 0) + l.allocated AS promised
FROM locked l
LEFT JOIN freed f ON f.warehouse_id = l.warehouse_id AND f.sku_id = l.sku_id
ORDER BY l.sku_id, l.warehouse_id
"""
_OF_SELLER = _LOCK.format(
    which="w.network_id = $2 AND w.company_id = $3 AND w.status = 'active' AND s.sku_id = ANY($4::uuid[])"
)
_OF_PLACES = _LOCK.format(which="(s.warehouse_id, s.sku_id) IN (SELECT * FROM unnest($2::uuid[], $3::uuid[]))")


async def lock_stock(work: Work, *, network_id: UUID, seller_id: UUID, sku_ids: list[UUID]) -> list[StockRow]:
    """Lock the seller's stock of these SKUs in its active warehouses until the act ends: one round trip.

    Expired reservations of the locked rows are given back first, so `free` is what may really be promised. Lines of
    one SKU are summed before; SKUs in any order.
    """
    rows = await work.rows(_OF_SELLER, work.now, network_id, seller_id, sku_ids)
    return [
        StockRow(
            stock_level_id=row["id"],
            warehouse_id=row["warehouse_id"],
            warehouse_code=row["code"],
            priority=row["priority"],
            serves_regions=None if row["serves_regions"] is None else tuple(row["serves_regions"]),
            sku_id=row["sku_id"],
            free=row["on_hand"] - row["promised"] - row["held"],
        )
        for row in rows
    ]


async def lock_places(work: Work, places: Sequence[tuple[UUID, UUID]]) -> Sequence[asyncpg.Record]:
    """Lock the stock of these (warehouse, SKU), in closed warehouses too; expired reservations are given back.

    Rows: id, warehouse_id, sku_id, on_hand, promised (reserved and allocated), held. One round trip.
    """
    return await work.rows(_OF_PLACES, work.now, [place[0] for place in places], [place[1] for place in places])


_LOCK_PROMISED = """
SELECT s.id FROM stock_level s
WHERE (s.warehouse_id, s.sku_id) IN (SELECT r.warehouse_id, r.sku_id FROM reservation r WHERE r.order_id = $1)
ORDER BY s.sku_id, s.warehouse_id
FOR NO KEY UPDATE OF s
"""


async def lock_promised(work: Work, order_id: UUID) -> None:
    """Lock every stock row that an order has been promised from. The order itself is locked by the caller before.

    Its own statement on purpose: the next one then sees the reservations as they are under these locks.
    """
    await work.run(_LOCK_PROMISED, order_id)
