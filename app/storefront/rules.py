"""At which quantity a price is shown, and how offers are put in the order of their prices. Pure."""

from decimal import Decimal
from typing import Final

from app.kernel.quantity import QuantityRule
from app.pricing.rules import ResolvedPrice

ONE: Final = Decimal(1)


def smallest_order(rule: QuantityRule) -> Decimal:
    """The quantity at which a price is shown: the smallest that may be ordered, 1 where the seller set no limits."""
    if not rule.minimum and rule.multiple is None:
        return ONE
    breach = rule.check(Decimal(0))
    if breach is None or breach.upper is None:  # nothing may be ordered (a maximum of 0): priced at its minimum
        return rule.minimum or rule.multiple or ONE
    return breach.upper


def price_place(price: ResolvedPrice) -> tuple[int, Decimal]:
    """The sort key of a price: what has one first, the cheapest first."""
    return (0, price.unit_price.amount) if price.unit_price is not None else (1, Decimal(0))
