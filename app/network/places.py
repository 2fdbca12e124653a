"""Reads of places: regions, ship-to addresses and territories."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app import database
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.network.sql import readable
from app.network.viewer import Viewer

_REGION = "region.code, region.parent_code, region.path, region.name_zh, region.name_en"
_SHIP_TO = f"""s.id, s.name, s.contact, s.phone, s.address, s.status, s.version, {_REGION}"""


async def regions(viewer: Viewer, parent_code: str | None, page: Page) -> Sequence[asyncpg.Record]:
    """The regions directly inside a region, or the outermost, by code. Every member may know them."""
    return await database.rows(
        f"""SELECT {_REGION} FROM region
            WHERE parent_code IS NOT DISTINCT FROM $1 AND ($2::text IS NULL OR code > $2) ORDER BY code LIMIT $3""",
        parent_code,
        page.after[0] if page.after else None,
        page.limit,
    )


async def ship_tos(viewer: Viewer, page: Page, *, is_open: bool | None = None) -> Sequence[asyncpg.Record]:
    """The viewer's own company's addresses, open and closed ones, or only these or those."""
    return await database.rows(
        f"""SELECT {_SHIP_TO}, NULL::boolean AS approved FROM ship_to s LEFT JOIN region ON region.code = s.region_id
            WHERE s.company_id = $1 AND ($2::uuid IS NULL OR s.id > $2)
              AND ($4::bool IS NULL OR (s.status = 'active') = $4)
            ORDER BY s.id LIMIT $3""",
        viewer.company_id,
        page.after[0] if page.after else None,
        page.limit,
        is_open,
    )


async def ship_tos_of_relation(viewer: Viewer, relation_id: UUID, page: Page) -> Sequence[asyncpg.Record]:
    """The buyer's open addresses, as buyer and seller of this relation see them, with the seller's approval."""
    return await database.rows(
        f"""SELECT {_SHIP_TO}, a.id IS NOT NULL AS approved
            FROM trade_relation r JOIN ship_to s ON s.company_id = r.buyer_id AND s.status = 'active'
            LEFT JOIN region ON region.code = s.region_id
            LEFT JOIN ship_to_approval a ON a.relation_id = r.id AND a.ship_to_id = s.id
            WHERE r.id = $1 AND {readable("r", 2, 3)} AND ($5::uuid IS NULL OR s.id > $5) ORDER BY s.id LIMIT $6""",
        relation_id,
        viewer.company_id,
        *viewer.scope,
        page.after[0] if page.after else None,
        page.limit,
    )


async def ship_to(viewer: Viewer, ship_to_id: UUID, relation_id: UUID | None = None) -> asyncpg.Record:
    """An address of the viewer's company, or, with a relation, of the buyer in it. Else NotFound."""
    found = await database.row(
        f"""SELECT {_SHIP_TO}, CASE WHEN $3::uuid IS NOT NULL THEN a.id IS NOT NULL END AS approved
            FROM ship_to s LEFT JOIN region ON region.code = s.region_id
            LEFT JOIN ship_to_approval a ON a.relation_id = $3 AND a.ship_to_id = s.id
            WHERE s.id = $1 AND (s.company_id = $2 OR EXISTS (
                SELECT 1 FROM trade_relation r
                WHERE r.id = $3 AND r.buyer_id = s.company_id AND {readable("r", 2, 4)}))""",
        ship_to_id,
        viewer.company_id,
        relation_id,
        *viewer.scope,
    )
    if found is None:
        raise NotFound("ship-to address", ship_to_id)
    return found


_TERRITORY = f"""
SELECT g.id, g.exclusive, g.network_id, c.id AS company_id, c.name AS company_name,
       c.registration_code AS company_registration_code, c.region_id AS company_region_code, {_REGION}
FROM territory_grant g
JOIN network n ON n.id = g.network_id
JOIN company c ON c.id = g.company_id
JOIN region ON region.code = g.region_id
WHERE (n.brand_id = $1 OR g.company_id = $1)
"""


async def territories(viewer: Viewer, network_id: UUID | None, page: Page) -> Sequence[asyncpg.Record]:
    """Territories that the viewer's company holds, and for a brand all of its networks."""
    return await database.rows(
        f"""{_TERRITORY} AND ($2::uuid IS NULL OR g.network_id = $2) AND ($3::uuid IS NULL OR g.id > $3)
            ORDER BY g.id LIMIT $4""",
        viewer.company_id,
        network_id,
        page.after[0] if page.after else None,
        page.limit,
    )


async def territory(viewer: Viewer, territory_id: UUID) -> asyncpg.Record:
    """One of them; else NotFound."""
    found = await database.row(f"{_TERRITORY} AND g.id = $2", viewer.company_id, territory_id)
    if found is None:
        raise NotFound("territory", territory_id)
    return found
