"""The end of a replay: it passes only when pennies, rows, orders and the share of applied rows all agree."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from bench.wholesale.account import InMall, percentile, settle
from bench.wholesale.plan import Plan, plan
from bench.wholesale.play import Played
from bench.wholesale.rows import Row, Unreadable


def row(number: int, invoice: str, quantity: str, price: str) -> Row:
    at = datetime(2010, 12, 10)  # noqa: DTZ001
    return Row(number, invoice, "A", "Thing", Decimal(quantity), at, Decimal(price), "1", "Norway")


def made() -> Plan:
    """Forty rows of 1.10, one without a price, and a credit note that finds 3 of its 5 pieces."""
    ordered = [row(number, str(number), "1", "1.10") for number in range(2, 42)]
    return plan([*ordered, row(42, "42", "9", "0"), row(43, "43", "3", "2.00"), row(44, "C44", "-5", "2.00")])


def played(*failed: int) -> Played:
    done = Played(orders=41, lines=41, milliseconds=[10.0] * 41, seconds=2.0)
    done.applied = {*range(2, 42), 43, 44} - set(failed)
    done.failed = dict.fromkeys(failed, "the mall said no")
    return done


IN_MALL = InMall(41, Decimal("44.00"))


def test_a_row_applied_in_part_counts_as_skipped_with_the_value_of_its_rest() -> None:
    account = settle(made(), played(), IN_MALL)
    assert account.complaints == []
    out = account.out
    assert (out["rows"], out["rows_applied"], out["rows_unaccounted"]) == (43, 41, 0)
    assert out["skipped"] == {
        "price_not_positive": {"rows": 1, "value": 0.0},
        "negative_without_c": {"rows": 0, "value": 0.0},
        "cancels_no_open_line": {"rows": 1, "value": -4.0},
    }
    assert (out["value_file"], out["value_mall"]) == (40.0, 44.0)
    assert (out["orders_per_s"], out["p50_ms"], out["p99_ms"]) == (20.5, 10.0, 10.0)


@pytest.mark.parametrize(
    ("in_mall", "failed", "complaint"),
    [
        (replace(IN_MALL, value=Decimal("44.01")), (), "differ from the file by -0.01"),
        (replace(IN_MALL, orders=42), (), "the mall has 42 orders, 41 were placed"),
        (IN_MALL, (7,), "row 7: the mall said no"),
        (IN_MALL, (7,), "1 rows are not accounted for"),
        (IN_MALL, (7, 8), "only 92.86% of the rows"),
    ],
)
def test_whatever_does_not_agree_is_complained_of(in_mall: InMall, failed: tuple[int, ...], complaint: str) -> None:
    complaints = settle(made(), played(*failed), in_mall).complaints
    assert any(complaint in one for one in complaints), complaints


def test_a_row_that_cannot_be_read_is_not_accounted_for() -> None:
    ordered = [row(number, str(number), "1", "1.00") for number in range(2, 42)]
    done = Played(orders=40, applied=set(range(2, 42)))
    account = settle(plan([*ordered, Unreadable(42, "3 cells")]), done, InMall(40, Decimal(40)))
    assert account.complaints == ["row 42 cannot be read: 3 cells", "1 rows are not accounted for"]


@pytest.mark.parametrize(("percent", "value"), [(50, 2.0), (99, 4.0), (1, 1.0)])
def test_percentiles_are_values_that_were_measured(percent: int, value: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == value
    assert percentile([], percent) == 0.0
