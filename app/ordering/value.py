"""What shipped and cancelled quantities of a frozen order are worth, and what a discount takes off.

Quantities leave a line one way or the other, shipped or cancelled. The value that leaves with them follows the
cumulative formula over both: round(value × left so far / ordered) − value that left before. However a line is taken
apart, its parts sum to it to the minor unit, and what is left never depends on the steps taken. Tax follows the gross
in the same way, so no part's tax exceeds the part. Amounts are minor units, quantities are in the line's own unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from app.kernel.money import half_up_ratio, share_given_back
from app.kernel.tax import TaxMode, apportion_discount, line_tax


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a value: net = gross - tax."""

    gross: int
    tax: int

    @property
    def net(self) -> int:
        return self.gross - self.tax

    def __add__(self, other: Share) -> Share:
        return Share(self.gross + other.gross, self.tax + other.tax)


NOTHING = Share(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineValue:
    """One line's counters and the money that belongs to them.

    `settled` and `settled_minor` are what had been cancelled when the last discount was granted: that part keeps the
    value it left with, and the formula runs over the rest.
    """

    ordered: Decimal
    gross_minor: int
    tax_minor: int
    tax_rate_bp: int = 0
    discount_minor: int = 0
    cancelled: Decimal = Decimal(0)
    shipped: Decimal = Decimal(0)
    cancelled_minor: int = 0
    shipped_minor: int = 0
    shipped_tax_minor: int = 0
    settled: Decimal = Decimal(0)
    settled_minor: int = 0

    @property
    def open(self) -> Decimal:
        """Neither shipped nor cancelled."""
        return self.ordered - self.cancelled - self.shipped

    @property
    def before_discounts_minor(self) -> int:
        """The goods' worth when they were ordered; in net prices without the tax that discounts took off."""
        return self.gross_minor + self.discount_minor

    @property
    def left_minor(self) -> int:
        """The gross value that has left, shipped or cancelled."""
        return self.cancelled_minor + self.shipped_minor

    @property
    def open_minor(self) -> int:
        return self.gross_minor - self.left_minor

    def share(self, quantity: Decimal) -> Share:
        """What the next `quantity` takes with it. ValueError for more than is open."""
        if not 0 < quantity <= self.open:
            raise ValueError(f"{quantity} cannot leave a line of which {self.open} is open")
        gross = share_given_back(
            self.gross_minor - self.settled_minor,
            self.ordered - self.open + quantity - self.settled,
            self.ordered - self.settled,
            self.left_minor - self.settled_minor,
        )
        return Share(gross, self._tax_at(self.left_minor + gross) - self._tax_at(self.left_minor))

    def ship(self, quantity: Decimal) -> tuple[LineValue, Share]:
        """The line after `quantity` of it has left for the buyer, and what that is worth."""
        share = self.share(quantity)
        after = replace(
            self,
            shipped=self.shipped + quantity,
            shipped_minor=self.shipped_minor + share.gross,
            shipped_tax_minor=self.shipped_tax_minor + share.tax,
        )
        return after, share

    def cancel(self, quantity: Decimal) -> tuple[LineValue, Share]:
        """The line after `quantity` of it was called off, and what that is worth."""
        share = self.share(quantity)
        after = replace(self, cancelled=self.cancelled + quantity, cancelled_minor=self.cancelled_minor + share.gross)
        return after, share

    def worth(self, mode: TaxMode) -> int:
        """What is open, in the price's own mode: with tax where the tax is in the price, else without."""
        if mode is TaxMode.INCLUDED:
            return self.open_minor
        return self.open_minor - (self.tax_minor - self._tax_at(self.left_minor))

    def discounted(self, share: int, mode: TaxMode) -> LineValue:
        """The line with `share` off what is open, in the price's own mode; tax is computed after the discount."""
        if share == 0:
            return self
        before = self.gross_minor if mode is TaxMode.INCLUDED else self.gross_minor - self.tax_minor
        taxed = line_tax(before - share, self.tax_rate_bp, mode)
        # In net mode the tax on what remains may round below what the cancelled part took with it.
        gross = max(taxed.gross, self.left_minor)
        return replace(
            self,
            gross_minor=gross,
            tax_minor=gross - taxed.net,
            discount_minor=self.discount_minor + share,
            settled=self.cancelled,
            settled_minor=self.cancelled_minor,
        )

    def _tax_at(self, gross: int) -> int:
        """The tax within the first `gross` of the line's value."""
        return half_up_ratio(self.tax_minor * gross, self.gross_minor) if self.gross_minor else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Freight:
    """The order's freight: it leaves with the first shipment; what is cancelled before takes its share along."""

    gross_minor: int = 0
    tax_minor: int = 0
    cancelled_minor: int = 0
    shipped_minor: int = 0

    @property
    def open_minor(self) -> int:
        return self.gross_minor - self.cancelled_minor - self.shipped_minor

    def agreed(self, gross_minor: int, tax_minor: int) -> Freight:
        """The freight at another amount, as both sides agreed before anything left."""
        return replace(self, gross_minor=gross_minor, tax_minor=tax_minor)

    def ship(self) -> tuple[Freight, Share]:
        """Everything that is open leaves at once."""
        left = self.cancelled_minor + self.shipped_minor
        share = Share(self.open_minor, self.tax_minor - self._tax_at(left))
        return replace(self, shipped_minor=self.shipped_minor + share.gross), share

    def cancel(self, lines: Sequence[LineValue]) -> tuple[Freight, int]:
        """The freight given back now that `lines` are what they are, cumulative by the value that the cancelled goods
        had when they were ordered: a discount makes nothing lighter.

        Nothing once a shipment took the freight along; all of it when no line has anything open.
        """
        if not self.open_minor:
            return self, 0
        goods = sum(line.before_discounts_minor for line in lines)
        if not any(line.open for line in lines):
            given = self.open_minor
        elif goods == 0:
            given = 0
        else:
            gone = sum(
                line.before_discounts_minor * Fraction(line.cancelled) / Fraction(line.ordered)
                for line in lines
                if line.ordered
            )
            share = self.gross_minor * Fraction(gone) / goods
            cancelled = half_up_ratio(share.numerator, share.denominator)
            given = min(max(cancelled - self.cancelled_minor, 0), self.open_minor)
        return replace(self, cancelled_minor=self.cancelled_minor + given), given

    def _tax_at(self, gross: int) -> int:
        return half_up_ratio(self.tax_minor * gross, self.gross_minor) if self.gross_minor else 0


@dataclass(frozen=True, slots=True)
class OrderValue:
    """The totals of an order, always the sums of its lines and its freight."""

    goods_gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    cancelled_minor: int
    shipped_minor: int

    @property
    def open_minor(self) -> int:
        """What the order's hold must still hold."""
        return self.gross_minor - self.cancelled_minor - self.shipped_minor


def totals(lines: Sequence[LineValue], freight: Freight) -> OrderValue:
    """An order's totals; goods are after discounts."""
    goods = sum(line.gross_minor for line in lines)
    tax = sum(line.tax_minor for line in lines) + freight.tax_minor
    gross = goods + freight.gross_minor
    return OrderValue(
        goods_gross_minor=goods,
        discount_minor=sum(line.discount_minor for line in lines),
        net_minor=gross - tax,
        tax_minor=tax,
        gross_minor=gross,
        cancelled_minor=sum(line.cancelled_minor for line in lines) + freight.cancelled_minor,
        shipped_minor=sum(line.shipped_minor for line in lines) + freight.shipped_minor,
    )


def discounted(lines: Sequence[LineValue], amount_minor: int, mode: TaxMode) -> tuple[list[LineValue], list[int]]:
    """The lines after a discount over what they have open, and each one's share of it, largest remainder.

    With the tax in the price the order's gross falls by exactly `amount_minor`. Raises DiscountTooLarge.
    """
    shares = apportion_discount([line.worth(mode) for line in lines], amount_minor)
    return [line.discounted(share, mode) for line, share in zip(lines, shares, strict=True)], shares
