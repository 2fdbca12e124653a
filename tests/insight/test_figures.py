"""Months, silence and lagging: the rules, and that the SQL says the same."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import database as db
from app.insight import sql
from app.insight.rules import Lagging, change_bp, days_between, first_day, last_months, month_number

ZONES = ("Asia/Shanghai", "UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati")
moments = st.integers(946_684_800, 4_102_444_800).map(lambda second: datetime.fromtimestamp(second, UTC))


def test_a_month_begins_where_the_networks_days_begin() -> None:
    last_minute = datetime(2026, 9, 30, 15, 59, tzinfo=UTC)
    assert first_day(month_number(last_minute, "Asia/Shanghai")) == date(2026, 9, 1)
    assert first_day(month_number(last_minute + timedelta(minutes=1), "Asia/Shanghai")) == date(2026, 10, 1)
    assert first_day(month_number(last_minute + timedelta(minutes=1), "UTC")) == date(2026, 9, 1)


@given(moments, st.sampled_from(ZONES))
def test_numbers_and_first_days_say_the_same(moment: datetime, zone: str) -> None:
    there = moment.astimezone(ZoneInfo(zone)).date()
    assert first_day(month_number(moment, zone)) == there.replace(day=1)


@given(
    st.integers(24_000, 25_000),
    st.integers(1, 24),
    st.integers(-30, 30),
    st.lists(st.integers(0, 10**12), min_size=24, max_size=24),
)
def test_a_series_has_every_month_once(running: int, count: int, behind: int, turnovers: list[int]) -> None:
    newest = running - behind
    months = last_months(running, count, newest, [1] * 24, turnovers)
    assert [one.first_day for one in months] == [first_day(running - count + 1 + place) for place in range(count)]
    for place, one in enumerate(months):
        ago = newest - (running - count + 1 + place)
        assert one.turnover_minor == (turnovers[ago] if 0 <= ago < 24 else 0)


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_a_change_is_exact_to_half_a_hundredth_of_a_percent(this: int, last: int) -> None:
    said = change_bp(this, last)
    if last == 0:
        assert said is None
    elif said is None:
        assert (this - last) * 10_000 > (2**31 - 1) * last
    else:
        assert abs(said) < 2**31
        assert abs(2 * (said * last - (this - last) * 10_000)) <= last


@pytest.mark.parametrize(
    ("this", "last", "said"),
    [
        (30_000, 19_000, 5789),
        (0, 1, -10_000),
        (3, 2, 5000),
        (20_001, 20_000, 1),
        (1, 0, None),
        (214_750, 1, None),
        (214_749, 1, 2_147_480_000),
    ],
)
def test_changes(this: int, last: int, said: int | None) -> None:
    assert change_bp(this, last) == said


def test_days_are_midnights_passed() -> None:
    evening, after_midnight = datetime(2026, 11, 20, 15, 59, tzinfo=UTC), datetime(2026, 11, 20, 16, 1, tzinfo=UTC)
    assert days_between(evening, after_midnight, "Asia/Shanghai") == 1
    assert days_between(evening, after_midnight, "UTC") == 0


def test_who_lags() -> None:
    wanted = Lagging(below_bp=5000, months=2, base_months=3)
    assert wanted.holds([100, 100, 100, 49, 49], known_months=5)
    assert not wanted.holds([100, 100, 100, 49, 50], known_months=5)  # half is not below half
    assert wanted.holds([0, 0, 100, 49, 49], known_months=3)  # one month is all it had before
    assert not wanted.holds([0, 0, 100, 49, 49], known_months=5)  # a mean of 33.33
    assert not wanted.holds([0, 0, 0, 0, 0], known_months=5)
    assert not wanted.holds([100, 10], known_months=2)


histories = st.lists(st.one_of(st.just(0), st.integers(0, 200)), min_size=24, max_size=24)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(histories, st.integers(1, 22), st.integers(0, 3), st.integers(1, 10_000), st.integers(1, 5), st.integers(1, 5))
async def test_the_statement_finds_who_lags(
    database: str, newest_first: list[int], known: int, behind: int, below_bp: int, months: int, base: int
) -> None:
    """`behind`: how many months ago the customer ordered last; `known`: months since its relation was opened."""
    wanted, running = Lagging(below_bp, months, base), 2026 * 12 + 10
    kept = [turnover if place + behind <= known else 0 for place, turnover in enumerate(newest_first)]
    opened = datetime.combine(first_day(running - known), datetime.min.time(), ZoneInfo("Asia/Shanghai"))
    (row,) = await db.rows(
        f"""SELECT {sql.lagging(wanted)} AS lags FROM (SELECT $1::bigint[] AS turnover_minor, $2::int AS month) f,
            (SELECT $3::int AS month, 'Asia/Shanghai' AS time_zone) n, (SELECT $4::timestamptz AS created_at) r""",
        kept,
        running - behind,
        running,
        opened,
    )
    series = last_months(running - 1, 23, running - behind, [0] * 24, kept)
    assert row["lags"] is wanted.holds([one.turnover_minor for one in series], known)
