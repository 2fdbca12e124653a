"""/graphql over HTTP: what a body may be, what an answer looks like, and which status it has.

With `Accept: application/graphql-response+json` a request that could not be executed is a 4xx; with `application/json`
it is a 200 with `errors`, as the GraphQL over HTTP specification says. A body that is no GraphQL request at all is a
4xx either way. Only POST and GET, one operation per request, JSON in UTF-8.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import orjson
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.parse_content_type import parse_content_type
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from app.kernel.refusal import BadRequest, Fault, RateLimited
from app.kernel.wording import preferred_locale
from schema.build import MallSchema
from schema.errors import as_error, internal, took_too_long
from schema.graphiql import PAGE_HEADERS, asset, page
from schema.incoming import read_json, refuse_nul
from schema.outbox import Buffer
from schema.question import Questions
from schema.rates import Rates
from schema.sessions import Expiries
from schema.socket import Socket
from schema.trusted import names_hash

ContextFor = Callable[[Request | WebSocket, dict[str, object] | None], Awaitable[Any]]
"""Who asks: `(request, None)` over HTTP, `(websocket, connectionParams)` over a socket. Raises Unauthenticated.

The context may have `locale` ("zh-CN", "en"); for sockets `expires_at` (a moment in UTC), `session` (see
`schema.sessions`) and `fork()`, a context for one operation with loaders of its own; and `whose`, under which its
operations are counted.
"""

JSON: Final = "application/json"
GRAPHQL_JSON: Final = "application/graphql-response+json"
ALLOWED: Final = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
STATUS_OF_FAULT: Final = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "RATE_LIMITED": 429}
SPELLINGS: Final = 64  # of a header that are remembered: few clients spell theirs differently
DRAINED: Final = 64 * 1024 * 1024  # bytes of a refused body that are read and thrown away, so that the answer arrives


class Refused(Exception):
    """A request that is answered without being executed."""

    def __init__(self, status: int, error: GraphQLError, headers: dict[str, str] | None = None) -> None:
        super().__init__(error.message)
        self.status = status
        self.error = error
        self.headers = headers or {}


def refused(status: int, message: str, code: str = "BAD_REQUEST", **headers: str) -> Refused:
    """A refusal with a sentence and a code."""
    return Refused(status, GraphQLError(message, extensions={"code": code}), headers)


class GraphQLEndpoint(GraphQL[Any, None]):
    """The ASGI application behind /graphql, for HTTP and WebSocket."""

    schema: MallSchema

    def __init__(
        self,
        schema: MallSchema,
        context_for: ContextFor,
        *,
        allowed_origins: Sequence[str] = ("*",),  # of sockets; credentials are tokens, never cookies
        largest_body: int = 2 * 1024 * 1024,
        largest_frame: int = 1024 * 1024,
        timeout_s: float = 30.0,
        init_timeout_s: float = 10.0,
        operations_per_socket: int = 100,
        buffer: Buffer | None = None,
        graphiql: bool = True,
        rates: Rates | None = None,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            allowed_origins=allowed_origins,
        )
        self.context_for = context_for
        self.largest_body = largest_body
        self.largest_frame = largest_frame
        self.timeout_s = timeout_s
        self.buffer = buffer or Buffer()
        self.graphiql = graphiql
        self.rates = rates
        self.init_timeout_s = init_timeout_s
        self.operations_per_socket = operations_per_socket
        self.sockets: set[Socket] = set()
        self.questions = Questions()
        self.expiries = Expiries()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await Socket(self, scope, receive, send).serve()
            return
        request = Request(scope, receive)
        try:
            response = await self.answer(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:
        """None for a socket until its connection_init; HTTP asks `context_for` itself."""
        return None

    def may_connect(self, connection: WebSocket) -> bool:
        """Whether a page of this origin may open a socket."""
        return self._check_websocket_origin(connection)

    def admit(self, context: Any) -> None:
        """Count an operation of whoever this context is about. RateLimited when it is one too many."""
        whose = getattr(context, "whose", None)
        if self.rates is not None and whose is not None:
            self.rates.take(whose)

    def close_sockets(self) -> None:
        """Send every socket away with 1012, for servers that do not do so themselves when they stop."""
        for socket in list(self.sockets):
            socket.leave(1012, "Service restart")

    # --- one request ------------------------------------------------------------------------------------------------

    async def answer(self, request: Request) -> Response:
        """The response to one HTTP request."""
        media = answered_with(request.headers.get("accept", ""))
        try:
            if self.graphiql and wants_page(request):
                return HTMLResponse(page(request.scope["path"]), headers=PAGE_HEADERS)
            data = await self.read(request)
            return await self.execute_request(request, data, media)
        except Refused as refusal:
            body = GraphQLHTTPResponse(errors=[refusal.error.formatted])
            return self.respond(body, refusal.status, media, refusal.headers)

    async def execute_request(self, request: Request, data: GraphQLRequestData, media: str) -> Response:
        """Find out who asks, execute, and answer."""
        try:
            context = await self.context_for(request, None)
            self.admit(context)
        except Fault as fault:
            status = STATUS_OF_FAULT.get(fault.code, 400) if media == GRAPHQL_JSON else 200
            headers = {"retry-after": str(fault.retry_after_s)} if isinstance(fault, RateLimited) else None
            raise Refused(status, as_error(fault, language_of(request)), headers) from fault
        except Exception as error:
            raise Refused(500, internal("The context of a request failed", error)) from error
        try:
            async with asyncio.timeout(self.timeout_s):
                result = await self.schema.execute(
                    data.query,
                    variable_values=data.variables,
                    context_value=context,
                    operation_name=data.operation_name,
                    allowed_operation_types=ALLOWED[request.method],
                    operation_extensions=data.extensions,
                )
        except TimeoutError:
            result = ExecutionResult(data=None, errors=[took_too_long(self.timeout_s)])
        except InvalidOperationTypeError as error:
            message = f"{error.operation_type.value.capitalize()}s are not for {request.method}."
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise refused(400, f"{message} Use the WebSocket.") from None
            raise refused(405, message, allow="POST") from None
        body = await self.process_result(request, result)
        status = 400 if media == GRAPHQL_JSON and "data" not in body else 200
        return self.respond(body, status, media)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """The body of an answer. A request that was never executed has no `data`."""
        body = GraphQLHTTPResponse()
        if result.errors:
            body["errors"] = [error.formatted for error in result.errors]
        if result.data is not None or not result.errors or any(error.path for error in result.errors):
            body["data"] = result.data
        if result.extensions:
            body["extensions"] = result.extensions
        return body

    def respond(
        self, body: GraphQLHTTPResponse, status: int, media: str, headers: dict[str, str] | None = None
    ) -> Response:
        """An answer in JSON; answers to one viewer are nobody else's to keep."""
        content_type = f"{media}; charset=utf-8"
        return Response(
            self.encode_json(body),
            status,
            {"content-type": content_type, "cache-control": "no-store", **(headers or {})},
        )

    def encode_json(self, data: object) -> bytes:
        """JSON in UTF-8."""
        return orjson.dumps(data)

    # --- bodies -----------------------------------------------------------------------------------------------------

    async def read(self, request: Request) -> GraphQLRequestData:
        """The GraphQL request in an HTTP request."""
        try:
            if request.method == "GET":
                data: Any = {
                    name: read_json(text, name) if name in ("variables", "extensions") and text else text
                    for name, text in request.query_params.items()
                }
                refuse_nul(data)
            elif request.method == "POST":
                check_content_type(request.headers.get("content-type", ""))
                data = read_json(await self.body(request), "body")
            else:
                raise refused(405, "GraphQL is asked with POST, or with GET for queries.", allow="GET, POST")
        except BadRequest as fault:
            raise Refused(400, as_error(fault, language_of(request))) from None
        return request_in(data)

    async def body(self, request: Request) -> bytes:
        """The body, up to the largest that is read."""
        chunks = bytearray()
        length = 0
        async for chunk in request.stream():
            length += len(chunk)
            if length <= self.largest_body:
                chunks += chunk
            elif length > DRAINED:
                break
            else:
                chunks.clear()
        if length > self.largest_body:
            message = f"A body may have {self.largest_body} bytes."
            raise refused(413, message, "TOO_LARGE", connection="close")
        return bytes(chunks)


