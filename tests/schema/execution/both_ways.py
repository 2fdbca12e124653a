"""One document executed by graphql-core alone and with its plan, each on objects of its own made from one seed."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute, get_operation_ast, parse, subscribe
from graphql.language import OperationType
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution import Plans, executor_with
from schema.execution.plan import Plan

PLAIN = StrawberryGraphQLCoreExecutionContext


class Both:
    """Two executors of one schema; documents are planned at once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.plans = Plans(from_time=1)
        self.compiled = executor_with(self.plans)

    def answers(
        self, text: str | DocumentNode, variables: Mapping[str, Any], make: Callable[[], Any]
    ) -> tuple[bytes, bytes]:
        """The whole answers, plain and compiled."""
        document = parse(text) if isinstance(text, str) else text
        if id(document) not in self.plans.documents:
            self.plans.admit(document)
        return (
            asyncio.run(self.answer(PLAIN, document, variables, make())),
            asyncio.run(self.answer(self.compiled, document, variables, make())),
        )

    async def answer(self, executor: type[Any], document: DocumentNode, variables: Any, context: Any) -> bytes:
        operation = get_operation_ast(document)
        assert operation is not None
        if operation.operation is OperationType.SUBSCRIPTION:
            stream = subscribe(
                self.schema, document, context_value=context, variable_values=variables, executor_class=executor
            )
            if inspect.isawaitable(stream):
                stream = await stream
            if isinstance(stream, ExecutionResult):
                return written(stream)
            heard = []
            try:
                async for one in stream:
                    heard.append(written(one))
            except Exception as error:  # the source itself failed
                heard.append(repr(error).encode())
            return b"\n".join(heard)
        result: Any = execute(
            self.schema,
            document,
            context_value=context,
            variable_values=variables,
            executor_class=executor,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # as Strawberry gives it
        )
        if inspect.isawaitable(result):
            result = await result
        for _ in range(3):  # what settles in the background
            await asyncio.sleep(0)
        return written(result)

    def plans_of(self, document: DocumentNode) -> list[Plan]:
        return list(self.plans.documents[id(document)].variants.values())


def written(result: ExecutionResult) -> bytes:
    """Data in its order, and every error with its path, places, extensions and the class of what was raised."""
    errors = [(one.formatted, type(one.original_error).__name__) for one in result.errors or ()]
    return orjson.dumps({"data": result.data, "errors": errors}, default=unwritable)


def unwritable(value: Any) -> str:
    """What only a scalar that is no JSON lets through."""
    return f"{type(value).__name__}: {value}"
