"""A step: promise picked stock to an order's lines."""

from datetime import datetime
from uuid import UUID

from app.inventory.rules import LinePick
from app.kernel.change import Change
from app.kernel.ids import uuid7

_RESERVE = """
picked AS (
    SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::numeric[])
        AS p(id, order_line_id, warehouse_id, sku_id, quantity)
), reserved AS (
    UPDATE stock_level s SET reserved = s.reserved + t.quantity
    FROM (SELECT p.warehouse_id, p.sku_id, sum(p.quantity) AS quantity FROM picked p
          GROUP BY p.warehouse_id, p.sku_id) t
    WHERE s.warehouse_id = t.warehouse_id AND s.sku_id = t.sku_id AND s.network_id = $1
    RETURNING s.warehouse_id, s.sku_id
), promised AS (
    INSERT INTO reservation (id, network_id, order_id, order_line_id, warehouse_id, sku_id, quantity, stage, expires_at)
    SELECT p.id, $1::uuid, $2::uuid, p.order_line_id, p.warehouse_id, p.sku_id, p.quantity, 'reserved', $8::timestamptz
    FROM picked p JOIN reserved r ON r.warehouse_id = p.warehouse_id AND r.sku_id = p.sku_id
    ON CONFLICT (order_line_id, warehouse_id) DO UPDATE
        SET quantity = excluded.quantity, stage = 'reserved', expires_at = excluded.expires_at
        WHERE reservation.quantity = 0
    RETURNING id
)"""


def reserve(*, network_id: UUID, order_id: UUID, picks: list[LinePick], expires_at: datetime | None) -> Change:
    """Promise these picks to the order, until `expires_at` (None: for good).

    The order's lines are written before or in the same statement, the stock rows locked by `lock_stock` before; what
    exceeds them breaks a CHECK and rolls the act back. A line whose earlier promise was given back whole may be
    promised the same warehouse again.
    """
    return Change(
        _RESERVE,
        (
            network_id,
            order_id,
            [uuid7() for _ in picks],
            [pick.order_line_id for pick in picks],
            [pick.warehouse_id for pick in picks],
            [pick.sku_id for pick in picks],
            [pick.quantity for pick in picks],
            expires_at,
        ),
        must_write=("promised", len(picks)),
        otherwise=f"order {order_id} was to be promised stock that no warehouse of its network has",
    )
