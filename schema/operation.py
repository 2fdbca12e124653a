"""One operation of a socket, from `subscribe` to its end.

It has a task only while something is to be done for it alone: a query, a mutation, a stream of its own, or the replay
before it joins an audience. Whoever follows is told by its audience (`schema.audience`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    OperationType,
    create_source_event_stream,
    map_source_to_response_event,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionResult as StrawberryResult

from schema.audience import Asked, Audience, Following, Subscriber, alone_of, catch_up, follow, nobody_of
from schema.build import chosen_operation
from schema.errors import internal, settle, took_too_long
from schema.live import hub
from schema.outbox import SLOW, Gone, SlowReader
from schema.sessions import Session

if TYPE_CHECKING:
    from schema.socket import Socket

Result = ExecutionResult | StrawberryResult


class Operation(Subscriber):
    """What a client has subscribed to under an id of its own."""

    __slots__ = ("id", "over", "prefix", "socket", "task")

    def __init__(self, socket: "Socket", operation_id: str) -> None:
        self.socket = socket
        self.id = operation_id
        self.prefix = b'{"id":%b,"type":"next","payload":' % orjson.dumps(operation_id)
        self.audience = None
        self.after = 0
        self.over = False
        self.task: asyncio.Task[None] | None = None

    # --- as a subscriber --------------------------------------------------------------------------------------------

    @property
    def session(self) -> Session | None:
        return self.socket.session

    def hear(self, payload: bytes) -> bool:
        return self.socket.outbox.put_now(b"%b%b}" % (self.prefix, payload))

    async def hear_patiently(self, payload: bytes) -> None:
        if self.over:
            raise Gone
        await self.socket.outbox.put(b"%b%b}" % (self.prefix, payload))

    def fall_behind(self, audience: Audience, place: int) -> None:
        self.start(lambda: catch_up(hub(), self, audience.circle.viewer, audience.asked, place))

    def fail(self, errors: Sequence[GraphQLError]) -> None:
        """It is over with an `error`."""
        if self.over:
            return
        self.stop()
        said = {"id": self.id, "type": "error", "payload": [error.formatted for error in errors]}
        if not self.socket.outbox.put_now(orjson.dumps(said)):
            self.socket.leave(SLOW, "Slow reader")

    # --- its own task -----------------------------------------------------------------------------------------------

    def begin(self, payload: dict[str, Any]) -> None:
        """Do what the client asks."""
        self.start(lambda: self.answer(payload))

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Go on in a task."""
        self.task = asyncio.create_task(self.run(work))

    def stop(self) -> None:
        """Nothing more is told, and the id is free again."""
        self.over = True
        self.socket.operations.pop(self.id, None)
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()
        if self.audience is not None:
            self.audience.leave(self)

    async def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Work; what goes wrong ends this operation or, where the client does not read, its socket."""
        try:
            await work()
        except Gone:
            pass
        except SlowReader:
            self.socket.leave(SLOW, "Slow reader")
        except Exception as error:
            self.fail([internal("A WebSocket operation failed", error)])
        finally:
            if self.task is asyncio.current_task():
                self.task = None

    async def answer(self, payload: dict[str, Any]) -> None:
        """Prepare the document, and do what its operation is."""
        schema, context = self.socket.endpoint.schema, self.socket.context_of_operation()
        query, variables, name = payload.get("query") or "", payload.get("variables"), payload.get("operationName")
        extensions = payload.get("extensions")
        document = schema.prepared(query, variables, name, None, extensions)
        if not isinstance(document, DocumentNode):
            self.refuse(document, context)
            return
        chosen = chosen_operation(document, name)
        if not isinstance(chosen, str) and chosen.operation is OperationType.SUBSCRIPTION:
            kind: Any = schema.executor or StrawberryGraphQLCoreExecutionContext
            built = kind.build(
                schema._schema,
                document,
                None,
                context,
                variables,
                name,
                is_awaitable=optimized_is_awaitable,
                operation_extensions=extensions,
            )
            if isinstance(built, list):
                self.refuse(built, context)
            else:
                await self.subscribe(built, document, variables, context)
            return
        limit = self.socket.endpoint.timeout_s
        try:
            async with asyncio.timeout(limit):
                result = await schema.execute(query, variables, context, None, name, operation_extensions=extensions)
        except TimeoutError:
            self.fail([took_too_long(limit)])
            return
        if is_refused(result):
            self.fail(result.errors or ())
            return
        await self.hear_patiently(written(result))
        await self.complete()

    async def subscribe(
        self, executor: Executor[Any], document: DocumentNode, variables: dict[str, Any] | None, context: Any
    ) -> None:
        """Join an audience, or pass on a stream of the operation's own."""
        source: Any = create_source_event_stream(executor)
        if optimized_is_awaitable(source):
            source = await cast("Awaitable[Any]", source)
        if isinstance(source, ExecutionResult):
            self.refuse(source.errors or [], context)
        elif isinstance(source, Following):
            question = self.socket.endpoint.questions.asked(executor, document, variables)
            asked = Asked(question, source.kinds, source.subject_id, source.say)
            viewer = alone_of(context.viewer) if source.own else nobody_of(context.viewer)
            await follow(hub(), self, viewer, asked, source.after)
        else:
            await self.pass_on(executor, source, context)

    async def pass_on(self, executor: Executor[Any], source: Any, context: Any) -> None:
        """Results as they come; a stream that fails is an `error` of its own id."""
        try:
            async with aclosing(map_source_to_response_event(executor, source)) as results:
                async for result in results:
                    if result.errors:
                        settle(result.errors, context)
                    if is_refused(result):
                        self.fail(result.errors or ())
                        return
                    await self.hear_patiently(written(result))
        except (Gone, SlowReader):
            raise
        except Exception as error:
            self.refuse([GraphQLError(str(error), original_error=error)], context)
        else:
            await self.complete()

    def refuse(self, errors: list[GraphQLError], context: Any) -> None:
        """It is over before anything was executed, or because its stream broke."""
        settle(errors, context)
        self.fail(errors)

    async def complete(self) -> None:
        """It is over, and the client has everything. The id is free before the client hears so."""
        if not self.over:
            self.stop()
            await self.socket.outbox.put(orjson.dumps({"id": self.id, "type": "complete"}))


def is_refused(result: Result) -> bool:
    """Nothing was executed."""
    return result.data is None and bool(result.errors) and not any(error.path for error in result.errors or ())


def written(result: Result) -> bytes:
    """The payload of a `next` message."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    return orjson.dumps(body)
