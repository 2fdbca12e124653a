"""A remembered price is the price that `resolve` gives at that moment, at the edges of every window too."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal as D
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.pricing import worked_out as memory
from app.pricing.rules import AssignedList, Candidate, CandidateRow, PriceState, ResolvedPrice, resolve
from app.pricing.sql import read_candidates, read_lists
from app.pricing.worked_out import ALWAYS, PriceAsked, Span, unchanged, worked_out
from tests.unit.pricing.test_resolve import DAY, NOW, listed, lists, quantities, row, units

TICK = timedelta(microseconds=1)


def as_read(candidates: Sequence[Candidate]) -> tuple[str, str]:
    """What the statement says of these candidates: the values of LISTS and CANDIDATES."""

    def span(one: AssignedList | CandidateRow) -> list[str | None]:
        return [None if edge is None else edge.isoformat() for edge in (one.valid_from, one.valid_to)]

    def amount(price: D | None) -> str | None:
        return None if price is None else str(price)

    heads: list[object] = [
        (str(h.list_id), h.code, h.name, h.scope, h.priority, h.currency, h.tax_included, *span(h), h.depth)
        for h in (one.list for one in candidates)
    ]
    rows: list[object] = [
        (str(one.list.list_id), str(r.row_id), r.unit, str(r.min_quantity), amount(r.unit_price), *span(r))
        for one in candidates
        for r in one.rows
    ]
    return json.dumps(heads), json.dumps(rows)


def asked_of(candidates: Sequence[Candidate], quantity: D = D(1), unit: tuple[str, D] = ("piece", D(1))) -> PriceAsked:
    return PriceAsked(*as_read(candidates), quantity, unit[0], "piece", unit[1], "CNY", True)


def at_once(asked: PriceAsked, now: datetime) -> ResolvedPrice:
    """Without any memory."""
    return resolve(
        read_candidates(read_lists(asked.lists), asked.candidates),
        quantity=asked.quantity,
        unit=asked.unit,
        base_unit=asked.base_unit,
        factor=asked.factor,
        currency=asked.currency,
        tax_included=asked.tax_included,
        now=now,
        listed=asked.listed,
        breaks=asked.breaks,
    )


edges = st.builds(
    lambda days, ticks: NOW + days * DAY + ticks * TICK, st.integers(-5, 8), st.sampled_from([-1, 0, 0, 1])
)


@settings(max_examples=500, deadline=None)
@given(st.lists(lists, max_size=5), quantities, units, st.lists(edges, min_size=2, max_size=12))
def test_whatever_was_asked_before(
    candidates: list[Candidate], quantity: D, unit: tuple[str, D], moments: list[datetime]
) -> None:
    asked = asked_of(candidates, quantity, unit)
    for now in moments:
        found = worked_out(asked, now)
        assert found.price == at_once(asked, now)
        assert found.span.holds(now)


@settings(max_examples=300, deadline=None)
@given(st.lists(lists, max_size=5), quantities, units, edges, edges)
def test_inside_a_span_nothing_changes(
    candidates: list[Candidate], quantity: D, unit: tuple[str, D], one: datetime, other: datetime
) -> None:
    find = partial(at_once, asked_of(candidates, quantity, unit))
    if unchanged(candidates, one).holds(other):
        assert find(one) == find(other)


def test_a_span_ends_where_a_window_begins_or_ends() -> None:
    candidates = [
        listed(row("1", valid_from=NOW - 2 * DAY, valid_to=NOW + DAY), valid_from=NOW - 9 * DAY, valid_to=NOW + 9 * DAY)
    ]
    assert unchanged(candidates, NOW) == Span(NOW - 2 * DAY, NOW + DAY)
    assert unchanged(candidates, NOW + DAY - TICK) == Span(NOW - 2 * DAY, NOW + DAY)
    assert unchanged(candidates, NOW + DAY) == Span(NOW + DAY, NOW + 9 * DAY)
    assert unchanged(candidates, NOW + 9 * DAY) == Span(NOW + 9 * DAY, None)
    assert unchanged(candidates, NOW - 10 * DAY) == Span(None, NOW - 9 * DAY)
    assert unchanged([], NOW) == ALWAYS


def test_the_same_is_worked_out_once_and_again_beyond_its_span(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asked_of([listed(row("8", valid_to=NOW + DAY), row("9", valid_from=NOW + DAY))])
    first = worked_out(asked, NOW)
    monkeypatch.setattr(memory, "resolve", None)
    again = asked._replace(quantity=D("1.000000"), factor=D("1.0"))  # a column's way of writing the same
    assert worked_out(again, NOW + DAY - TICK) is first
    monkeypatch.undo()
    later = worked_out(asked, NOW + DAY)
    assert first.price.unit_price is not None
    assert later.price.unit_price is not None
    assert (first.price.unit_price.amount, later.price.unit_price.amount) == (D(8), D(9))
    assert worked_out(asked, NOW) == first
    assert worked_out(asked._replace(currency="USD"), NOW).price.state is PriceState.NO_PRICE
