"""The published schema over made-up objects: every resolver answers with values made from its path and a seed."""

import asyncio
import datetime as dt
import decimal
import enum
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from schema.build import build_schema
from schema.execution.plain import attribute_of, class_of

LEAVES: dict[str, Callable[[Random], Any]] = {
    "ID": lambda r: f"019a9c2e-0000-7000-8000-{r.randint(0, 10**12):012d}",
    "String": lambda r: r.choice(("text", "外墙乳胶漆", "", 'quo"ted\n')),
    "Int": lambda r: r.choice((0, 1, -7, 2**31 - 1)),
    "Float": lambda r: r.choice((0.0, 1.5, -3.25)),
    "Boolean": lambda r: r.random() < 0.5,
    "Decimal": lambda r: decimal.Decimal(r.randint(-(10**9), 10**9)).scaleb(-r.randint(0, 6)),
    "Date": lambda r: dt.date(2026, r.randint(1, 12), 5),
    "DateTime": lambda r: dt.datetime(2026, 3, r.randint(1, 28), 8, 30, tzinfo=dt.UTC),
    "Cursor": lambda r: r.randint(0, 10**12),
}


class Values:
    """Values for output types. `rot` is the share of nulls and wrong ones."""

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self.schema = schema
        self.random = Random(seed)
        self.rot = self.random.choice((0, 0, 0.003, 0.02))

    def value(self, kind: GraphQLOutputType, depth: int = 0) -> Any:
        """A value of the type; deep ones are short, and missing where they may be."""
        r = self.random
        if r.random() < self.rot:
            return r.choice((None, "wrong", 10**20, ValueError("returned"), object()))
        if is_non_null_type(kind):
            return self.there(kind.of_type, depth)
        return None if r.random() < 0.15 or depth > 4 else self.there(kind, depth)

    def there(self, kind: GraphQLOutputType, depth: int) -> Any:
        if is_list_type(kind):
            return [self.value(kind.of_type, depth + 1) for _ in range(self.random.randint(0, 2 if depth < 3 else 0))]
        if is_abstract_type(kind):
            return self.object(self.random.choice(sorted(self.schema.get_possible_types(kind), key=str)), depth)
        if is_object_type(kind):
            return self.object(kind, depth)
        if isinstance(kind, CustomGraphQLEnumType):
            assert issubclass(kind.wrapped_cls, enum.Enum)
            return self.random.choice(list(kind.wrapped_cls))
        if isinstance(kind, GraphQLEnumType):
            return next(iter(kind.values.values())).value
        return LEAVES[str(kind)](self.random)

    def object(self, kind: GraphQLObjectType, depth: int) -> Any:
        """An instance of the type's class with the attributes that plain fields show."""
        origin = class_of(kind)
        found = object.__new__(origin) if origin else object()
        for field in kind.fields.values():
            attribute = attribute_of(field)
            if attribute:
                too_deep = depth > 6 and is_composite_type(get_named_type(field.type))
                setattr(found, attribute, None if too_deep else self.value(field.type, depth + 1))
        return found


def answering(schema: GraphQLSchema, field: GraphQLField, later: bool) -> Callable[..., Any]:
    """A resolver with values made of the seed in the context and the field's place in the answer."""

    def resolve(_source: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
        place = crc32(repr(info.path.as_list()).encode())
        return Values(schema, info.context + place).value(field.type)

    async def resolve_later(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        await asyncio.sleep(0)
        found = resolve(source, info, **arguments)
        if isinstance(found, Awaitable):
            found = await found
        return found

    return resolve_later if later else resolve


def made_up() -> GraphQLSchema:
    """The published schema, its resolvers replaced; every second of them is asynchronous."""
    schema = build_schema()._schema
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for field in kind.fields.values():
                if attribute_of(field) is None:
                    field.resolve = answering(schema, field, crc32(str(field.type).encode()) % 2 == 0)
    return schema
