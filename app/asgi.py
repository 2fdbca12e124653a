"""The composition root: the API as one ASGI application, `app.asgi:application`.

GraphQL at `/graphql` (HTTP and WebSocket), health at `/health/live` and `/health/ready`. The lifespan opens the
database pool, wake-ups through Redis, live delivery and the watch over open sockets, and closes them in reverse.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.websockets import WebSocket

from app import database
from app.http import health
from app.kernel import outbox
from app.settings import Settings, settings
from app.wake import OUTBOX, Wake
from schema import live
from schema.build import build_schema
from schema.context import Context, read_context, read_socket_context
from schema.endpoint import GraphQLEndpoint, graphql_routes
from schema.limits import Limits
from schema.sessions import SessionWatch
from schema.trusted import read_trusted


def create_application(configured: Settings | None = None) -> Starlette:
    """The application. Everything per process is made here or in its lifespan, nothing at import of other modules."""
    told = configured or settings()
    watch = SessionWatch()

    async def context_for(asking: Request | WebSocket, params: dict[str, object] | None) -> Context:
        header, language = asking.headers.get("authorization"), asking.headers.get("accept-language")
        if params is None:
            return await read_context(header, language)
        context = await read_socket_context(params, header, language)
        context.revoked = watch.until_revoked(context.viewer)
        context.confirmed = partial(watch.confirmed, context.viewer)
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
    )

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        await database.connect(told.database_url, told.pool_size)
        wake = Wake(told.redis_url)
        outbox.on_commit(lambda: wake.say(OUTBOX))
        await live.start(wake, watch.heard)
        watch.start()
        try:
            yield
        finally:
            endpoint.close_sockets()
            await watch.stop()
            await live.stop()
            outbox.on_commit(None)
            await wake.close()
            await database.disconnect()

    return Starlette(routes=[*graphql_routes(endpoint), *health.ROUTES], lifespan=lifespan)


application = create_application()
