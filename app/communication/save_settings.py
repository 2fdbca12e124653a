"""Choose what leaves the mall by which channel, when a member is left in peace, and the language of messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.communication.channels import Open, open_channels
from app.communication.kinds import Channel, NotificationKind
from app.communication.notices import kinds_open_to
from app.communication.refusals import (
    ChannelNotReachable,
    KindNotYours,
    QuietHoursNotValid,
    QuietHoursProblem,
    WhyNotReachable,
)
from app.communication.rules import QuietHours, time_of_day
from app.communication.settings_row import reachable
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.network.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Preference:
    """One kind by one channel, on or off."""

    kind: NotificationKind
    channel: Channel
    enabled: bool


_SETTING: Final = """
INSERT INTO notification_setting (member_id, quiet_from, quiet_until, time_zone, locale) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (member_id) DO UPDATE SET quiet_from = EXCLUDED.quiet_from, quiet_until = EXCLUDED.quiet_until,
    time_zone = EXCLUDED.time_zone, locale = EXCLUDED.locale
"""
_PREFERENCES: Final = """
INSERT INTO notification_preference (id, member_id, kind, channel, enabled)
SELECT u.id, $1, u.kind, u.channel, u.enabled FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bool[])
    AS u(id, kind, channel, enabled) ORDER BY u.kind, u.channel
ON CONFLICT (member_id, kind, channel) DO UPDATE SET enabled = EXCLUDED.enabled
"""
_WAYS: Final = """
SELECT p.login, EXISTS (SELECT FROM identity i
    WHERE i.person_id = p.id AND i.provider = 'wechat' AND i.app_id = $2) AS bound
FROM person p WHERE p.id = $1
"""


@act
async def save_notification_settings(
    work: Work,
    viewer: Viewer,
    *,
    quiet: QuietHours | None,
    locale: str | None,
    preferences: Sequence[Preference] = (),
) -> None:
    """Quiet hours and language are as said from now on, None is none; of the preferences those that are named.

    Raises KindNotYours, and ChannelNotReachable for turning on what could not reach the viewer.
    """
    known = kinds_open_to(viewer.permissions)
    ways = await ways_of(work, viewer.person_id, open_channels())
    for one in preferences:
        if one.kind not in known:
            raise KindNotYours(one.kind.value, [kind.value for kind in known])
        problem = ways.problem(one.channel, one.kind)
        if one.enabled and problem is not None:
            raise ChannelNotReachable(one.channel, problem)
    start, end, zone = (f"{quiet.start:%H:%M}", f"{quiet.end:%H:%M}", quiet.zone) if quiet else (None, None, None)
    await work.run(_SETTING, viewer.membership_id, start, end, zone, locale)
    last = {(one.kind, one.channel): one.enabled for one in preferences}
    await work.run(
        _PREFERENCES,
        viewer.membership_id,
        [uuid7() for _ in last],
        [kind.value for kind, _ in last],
        [channel.value for _, channel in last],
        list(last.values()),
    )


@dataclass(frozen=True, slots=True)
class Ways:
    """How a person can be reached."""

    open: Open
    login: str | None
    bound: bool

    def problem(self, channel: Channel, kind: NotificationKind) -> WhyNotReachable | None:
        """Why this kind cannot come by this channel; None when it can."""
        if channel in reachable(self.open, kind, login=self.login, bound=self.bound):
            return None
        if channel is Channel.EMAIL:
            return WhyNotReachable.NO_ADDRESS if self.open.email else WhyNotReachable.CLOSED
        return WhyNotReachable.NOT_BOUND if kind in self.open.templates else WhyNotReachable.CLOSED


async def ways_of(work: Work, person_id: UUID, opened: Open) -> Ways:
    """How the person can be reached: one statement."""
    row = await work.row(_WAYS, person_id, opened.app_id)
    assert row is not None
    return Ways(opened, row["login"], row["bound"])


def checked_quiet_hours(start: str, end: str, zone: str) -> QuietHours:
    """Quiet hours as a client writes them. Raises QuietHoursNotValid."""
    for said in (start, end):
        if time_of_day(said) is None:
            raise QuietHoursNotValid(QuietHoursProblem.NOT_A_TIME, said)
    first, last = time_of_day(start), time_of_day(end)
    assert first is not None
    assert last is not None
    if first == last:
        raise QuietHoursNotValid(QuietHoursProblem.ALL_DAY, f"{start}-{end}")
    try:
        if len(zone) > 60:
            raise ValueError(zone)
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise QuietHoursNotValid(QuietHoursProblem.UNKNOWN_TIME_ZONE, zone) from None
    return QuietHours(first, last, zone)
