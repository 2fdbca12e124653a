"""Members of a union can be asked for together: a field of the same name has the same shape in each of them."""

from itertools import combinations

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLUnionType,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
)

from schema.build import build_schema


def conflict(one: GraphQLField, two: GraphQLField) -> bool:
    """What GraphQL's rule of overlapping fields forbids: other nullability, other list, another leaf."""
    left, right = one.type, two.type
    while True:
        if is_non_null_type(left) != is_non_null_type(right):
            return True
        left, right = get_nullable_type(left), get_nullable_type(right)
        if isinstance(left, GraphQLList) != isinstance(right, GraphQLList):
            return True
        if not (isinstance(left, GraphQLList) and isinstance(right, GraphQLList)):
            break
        left, right = left.of_type, right.of_type
    return (is_leaf_type(left) or is_leaf_type(right)) and left is not right


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
