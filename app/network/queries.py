"""Reads of the network, each scoped to its viewer: sessions, relations, companies, members, ship-to addresses."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from app import database
from app.kernel.clock import now
from app.network.roles import Role
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
    if found is None:
        return None
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


def _tuple(values: Sequence[T] | None) -> tuple[T, ...] | None:
    return None if values is None else tuple(values)
