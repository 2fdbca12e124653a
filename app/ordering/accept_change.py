"""The buyer accepts a proposed change: in one act the order becomes what was proposed, and is confirmed.

It becomes exactly that: what the seller's desk may do by hand was asked when it was proposed, and is not asked again.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

import orjson

from app.inventory.release import release
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.ledger.accounts import lock_accounts
from app.ledger.hold import open_hold, raise_hold, void_hold
from app.ledger.rules import Funding
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.act_refusals import ChangeImpossible
from app.ordering.amendment import AmendmentStatus, LineState, OrderState, state_of, taken_over
from app.ordering.call_off import CalledOff, cancellations
from app.ordering.confirm import allocate_all
from app.ordering.expire import expire_lapsed_beside, or_expire
from app.ordering.lapse_change import end_change
from app.ordering.lifecycle import ORDER, OrderAction
from app.ordering.open_order import OpenOrder, open_order
from app.ordering.problems import funding_problems
from app.ordering.record import record

_PROPOSED: Final = """
SELECT id, reason, before, after FROM order_amendment WHERE order_id = $1 AND status = 'proposed'
"""
# What `record` does not write: it never changes what was agreed. The trace says that the price was made by hand.
_AGREE: Final = """
WITH agreed AS (
    UPDATE sales_order SET ship_to_id = $2, ship_to_snapshot = $3::jsonb, requested_on = $4, freight_gross_minor = $5,
        freight_tax_minor = $6, freight_tax_rate_bp = $7
    WHERE id = $1
), lines AS (
    UPDATE sales_order_line l SET ordered = m.ordered, unit_price = m.unit_price,
        price_trace = CASE WHEN l.unit_price = m.unit_price THEN l.price_trace ELSE m.step || (
            SELECT coalesce(jsonb_agg(CASE s.one ->> 'outcome' WHEN 'chosen'
                THEN s.one || '{"outcome": "lower_precedence"}' ELSE s.one END ORDER BY s.place), '[]')
            FROM jsonb_array_elements(l.price_trace) WITH ORDINALITY AS s(one, place)) END
    FROM jsonb_to_recordset($8::jsonb) AS m(id uuid, ordered numeric, unit_price numeric, step jsonb)
    WHERE l.id = m.id AND l.order_id = $1
)
INSERT INTO sales_order_line_discount
    (id, order_id, order_line_id, grant_id, kind, reason, amount_minor, granted_by, created_at)
