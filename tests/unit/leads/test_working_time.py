"""Deadlines in business time: examples that can be followed on a calendar, and laws that hold for any hours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.leads.rules import Deadline
from app.leads.working_time import WorkingTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = WorkingTime(SHANGHAI)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-20 10:00", 120, "2026-11-20 12:00"),  # a Friday
        ("2026-11-20 17:00", 120, "2026-11-23 10:00"),  # over the weekend
        ("2026-11-20 16:00", 120, "2026-11-20 18:00"),  # exactly until closing
        ("2026-11-20 18:00", 1, "2026-11-23 09:01"),
        ("2026-11-21 12:00", 60, "2026-11-23 10:00"),  # on a Saturday nobody works
        ("2026-11-20 03:00", 9 * 60, "2026-11-20 18:00"),
        ("2026-11-20 03:00", 9 * 60 + 1, "2026-11-23 09:01"),
        ("2026-11-20 10:00", 0, "2026-11-20 10:00"),
    ],
)
def test_a_deadline_stands_still_while_nobody_works(start: str, minutes: int, end: str) -> None:
    found = OFFICE.after(shanghai(start), timedelta(minutes=minutes))
    assert found == shanghai(end)
    assert found.tzinfo is UTC


def test_holidays_are_left_out_and_extra_days_count() -> None:
    autumn = WorkingTime(
        SHANGHAI, holidays=frozenset({date(2026, 10, 1), date(2026, 10, 2)}), extra_days=frozenset({date(2026, 10, 3)})
    )
    assert autumn.after(shanghai("2026-09-30 17:30"), timedelta(hours=1)) == shanghai("2026-10-03 09:30")


def test_a_day_on_which_clocks_change_has_the_hours_it_has() -> None:
    berlin = WorkingTime(ZoneInfo("Europe/Berlin"), frozenset(range(1, 8)), 0, 1440)
    before = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)  # midnight of the day that has 23 hours
    assert berlin.after(before, timedelta(hours=23)) == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    assert berlin.between(before, before + timedelta(days=2)) == timedelta(days=2)


def test_warnings_come_at_half_and_at_four_fifths_of_the_time() -> None:
    deadline = Deadline.after(shanghai("2026-11-20 17:00"), 120 * 60, OFFICE)
    assert deadline.at == shanghai("2026-11-23 10:00")
    assert deadline.warn_at == (shanghai("2026-11-20 18:00"), shanghai("2026-11-23 09:36"))


DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
HOURS = st.builds(
    lambda zone, weekdays, opens, length, holidays, extra: WorkingTime(
        ZoneInfo(zone), frozenset(weekdays), opens, min(opens + length, 1440), frozenset(holidays), frozenset(extra)
    ),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    st.sets(st.integers(1, 7), min_size=1),
    st.integers(0, 1380),
    st.integers(60, 1440),
    st.sets(DAYS, max_size=20),
    st.sets(DAYS, max_size=20),
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TIMES = st.timedeltas(timedelta(), timedelta(days=3))


@given(hours=HOURS, start=MOMENTS, time=TIMES)
def test_so_much_working_time_lies_before_a_deadline_as_was_asked_for(
    hours: WorkingTime, start: datetime, time: timedelta
) -> None:
    end = hours.after(start, time)
    assert end >= start
    assert hours.between(start, end) == time
    if time:
        local = (end - timedelta(microseconds=1)).astimezone(hours.zone)
        assert hours.works_on(local.date())


@given(hours=HOURS, start=MOMENTS, one=TIMES, two=TIMES)
def test_time_adds_up_and_never_runs_backwards(
    hours: WorkingTime, start: datetime, one: timedelta, two: timedelta
) -> None:
    assert hours.between(start, hours.after(hours.after(start, one), two)) == one + two
    assert (hours.after(start, one) <= hours.after(start, two)) == (one <= two) or one == two
