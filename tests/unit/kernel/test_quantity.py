"""Quantities are exact, and a quantity that is not allowed is answered with the two nearest that are."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.quantity import MOST, QuantityBreach, QuantityRule, parse_quantity, quantity_text, require_a_part
from app.kernel.refusal import BadRequest

STEP = Decimal("0.000001")
limits = st.none() | st.integers(0, 40).map(Decimal) | st.decimals(0, 40, places=2)
multiples = st.none() | st.integers(1, 12).map(Decimal) | st.decimals(Decimal("0.05"), 12, places=2)
rules = st.builds(QuantityRule, minimum=limits, multiple=multiples, maximum=limits)
asked = st.integers(0, 60).map(Decimal) | st.decimals(0, 60, places=2)


@pytest.mark.parametrize(
    ("value", "quantity"),
    [
        ("0", "0"), ("12", "12"), ("0.000001", "0.000001"), ("999999999999", "999999999999"), (7, "7"), ("007", "7"),
        (Decimal("1.5000000000"), "1.5"), (Decimal("1E+3"), "1000"), (Decimal("-0"), "0"), (Decimal("0E-20"), "0"),
    ],
)  # fmt: skip
def test_reads_a_quantity(value: str | int | Decimal, quantity: str) -> None:
    assert parse_quantity(value) == Decimal(quantity)
    assert quantity_text(parse_quantity(value)) == quantity


@pytest.mark.parametrize(
    "value",
    [
        1.0, float("nan"), float("inf"), "NaN", "Infinity", "-Infinity", "-1", "-0", -1, "1e3", "1E+999999999", "+1",
        "0.0000001", "1000000000000", 10**12, 10**50, "999999999999.000001", Decimal("NaN"), Decimal("sNaN"),
        Decimal("Infinity"), Decimal("-1"), Decimal("1E+999999"), Decimal("1E-999999"), Decimal("0.0000001"), "1_0",
        " 1", "1\n", "1\0", "", "٣", "３", "一", "😀", True, None, [1], "9" * 100_000,
    ],
)  # fmt: skip
def test_refuses_what_is_no_quantity(value: object) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_quantity(value, "lines[3].quantity")  # type: ignore[arg-type]
    assert refused.value.field == "lines[3].quantity"
    assert len(refused.value.message("zh-CN")) < 250


@given(
    rules,
    st.decimals(Decimal("0.000001"), 40, places=6)
    | st.sampled_from([Decimal("0.333333"), Decimal(12), Decimal("2.5")]),
    st.decimals(0, 100, places=6) | st.integers(0, 100).map(Decimal),
)
def test_a_rule_allows_in_base_units_exactly_what_it_allows_in_its_own(
    rule: QuantityRule, factor: Decimal, base: Decimal
) -> None:
    own = Fraction(base) / Fraction(factor)
    allowed = (
        own > 0
        and (rule.minimum is None or own >= Fraction(rule.minimum))
        and (rule.maximum is None or own <= Fraction(rule.maximum))
        and (rule.multiple is None or (own / Fraction(rule.multiple)).denominator == 1)
    )
    assert rule.in_base_units(factor).allows(base) is allowed


@given(rules, st.decimals(Decimal("0.000001"), 40, places=6), st.integers(1, 1000))
def test_multiples_of_a_rule_are_allowed_in_base_units_where_they_can_be_said(
    rule: QuantityRule, factor: Decimal, times: int
) -> None:
    own = (rule.multiple or STEP) * times
    base = own * factor
    if (base * 10**6) % 1 == 0:
        assert rule.in_base_units(factor).allows(base) is rule.allows(own)


@given(st.decimals(0, MOST, places=6))
def test_written_quantities_read_back(quantity: Decimal) -> None:
    assert parse_quantity(quantity) == quantity
    assert parse_quantity(quantity_text(quantity)) == quantity


@given(st.text(max_size=20) | st.text("0123456789.-+eE_ ٣", max_size=16))
def test_any_text_is_a_quantity_or_a_bad_request(text: str) -> None:
    try:
        assert 0 <= parse_quantity(text) <= MOST
    except BadRequest:
        assert not (text.isascii() and text.isdigit() and len(text) <= 12)


def test_an_integer_too_long_to_write_out_is_refused_and_worded() -> None:
    with pytest.raises(BadRequest) as refused:
        parse_quantity(10**5000)
    assert "many digits" in refused.value.message("en")


def rule(minimum: str | None, multiple: str | None, maximum: str | None) -> QuantityRule:
    return QuantityRule(*(None if limit is None else Decimal(limit) for limit in (minimum, multiple, maximum)))


@pytest.mark.parametrize(
    ("limits", "quantity", "lower", "upper"),
    [
        (("10", None, None), "9", None, "10"),
        (("10", "12", None), "10", None, "12"),
        (("10", "12", "30"), "13", "12", "24"),
        (("10", "12", "30"), "25", "24", None),
        (("10", "12", "30"), "36", "24", None),
        ((None, "12", None), "5", None, "12"),
        ((None, None, "5"), "6", "5", None),
        ((None, None, "0"), "1", None, None),
        ((None, None, None), "0", None, "0.000001"),
        ((None, "2.5", None), "6", "5", "7.5"),
        (("7", None, "3"), "5", None, None),
        ((None, "5", "4"), "3", None, None),
    ],
)
def test_names_the_two_nearest(
    limits: tuple[str | None, str | None, str | None], quantity: str, lower: str | None, upper: str | None
) -> None:
    breach = rule(*limits).check(Decimal(quantity))
    minimum, multiple, maximum = (None if limit is None else Decimal(limit) for limit in limits)
    assert breach == QuantityBreach(
        asked=Decimal(quantity),
        minimum=minimum,
        multiple=multiple,
        maximum=maximum,
        lower=None if lower is None else Decimal(lower),
        upper=None if upper is None else Decimal(upper),
    )


@pytest.mark.parametrize("quantity", ["12", "24"])
def test_allows_what_the_rule_allows(quantity: str) -> None:
    assert rule("10", "12", "30").check(Decimal(quantity)) is None
    assert rule(None, None, None).check(Decimal(quantity)) is None


@pytest.mark.parametrize(
    "limits", [("-1", None, None), (None, "0", None), (None, None, "-1"), (None, "0.0000001", None)]
)
def test_refuses_a_rule_that_makes_no_sense(limits: tuple[str | None, str | None, str | None]) -> None:
    with pytest.raises(ValueError):
        rule(*limits)


def allowed(one: QuantityRule, quantity: Decimal) -> bool:
    """The rule said once more, plainly."""
    return (
        0 < quantity <= MOST
        and (one.minimum is None or quantity >= one.minimum)
        and (one.maximum is None or quantity <= one.maximum)
        and (one.multiple is None or quantity % one.multiple == 0)
    )


@given(rules, asked)
def test_the_named_neighbours_are_allowed_and_nearest(one: QuantityRule, quantity: Decimal) -> None:
    breach = one.check(quantity)
    assert (breach is None) == allowed(one, quantity) == one.allows(quantity)
    if breach is None:
        return
    step = one.multiple or STEP
    candidates = [step * index for index in range(1, int(80 / step) + 2)] if one.multiple else []
    for neighbour in (breach.lower, breach.upper):
        assert neighbour is None or allowed(one, neighbour)
    assert breach.lower is None or breach.lower < quantity
    assert breach.upper is None or breach.upper > quantity
    if one.multiple:
        below = [candidate for candidate in candidates if candidate < quantity and allowed(one, candidate)]
        above = [candidate for candidate in candidates if candidate > quantity and allowed(one, candidate)]
        assert breach.lower == (max(below) if below else None)
        assert breach.upper == (min(above) if above else None)
    else:
        # Without a multiple what is allowed is one stretch, so the nearest are its two ends.
        first = max(one.minimum or STEP, STEP)
        last = MOST if one.maximum is None else one.maximum
        assert breach.lower == (last if first <= last < quantity else None)
        assert breach.upper == (first if quantity < first <= last else None)


def test_of_what_is_counted_there_is_no_half_unless_the_whole_has_one() -> None:
    with pytest.raises(BadRequest) as refused:
        require_a_part(Decimal("1.5"), of=Decimal(5), unit="carton", field="lines[1].signed")
    assert refused.value.message("en") == "lines[1].signed: expected a whole number of cartons, got 1.5."
    assert refused.value.message("zh") == "lines[1].signed：应为整数（单位：箱），收到的是 1.5。"
    require_a_part(Decimal("1.5"), of=Decimal("2.5"), unit="carton", field="signed")
    require_a_part(Decimal("1.5"), of=Decimal(5), unit="kg", field="signed")
