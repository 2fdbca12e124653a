"""Money: exact values, one rounding, shares that sum, nothing that is not exact."""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.money import (
    EXPONENTS,
    MOST_MINOR,
    AmountTooLarge,
    MixedCurrencies,
    Money,
    UnitPrice,
    half_up,
    half_up_ratio,
    share_given_back,
    split,
)
from app.kernel.refusal import BadRequest

EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(-MOST_MINOR, MOST_MINOR)
totals = st.integers(-(10**15), 10**15)
quantities = st.decimals(0, 999_999_999_999, places=6)
prices = st.decimals(0, 10**14, places=4)
weights = st.lists(st.one_of(st.integers(0, 10**12), quantities), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("text", "currency", "minor", "written"),
    [
        ("12.50", "CNY", 1250, "12.50"),
        ("12.5", "CNY", 1250, "12.50"),
        ("-0.05", "CNY", -5, "-0.05"),
        ("0", "EUR", 0, "0.00"),
        ("-0", "EUR", 0, "0.00"),
        ("1250", "JPY", 1250, "1250"),
        ("1.234", "KWD", 1234, "1.234"),
        ("0.007", "BHD", 7, "0.007"),
        (7, "GBP", 700, "7.00"),
        (Decimal("3.1000"), "CNY", 310, "3.10"),
    ],
)
def test_reads_and_writes_the_currencys_decimals(
    text: str | int | Decimal, currency: str, minor: int, written: str
) -> None:
    money = Money.parse(text, currency)
    assert money == Money(minor, currency)
    assert str(money) == written
    assert str(money.decimal) == written


@pytest.mark.parametrize(
    "value",
    [
        1.5, float("nan"), "NaN", "Infinity", "1e3", "1_000", " 1", "1 ", "+1", "١٢", "1,5", "", ".5", "5.", "12.505",
        "1.500", True, None, Decimal("NaN"), Decimal("Infinity"), Decimal("0.001"), Decimal("1E+999999"),
        Decimal("1E-999999"), "9" * 19, 10**19, "1\n", "1\0", [], "😀",
    ],
)  # fmt: skip
def test_refuses_what_is_not_an_exact_amount(value: object) -> None:
    with pytest.raises(BadRequest) as refused:
        Money.parse(value, "CNY", "limit")  # type: ignore[arg-type]
    assert refused.value.field == "limit"
    assert refused.value.code == "BAD_REQUEST"
    assert "limit" in refused.value.message("en")


@pytest.mark.parametrize("currency", ["XXX", "cny", "", "ABC", "RMB"])
def test_refuses_an_unknown_currency(currency: str) -> None:
    with pytest.raises(BadRequest):
        Money.parse("1", currency)
    with pytest.raises(BadRequest):
        Money(1, currency)
    with pytest.raises(BadRequest):
        UnitPrice(Decimal(1), currency, "pc", True)


@pytest.mark.parametrize("minor", [1.0, True, Decimal(1), "1"])
def test_minor_units_are_whole_numbers(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "CNY")  # type: ignore[arg-type]


def test_currencies_do_not_mix() -> None:
    yuan, pound = Money(100, "CNY"), Money(100, "GBP")
    for mixed in (
        lambda: yuan + pound,
        lambda: yuan - pound,
        lambda: yuan < pound,
        lambda: yuan <= pound,
        lambda: yuan > pound,
        lambda: yuan >= pound,
    ):
        with pytest.raises(MixedCurrencies):
            mixed()
    assert yuan != pound
    with pytest.raises(TypeError):
        _ = yuan + 1  # type: ignore[operator]


def test_an_amount_beyond_the_column_never_comes_to_be() -> None:
    most = Money(MOST_MINOR, "CNY")
    with pytest.raises(AmountTooLarge):
        _ = most + Money(1, "CNY")
    with pytest.raises(AmountTooLarge):
        UnitPrice(Decimal(10**14), "CNY", "pc", True).gross_for(Decimal(10**6))
    assert -most == Money(-MOST_MINOR, "CNY")


