"""A step: promise picked stock to an order's lines."""

from datetime import datetime
from uuid import UUID

from app.inventory.rules import LinePick
from app.kernel.act import Work
from app.kernel.ids import uuid7

_RESERVE = """
WITH picked AS (
    SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::numeric[])
        AS p(id, order_line_id, warehouse_id, sku_id, quantity)
), raised AS (
    UPDATE stock_level s SET reserved = s.reserved + t.quantity
    FROM (SELECT p.warehouse_id, p.sku_id, sum(p.quantity) AS quantity FROM picked p
          GROUP BY p.warehouse_id, p.sku_id) t
    WHERE s.warehouse_id = t.warehouse_id AND s.sku_id = t.sku_id AND s.network_id = $1
    RETURNING s.warehouse_id, s.sku_id
), promised AS (
    INSERT INTO reservation (id, network_id, order_id, order_line_id, warehouse_id, sku_id, quantity, stage, expires_at)
    SELECT p.id, $1, $2, p.order_line_id, p.warehouse_id, p.sku_id, p.quantity, 'reserved', $8
    FROM picked p JOIN raised r ON r.warehouse_id = p.warehouse_id AND r.sku_id = p.sku_id
    ON CONFLICT (order_line_id, warehouse_id) DO UPDATE
        SET quantity = excluded.quantity, stage = 'reserved', expires_at = excluded.expires_at
        WHERE reservation.quantity = 0
    RETURNING id
)
SELECT count(*) AS promised FROM promised
"""


async def reserve(
    work: Work, *, network_id: UUID, order_id: UUID, picks: list[LinePick], expires_at: datetime | None
) -> None:
    """Promise these picks to the order, until `expires_at` (None: for good): one round trip.

    The order's lines are written and the stock rows locked by `lock_stock` before; what exceeds them breaks a CHECK and
    rolls the act back. A line whose earlier promise was given back whole may be promised the same warehouse again.
    """
    if not picks:
        return
    row = await work.row(
        _RESERVE,
        network_id,
        order_id,
        [uuid7() for _ in picks],
        [pick.order_line_id for pick in picks],
        [pick.warehouse_id for pick in picks],
        [pick.sku_id for pick in picks],
        [pick.quantity for pick in picks],
        expires_at,
    )
    if row is None or row["promised"] != len(picks):
        raise LookupError(f"order {order_id} was to be promised stock that no warehouse of its network has")
