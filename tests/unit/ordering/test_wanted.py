"""Which quantities an act means, and what it is told when there are fewer."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from app.kernel.refusal import BadRequest, NotFound
from app.ordering.act_refusals import MoreThanOpen
from app.ordering.wanted import as_said, from_said, wanted


@dataclass(frozen=True)
class Line:
    id: UUID
    open: Decimal
    sku_code: str = "SKU"
    unit: str = "carton"


LINES = [Line(uuid4(), Decimal(5)), Line(uuid4(), Decimal(0)), Line(uuid4(), Decimal("2.5"))]


def test_everything_open_or_what_was_named_in_the_order_of_the_lines() -> None:
    first, _, last = LINES
    assert wanted(LINES, None) == {first.id: 5, last.id: Decimal("2.5")}
    named = wanted(LINES, [(last.id, Decimal("2.50")), (first.id, Decimal(1))])
    assert list(named.items()) == [(first.id, 1), (last.id, Decimal("2.5"))]


def test_every_line_that_is_short_is_named() -> None:
    first, gone, last = LINES
    with pytest.raises(MoreThanOpen) as refused:
        wanted(LINES, [(first.id, Decimal(6)), (gone.id, Decimal(1)), (last.id, Decimal(2))])
    assert [(one.line_id, one.open) for one in refused.value.lines] == [(first.id, Decimal(5)), (gone.id, Decimal(0))]
    assert "SKU 要求 6，剩余 5 箱；SKU 要求 1，剩余 0 箱" in refused.value.message("zh")


def test_what_makes_no_sense_is_refused() -> None:
    [first, *_] = LINES
    for asked in ([], [(first.id, Decimal(0))], [(first.id, Decimal(1)), (first.id, Decimal(1))]):
        with pytest.raises(BadRequest):
            wanted(LINES, asked)
    for quantity in ("-1", "NaN", "1.0000001", "1E+30"):
        with pytest.raises(BadRequest):
            wanted(LINES, [(first.id, Decimal(quantity))])
    with pytest.raises(NotFound):
        wanted(LINES, [(uuid4(), Decimal(1))])


def test_the_same_quantities_are_said_the_same_way() -> None:
    [first, *_] = LINES
    assert as_said([(first.id, Decimal("10.00"))]) == as_said([(first.id, Decimal(10))]) == [[str(first.id), "10"]]
    assert as_said(None) is None
    assert from_said([]) is None
    assert from_said([{"lineId": str(first.id), "quantity": "2.5"}]) == [(first.id, Decimal("2.5"))]
