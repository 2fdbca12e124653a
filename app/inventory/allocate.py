"""A step: what an order was promised is its own from now on (the order is confirmed)."""

from decimal import Decimal
from uuid import UUID

from app.inventory.lock import lock_promised
from app.kernel.act import Work

_ALLOCATE = """
WITH moved AS (
    UPDATE reservation r SET stage = 'allocated', expires_at = NULL
    WHERE r.order_id = $1 AND r.stage = 'reserved' AND r.quantity > 0 AND (r.expires_at IS NULL OR r.expires_at > $2)
    RETURNING r.order_line_id, r.warehouse_id, r.sku_id, r.quantity
), shifted AS (
    UPDATE stock_level s SET reserved = s.reserved - t.quantity, allocated = s.allocated + t.quantity
    FROM (SELECT m.warehouse_id, m.sku_id, sum(m.quantity) AS quantity FROM moved m
          GROUP BY m.warehouse_id, m.sku_id) t
    WHERE s.warehouse_id = t.warehouse_id AND s.sku_id = t.sku_id
)
SELECT m.order_line_id, sum(m.quantity) AS quantity FROM moved m GROUP BY m.order_line_id
"""


async def allocate(work: Work, *, order_id: UUID, locked: bool = False) -> dict[UUID, Decimal]:
    """Turn the order's reservations into allocations, which do not expire: two round trips, one where `release` has
    `locked` their stock in this act before.

    Returns the base units that each line now has. An expired reservation is left out, whether or not its stock went
    to somebody else meanwhile: the caller compares with what its lines need and refuses, or reserves afresh.
    """
    if not locked:
        await lock_promised(work, order_id)
    rows = await work.rows(_ALLOCATE, order_id, work.now)
    return {row["order_line_id"]: row["quantity"] for row in rows}
