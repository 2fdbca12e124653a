"""When and by which way a notification leaves the mall. Pure: the moment is passed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.communication.kinds import Channel, NotificationKind, Priority
from app.communication.notices import PRIORITY, enabled_by_default

BACK_OFF: Final = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
)
"""Pauses after the first, second … try; after the last one it has failed."""

STALE_AFTER: Final = timedelta(hours=24)
"""What could not be sent for so long stays in the inbox only."""

ORPHANED_AFTER: Final = timedelta(minutes=2)
"""A sending that was not settled for so long died with its worker; longer than any job may run."""

BEST_FIRST: Final = (Channel.WECHAT, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of day to another, over midnight where the second is earlier, in a zone."""

    start: time
    end: time
    zone: str

    def ends_after(self, now: datetime) -> datetime | None:
        """When the quiet hours that `now` lies in end; None outside of them.

        A time that a change of clocks skips is taken as the zone reads it: never earlier than `now`.
        """
        zone = ZoneInfo(self.zone)
        here = now.astimezone(zone)
        moment = here.time().replace(tzinfo=None)
        if self.start <= self.end:
            inside, days = self.start <= moment < self.end, 0
        else:
            inside, days = moment >= self.start or moment < self.end, int(moment >= self.start)
        if not inside:
            return None
        ends = datetime.combine(here.date() + timedelta(days=days), self.end, tzinfo=zone).astimezone(now.tzinfo)
        return ends if ends > now else None


def not_before(now: datetime, quiet: QuietHours | None, priority: Priority) -> datetime:
    """The earliest moment at which something may be sent: now, or the end of quiet hours. Urgent: always now."""
    if quiet is None or priority is Priority.URGENT:
        return now
    return quiet.ends_after(now) or now


def wanted(kind: NotificationKind, channel: Channel, chosen: Mapping[str, bool]) -> bool:
    """Whether a member wants this by this channel; `chosen` holds what they chose for the kind, by channel."""
    return chosen.get(channel.value, enabled_by_default(kind, channel))


def first_channel(
    kind: NotificationKind, chosen: Mapping[str, bool], reachable: Collection[Channel], *, after: Channel | None = None
) -> Channel | None:
    """The best channel that the member wants and can be reached by; `after` one that has failed. One message leaves
    for a notification, not one by every channel. None: it stays in the inbox."""
    left = BEST_FIRST if after is None else BEST_FIRST[BEST_FIRST.index(after) + 1 :]
    return next((one for one in left if one in reachable and wanted(kind, one, chosen)), None)


def next_try(now: datetime, tries: int) -> datetime | None:
    """When to try again after so many tries; None when that was the last one."""
    return now + BACK_OFF[tries - 1] if tries <= len(BACK_OFF) else None


def kept_back(kind: NotificationKind, sharing: Collection[NotificationKind]) -> int:
    """How many messages of a template a kind must leave to the more urgent kinds that share it: what is low leaves
    the last one."""
    lowest = PRIORITY[kind] is Priority.LOW
    return int(lowest and any(PRIORITY[one] < Priority.LOW for one in sharing))


def time_of_day(text: str) -> time | None:
    """HH:MM, from 00:00 to 23:59; None for anything else."""
    hour, colon, minute = text.partition(":")
    plain = text.isascii() and len(text) == 5 and colon and hour.isdigit() and minute.isdigit()
    return time(int(hour), int(minute)) if plain and int(hour) < 24 and int(minute) < 60 else None
