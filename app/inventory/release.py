"""A step: an order gives stock back (cancelled, rejected, expired, closed short)."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from app.inventory.lock import lock_promised
from app.kernel.act import Work

# Per line the youngest promise is given back first: the warehouse that was the last resort when it was picked.
_RELEASE = """
WITH asked AS (
    SELECT * FROM unnest($2::uuid[], $3::numeric[]) AS a(order_line_id, quantity)
), standing AS (
    SELECT r.id, r.order_line_id, r.quantity, a.quantity AS asked,
           sum(r.quantity) OVER (PARTITION BY r.order_line_id ORDER BY r.id DESC) - r.quantity AS before
    FROM reservation r LEFT JOIN asked a ON a.order_line_id = r.order_line_id
    WHERE r.order_id = $1 AND r.quantity > 0 AND ($2::uuid[] IS NULL OR a.order_line_id IS NOT NULL)
), taken AS (
    SELECT s.id, CASE WHEN $2::uuid[] IS NULL THEN s.quantity
                      ELSE least(s.quantity, greatest(s.asked - s.before, 0)) END AS quantity
    FROM standing s
), lowered AS (
    UPDATE reservation r SET quantity = r.quantity - t.quantity
    FROM taken t WHERE r.id = t.id AND t.quantity > 0
    RETURNING r.order_line_id, r.warehouse_id, r.sku_id, r.stage, t.quantity
), given_back AS (
    UPDATE stock_level s SET reserved = s.reserved - t.reserved, allocated = s.allocated - t.allocated
    FROM (SELECT l.warehouse_id, l.sku_id, coalesce(sum(l.quantity) FILTER (WHERE l.stage = 'reserved'), 0) AS reserved,
                 coalesce(sum(l.quantity) FILTER (WHERE l.stage = 'allocated'), 0) AS allocated
          FROM lowered l GROUP BY l.warehouse_id, l.sku_id) t
    WHERE s.warehouse_id = t.warehouse_id AND s.sku_id = t.sku_id
)
SELECT l.order_line_id, sum(l.quantity) AS quantity FROM lowered l GROUP BY l.order_line_id
"""


async def release(work: Work, *, order_id: UUID, lines: Mapping[UUID, Decimal] | None) -> dict[UUID, Decimal]:
    """Give back so many base units per order line (None: everything), reserved or allocated: two round trips.

    Returns what was really given back: less than asked where a reservation had expired and was given back before, or
    where a line has no stock (a service).
    """
    if lines is not None and not lines:
        return {}
    await lock_promised(work, order_id)
    asked = (None, None) if lines is None else (list(lines), list(lines.values()))
    rows = await work.rows(_RELEASE, order_id, *asked)
    return {row["order_line_id"]: row["quantity"] for row in rows}
