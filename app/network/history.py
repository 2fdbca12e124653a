"""A relation's history: who decided what about it, and why. Both sides read the reason; names are a company's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.act import Work
from app.kernel.change import Change
from app.kernel.ids import uuid7
from app.network.sql import readable
from app.network.viewer import Viewer

LONGEST_REASON: Final = 400

_WRITE: Final = """
written_down AS (
    INSERT INTO relation_event (id, relation_id, version, what, reason, by, at)
    SELECT e.id, e.relation_id, e.version, e.what, $1, $2, $3
    FROM unnest($4::uuid[], $5::uuid[], $6::int[], $7::text[]) AS e(id, relation_id, version, what)
)"""


def write_down(work: Work, viewer: Viewer, decided: Sequence[tuple[UUID, int, str]], reason: str | None = None) -> None:
    """A step: record what the viewer decided about relations, each with its version since then, in the act's last
    statement. Once to an act."""
    if decided:
        ids, versions, whats = ([one[place] for one in decided] for place in range(3))
        params = (reason, viewer.membership_id, work.now, [uuid7() for _ in decided], ids, versions, whats)
        work.later(Change(_WRITE, params))


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of one relation's history: what its loader is keyed by."""

    relation_id: UUID
    limit: int
    after: int | None


_HISTORY: Final = f"""
SELECT r.id AS relation_id, r.seller_id, e.* FROM trade_relation r
CROSS JOIN LATERAL (
    SELECT e.version, e.what, e.reason, e.at, m.company_id, p.name AS member_name
    FROM relation_event e
    JOIN membership m ON m.id = e.by
    JOIN person p ON p.id = m.person_id
    WHERE e.relation_id = r.id AND ($5::int IS NULL OR e.version < $5)
    ORDER BY e.version DESC LIMIT $6
) e
WHERE r.id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
ORDER BY r.id, e.version DESC
"""


async def histories(viewer: Viewer, pages: Sequence[HistoryPage]) -> Mapping[HistoryPage, list[asyncpg.Record]]:
    """Pages of histories, the newest decision first: one statement for all that ask alike."""
    answer: dict[HistoryPage, list[asyncpg.Record]] = {page: [] for page in pages}
    for limit, after in {(page.limit, page.after) for page in pages}:
        ids = [page.relation_id for page in pages if (page.limit, page.after) == (limit, after)]
        for row in await database.rows(_HISTORY, viewer.company_id, *viewer.scope, ids, after, limit):
            answer[HistoryPage(row["relation_id"], limit, after)].append(row)
    return answer
