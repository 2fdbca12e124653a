"""Members of a union can be asked for together: a field of the same name has the same shape in each of them."""

from itertools import combinations

from graphql import GraphQLField, GraphQLUnionType, get_named_type, is_leaf_type

from schema.build import build_schema


def conflict(one: GraphQLField, two: GraphQLField) -> bool:
    """What GraphQL's rule of overlapping fields forbids: other nullability, other lists, another leaf."""
    if is_leaf_type(get_named_type(one.type)) or is_leaf_type(get_named_type(two.type)):
        return str(one.type) != str(two.type)
    return wrapping(one) != wrapping(two)


def wrapping(field: GraphQLField) -> str:
    """The brackets and exclamation marks of a type."""
    return str(field.type).replace(get_named_type(field.type).name, "")


def test_no_client_needs_aliases_to_ask_a_union() -> None:
    schema = build_schema()._schema
    conflicts = []
    for union in schema.type_map.values():
        if not isinstance(union, GraphQLUnionType):
            continue
        for one, two in combinations(union.types, 2):
            both = set(one.fields) & set(two.fields)
            conflicts += [
                f"{union.name}: {one.name}.{name} and {two.name}.{name}"
                for name in sorted(both)
                if conflict(one.fields[name], two.fields[name])
            ]
    assert conflicts == []
