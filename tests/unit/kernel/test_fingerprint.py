"""What was asked twice is the same however its numbers and moments are written; anything else is another request."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from app.kernel.client_key import fingerprint

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    sku: str
    quantity: Decimal
    at: datetime = NOON


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (Decimal("30"), Decimal("30.00")),
        (Decimal("30"), Decimal("3E+1")),
        (Decimal("0"), Decimal("-0.000")),
        (NOON, NOON.astimezone(timezone(timedelta(hours=8)))),
        ([Item("A", Decimal(1))], [Item("A", Decimal("1.000000"), NOON.astimezone(timezone(timedelta(hours=8))))]),
        ({"a": 1, "b": [Decimal("0.1")]}, {"b": [Decimal("0.10")], "a": 1}),
    ],
)
def test_the_same_request_however_it_is_written(one: object, same: object) -> None:
    assert fingerprint({"said": one}) == fingerprint({"said": same})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("30"), Decimal("30.01")),
        (Decimal("100"), Decimal("1")),
        (NOON, NOON + timedelta(microseconds=1)),
        (NOON, NOON.replace(tzinfo=timezone(timedelta(hours=8)))),
        (date(2026, 9, 1), date(2026, 9, 2)),
        ([Item("A", Decimal(1))], [Item("A", Decimal(2))]),
        (["a", "b"], ["b", "a"]),
        (None, []),
    ],
)
def test_another_request(one: object, other: object) -> None:
    assert fingerprint({"said": one}) != fingerprint({"said": other})
