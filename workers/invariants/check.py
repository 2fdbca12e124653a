"""One thing that must always hold, as a statement that finds what breaks it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant. `sql` returns (subject, found, expected) for each breach."""

    name: str
    says: str
    sql: str


def half_up(top: str, bottom: str) -> str:
    """SQL for top / bottom rounded half up, exact at any size; neither is negative. A plain division of numerics keeps
    sixteen digits, and rounds what it had rounded already."""
    return f"div(2 * ({top})::numeric + ({bottom}), 2 * ({bottom}))"
