"""The schema from the domains' classes.

A domain module of this package exports `Queries`, `Mutations` and `Subscriptions` (those that it has), and `REFUSALS`,
a mapping from a Refusal to the type that shows it, and `TYPES` for which only an interface stands. Naming the module in
DOMAINS is all it takes to publish it.
"""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError, GraphQLObjectType, OperationDefinitionNode
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.field import StrawberryField
from strawberry.types.graphql import OperationType

from app.kernel.page import MOST_FIRST
from app.kernel.refusal import Refusal
from schema import (
    backoffice,
    catalog_acts,
    communication,
    desk_acts,
    events,
    fulfilment,
    inventory,
    leads,
    ledger,
    logistics,
    network,
    order_actions,
    order_changes,
    ordering,
    papers,
    pricing_acts,
    refusals,
    storefront,
)
from schema.descriptions import describe
from schema.documents import Documents
from schema.errors import refusal_handlers, settle
from schema.execution import executor_with
from schema.limits import Limits, operations
from schema.scalars import SCALARS
from schema.trusted import TrustedDocuments

DOMAINS: tuple[ModuleType, ...] = (
    refusals,
    catalog_acts,
    inventory,
    ledger,
    logistics,
    network,
    pricing_acts,
    ordering,
    backoffice,
    storefront,
    order_actions,
    order_changes,
    desk_acts,
    fulfilment,
    leads,
    communication,
    papers,
    events,
)


class MallSchema(strawberry.Schema):
    """Strawberry's schema with our limits in front, documents prepared once, and errors settled in one place."""

    def __init__(self, *, documents: Documents, compiled: bool, **parts: Any) -> None:
        self.documents = documents
        self.executor = executor_with(documents.plans) if compiled else None
        super().__init__(**parts, execution_context_class=self.executor)
        self.name_arguments()

    def name_arguments(self) -> None:
        """Tell every argument its name on the wire, which Strawberry would work out again at each call."""
        for kind in self._schema.type_map.values():
            for field in kind.fields.values() if isinstance(kind, GraphQLObjectType) else ():
                definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
                for argument in definition.arguments if isinstance(definition, StrawberryField) else ():
                    argument.graphql_name = self.config.name_converter.from_argument(argument)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Like Strawberry's, without the wrappers that call its extensions: there are none."""
        asked = (query, variable_values, operation_name, allowed_operation_types, operation_extensions)
        if self.executor is None or self.extensions or self.directives:
            given = (query, variable_values, context_value, root_value, *asked[2:])
            return await super().execute(*given)
        try:
            document = self.prepared(*asked)
            if isinstance(document, DocumentNode):
                answer = await self.answer(
                    document, variable_values, context_value, root_value, operation_name, asked[-1]
                )
            else:
                answer = PreExecutionError(data=None, errors=document)
        except InvalidOperationTypeError:
            raise
        except Exception as error:
            known = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
            answer = PreExecutionError(data=None, errors=[known])
        if answer.errors:
            self._process_errors(answer.errors, self._create_execution_context(query, (), context_value=context_value))
        return answer

    async def answer(
        self,
        document: DocumentNode,
        variables: dict[str, Any] | None,
        context: Any,
        root_value: Any,
        name: str | None,
        extensions: dict[str, Any] | None,
    ) -> ExecutionResult:
        """Execute a valid document."""
        assert self.executor is not None
        built = self.executor.build(
            self._schema,
            document,
            root_value,
            context,
            variables,
            name,
            is_awaitable=optimized_is_awaitable,
            operation_extensions=extensions,
        )
        if isinstance(built, list):
            return ExecutionResult(data=None, errors=built)
        result: Any = built.execute_operation()
        if optimized_is_awaitable(result):
            result = await result
        return ExecutionResult(data=result.data, errors=result.errors)

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        """Strawberry asks here, for streams."""
        asked = (context.variables, context._provided_operation_name)
        found = self.prepared(context.query, *asked, context.allowed_operations, context.operation_extensions)
        if isinstance(found, DocumentNode):
            context.graphql_document = found
            return None
        context.pre_execution_errors = found
        return PreExecutionError(data=None, errors=found)

    def prepared(
        self,
        query: str | None,
        variables: Mapping[str, Any] | None,
        name: str | None,
        allowed: Iterable[OperationType] | None,
        extensions: Mapping[str, Any] | None,
    ) -> DocumentNode | list[GraphQLError]:
        """Parse, check the kind of operation and validate, from memory where the text was seen before; or what is
        wrong. InvalidOperationTypeError for a kind that is not allowed here."""
        try:
            prepared = self.documents.asked(self._schema, query, extensions)
        except GraphQLError as error:
            return [error]
        if prepared.document is None or prepared.errors:
            return prepared.errors
        chosen = chosen_operation(prepared.document, name)
        if isinstance(chosen, str):
            return [GraphQLError(chosen)]
        kind = OperationType(chosen.operation.value)
        if allowed is not None and kind not in allowed:
            raise InvalidOperationTypeError(kind)
        return self.documents.errors_with(self._schema, prepared, variables) or prepared.document

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Final messages and codes. Only failures of ours are logged; a client's mistake is no error of the server."""
        settle(errors, execution_context.context if execution_context else None)