def language_of(request: Request) -> str:
    """The language to answer in where nobody knows yet who asks."""
    return preferred_locale(request.headers.get("accept-language"))


def request_in(data: Any) -> GraphQLRequestData:
    """The members of a request, each of its own kind."""
    if isinstance(data, list):
        raise refused(400, "Operations are asked one by one, not in a list.")
    if not isinstance(data, dict):
        raise refused(400, "The body must be an object with a query.")
    for name, kind, word in (
        ("query", str, "a text"),
        ("variables", dict, "an object"),
        ("operationName", str, "a text"),
        ("extensions", dict, "an object"),
    ):
        if data.get(name) is not None and not isinstance(data[name], kind):
            raise refused(400, f"{name} must be {word}.")
    if not data.get("query") and not names_hash(data.get("extensions")):
        raise refused(400, "query: there is none.")
    return GraphQLRequestData(
        query=data.get("query"),
        variables=data.get("variables"),
        operation_name=data.get("operationName"),
        extensions=data.get("extensions"),
    )


def check_content_type(header: str) -> None:
    """JSON in UTF-8, said so: a browser does not send that across origins without asking first."""
    if not is_json(header):
        raise refused(415, f"The content type must be {JSON} in UTF-8.")


@lru_cache(maxsize=SPELLINGS)
def is_json(header: str) -> bool:
    """Whether this content type is JSON in UTF-8."""
    media, parameters = parse_content_type(header or "none")
    return media.lower() == JSON and parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8")


@lru_cache(maxsize=SPELLINGS)
def answered_with(accept: str) -> str:
    """The media type of the answer: the specification's own where the client prefers it, else plain JSON."""
    weights: dict[str, float] = {}
    for one in accept.split(","):
        media, _, parameters = one.partition(";")
        weight = 1.0
        for parameter in parameters.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        weights[media.strip().lower()] = weight
    own = weights.get(GRAPHQL_JSON, 0.0)
    return GRAPHQL_JSON if own > 0 and own >= weights.get(JSON, 0.0) else JSON


def wants_page(request: Request) -> bool:
    """A browser that was pointed at the endpoint."""
    by_browser = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    return by_browser and not {"query", "extensions"} & request.query_params.keys()


def graphql_routes(endpoint: GraphQLEndpoint, path: str = "/graphql") -> list[BaseRoute]:
    """Where a Starlette application mounts it: HTTP, WebSocket, and the files of the query page."""
    return [
        Route(f"{path}/assets/{{name}}", asset, methods=["GET"]),
        Route(path, endpoint),
        WebSocketRoute(path, endpoint),
    ]
