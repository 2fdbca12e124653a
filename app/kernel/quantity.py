"""Quantities: decimals in a unit of measure, at most six decimals, and the rules a seller sets for them.

Nothing is rounded silently: a quantity that a rule does not allow is answered with the two nearest that it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final

from app.kernel.refusal import BadRequest, plain
from app.kernel.units import is_counted, many_of
from app.kernel.wording import Said

MOST: Final = Decimal(999_999_999_999)
DECIMALS: Final = 6
EXPECTED: Final = Said(
    "a quantity from 0 to 999999999999 with at most 6 decimals", " 0 到 999999999999 之间、最多 6 位小数的数量"
)

_MILLIONTHS: Final = 10**DECIMALS
_MOST_MILLIONTHS: Final = int(MOST) * _MILLIONTHS
_QUANTITY = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")


def parse_quantity(value: str | Decimal | int, field: str = "quantity") -> Decimal:
    """Reads a quantity; zero is one.

    BadRequest names `field` for floats, truth values, NaN, infinity, negatives, exponents, digits of other scripts,
    more than six decimals, and more than 999,999,999,999.
    """
    if type(value) is int and 0 <= value <= MOST:
        return Decimal(value)
    if isinstance(value, Decimal) and value.is_finite() and -40 <= value.adjusted() < 12:
        text = plain(value)  # trailing zeros of a wider column are not decimals somebody asked for
    elif isinstance(value, str):
        text = value
    else:
        raise BadRequest(field, value, EXPECTED)
    if not _QUANTITY.fullmatch(text):
        raise BadRequest(field, value, EXPECTED)
    quantity = Decimal(text)
    if quantity > MOST:
        raise BadRequest(field, value, EXPECTED)
    return quantity


def require_a_part(part: Decimal, *, of: Decimal, unit: str, field: str) -> None:
    """Of what is counted there is no half, unless there is one in the whole. BadRequest names `field`."""
    if is_counted(unit) and part % 1 and not of % 1:
        units = many_of(unit)
        raise BadRequest(field, part, Said(f"a whole number of {units}", f"整数（单位：{units.zh}）"))


def quantity_text(quantity: Decimal) -> str:
    """As it travels: no exponent, no trailing zeros."""
    return plain(quantity)


@dataclass(frozen=True, slots=True)
class QuantityBreach:
    """A quantity a rule does not allow. `lower` and `upper` are the nearest allowed ones below and above, None where
    there is none: no `lower` below the first allowed quantity, no `upper` above the last."""

    asked: Decimal
    minimum: Decimal | None
    multiple: Decimal | None
    maximum: Decimal | None
    lower: Decimal | None
    upper: Decimal | None


@dataclass(frozen=True, slots=True)
class QuantityRule:
    """What may be ordered at once. None is no limit; a maximum of 0 allows nothing.

    Multiples count from zero: a minimum of 10 with a multiple of 12 starts at 12. Zero is never an order. ValueError
    for a limit below zero and for a multiple of zero.
    """

    minimum: Decimal | None = None
    multiple: Decimal | None = None
    maximum: Decimal | None = None

    def __post_init__(self) -> None:
        for limit in (self.minimum, self.multiple, self.maximum):
            if limit is not None and _millionths(limit) < 0:
                raise ValueError(f"a quantity limit must not be negative: {limit}")
        if self.multiple is not None and self.multiple == 0:
            raise ValueError("a quantity multiple must be positive")

    def in_unit(self, unit: str) -> QuantityRule:
        """The rule where quantities count in this unit: of what is counted there is no half, unless its seller sells by
        such a multiple."""
        if self.multiple is not None or not is_counted(unit):
            return self
        return QuantityRule(self.minimum, Decimal(1), self.maximum)

    def check(self, quantity: Decimal) -> QuantityBreach | None:
        """None when the quantity is allowed, else what is wrong with the nearest allowed quantities."""
        asked = _millionths(quantity)
        step = 1 if self.multiple is None else _millionths(self.multiple)
        first, last = self._bounds(step)
        if first <= asked <= last and asked % step == 0:
            return None
        lower = min(asked // step * step, last)
        upper = max(-(-asked // step) * step, first)
        return QuantityBreach(
            asked=quantity,
            minimum=self.minimum,
            multiple=self.multiple,
            maximum=self.maximum,
            lower=_quantity(lower) if first <= lower else None,
            upper=_quantity(upper) if upper <= last else None,
        )

    def allows(self, quantity: Decimal) -> bool:
        return self.check(quantity) is None

    def in_base_units(self, factor: Decimal) -> QuantityRule:
        """The rule for quantities counted in base units, of which one of its own units has `factor`: it allows exactly
        the same of all quantities with at most six decimals. A limit that needs more of them is moved to the next
        quantity it allows, a multiple to the smallest of its multiples that can be said."""
        millionths = Fraction(factor) * _MILLIONTHS
        return QuantityRule(
            minimum=None if self.minimum is None else _quantity(ceil(Fraction(self.minimum) * millionths)),
            multiple=None if self.multiple is None else _quantity((Fraction(self.multiple) * millionths).numerator),
            maximum=None if self.maximum is None else _quantity(floor(Fraction(self.maximum) * millionths)),
        )

    def _bounds(self, step: int) -> tuple[int, int]:
        """The first and last allowed quantities in millionths; the first is beyond the last when none is allowed."""
        minimum = 0 if self.minimum is None else _millionths(self.minimum)
        maximum = _MOST_MILLIONTHS if self.maximum is None else min(_millionths(self.maximum), _MOST_MILLIONTHS)
        return -(-max(minimum, 1) // step) * step, maximum // step * step


def _millionths(quantity: Decimal) -> int:
    top, bottom = quantity.as_integer_ratio()
    whole, rest = divmod(top * _MILLIONTHS, bottom)
    if rest:
        raise ValueError(f"a quantity has at most {DECIMALS} decimals: {quantity}")
    return whole


def _quantity(millionths: int) -> Decimal:
    # Text rather than division: exact whatever the ambient decimal context is.
    whole, rest = divmod(millionths, _MILLIONTHS)
    return Decimal(plain(Decimal(f"{whole}.{rest:06d}")))
