"""Reads of the ledger, scoped to their viewer: where a buyer stands with a seller, and what was posted between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app import database
from app.kernel.act import Work
from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.ledger import sql
from app.ledger.accounts import position_of
from app.ledger.rules import Position
from app.network.roles import Permission
from app.network.sql import in_scope, readable
from app.network.viewer import Viewer


@dataclass(frozen=True, slots=True)
class AccountView:
    """The account of one relation, as both of its parties see it."""

    relation_id: UUID
    position: Position


# $1 company, $2 and $3 scope, $4 relation ids, $5 moment
_ACCOUNTS = f"""
WITH relation AS MATERIALIZED (
    SELECT r.id, r.currency, n.time_zone FROM trade_relation r JOIN network n ON n.id = r.network_id
    WHERE r.id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
), {sql.position("$5", locked=False)}
SELECT r.currency, p.* FROM relation r JOIN position p ON p.relation_id = r.id
"""


async def accounts_by_relations(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, AccountView]:
    """The accounts of these relations that the viewer may see, by relation: one statement."""
    viewer.require(Permission.MONEY_READ)
    found = await database.rows(_ACCOUNTS, viewer.company_id, *viewer.scope, list(ids), now())
    return {row["relation_id"]: AccountView(row["relation_id"], position_of(row)) for row in found}


# What the two parties settle between them; the seller's own accounts on the other side are not the buyer's business.
_ENTRIES = f"""
SELECT e.id, e.amount_minor, a.kind AS account, a.currency, t.id AS transfer_id, t.kind, t.document_id, t.memo,
    t.due_at, t.posted_at
FROM trade_relation r
JOIN ledger_account a ON a.relation_id = r.id AND a.kind IN ('receivable', 'prepayment')
JOIN ledger_entry e ON e.account_id = a.id
JOIN ledger_transfer t ON t.id = e.transfer_id
WHERE r.id = $4 AND {readable("r", 1, 2)} AND ($5::uuid IS NULL OR e.id < $5)
ORDER BY e.id DESC LIMIT $6
"""


async def entries(viewer: Viewer, relation_id: UUID, page: Page) -> Sequence[asyncpg.Record]:
    """Entries on the receivable and the prepayment of a relation, newest first: one statement."""
    viewer.require(Permission.MONEY_READ)
    after = page.after[0] if page.after else None
    return await database.rows(_ENTRIES, viewer.company_id, *viewer.scope, relation_id, after, page.limit)


_RECEIPT = f"""
SELECT t.id, t.relation_id, t.memo, t.posted_at, a.currency,
    (sum(e.amount_minor) FILTER (WHERE a.kind = 'clearing'))::bigint AS amount_minor,
    coalesce(-(sum(e.amount_minor) FILTER (WHERE a.kind = 'receivable')), 0)::bigint AS to_receivable_minor,
    coalesce(-(sum(e.amount_minor) FILTER (WHERE a.kind = 'prepayment')), 0)::bigint AS to_prepayment_minor
FROM ledger_transfer t
JOIN trade_relation r ON r.id = t.relation_id
JOIN ledger_entry e ON e.transfer_id = t.id
JOIN ledger_account a ON a.id = e.account_id
WHERE t.id = $4 AND t.kind = 'receipt' AND {readable("r", 1, 2)}
GROUP BY t.id, a.currency
"""


async def receipt(viewer: Viewer, receipt_id: UUID) -> asyncpg.Record:
    """One receipt, as either party sees it; NotFound for absent and foreign ones."""
    viewer.require(Permission.MONEY_READ)
    found = await database.row(_RECEIPT, viewer.company_id, *viewer.scope, receipt_id)
    if found is None:
        raise NotFound("receipt", receipt_id)
    return found


_OWN = f"SELECT FROM trade_relation r WHERE r.id = $1 AND r.seller_id = $2 AND {in_scope('r', 3)}"


async def require_seller(work: Work, viewer: Viewer, relation_id: UUID) -> None:
    """A step of an act: NotFound unless the viewer's company is the seller, inside the viewer's scope."""
    if await work.row(_OWN, relation_id, viewer.company_id, *viewer.scope) is None:
        raise NotFound("trade relation", relation_id)


async def currency_of(viewer: Viewer, relation_id: UUID) -> str:
    """The currency of a relation that the viewer may see, to read amounts by; else NotFound."""
    found = await database.row(
        f"SELECT r.currency FROM trade_relation r WHERE r.id = $4 AND {readable('r', 1, 2)}",
        viewer.company_id,
        *viewer.scope,
        relation_id,
    )
    if found is None:
        raise NotFound("trade relation", relation_id)
    currency: str = found["currency"]
    return currency
