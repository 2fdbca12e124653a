"""Everything that would refuse an order, pure: each function names the problems of one kind, all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Final
from uuid import UUID

from app.kernel.money import Money
from app.kernel.quantity import DECIMALS
from app.kernel.units import is_counted
from app.kernel.wording import Said
from app.ledger.rules import Funding, Position, credit_shortfall, prepayment_shortfall
from app.ordering.asked import AskedOrder, DeliveryMethod
from app.ordering.lines import Offer, PricedLine, by_sku, positions, total_of
from app.ordering.refusals import (
    BelowOrderMinimum,
    CreditBlocked,
    CreditShort,
    NoPrice,
    NotOffered,
    NotTrading,
    OrderProblem,
    PickupIncomplete,
    PrepaymentShort,
    PriceChanged,
    QuantityNotAllowed,
    RelationNotActive,
    ShipToNotAllowed,
    ShipToReason,
    StockShort,
    UnitNotOffered,
    article,
)
from app.ordering.terms import Terms
from app.pricing.rules import PriceState

_DOWN: Final = Context(prec=60, rounding=ROUND_FLOOR)
_STEP: Final = Decimal(1).scaleb(-DECIMALS)
_WHOLE: Final = Decimal(1)


def _called(offer: Offer) -> Said:
    return article(offer.sku_code, offer.name_zh, offer.name_en)


def line_problems(lines: Sequence[PricedLine]) -> list[OrderProblem]:
    """What is not offered, not in this unit, not in this quantity, or has no price."""
    problems: list[OrderProblem] = []
    for sku_id, together in by_sku(lines).items():
        offer = together[0].offer
        if offer is None:
            problems.append(NotOffered(lines=positions(together), sku_id=sku_id))
            continue
        for unit in dict.fromkeys(line.unit for line in together if line.measure is None):
            wrong = [line for line in together if line.unit == unit]
            problems.append(
                UnitNotOffered(
                    lines=positions(wrong),
                    sku_id=sku_id,
                    sku=_called(offer),
                    unit=unit,
                    units=sorted(offer.units, key=lambda name: (offer.units[name].factor, name)),
                )
            )
        known = [line for line in together if line.known]
        if known:
            problems.extend(_quantity_problem(known))
            problems.extend(_price_missing(known))
    return problems


def _quantity_problem(known: Sequence[PricedLine]) -> Iterable[OrderProblem]:
    """The rule counts in the listing's unit; where lines come in other units it is applied in base units."""
    offer = known[0].offer
    assert offer is not None
    unit, rule = offer.unit, offer.rule
    if all(line.unit == unit for line in known):
        asked = total_of(line.asked.quantity for line in known)
    else:
        rule = rule.in_base_units(offer.units[unit].factor)
        unit, asked = offer.base_unit, total_of(line.base_quantity for line in known)
    breach = rule.in_unit(unit).check(asked)
    if breach is not None:
        yield QuantityNotAllowed(
            lines=positions(known),
            sku_id=offer.sku_id,
            sku=_called(offer),
            unit=unit,
            asked=breach.asked,
            minimum=breach.minimum,
            multiple=breach.multiple,
            maximum=breach.maximum,
            lower=breach.lower,
            upper=breach.upper,
        )


def _price_missing(known: Sequence[PricedLine]) -> Iterable[OrderProblem]:
    for state in (PriceState.NO_PRICE, PriceState.ON_REQUEST):
        without = [line for line in known if line.price is not None and line.price.state is state]
        if without and without[0].offer is not None:
            offer = without[0].offer
            yield NoPrice(
                lines=positions(without),
                sku_id=offer.sku_id,
                sku=_called(offer),
                on_request=state is PriceState.ON_REQUEST,
            )


def price_problems(
    lines: Sequence[PricedLine], total: Money, expected_total: Money | None, *, accepted: bool
) -> list[OrderProblem]:
    """Prices that are not those the buyer saw: line by line where the line says what it saw, else by the total."""
    if accepted:
        return []
    changed: dict[tuple[UUID, str, Decimal], list[PricedLine]] = {}
    for line in lines:
        seen, price = line.asked.expected_unit_price, line.unit_price
        if seen is not None and price is not None and seen != price.amount:
            changed.setdefault((line.asked.sku_id, line.unit, seen), []).append(line)
    problems: list[OrderProblem] = []
    for (sku_id, _, seen), together in changed.items():
        now = together[0].unit_price
        assert now is not None
        before = type(now)(seen, now.currency, now.unit, now.tax_included)
        problems.append(
            PriceChanged(
                lines=positions(together),
                sku_id=sku_id,
                sku=None if together[0].offer is None else _called(together[0].offer),
                before=before,
                now=now,
                total_before=expected_total,
                total_now=total,
            )
        )
    # A line without a price has a problem of its own, and the total without it is no news.
    complete = all(line.taxed is not None for line in lines)
    if not problems and complete and expected_total is not None and expected_total != total:
        problems.append(
            PriceChanged(
                lines=[], sku_id=None, sku=None, before=None, now=None, total_before=expected_total, total_now=total
            )
        )
    return problems


