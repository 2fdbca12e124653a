"""The schema from the domains' classes.

A domain module of this package exports `Queries`, `Mutations` and `Subscriptions` (those that it has), and `REFUSALS`,
a mapping from a Refusal to the type that shows it, and `TYPES` for which only an interface stands. Naming the module in
DOMAINS is all it takes to publish it.
"""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionContext
from strawberry.types.execution import PreExecutionError

from app.kernel.page import MOST_FIRST
from app.kernel.refusal import Refusal
from schema import (
    backoffice,
    catalog_acts,
    events,
    fulfilment,
    inventory,
    ledger,
    network,
    order_actions,
    ordering,
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
    network,
    pricing_acts,
    ordering,
    backoffice,
    storefront,
    order_actions,
    fulfilment,
    events,
)


class MallSchema(strawberry.Schema):
    """Strawberry's schema with our limits in front, documents prepared once, and errors settled in one place."""

    def __init__(self, *, documents: Documents, compiled: bool, **parts: Any) -> None:
        self.documents = documents
        super().__init__(**parts, execution_context_class=executor_with(documents.plans) if compiled else None)

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        """Parse, check the kind of operation and validate, from memory where the text was seen before."""
        try:
            prepared = self.documents.asked(self._schema, context.query, context.operation_extensions)
        except GraphQLError as error:
            return PreExecutionError(data=None, errors=[error])
        context.graphql_document = prepared.document
        errors = prepared.errors
        if prepared.document is not None and not errors:
            if mistake := mistaken_name(prepared.document, context._provided_operation_name):
                errors = [GraphQLError(mistake)]
            elif context.operation_type not in context.allowed_operations:
                raise InvalidOperationTypeError(context.operation_type)
            else:
                errors = self.documents.errors_with(self._schema, prepared, context.variables)
        if not errors:
            return None
        context.pre_execution_errors = errors
        return PreExecutionError(data=None, errors=errors)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Final messages and codes. Only failures of ours are logged; a client's mistake is no error of the server."""
        settle(errors, execution_context.context if execution_context else None)


def mistaken_name(document: DocumentNode, name: str | None) -> str | None:
    """Why it is not clear which operation is meant; None when it is."""
    names = [one.name.value if one.name else None for one in operations(document)]
    if not names:
        return "The document holds no operation."
    if name is None:
        return None if len(names) == 1 else "The document holds several operations: operationName must say which."
    return None if name in names else f'The document holds no operation named "{name[:80]}".'


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