SELECT s.id, $1::uuid, s.line_id, s.grant_id, s.kind, $10, s.amount_minor, a.proposed_by, $11::timestamptz
FROM jsonb_to_recordset($9::jsonb) AS s(id uuid, line_id uuid, grant_id uuid, kind text, amount_minor bigint)
JOIN order_amendment a ON a.id = $12
"""


@or_expire
async def accept_change(
    viewer: Viewer, *, order_id: UUID, client_key: str, expected_version: int | None = None
) -> UUID:
    """change_proposed → confirmed. Stock and hold follow in the same act, the rest as `confirm_order`.

    Raises ChangeImpossible when a dearer order finds no money, ChangeLapsed, OrderExpired, MoveNotAllowed,
    ChangedMeanwhile; NotFound for a foreign order.
    """
    viewer.require(Permission.ORDER_PLACE)
    try:
        return await _accept(viewer, order_id, client_key, expected_version)
    except ChangeImpossible as refused:
        # What lapsed orders still hold of the money is given back by whoever needs it, as in placing
        if not refused.lacks_money or not await expire_lapsed_beside(order_id):
            raise
    return await _accept(viewer, order_id, client_key, expected_version)


@act
async def _accept(work: Work, viewer: Viewer, order_id: UUID, client_key: str, expected_version: int | None) -> UUID:
    said = {"order": order_id, "version": expected_version}
    earlier = await viewer.same_request(work, "acceptOrderChange", client_key, said, order_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.ACCEPT_CHANGE, work.now)
    order.expect(expected_version)
    document = await work.row(_PROPOSED, order.id)
    if document is None:
        raise LookupError(f"order {order.id} is {order.status} without a proposed change")
    before, after = state_of(orjson.loads(document["before"])), state_of(orjson.loads(document["after"]))
    held = order.totals.open_minor
    given_back, gone = _take_over(order, after)
    await _move_hold(work, order, held)
    await release(work, order_id=order.id, lines=given_back)
    await allocate_all(work, order, locked=bool(given_back))
    await _agree(work, order, document["id"], document["reason"], before, after)
    cancellations(work, order.id, gone, reason=document["reason"], by=viewer.membership_id)
    work.later(open_hold(order_id=order.id))
    end_change(work, order, AmendmentStatus.ACCEPTED, by=viewer.membership_id)
    order.confirmed_at, order.reservation_expires_at = work.now, None
    record(
        work,
        order,
        what="change_accepted",
        status=ORDER.after(order.status, "accept_change"),
        by=viewer.membership_id,
        details={"changeId": str(document["id"])},
    )
    return order.id


def _take_over(order: OpenOrder, after: OrderState) -> tuple[dict[UUID, Decimal], list[CalledOff]]:
    """The order's lines and freight as they were proposed; the base units that each line gives back, and what is
    cancelled of lines that were cancelled in part before."""
    states = {state.line_id: state for state in after.lines}
    given_back: dict[UUID, Decimal] = {}
    gone: list[CalledOff] = []
    for line in order.lines:
        state = states.get(line.id)
        if state is None:
            continue
        promised = line.base_units(line.open)
        less = state.cancelled - line.value.cancelled
        if less:
            gone.append(CalledOff(line.id, less, state.cancelled_minor - line.value.cancelled_minor))
        line.value, line.touched = taken_over(line.value, state), True
        needed = line.base_units(line.open)
        if line.stocked and needed < promised:
            given_back[line.id] = promised - needed
    order.freight = order.freight.agreed(after.freight_gross_minor, after.freight_tax_minor)
    return given_back, gone


async def _move_hold(work: Work, order: OpenOrder, held_minor: int) -> None:
    """The hold follows what is open. ChangeImpossible when more is needed and not there."""
    needed_minor = order.totals.open_minor
    if needed_minor == held_minor:
        return
    accounts = await lock_accounts(work, order.relation_id)
    if needed_minor < held_minor:
        await void_hold(work, accounts, order_id=order.id, amount_minor=held_minor - needed_minor)
        return
    on_credit = order.funding is Funding.CREDIT
    if on_credit and accounts.position.credit.overdue_block_days is not None:
        # Who waited for the lock has what is due of the moment before: it is read again while the lock is held
        accounts = await lock_accounts(work, order.relation_id)
    others = accounts.position.without(
        credit_minor=held_minor if on_credit else 0, prepaid_minor=0 if on_credit else held_minor
    )
    problems = funding_problems(order.funding, others, needed_minor, work.now)
    if problems:
        raise ChangeImpossible(problems)
    more_minor = needed_minor - held_minor
    await raise_hold(work, accounts, order_id=order.id, funding=order.funding, amount_minor=more_minor)


async def _agree(
    work: Work, order: OpenOrder, change_id: UUID, reason: str, before: OrderState, after: OrderState
) -> None:
    was = {state.line_id: state for state in before.lines}
    await work.run(
        _AGREE,
        order.id,
        after.ship_to_id,
        None if after.ship_to is None else orjson.dumps(after.ship_to).decode(),
        after.requested_on,
        after.freight_gross_minor,
        after.freight_tax_minor,
        after.freight_tax_rate_bp,
        orjson.dumps([_line(state, change_id, reason) for state in after.lines]).decode(),
        orjson.dumps(_shares(change_id, was, after), default=str).decode(),
        reason,
        work.now,
        change_id,
    )


def _line(state: LineState, change_id: UUID, reason: str) -> dict[str, object]:
    step = {
        "listId": str(change_id),
        "listCode": "manual",
        "listName": reason[:120],
        "scope": "relation",
        "outcome": "manual",
        "unit": state.unit,
        "unitPrice": f"{state.unit_price:f}",
    }
    return {
        "id": str(state.line_id),
        "ordered": f"{state.ordered:f}",
        "unit_price": f"{state.unit_price:f}",
        "step": [step],
    }


def _shares(change_id: UUID, was: Mapping[UUID, LineState], after: OrderState) -> list[dict[str, object]]:
    """Frozen shares: what of an earlier discount a smaller line gives back (below zero), and what is rounded off."""
    rounding, shares = uuid7(), []
    for state in after.lines:
        back = state.discount_minor - state.round_off_minor - was[state.line_id].discount_minor
        for kind, grant, amount in (("change", change_id, back), ("round_off", rounding, state.round_off_minor)):
            if amount:
                row = {"id": uuid7(), "line_id": state.line_id, "grant_id": grant, "kind": kind, "amount_minor": amount}
                shares.append(row)
    return shares
