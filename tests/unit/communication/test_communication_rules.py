"""When and by which way something leaves the mall, and what the table of notices says."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.communication.kinds import Channel, NotificationKind, Priority
from app.communication.notices import NOTICES, PRIORITY, enabled_by_default, kinds_open_to
from app.communication.rules import (
    BACK_OFF,
    QuietHours,
    first_channel,
    kept_back,
    next_try,
    not_before,
    time_of_day,
)
from app.communication.wording import PARAMS, WORDS, rendered
from app.network.roles import Permission, Role, permissions_of

KIND = NotificationKind
NIGHT = QuietHours(time(22, 0), time(7, 30), "Asia/Shanghai")
ZONES = st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "start"),
    [
        ("2026-11-21T21:59:59", "2026-11-21T21:59:59"),
        ("2026-11-21T22:00:00", "2026-11-22T07:30:00"),
        ("2026-11-22T03:00:00", "2026-11-22T07:30:00"),
        ("2026-11-22T07:29:59", "2026-11-22T07:30:00"),
        ("2026-11-22T07:30:00", "2026-11-22T07:30:00"),
    ],
)
def test_messages_wait_until_quiet_hours_end(now: str, start: str) -> None:
    assert not_before(shanghai(now), NIGHT, Priority.HIGH) == shanghai(start)
    assert not_before(shanghai(now), NIGHT, Priority.URGENT) == shanghai(now)
    assert not_before(shanghai(now), None, Priority.LOW) == shanghai(now)


def test_quiet_hours_within_a_day() -> None:
    noon = QuietHours(time(12, 0), time(13, 0), "Asia/Shanghai")
    assert noon.ends_after(shanghai("2026-11-21T12:30:00")) == shanghai("2026-11-21T13:00:00")
    assert noon.ends_after(shanghai("2026-11-21T13:00:00")) is None


@given(now=MOMENTS, start=st.times(), end=st.times(), zone=ZONES)
def test_whatever_the_zone_and_its_clock_changes(now: datetime, start: time, end: time, zone: str) -> None:
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    quiet = QuietHours(start, end, zone)
    after = not_before(now, quiet, Priority.NORMAL)
    assert now <= after <= now + timedelta(hours=25)
    if after > now:
        assert not_before(after, quiet, Priority.NORMAL) - after <= timedelta(hours=2)  # where clocks go back


@given(now=MOMENTS)
def test_tries_end(now: datetime) -> None:
    moments = [next_try(now, tries) for tries in range(1, len(BACK_OFF) + 2)]
    assert moments[-1] is None
    pauses = [one - now for one in moments if one is not None]
    assert pauses == sorted(pauses)
    assert len(pauses) == len(BACK_OFF)


def test_one_message_leaves_by_the_best_way() -> None:
    both = {Channel.WECHAT, Channel.EMAIL}
    assert first_channel(KIND.ORDER_PLACED, {}, both) is Channel.WECHAT
    assert first_channel(KIND.ORDER_PLACED, {}, both, after=Channel.WECHAT) is Channel.EMAIL
    assert first_channel(KIND.ORDER_PLACED, {}, both, after=Channel.EMAIL) is None
    assert first_channel(KIND.ORDER_PLACED, {}, {Channel.EMAIL}) is Channel.EMAIL
    assert first_channel(KIND.ORDER_PLACED, {"wechat": False}, both) is Channel.EMAIL
    assert first_channel(KIND.ORDER_PLACED, {"wechat": False, "email": False}, both) is None
    assert first_channel(KIND.SHIPMENT_SENT, {}, both, after=Channel.WECHAT) is None
    assert first_channel(KIND.SHIPMENT_SENT, {"email": True}, both, after=Channel.WECHAT) is Channel.EMAIL
    assert first_channel(KIND.EXPORT_READY, {}, both) is None


def test_what_is_low_leaves_the_last_message_of_a_shared_template() -> None:
    assert kept_back(KIND.RELATION_TERMS_CHANGED, [KIND.RELATION_TERMS_CHANGED, KIND.ORDER_PLACED]) == 1
    assert kept_back(KIND.RELATION_TERMS_CHANGED, [KIND.RELATION_TERMS_CHANGED]) == 0
    assert kept_back(KIND.SHIPMENT_SENT, [KIND.SHIPMENT_SENT, KIND.LEAD_OFFERED]) == 0


@pytest.mark.parametrize("text", ["", "7:30", "24:00", "23:60", "12-30", "１２:30", "12:3O", "12:30:00"])
def test_what_is_no_time_of_day(text: str) -> None:
    assert time_of_day(text) is None


def test_every_kind_has_words_a_row_and_defaults() -> None:
    assert set(WORDS) == set(KIND) == set(PRIORITY)
    params = dict.fromkeys(PARAMS, "x")
    for kind in KIND:
        for locale in ("en", "zh"):
            title, text = rendered(kind, params, locale)
            assert 0 < len(title) <= 40
            assert "{" not in text
    assert {kind for kind in KIND if enabled_by_default(kind, Channel.EMAIL)} == {
        kind for kind in KIND if PRIORITY[kind] <= Priority.HIGH
    }


def test_what_is_absent_reads_as_a_dash_and_nothing_breaks_out() -> None:
    assert rendered(KIND.ORDER_CONFIRMED, {}, "en")[1] == "— confirmed the order —."
    said = rendered(KIND.ORDER_CONFIRMED, {"seller": "A\r\nBcc: b@c.de", "number": "{seller.__class__}"}, "en")[1]
    assert said == "A  Bcc: b@c.de confirmed the order {seller.__class__}."


def test_rows_are_each_once_and_need_what_there_is() -> None:
    rows = [(one.fact, one.what, one.kind, one.side) for one in NOTICES]
    assert len(rows) == len(set(rows))
    assert {one.needs for one in NOTICES} - {None} <= set(Permission)


def test_kinds_open_to_roles() -> None:
    warehouse = kinds_open_to(permissions_of(frozenset({Role.WAREHOUSE})))
    assert warehouse == [
        KIND.SHIPMENT_SENT,
        KIND.SHIPMENT_STALLED,
        KIND.SHIPMENT_DELIVERED,
        KIND.EXPORT_READY,
        KIND.EXPORT_FAILED,
    ]
