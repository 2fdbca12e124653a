"""Tax per line and discounts over lines: the agreed side never moves, and everything sums."""

from decimal import ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.tax import DiscountTooLarge, TaxedLine, TaxMode, apportion_discount, line_tax, tax_after_discount

EXACT = Context(prec=200, rounding=ROUND_HALF_UP)
values = st.integers(-(10**15), 10**15)
rates = st.integers(0, 10_000)
lines = st.lists(st.tuples(st.integers(0, 10**12), st.sampled_from([0, 600, 900, 1300])), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("value", "rate", "mode", "net", "tax", "gross"),
    [
        (11300, 1300, TaxMode.INCLUDED, 10000, 1300, 11300),
        (10000, 1300, TaxMode.INCLUDED, 8850, 1150, 10000),
        (10000, 900, TaxMode.INCLUDED, 9174, 826, 10000),
        (-10000, 900, TaxMode.INCLUDED, -9174, -826, -10000),
        (10000, 1300, TaxMode.EXCLUDED, 10000, 1300, 11300),
        (50, 900, TaxMode.EXCLUDED, 50, 5, 55),
        (-50, 900, TaxMode.EXCLUDED, -50, -5, -55),
        (999, 0, TaxMode.INCLUDED, 999, 0, 999),
        (0, 1300, TaxMode.EXCLUDED, 0, 0, 0),
    ],
)
def test_a_line_is_taxed_in_its_mode(value: int, rate: int, mode: TaxMode, net: int, tax: int, gross: int) -> None:
    assert line_tax(value, rate, mode) == TaxedLine(net=net, tax=tax, gross=gross)


@pytest.mark.parametrize("rate", [-1, 10_001])
def test_refuses_a_rate_that_is_none(rate: int) -> None:
    with pytest.raises(ValueError):
        line_tax(100, rate, TaxMode.INCLUDED)


def test_the_plain_word_of_a_column_is_the_mode_and_another_word_is_refused() -> None:
    assert line_tax(11300, 1300, "included") == TaxedLine(net=10000, tax=1300, gross=11300)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        line_tax(11300, 1300, "gross")  # type: ignore[arg-type]


@given(values, rates)
def test_included_tax_never_moves_the_gross(value: int, rate: int) -> None:
    taxed = line_tax(value, rate, TaxMode.INCLUDED)
    exact = EXACT.divide(Decimal(value) * 10_000, Decimal(10_000 + rate))
    assert taxed.gross == value == taxed.net + taxed.tax
    assert taxed.net == int(exact.quantize(Decimal(1), ROUND_HALF_UP, EXACT))


@given(values, rates)
def test_excluded_tax_never_moves_the_net(value: int, rate: int) -> None:
    taxed = line_tax(value, rate, TaxMode.EXCLUDED)
    exact = EXACT.divide(Decimal(value) * rate, Decimal(10_000))
    assert taxed.net == value == taxed.gross - taxed.tax
    assert taxed.tax == int(exact.quantize(Decimal(1), ROUND_HALF_UP, EXACT))


def test_a_manual_hundred_off_lowers_the_gross_of_mixed_rates_by_exactly_a_hundred() -> None:
    before = [(33_333, 1300), (66_667, 900), (1, 1300)]
    shares, taxed = tax_after_discount(before, 100_00, TaxMode.INCLUDED)
    assert shares == [3333, 6667, 0]
    assert sum(shares) == 100_00
    assert sum(line.gross for line in taxed) == 100_001 - 100_00
    assert taxed == [
        TaxedLine(net=26549, tax=3451, gross=30000),
        TaxedLine(net=55046, tax=4954, gross=60000),
        TaxedLine(net=1, tax=0, gross=1),
    ]


@given(lines, st.data(), st.sampled_from(TaxMode))
def test_shares_sum_to_the_discount_and_no_line_falls_below_zero(
    before: list[tuple[int, int]], data: st.DataObject, mode: TaxMode
) -> None:
    whole = sum(value for value, _ in before)
    discount = data.draw(st.integers(0, whole))
    shares, taxed = tax_after_discount(before, discount, mode)
    own = [line.gross if mode is TaxMode.INCLUDED else line.net for line in taxed]
    assert sum(shares) == discount
    assert sum(own) == whole - discount
    assert all(share >= 0 and value >= 0 for share, value in zip(shares, own, strict=True))
    assert all(line.net + line.tax == line.gross and line.tax >= 0 for line in taxed)


def test_a_discount_larger_than_its_lines_is_refused() -> None:
    with pytest.raises(DiscountTooLarge) as refused:
        apportion_discount([50, 49], 100)
    assert refused.value.params == {"discount_minor": 100, "most_minor": 99}
    assert apportion_discount([50, 50], 100) == [50, 50]
    assert apportion_discount([], 0) == []
    assert apportion_discount([0, 0], 0) == [0, 0]
    for over, discount in (([-1, 5], 1), ([5], -1)):
        with pytest.raises(ValueError):
            apportion_discount(over, discount)
