"""Ids: UUID version 7 (RFC 9562), so rows sort by the time they were made.

One implementation for every Python version: the standard library has one only from 3.14 on, and without a lock.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from threading import Lock
from uuid import UUID

from app.kernel import clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTER_BITS = 42
_TAIL_BITS = 32
_COUNTER_END = 1 << _COUNTER_BITS


class Sequence7:
    """Ids that only grow: 48 bits of milliseconds, 42 of a counter, 32 random (RFC 9562, 6.2, method 1).

    The counter starts anywhere in the lower half at each new millisecond. When the wall clock goes back, the last
    millisecond goes on being used; a counter that is full borrows the next millisecond.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._ms = -1
        self._counter = 0

    def next(self) -> UUID:
        drawn = int.from_bytes(os.urandom(10), "big")
        tail = drawn & ((1 << _TAIL_BITS) - 1)
        start = (drawn >> _TAIL_BITS) & ((_COUNTER_END >> 1) - 1)
        with self._lock:
            ms = clock.wall_ms()
            if ms > self._ms:
                self._ms, self._counter = ms, start
            else:
                self._counter += 1
                if self._counter == _COUNTER_END:
                    self._ms, self._counter = self._ms + 1, start
            ms, counter = self._ms, self._counter
        high, low = counter >> 30, counter & ((1 << 30) - 1)
        return UUID(int=ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low << _TAIL_BITS | tail)


_sequence = Sequence7()


def uuid7() -> UUID:
    """A new id, greater than every id this process made before. Safe in threads and after a fork."""
    return _sequence.next()


def moment_of(made: UUID) -> datetime:
    """When the id was made, to the millisecond, in UTC. Refuses ids of other versions with ValueError."""
    if made.version != 7:
        raise ValueError(f"{made} is not a version 7 UUID")
    return _EPOCH + timedelta(milliseconds=made.int >> 80)


def _start_afresh() -> None:
    global _sequence
    _sequence = Sequence7()


# A child must inherit neither the parent's counter nor a lock that another thread happened to hold.
os.register_at_fork(after_in_child=_start_afresh)
