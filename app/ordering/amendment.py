"""A change of an order before it is confirmed (订单变更), pure: how the order stands before and after.

A line that is changed is worth what it would be had it been placed like this: its unit price times its new quantity,
rounded once, then taxed. A discount that was granted on it before stays in proportion to its quantity. Of a line that
was cancelled in part, what it will have less is cancelled too, and takes its share of the value along: what left before
keeps its value, and the unit price stays. The total is rounded off (抹零) last, by largest remainder over what is open.
Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from app.kernel.money import UnitPrice, half_up_ratio
from app.kernel.tax import TaxMode, line_tax
from app.ordering.value import Freight, LineValue, discounted, totals

MOST_CHANGES: Final = 20  # to one order, so that its history is a plain list


class AmendmentStatus(StrEnum):
    """What became of a proposed change."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    VOID = "void"  # the order was cancelled or expired before anybody answered


@dataclass(frozen=True, slots=True)
class LineChange:
    """What is asked of one line; None leaves it. `quantity`: so much of it will come; 0 removes the line."""

    line_id: UUID
    quantity: Decimal | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineState:
    """A line before or after. `quantity` is what will come of it, `cancelled` what will not; money is of both, as in
    the order's own line. `round_off_minor` is the part of its discount that this change rounds off."""

    line_id: UUID
    sku_code: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    gross_minor: int
    tax_minor: int
    discount_minor: int
    round_off_minor: int = 0
    cancelled: Decimal = Decimal(0)
    cancelled_minor: int = 0

    @property
    def ordered(self) -> Decimal:
        """The counter of the order's own line."""
        return self.quantity + self.cancelled


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order before or after; `lines` are those that the change touches. Sums are those of the order: what was
    cancelled is in them."""

    ship_to_id: UUID | None
    ship_to: Mapping[str, str] | None
    requested_on: date | None
    freight_gross_minor: int
    freight_tax_minor: int
    freight_tax_rate_bp: int
    goods_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    cancelled_minor: int
    lines: tuple[LineState, ...]

    @property
    def due_minor(self) -> int:
        """What is to be paid: the gross total less what was cancelled."""
        return self.gross_minor - self.cancelled_minor

    def said(self) -> dict[str, Any]:
        """As it is kept in the document."""
        return asdict(self) | {"lines": [_line_said(line) for line in self.lines]}


def state_of(said: Mapping[str, Any]) -> OrderState:
    """Back from the document."""
    lines = tuple(
        LineState(
            **(
                line
                | {
                    "line_id": UUID(line["line_id"]),
                    "quantity": Decimal(line["quantity"]),
                    "unit_price": Decimal(line["unit_price"]),
                    "cancelled": Decimal(line["cancelled"]),
                }
            )
        )
        for line in said["lines"]
    )
    ship_to_id, day = said["ship_to_id"], said["requested_on"]
    more = {
        "lines": lines,
        "ship_to_id": None if ship_to_id is None else UUID(ship_to_id),
        "requested_on": None if day is None else date.fromisoformat(day),
    }
    return OrderState(**(dict(said) | more))


def amended_line(value: LineValue, *, quantity: Decimal, price: UnitPrice, mode: TaxMode) -> LineValue:
    """The line had it been placed like this. Nothing of it was cancelled or shipped."""
    worth = price.gross_for(quantity).minor
    kept = Fraction(value.discount_minor) * Fraction(quantity) / Fraction(value.ordered)
    discount = min(half_up_ratio(kept.numerator, kept.denominator), worth)
    taxed = line_tax(worth - discount, value.tax_rate_bp, mode)
    return replace(value, ordered=quantity, gross_minor=taxed.gross, tax_minor=taxed.tax, discount_minor=discount)


def amended_freight(freight: Freight, asked_minor: int | None, rate_bp: int, mode: TaxMode) -> Freight:
    """The freight at `asked_minor`, in the prices' own tax mode; None leaves it."""
    if asked_minor is None:
        return freight
    taxed = line_tax(asked_minor, rate_bp, mode)
    return replace(freight, gross_minor=taxed.gross, tax_minor=taxed.tax)


