"""What those orders left behind: timelines, shipments that were signed for, stock that left, debts that were paid.

As the acts of the mall would have written it, so that the audit finds nothing. What was told of them is too long ago to
be kept.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import orjson

from app.kernel.ids import uuid7
from app.ledger.rules import AccountKind
from bench.data.goods import SINCE
from bench.data.history import GROSS, LINES, QUANTITY, TAX, VERSIONS, Placed
from bench.data.sizes import Size
from bench.data.trade import CURRENCY, MUCH, WAREHOUSES, Row, Trade

ORDER_GROSS = LINES * GROSS
ORDER_TAX = LINES * TAX
SHIPPED_AFTER = timedelta(hours=1)
DUE_AFTER = timedelta(days=30)
TOLD = VERSIONS + 2
"""Facts of one order: its versions, and its shipment's."""
DEBIT_AND_CREDIT = (
    (AccountKind.RECEIVABLE, ORDER_GROSS),
    (AccountKind.REVENUE, ORDER_TAX - ORDER_GROSS),
    (AccountKind.OUTPUT_TAX, -ORDER_TAX),
)
COLUMNS = {
    "ledger_account": ("id", "network_id", "relation_id", "kind", "currency", "balance_minor"),
    "sales_order_event": ("id", "order_id", "version", "what", "by", "details", "at"),
    "shipment": (
        *("id", "network_id", "seller_id", "order_id", "number", "status", "amount_minor", "version", "shipped_at"),
        "delivered_at",
    ),
    "shipment_line": ("id", "shipment_id", "order_line_id", "quantity", "delivered"),
    "shipment_package": ("id", "shipment_id", "position"),
    "stock_move": ("id", "network_id", "warehouse_id", "sku_id", "quantity", "reason", "document_id", "seq", "at"),
    "ledger_hold": (
        *("id", "network_id", "account_id", "order_id", "stage", "amount_minor", "remaining_minor", "posted_minor"),
        "created_at",
    ),
    "ledger_transfer": ("id", "network_id", "relation_id", "kind", "document_id", "memo", "due_at", "posted_at"),
    "ledger_entry": ("id", "transfer_id", "seq", "account_id", "amount_minor"),
}
WITHOUT_TRIGGERS = frozenset({"ledger_entry"})
"""Its triggers sum every transfer again and work out what everybody owes: nothing, all is paid."""


def rows_of(size: Size) -> int:
    """How many rows all that is."""
    of_an_order = VERSIONS + 2 + 2 * LINES + 2 + len(DEBIT_AND_CREDIT)
    of_a_dealer = len(AccountKind) + 3
    return size.dealers * (size.orders_per_dealer * of_an_order + of_a_dealer) + size.skus * WAREHOUSES


def aftermath(
    made: Trade, placed: Sequence[Placed], skus: Sequence[UUID]
) -> list[tuple[str, Sequence[str], Iterable[Row]]]:
    """Rows by table, in the order in which they can be copied. Everybody ordered as often."""
    shipments = [uuid7() for _ in placed]
    transfers = [uuid7() for _ in placed]
    receipts = [uuid7() for _ in made.dealers]
    both = list(zip(placed, shipments, strict=True))
    paid_minor = len(placed) // len(made.dealers) * ORDER_GROSS
    rows: dict[str, Iterable[Row]] = {
        "ledger_account": _accounts(made, paid_minor),
        "sales_order_event": (row for one, shipment in both for row in _timeline(made, one, shipment)),
        "shipment": (_shipment(made, one, shipment) for one, shipment in both),
        "shipment_line": (
            (uuid7(), shipment, line, QUANTITY, QUANTITY) for one, shipment in both for line, _ in one.lines
        ),
        "shipment_package": ((uuid7(), shipment, 0) for shipment in shipments),
        "stock_move": _moves(made, both, skus),
        "ledger_hold": (_hold(made, one) for one in placed),
        "ledger_transfer": _transfers(made, both, transfers, receipts),
        "ledger_entry": _entries(made, placed, transfers, receipts, paid_minor),
    }
    return [(table, columns, rows[table]) for table, columns in COLUMNS.items()]


async def tell_and_forget(connection: asyncpg.Connection, orders: int) -> None:
    """The event log after all of it was told, read by everybody whose business it is, and pruned."""
    await connection.execute("UPDATE publisher SET last_no = $1::bigint, oldest_no = $1::bigint + 1", orders * TOLD)
    await connection.execute("UPDATE event_reader SET last_no = $1", orders * TOLD)


