"""Reads of shipments by the two parties of their order. A list field is one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.refusal import NotFound
from app.network.roles import Permission
from app.network.sql import readable
from app.network.viewer import Viewer

_COLUMNS: Final = """
SELECT s.id, s.order_id, s.number, s.status, s.carrier, s.tracking_number, s.amount_minor, s.version, s.shipped_at,
    s.delivered_at, o.currency, o.seller_id, o.buyer_id
"""
_BY_IDS: Final = f"""
{_COLUMNS}
FROM shipment s
JOIN sales_order o ON o.id = s.order_id
JOIN trade_relation r ON r.id = o.relation_id
WHERE s.id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
"""


async def shipments_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """The shipments of orders that the viewer may read whole."""
    viewer.require(Permission.ORDER_READ)
    found = await database.rows(_BY_IDS, viewer.company_id, *viewer.scope, list(ids))
    return {row["id"]: row for row in found}


async def shipment_by_id(viewer: Viewer, shipment_id: UUID) -> asyncpg.Record:
    """One shipment; NotFound for absent and foreign ones alike."""
    found = await shipments_by_ids(viewer, [shipment_id])
    if shipment_id not in found:
        raise NotFound("shipment", shipment_id)
    return found[shipment_id]


@dataclass(frozen=True, slots=True)
class ShipmentsPage:
    """A page of one order's shipments: what its loader is keyed by."""

    order_id: UUID
    limit: int
    after: UUID | None


_OF_ORDERS: Final = f"""
{_COLUMNS}
FROM sales_order o
JOIN trade_relation r ON r.id = o.relation_id
CROSS JOIN LATERAL (
    SELECT * FROM shipment s WHERE s.order_id = o.id AND ($5::uuid IS NULL OR s.id > $5) ORDER BY s.id LIMIT $6
) s
WHERE o.id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
ORDER BY o.id, s.id
"""


async def shipments_of_orders(
    viewer: Viewer, pages: Sequence[ShipmentsPage]
) -> Mapping[ShipmentsPage, list[asyncpg.Record]]:
    """Pages of shipments, the first shipment first: one statement for all that ask alike."""
    answer: dict[ShipmentsPage, list[asyncpg.Record]] = {page: [] for page in pages}
    for limit, after in {(page.limit, page.after) for page in pages}:
        ids = [page.order_id for page in pages if (page.limit, page.after) == (limit, after)]
        for row in await database.rows(_OF_ORDERS, viewer.company_id, *viewer.scope, ids, after, limit):
            answer[ShipmentsPage(row["order_id"], limit, after)].append(row)
    return answer


_LINES: Final = f"""
SELECT g.shipment_id, g.id, g.order_line_id, g.quantity, l.sku_id, l.sku_code, l.name_zh, l.name_en, l.unit
FROM shipment_line g
JOIN shipment s ON s.id = g.shipment_id
JOIN sales_order o ON o.id = s.order_id
JOIN trade_relation r ON r.id = o.relation_id
JOIN sales_order_line l ON l.id = g.order_line_id
WHERE g.shipment_id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
ORDER BY g.shipment_id, l.position
"""


async def lines_by_shipments(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """What is in these shipments, in the order of the order's lines: one statement for all of them."""
    answer: dict[UUID, list[asyncpg.Record]] = {one: [] for one in ids}
    for row in await database.rows(_LINES, viewer.company_id, *viewer.scope, list(ids)):
        answer[row["shipment_id"]].append(row)
    return answer


@dataclass(frozen=True, slots=True)
class TrackingPage:
    """A page of what was said of one shipment: what its loader is keyed by."""

    shipment_id: UUID
    limit: int
    after: tuple[datetime, UUID] | None


_TRACKING: Final = f"""
SELECT t.shipment_id, t.id, t.code, t.text, t.place, t.at
FROM shipment s
JOIN sales_order o ON o.id = s.order_id
JOIN trade_relation r ON r.id = o.relation_id
CROSS JOIN LATERAL (
    SELECT * FROM tracking_event t
    WHERE t.shipment_id = s.id AND ($5::timestamptz IS NULL OR (t.at, t.id) < ($5, $6::uuid))
    ORDER BY t.at DESC, t.id DESC LIMIT $7
) t
WHERE s.id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
ORDER BY s.id, t.at DESC, t.id DESC
"""


async def tracking_of_shipments(
    viewer: Viewer, pages: Sequence[TrackingPage]
) -> Mapping[TrackingPage, list[asyncpg.Record]]:
    """Pages of tracking, the newest event first: one statement for all that ask alike."""
    answer: dict[TrackingPage, list[asyncpg.Record]] = {page: [] for page in pages}
    for limit, after in {(page.limit, page.after) for page in pages}:
        ids = [page.shipment_id for page in pages if (page.limit, page.after) == (limit, after)]
        at, id_ = after or (None, None)
        for row in await database.rows(_TRACKING, viewer.company_id, *viewer.scope, ids, at, id_, limit):
            answer[TrackingPage(row["shipment_id"], limit, after)].append(row)
    return answer
