"""/graphql over graphql-transport-ws: one socket, many operations.

Close codes: 4400 a frame that is no message of the protocol, 4401 missing or invalid credentials at connect, 4403
expiry, revocation or a changed role (clients come back with a fresh token), 4406 another subprotocol, 4408 no
connection_init in time, 4409 an id in use, 4429 a second connection_init, 1012 shutdown, 1013 a slow reader or a server
that cannot serve now. A mistake in an operation is an `error` message for its id and touches nothing else.

A socket is one task, the server's own. Thousands of them are idle most of the time, so what they keep is small.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any, Final, Protocol

import orjson
from graphql import GraphQLError
from starlette.websockets import WebSocket

from app.kernel.refusal import BadRequest, Fault, RateLimited, Unauthenticated
from schema.build import MallSchema
from schema.errors import as_error, locale_of, trace
from schema.incoming import read_json
from schema.messages import id_in, mistake_in, short
from schema.operation import Operation
from schema.outbox import SLOW, Buffer, Gone, Outbox, SlowReader
from schema.question import Questions
from schema.sessions import Expiries, Session

PROTOCOL: Final = "graphql-transport-ws"
FRAMES: Final = "tributary.frames"  # the short way out that a server may offer in the scope: see `app.http.frames`
ACKNOWLEDGED: Final = b'{"type":"connection_ack"}'
PONG: Final = b'{"type":"pong"}'
FORBIDDEN_ORIGIN: Final = 1008  # before the handshake is answered: the server makes it a 403

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Serving(Protocol):
    """What a socket needs from the endpoint that it came to."""

    schema: MallSchema
    buffer: Buffer
    largest_frame: int
    timeout_s: float
    init_timeout_s: float
    operations_per_socket: int
    sockets: "set[Socket]"
    questions: Questions
    expiries: Expiries
    context_for: Callable[[Any, dict[str, object] | None], Awaitable[Any]]
    """Who connects; raises Unauthenticated."""

    def may_connect(self, connection: WebSocket, /) -> bool:
        """Whether a page of this origin may."""

    def admit(self, context: Any, /) -> None:
        """Count an operation; raises RateLimited."""


class Socket:
    """One client's socket from accept to close."""

    __slots__ = (
        *("__weakref__", "abandoned", "acknowledged", "asked", "context", "endpoint", "expires_at", "leaving"),
        *("operations", "outbox", "receive", "serving", "session", "timer"),
    )

    def __init__(self, endpoint: Serving, scope: Scope, receive: Receive, send: Send) -> None:
        self.endpoint = endpoint
        self.receive = receive
        self.asked: WebSocket | None = WebSocket(scope, receive, send)  # until it is known who it is
        self.outbox = Outbox(send, scope.get("extensions", {}).get(FRAMES), endpoint.buffer)
        self.operations: dict[str, Operation] = {}
        self.context: Any = None
        self.session: Session | None = None
        self.expires_at: datetime | None = None
        self.acknowledged = self.abandoned = False
        self.serving: asyncio.Task[Any] | None = None
        self.leaving: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None

    async def serve(self) -> None:
        """Serve until the client leaves or is sent away. Nothing raised in here reaches the server."""
        self.serving = asyncio.current_task()
        self.endpoint.sockets.add(self)
        try:
            await self.accept()
            while not self.outbox.closed:
                frame = await self.receive()
                if frame["type"] == "websocket.disconnect" or self.outbox.closed:
                    break
                await self.take(frame.get("text"))
        except asyncio.CancelledError:
            if not self.abandoned:
                raise
            if self.serving is not None:
                self.serving.uncancel()
        except Gone:
            pass
        except SlowReader:
            await self.outbox.close(SLOW, "Slow reader")
        except Exception as error:
            trace_id = trace("A WebSocket failed", error)
            await self.outbox.close(SLOW, f"Try again later, trace {trace_id}")
        finally:
            self.end()
            if self.leaving is not None and not self.abandoned:
                await asyncio.wait([self.leaving])

    async def accept(self) -> None:
        """Answer the handshake, and wait for connection_init."""
        assert self.asked is not None
        if (await self.receive())["type"] != "websocket.connect":
            self.outbox.shut()
        elif not self.endpoint.may_connect(self.asked):
            await self.outbox.close(FORBIDDEN_ORIGIN, "")
        else:
            spoken = PROTOCOL if PROTOCOL in self.asked.scope["subprotocols"] else None
            await self.outbox.send({"type": "websocket.accept", "subprotocol": spoken, "headers": []})
            if spoken is None:
                await self.outbox.close(4406, "Subprotocol not acceptable")
            else:
                loop = asyncio.get_running_loop()
                self.timer = loop.call_later(self.endpoint.init_timeout_s, self.on_no_init)

    def end(self) -> None:
        """The connection is over: forget everything that would keep it."""
        self.outbox.shut()
        self.endpoint.sockets.discard(self)
        self.stop_timer()
        self.stop_operations()
        if self.session is not None:
            self.session.leave(self)
        if self.expires_at is not None:
            self.endpoint.expiries.discard(self, self.expires_at)

    # --- messages ---------------------------------------------------------------------------------------------------

    async def take(self, text: str | None) -> None:
        """A frame from the client: check its shape before anything is taken from it."""
        if text is None:
            await self.outbox.close(4400, "WebSocket message type must be text")
            return
        if len(text) > self.endpoint.largest_frame:
            await self.outbox.close(4400, f"A message may have {self.endpoint.largest_frame} characters")
            return
        try:
            message = read_json(text, "message")
        except BadRequest as fault:
            await self.refuse(text, fault)
            return
        if mistake := mistake_in(message):
            await self.outbox.close(4400, mistake)
            return
        match message["type"]:
            case "connection_init":
                await self.begin(message.get("payload") or {})
            case "ping":
                await self.outbox.put(PONG)
            case "subscribe":
                await self.subscribe(message["id"], message["payload"])
            case "complete":
                if operation := self.operations.get(message["id"]):
                    operation.stop()

    async def refuse(self, text: str, fault: BadRequest) -> None:
        """A message that is no JSON: 4400. One with a text in it that no database takes: an `error` for its operation,
        where the message can be read so far."""
        if fault.field == "message":
            await self.outbox.close(4400, "WebSocket message must be valid JSON")
            return
        operation_id = id_in(text)
        if operation_id is None or not fault.field.startswith("payload."):
            await self.outbox.close(4400, short(fault.message()))
        elif not self.acknowledged:
            await self.outbox.close(4401, "Unauthorized")
        else:
            plain = BadRequest(fault.field.removeprefix("payload."), fault.value, fault.expected)
            await self.tell_error(operation_id, as_error(plain, locale_of(self.context)))

    async def begin(self, payload: dict[str, object]) -> None:
        """Find out who it is. The first mistake in the credentials is 4401; what the client may not do is 4403."""
        if self.asked is None:
            await self.outbox.close(4429, "Too many initialisation requests")
            return
        self.stop_timer()
        asked, self.asked = self.asked, None
        try:
            self.context = await self.endpoint.context_for(asked, payload)
        except Unauthenticated as fault:
            await self.outbox.close(4401, short(fault.message()))
            return
        except Fault as fault:
            await self.outbox.close(4403, short(fault.message()))
            return
        self.expires_at = getattr(self.context, "expires_at", None)
        if self.expires_at is not None:
            self.endpoint.expiries.add(self, self.expires_at)
        self.session = getattr(self.context, "session", None)
        if self.session is not None:
            self.session.join(self)
        await self.outbox.put(ACKNOWLEDGED)
        self.acknowledged = True

    async def subscribe(self, operation_id: str, payload: dict[str, Any]) -> None:
        """Start an operation. One too many is an error for its id only."""
        limit = self.endpoint.operations_per_socket
        if not self.acknowledged:
            await self.outbox.close(4401, "Unauthorized")
        elif operation_id in self.operations:
            await self.outbox.close(4409, f"Subscriber for {operation_id} already exists"[:120])
        elif len(self.operations) >= limit:
            extensions = {"code": "TOO_MANY_OPERATIONS", "limit": limit}
            message = f"A socket carries at most {limit} operations."
            await self.tell_error(operation_id, GraphQLError(message, extensions=extensions))
        else:
            try:
                self.endpoint.admit(self.context)
            except RateLimited as fault:
                await self.tell_error(operation_id, as_error(fault, locale_of(self.context)))
                return
            operation = self.operations[operation_id] = Operation(self, operation_id)
            operation.begin(payload)

    async def tell_error(self, operation_id: str, error: GraphQLError) -> None:
        """An `error` message."""
        await self.outbox.put(orjson.dumps({"id": operation_id, "type": "error", "payload": [error.formatted]}))

    def context_of_operation(self) -> Any:
        """Every operation has loaders of its own, where the context can be forked."""
        fork = getattr(self.context, "fork", None)
        return fork() if fork is not None else self.context

    # --- leaving ----------------------------------------------------------------------------------------------------

    def on_no_init(self) -> None:
        """Nobody has said who it is."""
        self.timer = None
        self.leave(4408, "Connection initialisation timeout")

    def lose_rights(self, reason: str) -> None:
        """Nothing more is told from now on; the client comes back with what it may do now."""
        self.leave(4403, reason)

    def leave(self, code: int, reason: str) -> None:
        """Close from a timer, a callback or an operation, without waiting for the client."""
        self.stop_operations()
        if self.leaving is None:
            self.leaving = asyncio.create_task(self.say_goodbye(code, reason))

    async def say_goodbye(self, code: int, reason: str) -> None:
        """Close; a client that does not even take the close frame is dropped."""
        if not await self.outbox.close(code, reason) and self.serving is not None:
            self.abandoned = True
            self.serving.cancel()

    def stop_timer(self) -> None:
        """Whoever has said who it is, or is gone, is not waited for."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def stop_operations(self) -> None:
        """Nothing more is told."""
        for operation in list(self.operations.values()):
            operation.stop()
