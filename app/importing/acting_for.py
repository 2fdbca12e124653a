"""In whose name a file is imported: a member of the seller, whose roles count as they do over the API.

Whoever may start the command can reach the database, so it asks for no password; what it writes is written as that
member, and a role that may not write prices cannot import them either.
"""

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app import database
from app.importing.kind import Place
from app.importing.refusals import NotFoundHere
from app.network.roles import Role
from app.network.viewer import Viewer

MOST_SHOWN = 10
NO_SESSION = UUID(int=0)

_NETWORKS = """
SELECT n.id, n.name, n.currency, n.time_zone, n.brand_id FROM network n
WHERE $1::text IS NULL OR n.id::text = lower($1) OR n.name = $1 ORDER BY n.id LIMIT 50
"""
_SELLERS = """
SELECT c.id, c.name FROM company c WHERE (c.id::text = lower($2) OR c.registration_code = upper($2) OR c.name = $2)
AND EXISTS (SELECT 1 FROM network n WHERE n.id = $1 AND n.brand_id = c.id
            UNION ALL SELECT 1 FROM trade_relation r
            WHERE r.network_id = $1 AND c.id IN (r.seller_id, r.buyer_id) AND r.status <> 'ended')
"""
_COMPANIES = """
SELECT c.name FROM company c WHERE c.id IN (
    SELECT brand_id FROM network WHERE id = $1 UNION SELECT seller_id FROM trade_relation WHERE network_id = $1)
ORDER BY c.name LIMIT 50
"""
_MEMBERS = """
SELECT m.id, m.person_id, m.company_id, m.roles, m.version, m.scope_relation_ids, m.scope_region_codes,
       c.name AS company_name, c.status AS company_status, p.login, p.name AS person_name, p.locale
FROM membership m JOIN company c ON c.id = m.company_id JOIN person p ON p.id = m.person_id
WHERE m.company_id = $1 AND m.status = 'active' ORDER BY 'owner' = ANY(m.roles) DESC, m.id
"""


async def find_place(network: str | None, seller: str | None, login: str | None) -> Place:
    """Where rows go and who writes them. By default: the only network, its brand, and the brand's first owner.

    A network is named by id or name, a company by id, registration code or name, a member by login. Raises
    NotFoundHere, which lists what there is.
    """
    found = await _the_only("network", network, await database.rows(_NETWORKS, network), await _networks())
    company_id: UUID = found["brand_id"]
    if seller is not None:
        names = [row["name"] for row in await database.rows(_COMPANIES, found["id"])]
        company = await _the_only("seller", seller, await database.rows(_SELLERS, found["id"], seller), names)
        company_id = company["id"]
    members = await database.rows(_MEMBERS, company_id)
    wanted = [row for row in members if login is None or row["login"] == login.strip().lower()]
    if not wanted:
        logins = [row["login"] or row["person_name"] for row in members]
        raise NotFoundHere(what="member", asked=login or "", known=logins[:MOST_SHOWN])
    return Place(found["id"], found["currency"], ZoneInfo(found["time_zone"]), _viewer(wanted[0]))


async def _networks() -> list[str]:
    return [f"{row['name']} ({row['id']})" for row in await database.rows(_NETWORKS, None)]


async def _the_only(
    what: str, asked: str | None, found: Sequence[asyncpg.Record], known: Sequence[str]
) -> asyncpg.Record:
    if len(found) != 1:
        said = asked if asked is not None else "to choose by itself"
        raise NotFoundHere(what=what, asked=said, known=list(known[:MOST_SHOWN]))
    return found[0]


def _viewer(row: asyncpg.Record) -> Viewer:
    relations, regions = row["scope_relation_ids"], row["scope_region_codes"]
    return Viewer(
        session_id=NO_SESSION,
        person_id=row["person_id"],
        membership_id=row["id"],
        membership_version=row["version"],
        company_id=row["company_id"],
        company_name=row["company_name"],
        company_status=row["company_status"],
        roles=frozenset(Role(role) for role in row["roles"]),
        locale=row["locale"] or "en",
        scope_relation_ids=None if relations is None else tuple(relations),
        scope_region_codes=None if regions is None else tuple(regions),
    )
