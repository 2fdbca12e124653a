"""What a process has worked out before, by everything that it was worked out from.

The key is content that was read a moment ago (a row, the JSON of its prices), never an id with a time: who looks a
value up has read again whatever could have changed it, so what is remembered cannot be stale. Only what is pure may be
remembered, keys that are equal must mean the same (2.0 and 2.000 are), and what is remembered is never changed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

from app.settings import settings

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MIB: Final = 1024 * 1024


class Remembered(Generic[K, V]):
    """Values by key, bounded by their weight in bytes: a share of `TRIBUTARY_REMEMBERED_MB`. What nobody has asked for
    longest is forgotten first."""

    __slots__ = ("_kept", "_share", "_weight")

    def __init__(self, share: float) -> None:
        self._share = share
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._weight = 0

    def get(self, key: K) -> V | None:
        """The value, None where there is none."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, weight: int) -> bool:
        """Remember a value that takes about so many bytes, its key included. False where there is no room for it."""
        most = settings().remembered_mb * MIB * self._share
        if weight > most:
            return False
        if known := self._kept.pop(key, None):
            self._weight -= known[1]
        self._kept[key] = (value, weight)
        self._weight += weight
        while self._weight > most:
            self._weight -= self._kept.popitem(last=False)[1][1]
        return True

    def forget(self) -> None:
        """Everything."""
        self._kept.clear()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._kept)
