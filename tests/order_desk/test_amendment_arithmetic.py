"""What a changed order comes to, over many orders: sums, never below zero, and what placing it so would have cost."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.kernel.money import UnitPrice
from app.kernel.tax import TaxMode, line_tax
from app.ordering.amendment import (
    LineChange,
    Standing,
    amended_freight,
    changed_lines,
    round_off,
    sums,
    taken_over,
)
from app.ordering.value import Freight, LineValue, discounted

PRICES = st.integers(0, 9999_9999).map(lambda price: Decimal(price).scaleb(-4))
QUANTITIES = st.integers(min_value=1, max_value=5000).map(Decimal)
RATES = st.sampled_from([0, 600, 900, 1300])
MODES = st.sampled_from(list(TaxMode))


def placed(price: Decimal, quantity: Decimal, rate_bp: int, mode: TaxMode) -> LineValue:
    """A line as placing values it."""
    worth = UnitPrice(price, "CNY", "piece", mode is TaxMode.INCLUDED).gross_for(quantity).minor
    taxed = line_tax(worth, rate_bp, mode)
    return LineValue(ordered=quantity, gross_minor=taxed.gross, tax_minor=taxed.tax, tax_rate_bp=rate_bp)


LINES = st.lists(st.tuples(PRICES, QUANTITIES, RATES, st.integers(0, 100), PRICES | st.none()), min_size=1, max_size=8)


def standing(lines: list[tuple[Decimal, Decimal, int, int, Decimal | None]], mode: TaxMode) -> list[Standing]:
    return [
        Standing(uuid4(), "SKU", "piece", price, placed(price, quantity, rate, mode))
        for price, quantity, rate, _, _ in lines
    ]


def asked(lines: list[tuple[Decimal, Decimal, int, int, Decimal | None]], at: list[Standing]) -> dict[UUID, LineChange]:
    """So many per cent of each quantity, whole; and here and there another price."""
    return {
        one.line_id: LineChange(one.line_id, Decimal(int(quantity * percent / 100)), price)
        for one, (_, quantity, _, percent, price) in zip(at, lines, strict=True)
    }


@given(LINES, MODES, st.integers(0, 10**6))
def test_a_changed_order_is_what_placing_it_so_would_come_to(
    lines: list[tuple[Decimal, Decimal, int, int, Decimal | None]], mode: TaxMode, freight_minor: int
) -> None:
    before = standing(lines, mode)
    changes = asked(lines, before)
    after = changed_lines(before, changes, currency="CNY", mode=mode)
    freight = amended_freight(Freight(gross_minor=500, tax_minor=41), freight_minor, 900, mode)
    for line in after:
        change = changes[line.line_id]
        assert change.quantity is not None
        assert line.value == placed(line.unit_price, change.quantity, line.value.tax_rate_bp, mode)
    total = sums(after, freight)
    assert total["goods_minor"] == sum(line.value.gross_minor for line in after)
    assert total["gross_minor"] == total["goods_minor"] + freight.gross_minor == total["net_minor"] + total["tax_minor"]
    assert all(amount >= 0 for amount in total.values())


@given(LINES, MODES, st.integers(0, 100), st.integers(0, 100))
def test_discounts_follow_the_quantity_and_rounding_off_takes_exactly_its_amount(
    lines: list[tuple[Decimal, Decimal, int, int, Decimal | None]], mode: TaxMode, granted: int, rounded: int
) -> None:
    before = standing(lines, mode)
    worth = sum(line.value.worth(mode) for line in before)
    values, _ = discounted([line.value for line in before], worth * granted // 100, mode)
    before = [
        Standing(line.line_id, line.sku_code, line.unit, line.unit_price, value)
        for line, value in zip(before, values, strict=True)
    ]
    after = changed_lines(before, asked(lines, before), currency="CNY", mode=mode)
    for was, now in zip(before, after, strict=True):
        assert 0 <= now.value.discount_minor <= was.value.discount_minor
        assert 0 <= now.value.tax_minor <= now.value.gross_minor
    left = sum(line.value.worth(mode) for line in after)
    off = left * rounded // 100
    final, shares = round_off(after, off, mode)
    assert sum(shares) == off
    assert sum(line.value.worth(mode) for line in final) == left - off
    if mode is TaxMode.INCLUDED:
        gross = sum(line.value.gross_minor for line in after)
        assert sum(line.value.gross_minor for line in final) == gross - off
    for line in final:  # the frozen price explains the value, as the audit asks
        unit_price = UnitPrice(line.unit_price, "CNY", "piece", mode is TaxMode.INCLUDED)
        in_mode = line.value.gross_minor - (0 if mode is TaxMode.INCLUDED else line.value.tax_minor)
        assert in_mode + line.value.discount_minor == unit_price.gross_for(line.value.ordered).minor


PARTS = st.lists(
    st.tuples(PRICES, st.integers(2, 5000), RATES, st.integers(1, 100), st.integers(0, 100)), min_size=1, max_size=6
)


@given(PARTS, MODES, st.integers(0, 100), st.integers(0, 100))
def test_of_a_line_that_was_cancelled_in_part_the_rest_leaves_with_its_share(
    lines: list[tuple[Decimal, int, int, int, int]], mode: TaxMode, granted: int, rounded: int
) -> None:
    """In two steps as in one; what was cancelled before keeps its value, and a line that is removed has none left."""
    before: list[Standing] = []
    asked_of: dict[UUID, LineChange] = {}
    at_once: list[LineValue] = []
    for price, ordered, rate, gone, kept in lines:
        value = placed(price, Decimal(ordered), rate, mode)
        first = Decimal(max(1, ordered * gone // 200))
        cancelled, _ = value.cancel(first)
        line = Standing(uuid4(), "SKU", "piece", price, cancelled)
        left = Decimal(int(cancelled.open * kept / 100))
        before.append(line)
        asked_of[line.line_id] = LineChange(line.line_id, left)
        at_once.append(value.cancel(Decimal(ordered) - left)[0])
    after = changed_lines(before, asked_of, currency="CNY", mode=mode)
    for was, now, once in zip(before, after, at_once, strict=True):
        assert (now.value.ordered, now.unit_price) == (was.value.ordered, was.unit_price)
        assert (now.value.gross_minor, now.value.tax_minor) == (was.value.gross_minor, was.value.tax_minor)
        assert (now.value.cancelled, now.value.cancelled_minor) == (once.cancelled, once.cancelled_minor)
        assert now.value.open or not now.value.open_minor
    worth = sum(line.value.worth(mode) for line in after)
    for off in (worth * granted // 100, worth * rounded // 100):
        final, shares = round_off(after, off, mode)
        assert sum(shares) == off
        for now, line in zip(after, final, strict=True):
            taken = taken_over(now.value, line.state())
            assert taken == replace(line.value, settled=now.value.cancelled, settled_minor=now.value.cancelled_minor)
            assert taken.open_minor >= 0
            if taken.open:
                assert taken.share(taken.open).gross == taken.open_minor  # all of the rest leaves in the end
