"""Fields that are columns of an object's `row`: read, and made into what the contract shows, when they are asked for.

An object of such fields costs nothing to make, whatever its type can tell. Compiled execution calls them as it reads
attributes (see `schema.execution`).
"""

from collections.abc import Callable
from typing import Any

import strawberry

from schema.money import Money


def column(kind: Any, name: str, description: str, shown: Callable[[Any], Any] | None = None) -> Any:
    """A column of `self.row` as a field of this type; `shown` makes the one into the other, NULL left out."""
    if shown is None:

        def read(self: Any) -> Any:
            return self.row[name]

        return _field(kind, read, description)

    def read_shown(self: Any) -> Any:
        value = self.row[name]
        return None if value is None else shown(value)

    return _field(kind, read_shown, description)


def identifier(name: str, description: str) -> Any:
    """A column that holds an id."""
    return column(strawberry.ID, name, description, str)


def amount(name: str, description: str) -> Any:
    """A `*_minor` column, in the currency of the row."""

    def read(self: Any) -> Money:
        row = self.row
        return Money.minor(row[name], row["currency"])

    return _field(Money, read, description)


def _field(kind: Any, read: Callable[[Any], Any], description: str) -> Any:
    read.__annotations__ = {"return": kind}
    return strawberry.field(resolver=read, description=description)
