"""Pure decisions about leads: whose turn it is, what a network's settings mean, what a rule may say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.kernel.refusal import BadRequest
from app.kernel.wording import Said, whole_number
from app.leads.lifecycle import PoolReason
from app.leads.working_time import MINUTES_OF_A_DAY, WorkingTime

ACCEPT_SECONDS: Final = 2 * 60 * 60
MOST_LAPSES: Final = 2
STAGNANT_DAYS: Final = 7
MOST_ACCEPT_SECONDS: Final = 14 * 24 * 60 * 60
MOST_SPECIAL_DAYS: Final = 400
MOST_WEEKS: Final = 100  # to accept a lead: with every holiday there can be, still within `working_time.MOST_DAYS`
MOST_OPEN: Final = 1_000_000
WARN_AT_PERCENT: Final = (50, 80)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dealer whose territory covers a lead. `region_code` is the narrowest such territory, `depth` how narrow."""

    company_id: UUID
    region_code: str
    depth: int
    most_open: int | None
    open_now: int
    refused: bool

    @property
    def has_room(self) -> bool:
        return has_room(self.most_open, self.open_now)


def has_room(most_open: int | None, open_now: int) -> bool:
    """Whether one more fits: no limit is always room, a limit of 0 never is."""
    return most_open is None or open_now < most_open


def tiers(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Who may be asked, the narrowest territory first; in each by id. Who refused it or is full is left out."""
    able = [one for one in candidates if one.has_room and not one.refused]
    depths = sorted({one.depth for one in able}, reverse=True)
    return [sorted((one for one in able if one.depth == depth), key=lambda one: one.company_id) for depth in depths]


def in_turn(tier: Sequence[Candidate], last: UUID | None) -> list[Candidate]:
    """The dealers of a tier in the order of their turns, who comes after `last` first."""
    later = [one for one in tier if last is None or one.company_id > last]
    return [*later, *(one for one in tier if one not in later)]


def why_nobody(candidates: Sequence[Candidate]) -> PoolReason:
    """Why none of them takes it."""
    if not candidates:
        return PoolReason.NO_DEALER
    return PoolReason.NOBODY_LEFT if all(one.refused for one in candidates) else PoolReason.NO_CAPACITY


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when an offer stands, and when to warn."""

    at: datetime
    warn_at: tuple[datetime, ...]

    @classmethod
    def after(cls, now: datetime, seconds: int, working: WorkingTime) -> Deadline:
        """In business time."""
        whole = timedelta(seconds=seconds)
        return cls(working.after(now, whole), tuple(working.after(now, whole * one / 100) for one in WARN_AT_PERCENT))


@dataclass(frozen=True, slots=True)
class LeadSettings:
    """How a network works with leads."""

    working: WorkingTime
    accept_seconds: int = ACCEPT_SECONDS
    most_lapses: int | None = MOST_LAPSES
    stagnant_days: int | None = STAGNANT_DAYS
    version: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> LeadSettings:
        """From the network's row with its settings outer-joined; without settings, the usual ones."""
        if row["accept_seconds"] is None:
            return cls(WorkingTime(ZoneInfo(row["network_time_zone"])))
        working = WorkingTime(
            ZoneInfo(row["time_zone"]),
            frozenset(row["weekdays"]),
            row["opens_minute"],
            row["closes_minute"],
            frozenset(row["holidays"]),
            frozenset(row["extra_days"]),
        )
        limits = row["accept_seconds"], row["most_lapses"], row["stagnant_days"]
        return cls(working, *limits, row["settings_version"])

    def checked(self) -> LeadSettings:
        """Itself; BadRequest names what cannot be."""
        working = self.working
        if not working.weekdays or not working.weekdays <= set(range(1, 8)):
            expected = Said("one to seven of 1 (Monday) to 7 (Sunday)", " 1（周一）到 7（周日）中的至少一天")
            raise BadRequest("weekdays", sorted(working.weekdays), expected)
        _between("opensMinute", working.opens_minute, 0, MINUTES_OF_A_DAY - 1)
        _between("closesMinute", working.closes_minute, working.opens_minute + 1, MINUTES_OF_A_DAY)
        for name, days in (("holidays", working.holidays), ("extraDays", working.extra_days)):
            _between(f"{name}.length", len(days), 0, MOST_SPECIAL_DAYS)
        weekly = 60 * (working.closes_minute - working.opens_minute) * len(working.weekdays)
        _between("acceptSeconds", self.accept_seconds, 1, min(MOST_ACCEPT_SECONDS, MOST_WEEKS * weekly))
        _between("mostLapses", self.most_lapses, 0, 100)
        _between("stagnantDays", self.stagnant_days, 0, 365)
        return self

    def give_up_after(self, lapses: int) -> bool:
        """Whether a lead that lapsed so often goes to the pool; no limit: only when nobody is left."""
        return self.most_lapses is not None and lapses >= self.most_lapses

    def is_stagnant(self, touched_at: datetime | None, now: datetime) -> bool:
        """Whether a lead that was accepted has waited too long for somebody to do something about it."""
        if self.stagnant_days is None or touched_at is None:
            return False
        return now >= touched_at + timedelta(days=self.stagnant_days)


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """A rule to be saved; `company_ids` None is whoever's territory covers the lead."""

    name: str
    precedence: int = 0
    region_code: str | None = None
    category_code: str | None = None
    product_line: str | None = None
    source: str | None = None
    strategy: str = "round_robin"
    company_ids: tuple[UUID, ...] | None = None
    rule_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """What leads must be like. None does not narrow."""

    statuses: tuple[str, ...] | None = None
    source: str | None = None
    campaign: str | None = None
    region_code: str | None = None
    dealer_id: UUID | None = None
    pool_reasons: tuple[str, ...] | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    phone_key: bytes | None = field(default=None, repr=False)


def _between(name: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise BadRequest(name, value, whole_number(least, most))
