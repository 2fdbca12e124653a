"""Reads of the network, each scoped to its viewer: sessions, relations, companies, members."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

import asyncpg

from app import database
from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.network.readers import WANTED, Wanted, rows_for
from app.network.roles import Permission, Role
from app.network.sql import readable
from app.network.viewer import Viewer

T = TypeVar("T")

_VIEWER = """
SELECT s.id AS session_id, s.person_id, m.id AS membership_id, m.version, m.company_id, c.name AS company_name,
       c.status AS company_status, m.roles, m.scope_relation_ids, m.scope_region_codes, p.locale
FROM session s
JOIN membership m ON m.id = COALESCE($2, s.membership_id) AND m.person_id = s.person_id
JOIN company c ON c.id = m.company_id
JOIN person p ON p.id = s.person_id
WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $3 AND m.status = 'active'
"""


async def read_viewer(session_id: UUID, membership_id: UUID | None = None, locale: str = "en") -> Viewer | None:
    """Who acts in this session for this membership (by default the one last chosen): one statement.

    None when the session was revoked or has expired, or the member is suspended, so a revocation counts at once.
    `locale` is used where the person has no preference.
    """
    found = await database.row(_VIEWER, session_id, membership_id, now())
    return None if found is None else _viewer(found, locale)


_NO_SESSION = UUID(int=0)
_ALONE = """
SELECT $2::uuid AS session_id, m.person_id, m.id AS membership_id, m.version, m.company_id, c.name AS company_name,
       c.status AS company_status, m.roles, m.scope_relation_ids, m.scope_region_codes, p.locale
FROM membership m JOIN company c ON c.id = m.company_id JOIN person p ON p.id = m.person_id
WHERE m.id = $1 AND m.status = 'active'
"""


async def read_member(membership_id: UUID, locale: str = "en") -> Viewer | None:
    """The same where nobody is logged in: a worker, or a link, that acts with a member's rights as they are now."""
    found = await database.row(_ALONE, membership_id, _NO_SESSION)
    return None if found is None else _viewer(found, locale)


def _viewer(found: asyncpg.Record, locale: str) -> Viewer:
    return Viewer(
        session_id=found["session_id"],
        person_id=found["person_id"],
        membership_id=found["membership_id"],
        membership_version=found["version"],
        company_id=found["company_id"],
        company_name=found["company_name"],
        company_status=found["company_status"],
        roles=frozenset(Role(role) for role in found["roles"]),
        locale=found["locale"] or locale,
        scope_relation_ids=_tuple(found["scope_relation_ids"]),
        scope_region_codes=_tuple(found["scope_region_codes"]),
    )


_UNCHANGED = """
SELECT s.id AS session_id, m.id AS membership_id, m.version
FROM unnest($1::uuid[], $2::uuid[]) AS asked (session_id, membership_id)
JOIN session s ON s.id = asked.session_id
JOIN membership m ON m.id = asked.membership_id
WHERE s.revoked_at IS NULL AND s.expires_at > $3 AND m.status = 'active'
"""


async def unchanged(viewers: Sequence[Viewer]) -> list[bool]:
    """For each viewer of an open socket: session and membership still count, with the same roles and scope.

    One statement for all of them. A False means: close the socket with 4403; the client comes back with fresh rights.
    """
    found = await database.rows(
        _UNCHANGED, [one.session_id for one in viewers], [one.membership_id for one in viewers], now()
    )
    current = {(row["session_id"], row["membership_id"], row["version"]) for row in found}
    return [(one.session_id, one.membership_id, one.membership_version) in current for one in viewers]


_PARTY = """{0}.id AS {0}_id, {0}.name AS {0}_name, {0}.registration_code AS {0}_registration_code,
    {0}.region_id AS {0}_region_code"""
_REGION = "region.code, region.parent_code, region.path, region.name_zh, region.name_en"

_RELATION_WHOLE = f"""r.id, r.network_id, r.status, r.level, r.customer_code, r.currency, r.tax_mode, r.funding,
    r.net_days, r.order_minimum_minor, r.reservation_minutes, r.ship_to_approval, r.grants_money_to_brand, r.version,
    r.created_at,
    n.name AS network_name, n.currency AS network_currency, n.time_zone, n.brand_id,
    {_PARTY.format("seller")}, {_PARTY.format("buyer")}, {_REGION}
FROM trade_relation r
JOIN network n ON n.id = r.network_id
JOIN company seller ON seller.id = r.seller_id
JOIN company buyer ON buyer.id = r.buyer_id
LEFT JOIN region ON region.code = r.region_id
"""
RELATION = f"\nSELECT {_RELATION_WHOLE}"
CHANNEL_RELATION = f"""
SELECT r.id, r.network_id, r.status, r.level, r.created_at,
    {_PARTY.format("seller")}, {_PARTY.format("buyer")}, {_REGION}
FROM trade_relation r
JOIN company seller ON seller.id = r.seller_id
JOIN company buyer ON buyer.id = r.buyer_id
LEFT JOIN region ON region.code = r.region_id
"""
"""A relation as the brand above it sees it: nothing of its terms."""

_AFTER_ID = "($1::uuid IS NULL OR {0}.id > $1) ORDER BY {0}.id LIMIT $2"


_OF_READERS = f"""SELECT wanted.reader_id, {_RELATION_WHOLE}
JOIN {WANTED} ON wanted.id = r.id WHERE {readable("r", "wanted.reader_id", 2)}"""


async def relations_for(wanted: Wanted) -> list[dict[UUID, asyncpg.Record]]:
    """For each of these viewers the relations that it may read, as buyer or as seller inside the scope."""
    return [{row["id"]: row for row in rows} for rows in await rows_for(_OF_READERS, wanted)]