@dataclass(frozen=True, slots=True)
class Standing:
    """What arithmetic needs of one line of the order."""

    line_id: UUID
    sku_code: str
    unit: str
    unit_price: Decimal
    value: LineValue

    def state(self, round_off_minor: int = 0) -> LineState:
        value = self.value
        return LineState(
            line_id=self.line_id,
            sku_code=self.sku_code,
            unit=self.unit,
            quantity=value.open,
            unit_price=self.unit_price,
            gross_minor=value.gross_minor,
            tax_minor=value.tax_minor,
            discount_minor=value.discount_minor,
            round_off_minor=round_off_minor,
            cancelled=value.cancelled,
            cancelled_minor=value.cancelled_minor,
        )


def changed_lines(
    lines: Sequence[Standing], asked: Mapping[UUID, LineChange], *, currency: str, mode: TaxMode
) -> list[Standing]:
    """Every line as it would stand, before anything is rounded off. One that was cancelled in part keeps its price."""
    after: list[Standing] = []
    for line in lines:
        change = asked.get(line.line_id)
        if change is None:
            after.append(line)
            continue
        amount = line.unit_price if change.unit_price is None else change.unit_price
        quantity = line.value.open if change.quantity is None else change.quantity
        if (amount, quantity) == (line.unit_price, line.value.open):
            after.append(line)
            continue
        if line.value.cancelled:
            value, _ = line.value.cancel(line.value.open - quantity)
            after.append(replace(line, value=value))
            continue
        price = UnitPrice(amount, currency, line.unit, mode is TaxMode.INCLUDED)
        value = amended_line(line.value, quantity=quantity, price=price, mode=mode)
        after.append(replace(line, unit_price=amount, value=value))
    return after


def round_off(lines: Sequence[Standing], amount_minor: int, mode: TaxMode) -> tuple[list[Standing], list[int]]:
    """The lines with the total rounded off by this amount, and each one's share. Raises the kernel's DiscountTooLarge
    for more than they are worth."""
    if not amount_minor:
        return list(lines), [0] * len(lines)
    values, shares = discounted([line.value for line in lines], amount_minor, mode)
    return [replace(line, value=value) for line, value in zip(lines, values, strict=True)], shares


def sums(lines: Sequence[Standing], freight: Freight) -> dict[str, int]:
    """The totals of a state."""
    value = totals([line.value for line in lines], freight)
    return {
        "goods_minor": value.goods_gross_minor,
        "discount_minor": value.discount_minor,
        "net_minor": value.net_minor,
        "tax_minor": value.tax_minor,
        "gross_minor": value.gross_minor,
        "cancelled_minor": value.cancelled_minor,
        "freight_gross_minor": freight.gross_minor,
        "freight_tax_minor": freight.tax_minor,
    }


def is_dearer(before: OrderState, after: OrderState) -> bool:
    """What is to be paid, the freight or any unit price rises."""
    prices = {line.line_id: line.unit_price for line in before.lines}
    return (
        after.due_minor > before.due_minor
        or after.freight_gross_minor > before.freight_gross_minor
        or any(line.unit_price > prices[line.line_id] for line in after.lines)
    )


def taken_over(value: LineValue, state: LineState) -> LineValue:
    """The line's value as the accepted change says. What is cancelled of it keeps the value it left with."""
    return replace(
        value,
        ordered=state.ordered,
        gross_minor=state.gross_minor,
        tax_minor=state.tax_minor,
        discount_minor=state.discount_minor,
        cancelled=state.cancelled,
        cancelled_minor=state.cancelled_minor,
        settled=state.cancelled,
        settled_minor=state.cancelled_minor,
    )


def _line_said(line: LineState) -> dict[str, Any]:
    exact = ("quantity", "unit_price", "cancelled")
    return asdict(line) | {name: f"{getattr(line, name):f}" for name in exact}
