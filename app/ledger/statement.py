"""A statement of account (对账单): what was posted between two parties, the first first, and where that left them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.page import Page
from app.ledger.queries import currency_of
from app.ledger.rules import AccountKind
from app.network.roles import Permission
from app.network.sql import readable
from app.network.viewer import Viewer

# What the two parties settle between them, as in the list of entries
_FROM: Final = f"""
FROM trade_relation r
JOIN network n ON n.id = r.network_id
JOIN ledger_account a ON a.relation_id = r.id AND a.kind IN ('receivable', 'prepayment')
JOIN ledger_entry e ON e.account_id = a.id
JOIN ledger_transfer t ON t.id = e.transfer_id
WHERE r.id = $4 AND {readable("r", 1, 2)}
"""
_WITHIN: Final = """
  AND ($5::timestamptz IS NULL OR t.posted_at >= $5) AND ($6::timestamptz IS NULL OR t.posted_at < $6)
"""
_ENTRIES: Final = f"""
SELECT e.id, e.amount_minor, a.kind AS account, a.currency, t.kind, t.memo, t.due_at, t.posted_at, n.time_zone
{_FROM} {_WITHIN} AND ($7::timestamptz IS NULL OR (t.posted_at, e.id) > ($7, $8::uuid))
ORDER BY t.posted_at, e.id LIMIT $9
"""
_COUNT: Final = f"SELECT count(*) AS n FROM (SELECT {_FROM} {_WITHIN} LIMIT $7) AS counted"
_BEFORE: Final = f"""
SELECT a.kind AS account, sum(e.amount_minor)::bigint AS amount_minor
{_FROM} AND t.posted_at < $5 GROUP BY a.kind
"""


@dataclass(frozen=True, slots=True)
class Period:
    """Of which relation, and of which time; None does not narrow."""

    relation_id: UUID
    posted_from: datetime | None = None
    posted_before: datetime | None = None


async def statement_entries(viewer: Viewer, period: Period, page: Page) -> Sequence[asyncpg.Record]:
    """Entries on receivable and prepayment, the first first (cursor: posted_at, id)."""
    viewer.require(Permission.MONEY_READ)
    return await database.rows(_ENTRIES, *_values(viewer, period), *(page.after or (None, None)), page.limit)


async def count_entries(viewer: Viewer, period: Period, most: int) -> int:
    """How many there are, counted no further than `most`. NotFound for a relation that the viewer may not see."""
    viewer.require(Permission.MONEY_READ)
    await currency_of(viewer, period.relation_id)
    found = await database.row(_COUNT, *_values(viewer, period), most)
    assert found is not None
    return int(found["n"])


async def opening_balances(viewer: Viewer, period: Period) -> dict[AccountKind, int]:
    """What stood on the accounts when the period began, in minor units; nothing at the beginning of everything."""
    viewer.require(Permission.MONEY_READ)
    if period.posted_from is None:
        return {}
    found = await database.rows(_BEFORE, viewer.company_id, *viewer.scope, period.relation_id, period.posted_from)
    return {AccountKind(row["account"]): row["amount_minor"] for row in found}


def _values(viewer: Viewer, period: Period) -> tuple[Any, ...]:
    return viewer.company_id, *viewer.scope, period.relation_id, period.posted_from, period.posted_before
