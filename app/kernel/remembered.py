"""What a process has worked out before, by everything that it was worked out from.

The key is content that was read a moment ago (a row, the JSON of its prices), never an id with a time: who looks a
value up has read again whatever could have changed it, so what is remembered cannot be stale. Only what is pure may be
remembered, keys that are equal must mean the same (2.0 and 2.000 are), and what is remembered is never changed.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

from app.settings import settings

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MIB: Final = 1024 * 1024


class Remembered(Generic[K, V]):
    """Values by key, bounded by their weight in bytes: a share of `TRIBUTARY_REMEMBERED_MB`.

    There are two halves. What is put or found goes to the newer one; when that is full it becomes the older one, and
    what nobody asked for since is forgotten. A look-up costs one dictionary, and nothing is kept in order.
    """

    __slots__ = ("_newer", "_older", "_share", "_weight")

    def __init__(self, share: float) -> None:
        self._share = share
        self._newer: dict[K, tuple[V, int]] = {}
        self._older: dict[K, tuple[V, int]] = {}
        self._weight = 0

    def get(self, key: K) -> V | None:
        """The value, None where there is none."""
        found = self._newer.get(key)
        if found is None:
            found = self._older.get(key)
            if found is None:
                return None
            self._keep(key, found)
        return found[0]

    def put(self, key: K, value: V, weight: int) -> bool:
        """Remember a value that takes about so many bytes, its key included. False where there is no room for it."""
        if weight > self._most // 2:
            return False
        self._keep(key, (value, weight))
        return True

    def forget(self) -> None:
        """Everything."""
        self._newer, self._older, self._weight = {}, {}, 0

    def __len__(self) -> int:
        return len(self._newer.keys() | self._older.keys())

    @property
    def _most(self) -> int:
        return int(settings().remembered_mb * MIB * self._share)

    def _keep(self, key: K, entry: tuple[V, int]) -> None:
        known = self._newer.get(key)
        if self._weight + entry[1] - (known[1] if known else 0) > self._most // 2:
            self._older, self._newer, self._weight, known = self._newer, {}, 0, None
        self._newer[key] = entry
        self._weight += entry[1] - (known[1] if known else 0)
