"""Health: `/health/live` says that the process answers, `/health/ready` that it can serve."""

import asyncio
import logging

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from app import database

PATIENCE_S = 2.0

logger = logging.getLogger("tributary.health")


async def live(request: Request) -> JSONResponse:
    """Always 200: restart the process when it does not come."""
    return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})


async def ready(request: Request) -> JSONResponse:
    """200 when the database answers within two seconds, else 503: send requests elsewhere meanwhile.

    Redis is not asked: without it everything works, a second later.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            await database.row("SELECT 1 FROM publisher WHERE id = 1")
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, database.NotConnected) as error:
        logger.warning("not ready: %s", error)
        return JSONResponse({"status": "database"}, status_code=503, headers={"cache-control": "no-store"})
    return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})


ROUTES: list[BaseRoute] = [Route("/health/live", live), Route("/health/ready", ready)]
