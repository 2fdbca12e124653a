"""Reads of leads, each scoped to its viewer: a brand's whole, a dealer's own part. A list field is one statement.

The row says whether the viewer may read who the person is (`is_revealed`); `contact` stays sealed in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.leads.contact import normal_phone
from app.leads.keys import contact_keys
from app.leads.lifecycle import GONE, Outcome
from app.leads.rules import LeadFilter
from app.leads.sql import LATEST, in_lead_scope, visible
from app.network.roles import Permission
from app.network.viewer import Viewer

# The delivery number is read in the lead's own snapshot: nothing after it is missed by who subscribes from there
_COLUMNS: Final = """
SELECT l.id, l.network_id, l.source, l.external_id, l.campaign, l.product_line, l.contact, l.duplicate_of_id, l.status,
    l.pool_reason, l.pooled_at, l.stage, l.next_at, l.touched_at, l.order_id, l.reference, l.version, l.received_at,
    l.closed_at, n.brand_id, n.brand_id = $1 AS is_brand, n.time_zone AS network_time_zone,
    region.code, region.parent_code, region.name_zh, region.name_en,
    c.code AS category_code, c.name_zh AS category_zh, c.name_en AS category_en,
    s.time_zone, s.weekdays, s.opens_minute, s.closes_minute, s.holidays, s.extra_days, s.accept_seconds, s.most_lapses,
    s.stagnant_days, s.version AS settings_version, o.number AS order_number,
    a.id AS assignment_id, a.company_id AS holder_id, a.offered_at, a.deadline_at, a.warned_percent, a.answered_at,
    a.answer_minutes, a.accepted_at, a.closed_at AS ended_at, a.outcome, a.reason,
    d.id AS dealer_id, d.name AS dealer_name, d.registration_code AS dealer_registration_code,
    d.region_id AS dealer_region_code, p.name AS accepted_by_name,
    n.brand_id = $1 OR (a.accepted_at IS NOT NULL AND (a.outcome IS NULL OR a.outcome IN ('won', 'lost')))
        AS is_revealed,
    CASE WHEN n.brand_id = $1 THEN (SELECT count(*) FROM lead r WHERE r.duplicate_of_id = l.id) END AS repeats,
    (SELECT last_no FROM publisher) AS cursor
"""
_FROM: Final = f"""
FROM lead l
JOIN network n ON n.id = l.network_id
LEFT JOIN region ON region.code = l.region_id
LEFT JOIN category c ON c.id = l.category_id
LEFT JOIN lead_settings s ON s.network_id = n.id
LEFT JOIN sales_order o ON o.id = l.order_id
{LATEST}
LEFT JOIN company d ON d.id = a.company_id
LEFT JOIN membership m ON m.id = a.accepted_by
LEFT JOIN person p ON p.id = m.person_id
"""


async def leads_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """The leads of these that the viewer may see; none for who may neither manage nor follow leads."""
    if not (viewer.may(Permission.LEAD_MANAGE) or viewer.may(Permission.LEAD_FOLLOW)):
        return {}
    sql = f"{_COLUMNS} {_FROM} WHERE l.id = ANY($2::uuid[]) AND {visible(3, 5)}"
    found = await database.rows(sql, viewer.company_id, list(ids), *viewer.scope, *_rights(viewer))
    return {row["id"]: row for row in found}


async def lead_by_id(viewer: Viewer, lead_id: UUID) -> asyncpg.Record:
    """One lead; NotFound for absent and foreign ones alike."""
    found = await leads_by_ids(viewer, [lead_id])
    if lead_id not in found:
        raise NotFound("lead", lead_id)
    return found[lead_id]


_OF_NETWORK: Final = f"""
{_COLUMNS} {_FROM}
WHERE l.network_id = $2 AND n.brand_id = $1 AND {in_lead_scope(3)}
  AND ($5::text[] IS NULL OR l.status = ANY($5)) AND ($6::text IS NULL OR l.source = $6)
  AND ($7::text IS NULL OR l.campaign = $7)
  AND ($8::text IS NULL OR starts_with(region.path, (SELECT r.path FROM region r WHERE r.code = $8)))
  AND ($9::uuid IS NULL OR (a.company_id = $9 AND a.closed_at IS NULL))
  AND ($10::text[] IS NULL OR l.pool_reason = ANY($10))
  AND ($11::timestamptz IS NULL OR l.received_at >= $11) AND ($12::timestamptz IS NULL OR l.received_at < $12)
  AND ($13::bytea IS NULL OR l.phone_key = $13) AND ($14::uuid IS NULL OR l.id < $14)