def _accounts(made: Trade, paid_minor: int) -> Iterator[Row]:
    """Everything is paid: nobody owes anything."""
    earned = {kind: amount * paid_minor // ORDER_GROSS for kind, amount in DEBIT_AND_CREDIT}
    balances = {**earned, AccountKind.RECEIVABLE: 0, AccountKind.CLEARING: paid_minor}
    for dealer in made.dealers:
        for kind, account in dealer.accounts.items():
            yield account, made.network, dealer.relation, kind.value, CURRENCY, balances.get(kind, 0)


def _timeline(made: Trade, one: Placed, shipment: UUID) -> Iterator[Row]:
    buyer, seller = one.dealer.membership, made.owner
    shipped = orjson.dumps({"shipmentId": str(shipment), "shipment": f"{one.number}-1"}).decode()
    arrived = orjson.dumps({"shipmentId": str(shipment)}).decode()
    yield uuid7(), one.id, 1, "placed", buyer, "{}", one.placed_at
    yield uuid7(), one.id, 2, "confirmed", seller, "{}", one.placed_at
    yield uuid7(), one.id, 3, "shipped", seller, shipped, _shipped_at(one)
    yield uuid7(), one.id, 4, "delivered", buyer, arrived, one.closed_at


def _shipped_at(one: Placed) -> datetime:
    return one.placed_at + SHIPPED_AFTER


def _shipment(made: Trade, one: Placed, shipment: UUID) -> Row:
    return (
        *(shipment, made.network, made.brand, one.id, f"{one.number}-1", "delivered", ORDER_GROSS, 2),
        *(_shipped_at(one), one.closed_at),
    )


def _moves(made: Trade, both: Sequence[tuple[Placed, UUID]], skus: Sequence[UUID]) -> Iterator[Row]:
    """All of it came in once, and what was ordered left the first warehouse; `MUCH` is left of everything."""
    first, receipt = made.warehouses[0], uuid7()
    left = Counter(sku[0] for one, _ in both for _, sku in one.lines)
    for sku_id in skus:
        for warehouse in made.warehouses:
            came = MUCH + (left[sku_id] * QUANTITY if warehouse == first else 0)
            yield uuid7(), made.network, warehouse, sku_id, came, "receipt", receipt, 0, SINCE
    for one, shipment in both:
        for seq, (_, sku) in enumerate(one.lines, 1):
            yield (
                *(uuid7(), made.network, first, sku[0], -QUANTITY, "shipment", shipment, seq),
                _shipped_at(one),
            )


def _hold(made: Trade, one: Placed) -> Row:
    account = one.dealer.accounts[AccountKind.RECEIVABLE]
    return uuid7(), made.network, account, one.id, "open", ORDER_GROSS, 0, ORDER_GROSS, one.placed_at


def _transfers(
    made: Trade, both: Sequence[tuple[Placed, UUID]], transfers: Sequence[UUID], receipts: Sequence[UUID]
) -> Iterator[Row]:
    """A debt for each shipment, and one payment of each dealer for all of them."""
    for (one, shipment), transfer in zip(both, transfers, strict=True):
        at = _shipped_at(one)
        yield (
            *(transfer, made.network, one.dealer.relation, "shipment", shipment, f"{one.number}-1"),
            *(at + DUE_AFTER, at),
        )
    paid_at = max(_shipped_at(one) for one, _ in both) + DUE_AFTER
    for dealer, receipt in zip(made.dealers, receipts, strict=True):
        yield receipt, made.network, dealer.relation, "receipt", receipt, "transfer: all of it", None, paid_at


def _entries(
    made: Trade, placed: Sequence[Placed], transfers: Sequence[UUID], receipts: Sequence[UUID], paid_minor: int
) -> Iterator[Row]:
    for one, transfer in zip(placed, transfers, strict=True):
        for seq, (kind, amount) in enumerate(DEBIT_AND_CREDIT, 1):
            yield uuid7(), transfer, seq, one.dealer.accounts[kind], amount
    for dealer, receipt in zip(made.dealers, receipts, strict=True):
        yield uuid7(), receipt, 1, dealer.accounts[AccountKind.CLEARING], paid_minor
        yield uuid7(), receipt, 2, dealer.accounts[AccountKind.RECEIVABLE], -paid_minor
