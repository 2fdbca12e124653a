"""What a step writes, as a part of one statement: an act's writes then cost one round trip, not one each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

_PARAMETER: Final = re.compile(r"\$([0-9]+)")
_WRITTEN: Final = re.compile(r"\b(?:INSERT INTO|DELETE FROM|(?<!NO KEY )(?<!FOR )(?<!DO )UPDATE)\s+(\w+)")


@dataclass(frozen=True, slots=True)
class Change:
    """Common table expressions that write, with parameters from $1 on, and the values of these.

    PostgreSQL runs all parts of a statement on one snapshot. So no part sees what another writes but through its
    RETURNING, and what the rows are judged by was read under locks in statements before.
    `must_write`: a name of `sql`, and how many rows it has when all is well; anything else is a LookupError that says
    `otherwise`.
    """

    sql: str
    params: tuple[Any, ...]
    must_write: tuple[str, int] | None = None
    otherwise: str = ""


@lru_cache(maxsize=256)
def statement(parts: tuple[str, ...], counted: tuple[str, ...], answer: str) -> str:
    """One statement of these parts; it answers how many rows the counted ones have, as `written_0` and so on, and
    `answer`, which is a select list with its FROM.

    ValueError for parts that write the same table: of two updates of one row PostgreSQL would do only one.
    """
    numbered: list[str] = []
    seen: set[str] = set()
    before = 0
    for part in parts:
        tables = set(_WRITTEN.findall(part))
        if tables & seen:
            raise ValueError(f"two changes of one statement write {', '.join(sorted(tables & seen))}")
        seen |= tables
        numbered.append(_PARAMETER.sub(lambda found, by=before: f"${int(found[1]) + by}", part))  # type: ignore[misc]
        before += max((int(one) for one in _PARAMETER.findall(part)), default=0)
    columns = [f"(SELECT count(*) FROM {name}) AS written_{n}" for n, name in enumerate(counted)]
    return f"WITH {', '.join(numbered)}\nSELECT {', '.join([*columns, answer or '1 AS done'])}"


def as_one(changes: Sequence[Change], answer: str = "") -> tuple[str, list[Any]]:
    """The statement that makes these changes, and its parameters."""
    counted = tuple(change.must_write[0] for change in changes if change.must_write)
    sql = statement(tuple(change.sql for change in changes), counted, answer)
    return sql, [value for change in changes for value in change.params]


def check(changes: Sequence[Change], written: Any) -> None:
    """Raise LookupError when a change wrote another number of rows than it must; `written` is the answer's row."""
    must = [change for change in changes if change.must_write]
    for n, change in enumerate(must):
        assert change.must_write is not None
        if written is None or written[f"written_{n}"] != change.must_write[1]:
            raise LookupError(change.otherwise)