ORDER BY l.id DESC LIMIT $15
"""


async def leads_of_network(
    viewer: Viewer, network_id: UUID, wanted: LeadFilter, page: Page
) -> Sequence[asyncpg.Record]:
    """For the brand: the leads inside the viewer's scope, newest first."""
    viewer.require(Permission.LEAD_MANAGE)
    return await database.rows(_OF_NETWORK, *_network_values(viewer, network_id, wanted, page))


async def count_leads_of_network(viewer: Viewer, network_id: UUID, wanted: LeadFilter, most: int) -> int:
    """How many these are, counted no further than `most`."""
    viewer.require(Permission.LEAD_MANAGE)
    return await _count(_OF_NETWORK, *_network_values(viewer, network_id, wanted, Page(most - 1)))


def _network_values(viewer: Viewer, network_id: UUID, wanted: LeadFilter, page: Page) -> tuple[Any, ...]:
    return (
        viewer.company_id,
        network_id,
        *viewer.scope,
        None if wanted.statuses is None else list(wanted.statuses),
        wanted.source,
        wanted.campaign,
        wanted.region_code,
        wanted.dealer_id,
        None if wanted.pool_reasons is None else list(wanted.pool_reasons),
        wanted.received_from,
        wanted.received_before,
        wanted.phone_key,
        page.after[0] if page.after else None,
        page.limit,
    )


async def _count(statement: str, *params: Any) -> int:
    found = await database.row(f"SELECT count(*) AS n FROM ({statement}) AS counted", *params)
    assert found is not None
    return int(found["n"])


def phone_key_of(network_id: UUID, phone: str | None) -> bytes | None:
    """What a phone number is found by. Refuses with ContactNotValid and ContactDoorClosed."""
    return None if phone is None else contact_keys().phone_key(network_id, normal_phone(phone))


STANDING: Final = """
CASE WHEN a.outcome IN ('won', 'lost') THEN a.outcome
     WHEN a.closed_at IS NOT NULL OR (a.accepted_at IS NULL AND a.deadline_at <= $2) THEN 'gone'
     WHEN a.accepted_at IS NULL THEN 'offered' ELSE 'accepted' END
"""
"""What a lead is to the dealer of assignment `a` at the moment `$2`."""

_OWN: Final = f"""
{_COLUMNS} {_FROM}
WHERE l.id IN (
    SELECT a.lead_id FROM lead_assignment a
    WHERE a.company_id = $1 AND ($3::text[] IS NULL OR {STANDING} = ANY($3)) AND ($4::uuid IS NULL OR a.id < $4)
      AND NOT EXISTS (SELECT FROM lead_assignment later
                      WHERE later.lead_id = a.lead_id AND later.company_id = $1 AND later.id > a.id)
    ORDER BY a.id DESC LIMIT $5)
  AND n.brand_id <> $1
ORDER BY a.id DESC
"""


async def own_leads(viewer: Viewer, standings: Sequence[str] | None, page: Page) -> Sequence[asyncpg.Record]:
    """For a dealer: the leads it was offered, by what they are to it now; the newest offer first."""
    viewer.require(Permission.LEAD_FOLLOW)
    return await database.rows(_OWN, *_own_values(viewer, standings, page))


async def count_own_leads(viewer: Viewer, standings: Sequence[str] | None, most: int) -> int:
    """How many these are, counted no further than `most`."""
    viewer.require(Permission.LEAD_FOLLOW)
    return await _count(_OWN, *_own_values(viewer, standings, Page(most - 1)))


def _own_values(viewer: Viewer, standings: Sequence[str] | None, page: Page) -> tuple[Any, ...]:
    wanted = None if standings is None else list(standings)
    return viewer.company_id, now(), wanted, page.after[0] if page.after else None, page.limit


def offer_state(row: Mapping[str, Any]) -> str:
    """What became of the row's assignment; over is over, whether or not it was recalled yet."""
    if row["outcome"] is not None:
        return str(row["outcome"])
    if row["accepted_at"] is not None:
        return "accepted"
    return Outcome.LAPSED.value if row["deadline_at"] <= now() else "offered"


