"""At which quantity a price is shown."""

from decimal import Decimal as D

import pytest

from app.kernel.quantity import QuantityRule
from app.storefront.rules import smallest_order


@pytest.mark.parametrize(
    ("minimum", "multiple", "maximum", "smallest"),
    [
        (None, None, None, "1"),
        (None, None, "5", "1"),
        ("10", None, None, "10"),
        ("0.5", None, None, "0.5"),
        (None, "12", None, "12"),
        ("10", "12", None, "12"),
        ("24", "12", "48", "24"),
        ("0", None, None, "1"),
        (None, None, "0", "1"),
        ("5", None, "0", "5"),
    ],
)
def test_the_smallest_order(minimum: str | None, multiple: str | None, maximum: str | None, smallest: str) -> None:
    limits = [None if one is None else D(one) for one in (minimum, multiple, maximum)]
    assert smallest_order(QuantityRule(*limits)) == D(smallest)
