"""Reads of stock: a company sees its own warehouses and what lies in them, nobody else's."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.network.roles import Permission
from app.network.viewer import Viewer

_WAREHOUSE: Final = """w.id, w.network_id, w.code, w.name, w.region_id, w.priority, w.status,
    CASE WHEN w.serves_regions IS NULL THEN NULL ELSE ARRAY(
        SELECT r.code::text FROM region r WHERE r.path = ANY(w.serves_regions) ORDER BY r.path) END AS serves"""
_WAREHOUSES = f"""
SELECT {_WAREHOUSE} FROM warehouse w
WHERE w.company_id = $1 AND ($2::uuid IS NULL OR w.network_id = $2) AND ($3::uuid IS NULL OR w.id > $3)
ORDER BY w.id LIMIT $4
"""
# An expired reservation counts as given back, whether or not somebody has come by since; $2 is now.
_LEVEL: Final = """s.id, s.network_id, s.warehouse_id, s.sku_id, s.on_hand, s.reserved - expired.quantity AS reserved,
    s.allocated, s.held, s.on_hand - s.reserved + expired.quantity - s.allocated - s.held AS free"""
_EXPIRED: Final = """CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.quantity), 0) AS quantity FROM reservation r
    WHERE r.warehouse_id = s.warehouse_id AND r.sku_id = s.sku_id
      AND r.stage = 'reserved' AND r.quantity > 0 AND r.expires_at <= $2) expired"""
_STOCK = f"""
SELECT {_LEVEL} FROM stock_level s JOIN warehouse w ON w.id = s.warehouse_id {_EXPIRED}
WHERE w.company_id = $1 AND ($3::uuid IS NULL OR w.network_id = $3) AND ($4::uuid IS NULL OR s.warehouse_id = $4)
  AND ($5::uuid IS NULL OR s.sku_id = $5) AND ($6::uuid IS NULL OR (s.warehouse_id, s.sku_id) > ($6, $7::uuid))
ORDER BY s.warehouse_id, s.sku_id LIMIT $8
"""
_STOCK_BY_CODES = f"""
SELECT {_LEVEL} FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS asked(warehouse, sku, n)
JOIN warehouse w ON w.company_id = $1 AND w.network_id = $3 AND w.code = asked.warehouse
JOIN sku k ON k.network_id = $3 AND k.code = asked.sku
JOIN stock_level s ON s.warehouse_id = w.id AND s.sku_id = k.id {_EXPIRED}
ORDER BY asked.n
"""


async def warehouses(viewer: Viewer, page: Page, *, network_id: UUID | None = None) -> Sequence[asyncpg.Record]:
    """The company's warehouses, oldest first (cursor: id)."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = page.after[0] if page.after else None
    return await database.rows(_WAREHOUSES, viewer.company_id, network_id, after, page.limit)


async def warehouse(viewer: Viewer, warehouse_id: UUID) -> asyncpg.Record:
    """One of the company's warehouses, else NotFound."""
    found = (await warehouses_by_ids(viewer, [warehouse_id])).get(warehouse_id)
    if found is None:
        raise NotFound("warehouse", warehouse_id)
    return found


async def warehouses_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, asyncpg.Record]:
    """The company's own warehouses, by id."""
    rows = await database.rows(
        f"SELECT {_WAREHOUSE} FROM warehouse w WHERE w.company_id = $1 AND w.id = ANY($2::uuid[])",
        viewer.company_id,
        list(ids),
    )
    return {row["id"]: row for row in rows}


async def stock(
    viewer: Viewer,
    page: Page,
    *,
    network_id: UUID | None = None,
    warehouse_id: UUID | None = None,
    sku_id: UUID | None = None,
) -> Sequence[asyncpg.Record]:
    """What lies in the company's warehouses, in base units (cursor: warehouse, SKU)."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = page.after or (None, None)
    return await database.rows(_STOCK, viewer.company_id, now(), network_id, warehouse_id, sku_id, *after, page.limit)


async def stock_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, asyncpg.Record]:
    """Stock levels of the company's own warehouses."""
    viewer.require(Permission.BACKOFFICE_READ)
    rows = await database.rows(
        f"SELECT {_LEVEL} FROM stock_level s JOIN warehouse w ON w.id = s.warehouse_id {_EXPIRED}"
        " WHERE w.company_id = $1 AND s.id = ANY($3::uuid[])",
        viewer.company_id,
        now(),
        list(ids),
    )
    return {row["id"]: row for row in rows}


async def stock_by_codes(
    viewer: Viewer, network_id: UUID, places: Sequence[tuple[str, str]]
) -> Sequence[asyncpg.Record]:
    """The company's stock at these (warehouse code, SKU code), in their order."""
    return await database.rows(
        _STOCK_BY_CODES,
        viewer.company_id,
        now(),
        network_id,
        [warehouse for warehouse, _ in places],
        [sku for _, sku in places],
    )
