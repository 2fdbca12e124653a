"""The one place where the time is read.

Tests tell stories over simulated weeks with `at` (the clock stands still until it is moved) and `travel` (it runs, but
elsewhere). Both hold for the current context and for the tasks started inside it, so parallel tests do not meet.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta


class Journey:
    """A clock that a test holds in its hand. Tasks started inside the context see it move."""

    def __init__(self, *, stands_at: datetime | None = None, ahead: timedelta = timedelta()) -> None:
        self._stands_at = None if stands_at is None else _in_utc(stands_at)
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead if self._stands_at is None else self._stands_at

    def forward(self, delta: timedelta) -> datetime:
        """Move on by `delta` and say what time it is then."""
        if self._stands_at is None:
            self._ahead += delta
        else:
            self._stands_at += delta
        return self.now()

    def to(self, moment: datetime) -> datetime:
        """Move to `moment`, earlier or later."""
        return self.forward(_in_utc(moment) - self.now())


_journey: ContextVar[Journey | None] = ContextVar("journey", default=None)


def now() -> datetime:
    """The current moment, aware, in UTC."""
    journey = _journey.get()
    return datetime.now(UTC) if journey is None else journey.now()


def wall_ms() -> int:
    """Real milliseconds since 1970, never simulated: for ids, which must not go back."""
    return time.time_ns() // 1_000_000


@contextmanager
def at(moment: datetime) -> Iterator[Journey]:
    """The clock stands at `moment` (aware) inside the block; `.forward(delta)` moves it."""
    with _following(Journey(stands_at=moment)) as journey:
        yield journey


@contextmanager
def travel(delta: timedelta) -> Iterator[Journey]:
    """The clock runs `delta` ahead of the real one inside the block."""
    with _following(Journey(ahead=delta)) as journey:
        yield journey


@contextmanager
def _following(journey: Journey) -> Iterator[Journey]:
    token = _journey.set(journey)
    try:
        yield journey
    finally:
        _journey.reset(token)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)