def standing(row: Mapping[str, Any]) -> str:
    """What the row's lead is to the dealer of its assignment: as STANDING says it."""
    state = offer_state(row)
    return state if state in ("offered", "accepted", "won", "lost") else GONE


@dataclass(frozen=True, slots=True)
class LeadPage:
    """A page of what hangs on one lead: what its loader is keyed by."""

    lead_id: UUID
    limit: int
    after: Any


_TIMELINE: Final = f"""
SELECT l.id AS lead_id, e.* FROM lead l JOIN network n ON n.id = l.network_id {LATEST}
CROSS JOIN LATERAL (
    SELECT e.id, e.version, e.what, e.stage, e.reason, e.next_at, e.at, p.name AS member_name,
        CASE WHEN n.brand_id = $1 OR m.id IS NOT NULL THEN e.note END AS note,
        d.id AS dealer_id, d.name AS dealer_name, d.registration_code AS dealer_registration_code,
        d.region_id AS dealer_region_code
    FROM lead_event e
    LEFT JOIN company d ON d.id = e.company_id
    LEFT JOIN membership m ON m.id = e.by AND (n.brand_id = $1 OR m.company_id = $1)
    LEFT JOIN person p ON p.id = m.person_id
    WHERE e.lead_id = l.id AND (n.brand_id = $1 OR e.company_id = $1) AND ($7::int IS NULL OR e.version > $7)
    ORDER BY e.version LIMIT $8
) e
WHERE l.id = ANY($2::uuid[]) AND {visible(3, 5)}
ORDER BY l.id, e.version
"""
_OFFERS: Final = f"""
SELECT l.id AS lead_id, e.* FROM lead l JOIN network n ON n.id = l.network_id {LATEST}
CROSS JOIN LATERAL (
    SELECT e.id AS assignment_id, e.company_id AS holder_id, e.offered_at, e.deadline_at, e.warned_percent,
        e.answered_at, e.answer_minutes, e.accepted_at, e.closed_at AS ended_at, e.outcome, e.reason,
        d.id AS dealer_id, d.name AS dealer_name, d.registration_code AS dealer_registration_code,
        d.region_id AS dealer_region_code, p.name AS accepted_by_name
    FROM lead_assignment e
    JOIN company d ON d.id = e.company_id
    LEFT JOIN membership m ON m.id = e.accepted_by
    LEFT JOIN person p ON p.id = m.person_id
    WHERE e.lead_id = l.id AND (n.brand_id = $1 OR e.company_id = $1) AND ($7::uuid IS NULL OR e.id > $7)
    ORDER BY e.id LIMIT $8
) e
WHERE l.id = ANY($2::uuid[]) AND {visible(3, 5)}
ORDER BY l.id, e.assignment_id
"""


async def timelines_of_leads(viewer: Viewer, pages: Sequence[LeadPage]) -> Mapping[LeadPage, list[asyncpg.Record]]:
    """Pages of what happened, the first first; a dealer's only what concerns it."""
    return await _pages(_TIMELINE, viewer, pages)


async def offers_of_leads(viewer: Viewer, pages: Sequence[LeadPage]) -> Mapping[LeadPage, list[asyncpg.Record]]:
    """Pages of assignments, the first first; a dealer's only its own."""
    return await _pages(_OFFERS, viewer, pages)


async def _pages(sql: str, viewer: Viewer, pages: Sequence[LeadPage]) -> Mapping[LeadPage, list[asyncpg.Record]]:
    answer: dict[LeadPage, list[asyncpg.Record]] = {page: [] for page in pages}
    for limit, after in {(page.limit, page.after) for page in pages}:
        ids = [page.lead_id for page in pages if (page.limit, page.after) == (limit, after)]
        for row in await database.rows(sql, viewer.company_id, ids, *viewer.scope, *_rights(viewer), after, limit):
            answer[LeadPage(row["lead_id"], limit, after)].append(row)
    return answer


def _rights(viewer: Viewer) -> tuple[bool, bool]:
    return viewer.may(Permission.LEAD_MANAGE), viewer.may(Permission.LEAD_FOLLOW)
