"""Named cores: the API alone on the first, the database and the load on the others.

A child inherits the cores of its starter, so a process is pinned by starting it inside `on(cores)`. Where the system
cannot pin (macOS), nothing is pinned and the report says so.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

CAN_PIN = hasattr(os, "sched_setaffinity")


@dataclass(frozen=True, slots=True)
class Cores:
    """Who runs where. With two cores the database and the load share the second."""

    api: frozenset[int]
    load: frozenset[int]
    database: frozenset[int]

    def __str__(self) -> str:
        if not CAN_PIN:
            return "nothing is pinned: this system cannot"
        return f"API on core {_named(self.api)}, database on {_named(self.database)}, load on {_named(self.load)}"


def shared_out() -> Cores:
    """The cores that this process may use, shared out."""
    if not CAN_PIN:
        return Cores(frozenset(), frozenset(), frozenset())
    mine = sorted(os.sched_getaffinity(0))
    rest = mine[1:] or mine
    load = rest[:1]
    return Cores(frozenset(mine[:1]), frozenset(load), frozenset(rest[1:] or load))


@contextmanager
def on(cores: frozenset[int]) -> Iterator[None]:
    """This process, and what it starts meanwhile, runs on these cores."""
    if not CAN_PIN:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _named(cores: frozenset[int]) -> str:
    return ", ".join(str(core) for core in sorted(cores))
