"""The plans of the documents that are in memory, bounded in fields; the least recently used document's go first.

A document is planned when it comes for the second time: what comes once is not worth it. (A trusted one, at once.)
"""

from collections import OrderedDict
from functools import partial
from typing import Any, Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues

from schema.execution.plan import Plan

MOST_FIELDS: Final = 100_000  # of all plans together
MOST_VARIANTS: Final = 16  # plans of one document: its operations times what @skip and @include decide
SWITCHES: Final = ("skip", "include")
ABSENT: Final = object()


class Switches(Visitor):
    """The variables that decide what is selected, and whether a fragment has variables of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.fragment_variables = False

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in SWITCHES:
            self.names |= {one.value.name.value for one in node.arguments or () if isinstance(one.value, VariableNode)}

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        self.fragment_variables |= bool(node.variable_definitions)


class Document:
    """One document and its plans."""

    def __init__(self, document: DocumentNode) -> None:
        self.document = document
        self.times_asked = 0
        self.switches: tuple[str, ...] | None = None
        self.unplannable = False  # fragments with variables of their own: an experiment of graphql-core
        self.variants: OrderedDict[tuple[Any, ...], Plan] = OrderedDict()
        self.weight = 0  # fields, when they were last counted

    @property
    def size(self) -> int:
        return sum(plan.size for plan in self.variants.values())

    def look(self) -> tuple[str, ...]:
        """The names of the switches, found once."""
        if self.switches is None:
            found = Switches()
            visit(self.document, found)
            self.switches = tuple(sorted(found.names))
            self.unplannable = found.fragment_variables
        return self.switches


class Plans:
    """The plans of one schema's documents."""

    def __init__(self, *, most_fields: int = MOST_FIELDS, from_time: int = 2) -> None:
        self.most_fields = most_fields
        self.from_time = from_time
        self.documents: OrderedDict[int, Document] = OrderedDict()
        self.fields = 0

    def admit(self, document: DocumentNode, *, at_once: bool = False) -> None:
        """Plan this document from now on. Only what is admitted is planned: whoever admits also forgets."""
        one = self.documents[id(document)] = Document(document)
        one.times_asked = self.from_time if at_once else 0

    def forget(self, document: DocumentNode) -> None:
        """The document is not in memory any more."""
        if one := self.documents.pop(id(document), None):
            self.fields -= one.weight

    def plan(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
    ) -> Plan | None:
        """The plan of an operation under these variables; None when graphql-core executes it all."""
        one = self.documents.get(id(document))
        if one is None:
            return None
        one.times_asked += 1
        if one.times_asked < self.from_time:
            return None
        self.documents.move_to_end(id(document))
        values = [variables.coerced.get(name, ABSENT) for name in one.look()]
        if one.unplannable or not all(
            value is None or value is True or value is False or value is ABSENT for value in values
        ):
            return None  # another operation's variable of that name
        key = (id(operation), *values)
        if found := one.variants.get(key):
            one.variants.move_to_end(key)
        else:
            decided = reduced(variables, one.look())
            found = one.variants[key] = Plan(schema, partial(collect, schema, fragments, decided, operation))
        self.weigh(one)
        return found

    def weigh(self, one: Document) -> None:
        """Count what its plans have grown by, and make room."""
        if len(one.variants) > MOST_VARIANTS:
            one.variants.popitem(last=False)
        size = one.size
        if size == one.weight:
            return
        self.fields += size - one.weight
        one.weight = size
        for other in list(self.documents.values()):
            if self.fields <= self.most_fields or other is one:
                break
            self.fields -= other.weight
            other.variants.clear()
            other.weight = 0


def collect(
    schema: GraphQLSchema,
    fragments: dict[str, FragmentDetails],
    variables: VariableValues,
    operation: OperationDefinitionNode,
    kind: Any,
    details: Any,
) -> Any:
    """graphql-core's own collecting of the fields below some fields."""
    return collect_subfields(schema, fragments, variables, operation, kind, details, True)


def reduced(variables: VariableValues, names: tuple[str, ...]) -> VariableValues:
    """Only these variables: a plan must not keep a request's values alive."""
    return VariableValues(
        {name: variables.sources[name] for name in names if name in variables.sources},
        {name: variables.coerced[name] for name in names if name in variables.coerced},
    )
