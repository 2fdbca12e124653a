"""Connections to PostgreSQL: one pool per process, and plain reads. The tables are `app.tables`' business.

Sessions carry no state: nobody sets a session variable, takes a session lock or listens on a pooled connection, so the
pool skips asyncpg's reset statement (a whole round trip on each release) and a transaction pooler may stand in front.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import asyncpg

OLDEST_SERVER = 150000
GOODBYE_S = 10.0
PLANNED_ONCE = "force_generic_plan"
"""Statements here are planned once for a connection. Left to itself PostgreSQL plans what has an array of ids anew each
time, for a plan that comes out the same: half of its time for an order. A statement whose best plan depends on what is
asked is composed by what is asked (see `app.storefront.sql.Parameters`), not left to the planner."""

Prepare = Callable[[asyncpg.Connection], Awaitable[None]]

_pool: asyncpg.Pool | None = None
_snapshot: ContextVar[asyncpg.Connection | None] = ContextVar("snapshot", default=None)


class UnsuitableServer(RuntimeError):
    """The PostgreSQL behind the URL cannot carry the mall; the message says what it lacks."""


class NotConnected(RuntimeError):
    """A read before `connect()` or after `disconnect()`."""


async def connect(url: str, pool_size: int = 20, prepare: Prepare | None = None) -> None:
    """Open this process's pool.

    `prepare` sees each new connection once (tests count statements with it). Connections are opened on demand,
    one at first. Raises `UnsuitableServer`.
    """
    global _pool
    if _pool is not None:
        raise RuntimeError("this process is connected already")
    opened = await asyncpg.create_pool(
        **address(url), min_size=1, max_size=pool_size, reset=_leave_as_is, init=_introduced(prepare)
    )
    try:
        async with opened.acquire() as connection:
            await check_server(connection)
    except BaseException:
        await opened.close()
        raise
    _pool = opened


async def disconnect() -> None:
    """Close the pool, after at most ten seconds for what is under way; a second call does nothing."""
    global _pool
    closing, _pool = _pool, None
    if closing is not None:
        try:
            async with asyncio.timeout(GOODBYE_S):
                await closing.close()
        except TimeoutError:
            closing.terminate()


def pool() -> asyncpg.Pool:
    """The pool of this process. Raises `NotConnected`."""
    if _pool is None:
        raise NotConnected("connect() first")
    return _pool


async def rows(sql: str, *params: Any) -> Sequence[asyncpg.Record]:
    """Run one reading statement outside an act, past the ORM (a tenth of its cost): one round trip."""
    if (reading := _snapshot.get()) is not None:
        return await reading.fetch(sql, *params)  # type: ignore[no-any-return]
    opened = pool()
    taken = await opened.acquire()
    try:
        found: Sequence[asyncpg.Record] = await taken.fetch(sql, *params)
    finally:
        await _give_back(opened, taken)
    return found


async def row(sql: str, *params: Any) -> asyncpg.Record | None:
    """The first row of one reading statement outside an act, or None: one round trip."""
    if (reading := _snapshot.get()) is not None:
        return await reading.fetchrow(sql, *params)
    opened = pool()
    taken = await opened.acquire()
    try:
        return await taken.fetchrow(sql, *params)
    finally:
        await _give_back(opened, taken)


def by_column(rows: Sequence[asyncpg.Record], column: str, values: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """Rows by the value of a column, in their order; every value asked for has a list."""
    found: dict[UUID, list[asyncpg.Record]] = {one: [] for one in values}
    for one in rows:
        found[one[column]].append(one)
    return found


@asynccontextmanager
async def snapshot() -> AsyncIterator[None]:
    """Inside the block `rows` and `row` see the database as it was at the first of them (REPEATABLE READ), one after
    the other on one connection: for files, whose parts must agree. Acts go on as ever, on connections of their own.
    """
    async with pool().acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        token = _snapshot.set(connection)
        try:
            yield
        finally:
            _snapshot.reset(token)


async def _give_back(opened: asyncpg.Pool, taken: Any) -> None:
    """What `Pool.release` does, without the task that it makes so that nobody can cancel it: where there is nothing to
    reset and no statement is being cancelled, giving back never waits. (25 µs of every statement.)"""
    connection = taken._con
    if connection is None or connection._protocol._is_cancelling() or connection._protocol.is_in_transaction():
        await opened.release(taken)
        return
    connection._on_release()
    await taken._holder.release(None)


_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # it is being stopped or started
    asyncpg.TooManyConnectionsError,
)


def is_away(error: BaseException) -> bool:
    """The database cannot be reached at the moment, so that the same may work later; no mistake of ours."""
    closed = isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError)  # ValueError: bad values
    return closed or isinstance(error, _AWAY)


# The driver asks the catalogue for an array type when a connection first meets it: three more round trips in the
# middle of somebody's request. They are met once, when the connection is opened.
_ARRAYS = "SELECT $1::uuid[], $2::numeric[], $3::int[], $4::bigint[], $5::timestamptz[], $6::bool[], $7::varchar[]"


def _introduced(prepare: Prepare | None) -> Prepare:
    """What the pool does with a new connection."""

    async def introduce(connection: asyncpg.Connection) -> None:
        await connection.fetch(_ARRAYS, *[[]] * 7)
        if prepare is not None:
            await prepare(connection)

    return introduce


async def _leave_as_is(connection: asyncpg.Connection) -> None:
    """What the pool does on release: nothing. asyncpg itself has already rolled back what was left open."""


def address(url: str) -> dict[str, Any]:
    """A database URL as asyncpg's arguments. `sslmode` and `statement_cache_size` are understood as in libpq and
    asyncpg; any other query parameter is a server setting.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError("a database URL looks like postgres://user:password@host:5432/name")
    address: dict[str, Any] = {
        "host": parts.hostname or "localhost",
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password or "") or None,
        "database": unquote(parts.path.lstrip("/")) or None,
    }
    server_settings = {"application_name": "tributary", "plan_cache_mode": PLANNED_ONCE}
    for name, value in parse_qsl(parts.query):
        if name == "sslmode":
            address["ssl"] = value
        elif name == "statement_cache_size":
            address[name] = int(value)
        else:
            server_settings[name] = value
    return address | {"server_settings": server_settings}


async def check_server(connection: asyncpg.Connection) -> None:
    """Raise `UnsuitableServer` when this PostgreSQL is too old, or blind to Chinese."""
    version, has_trigrams = await connection.fetchrow(
        "SELECT current_setting('server_version_num')::int, to_regproc('show_trgm') IS NOT NULL"
    )
    if version < OLDEST_SERVER:
        raise UnsuitableServer(f"Tributary needs PostgreSQL 15 or newer; this server is {version // 10000}.")
    if has_trigrams and not await connection.fetchval("SELECT show_trgm('外墙乳胶漆')"):
        raise UnsuitableServer(
            "This database cannot search Chinese: its LC_CTYPE is not UTF-8. "
            "Create it anew with: CREATE DATABASE ... TEMPLATE template0 LC_CTYPE 'C.UTF-8' LC_COLLATE 'C.UTF-8'."
        )