def stock_problems(lines: Sequence[PricedLine], shortages: Mapping[UUID, Decimal]) -> list[OrderProblem]:
    """What is short, per SKU over all its lines; in the lines' unit where they share one, else in base units."""
    problems: list[OrderProblem] = []
    for sku_id, together in by_sku(line for line in lines if line.known).items():
        available = shortages.get(sku_id)
        offer, measure = together[0].offer, together[0].measure
        if available is None or offer is None or measure is None:
            continue
        unit, asked = offer.base_unit, total_of(line.base_quantity for line in together)
        if len({line.unit for line in together}) == 1:
            unit, asked = together[0].unit, total_of(line.asked.quantity for line in together)
            step = _WHOLE if is_counted(unit) else _STEP
            available = _DOWN.quantize(_DOWN.divide(available, measure.factor), step)
        problems.append(
            StockShort(
                lines=positions(together),
                sku_id=sku_id,
                sku=_called(offer),
                unit=unit,
                asked=asked,
                available=available,
            )
        )
    return problems


def party_problems(order: AskedOrder, terms: Terms) -> list[OrderProblem]:
    """Who may trade now, and where the goods may go."""
    problems: list[OrderProblem] = []
    reason = _not_trading(terms)
    if reason is not None:
        problems.append(RelationNotActive(lines=[], reason=reason))
    if order.delivery_method is DeliveryMethod.PICKUP:
        if not (order.picker_name or "").strip() or not (order.plate_number or "").strip():
            problems.append(PickupIncomplete(lines=[]))
        return problems
    refused = ship_to_refused(order, terms)
    if refused is not None:
        problems.append(ShipToNotAllowed(lines=[], reason=refused))
    return problems


def _not_trading(terms: Terms) -> NotTrading | None:
    if terms.status != "active":
        return NotTrading(terms.status)
    if terms.seller_status != "active":
        return NotTrading.SELLER_SUSPENDED
    return NotTrading.BUYER_SUSPENDED if terms.buyer_status != "active" else None


def ship_to_refused(order: AskedOrder, terms: Terms) -> ShipToReason | None:
    """A seller that approves addresses needs one; otherwise an order without an address goes where the two agree."""
    if order.ship_to_id is None:
        return ShipToReason.MISSING if terms.ship_to_approval else None
    if terms.ship_to is None:
        return ShipToReason.UNKNOWN
    if terms.ship_to.status != "active":
        return ShipToReason.CLOSED
    return ShipToReason.NOT_APPROVED if terms.ship_to_approval and not terms.ship_to.approved else None


def money_problems(
    terms: Terms, *, goods_minor: int, total_minor: int, ordered: bool, now: datetime
) -> list[OrderProblem]:
    """The order minimum, by the value of the goods in the price's own mode, and the money that the gross total takes.
    `ordered`: there is anything in the order that could be charged."""
    problems: list[OrderProblem] = []
    minimum = terms.order_minimum_minor
    if minimum is not None and goods_minor < minimum:
        problems.append(
            BelowOrderMinimum(lines=[], minimum=terms.money(minimum), short_by=terms.money(minimum - goods_minor))
        )
    return [*problems, *funding_problems(terms.funding, terms.position, total_minor, now)] if ordered else problems


def funding_problems(funding: Funding, position: Position, total_minor: int, now: datetime) -> list[OrderProblem]:
    """What stands in the way of promising so much more, of the prepaid money or on credit."""

    def money(minor: int) -> Money:
        return Money(minor, position.currency)

    if funding is Funding.PREPAYMENT:
        short = prepayment_shortfall(position, total_minor)
        if short is None:
            return []
        asked, available, by = map(money, (short.asked_minor, short.available_minor, short.short_by_minor))
        return [PrepaymentShort(lines=[], asked=asked, available=available, short_by=by)]
    problems: list[OrderProblem] = []
    short = credit_shortfall(position, total_minor, now)
    if short is not None:
        asked, available, by = map(money, (short.asked_minor, short.available_minor, short.short_by_minor))
        limit, parts = money(position.credit.limit_at(now) or 0), list(position.parts)
        problems.append(CreditShort(lines=[], asked=asked, available=available, short_by=by, limit=limit, parts=parts))
    if position.overdue_blocks:
        days = position.credit.overdue_block_days or 0
        problems.append(CreditBlocked(lines=[], overdue=money(position.blocking_minor), days=days))
    return problems
