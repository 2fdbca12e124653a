"""Leaf values as graphql-core writes them: scalars and enums, with a quick test for the usual value of each."""

import datetime as dt
import decimal
import enum
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from schema.execution.plain import Unplain

Write = Callable[[Any], Any]

HARMLESS: Final[frozenset[type[Any]]] = frozenset(
    {str, int, float, bool, decimal.Decimal, dt.datetime, dt.date, dt.time, dt.timedelta, UUID, bytes, list, dict}
)
"""Classes whose instances are neither null nor an error nor something to await."""

UNUSUAL: Final[dict[GraphQLLeafType, str]] = {
    GraphQLString: "{v}.__class__ is not str",
    GraphQLID: "{v}.__class__ is not str",
    GraphQLBoolean: "{v} is not True and {v} is not False",
    GraphQLInt: "{v}.__class__ is not int or not -2147483648 <= {v} <= 2147483647",
    GraphQLFloat: "{v}.__class__ is not float or {v} - {v} != 0.0",  # infinity and NaN are unusual
}
"""Python that is true when a value must be written by its scalar; any other value is written as it is."""


def writer(kind: GraphQLLeafType) -> Write:
    """Writes a value that is not null; Unplain, or whatever the scalar raises, when graphql-core would complain."""
    written_by_kind = kind.coerce_output_value

    def write(value: Any) -> Any:
        if value.__class__ not in HARMLESS and is_odd(value):
            raise Unplain
        written = written_by_kind(value)
        if written is None or written is Undefined:
            raise Unplain
        return written

    if not isinstance(kind, CustomGraphQLEnumType):
        return write
    names = names_by_id(kind)

    def write_member(value: Any) -> Any:
        return names.get(id(value)) or write(value)

    return write_member


def is_odd(value: Any) -> bool:
    """What graphql-core never gives to a leaf: null, an error that was returned, something to await."""
    return value is None or value is Undefined or isinstance(value, Exception) or optimized_is_awaitable(value)


def names_by_id(kind: CustomGraphQLEnumType) -> dict[int, str]:
    """The name of each member, by the member's identity: members live as long as their enum, and hash slowly."""
    if not issubclass(kind.wrapped_cls, enum.Enum):
        return {}
    return {id(member): kind.coerce_output_value(member) for member in kind.wrapped_cls}
