"""The mall in this process, and the statements that it sends for a request.

A comparator takes its SQL from here, so it is the mall's own SQL whatever becomes of the code that composes it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from asyncpg.connection import LoggedQuery

from app import database
from app.asgi import create_application
from app.settings import settings

_heard: ContextVar["list[Statement] | None"] = ContextVar("heard", default=None)


@dataclass(frozen=True, slots=True)
class Statement:
    """One round trip: SQL and its parameters."""

    sql: str
    params: tuple[Any, ...]


class Failed(RuntimeError):
    """The mall refused a measured document."""


class CapturedMall:
    """The whole application, asked without a network, with the ear at its database driver."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(
        self, token: str, document: str, variables: Mapping[str, object]
    ) -> tuple[dict[str, Any], list[Statement]]:
        """`data` of the answer, and the statements in the order in which they were sent. Raises Failed."""
        heard: list[Statement] = []
        listening = _heard.set(heard)
        try:
            answer = await self._client.post(
                "/graphql",
                json={"query": document, "variables": variables},
                headers={"authorization": f"Bearer {token}"},
            )
            # The driver tells on the loop's next turn
            await database.pool().fetchval("SELECT 1")
        finally:
            _heard.reset(listening)
        said = answer.json()
        if "errors" in said:
            raise Failed(str(said["errors"]))
        return said["data"], [one for one in heard if one.sql != "SELECT 1"]


@asynccontextmanager
async def captured_mall() -> AsyncIterator[CapturedMall]:
    """The application of this process's settings, started and stopped."""
    application = create_application(settings())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(application.router.lifespan_context(application))
        await _listen(database.pool(), settings().pool_size)
        transport = httpx.ASGITransport(application)
        client = httpx.AsyncClient(transport=transport, base_url="http://mall", timeout=60)
        yield CapturedMall(await stack.enter_async_context(client))


async def _listen(pool: asyncpg.Pool, size: int) -> None:
    """Open every connection of the pool and listen on it."""
    async with AsyncExitStack() as stack:
        for _ in range(size):
            connection = await stack.enter_async_context(pool.acquire())
            connection.add_query_logger(_hear)


def _hear(record: LoggedQuery) -> None:
    """Called in the context of the task that asked, so what the mall does by itself in between is not heard."""
    heard = _heard.get()
    if heard is not None:
        heard.append(Statement(record.query, tuple(record.args)))


class Template:
    """A statement to be sent again for somebody else: which of its parameters are whose."""

    def __init__(self, statement: Statement, known: Mapping[str, object]) -> None:
        """`known`: by name, the values of the captured request that the next request will have of its own. Lists of
        ids are named `ids`, lists of who reads each of them `readers`, and moments become the moment of asking."""
        self.sql = statement.sql
        names = {value: name for name, value in known.items()}
        self._params = [(_name(value, names), value) for value in statement.params]

    def params(self, now: datetime, values: Mapping[str, object]) -> Sequence[object]:
        """The parameters for these values."""
        return [
            values[name] if name is not None else now if isinstance(value, datetime) else value
            for name, value in self._params
        ]


def _name(value: object, names: Mapping[object, str]) -> str | None:
    if isinstance(value, list):
        if not value or not isinstance(value[0], UUID):
            return None
        return "readers" if names.get(value[0]) == "company" else "ids"
    return names.get(value) if isinstance(value, UUID) else None