@given(currencies, minors)
def test_written_money_reads_back(currency: str, minor: int) -> None:
    money = Money(minor, currency)
    assert Money.parse(str(money), currency) == money
    assert Money.parse(money.decimal, currency) == money


@given(currencies, totals, totals)
def test_sums_and_order_are_those_of_the_minor_units(currency: str, one: int, other: int) -> None:
    left, right = Money(one, currency), Money(other, currency)
    assert (left + right).minor == one + other
    assert (left - right) == left + -right
    assert (left < right, left <= right, left > right, left >= right) == (
        one < other,
        one <= other,
        one > other,
        one >= other,
    )
    assert bool(left) is (one != 0)
    assert left + Money.zero(currency) == left


@pytest.mark.parametrize(
    ("price", "currency", "quantity", "gross"),
    [
        ("12.50", "CNY", "3", "37.50"),
        ("0.3333", "CNY", "3", "1.00"),
        ("0.0050", "CNY", "1", "0.01"),
        ("0.0049", "CNY", "1", "0.00"),
        ("0.3350", "CNY", "1", "0.34"),
        ("1.005", "CNY", "1", "1.01"),
        ("99.5", "JPY", "1", "100"),
        ("0.0005", "KWD", "1", "0.001"),
        ("19.99", "GBP", "0.333333", "6.66"),
    ],
)
def test_a_line_is_rounded_once_half_up(price: str, currency: str, quantity: str, gross: str) -> None:
    unit = UnitPrice.parse(price, currency, "pc", tax_included=True)
    assert str(unit.gross_for(Decimal(quantity))) == gross


@given(currencies, prices, st.decimals(0, 999, places=6))
def test_a_line_equals_the_exact_product_rounded(currency: str, price: Decimal, quantity: Decimal) -> None:
    exact = EXACT.multiply(EXACT.multiply(price, quantity), Decimal(10) ** EXPONENTS[currency])
    expected = int(exact.to_integral_value(ROUND_HALF_UP))
    if expected <= MOST_MINOR:
        assert UnitPrice(price, currency, "pc", True).gross_for(quantity).minor == expected
    else:
        with pytest.raises(AmountTooLarge):
            UnitPrice(price, currency, "pc", True).gross_for(quantity)


@pytest.mark.parametrize("value", ["1.23456", "-1", "NaN", 0.5, "1e2", "9" * 17, Decimal("-0.01"), "", None])
def test_refuses_what_is_no_unit_price(value: object) -> None:
    with pytest.raises(BadRequest) as refused:
        UnitPrice.parse(value, "CNY", "pc", tax_included=True, field="price")  # type: ignore[arg-type]
    assert refused.value.field == "price"


def test_a_unit_price_is_exact_and_a_decimal() -> None:
    with pytest.raises(BadRequest):
        UnitPrice(Decimal("1.00001"), "CNY", "pc", True)
    with pytest.raises(BadRequest):
        UnitPrice(Decimal("NaN"), "CNY", "pc", True)
    with pytest.raises(TypeError):
        UnitPrice(1.5, "CNY", "pc", True)  # type: ignore[arg-type]
    assert UnitPrice(Decimal("1.500000"), "CNY", "pc", True) == UnitPrice(Decimal("1.5"), "CNY", "pc", True)


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("12.5", "CNY", "12.50"),
        ("12.3456", "CNY", "12.3456"),
        ("100", "JPY", "100"),
        ("0.5", "JPY", "0.5"),
        ("10", "KWD", "10.000"),
    ],
)
def test_a_unit_price_is_written_with_the_currencys_decimals_at_least(amount: str, currency: str, written: str) -> None:
    assert str(UnitPrice(Decimal(amount), currency, "pc", False)) == written


