"""Steps: money promised to an order, and what becomes of the promise. A hold is a row, not an entry.

`hold` and `open_hold` are parts of a statement, the others take one round trip. All of them work under the locks of
`lock_accounts`, but `open_hold`: the order is locked, and so nobody else moves its hold.
"""

from uuid import UUID

from app.kernel.act import Work
from app.kernel.change import Change
from app.kernel.ids import uuid7
from app.kernel.money import MOST_MINOR, AmountTooLarge
from app.ledger.accounts import Accounts
from app.ledger.events import AccountChanged
from app.ledger.rules import HELD_ON, Funding

_HOLD = """
raised AS (
    UPDATE ledger_account SET held_minor = held_minor + $5 WHERE id = $3
), held AS (
    INSERT INTO ledger_hold (id, network_id, account_id, order_id, stage, amount_minor, remaining_minor, created_at)
    VALUES ($1, $2, $3, $4, 'pending', $5, $5, $6)
)"""

_OPEN = "opened AS (UPDATE ledger_hold SET stage = 'open' WHERE order_id = $1 RETURNING id)"

_POST = """
WITH hold AS (
    UPDATE ledger_hold SET remaining_minor = remaining_minor - $2, posted_minor = posted_minor + $2
    WHERE order_id = $1 RETURNING account_id
)
UPDATE ledger_account a SET held_minor = a.held_minor - $2 FROM hold h WHERE a.id = h.account_id RETURNING a.id
"""

_RAISE = """
WITH hold AS (
    UPDATE ledger_hold SET amount_minor = amount_minor + $2, remaining_minor = remaining_minor + $2
    WHERE order_id = $1 RETURNING account_id
)
UPDATE ledger_account a SET held_minor = a.held_minor + $2 FROM hold h WHERE a.id = h.account_id RETURNING a.id
"""

_VOID = """
WITH standing AS (
    SELECT h.id, h.account_id, coalesce($2::bigint, h.remaining_minor) AS amount_minor
    FROM ledger_hold h WHERE h.order_id = $1 FOR NO KEY UPDATE
), hold AS (
    UPDATE ledger_hold h
    SET remaining_minor = h.remaining_minor - s.amount_minor, voided_minor = h.voided_minor + s.amount_minor
    FROM standing s WHERE h.id = s.id RETURNING s.account_id, s.amount_minor
)
UPDATE ledger_account a SET held_minor = a.held_minor - h.amount_minor
FROM hold h WHERE a.id = h.account_id RETURNING h.amount_minor
"""


def hold(work: Work, accounts: Accounts, *, order_id: UUID, funding: Funding, amount_minor: int) -> Change:
    """Promise the order's gross value on credit or prepayment. Whether it is there the caller has judged before, from
    `accounts.position`; prepaid money that is not there breaks a CHECK. AmountTooLarge when the exposure would be more
    than an amount can say: nobody could read that account any more."""
    if funding is Funding.CREDIT and accounts.position.exposure_minor + amount_minor > MOST_MINOR:
        raise AmountTooLarge(accounts.position.currency)
    account_id = accounts.ids[HELD_ON[funding]]
    account_changed(work, accounts, "held")
    return Change(_HOLD, (uuid7(), accounts.network_id, account_id, order_id, amount_minor, work.now))


def open_hold(*, order_id: UUID) -> Change:
    """The order was confirmed: its value is open now, no longer pending. No entry, and no account is touched."""
    return Change(_OPEN, (order_id,), must_write=("opened", 1), otherwise=f"order {order_id} has no hold")


async def raise_hold(work: Work, accounts: Accounts, *, order_id: UUID, funding: Funding, amount_minor: int) -> None:
    """The order became dearer: so much more is promised. Judged and refused as in `hold`."""
    if funding is Funding.CREDIT and accounts.position.exposure_minor + amount_minor > MOST_MINOR:
        raise AmountTooLarge(accounts.position.currency)
    _must_exist(await work.row(_RAISE, order_id, amount_minor), order_id)
    account_changed(work, accounts, "held")


async def post_hold(work: Work, accounts: Accounts, *, order_id: UUID, amount_minor: int) -> None:
    """A part of the order ships: that part of the promise ends. Before `post`, so that prepaid money is free to go.

    More than what remains breaks a CHECK."""
    _must_exist(await work.row(_POST, order_id, amount_minor), order_id)
    account_changed(work, accounts, "posted")


async def void_hold(work: Work, accounts: Accounts, *, order_id: UUID, amount_minor: int | None) -> int:
    """A part of the order will not be (None: all that remains): the promise is given back. Returns how much."""
    row = await work.row(_VOID, order_id, amount_minor)
    _must_exist(row, order_id)
    assert row is not None
    account_changed(work, accounts, "released")
    voided: int = row["amount_minor"]
    return voided


def account_changed(work: Work, accounts: Accounts, what: str) -> None:
    """Tell both parties, once per act and relation."""
    known = (fact.subject_id for fact in work.facts if isinstance(fact, AccountChanged))
    if accounts.relation_id not in known:
        work.tell(
            AccountChanged(
                network_id=accounts.network_id,
                subject_id=accounts.relation_id,
                version=0,
                what=what,
                audience=(accounts.seller_id, accounts.buyer_id),
            )
        )


def _must_exist(row: object | None, order_id: UUID) -> None:
    if row is None:
        raise LookupError(f"order {order_id} has no hold")
