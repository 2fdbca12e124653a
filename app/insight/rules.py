"""Months, silence and lagging: pure decisions about figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from app.kernel.refusal import BadRequest
from app.kernel.wording import whole_number

MOST_MONTHS: Final = 24  # that are kept
MOST_DAYS: Final = 3650
MOST_BP: Final = 2**31 - 1
MOST_RUN: Final = 11  # a run and its base lie behind the running month, within what is kept


@dataclass(frozen=True, slots=True)
class Month:
    """What a customer ordered in a month: the orders placed in it, and their gross less what was cancelled since."""

    first_day: date
    orders: int
    turnover_minor: int


def month_number(moment: datetime, time_zone: str) -> int:
    """The month that this moment lies in, where days begin by `time_zone`: year * 12 + month - 1."""
    there = moment.astimezone(ZoneInfo(time_zone))
    return there.year * 12 + there.month - 1


def first_day(month: int) -> date:
    """The first day of a month by its number."""
    return date(month // 12, month % 12 + 1, 1)


def last_months(running: int, count: int, newest: int, orders: Sequence[int], turnovers: Sequence[int]) -> list[Month]:
    """So many months up to the running one, the earliest first. The figures begin with the month `newest` and go back;
    of months that they do not reach there is nothing."""
    months: list[Month] = []
    for month in range(running - count + 1, running + 1):
        place = newest - month
        known = 0 <= place < len(turnovers)
        months.append(Month(first_day(month), orders[place] if known else 0, turnovers[place] if known else 0))
    return months


def checked_months(count: int) -> int:
    """How many months to show; BadRequest for more than are kept."""
    if not 1 <= count <= MOST_MONTHS:
        raise BadRequest("last", count, whole_number(1, MOST_MONTHS))
    return count


def change_bp(this_minor: int, last_minor: int) -> int | None:
    """By how many hundredths of a percent this month is above the last one (below: negative), half away from zero;
    None where there was nothing to compare with, or so little that the share says nothing (and fits no 32 bits)."""
    if last_minor == 0:
        return None
    top, bottom = (this_minor - last_minor) * 10_000, last_minor
    share = (2 * abs(top) + bottom) // (2 * bottom)
    if share > MOST_BP:
        return None
    return share if top >= 0 else -share


def days_between(since: datetime, now: datetime, time_zone: str) -> int:
    """Midnights between two moments, where days begin by `time_zone`."""
    zone = ZoneInfo(time_zone)
    return (now.astimezone(zone).date() - since.astimezone(zone).date()).days


def checked_days(days: int | None) -> int | None:
    """For how many days somebody must be silent; BadRequest for a number that cannot be."""
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise BadRequest("silentDays", days, whole_number(1, MOST_DAYS))
    return days


@dataclass(frozen=True, slots=True)
class Lagging:
    """Who does badly for long (业绩垫底): in each of the last `months` whole months the turnover was below `below_bp`
    of the mean of the `base_months` before these. The running month does not count; it is not over."""

    below_bp: int = 5000
    months: int = 3
    base_months: int = 6

    def checked(self) -> Lagging:
        """Itself; BadRequest names the field that cannot be."""
        for field, value, most in (
            ("lagging.belowBp", self.below_bp, 10_000),
            ("lagging.months", self.months, MOST_RUN),
            ("lagging.baseMonths", self.base_months, MOST_RUN),
        ):
            if not 1 <= value <= most:
                raise BadRequest(field, value, whole_number(1, most))
        return self

    def holds(self, turnovers: Sequence[int], known_months: int) -> bool:
        """True when a customer with these monthly turnovers lags; the last one is of the month before the running one.

        Of the base count the months since its relation was opened, `known_months` of all given (the last ones); who has
        no base, or a base of nothing, cannot lag.
        """
        run = turnovers[-self.months :]
        base = turnovers[: -self.months][-self.base_months :]
        counted = min(len(base), max(known_months - self.months, 0))
        return sum(base) > 0 and all(one * counted * 10_000 < self.below_bp * sum(base) for one in run)