@pytest.mark.parametrize(
    ("value", "whole"),
    [("0.5", 1), ("-0.5", -1), ("1.49999999999999999999999999999999999999", 1), ("2.5", 3), ("-2.4", -2)],
)
def test_half_up_goes_away_from_zero_on_a_tie(value: str, whole: int) -> None:
    assert half_up(Decimal(value)) == whole


@given(st.integers(), st.integers(1, 10**12))
def test_half_up_is_the_nearest_whole_number(top: int, bottom: int) -> None:
    rounded = half_up_ratio(top, bottom)
    assert abs(Fraction(top, bottom) - rounded) <= Fraction(1, 2)
    assert half_up_ratio(-top, bottom) == -rounded


def test_exact_arithmetic_takes_no_floats() -> None:
    with pytest.raises(TypeError):
        half_up(0.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        split(100, [0.5, 0.5])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        split(1.0, [1])  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(1, "CNY").times(1.1)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        UnitPrice(Decimal(1), "CNY", "pc", True).gross_for(1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        half_up(Decimal("NaN"))


def test_times_rounds_once() -> None:
    assert Money(1001, "CNY").times(Decimal("0.5")) == Money(501, "CNY")
    assert Money(-1001, "CNY").times(Decimal("0.5")) == Money(-501, "CNY")
    assert Money(333, "CNY").times(3) == Money(999, "CNY")


@pytest.mark.parametrize(
    ("total", "over", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 1], [1, 0]),
        (1, [1, 2], [0, 1]),
        (1000, [5000, 1000], [833, 167]),
        (10, [0, 0, 0], [4, 3, 3]),
        (10, [0, 3, 0], [0, 10, 0]),
        (0, [], []),
        (7, [Decimal("0.5"), Decimal("1.5"), 2], [1, 3, 3]),
    ],
)
def test_splits_by_largest_remainder(total: int, over: list[int | Decimal], shares: list[int]) -> None:
    assert split(total, over) == shares


def test_a_split_needs_something_to_split_over() -> None:
    with pytest.raises(ValueError):
        split(1, [])
    with pytest.raises(ValueError):
        split(1, [2, -1])


@given(totals, weights)
def test_shares_sum_and_stay_beside_their_proportion(total: int, over: list[int | Decimal]) -> None:
    shares = split(total, over)
    exact = [Fraction(weight) for weight in over]
    whole = sum(exact)
    assert sum(shares) == total
    assert shares == split(total, over)
    assert split(-total, over) == [-share for share in shares]
    if whole:
        for share, weight in zip(shares, exact, strict=True):
            assert abs(share - total * weight / whole) < 1
            assert weight or share == 0
    else:
        assert max(shares) - min(shares) <= 1


@given(weights.map(lambda over: [int(weight) for weight in over]), st.data())
def test_no_share_exceeds_its_weight(over: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(over)))
    if sum(over):
        assert all(0 <= share <= weight for share, weight in zip(split(total, over), over, strict=True))


@given(totals, st.lists(st.decimals(Decimal("0.000001"), 10**6, places=6), min_size=1, max_size=12))
def test_what_is_given_back_in_parts_is_the_whole_share(share: int, parts: list[Decimal]) -> None:
    units, back, given_back = sum(parts, Decimal(0)), Decimal(0), 0
    for part in parts:
        back += part
        now = share_given_back(share, back, units, given_back)
        assert now == 0 or (now > 0) == (share > 0)
        given_back += now
    assert given_back == share


def test_gives_back_by_the_cumulative_formula() -> None:
    # 10.00 over three units, returned one by one: 3.33, then 6.67 in all, then 10.00 in all.
    assert share_given_back(1000, 1, 3, 0) == 333
    assert share_given_back(1000, 2, 3, 333) == 334
    assert share_given_back(1000, 3, 3, 667) == 333
    for back, units in ((4, 3), (-1, 3), (0, 0), (1, -1)):
        with pytest.raises(ValueError):
            share_given_back(1000, back, units, 0)
