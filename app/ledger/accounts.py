"""A step: lock a relation's accounts and see where the buyer stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.kernel.act import Work
from app.kernel.ids import uuid7
from app.kernel.refusal import NotFound
from app.ledger import sql
from app.ledger.rules import AccountKind, CreditTerms, Position

_LOCK = f"""
WITH relation AS MATERIALIZED (
    SELECT r.id, r.network_id, r.seller_id, r.buyer_id, r.currency, n.time_zone
    FROM trade_relation r JOIN network n ON n.id = r.network_id WHERE r.id = $1
), {sql.position("$2", locked=True)}
SELECT r.id, r.network_id, r.seller_id, r.buyer_id, r.currency, p.*
FROM relation r JOIN position p ON p.relation_id = r.id
"""

# The line starts at nothing: a seller lends by saying so. Accounts are made in the order in which they are locked.
_OPEN = """
WITH account AS (
    INSERT INTO ledger_account (id, network_id, relation_id, kind, currency)
    SELECT k.id, r.network_id, r.id, k.kind, r.currency
    FROM trade_relation r CROSS JOIN unnest($2::uuid[], $3::text[]) AS k(id, kind)
    WHERE r.id = $1 ORDER BY k.id
    ON CONFLICT (relation_id, kind, currency) DO NOTHING
)
INSERT INTO credit_line (id, relation_id, limit_minor) SELECT $4, r.id, 0 FROM trade_relation r WHERE r.id = $1
ON CONFLICT (relation_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one relation, locked until the act ends, and where the buyer stands."""

    network_id: UUID
    relation_id: UUID
    seller_id: UUID
    buyer_id: UUID
    ids: Mapping[AccountKind, UUID]
    position: Position


async def lock_accounts(work: Work, relation_id: UUID) -> Accounts:
    """Lock the relation's accounts and credit line: one round trip (three when the relation has none yet).

    After the lock of the order, before those of stock. NotFound for a relation that does not exist; whose it is the
    caller asks, by `seller_id` and `buyer_id`.
    """
    row = await work.row(_LOCK, relation_id, work.now)
    if row is None:
        raise NotFound("trade relation", relation_id)
    found = accounts_of(row)
    if found is None:
        await open_accounts(work, relation_id)
        return await lock_accounts(work, relation_id)
    return found


async def open_accounts(work: Work, relation_id: UUID) -> None:
    """Give the relation its accounts and a credit line of nothing, where they are missing: one round trip."""
    kinds = list(AccountKind)
    await work.run(_OPEN, relation_id, [uuid7() for _ in kinds], [kind.value for kind in kinds], uuid7())


def accounts_of(row: Mapping[str, Any]) -> Accounts | None:
    """The accounts in a row of `relation` and `position`; None when the relation has none yet."""
    if row["accounts"] is None or row["credit"] is None:
        return None
    accounts = orjson.loads(row["accounts"])
    return Accounts(
        network_id=row["network_id"],
        relation_id=row["relation_id"],
        seller_id=row["seller_id"],
        buyer_id=row["buyer_id"],
        ids={AccountKind(kind): UUID(account[0]) for kind, account in accounts.items()},
        position=position_of(row),
    )


def position_of(row: Mapping[str, Any]) -> Position:
    """Where the buyer stands, from a row of `position`. A relation without accounts stands at nothing."""
    accounts = orjson.loads(row["accounts"] or "{}")
    _, receivable, held = accounts.get(AccountKind.RECEIVABLE, (None, 0, 0))
    _, prepaid, prepaid_held = accounts.get(AccountKind.PREPAYMENT, (None, 0, 0))
    return Position(
        currency=row["currency"],
        credit=_terms(row["credit"]),
        receivable_minor=receivable,
        held_minor=held,
        # Holds are read in the statement's snapshot, `held` under the lock: they may differ by what was committed
        # between the two, and the parts must sum all the same.
        pending_minor=min(row["pending_minor"], held),
        prepaid_minor=-prepaid,
        prepaid_held_minor=prepaid_held,
        due_minor=row["due_minor"] or 0,
        overdue_minor=row["overdue_minor"] or 0,
        blocking_minor=row["blocking_minor"] or 0,
    )


def _terms(stored: str | None) -> CreditTerms:
    if stored is None:
        return CreditTerms()
    line = orjson.loads(stored)
    until = line["temporary_until"]
    return CreditTerms(
        limit_minor=line["limit_minor"],
        temporary_limit_minor=line["temporary_limit_minor"],
        temporary_until=None if until is None else datetime.fromisoformat(until),
        overdue_block_days=line["overdue_block_days"],
        version=line["version"],
    )
