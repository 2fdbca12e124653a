"""A step: post a transfer. With `hold`, the only writer of balances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.kernel.act import Work
from app.kernel.ids import uuid7
from app.kernel.money import MOST_MINOR, AmountTooLarge
from app.ledger.accounts import Accounts
from app.ledger.hold import account_changed
from app.ledger.rules import HELD_ON, AccountKind, Funding

_POST = """
WITH entry AS (
    SELECT * FROM unnest($9::uuid[], $10::int[], $11::uuid[], $12::bigint[]) AS e(id, seq, account_id, amount_minor)
), transfer AS (
    INSERT INTO ledger_transfer (id, network_id, relation_id, kind, document_id, memo, due_at, posted_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
), written AS (
    INSERT INTO ledger_entry (id, transfer_id, seq, account_id, amount_minor)
    SELECT e.id, $1, e.seq, e.account_id, e.amount_minor FROM entry e ORDER BY e.seq
)
UPDATE ledger_account a SET balance_minor = a.balance_minor + t.amount_minor
FROM (SELECT e.account_id, sum(e.amount_minor)::bigint AS amount_minor FROM entry e GROUP BY e.account_id) t
WHERE a.id = t.account_id
RETURNING a.balance_minor, a.currency
"""


class TransferKind(StrEnum):
    """What a transfer records."""

    SHIPMENT = "shipment"
    RECEIPT = "receipt"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One posting for one document; a document is posted once. `due_at`: when the debt in it falls due."""

    kind: TransferKind
    document_id: UUID
    memo: str = ""
    due_at: datetime | None = None
    transfer_id: UUID | None = None  # given where the document has no row of its own


async def post(work: Work, accounts: Accounts, transfer: Transfer, entries: Sequence[tuple[AccountKind, int]]) -> UUID:
    """Write a transfer and move the balances: one round trip, under the locks of `lock_accounts`. Returns its id.

    Entries are (account, minor units), debit positive; those of 0 are left out. ValueError unless they sum to zero.
    AmountTooLarge when a balance would be more than an amount can say: nobody could read that account any more.
    """
    if sum(amount for _, amount in entries):
        raise ValueError(f"the entries of {transfer.kind} {transfer.document_id} do not sum to zero")
    moving = [(accounts.ids[kind], amount) for kind, amount in entries if amount]
    transfer_id = transfer.transfer_id or uuid7()
    moved = await work.rows(
        _POST,
        transfer_id,
        accounts.network_id,
        accounts.relation_id,
        transfer.kind.value,
        transfer.document_id,
        transfer.memo,
        transfer.due_at,
        work.now,
        [uuid7() for _ in moving],
        list(range(1, len(moving) + 1)),
        [account_id for account_id, _ in moving],
        [amount for _, amount in moving],
    )
    for row in moved:
        if abs(row["balance_minor"]) > MOST_MINOR:
            raise AmountTooLarge(row["currency"])
    account_changed(work, accounts, "received" if transfer.kind is TransferKind.RECEIPT else "posted")
    return transfer_id


async def post_shipment(
    work: Work,
    accounts: Accounts,
    *,
    shipment_id: UUID,
    funding: Funding,
    gross_minor: int,
    tax_minor: int,
    due_at: datetime | None,
    memo: str = "",
) -> UUID:
    """Goods left: debit what the order draws on, credit revenue and output tax. After `post_hold` of the same gross.

    Only a debt falls due: `due_at` is kept for orders on credit.
    """
    transfer = Transfer(TransferKind.SHIPMENT, shipment_id, memo, due_at if funding is Funding.CREDIT else None)
    entries = (
        (HELD_ON[funding], gross_minor),
        (AccountKind.REVENUE, tax_minor - gross_minor),
        (AccountKind.OUTPUT_TAX, -tax_minor),
    )
    return await post(work, accounts, transfer, entries)
