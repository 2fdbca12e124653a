"""Business time: deadlines that stand still while nobody works. Pure.

A day counts by its date in the network's own time zone: the hours from opening to closing of each working day. Days on
which clocks change have the hours that they have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MINUTES_OF_A_DAY: Final = 1440
MOST_DAYS: Final = 3660
"""A deadline further away than this many days is a mistake of the settings."""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When a network works. `weekdays` are 1 (Monday) … 7; `holidays` are closed whatever their weekday, and
    `extra_days` (调休补班) are open whatever theirs. Minutes count from midnight; 1440 is the end of the day.
    """

    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    opens_minute: int = 9 * 60
    closes_minute: int = 18 * 60
    holidays: frozenset[date] = field(default_factory=frozenset)
    extra_days: frozenset[date] = field(default_factory=frozenset)

    def works_on(self, day: date) -> bool:
        """Whether anybody works on that day."""
        return day in self.extra_days or (day.isoweekday() in self.weekdays and day not in self.holidays)

    def after(self, start: datetime, time_needed: timedelta) -> datetime:
        """The moment, in UTC, when so much working time has passed since `start`. No time at all is `start` itself.

        ValueError where there is not so much working time in ten years.
        """
        left = time_needed
        if left <= timedelta():
            return start.astimezone(UTC)
        for opens, closes in self._windows(start):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        raise ValueError(f"no {time_needed} of working time within {MOST_DAYS} days")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments; nothing when the second is not later."""
        end = end.astimezone(UTC)
        total = timedelta()
        if end <= start:
            return total
        for opens, closes in self._windows(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def _windows(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is left of the working hours from `start` on, day by day, in UTC."""
        start = start.astimezone(UTC)
        day = start.astimezone(self.zone).date()
        for _ in range(MOST_DAYS):
            if self.works_on(day):
                opens, closes = max(start, self._at(day, self.opens_minute)), self._at(day, self.closes_minute)
                if closes > opens:
                    yield opens, closes
            day += timedelta(days=1)

    def _at(self, day: date, minute: int) -> datetime:
        midnight = datetime.combine(day + timedelta(days=minute // MINUTES_OF_A_DAY), time(), self.zone)
        return midnight.replace(hour=minute % MINUTES_OF_A_DAY // 60, minute=minute % 60).astimezone(UTC)
