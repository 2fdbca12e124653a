"""How large a document may be: depth, aliases, directives, root fields, page sizes and cost.

Every fragment is measured once and remembered, so measuring is linear in the document whatever its fragments say
(the rules that ship with GraphQL libraries expand fragments per path: 22 chained ones block a process for seconds).

*Cost* is the number of fields that the answer may hold. A connection costs its page (`first` or `last`, else the
default) times what stands below its `edges` or `nodes`; any other list counts as LIST_SIZE long. The cost of a fragment
is linear in the page it is used in, so it is remembered as two numbers, `fixed + per_item * page`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_list_type,
    visit,
)

from app.kernel.page import DEFAULT_FIRST, MOST_FIRST

LIST_SIZE = 10  # how long a plain list is taken to be
BEYOND = 10**12  # costs stop growing here, so that a bomb does not become a very long integer
PAGE_ARGUMENTS = ("first", "last")


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest document that is answered. All are per document, fragments expanded only for depth and cost."""

    source_length: int = 100_000  # code points
    tokens: int = 3_000
    operations: int = 20
    fragments: int = 100
    depth: int = 16
    fields: int = 1_000
    aliases: int = 60
    directives: int = 60
    repeats: int = 40  # of one name with a selection: whether such fields agree is checked in pairs
    query_root_fields: int = 20
    mutation_root_fields: int = 1  # a committed order must never be lost in a `data: null`
    cost: int = 20_000


def too_much(code: str, what: str, value: int, limit: int) -> GraphQLError:
    """An error that names the limit and the value that broke it."""
    known = f"{value}" if value < BEYOND else f"more than {BEYOND}"
    return GraphQLError(
        f"This document has {what} {known}; the limit is {limit}.",
        extensions={"code": code, "limit": limit, "value": min(value, BEYOND)},
    )


class Size(NamedTuple):
    """What a selection set adds: levels, fields below it on the root, and cost = fixed + per_item * page."""

    depth: int
    fields: int
    fixed: int
    per_item: int

    @property
    def cost(self) -> int:
        """Fields in the answer, for a selection that is not inside a page."""
        return min(self.fixed + self.per_item * LIST_SIZE, BEYOND)


NOTHING = Size(0, 0, 0, 0)


class Counted(Visitor):
    """One walk over the text: fields, aliases, directives, and strings that no database would take."""

    def __init__(self) -> None:
        super().__init__()
        self.fields = 0
        self.aliases = 0
        self.directives = 0
        self.named: Counter[str] = Counter()  # fields with a selection, by the name they have in the answer
        self.unusable: list[StringValueNode] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.fields += 1
        self.aliases += node.alias is not None
        if node.selection_set is not None:
            self.named[(node.alias or node.name).value] += 1

    def enter_directive(self, _node: DirectiveNode, *_: Any) -> None:
        self.directives += 1

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\x00" in node.value or any("\ud800" <= char <= "\udfff" for char in node.value):
            self.unusable.append(node)


class Measure:
    """Sizes of one document under one set of variables."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None) -> None:
        self.schema = schema
        self.variables = variables
        self.page_variables: dict[str, FieldNode] = {}
        self.page_errors: list[GraphQLError] = []
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.sizes: dict[str, Size] = {}
        self.defaults: dict[str, ValueNode | None] = {}

    def operation(self, operation: OperationDefinitionNode) -> Size:
        """The size of an operation as a whole."""
        self.defaults = {one.variable.name.value: one.default_value for one in operation.variable_definitions or ()}
        self.sizes.clear()  # defaults of variables differ between operations
        return self.of(operation.selection_set, self.schema.get_root_type(operation.operation))

    def of(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> Size:
        """The size of a selection set on a type; an unknown type counts its fields as plain ones."""
        depth = fields = fixed = per_item = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                one = self.field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                one = self.of(node.selection_set, self.schema.get_type(condition.name.value) if condition else parent)
            elif isinstance(node, FragmentSpreadNode):
                one = self.fragment(node.name.value)
            else:
                continue
            depth = max(depth, one.depth)
            fields += one.fields
            fixed += one.fixed
            per_item += one.per_item
        return Size(depth, min(fields, BEYOND), min(fixed, BEYOND), min(per_item, BEYOND))

    def fragment(self, name: str) -> Size:
        """Measured once. A cycle counts nothing here: the specification's own rule names it."""
        if name not in self.sizes:
            self.sizes[name] = NOTHING
            if definition := self.fragments.get(name):
                on = self.schema.get_type(definition.type_condition.name.value)
                self.sizes[name] = self.of(definition.selection_set, on)
        return self.sizes[name]

    def field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Size:
        """The size of one field. Introspection is bounded by a rule of its own and reads no database."""
        name = node.name.value
        if name.startswith("__"):
            return NOTHING
        definition = parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        below = NOTHING
        if node.selection_set:
            below = self.of(node.selection_set, get_named_type(definition.type) if definition else None)
        page = self.page(node, definition) if definition else None
        if definition and is_list_type(get_nullable_type(definition.type)):
            one_item = min(below.fixed + below.per_item * LIST_SIZE, BEYOND)
            if page is None:  # `edges`, or a plain list: the page of the field above decides
                return Size(below.depth + 1, 1, 1, one_item)
            return Size(below.depth + 1, 1, min(1 + one_item * page, BEYOND), 0)
        inside = below.fixed + below.per_item * (LIST_SIZE if page is None else page)
        return Size(below.depth + 1, 1, min(1 + inside, BEYOND), 0)

    def page(self, node: FieldNode, definition: GraphQLField) -> int | None:
        """How many items a field asks for; None where the field takes no page size."""
        names = [name for name in PAGE_ARGUMENTS if name in definition.args]
        if not names:
            return None
        given = {one.name.value: one.value for one in node.arguments or ()}
        asked = [self.number(given[name], node) for name in names if name in given]
        said = [one for one in asked if one is not None]
        for one in said:
            if not 1 <= one <= MOST_FIRST:
                self.page_errors.append(page_error(node, one))
        return min(max(said), MOST_FIRST) if said else DEFAULT_FIRST

    def number(self, value: ValueNode, node: FieldNode) -> int | None:
        """An integer argument. Without variables (when a document is validated) a variable is its largest page."""
        if isinstance(value, IntValueNode):
            return int(value.value) if len(value.value) <= 10 else BEYOND
        if not isinstance(value, VariableNode):
            return None
        name = value.name.value
        self.page_variables.setdefault(name, node)
        if self.variables is None:
            return MOST_FIRST
        if name in self.variables:
            return whole(self.variables[name])
        default = self.defaults.get(name)
        return self.number(default, node) if isinstance(default, IntValueNode) else None


