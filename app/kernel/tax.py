"""Tax of a line, and discounts spread over lines, in the price's own mode.

Included (含税): the gross that was agreed never moves; net = round(gross / (1 + rate)) and the tax is the rest.
Excluded: the net never moves; tax = round(net × rate). Everything rounds half up, per line, after apportionment.
Amounts are minor units of one currency, rates basis points (13 % is 1300).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.kernel.money import half_up_ratio, split
from app.kernel.refusal import Refusal

FULL_RATE_BP: Final = 10_000


class TaxMode(StrEnum):
    """Whether prices are agreed with the tax in them (含税) or without."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


class DiscountTooLarge(Refusal):
    """A discount must not exceed the lines it is spread over; both in minor units."""

    code = "DISCOUNT_TOO_LARGE"
    en = "The discount is larger than the lines it applies to."
    zh = "折扣金额超过了所适用行的金额。"
    discount_minor: int
    most_minor: int


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """net + tax = gross, in minor units."""

    net: int
    tax: int
    gross: int


def line_tax(gross_or_net_minor: int, rate_bp: int, mode: TaxMode) -> TaxedLine:
    """The line's value in the price's own mode, divided into net and tax. ValueError for a rate outside 0–100 %."""
    if not 0 <= rate_bp <= FULL_RATE_BP:
        raise ValueError(f"a tax rate is 0 to {FULL_RATE_BP} basis points, not {rate_bp}")
    value = gross_or_net_minor
    if TaxMode(mode) is TaxMode.INCLUDED:  # a column gives the plain word
        net = half_up_ratio(value * FULL_RATE_BP, FULL_RATE_BP + rate_bp)
        return TaxedLine(net=net, tax=value - net, gross=value)
    tax = half_up_ratio(value * rate_bp, FULL_RATE_BP)
    return TaxedLine(net=value, tax=tax, gross=value + tax)


def apportion_discount(lines: Sequence[int], discount_minor: int) -> list[int]:
    """Each line's share of a discount, by its value in the price's own mode after earlier discounts.

    Largest remainder, ties to the earlier line; the shares sum to the discount exactly and none exceeds its line.
    DiscountTooLarge when the lines together are worth less; ValueError for a negative line or discount.
    """
    if discount_minor < 0 or any(value < 0 for value in lines):
        raise ValueError("discounts and the lines they are spread over are not negative")
    most = sum(lines)
    if discount_minor > most:
        raise DiscountTooLarge(discount_minor=discount_minor, most_minor=most)
    return split(discount_minor, lines)


def tax_after_discount(
    lines: Sequence[tuple[int, int]], discount_minor: int, mode: TaxMode
) -> tuple[list[int], list[TaxedLine]]:
    """Lines of (value in the price's own mode, rate in basis points): the shares, and what is left of each, taxed."""
    shares = apportion_discount([value for value, _ in lines], discount_minor)
    taxed = [line_tax(value - share, rate, mode) for (value, rate), share in zip(lines, shares, strict=True)]
    return shares, taxed
