"""Credit, pure: limits, parts, shortfalls, receipts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.rules import (
    CreditTerms,
    ExposureKind,
    Position,
    ReceiptTo,
    Shortfall,
    credit_shortfall,
    divide_receipt,
    prepayment_shortfall,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)
amounts = st.integers(0, 10**12)


def test_no_limit_is_none_and_nothing_is_zero() -> None:
    unlimited = Position("CNY", CreditTerms(limit_minor=None), receivable_minor=10**9)
    assert unlimited.available_at(NOW) is None
    assert credit_shortfall(unlimited, 10**15, NOW) is None
    nothing = Position("CNY", CreditTerms(limit_minor=0))
    assert credit_shortfall(nothing, 1, NOW) == Shortfall(1, 0)
    assert credit_shortfall(nothing, 0, NOW) is None


@pytest.mark.parametrize(
    ("until", "limit"), [(None, 150), (NOW + timedelta(seconds=1), 150), (NOW, 100), (NOW - timedelta(days=1), 100)]
)
def test_a_temporary_limit_counts_before_its_end(until: datetime | None, limit: int) -> None:
    assert CreditTerms(100, 50, until).limit_at(NOW) == limit


def test_a_limit_that_was_lowered_leaves_less_than_nothing() -> None:
    position = Position("CNY", CreditTerms(limit_minor=100), receivable_minor=80, held_minor=40, pending_minor=30)
    short = credit_shortfall(position, 5, NOW)
    assert short is not None
    assert (short.available_minor, short.short_by_minor) == (-20, 25)


@given(amounts, amounts, amounts)
def test_every_unit_of_value_is_in_exactly_one_part(pending: int, opened: int, receivable: int) -> None:
    position = Position(
        "CNY", CreditTerms(), receivable_minor=receivable, held_minor=pending + opened, pending_minor=pending
    )
    parts = {part.kind: part.minor for part in position.parts}
    assert list(parts) == list(ExposureKind)
    assert sum(parts.values()) == position.exposure_minor == pending + opened + receivable


def test_something_unpaid_for_too_long_blocks_only_where_a_number_of_days_is_set() -> None:
    assert not Position("CNY", CreditTerms(), blocking_minor=1).overdue_blocks
    assert Position("CNY", CreditTerms(overdue_block_days=0), blocking_minor=1).overdue_blocks
    assert not Position("CNY", CreditTerms(overdue_block_days=0)).overdue_blocks


def test_prepaid_money_that_is_promised_is_not_free() -> None:
    position = Position("CNY", CreditTerms(), prepaid_minor=100, prepaid_held_minor=60)
    assert prepayment_shortfall(position, 40) is None
    assert prepayment_shortfall(position, 41) == Shortfall(41, 40)


@given(st.integers(1, 10**12), st.integers(-(10**12), 10**12), st.sampled_from(ReceiptTo))
def test_a_receipt_is_divided_without_a_rest(amount: int, owed: int, to: ReceiptTo) -> None:
    paid, prepaid = divide_receipt(amount, owed, to)
    assert paid + prepaid == amount
    assert 0 <= paid <= max(owed, 0)
    if to is ReceiptTo.PREPAYMENT:
        assert paid == 0
    elif prepaid:
        assert paid == max(owed, 0)
