"""A step: allocated goods leave the warehouse."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.inventory.lock import lock_promised
from app.inventory.refusals import NotAllocated
from app.kernel.act import Work
from app.kernel.change import Change
from app.kernel.ids import uuid7

_ALLOCATED = """
SELECT r.id, r.order_line_id, r.warehouse_id, r.quantity FROM reservation r
WHERE r.order_id = $1 AND r.stage = 'allocated' AND r.quantity > 0 AND r.order_line_id = ANY($2::uuid[])
  AND ($3::uuid IS NULL OR r.warehouse_id = $3)
ORDER BY r.id
"""
_ISSUE = """
taken AS (
    SELECT * FROM unnest($2::uuid[], $3::numeric[]) AS t(id, quantity)
), lowered AS (
    UPDATE reservation r SET quantity = r.quantity - t.quantity FROM taken t WHERE r.id = t.id
    RETURNING r.warehouse_id, r.sku_id, t.quantity
), left_house AS (
    UPDATE stock_level s SET allocated = s.allocated - t.quantity, on_hand = s.on_hand - t.quantity
    FROM (SELECT l.warehouse_id, l.sku_id, sum(l.quantity) AS quantity FROM lowered l
          GROUP BY l.warehouse_id, l.sku_id) t
    WHERE s.warehouse_id = t.warehouse_id AND s.sku_id = t.sku_id
    RETURNING s.network_id, s.warehouse_id, s.sku_id, t.quantity
), numbered AS (
    SELECT h.*, row_number() OVER (ORDER BY h.sku_id, h.warehouse_id) AS seq FROM left_house h
), gone AS (
    INSERT INTO stock_move (id, network_id, warehouse_id, sku_id, quantity, reason, document_id, seq, at)
    SELECT ($5::uuid[])[n.seq], n.network_id, n.warehouse_id, n.sku_id, -n.quantity, 'shipment', $1::uuid, n.seq,
           $4::timestamptz
    FROM numbered n
)"""


@dataclass(frozen=True, slots=True)
class Issued:
    """So many base units of a line left this warehouse."""

    order_line_id: UUID
    warehouse_id: UUID
    quantity: Decimal


async def issue(
    work: Work,
    *,
    order_id: UUID,
    shipment_id: UUID,
    lines: Mapping[UUID, Decimal],
    warehouse_id: UUID | None = None,
) -> list[Issued]:
    """Take so many base units per order line out of allocated stock, with a stock move each: two round trips, and
    a part of the act's last statement.

    The oldest promise leaves first; `warehouse_id` ships from that warehouse only. Raises NotAllocated for the first
    line of which less is allocated than asked. Services are not passed: they have no stock.
    """
    wanted = {line: quantity for line, quantity in lines.items() if quantity > 0}
    if not wanted:
        return []
    await lock_promised(work, order_id)
    allocated = defaultdict(list)
    for row in await work.rows(_ALLOCATED, order_id, list(wanted), warehouse_id):
        allocated[row["order_line_id"]].append(row)
    taken: list[tuple[UUID, Decimal]] = []
    issued: list[Issued] = []
    for line_id, quantity in wanted.items():
        left = quantity
        for row in allocated[line_id]:
            part = min(left, row["quantity"])
            if part > 0:
                taken.append((row["id"], part))
                issued.append(Issued(line_id, row["warehouse_id"], part))
                left -= part
        if left > 0:
            raise NotAllocated(order_line_id=line_id, asked=quantity, allocated=quantity - left)
    work.later(
        Change(
            _ISSUE,
            (
                shipment_id,
                [reservation_id for reservation_id, _ in taken],
                [quantity for _, quantity in taken],
                work.now,
                [uuid7() for _ in taken],
            ),
        )
    )
    return issued
