"""What a subscription asks of each event: its selection, with the variables that the selection sees.

Everybody who asks the same shares one `Question`. Variables that only say from where to begin are no part of it.
"""

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Mapping
from typing import Any, Final, NamedTuple
from weakref import WeakValueDictionary

import orjson
from graphql import (
    SKIP,
    DocumentNode,
    ExecutionResult,
    Executor,
    FieldNode,
    GraphQLOutputType,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import CollectedErrors
from strawberry.execution import optimized_is_awaitable

from schema.context import Context
from schema.errors import settle
from schema.execution import CompiledExecutor
from schema.execution.plan import Plan
from schema.ordering.types import line_columns
from schema.selection import fields_of, names_at

AFTER: Final = "after"  # the argument that says from where to begin
OUTLINES: Final = 1_000  # of documents that are remembered


class Root(NamedTuple):
    """The one field of a subscription."""

    name: str
    kind: GraphQLOutputType
    details: FieldDetailsList


class Question:
    """A subscription's selection, to be executed on events."""

    __slots__ = ("__weakref__", "_document", "_executor", "_root", "lines")

    def __init__(self, executor: Executor[Any], document: DocumentNode) -> None:
        self._executor = _copy(executor, None, None)
        self._document = document
        self._root: Root | None = None
        self.lines = lines_shown(executor)
        """The columns of the lines of orders that its answers show; None: no lines."""

    def answer(self, event: object, context: Context) -> bytes | Awaitable[bytes]:
        """The payload of a `next` message, as graphql-core executes a subscription's event."""
        plan = self._plan()
        if plan is not None and (root := self._root or self._found_root(plan)) is not None:
            name, kind, details = root
            attempt = plan.attempt(kind, details)
            if attempt is not None:
                attempt.tried += 1
                try:
                    return orjson.dumps({"data": {name: attempt.complete(event)}})
                except Exception:  # graphql-core finds it again, and says what it is
                    plan.gave_up(attempt, kind, details)
        result: Any = _copy(self._executor, event, context).execute_operation(False)
        if optimized_is_awaitable(result):
            return _written_when_there(result, context)
        return _written(result, context)

    def answer_now(self, event: object, context: Context) -> bytes:
        """The payload for an event of which nothing can be waited for, such as `CaughtUp`."""
        answer = self.answer(event, context)
        assert isinstance(answer, bytes)
        return answer

    def _plan(self) -> Plan | None:
        """A subscription is executed often: it is worth a plan from its first event."""
        executor = self._executor
        if isinstance(executor, CompiledExecutor):
            if executor.plan is None:
                executor.plan = executor.plans.plan(
                    executor.schema, self._document, executor.operation, executor.fragments, executor.variable_values
                )
            return executor.plan
        return None

    def _found_root(self, plan: Plan) -> Root | None:
        """The subscription's one field. Its value is the event itself, so where all of it is plain it needs no
        executor."""
        root_type = self._executor.schema.subscription_type
        if plan.root is not None and len(plan.root) == 1 and root_type is not None:
            ((name, details),) = plan.root.items()
            field = root_type.fields[details[0].node.name.value]
            self._root = Root(name, field.type, details)
        return self._root


ORDERS_LINES: Final = (("event", "order", "lines"), ("order", "lines"))
"""Where events show the lines of an order, below the field of the subscription."""


def lines_shown(executor: Executor[Any]) -> frozenset[str] | None:
    """The columns of the lines of orders that an operation on events shows."""
    fragments = {name: one.definition for name, one in executor.fragments.items()}
    roots = list(fields_of([executor.operation.selection_set], fragments))
    asked = set[str]().union(*(names_at(roots, fragments, *path) for path in ORDERS_LINES))
    return line_columns(frozenset(asked)) if asked else None


def _copy(executor: Executor[Any], event: object, context: Context | None) -> Executor[Any]:
    """For one event, as `Executor.build_per_event_executor` makes it, with a context of its own."""
    one = object.__new__(type(executor))
    one.__dict__.update(executor.__dict__)
    one.root_value = event
    one.context_value = context
    one.collected_errors = CollectedErrors()
    one._relevant_sub_fields = {}  # keyed by lists that are made for each event
    return one


def _written(result: ExecutionResult, context: Context) -> bytes:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        settle(result.errors, context)
        body["errors"] = [error.formatted for error in result.errors]
    return orjson.dumps(body)


async def _written_when_there(result: Awaitable[ExecutionResult], context: Context) -> bytes:
    return _written(await result, context)


class Questions:
    """The questions that somebody asks."""

    def __init__(self) -> None:
        self._asked: WeakValueDictionary[tuple[int, int, bytes], Question] = WeakValueDictionary()
        self._outlines: OrderedDict[tuple[int, int], tuple[DocumentNode, frozenset[str]]] = OrderedDict()

    def asked(self, executor: Executor[Any], document: DocumentNode, variables: Mapping[str, Any] | None) -> Question:
        """The question of an operation that was built with these variables."""
        names = self._seen(document, executor.operation)
        said = {name: value for name, value in (variables or {}).items() if name in names}
        key = (id(document), id(executor.operation), orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
        found = self._asked.get(key)  # it holds its document, so the ids are still those
        if found is None:
            found = self._asked[key] = Question(executor, document)
        return found

    def _seen(self, document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
        """The variables that the selection sees."""
        key = (id(document), id(operation))
        if known := self._outlines.get(key):
            self._outlines.move_to_end(key)
            return known[1]
        seen = seen_variables(document, operation)
        self._outlines[key] = (document, seen)
        if len(self._outlines) > OUTLINES:
            self._outlines.popitem(last=False)
        return seen


class _Uses(Visitor):
    """How often each variable is used anywhere in a document."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()

    def enter_variable_definition(self, _node: VariableDefinitionNode, *_: Any) -> Any:
        return SKIP

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.count[node.name.value] += 1


def seen_variables(document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
    """The variables of an operation but those that are used once, for `after` of the subscription itself."""
    uses = _Uses()
    visit(document, uses)
    declared = {one.variable.name.value for one in operation.variable_definitions or ()}
    for field in operation.selection_set.selections:
        for argument in field.arguments or () if isinstance(field, FieldNode) else ():
            if argument.name.value == AFTER and isinstance(argument.value, VariableNode):
                name = argument.value.name.value
                if uses.count[name] == 1:
                    declared.discard(name)
    return frozenset(declared)
