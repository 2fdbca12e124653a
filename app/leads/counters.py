"""Leads by number: by state, by source, by dealer; and the arrangements of a network as they stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.leads.queries import STANDING
from app.leads.sql import LATEST, fared, in_lead_scope
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_SOURCES: Final = 100

_SCOPED: Final = f"""
FROM lead l JOIN network n ON n.id = l.network_id {LATEST}
WHERE l.network_id = $2 AND n.brand_id = $1 AND {in_lead_scope(3)} AND ($5::timestamptz IS NULL OR l.received_at >= $5)
"""
_BY_STATUS: Final = f"SELECT l.status, l.pool_reason, count(*) AS count {_SCOPED} GROUP BY l.status, l.pool_reason"
_BY_SOURCE: Final = f"""
SELECT l.source, count(*) AS count, count(*) FILTER (WHERE l.status = 'duplicate') AS duplicates,
    count(*) FILTER (WHERE l.status IN ('offered', 'accepted', 'pooled')) AS alive,
    count(*) FILTER (WHERE l.status = 'won') AS won, count(*) FILTER (WHERE l.status = 'lost') AS lost
{_SCOPED} GROUP BY l.source ORDER BY count(*) DESC, l.source LIMIT {MOST_SOURCES}
"""
_BY_DEALER: Final = f"""
SELECT d.id AS dealer_id, d.name AS dealer_name, d.registration_code AS dealer_registration_code,
    d.region_id AS dealer_region_code, c.most_open, s.*
FROM (SELECT DISTINCT r.buyer_id FROM trade_relation r JOIN network n ON n.id = r.network_id
      WHERE r.network_id = $2 AND n.brand_id = $1 AND ($6::uuid IS NULL OR r.buyer_id > $6)
        AND (($3::uuid[] IS NULL AND $4::text[] IS NULL) OR r.id = ANY($3::uuid[]) OR EXISTS (
            SELECT FROM region inner_region JOIN region outer_region
                ON starts_with(inner_region.path, outer_region.path)
            WHERE inner_region.code = r.region_id AND outer_region.code = ANY($4::text[])))
      ORDER BY r.buyer_id LIMIT $7) b
JOIN company d ON d.id = b.buyer_id
LEFT JOIN lead_capacity c ON c.network_id = $2 AND c.company_id = d.id
CROSS JOIN LATERAL (
    {fared("$2", "d.id", "$8")} AND ($5::timestamptz IS NULL OR a.offered_at >= $5)
) s
ORDER BY d.id
"""
_OWN: Final = f"""
SELECT {STANDING} AS status, count(*) AS count FROM lead_assignment a
WHERE a.company_id = $1 AND NOT EXISTS (SELECT FROM lead_assignment later
    WHERE later.lead_id = a.lead_id AND later.company_id = $1 AND later.id > a.id)
GROUP BY 1
"""


async def by_status(viewer: Viewer, network_id: UUID, received_from: datetime | None) -> Sequence[asyncpg.Record]:
    """How many leads are where, of the pool by reason."""
    viewer.require(Permission.LEAD_MANAGE)
    return await database.rows(_BY_STATUS, viewer.company_id, network_id, *viewer.scope, received_from)


async def by_source(viewer: Viewer, network_id: UUID, received_from: datetime | None) -> Sequence[asyncpg.Record]:
    """The hundred sources that most leads came from, and what became of them."""
    viewer.require(Permission.LEAD_MANAGE)
    return await database.rows(_BY_SOURCE, viewer.company_id, network_id, *viewer.scope, received_from)


async def by_dealer(
    viewer: Viewer, network_id: UUID, received_from: datetime | None, page: Page
) -> Sequence[asyncpg.Record]:
    """How each dealer answers, by its id; `received_from` counts the offers since then."""
    viewer.require(Permission.LEAD_MANAGE)
    after = page.after[0] if page.after else None
    return await database.rows(
        _BY_DEALER, viewer.company_id, network_id, *viewer.scope, received_from, after, page.limit, now()
    )


async def own_by_standing(viewer: Viewer) -> dict[str, int]:
    """For a dealer: how many leads are what to it."""
    viewer.require(Permission.LEAD_FOLLOW)
    return {row["status"]: row["count"] for row in await database.rows(_OWN, viewer.company_id, now())}


_RULES: Final = """
SELECT r.id, r.name, r.precedence, r.region_id AS region_code, c.code AS category, r.product_line, r.source, r.strategy,
    r.company_ids
FROM lead_rule r JOIN network n ON n.id = r.network_id LEFT JOIN category c ON c.id = r.category_id
LEFT JOIN region ON region.code = r.region_id
WHERE r.network_id = $2 AND n.brand_id = $1
ORDER BY r.precedence, length(region.path) DESC NULLS LAST, length(c.path) DESC NULLS LAST, r.id
"""
_SETTINGS: Final = """
SELECT n.id AS network_id, n.time_zone AS network_time_zone, s.time_zone, s.weekdays, s.opens_minute, s.closes_minute,
    s.holidays, s.extra_days, s.accept_seconds, s.most_lapses, s.stagnant_days, s.version AS settings_version
FROM network n LEFT JOIN lead_settings s ON s.network_id = n.id WHERE n.id = $2 AND n.brand_id = $1
"""


async def rules_of(viewer: Viewer, network_id: UUID) -> Sequence[asyncpg.Record]:
    """The rules in the order in which they are tried."""
    viewer.require(Permission.LEAD_MANAGE)
    return await database.rows(_RULES, viewer.company_id, network_id)


async def lead_settings(viewer: Viewer, network_id: UUID) -> asyncpg.Record:
    """The network's row with its settings. NotFound for a foreign network."""
    viewer.require(Permission.LEAD_MANAGE)
    found = await database.row(_SETTINGS, viewer.company_id, network_id)
    if found is None:
        raise NotFound("network", network_id)
    return found


async def dealer_of(viewer: Viewer, network_id: UUID, company_id: UUID) -> asyncpg.Record:
    """One dealer's counters. NotFound for one that the viewer may not see."""
    page = Page(1, (UUID(int=company_id.int - 1),))
    found = await by_dealer(viewer, network_id, None, page)
    if not found or found[0]["dealer_id"] != company_id:
        raise NotFound("dealer", company_id)
    return found[0]
