"""Refusals are data: declared like a dataclass, worded in two languages, checked at import."""

import pickle
from dataclasses import field
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.money import Money, UnitPrice
from app.kernel.refusal import (
    BadRequest,
    ChangedMeanwhile,
    Fault,
    Forbidden,
    KeyReused,
    MoveNotAllowed,
    NotFound,
    RateLimited,
    Refusal,
    Unauthenticated,
    plain,
)
from app.kernel.wording import MORE_THAN_NOTHING, Said, whole_number


class CrateShort(Refusal):
    code = "CRATE_SHORT"
    en = "{asked} crates asked, {available} there: {short} short by {at}, worth {value} at {price}. Lines {lines}."
    zh = "需要 {asked} 箱，可供 {available} 箱，缺 {short} 箱（{at}），价值 {value}，单价 {price}。行 {lines}。"
    asked: Decimal
    available: Decimal
    at: datetime
    value: Money
    price: UnitPrice
    lines: list[int] = field(default_factory=list)

    @property
    def short(self) -> Decimal:
        return self.asked - self.available


def crate_short(lines: list[int]) -> CrateShort:
    return CrateShort(
        asked=Decimal("10.500000"),
        available=Decimal("1E+1"),
        at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
        value=Money(1250, "CNY"),
        price=UnitPrice(Decimal("25"), "CNY", "crate", True),
        lines=lines,
    )


def test_a_refusal_says_it_in_the_readers_language() -> None:
    refused = crate_short([0, 4])
    assert refused.message("en-GB") == (
        "10.5 crates asked, 10 there: 0.5 short by 2026-03-01 08:30+00:00, worth 12.50 CNY at 25.00 CNY/crate. "
        "Lines 0, 4."
    )
    for locale in ("zh", "zh-CN", "ZH-Hans"):
        assert refused.message(locale) == (
            "需要 10.5 箱，可供 10 箱，缺 0.5 箱（2026-03-01 08:30+00:00），价值 12.50 元，单价 25.00 元/crate。"
            "行 0、4。"
        )
    assert crate_short([]).message("en").endswith("Lines nothing.")
    assert str(refused).startswith("CRATE_SHORT: 10.5 crates")


def test_params_are_the_fields_as_they_are() -> None:
    refused = crate_short([2])
    assert list(refused.params) == ["asked", "available", "at", "value", "price", "lines"]
    assert refused.params["value"] == Money(1250, "CNY")
    assert refused.params["lines"] is refused.lines


def test_every_refusal_of_the_kernel_reads_well_in_both() -> None:
    said = {
        KeyReused("k1"): "The client key k1 was already used for a different request. Use a new key for a new request.",
        MoveNotAllowed("order", "confirmed", "cancel", ["ship", "reverse"]): (
            "This order is confirmed: cancelling is not possible. Possible now: shipping, reverse."
        ),
        ChangedMeanwhile(3, 5): "Somebody else changed this after you looked at it. Look at it again before you go on.",
        NotFound("order", "42"): "There is no order 42.",
        Forbidden("order.place"): "Your role does not allow placing orders.",
        Forbidden(["order.read", "money.read"]): "Your role does not allow seeing orders, seeing accounts and credit.",
        BadRequest("first", 0, whole_number(1, 100)): "first: expected a whole number from 1 to 100, got 0.",
        BadRequest("reason", "", MORE_THAN_NOTHING): "reason: expected more than 0, got an empty text.",
        BadRequest("limit", None, MORE_THAN_NOTHING): "limit: expected more than 0, got nothing.",
        Unauthenticated(): "Log in first: no valid access token.",
        RateLimited(7): "Too many requests. Try again in 7 seconds.",
    }
    for one, english in said.items():
        assert one.message("en") == english
        assert one.message("zh") != english
        assert isinstance(one, Refusal) != isinstance(one, Fault)


def test_refusals_are_not_faults_and_travel_between_processes() -> None:
    for one in (crate_short([1, 2]), NotFound(what="order", id="42"), MoveNotAllowed("order", "a", "b", [])):
        again = pickle.loads(pickle.dumps(one))
        assert type(again) is type(one)
        assert again.params == one.params
        assert again != one


@pytest.mark.parametrize(
    "body",
    [
        {"code": "lower", "en": "x", "zh": "x"},
        {"code": "TWO WORDS", "en": "x", "zh": "x"},
        {"code": "FINE", "en": "x"},
        {"code": "FINE", "zh": "x"},
        {"code": "FINE", "en": "", "zh": "x"},
        {"code": "FINE", "en": "{nobody}", "zh": "x"},
        {"code": "FINE", "en": "x", "zh": "{nobody}"},
        {"code": "FINE", "en": "{message}", "zh": "x"},
    ],
)
def test_bad_wording_fails_at_import(body: dict[str, str]) -> None:
    with pytest.raises(TypeError):
        type("Bad", (Refusal,), body)


@given(st.text(), st.text())
def test_any_value_may_be_shown_and_breaks_no_line(value: str, name: str) -> None:
    for locale in ("en", "zh"):
        message = BadRequest(name, value, Said("{braces} too", "{braces} 也")).message(locale)
        message.encode()
        assert "\0" not in message
        assert "\n" not in message
        assert len(message) < 300


def test_absurd_numbers_are_shown_without_harm() -> None:
    assert "many digits" in BadRequest("first", 10**6000, MORE_THAN_NOTHING).message()
    assert "1E+999999" in BadRequest("quantity", Decimal("1E+999999"), MORE_THAN_NOTHING).message()
    assert "NaN" in BadRequest("quantity", Decimal("NaN"), MORE_THAN_NOTHING).message()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.500", "1.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("-0.0", "0"),
        ("0E-9", "0"),
        ("-2.50", "-2.5"),
        ("0.000001", "0.000001"),
    ],
)
def test_plain_decimals(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text
