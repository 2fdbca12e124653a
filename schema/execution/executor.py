"""The hook into graphql-core: its executor, which asks the plan before it completes a value or a selection.

`strawberry.Schema(execution_context_class=…)` takes it. It stands on graphql-core's plain executor: the schema has
neither `@defer` nor `@stream`.
"""

from collections.abc import Awaitable, Sequence
from types import CoroutineType
from typing import Any, ClassVar, cast

from graphql import (
    DocumentNode,
    Executor,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    Undefined,
)
from graphql.execution.collect_fields import CollectedFields, DeferUsage, FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path, gather_with_cancel
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution.plain import discard
from schema.execution.plan import Plan, Row
from schema.execution.plans import Plans


class CompiledExecutor(Executor[None]):
    """graphql-core's executor of one operation, with a plan where there is one."""

    plans: ClassVar[Plans]
    plan: Plan | None = None
    operation_extensions: dict[str, Any] | None

    def __init__(self, *args: Any, operation_extensions: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operation_extensions = operation_extensions

    @classmethod
    def build(
        cls, schema: Any, document: DocumentNode, *args: Any, **kwargs: Any
    ) -> list[GraphQLError] | Executor[Any]:
        """As graphql-core builds it, with the plan. Middleware may change any value, so there is none with it."""
        built = super().build(schema, document, *args, **kwargs)
        if isinstance(built, CompiledExecutor) and not has_middleware(built):
            built.plan = cls.plans.plan(schema, document, built.operation, built.fragments, built.variable_values)
        return built

    def build_resolve_info(
        self, field_def: GraphQLField, field_nodes: list[FieldNode], parent_type: GraphQLObjectType, path: Path
    ) -> GraphQLResolveInfo[Any]:
        """Strawberry's own, which also knows the operation's extensions."""
        return StrawberryGraphQLCoreExecutionContext.build_resolve_info(
            cast("StrawberryGraphQLCoreExecutionContext", self), field_def, field_nodes, parent_type, path
        )

    def execute_collected_root_fields(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,
        new_defer_usages: Sequence[DeferUsage],
    ) -> Any:
        """The plan's own list of the root fields, by whose identity it finds what is below."""
        if self.plan is not None:
            if self.plan.root is None:
                self.plan.root = grouped_field_set
            grouped_field_set = self.plan.root
        return self.execute_root_grouped_field_set(root_type, root_value, grouped_field_set, serially, None)

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList
    ) -> CollectedFields:
        """From the plan, else as graphql-core remembers them for one request."""
        if self.plan is None or self.plan.full:
            return super().collect_subfields(return_type, field_details_list)
        return self.plan.selection(return_type, field_details_list)

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: None,
    ) -> Any:
        """By the plan's function; where that gives up, by graphql-core."""
        if self.plan is not None:
            attempt = self.plan.attempt(return_type, field_details_list)
            if attempt is not None:
                attempt.tried += 1
                try:
                    return attempt.complete(result)
                except Exception:  # graphql-core finds it again, and says what it is
                    self.plan.gave_up(attempt, return_type, field_details_list)
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: None,
    ) -> Any:
        """A selection with resolvers in it: its plain fields by their functions, the others by graphql-core."""
        rows = self.plan.rows(parent_type, grouped_field_set) if self.plan is not None else None
        if rows is None:
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        return self.execute_rows(parent_type, source_value, path, rows)

    def execute_rows(self, parent_type: GraphQLObjectType, source: Any, path: Path | None, rows: Sequence[Row]) -> Any:
        """graphql-core's `execute_fields`, with the quick way first for the fields that have one."""
        results: dict[str, Any] = {}
        awaited: list[str] = []
        try:
            for name, details, read, complete in rows:
                if read is not None and complete is not None:
                    try:
                        value = read(source)
                        if value.__class__ is CoroutineType:  # a property or method made it, and would make another one
                            discard(value, source, read)
                        results[name] = complete(value)
                        continue
                    except Exception:  # noqa: S110  # as above
                        pass
                result = self.execute_field(parent_type, source, details, Path(path, name, parent_type.name), None)
                if result is not Undefined:
                    results[name] = result
                    if self.is_awaitable(result):
                        awaited.append(name)
        except Exception:
            if awaited:  # they may fail too, and somebody must hear of it
                self.settle_in_background([results[name] for name in awaited])
            raise
        return self.await_rows(results, awaited) if awaited else results

    async def await_rows(self, results: dict[str, Any], awaited: Sequence[str]) -> dict[str, Any]:
        """Await what is not there yet, all at once, keeping the order of the fields."""
        if len(awaited) == 1:
            results[awaited[0]] = await results[awaited[0]]
        else:
            values = await gather_with_cancel(*(cast("Awaitable[Any]", results[name]) for name in awaited))
            results.update(zip(awaited, values, strict=True))
        return results


def has_middleware(executor: Executor[Any]) -> bool:
    """Whether a Strawberry extension stands between the resolvers and their values."""
    manager = executor.middleware_manager
    return manager is not None and bool(manager.middlewares)


def executor_with(plans: Plans) -> type[CompiledExecutor]:
    """The executor of one schema."""
    return type("CompiledExecutorOfSchema", (CompiledExecutor,), {"plans": plans})
