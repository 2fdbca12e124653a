"""/graphql over graphql-transport-ws: one socket, many operations.

Close codes: 4400 a frame that is no message of the protocol, 4401 missing or invalid credentials at connect, 4403
expiry, revocation or a changed role (clients come back with a fresh token), 4406 another subprotocol, 4408 no
connection_init in time, 4409 an id in use, 4429 a second connection_init, 1012 shutdown, 1013 a slow reader or a server
that cannot serve now. A mistake in an operation is an `error` message for its id and touches nothing else.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast
from weakref import WeakSet

from graphql import GraphQLError
from starlette.websockets import WebSocket
from strawberry.http.async_base_view import AsyncBaseHTTPView, AsyncWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived, WebSocketDisconnected
from strawberry.schema.schema import StreamResult
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)
from strawberry.types.execution import ExecutionResult

from app.kernel.refusal import BadRequest, Fault, Unauthenticated
from schema.errors import as_error, internal, locale_of, trace
from schema.incoming import read_json
from schema.outbox import SLOW, Buffer, Outbox, SlowReader
from schema.trusted import names_hash

LONGEST_ID = 128
LONGEST_TIMER_S = 86_400.0
KINDS = {"connection_init", "ping", "pong", "subscribe", "complete"}


class Serving(Protocol):
    """What a socket needs from the endpoint that accepted it."""

    buffer: Buffer
    largest_frame: int
    sockets: "WeakSet[Socket]"

    async def context_for(self, connection: WebSocket, connection_params: dict[str, object], /) -> Any:
        """Who connects; raises Unauthenticated."""


@dataclass(frozen=True, slots=True)
class UnusableText:
    """A message that is JSON, with a text in it that no database takes. Its operation can be told, if it names one."""

    message: str
    fault: BadRequest


class SocketAdapter(AsyncWebSocketAdapter):
    """Frames in, strictly; messages out, through the bounded outbox."""

    def __init__(self, view: AsyncBaseHTTPView[Any, Any, Any, Any, Any, Any, Any], _: WebSocket, ws: WebSocket) -> None:
        super().__init__(view)
        self.endpoint = cast("Serving", view)
        self.websocket = ws
        self.outbox = Outbox(ws, self.endpoint.buffer)

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """The messages of the client until either side closes."""
        while not self.outbox.closed:
            frame = await self.websocket.receive()
            if frame["type"] == "websocket.disconnect" or self.outbox.closed:
                return
            text = frame.get("text")
            if text is None:
                raise NonTextMessageReceived
            if len(text) > self.endpoint.largest_frame:
                await self.close(4400, f"A message may have {self.endpoint.largest_frame} characters")
                return
            try:
                yield read_json(text, "message")
            except BadRequest as fault:
                if fault.field == "message":
                    raise NonJsonMessageReceived from fault
                yield UnusableText(text, fault)

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Queue a message. The protocol speaks text frames."""
        encoded = self.view.encode_json(message)
        await self.outbox.put(encoded.decode() if isinstance(encoded, bytes) else encoded)

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye after what waits, or at once to a slow reader."""
        await self.outbox.close(code, reason)


class Socket(BaseGraphQLTransportWSHandler[Any, None]):
    """One client's socket from accept to close."""

    endpoint: Serving
    websocket: SocketAdapter

    async def handle(self) -> None:
        """Serve until the client leaves or is sent away. Nothing raised in here reaches the server."""
        self.endpoint = cast("Serving", self.view)
        self.serving = asyncio.current_task()
        self.leaving: asyncio.Task[None] | None = None
        self.abandoned = False
        self.expiry: asyncio.TimerHandle | None = None
        self.revoked: asyncio.Future[Any] | None = None
        self.extensions: dict[str, dict[str, object]] = {}  # of operations that are about to start
        self.endpoint.sockets.add(self)
        try:
            await super().handle()
        except asyncio.CancelledError:
            if not self.abandoned:
                raise
            if self.serving is not None:
                self.serving.uncancel()
        except SlowReader:
            await self.websocket.close(SLOW, "Slow reader")
        except Exception as error:
            trace_id = trace("A WebSocket failed", error)
            await self.websocket.close(SLOW, f"Try again later, trace {trace_id}")
        finally:
            self.websocket.outbox.shut()
            self.endpoint.sockets.discard(self)

    async def shutdown(self) -> None:
        """Stop the timers and the operations."""
        if self.expiry is not None:
            self.expiry.cancel()
        if self.revoked is not None:
            self.revoked.remove_done_callback(self.on_revoked)
            self.revoked.cancel()
        if self.leaving is not None and not self.abandoned:
            with suppress(asyncio.CancelledError):
                await asyncio.wait([self.leaving])
        await super().shutdown()

    # --- messages ---------------------------------------------------------------------------------------------------

    async def handle_message(self, message: Any) -> None:
        """Check the shape of a message before anything is taken from it."""
        if isinstance(message, UnusableText):
            await self.tell_unusable(message)
        elif mistake := mistake_in(message):
            await self.handle_invalid_message(mistake)
        else:
            await super().handle_message(cast("Message", message))

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Find out who it is. The first mistake in the credentials is 4401; what the client may not do is 4403."""
        if self.connection_init_received:
            await self.websocket.close(4429, "Too many initialisation requests")
            return
        if self.connection_timed_out:
            return
        payload = cast("dict[str, object]", message.get("payload") or {})
        try:
            self.context = await self.endpoint.context_for(self.websocket.websocket, payload)
        except Unauthenticated as fault:
            await self.websocket.close(4401, short(fault.message()))
            return
        except Fault as fault:
            await self.websocket.close(4403, short(fault.message()))
            return
        self.follow_credentials()
        await super().handle_connection_init({"type": "connection_init", "payload": payload})

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation. One too many is an error for its id only."""
        limit = self.max_subscriptions_per_connection
        full = limit is not None and len(self.operations) >= limit and message["id"] not in self.operations
        if full and self.connection_acknowledged:
            error = GraphQLError(
                f"A socket carries at most {limit} operations.",
                extensions={"code": "TOO_MANY_OPERATIONS", "limit": limit},
            )
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
            return
        if extensions := message["payload"].get("extensions"):
            self.extensions[message["id"]] = extensions
        message["payload"].setdefault("query", "")  # a hash in the extensions may stand for it
        await super().handle_subscribe(message)

    async def tell_unusable(self, unusable: UnusableText) -> None:
        """An `error` message for the operation, where the message can be read so far; else 4400."""
        fault = unusable.fault
        operation_id = id_in(unusable.message)
        if operation_id is None or not fault.field.startswith("payload."):
            await self.handle_invalid_message(short(fault.message()))
        elif not self.connection_acknowledged:
            await self.websocket.close(4401, "Unauthorized")
        else:
            plain = BadRequest(fault.field.removeprefix("payload."), fault.value, fault.expected)
            error = as_error(plain, locale_of(self.context))
            await self.send_message({"id": operation_id, "type": "error", "payload": [error.formatted]})

    # --- operations -------------------------------------------------------------------------------------------------

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        """One operation from its first result to `complete`."""
        try:
            source = await self.schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=self.context_of_operation(),
                operation_name=operation.operation_name,
                operation_extensions=self.extensions.pop(operation.id, None),
            )
            async with aclosing(source):
                await self._send_result_stream(operation, source)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
        except WebSocketDisconnected:
            return
        except SlowReader:
            self.leave(SLOW, "Slow reader")
        except Exception as error:
            failure = internal("A WebSocket operation failed", error)
            with suppress(WebSocketDisconnected, SlowReader):
                await operation.send_initial_errors([failure])

    def context_of_operation(self) -> Any:
        """Every operation has loaders of its own, where the context can be forked."""
        fork = getattr(self.context, "fork", None)
        return fork() if fork is not None else self.context

    async def _send_result_stream(self, operation: Operation[Any, None], result_source: StreamResult) -> None:
        """Results as they come. A document that is not valid, or a stream that fails, is an `error` of its own id."""
        async for result in result_source:
            if not isinstance(result, ExecutionResult):
                await self._reject_incremental_delivery(operation)
                return
            if result.data is None and result.errors and not any(error.path for error in result.errors):
                await operation.send_initial_errors(result.errors)
                return
            await operation.send_next(result)

    # --- leaving ----------------------------------------------------------------------------------------------------

    def follow_credentials(self) -> None:
        """Close when the credentials expire or are revoked: `context.expires_at` (a moment) and `context.revoked`
        (an awaitable that ends when the session is revoked or its roles change; cancelled when the socket closes)."""
        expires_at: datetime | None = getattr(self.context, "expires_at", None)
        if expires_at is not None:
            self.await_expiry(expires_at)
        revoked: Awaitable[Any] | None = getattr(self.context, "revoked", None)
        if revoked is not None:
            self.revoked = asyncio.ensure_future(revoked)
            self.revoked.add_done_callback(self.on_revoked)

    def await_expiry(self, expires_at: datetime) -> None:
        """Ask the clock again at least once a day: it may have been set."""
        left = (expires_at - datetime.now(UTC)).total_seconds()
        if left <= 0:
            self.leave(4403, "The access token has expired")
        else:
            loop = asyncio.get_running_loop()
            self.expiry = loop.call_later(min(left, LONGEST_TIMER_S), self.await_expiry, expires_at)

    def on_revoked(self, revoked: "asyncio.Future[Any]") -> None:
        """The session is gone or its roles changed. A watch that failed counts as revoked: the client reconnects."""
        if revoked.cancelled():
            return
        if error := revoked.exception():
            trace("Watching a session failed", error)
        self.leave(4403, "The session was revoked or changed")

    def leave(self, code: int, reason: str) -> None:
        """Close from a timer, a callback or an operation, without waiting for the client."""
        if self.leaving is None:
            self.leaving = asyncio.create_task(self.say_goodbye(code, reason))

    async def say_goodbye(self, code: int, reason: str) -> None:
        """Close; a client that does not even take the close frame is dropped."""
        if not await self.websocket.outbox.close(code, reason) and self.serving is not None:
            self.abandoned = True
            self.serving.cancel()