async def relations_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """The relations that the viewer may read, as buyer or as seller inside the scope."""
    return (await relations_for([(viewer, ids)]))[0]


async def suppliers(
    viewer: Viewer, page: Page, *, network_id: UUID | None = None, status: str | None = None
) -> Sequence[asyncpg.Record]:
    """Relations in which the viewer's company buys; oldest first."""
    viewer.require(Permission.STOREFRONT_READ)
    return await database.rows(
        f"""{RELATION} WHERE r.buyer_id = $3 AND ($4::uuid IS NULL OR r.network_id = $4)
            AND ($5::text IS NULL OR r.status = $5) AND {_AFTER_ID.format("r")}""",
        *_position(page),
        viewer.company_id,
        network_id,
        status,
    )


async def networks(viewer: Viewer) -> Sequence[asyncpg.Record]:
    """The networks whose brand is the viewer's company; a brand has few."""
    viewer.require(Permission.BACKOFFICE_READ)
    return await database.rows(
        """SELECT id AS network_id, name AS network_name, currency AS network_currency, time_zone, brand_id
           FROM network WHERE brand_id = $1 ORDER BY id LIMIT 100""",
        viewer.company_id,
    )


async def network(viewer: Viewer, network_id: UUID) -> asyncpg.Record:
    """A network in which the viewer's company trades; else NotFound."""
    found = await database.row(
        """SELECT id AS network_id, name AS network_name, currency AS network_currency, time_zone, brand_id
           FROM network n WHERE id = $1 AND (brand_id = $2 OR EXISTS (
               SELECT 1 FROM trade_relation r WHERE r.network_id = n.id AND $2 IN (r.buyer_id, r.seller_id)))""",
        network_id,
        viewer.company_id,
    )
    if found is None:
        raise NotFound("network", network_id)
    return found


async def require_brand(viewer: Viewer, network_id: UUID) -> None:
    """NotFound unless the viewer's company is the brand of this network."""
    own = await database.row("SELECT 1 FROM network WHERE id = $1 AND brand_id = $2", network_id, viewer.company_id)
    if own is None:
        raise NotFound("network", network_id)


_VISIBLE_COMPANY = """
SELECT c.id AS company_id, c.name AS company_name, c.registration_code AS company_registration_code,
       c.region_id AS company_region_code
FROM company c
WHERE c.id = ANY($1) AND (c.id = $2
    OR EXISTS (SELECT 1 FROM trade_relation r WHERE r.seller_id = $2 AND r.buyer_id = c.id)
    OR EXISTS (SELECT 1 FROM trade_relation r WHERE r.buyer_id = $2 AND r.seller_id = c.id)
    OR EXISTS (SELECT 1 FROM trade_relation r JOIN network n ON n.id = r.network_id
               WHERE r.buyer_id = c.id AND n.brand_id = $2))
"""


async def companies_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """The viewer's own company, those it trades with, and for a brand those of its networks."""
    found = await database.rows(_VISIBLE_COMPANY, list(ids), viewer.company_id)
    return {row["company_id"]: row for row in found}


async def memberships(viewer: Viewer) -> Sequence[asyncpg.Record]:
    """The companies that the person may act for; at most a hundred."""
    return await database.rows(
        f"""SELECT m.id, m.roles, {_PARTY.format("company")} FROM membership m JOIN company ON company.id = m.company_id
            WHERE m.person_id = $1 AND m.status = 'active' ORDER BY m.id LIMIT 100""",
        viewer.person_id,
    )


_MEMBER = """
SELECT m.id, m.person_id, m.roles, m.scope_relation_ids, m.scope_region_codes, m.status, m.version, p.name, p.login
FROM membership m JOIN person p ON p.id = m.person_id
"""


async def members_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """Members of the viewer's company."""
    found = await database.rows(f"{_MEMBER} WHERE m.id = ANY($1) AND m.company_id = $2", list(ids), viewer.company_id)
    return {row["id"]: row for row in found}


async def members(viewer: Viewer, page: Page) -> Sequence[asyncpg.Record]:
    """Members of the viewer's company, suspended ones included."""
    viewer.require(Permission.MEMBER_MANAGE)
    return await database.rows(
        f"{_MEMBER} WHERE m.company_id = $3 AND {_AFTER_ID.format('m')}", *_position(page), viewer.company_id
    )


async def invitations(viewer: Viewer, page: Page) -> Sequence[asyncpg.Record]:
    """Invitations into the viewer's company that can still be accepted."""
    viewer.require(Permission.MEMBER_MANAGE)
    return await database.rows(
        f"""SELECT i.id, i.name, i.login, i.roles, i.expires_at FROM invitation i
            WHERE i.company_id = $3 AND i.accepted_at IS NULL AND i.expires_at > $4 AND {_AFTER_ID.format("i")}""",
        *_position(page),
        viewer.company_id,
        now(),
    )


async def invitation(
    viewer: Viewer, *, invitation_id: UUID | None = None, company_id: UUID | None = None
) -> asyncpg.Record:
    """An invitation that this very member has written: by id, or the first into a company. Else NotFound."""
    found = await database.row(
        """SELECT i.id, i.name, i.login, i.roles, i.expires_at FROM invitation i
           WHERE i.invited_by = $3 AND (i.id = $1 OR i.company_id = $2) ORDER BY i.id LIMIT 1""",
        invitation_id,
        company_id,
        viewer.membership_id,
    )
    if found is None:
        raise NotFound("invitation", invitation_id or "")
    return found


def _position(page: Page) -> tuple[object, int]:
    return (page.after[0] if page.after else None), page.limit


def _tuple(values: Sequence[T] | None) -> tuple[T, ...] | None:
    return None if values is None else tuple(values)
