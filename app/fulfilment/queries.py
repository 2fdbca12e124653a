"""Reads of shipments by the two parties of their order. A list field is one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.network.readers import WANTED, Wanted, rows_for
from app.network.roles import Permission
from app.network.sql import in_scope, readable
from app.network.viewer import Viewer

_COLUMNS: Final = """
SELECT s.id, s.order_id, s.number, s.status, k.carrier, k.tracking_number, s.amount_minor, s.version, s.shipped_at,
    s.delivered_at, s.stalls_at, s.signs_at, o.currency, o.seller_id, o.buyer_id
"""
_FIRST_PACKAGE: Final = """
CROSS JOIN LATERAL (SELECT carrier, tracking_number FROM shipment_package
    WHERE shipment_id = s.id AND removed_at IS NULL ORDER BY position LIMIT 1) k
"""
_OF_READERS: Final = f"""
{_COLUMNS}, wanted.reader_id
FROM shipment s
JOIN {WANTED} ON wanted.id = s.id
JOIN sales_order o ON o.id = s.order_id
JOIN trade_relation r ON r.id = o.relation_id
{_FIRST_PACKAGE}
WHERE {readable("r", "wanted.reader_id", 2)}
"""


async def shipments_for(wanted: Wanted) -> list[dict[UUID, asyncpg.Record]]:
    """For each of these viewers the shipments of orders that it may read whole."""
    for viewer, _ in wanted:
        viewer.require(Permission.ORDER_READ)
    return [{row["id"]: row for row in rows} for rows in await rows_for(_OF_READERS, wanted)]


async def shipments_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """The shipments of orders that the viewer may read whole."""
    return (await shipments_for([(viewer, ids)]))[0]


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
{_FIRST_PACKAGE}
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
SELECT g.shipment_id, g.id, g.order_line_id, g.quantity, g.delivered, g.rejected, g.reason, g.note,
    l.sku_id, l.sku_code, l.name_zh, l.name_en, l.unit
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
    found = await database.rows(_LINES, viewer.company_id, *viewer.scope, list(ids))
    return database.by_column(found, "shipment_id", ids)


@dataclass(frozen=True, slots=True)
class ShipmentFilter:
    """What shipments must be like. None does not narrow. `stalled`: silent for too long, or something is wrong;
    `rejected`: a part of it was not signed for."""

    statuses: tuple[str, ...] | None = None
    stalled: bool | None = None
    rejected: bool | None = None
    number: str | None = None


_OF_SELLER: Final = f"""
{_COLUMNS}
FROM shipment s
JOIN sales_order o ON o.id = s.order_id
JOIN trade_relation r ON r.id = o.relation_id
{_FIRST_PACKAGE}
WHERE s.seller_id = $1 AND {in_scope("r", 2)} AND ($4::text[] IS NULL OR s.status = ANY($4))
  AND {{stalled}}
  AND ($6::bool IS NULL OR EXISTS (SELECT FROM shipment_line g WHERE g.shipment_id = s.id AND g.rejected > 0) = $6)
  AND ($7::text IS NULL OR s.number = $7 OR EXISTS (SELECT FROM shipment_package p
       WHERE p.shipment_id = s.id AND p.removed_at IS NULL AND p.tracking_number = $7))
  AND ($8::uuid IS NULL OR s.id < $8)
ORDER BY s.id DESC LIMIT $9
"""
# Said as it is, so that the few that may stall are read from their own index.
_STALLED: Final = {
    None: "$5::timestamptz IS NOT NULL",
    True: "s.stalls_at <= $5::timestamptz",
    False: "(s.stalls_at IS NULL OR s.stalls_at > $5::timestamptz)",
}


async def outgoing(viewer: Viewer, wanted: ShipmentFilter, page: Page) -> Sequence[asyncpg.Record]:
    """Shipments of the viewer's company as seller, inside the viewer's scope; newest first (cursor: id)."""
    viewer.require(Permission.ORDER_READ)
    return await database.rows(
        _OF_SELLER.replace("{stalled}", _STALLED[wanted.stalled]),
        viewer.company_id,
        *viewer.scope,
        None if wanted.statuses is None else list(wanted.statuses),
        now(),
        wanted.rejected,
        wanted.number,
        page.after[0] if page.after else None,
        page.limit,
    )


_RULES: Final = """
SELECT id, network_id, carrier_code, stalled_after_hours, auto_sign_days FROM logistics_rule
WHERE seller_id = $1 AND ($2::uuid IS NULL OR network_id = $2) AND ($3::uuid IS NULL OR id > $3)
    AND ($4::uuid IS NULL OR id = $4)
ORDER BY id LIMIT $5
"""


async def logistics_rules(viewer: Viewer, network_id: UUID | None, page: Page) -> Sequence[asyncpg.Record]:
    """What the company said about silence and signing, the oldest first (cursor: id)."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = page.after[0] if page.after else None
    return await database.rows(_RULES, viewer.company_id, network_id, after, None, page.limit)


async def logistics_rule(viewer: Viewer, rule_id: UUID) -> asyncpg.Record:
    """One of the company's rules; NotFound for others."""
    found = await database.rows(_RULES, viewer.company_id, None, None, rule_id, 1)
    if not found:
        raise NotFound("logistics rule", rule_id)
    return found[0]
