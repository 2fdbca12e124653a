"""The lines of an order with their prices and taxes, pure. A line is rounded once; totals are sums of lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final, Protocol
from uuid import UUID

from app.kernel.money import UnitPrice
from app.kernel.quantity import QuantityRule, parse_quantity
from app.kernel.tax import TaxedLine, TaxMode, line_tax
from app.ordering.asked import AskedLine
from app.pricing.rules import PriceState, ResolvedPrice

EXACT: Final = Context(prec=60)  # a quantity of 18 digits times a factor of 18


class Unit(Protocol):
    """A unit in which a SKU may be ordered: base units in it, weight and volume of one."""

    @property
    def factor(self) -> Decimal: ...
    @property
    def weight_g(self) -> int: ...
    @property
    def volume_cm3(self) -> int: ...


class Offer(Protocol):
    """A SKU as the seller offers it to this buyer."""

    @property
    def sku_id(self) -> UUID: ...
    @property
    def sku_code(self) -> str: ...
    @property
    def name_zh(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def base_unit(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def units(self) -> Mapping[str, Unit]: ...
    @property
    def rule(self) -> QuantityRule: ...
    @property
    def stocked(self) -> bool: ...
    @property
    def tax_rate_bp(self) -> int: ...


PriceOf = Callable[[UUID, Decimal, str], ResolvedPrice]
"""The price of a SKU at its resulting quantity in a unit."""


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line as it was asked for, with what is known of it. `offer` None: not offered. `measure` None: not in this
    unit. `price` and `taxed` None: no price. `value_minor` is in the price's own tax mode."""

    position: int
    asked: AskedLine
    unit: str
    offer: Offer | None = None
    measure: Unit | None = None
    base_quantity: Decimal = Decimal(0)
    price: ResolvedPrice | None = None
    value_minor: int = 0
    taxed: TaxedLine | None = None

    @property
    def unit_price(self) -> UnitPrice | None:
        return None if self.price is None else self.price.unit_price

    @property
    def known(self) -> bool:
        """Offered, in a unit that the SKU has."""
        return self.offer is not None and self.measure is not None


def price_lines(
    asked: Sequence[AskedLine], offers: Mapping[UUID, Offer], price_of: PriceOf, mode: TaxMode
) -> list[PricedLine]:
    """Every line, in the order of the input. The break that a line reaches is that of the SKU's resulting quantity in
    its unit: lines of the same SKU and unit are summed first.

    BadRequest for a quantity whose base units no stock row could hold, or a value beyond what the mall holds.
    """
    resulting: dict[tuple[UUID, str], Decimal] = defaultdict(Decimal)
    found: list[tuple[AskedLine, Offer | None, str, Unit | None]] = []
    for line in asked:
        offer = offers.get(line.sku_id)
        unit = line.unit or (offer.unit if offer is not None else "")
        measure = offer.units.get(unit) if offer is not None else None
        found.append((line, offer, unit, measure))
        if measure is not None:
            resulting[line.sku_id, unit] = EXACT.add(resulting[line.sku_id, unit], line.quantity)
    prices = {(sku_id, unit): price_of(sku_id, quantity, unit) for (sku_id, unit), quantity in resulting.items()}
    lines: list[PricedLine] = []
    for position, (line, offer, unit, measure) in enumerate(found):
        if offer is None or measure is None:
            lines.append(PricedLine(position, line, unit, offer))
            continue
        base = parse_quantity(EXACT.multiply(line.quantity, measure.factor), f"lines[{position}].quantity")
        price = prices[line.sku_id, unit]
        if price.state is not PriceState.PRICED or price.unit_price is None:
            lines.append(PricedLine(position, line, unit, offer, measure, base, price))
            continue
        value = price.unit_price.gross_for(line.quantity).minor
        taxed = line_tax(value, offer.tax_rate_bp, mode)
        lines.append(PricedLine(position, line, unit, offer, measure, base, price, value, taxed))
    return lines


def by_sku(lines: Iterable[PricedLine]) -> dict[UUID, list[PricedLine]]:
    """The lines of each SKU, judged together, in the order in which the SKUs first appear."""
    grouped: dict[UUID, list[PricedLine]] = {}
    for line in lines:
        grouped.setdefault(line.asked.sku_id, []).append(line)
    return grouped


def total_of(quantities: Iterable[Decimal]) -> Decimal:
    """The exact sum; the ambient context would cut it at 28 digits."""
    total = Decimal(0)
    for quantity in quantities:
        total = EXACT.add(total, quantity)
    return total


def positions(lines: Iterable[PricedLine]) -> list[int]:
    return [line.position for line in lines]
