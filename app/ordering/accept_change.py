"""The buyer accepts a proposed change: in one act the order becomes what was proposed, and is confirmed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

import orjson

from app.inventory.release import release
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.money import Money
from app.ledger.accounts import lock_accounts
from app.ledger.hold import open_hold, raise_hold, void_hold
from app.ledger.rules import Funding, credit_shortfall, prepayment_shortfall
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.amendment import AmendmentStatus, LineState, OrderState, state_of, taken_over
from app.ordering.confirm import allocate_all
from app.ordering.expire import or_expire
from app.ordering.lapse_change import end_change
from app.ordering.lifecycle import ORDER, OrderAction
from app.ordering.open_order import OpenOrder, open_order
from app.ordering.record import record
from app.ordering.refusals import CreditShort, OrderRefused, PrepaymentShort

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
    UPDATE sales_order_line l SET ordered = m.quantity, unit_price = m.unit_price,
        price_trace = CASE WHEN l.unit_price = m.unit_price THEN l.price_trace ELSE m.step || (
            SELECT coalesce(jsonb_agg(CASE s.one ->> 'outcome' WHEN 'chosen'
                THEN s.one || '{"outcome": "lower_precedence"}' ELSE s.one END ORDER BY s.place), '[]')
            FROM jsonb_array_elements(l.price_trace) WITH ORDINALITY AS s(one, place)) END
    FROM jsonb_to_recordset($8::jsonb) AS m(id uuid, quantity numeric, unit_price numeric, step jsonb)
    WHERE l.id = m.id AND l.order_id = $1
)
INSERT INTO sales_order_line_discount
    (id, order_id, order_line_id, grant_id, kind, reason, amount_minor, granted_by, created_at)
SELECT s.id, $1::uuid, s.line_id, s.grant_id, s.kind, $10, s.amount_minor, a.proposed_by, $11::timestamptz
FROM jsonb_to_recordset($9::jsonb) AS s(id uuid, line_id uuid, grant_id uuid, kind text, amount_minor bigint)
JOIN order_amendment a ON a.id = $12
"""


@or_expire
@act
async def accept_change(
    work: Work, viewer: Viewer, *, order_id: UUID, client_key: str, expected_version: int | None = None
) -> UUID:
    """change_proposed → confirmed. Stock and hold follow in the same act, the rest as `confirm_order`.

    Raises OrderRefused when a dearer order finds no money, ChangeLapsed, OrderExpired, MoveNotAllowed,
    ChangedMeanwhile; NotFound for a foreign order.
    """
    viewer.require(Permission.ORDER_PLACE)
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
    given_back = _take_over(order, after)
    await _move_hold(work, order, order.totals.open_minor - held)
    await release(work, order_id=order.id, lines=given_back)
    await allocate_all(work, order)
    await _agree(work, order, document["id"], document["reason"], before, after)
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


def _take_over(order: OpenOrder, after: OrderState) -> dict[UUID, Decimal]:
    """The order's lines and freight as they were proposed; the base units that each line gives back."""
    states = {state.line_id: state for state in after.lines}
    given_back: dict[UUID, Decimal] = {}
    for line in order.lines:
        state = states.get(line.id)
        if state is None:
            continue
        promised = line.base_units(line.open)
        line.value, line.touched = taken_over(line.value, state), True
        needed = line.base_units(line.open)
        if line.stocked and needed < promised:
            given_back[line.id] = promised - needed
    order.freight = order.freight.agreed(after.freight_gross_minor, after.freight_tax_minor)
    return given_back


async def _move_hold(work: Work, order: OpenOrder, by_minor: int) -> None:
    """The hold follows what is open. OrderRefused when more is needed and not there."""
    if not by_minor:
        return
    accounts = await lock_accounts(work, order.relation_id)
    if by_minor < 0:
        await void_hold(work, accounts, order_id=order.id, amount_minor=-by_minor)
        return

    def money(minor: int) -> Money:
        return Money(minor, order.currency)

    position = accounts.position
    if order.funding is Funding.PREPAYMENT:
        short = prepayment_shortfall(position, by_minor)
        if short is not None:
            asked, available, lacking = map(money, (short.asked_minor, short.available_minor, short.short_by_minor))
            raise OrderRefused([PrepaymentShort(lines=[], asked=asked, available=available, short_by=lacking)])
    else:
        short = credit_shortfall(position, by_minor, work.now)
        if short is not None:
            asked, available, lacking = map(money, (short.asked_minor, short.available_minor, short.short_by_minor))
            limit = money(position.credit.limit_at(work.now) or 0)
            parts = list(position.parts)
            raise OrderRefused(
                [CreditShort(lines=[], asked=asked, available=available, short_by=lacking, limit=limit, parts=parts)]
            )
    await raise_hold(work, accounts, order_id=order.id, funding=order.funding, amount_minor=by_minor)


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
        "quantity": f"{state.quantity:f}",
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
