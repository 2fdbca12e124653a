"""Hostile values for any field of the contract, and where in an input they may stand: made from the schema itself."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_nullable_type,
)

LONG: Final = "x" * 100_000
NUL: Final = "a\x00b"
LONE: Final = "a\ud800b"

ANYTHING: Final[list[Any]] = [
    None, "", " ", NUL, LONE, LONG, "😀👨‍👩‍👧", 10**30, -1, 0.0000001, 2**31, True, [], {}, [None], str(uuid4()),
]  # fmt: skip
TEXTS: Final[list[Any]] = ["'; DROP TABLE company; --", "\u202e%_\\\n\t", "e\u0301" * 20]
NUMBERS: Final[list[Any]] = [
    "1e30", "-1", "0", "-0", "0.0000001", "0.000001", "9" * 40, "9" * 18, f"{'9' * 18}.999999", "NaN", "Infinity",
    "١٢", "１２", "1,5", "0x1F",
]  # fmt: skip
WHOLE: Final[list[Any]] = [2**31 - 1, -(2**31), 0, "7", 1.5]
MOMENTS: Final[list[Any]] = [
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1900-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00", "infinity", "2026-02-30T00:00:00Z", "2026-01-01",
    "2026-01-01T00:00:00",
]  # fmt: skip
DAYS: Final[list[Any]] = ["0001-01-01", "1900-01-01", "9999-12-30", "9999-12-31", "2026-02-30", "infinity"]
BY_SCALAR: Final[dict[str, list[Any]]] = {
    "String": TEXTS,
    "ID": [*TEXTS, "00000000-0000-0000-0000-000000000000", "x" * 36],
    "Decimal": NUMBERS,
    "Int": WHOLE,
    "DateTime": MOMENTS,
    "Date": DAYS,
    "Boolean": ["true", 0],
    "Cursor": ["e", "e-1", "e99999999999999999999", f"e{2**63 - 1}"],
}

Path = tuple[str | int, ...]


def values_for(kind: GraphQLInputType, foreign: list[str]) -> list[Any]:
    """What to try where this type is expected; for an id also what belongs to other companies."""
    named = get_nullable_type(kind)
    if isinstance(named, GraphQLList):
        return [None, [], [None], "x", {}, 7, [[[]]]]
    if isinstance(named, GraphQLInputObjectType):
        return [None, {}, [], "x", 7, {"nonsense": 1}]
    if isinstance(named, GraphQLEnumType):
        return [*ANYTHING, next(iter(named.values)).lower()]
    assert isinstance(named, GraphQLScalarType)
    return [*ANYTHING, *BY_SCALAR[named.name], *(foreign if named.name == "ID" else [])]


def places(kind: GraphQLInputType, path: Path = ()) -> Iterator[tuple[Path, GraphQLInputType]]:
    """Every place in an input, fields of inputs in lists included: the path of keys to it and its type."""
    named = get_nullable_type(kind)
    if path:
        yield path, kind
    if isinstance(named, GraphQLList):
        yield from places(named.of_type, (*path, 0))
    elif isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from places(field.type, (*path, name))


def with_value(said: Any, path: Path, value: Any, kind: GraphQLInputType) -> Any:
    """A copy of `said` with this value there; what is missing on the way is made up from the schema."""
    if not path:
        return value
    named = get_nullable_type(kind)
    key, rest = path[0], path[1:]
    if isinstance(named, GraphQLList):
        items = list(said or [])
        first = with_value(items[0] if items else None, rest, value, named.of_type)
        return [first, *items[1:]]
    assert isinstance(named, GraphQLInputObjectType)
    assert isinstance(key, str)
    there = dict(said) if isinstance(said, dict) else sample(named)
    if _is_one_of(named):
        there = {name: one for name, one in there.items() if name == key}
    return there | {key: with_value(there.get(key), rest, value, named.fields[key].type)}


def _is_one_of(kind: GraphQLInputObjectType) -> bool:
    """Exactly one of its fields may be said."""
    definition = kind.extensions.get("strawberry-definition")
    return bool(getattr(definition, "is_one_of", False))


SAMPLES: Final[dict[str, Any]] = {
    "String": "x",
    "ID": str(uuid4()),
    "Decimal": "1",
    "Int": 1,
    "DateTime": "2026-01-01T00:00:00Z",
    "Date": "2030-01-01",
    "Boolean": True,
    "Cursor": "e0",
}


def sample(kind: GraphQLInputType) -> Any:
    """A value of this type with what it requires and nothing more."""
    named = get_nullable_type(kind)
    if isinstance(named, GraphQLList):
        return [sample(named.of_type)]
    if isinstance(named, GraphQLInputObjectType):
        required = {name: field for name, field in named.fields.items() if isinstance(field.type, GraphQLNonNull)}
        return {name: sample(field.type) for name, field in required.items() if field.default_value is None}
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    return SAMPLES[named.name]
