"""What an order would become by a change, and everything that would refuse it, pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app.kernel.money import Money, UnitPrice
from app.kernel.quantity import parse_quantity, require_a_part
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.tax import DiscountTooLarge as TooLarge
from app.kernel.tax import TaxMode
from app.kernel.wording import BELOW_ZERO, ZERO_OR_MORE, Said
from app.ordering.act_refusals import ChangeMakesDearer, DiscountTooLarge, PriceAfterCancellation
from app.ordering.amendment import (
    LineChange,
    OrderState,
    Standing,
    amended_freight,
    changed_lines,
    is_dearer,
    round_off,
    sums,
)
from app.ordering.asked import DeliveryMethod
from app.ordering.asked_change import AskedChange
from app.ordering.desk_limits import DeskLimits
from app.ordering.freight import rule_for
from app.ordering.open_order import OpenOrder
from app.ordering.terms import Terms


def judge_change(
    order: OpenOrder, frozen: Mapping[str, Any], change: AskedChange, terms: Terms, limits: DeskLimits
) -> tuple[OrderState, OrderState, int]:
    """Before, after, and by how much the total is rounded off. `frozen`: what `open_order` does not read of the order.

    Raises PriceBeyondLimit, PriceAfterCancellation, DiscountBeyondLimit, DiscountTooLarge, ChangeMakesDearer; NotFound
    for a line of another order; BadRequest for what is no change.
    """
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


def _standing(order: OpenOrder, frozen: Mapping[str, Any]) -> list[Standing]:
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
    order: OpenOrder, frozen: Mapping[str, Any], change: AskedChange, terms: Terms, method: DeliveryMethod
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
