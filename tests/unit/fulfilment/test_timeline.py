"""Where a parcel is, from what was said of it: the same in any order and however often it was said."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fulfilment.rules import RANK, ShipmentStatus, TrackingCode, TrackingSaid
from app.fulfilment.timeline import Heard, Standing, event_id, standing, together
from app.kernel.ids import moment_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
C, S = TrackingCode, ShipmentStatus


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def told(*codes: TrackingCode) -> list[Heard]:
    return [Heard(code, at(n), at(n)) for n, code in enumerate(codes)]


heard = st.builds(
    lambda code, hours: Heard(code, at(hours), at(hours)), st.sampled_from(TrackingCode), st.integers(0, 6)
)


@given(st.lists(heard, min_size=1, max_size=12).flatmap(lambda events: st.tuples(st.just(events), _retold(events))))
def test_order_and_repetition_change_nothing(both: tuple[list[Heard], list[Heard]]) -> None:
    events, again = both
    assert standing(again) == standing(events)


def _retold(events: list[Heard]) -> st.SearchStrategy[list[Heard]]:
    more = st.lists(st.sampled_from(events), max_size=6)
    return more.flatmap(lambda repeated: st.permutations([*events, *repeated]))


@given(st.lists(heard, min_size=1, max_size=12), st.lists(heard, max_size=4))
def test_old_news_do_not_move_it_back(events: list[Heard], late: list[Heard]) -> None:
    """But for a return, which no later news take back."""
    before = [Heard(one.code, one.at - timedelta(days=9), NOON) for one in late if one.code is not C.RETURNED]
    turned = any(one.code in (C.ARRIVED, C.RETURNING) for one in before)
    if not turned or any(one.code not in (C.PICKED_UP, C.IN_TRANSIT, C.OUT_FOR_DELIVERY) for one in events):
        assert standing([*events, *before]).status is standing(events).status


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], S.SHIPPED),
        ([C.PICKED_UP], S.IN_TRANSIT),
        ([C.PICKED_UP, C.IN_TRANSIT, C.OUT_FOR_DELIVERY], S.OUT_FOR_DELIVERY),
        ([C.OUT_FOR_DELIVERY, C.IN_TRANSIT], S.IN_TRANSIT),
        ([C.EXCEPTION, C.IN_TRANSIT], S.IN_TRANSIT),
        ([C.IN_TRANSIT, C.EXCEPTION], S.EXCEPTION),
        ([C.ARRIVED, C.IN_TRANSIT], S.ARRIVED),
        ([C.ARRIVED, C.EXCEPTION], S.EXCEPTION),
        ([C.EXCEPTION, C.ARRIVED], S.ARRIVED),
        ([C.RETURNING, C.IN_TRANSIT, C.OUT_FOR_DELIVERY], S.EXCEPTION),
        ([C.RETURNING, C.RETURNED], S.RETURNED_TO_SENDER),
        ([C.RETURNED, C.IN_TRANSIT, C.ARRIVED], S.RETURNED_TO_SENDER),
    ],
)
def test_where_it_is(codes: list[TrackingCode], expected: ShipmentStatus) -> None:
    found = standing(told(*codes))
    assert found.status is expected
    assert found.news_at == (at(len(codes) - 1) if codes else None)


def test_time_for_signing_runs_from_when_the_arrival_is_known() -> None:
    """So that nobody can date an arrival back and close the door on a claim."""
    known_late = Heard(C.ARRIVED, at(1), at(50))
    assert standing([known_late]) == Standing(S.ARRIVED, at(1), at(50))
    assert standing([known_late, Heard(C.ARRIVED, at(2), at(60))]).arrived_at == at(50)
    assert standing([known_late, Heard(C.EXCEPTION, at(3), at(55)), Heard(C.ARRIVED, at(4), at(70))]) == Standing(
        S.ARRIVED, at(4), at(70)
    )


def test_of_two_things_at_one_moment_the_more_telling_counts() -> None:
    same = [Heard(code, NOON, NOON) for code in TrackingCode if code is not C.RETURNED]
    assert standing(same).status is S.ARRIVED
    assert standing(same[:3]).status is S.OUT_FOR_DELIVERY


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        ([S.SHIPPED, S.SHIPPED], S.SHIPPED),
        ([S.SHIPPED, S.ARRIVED], S.IN_TRANSIT),
        ([S.OUT_FOR_DELIVERY, S.ARRIVED], S.OUT_FOR_DELIVERY),
        ([S.ARRIVED, S.ARRIVED], S.ARRIVED),
        ([S.ARRIVED, S.EXCEPTION], S.EXCEPTION),
        ([S.ARRIVED, S.RETURNED_TO_SENDER], S.EXCEPTION),
        ([S.RETURNED_TO_SENDER] * 2, S.RETURNED_TO_SENDER),
    ],
)
def test_several_packages(packages: list[ShipmentStatus], expected: ShipmentStatus) -> None:
    assert together(packages) is expected


@given(st.lists(st.tuples(st.sampled_from(TrackingCode), st.integers(-9, 9), st.text(max_size=3)), max_size=12))
def test_ids_are_made_of_what_was_said_and_sort_as_it_happened(said: list[tuple[TrackingCode, int, str]]) -> None:
    about, other = UUID(int=1), UUID(int=2)
    events = [TrackingSaid(code, text, None, at(hours)) for code, hours, text in said]
    ids = {event_id(about, one) for one in events}
    assert len(ids) == len({(one.code, one.at, one.text) for one in events})
    assert ids.isdisjoint({event_id(other, one) for one in events})
    for one in events:
        assert moment_of(event_id(about, one)) == one.at
        assert event_id(about, TrackingSaid(one.code, one.text, "elsewhere", one.at)) in ids
    told_in_order = sorted(events, key=lambda one: (one.at, RANK[one.code]))
    by_id = sorted(events, key=lambda one: event_id(about, one))
    assert [(one.at, one.code) for one in by_id] == [(one.at, one.code) for one in told_in_order]
