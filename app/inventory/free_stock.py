"""A read: the free stock of some SKUs per warehouse, without a lock; what a preview judges where an order locks."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.inventory.rules import StockRow

_FREE = """
SELECT s.id, s.warehouse_id, s.sku_id, w.code, w.priority, w.serves_regions,
       s.on_hand - s.reserved - s.allocated - s.held + coalesce((
           SELECT sum(r.quantity) FROM reservation r
           WHERE r.warehouse_id = s.warehouse_id AND r.sku_id = s.sku_id
             AND r.stage = 'reserved' AND r.quantity > 0 AND r.expires_at <= $4), 0) AS free
FROM stock_level s
JOIN warehouse w ON w.id = s.warehouse_id
WHERE w.network_id = $1 AND w.company_id = $2 AND w.status = 'active' AND s.sku_id = ANY($3::uuid[])
"""


async def free_stock(
    fetch: Callable[..., Awaitable[Sequence[Any]]],
    *,
    network_id: UUID,
    seller_id: UUID,
    sku_ids: list[UUID],
    now: datetime,
) -> list[StockRow]:
    """What `lock_stock` would find now: one statement (`fetch` is `database.rows`)."""
    found = await fetch(_FREE, network_id, seller_id, sku_ids, now)
    return [
        StockRow(
            stock_level_id=row["id"],
            warehouse_id=row["warehouse_id"],
            warehouse_code=row["code"],
            priority=row["priority"],
            serves_regions=None if row["serves_regions"] is None else tuple(row["serves_regions"]),
            sku_id=row["sku_id"],
            free=row["free"],
        )
        for row in found
    ]