def short(reason: str) -> str:
    """A close reason has room for 123 bytes."""
    return reason.encode()[:120].decode(errors="ignore")


def id_in(text: str) -> str | None:
    """The id of a subscribe message that could not be used, read leniently."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if mistake_in(message) or message["type"] != "subscribe":
        return None
    operation_id: str = message["id"]
    return operation_id if operation_id.isprintable() else None


def mistake_in(message: object) -> str | None:
    """What is wrong with the shape of a message; None when nothing is."""
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(kind, str) or kind not in KINDS:
        return "Not a message of graphql-transport-ws"
    payload = message.get("payload")
    if kind in ("connection_init", "ping", "pong"):
        return None if payload is None or isinstance(payload, dict) else f"The payload of {kind} must be an object"
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not 0 < len(operation_id) <= LONGEST_ID:
        return f"An id is a text of 1 to {LONGEST_ID} characters"
    if kind == "complete":
        return None
    if not isinstance(payload, dict):
        return "The payload of subscribe must hold a query"
    if not isinstance(payload.get("query"), str) and not (
        "query" not in payload and names_hash(payload.get("extensions"))
    ):
        return "The payload of subscribe must hold a query"
    for name, kinds in (("variables", dict), ("operationName", str), ("extensions", dict)):
        if payload.get(name) is not None and not isinstance(payload[name], kinds):
            return f"The {name} of a subscribe message are malformed"
    return None
