"""Before confirming, the seller proposes a change (订单变更): the order waits until its buyer accepts or refuses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from app.kernel.act import Work, act
from app.kernel.change import Change
from app.kernel.ids import uuid7
from app.kernel.money import Money, UnitPrice
from app.kernel.quantity import parse_quantity, require_a_part
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.tax import DiscountTooLarge as TooLarge
from app.kernel.tax import TaxMode
from app.kernel.text import text
from app.kernel.wording import BELOW_ZERO, ZERO_OR_MORE, Said
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.act_refusals import ChangeImpossible, ChangeMakesDearer, DiscountTooLarge, PriceAfterCancellation
from app.ordering.amendment import (
    MOST_CHANGES,
    LineChange,
    OrderState,
    Standing,
    amended_freight,
    changed_lines,
    is_dearer,
    round_off,
    sums,
)
from app.ordering.asked import AskedOrder, DeliveryMethod
from app.ordering.desk_limits import DeskLimits, limits_of
from app.ordering.expire import or_expire
from app.ordering.freight import rule_for
from app.ordering.lifecycle import ORDER, OrderAction
from app.ordering.open_order import OpenOrder, open_order
from app.ordering.problems import ship_to_refused
from app.ordering.read_terms import read_terms
from app.ordering.record import LONGEST_REASON, record
from app.ordering.refusals import ShipToNotAllowed
from app.ordering.terms import Terms

TIME_TO_ANSWER: Final = timedelta(hours=48)

_FROZEN: Final = """
SELECT o.ship_to_id, o.ship_to_snapshot, o.requested_on, o.freight_tax_rate_bp, o.delivery_method,
    (SELECT count(*) FROM order_amendment a WHERE a.order_id = o.id) AS changes,
    (SELECT jsonb_object_agg(l.id, l.unit_price::text) FROM sales_order_line l WHERE l.order_id = o.id) AS prices
