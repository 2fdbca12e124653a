"""What a buyer is told about stock, and how offers are put in the order of their prices. Pure."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal
from enum import StrEnum
from typing import Final

from app.kernel.quantity import QuantityRule
from app.pricing.rules import ResolvedPrice

ONE: Final = Decimal(1)
LOW_ORDERS: Final = 10
"""Stock is low when it covers fewer than this many smallest orders."""
_DOWN: Final = Context(prec=40, rounding=ROUND_FLOOR)


class AvailabilityState(StrEnum):
    """Stock in steps, the same for sellers that show exact numbers and for those that do not."""

    IN_STOCK = "in_stock"
    LOW = "low"
    OUT_OF_STOCK = "out_of_stock"  # less than the smallest quantity that may be ordered
    NOT_STOCKED = "not_stocked"  # a service: it never runs out


@dataclass(frozen=True, slots=True)
class Availability:
    """`quantity` in whole ordering units, None where the seller shows steps only, and for services."""

    state: AvailabilityState
    quantity: Decimal | None = None


def smallest_order(rule: QuantityRule) -> Decimal:
    """The quantity at which a price is shown: the smallest that may be ordered, 1 where the seller set no limits."""
    if rule.minimum is None and rule.multiple is None:
        return ONE
    breach = rule.check(Decimal(0))
    if breach is None or breach.upper is None:  # nothing may be ordered (a maximum of 0): priced at its minimum
        return rule.minimum or rule.multiple or ONE
    first = breach.upper
    return ONE if rule.multiple is None and first < ONE and rule.allows(ONE) else first


def availability(available: Decimal | None, factor: Decimal, rule: QuantityRule, *, exact: bool) -> Availability:
    """What the buyer may know. `available` counts base units, None for a service; `factor`: base units in one
    ordering unit."""
    if available is None:
        return Availability(AvailabilityState.NOT_STOCKED)
    units = available if factor == 1 else _DOWN.divide(available, factor).to_integral_value(ROUND_FLOOR)
    least = smallest_order(rule)
    if units < least:
        state = AvailabilityState.OUT_OF_STOCK
    elif units < least * LOW_ORDERS:
        state = AvailabilityState.LOW
    else:
        state = AvailabilityState.IN_STOCK
    return Availability(state, max(units, Decimal(0)) if exact else None)


def price_place(price: ResolvedPrice) -> tuple[int, Decimal]:
    """The sort key of a price: what has one first, the cheapest first."""
    return (0, price.unit_price.amount) if price.unit_price is not None else (1, Decimal(0))