def whole(value: object) -> int | None:
    """A variable that is an integer; anything else is refused later, by its type."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def page_error(node: FieldNode, asked: int, field: str | None = None) -> GraphQLError:
    """A page size outside the bounds, named by its field or variable."""
    field = field or node.name.value
    return GraphQLError(
        f"{field}: a page may have 1 to {MOST_FIRST} items, not {asked if asked < BEYOND else 'so many'}.",
        nodes=node,
        extensions={"code": "BAD_REQUEST", "field": field, "limit": MOST_FIRST},
    )


def unusable_text(node: StringValueNode) -> GraphQLError:
    """A text in the document that no database takes."""
    return GraphQLError(
        "query: a text holds a NUL character or a lone surrogate.",
        nodes=node,
        extensions={"code": "BAD_REQUEST", "field": "query"},
    )


class Judgement(NamedTuple):
    """What holds for the text as such, and what must be looked at again with the variables of every request."""

    errors: list[GraphQLError]
    page_variables: dict[str, FieldNode]  # variables that are page sizes, and a field that each of them sizes
    maybe_costly: bool  # too costly if every page variable took its largest value


def judge(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> Judgement:
    """Measure a document once, for whatever variables."""
    counted = Counted()
    visit(document, counted)
    errors = [unusable_text(node) for node in counted.unusable[:10]]
    measure = Measure(schema, document, None)
    for what, code, count, limit in (
        ("operations", "TOO_MANY_OPERATIONS", len(operations(document)), limits.operations),
        ("fragments", "TOO_MANY_FRAGMENTS", len(measure.fragments), limits.fragments),
        ("fields", "TOO_MANY_FIELDS", counted.fields, limits.fields),
        ("aliases", "TOO_MANY_ALIASES", counted.aliases, limits.aliases),
        ("directives", "TOO_MANY_DIRECTIVES", counted.directives, limits.directives),
        ("fields of one name", "TOO_REPETITIVE", max(counted.named.values(), default=0), limits.repeats),
    ):
        if count > limit:
            errors.append(too_much(code, f"{what}:", count, limit))
    if errors:
        return Judgement(errors, {}, False)
    costs = []
    try:
        for operation in operations(document):
            size = measure.operation(operation)
            errors += shape_errors(operation, size, limits)
            costs.append(size.cost)
    except RecursionError:  # fragments in fragments, as deep as the parser lets each of them be
        return Judgement([too_much("TOO_DEEP", "a depth beyond", BEYOND, limits.depth)], {}, False)
    maybe_costly = max(costs, default=0) > limits.cost
    if maybe_costly and not measure.page_variables:
        errors.append(too_much("TOO_COSTLY", "a cost of", max(costs), limits.cost))
    return Judgement(errors + measure.page_errors[:10], measure.page_variables, maybe_costly)


def judge_variables(
    schema: GraphQLSchema, document: DocumentNode, judgement: Judgement, variables: Mapping[str, Any], limits: Limits
) -> list[GraphQLError]:
    """Page sizes and cost with the variables of one request."""
    errors = []
    for name, node in judgement.page_variables.items():
        asked = whole(variables.get(name))
        if asked is not None and not 1 <= asked <= MOST_FIRST:
            errors.append(page_error(node, asked, f"variables.{name}"))
    if judgement.maybe_costly and not errors:
        measure = Measure(schema, document, variables)
        cost = max(measure.operation(operation).cost for operation in operations(document))
        if cost > limits.cost:
            errors.append(too_much("TOO_COSTLY", "a cost of", cost, limits.cost))
    return errors


def shape_errors(operation: OperationDefinitionNode, size: Size, limits: Limits) -> list[GraphQLError]:
    """Depth and root fields of one operation."""
    errors = []
    if size.depth > limits.depth:
        errors.append(too_much("TOO_DEEP", "a depth of", size.depth, limits.depth))
    if operation.operation is OperationType.MUTATION and size.fields > limits.mutation_root_fields:
        errors.append(too_much("TOO_MANY_MUTATIONS", "mutations:", size.fields, limits.mutation_root_fields))
    elif size.fields > limits.query_root_fields:
        errors.append(too_much("TOO_MANY_ROOT_FIELDS", "root fields:", size.fields, limits.query_root_fields))
    return errors


def operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    """The operations of a document, without its fragments."""
    return [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