FROM sales_order o WHERE o.id = $1
"""
_PROPOSE: Final = """
proposed AS (
    INSERT INTO order_amendment (id, network_id, order_id, status, reason, before, after, round_off_minor, dearer,
        version, proposed_by, proposed_at, expires_at)
    VALUES ($1, $2, $3, 'proposed', $4, $5::jsonb, $6::jsonb, $7, $8, $9, $10, $11, $12)
)"""


@dataclass(frozen=True, slots=True)
class AskedChange:
    """What is to change; None leaves it as it is.

    `freight` and `round_off` are in the order's currency and its prices' own tax mode. `dearer`: it may raise the
    total, the freight or a unit price. `until` None: two days, at most as long as the order itself stands.
    """

    lines: Sequence[LineChange] = ()
    freight: Decimal | None = None
    ship_to_id: UUID | None = None
    requested_on: date | None = None
    round_off: Decimal | None = None
    dearer: bool = False
    until: datetime | None = None

    def said(self) -> dict[str, Any]:
        """For the fingerprint of the client key."""
        return {
            "lines": [[one.line_id, one.quantity, one.unit_price] for one in self.lines],
            "freight": self.freight,
            "shipTo": self.ship_to_id,
            "requestedOn": self.requested_on,
            "roundOff": self.round_off,
            "dearer": self.dearer,
            "until": self.until,
        }


@or_expire
@act
async def propose_change(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    change: AskedChange,
    reason: str,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """submitted → change_proposed. Nothing of the order moves before its buyer accepts; it cannot be confirmed
    meanwhile.

    Raises PriceBeyondLimit, PriceAfterCancellation, DiscountBeyondLimit, DiscountTooLarge, ChangeMakesDearer,
    ChangeImpossible (the address), OrderExpired, MoveNotAllowed, ChangedMeanwhile; NotFound for a foreign order or
    line; BadRequest for what is no change.
    """
    viewer.require(Permission.ORDER_DECIDE)
    reason = text("reason", reason, LONGEST_REASON)
    said = {"order": order_id, "change": change.said(), "reason": reason, "version": expected_version}
    earlier = await viewer.same_request(work, "proposeOrderChange", client_key, said, order_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.PROPOSE_CHANGE, work.now)
    order.expect(expected_version)
    until = _deadline(order, change.until, work.now)
    frozen = await work.row(_FROZEN, order.id)
    assert frozen is not None
    if frozen["changes"] >= MOST_CHANGES:
        most = Said(f"an order with fewer than {MOST_CHANGES} changes", f"变更次数少于 {MOST_CHANGES} 次的订单")
        raise BadRequest("orderId", order.number, most)
    limits = await limits_of(work, viewer, order.network_id)
    terms = await _terms(work, order, change)
    before, after, off = _judge(order, frozen, change, terms, limits)
    amendment_id = uuid7()
    document = (
        amendment_id,
        order.network_id,
        order.id,
        reason,
        orjson.dumps(before.said(), default=str).decode(),
        orjson.dumps(after.said(), default=str).decode(),
        off,
        is_dearer(before, after),
        order.version + 1,
        viewer.membership_id,
        work.now,
        until,
    )
    work.later(Change(_PROPOSE, document))
    order.change_expires_at = until
    record(
        work,
        order,
        what="change_proposed",
        status=ORDER.after(order.status, "propose_change"),
        by=viewer.membership_id,
        reason=reason,
        details={"changeId": str(amendment_id), "expiresAt": until.isoformat()},
    )
    return order.id


def _deadline(order: OpenOrder, until: datetime | None, now: datetime) -> datetime:
    """When the proposal lapses: never after the order itself."""
    last = order.reservation_expires_at
    if until is None:
        until = now + TIME_TO_ANSWER
        return until if last is None else min(until, last)
    if until <= now or (last is not None and until > last):
        end = "" if last is None else f" and not after {last:%Y-%m-%d %H:%M} UTC, when the order lapses"
        zh = "" if last is None else f"，且不晚于订单失效时间 {last:%Y-%m-%d %H:%M} UTC"
        raise BadRequest("until", until, Said(f"a moment to come{end}", f"将来的时间{zh}"))
    return until


async def _terms(work: Work, order: OpenOrder, change: AskedChange) -> Terms:
    """The relation with the address that was asked for. ChangeImpossible for one that the order may not go to."""
    asked = AskedOrder(
        order.seller_id, network_id=order.network_id, ship_to_id=change.ship_to_id, requested_on=change.requested_on
    )
    terms = (await read_terms(work.rows, order.buyer_id, asked, work.now)).terms
    terms.check_day(asked, work.now)
    refused = None if change.ship_to_id is None else ship_to_refused(asked, terms)
    if refused is not None:
        raise ChangeImpossible([ShipToNotAllowed(lines=[], reason=refused)])
    return terms


def _judge(
    order: OpenOrder, frozen: asyncpg.Record, change: AskedChange, terms: Terms, limits: DeskLimits
) -> tuple[OrderState, OrderState, int]:
    """Before, after, and by how much the total is rounded off."""
    standing = _standing(order, frozen)
    lines = changed_lines(
        standing, _checked(order, change, standing, limits), currency=order.currency, mode=order.tax_mode
    )
    method = DeliveryMethod(frozen["delivery_method"])
    if change.ship_to_id is not None and method is DeliveryMethod.PICKUP:
        raise BadRequest("shipToId", change.ship_to_id, Said("null: the goods are fetched", "空：该订单为自提"))
    rate_bp = _freight_rate(order, frozen, change, terms, method)
    freight = amended_freight(order.freight, _minor(change.freight, order.currency, "freight"), rate_bp, order.tax_mode)
    if freight.gross_minor < freight.cancelled_minor:
        least = Money(freight.cancelled_minor, order.currency)
        raise BadRequest("freight", change.freight, Said(f"at least {least}", f"不少于 {least}"))
    off = _minor(change.round_off, order.currency, "roundOff") or 0
    lines, shares = _rounded(lines, off, order)
    limits.check_discount(Money(sum(line.value.discount_minor for line in lines), order.currency)) if off else None
    if not any(line.value.open for line in lines):
        raise BadRequest("lines", 0, Said("at least one line that keeps a quantity", "至少保留一行有数量的商品"))
    touched = [
        (was, now, share)
        for was, now, share in zip(standing, lines, shares, strict=True)
        if was is not now and was != now
    ]
    day = frozen["requested_on"]
    snapshot = None if frozen["ship_to_snapshot"] is None else orjson.loads(frozen["ship_to_snapshot"])
    before = OrderState(
        ship_to_id=frozen["ship_to_id"],
        ship_to=snapshot,
        requested_on=day,
        freight_tax_rate_bp=frozen["freight_tax_rate_bp"],
        lines=tuple(was.state() for was, _, _ in touched),
        **sums(standing, order.freight),
    )
    moved = terms.ship_to if change.ship_to_id is not None else None
    after = OrderState(
        ship_to_id=before.ship_to_id if moved is None else moved.id,
        ship_to=before.ship_to if moved is None else moved.snapshot(),
        requested_on=change.requested_on or day,
        freight_tax_rate_bp=rate_bp,
        lines=tuple(now.state(share) for _, now, share in touched),
        **sums(lines, freight),
    )
    if before == after:
        raise BadRequest("change", 0, Said("at least one change", "至少一项变更"))
    if is_dearer(before, after) and not change.dearer:
        raise ChangeMakesDearer(Money(before.due_minor, order.currency), Money(after.due_minor, order.currency))
    return before, after, off


def _standing(order: OpenOrder, frozen: asyncpg.Record) -> list[Standing]:
    prices = orjson.loads(frozen["prices"])
    return [
        Standing(line.id, line.sku_code, line.unit, Decimal(prices[str(line.id)]), line.value) for line in order.lines
    ]


def _checked(
    order: OpenOrder, change: AskedChange, standing: Sequence[Standing], limits: DeskLimits
) -> dict[UUID, LineChange]:
    """What is asked of each line, as exact as its column. Quantities never go up, and a line of which a part was
    cancelled keeps its price: that part left at it."""
    by_id = {line.line_id: line for line in standing}
    included = order.tax_mode is TaxMode.INCLUDED
    asked: dict[UUID, LineChange] = {}
    for position, one in enumerate(change.lines):
        line, field = by_id.get(one.line_id), f"lines[{position}]"
        if line is None:
            raise NotFound("order line", one.line_id)
        if one.line_id in asked:
            raise BadRequest("lines", str(one.line_id), Said("every line once", "每行只出现一次"))
        quantity, price = one.quantity, one.unit_price
        if quantity is not None:
            quantity = parse_quantity(quantity, f"{field}.quantity")
            most = line.value.open
            if quantity > most:
                parts = Said(f"0 to {most.normalize():f}, never more", f" 0 至 {most.normalize():f}（只减不增）")
                raise BadRequest(f"{field}.quantity", quantity, parts)
            require_a_part(quantity, of=most, unit=line.unit, field=f"{field}.quantity")
        if price is not None:
            unit_price = UnitPrice.parse(
                price, order.currency, line.unit, tax_included=included, field=f"{field}.unitPrice"
            )
            if line.value.cancelled and unit_price.amount != line.unit_price:
                raise PriceAfterCancellation(line.sku_code, line.unit, line.value.cancelled)
            limits.check_price(
                line.sku_code, UnitPrice(line.unit_price, order.currency, line.unit, included), unit_price
            )
            price = unit_price.amount
        asked[one.line_id] = LineChange(one.line_id, quantity, price)
    return asked


def _freight_rate(
    order: OpenOrder, frozen: asyncpg.Record, change: AskedChange, terms: Terms, method: DeliveryMethod
) -> int:
    """The tax rate of the freight: the frozen one, or that of the seller's rule where none was charged before."""
    rate: int = frozen["freight_tax_rate_bp"]
    if not change.freight:
        return rate
    if method is not DeliveryMethod.DELIVERY:
        raise BadRequest("freight", change.freight, Said("0: the seller does not deliver", " 0（非送货订单不收运费）"))
    if order.freight.gross_minor or rate:
        return rate
    path = terms.region_path if terms.ship_to is None else terms.ship_to.region_path or terms.region_path
    rule = rule_for(terms.freight_rules, path)
    if rule is None:
        raise BadRequest(
            "freight",
            change.freight,
            Said("0, or a freight rule with its tax class first", " 0，或先设置运费规则及其税率类别"),
        )
    return rule.tax_rate_bp


def _rounded(lines: list[Standing], off: int, order: OpenOrder) -> tuple[list[Standing], list[int]]:
    try:
        return round_off(lines, off, order.tax_mode)
    except TooLarge as refused:
        most = Money(refused.most_minor, order.currency)
        raise DiscountTooLarge(Money(off, order.currency), most) from None


def _minor(amount: Decimal | None, currency: str, field: str) -> int | None:
    if amount is None:
        return None
    minor = Money.parse(amount, currency, field).minor
    if minor < 0:
        raise BadRequest(field, BELOW_ZERO, ZERO_OR_MORE)
    return minor
