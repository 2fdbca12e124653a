"""Reads of a seller's own price lists; one statement each. Nobody else reads them: buyers see prices, not lists."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.network.roles import Permission
from app.network.viewer import Viewer

_LIST: Final = """l.id, l.network_id, l.code, l.name, l.currency, l.tax_included, l.priority, l.valid_from, l.valid_to,
    l.status, l.version"""
_LISTS: Final = f"""
SELECT {_LIST} FROM price_list l
WHERE l.seller_id = $1 AND ($2::uuid IS NULL OR l.network_id = $2) AND ($3::text IS NULL OR l.code = $3)
  AND ($4::uuid IS NULL OR l.id > $4) ORDER BY l.id LIMIT $5
"""
_ROWS: Final = """
SELECT r.id, r.sku_id, s.code AS sku_code, r.unit, r.min_quantity, r.unit_price, r.valid_from, r.valid_to, l.currency,
       l.tax_included
FROM price_list l JOIN price_row r ON r.price_list_id = l.id JOIN sku s ON s.id = r.sku_id
WHERE l.seller_id = $1 AND l.id = $2 AND ($3::text IS NULL OR s.code = $3) AND ($4::uuid IS NULL OR r.id > $4)
ORDER BY r.id LIMIT $5
"""
_ASSIGNMENTS: Final = """
SELECT a.id, a.scope, a.relation_id, a.level, a.region_id
FROM price_list l JOIN price_assignment a ON a.price_list_id = l.id
WHERE l.seller_id = $1 AND l.id = $2 AND ($3::uuid IS NULL OR a.id > $3) ORDER BY a.id LIMIT $4
"""


async def price_lists(
    viewer: Viewer, page: Page, *, network_id: UUID | None = None, code: str | None = None
) -> Sequence[asyncpg.Record]:
    """The company's price lists, oldest first (cursor: id)."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = page.after[0] if page.after else None
    return await database.rows(_LISTS, viewer.company_id, network_id, code, after, page.limit)


async def own_price_list(viewer: Viewer, price_list_id: UUID) -> asyncpg.Record:
    """One of the company's price lists, else NotFound."""
    statement = f"SELECT {_LIST} FROM price_list l WHERE l.seller_id = $1 AND l.id = $2"
    found = await database.row(statement, viewer.company_id, price_list_id)
    if found is None:
        raise NotFound("price list", price_list_id)
    return found


async def price_lists_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, asyncpg.Record]:
    """The company's own price lists, by id."""
    viewer.require(Permission.BACKOFFICE_READ)
    statement = f"SELECT {_LIST} FROM price_list l WHERE l.seller_id = $1 AND l.id = ANY($2::uuid[])"
    return {row["id"]: row for row in await database.rows(statement, viewer.company_id, list(ids))}


async def price_rows(
    viewer: Viewer, price_list_id: UUID, page: Page, *, sku: str | None = None
) -> Sequence[asyncpg.Record]:
    """The rows of one of the company's lists in the order in which they were set (cursor: id)."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = page.after[0] if page.after else None
    return await database.rows(_ROWS, viewer.company_id, price_list_id, sku, after, page.limit)


async def price_assignments(viewer: Viewer, price_list_id: UUID, page: Page) -> Sequence[asyncpg.Record]:
    """To whom one of the company's lists applies, in the order in which it was assigned (cursor: id)."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = page.after[0] if page.after else None
    return await database.rows(_ASSIGNMENTS, viewer.company_id, price_list_id, after, page.limit)
