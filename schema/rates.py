"""How often one viewer may ask: so many operations a second, and so many at once after a pause. Per process, in memory.

What is kept of a viewer is one moment: when everything that was asked so far would be done with at the even rate (the
generic cell rate algorithm, which is a token bucket written down as its time). A moment that has passed says nothing,
and is forgotten.
"""

import time
from collections.abc import Callable, Hashable
from math import ceil

from app.kernel.refusal import RateLimited

FEWEST = 1_000
"""So many viewers are kept before anybody looks who can be forgotten."""


class Rates:
    """A rate for everybody: `per_second` operations, `at_once` in a row after a pause."""

    __slots__ = ("_clock", "_done", "_each", "_full", "_most")

    def __init__(self, per_second: float, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = 1 / per_second
        self._most = at_once / per_second
        self._clock = clock
        self._done: dict[Hashable, float] = {}
        self._full = FEWEST

    def take(self, whose: Hashable) -> None:
        """Count one operation. RateLimited when it is too many; then it does not count."""
        now = self._clock()
        done = max(self._done.get(whose, now), now) + self._each
        over = done - now - self._most
        if over > self._each * 1e-6:  # what is lost by rounding
            raise RateLimited(ceil(over))
        self._done[whose] = done
        if len(self._done) > self._full:
            self._forget(now)

    def __len__(self) -> int:
        """How many viewers are kept."""
        return len(self._done)

    def _forget(self, now: float) -> None:
        self._done = {whose: done for whose, done in self._done.items() if done > now}
        self._full = max(FEWEST, 2 * len(self._done))
