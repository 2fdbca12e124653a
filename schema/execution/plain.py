"""Which fields and objects are plain: an attribute, or a method that needs nothing but the object, of an instance of
exactly one class."""

import inspect
from collections.abc import Callable
from types import CoroutineType, MemberDescriptorType
from typing import Any, Final

from graphql import GraphQLAbstractType, GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField

DEFINITION: Final = GraphQLCoreConverter.DEFINITION_BACKREF
CAST: Final = TYPE_CAST_ATTRIBUTE
"""Set by `strawberry.cast` on an object that is shown as another type than its class says."""


class Unplain(Exception):
    """This value is graphql-core's to complete, or to complain about. Never leaves the executor."""


def attribute_of(field: GraphQLField) -> str | None:
    """The attribute that a field without resolver, extension or argument shows; None for every other field."""
    definition = field.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryField) or definition.base_resolver or definition.extensions:
        return None
    if field.args or not getattr(field.resolve, "_is_default", False) or definition.default_resolver is not getattr:
        return None
    return definition.python_name


def method_of(field: GraphQLField) -> Callable[[Any], Any] | None:
    """The function of a field that Strawberry calls with the object alone, as `@strawberry.field def gross(self)`; None
    for every other field.

    Like an attribute it is read again where its value is not as it should be, so it must not do anything.
    """
    definition = field.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryField) or definition.extensions or field.args:
        return None
    resolver = definition.base_resolver
    if resolver is None or not hasattr(field.resolve, "_is_default"):  # another resolver was put in its place
        return None
    takes = [one for one in resolver.reserved_parameters.values() if one is not None]
    if resolver.is_async or resolver.arguments or takes != [resolver.self_parameter]:
        return None
    return resolver.wrapped_func if inspect.isfunction(resolver.wrapped_func) else None


def class_of(kind: GraphQLObjectType) -> type[Any] | None:
    """The class whose instances are this object type beyond doubt; None where graphql-core must ask the object."""
    definition = kind.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of:
        return None
    generic = definition.concrete_of  # a specialisation's own class has no instances
    origin = generic.origin if generic else definition.origin
    if not isinstance(origin, type) or issubclass(origin, Exception):
        return None
    return None if hasattr(origin, "__await__") or hasattr(origin, "__aiter__") else origin


def members_of(schema: GraphQLSchema, abstract: GraphQLAbstractType) -> dict[type[Any], GraphQLObjectType]:
    """The object types of a union or interface that the class of an object decides.

    Not the specialisations of a generic type: they share a class, and Strawberry looks into the object.
    """
    above = abstract.extensions.get(DEFINITION)
    origin_above: type[Any] = object
    if isinstance(above, StrawberryObjectDefinition):  # an interface
        if above.resolve_type:
            return {}
        origin_above = above.origin
    found: dict[type[Any], GraphQLObjectType] = {}
    for kind in schema.get_possible_types(abstract):
        origin, definition = class_of(kind), kind.extensions.get(DEFINITION)
        if origin is None or not isinstance(definition, StrawberryObjectDefinition):
            continue
        by_class = not definition.concrete_of and not definition.is_graphql_generic
        own = getattr(origin, "__strawberry_definition__", None) is definition and issubclass(origin, origin_above)
        if by_class and own and (origin_above is object or definition.name == kind.name):
            found[origin] = kind
    return found


def is_computed(origin: type[Any], attribute: str) -> bool:
    """Whether reading the attribute runs code (a property, `__getattr__`), so that two reads may differ."""
    try:
        static = inspect.getattr_static(origin, attribute)
    except AttributeError:
        return hasattr(origin, "__getattr__")
    return hasattr(type(static), "__get__") and not isinstance(static, MemberDescriptorType)


def discard(value: Any, source: object, read: Callable[[Any], Any]) -> None:
    """Close a coroutine that a property or method has made, since graphql-core will have another one made. Unplain
    always."""
    again = read(source)
    if again is not value:
        for one in (value, again):
            if isinstance(one, CoroutineType):
                one.close()
    raise Unplain
