"""The composition root: the API as one ASGI application, `app.asgi:application`.

GraphQL at `/graphql` (HTTP and WebSocket), carriers' pushes at `/webhooks/carriers/{name}`, files behind signed links
at `/files/`, health at `/health/live` and `/health/ready`. The lifespan opens the database pool, wake-ups through
Redis, live delivery and the watch over open sockets, and closes them in reverse.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from app import database
from app.fulfilment.connected import connected
from app.http import carriers, files, health, unsubscribe
from app.kernel import inbox, outbox
from app.papers.press import press
from app.settings import Settings, settings
from app.wake import INBOX, OUTBOX, Wake
from schema import live
from schema.build import build_schema
from schema.context import Context, read_context, read_socket_context
from schema.endpoint import GraphQLEndpoint, graphql_routes
from schema.limits import Limits
from schema.rates import Rates
from schema.sessions import SessionWatch
from schema.trusted import read_trusted

GRAPHQL = "/graphql"


class Mall(Starlette):
    """What is asked of GraphQL goes straight to its endpoint, past middleware and routes that have nothing to add: ten
    microseconds of a request, and seven coroutines of an open socket. Everything else takes the routes."""

    endpoint: GraphQLEndpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == GRAPHQL:
            await self.endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_application(configured: Settings | None = None) -> Mall:
    """The application. Everything per process is made here or in its lifespan, nothing at import of other modules."""
    told = configured or settings()
    watch = SessionWatch()

    async def context_for(asking: Request | WebSocket, params: dict[str, object] | None) -> Context:
        header, language = asking.headers.get("authorization"), asking.headers.get("accept-language")
        if params is None:
            return await read_context(header, language)
        context = await read_socket_context(params, header, language)
        context.session = watch.session(context.viewer)
        return context

    limits = Limits(depth=told.max_depth, aliases=told.max_aliases, cost=told.max_cost)
    endpoint = GraphQLEndpoint(
        build_schema(
            limits=limits,
            introspection=told.introspection,
            compiled=told.compiled_execution,
            trusted=read_trusted(told.trusted_documents, told.trusted_manifest),
        ),
        context_for,
        largest_body=told.max_body_bytes,
        graphiql=told.graphiql,
        rates=Rates(told.operations_per_second, told.operations_at_once) if told.operations_per_second else None,
    )

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        await database.connect(told.database_url, told.pool_size)
        wake = Wake(told.redis_url)
        outbox.on_commit(lambda: wake.say(OUTBOX))
        inbox.on_receipt(lambda: wake.say(INBOX))
        await live.start(wake, watch.heard)
        watch.start()
        # What the start has made stays: no collection looks at it again (`tributary serve` lets none run before)
        gc.freeze()
        gc.enable()
        try:
            yield
        finally:
            endpoint.close_sockets()
            await press.close()
            await watch.stop()
            await live.stop()
            outbox.on_commit(None)
            inbox.on_receipt(None)
            await wake.close()
            await database.disconnect()

    routes = [
        *graphql_routes(endpoint, GRAPHQL),
        *carriers.routes(connected(told)),
        *files.ROUTES,
        *health.ROUTES,
        *unsubscribe.ROUTES,
    ]
    mall = Mall(routes=routes, lifespan=lifespan)
    mall.endpoint = endpoint
    return mall


application = create_application()