def chosen_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | str:
    """The operation that is meant, or why that is not clear."""
    found = operations(document)
    if not found:
        return "The document holds no operation."
    if name is None:
        return found[0] if len(found) == 1 else "The document holds several operations: operationName must say which."
    named = (one for one in found if one.name and one.name.value == name)
    return next(named, None) or f'The document holds no operation named "{name[:80]}".'


def assemble(
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    *,
    refusals: Mapping[type[Refusal], type[Any]] | None = None,
    types: Iterable[type] = (),
    limits: Limits | None = None,
    introspection: bool = True,
    compiled: bool = True,
    trusted: TrustedDocuments | None = None,
) -> MallSchema:
    """A schema from root types, with everything that holds for every schema of ours. See `schema.execution` for
    `compiled`."""
    return MallSchema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=types,
        exception_handlers=refusal_handlers(refusals or {}),
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True, relay_max_results=MOST_FIRST),
        documents=Documents(limits or Limits(), introspection=introspection, trusted=trusted),
        compiled=compiled,
    )


def root(name: str, description: str, attribute: str, modules: Iterable[ModuleType]) -> type | None:
    """One root type out of the classes that the modules export under `attribute`; None when there are none."""
    parts = [getattr(module, attribute) for module in modules if hasattr(module, attribute)]
    if not parts:
        return None
    return strawberry.type(type(name, tuple(parts), {"__doc__": description}), name=name, description=description)


def merged_refusals(modules: Iterable[ModuleType]) -> dict[type[Refusal], type[Any]]:
    """The refusals of all modules; TypeError when two modules show one refusal differently."""
    merged: dict[type[Refusal], type[Any]] = {}
    for module in modules:
        for refusal, kind in getattr(module, "REFUSALS", {}).items():
            if merged.setdefault(refusal, kind) is not kind:
                raise TypeError(f"{refusal.__name__} is shown by two types: {merged[refusal]} and {kind}")
    return merged


def build_schema(
    modules: Iterable[ModuleType] | None = None,
    *,
    limits: Limits | None = None,
    introspection: bool = True,
    compiled: bool = True,
    trusted: TrustedDocuments | None = None,
) -> MallSchema:
    """The published schema."""
    parts = tuple(DOMAINS if modules is None else modules)
    query = root("Query", "What can be read.", "Queries", parts)
    if query is None:
        raise TypeError("no domain exports Queries")
    schema = assemble(
        query,
        root("Mutation", "What can be changed; one change per operation.", "Mutations", parts),
        root("Subscription", "What can be followed live.", "Subscriptions", parts),
        refusals=merged_refusals(parts),
        types=[kind for module in parts for kind in getattr(module, "TYPES", ())],
        limits=limits,
        introspection=introspection,
        compiled=compiled,
        trusted=trusted,
    )
    describe(schema._schema)
    return schema
