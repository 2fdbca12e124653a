"""One operation of one document: its collected fields, and functions for what is plain in it.

Both are made when execution first comes to them and kept for the next request. They depend on the document and on the
variables of `@skip` and `@include`, so there is a plan for each combination of those. Keys hold the identity of lists
of fields, and the plan keeps those lists alive.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList, GroupedFieldSet

from schema.execution.leaves import Write, writer
from schema.execution.plain import CAST, Unplain, attribute_of, class_of, is_computed, members_of, method_of
from schema.execution.source import Part, object_function

MOST_FIELDS = 2_000  # fields of one plan; a fragment spread in many places counts each time
PATIENCE = 16  # failures of a function before it may be given up

Collect = Callable[[GraphQLObjectType, FieldDetailsList], CollectedFields]


class Row(NamedTuple):
    """One field of a selection that graphql-core executes; `complete` is there when this field alone is plain."""

    name: str
    details: FieldDetailsList
    read: Callable[[Any], Any] | None
    complete: Write | None


class Attempt:
    """A function for values of one type at one place, and how often it gave up."""

    __slots__ = ("complete", "failed", "tried")

    def __init__(self, complete: Write) -> None:
        self.complete = complete
        self.tried = 0
        self.failed = 0


class Plan:
    """What was found out about one operation so far. `collect` must not depend on any request."""

    def __init__(self, schema: GraphQLSchema, collect: Collect) -> None:
        self.schema = schema
        self.collect = collect
        self.size = 0
        self.root: GroupedFieldSet | None = None
        self.selections: dict[tuple[int, int], tuple[FieldDetailsList, CollectedFields]] = {}
        self.attempts: dict[tuple[int, int], Attempt | None] = {}
        self.rows_of: dict[int, tuple[Row, ...] | None] = {}
        self.functions: dict[tuple[int, int], Write | None] = {}
        self.kept: list[Any] = []

    @property
    def full(self) -> bool:
        """Nothing more is added; what is not there is left to graphql-core."""
        return self.size >= MOST_FIELDS

    def selection(self, kind: GraphQLObjectType, details: FieldDetailsList) -> CollectedFields:
        """The fields below these fields on an object type, collected once."""
        key = (id(kind), id(details))
        if found := self.selections.get(key):
            return found[1]
        collected = self.collect(kind, details)
        if not self.full:
            self.selections[key] = (details, collected)
            self.size += len(collected.grouped_field_set)
        return collected

    # --- what the executor asks -------------------------------------------------------------------------------------

    def attempt(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Attempt | None:
        """How to complete a value of this type here; None when that is not plain, or was hopeless."""
        key = (id(kind), id(details))
        try:
            return self.attempts[key]
        except KeyError:
            if self.full:
                return None
        complete = self.value_function(kind, details)
        made = Attempt(complete) if complete else None
        self.keep(details)
        self.attempts[key] = made
        if made and isinstance(kind, GraphQLNonNull):  # the same value would be tried again one step deeper
            self.attempts[id(kind.of_type), id(details)] = None
        return made

    def gave_up(self, attempt: Attempt, kind: GraphQLOutputType, details: FieldDetailsList) -> None:
        """Where values are mostly unusual it costs less to let graphql-core have them at once."""
        attempt.failed += 1
        if attempt.failed > PATIENCE and attempt.failed * 2 > attempt.tried:
            self.attempts[id(kind), id(details)] = None

    def rows(self, kind: GraphQLObjectType, grouped: GroupedFieldSet) -> tuple[Row, ...] | None:
        """The fields of a selection, those that are plain with their functions; None when none is."""
        try:
            return self.rows_of[id(grouped)]
        except KeyError:
            if self.full:
                return None
        rows = tuple(self.row(kind, name, details) for name, details in grouped.items())
        self.keep(grouped)
        found = self.rows_of[id(grouped)] = rows if any(row.complete for row in rows) else None
        return found

    def row(self, kind: GraphQLObjectType, name: str, details: FieldDetailsList) -> Row:
        """One field of a selection."""
        field = self.field(kind, details)
        read = reading(field) if field else None
        if field is None or read is None:
            return Row(name, details, None, None)
        complete = self.value_function(field.type, details)
        if complete:
            self.attempts.setdefault((id(field.type), id(details)), None)  # tried here, and not again below
            if isinstance(field.type, GraphQLNonNull):
                self.attempts.setdefault((id(field.type.of_type), id(details)), None)
        return Row(name, details, read, complete)

    def keep(self, of_identity: Any) -> None:
        """Keep alive what a key identifies."""
        self.kept.append(of_identity)
        self.size += 1

    def field(self, kind: GraphQLObjectType, details: FieldDetailsList) -> GraphQLField | None:
        return self.schema.get_field(kind, details[0].node.name.value)

    # --- functions --------------------------------------------------------------------------------------------------

    def value_function(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Write | None:
        """Completes a value, which may be None where the type allows it. None: not plain."""
        of_type, nullable = without_null(kind)
        complete = self.function(of_type, details)
        if complete is None or not nullable:
            return complete
        return lambda value: None if value is None else complete(value)

    def function(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Write | None:
        """Completes a value that is not None. None: not plain."""
        key = (id(kind), id(details))
        if key in self.functions:
            return self.functions[key]
        if self.full:
            return None
        self.keep(details)
        made: Write | None = None
        if is_leaf_type(kind):
            made = writer(kind)
        elif is_list_type(kind):
            made = self.list_function(kind.of_type, details)
        elif is_object_type(kind):
            made = self.object_function(kind, details)
        elif is_abstract_type(kind):
            made = self.abstract_function(kind, details)
        self.functions[key] = made
        return made

    def list_function(self, item: GraphQLOutputType, details: FieldDetailsList) -> Write | None:
        """Lists and tuples. Other iterables may be readable only once, and are graphql-core's."""
        of_type, nullable = without_null(item)
        one = self.function(of_type, details)
        if one is None:
            return None

        def complete(values: Any) -> Any:
            if values.__class__ is not list and values.__class__ is not tuple:
                raise Unplain
            if nullable:
                return [None if value is None else one(value) for value in values]
            return [one(value) for value in values]

        return complete

    def object_function(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Write | None:
        """An object of exactly the type's class, when all that is selected on it is plain."""
        origin = class_of(kind)
        if origin is None:
            return None
        try:
            grouped = self.selection(kind, details).grouped_field_set
        except GraphQLError:  # a switch that is null
            return None
        parts = []
        for name, below in grouped.items():
            part = self.part(kind, origin, name, below)
            if part is None:
                return None
            parts.append(part)
        return object_function(origin, parts, maybe_cast=kind.is_type_of is not None)

    def part(self, kind: GraphQLObjectType, origin: type[Any], name: str, details: FieldDetailsList) -> Part | None:
        """One field of an object; None when it is not plain."""
        if details[0].node.name.value == "__typename":
            return Part(name, constant=kind.name)
        field = self.field(kind, details)
        read = reading(field) if field else None
        if field is None or read is None:
            return None
        of_type, nullable = without_null(field.type)
        complete = self.function(of_type, details)
        if complete is None:
            return None
        leaf: GraphQLLeafType | None = of_type if is_leaf_type(of_type) else None
        attribute = attribute_of(field)
        quick = attribute is not None and not is_computed(origin, attribute)
        return Part(name, attribute, None if quick else read, nullable, leaf, complete)

    def abstract_function(self, kind: Any, details: FieldDetailsList) -> Write | None:
        """An object of a union or interface, by its class."""
        members = members_of(self.schema, kind)
        if not members:
            return None
        functions: dict[type[Any], Write] = {}

        def function_for(of: type[Any]) -> Write:
            member = members.get(of)
            made = self.function(member, details) if member else None
            if made is None:
                raise Unplain
            return functions.setdefault(of, made)

        def complete(value: Any) -> Any:
            one = functions.get(value.__class__) or function_for(value.__class__)
            if getattr(value, CAST, None) is not None:
                raise Unplain
            return one(value)

        return complete


def reading(field: GraphQLField) -> Callable[[Any], Any] | None:
    """How a plain field is read off an object; None for every other field."""
    attribute = attribute_of(field)
    return attrgetter(attribute) if attribute is not None else method_of(field)


def without_null(kind: GraphQLOutputType) -> tuple[GraphQLOutputType, bool]:
    """The type of a value that is there, and whether there may be none."""
    return (kind.of_type, False) if isinstance(kind, GraphQLNonNull) else (kind, True)
