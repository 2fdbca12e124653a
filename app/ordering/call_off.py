"""A step: quantities of an order will not be. Their stock, their part of the hold and of the freight are given back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from app.inventory.release import release
from app.kernel.act import Work
from app.kernel.change import Change
from app.kernel.ids import uuid7
from app.ledger.accounts import lock_accounts
from app.ledger.hold import void_hold
from app.ordering.open_order import OpenOrder

_CANCELLATIONS = """
cancelled AS (
    INSERT INTO cancellation (id, order_id, order_line_id, quantity, amount_minor, reason, by, at)
    SELECT c.id, $1::uuid, c.line_id, c.quantity, c.amount_minor, $6, $7::uuid, $8::timestamptz
    FROM unnest($2::uuid[], $3::uuid[], $4::numeric[], $5::bigint[]) AS c(id, line_id, quantity, amount_minor)
)"""


class CalledOff(NamedTuple):
    """So much of a line will not be; `amount_minor` is the gross value that it takes along."""

    line_id: UUID
    quantity: Decimal
    amount_minor: int


def cancellations(work: Work, order_id: UUID, parts: Sequence[CalledOff], *, reason: str, by: UUID | None) -> None:
    """Put cancelled quantities on record, in the act's last statement."""
    if not parts:
        return
    lines, quantities, amounts = ([part[n] for part in parts] for n in range(3))
    ids = [uuid7() for _ in parts]
    work.later(Change(_CANCELLATIONS, (order_id, ids, lines, quantities, amounts, reason, by, work.now)))


async def call_off(
    work: Work, order: OpenOrder, quantities: Mapping[UUID, Decimal], *, reason: str, by: UUID | None
) -> int:
    """Cancel these open quantities per line: four round trips, whatever their number. Returns the gross given back.

    The order is open (locked); the caller decided that this may be, and records what becomes of the order.
    """
    if not quantities:
        return 0
    parts: list[CalledOff] = []
    stock: dict[UUID, Decimal] = {}
    for line in order.lines:
        quantity = quantities.get(line.id)
        if quantity is None:
            continue
        if line.stocked:
            stock[line.id] = line.base_units(quantity)
        line.value, share = line.value.cancel(quantity)
        line.allocated = min(line.allocated, line.open)
        line.touched = True
        parts.append(CalledOff(line.id, quantity, share.gross))
    order.freight, freight_back = order.freight.cancel(order.values)
    amount = sum(part.amount_minor for part in parts) + freight_back
    accounts = await lock_accounts(work, order.relation_id)
    await void_hold(work, accounts, order_id=order.id, amount_minor=amount)
    await release(work, order_id=order.id, lines=stock)
    cancellations(work, order.id, parts, reason=reason, by=by)
    return amount
