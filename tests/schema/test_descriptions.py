"""The contract explains itself: in a client's tools, nothing of it is without words."""

from collections.abc import Iterator

from graphql import GraphQLEnumType, GraphQLSchema, is_specified_scalar_type

from schema.build import build_schema
from schema.descriptions import VALUES


def published() -> GraphQLSchema:
    return build_schema()._schema


def without_words(schema: GraphQLSchema) -> Iterator[str]:
    for name, kind in schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        if not kind.description:
            yield name
        if isinstance(kind, GraphQLEnumType):
            yield from (f"{name}.{value}" for value, one in kind.values.items() if not one.description)
        for field_name, field in getattr(kind, "fields", {}).items():
            if not field.description:
                yield f"{name}.{field_name}"
            for argument_name, argument in getattr(field, "args", {}).items():
                if not argument.description:
                    yield f"{name}.{field_name}({argument_name})"


def test_every_type_field_argument_and_value_says_what_it_means() -> None:
    assert list(without_words(published())) == []


def test_words_are_kept_for_values_that_there_are() -> None:
    kinds = published().type_map
    for name, values in VALUES.items():
        kind = kinds[name]
        assert isinstance(kind, GraphQLEnumType)
        assert set(values) == set(kind.values), name


def test_every_unit_has_a_name_beside_its_code() -> None:
    for kind in published().type_map.values():
        fields = getattr(kind, "fields", {})
        if "unit" in fields and not kind.name.endswith("Input") and kind.name != "PriceStep":
            assert "unitName" in fields, kind.name
