"""Connections to PostgreSQL: the model modules, one pool per process, plain reads, and migrations.

Sessions carry no state: nobody sets a session variable, takes a session lock or listens on a pooled connection, so the
pool skips asyncpg's reset statement (a whole round trip on each release) and a transaction pooler may stand in front.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import DBConnectionError
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.operations import AlterModelOptions

APP = "tributary"
MODEL_MODULES = (
    "app.network.models",
    "app.catalog.models",
    "app.inventory.models",
    "app.ledger.models",
    "app.pricing.models",
    "app.ordering.models",
    "app.fulfilment.models",
)
MIGRATION_LOCK = 0x7472_6962  # "trib": who holds it migrates, everybody else waits
OLDEST_SERVER = 150000

Prepare = Callable[[asyncpg.Connection], Awaitable[None]]

_context: TortoiseContext | None = None
_pool: asyncpg.Pool | None = None


class UnsuitableServer(RuntimeError):
    """The PostgreSQL behind the URL cannot carry the mall; the message says what it lacks."""


class NotConnected(RuntimeError):
    """A read before `connect()` or after `disconnect()`."""


async def connect(url: str, pool_size: int = 20, prepare: Prepare | None = None) -> None:
    """Open this process's pool and make the models usable from every task.

    `prepare` sees each new connection once (tests count statements with it). Connections are opened on demand,
    one at first. Raises `UnsuitableServer`.
    """
    global _context, _pool
    if _pool is not None:
        raise RuntimeError("this process is connected already")
    context = await Tortoise.init(
        config=orm_config(url, pool_size=pool_size, prepare=prepare), _enable_global_fallback=True
    )
    client = context.db()
    assert isinstance(client, AsyncpgDBClient)
    try:
        await client.create_connection(with_db=True)
        assert client._pool is not None
        async with client._pool.acquire() as connection:
            await _check_server(connection)
    except BaseException:
        await context.close_connections()
        raise
    _context, _pool = context, client._pool


async def disconnect() -> None:
    """Close the pool; a second call does nothing."""
    global _context, _pool
    context, _context, _pool = _context, None, None
    if context is not None:
        await context.close_connections()


def pool() -> asyncpg.Pool:
    """The pool of this process. Raises `NotConnected`."""
    if _pool is None:
        raise NotConnected("connect() first")
    return _pool


async def rows(sql: str, *params: Any) -> Sequence[asyncpg.Record]:
    """Run one reading statement outside an act, past the ORM (a tenth of its cost): one round trip."""
    found: Sequence[asyncpg.Record] = await pool().fetch(sql, *params)
    return found


async def row(sql: str, *params: Any) -> asyncpg.Record | None:
    """The first row of one reading statement outside an act, or None: one round trip."""
    return await pool().fetchrow(sql, *params)


_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # it is being stopped or started
    asyncpg.TooManyConnectionsError,
    DBConnectionError,
)


def is_away(error: BaseException) -> bool:
    """The database cannot be reached at the moment, so that the same may work later; no mistake of ours."""
    closed = isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError)  # ValueError: bad values
    return closed or isinstance(error, _AWAY)


async def migrate(url: str, tell: Callable[[str], None] = lambda name: None) -> None:
    """Bring the database at `url` up to the newest migration, from empty if it is; `tell` hears each one's name.

    Two starters at once are safe: the second waits for the first and finds nothing to do. `url` must reach
    PostgreSQL itself, not a transaction pooler. Raises `UnsuitableServer`.
    """
    guard = await asyncpg.connect(**_address(url))
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await guard.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        await _check_server(guard)
        config = orm_config(url, pool_size=2)
        async with TortoiseContext() as context:
            await context.init(config=config)
            executor = MigrationExecutor(context.db(), config["apps"])
            await executor.migrate(
                direction="forward", progress=lambda event, _, name: tell(name) if event == "apply_done" else None
            )
    finally:
        await guard.close()


async def missing_migrations() -> list[str]:
    """What the models need and the history lacks, one operation each; `make migrations` writes them. Asks no server."""
    config = orm_config("postgres://localhost/nowhere")
    async with TortoiseContext() as context:
        await context.init(config=config, init_connections=False)
        assert context._apps is not None
        found = await MigrationAutodetector(context._apps, config["apps"]).changes()
    # a model's docstring is its table's comment in the history: words alone need no migration
    return [
        f"{type(operation).__name__} {getattr(operation, 'model_name', '')} {getattr(operation, 'name', '')}"
        for writer in found
        for operation in writer.operations
        if not isinstance(operation, AlterModelOptions)
    ]


def orm_config(url: str, *, pool_size: int = 5, prepare: Prepare | None = None) -> dict[str, Any]:
    """Tortoise's configuration: all models in one app, with one line of migrations."""
    credentials = _address(url) | {
        "minsize": 1,
        "maxsize": pool_size,
        "reset": _leave_as_is,
        "init": _introduced(prepare),
    }
    return {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
        "apps": {APP: {"models": list(MODEL_MODULES), "migrations": "migrations", "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


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


def _address(url: str) -> dict[str, Any]:
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
    server_settings = {"application_name": "tributary"}
    for name, value in parse_qsl(parts.query):
        if name == "sslmode":
            address["ssl"] = value
        elif name == "statement_cache_size":
            address[name] = int(value)
        else:
            server_settings[name] = value
    return address | {"server_settings": server_settings}


async def _check_server(connection: asyncpg.Connection) -> None:
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


TORTOISE_ORM = orm_config("postgres://localhost/nowhere")
"""For Tortoise's own command line, which compares models with migrations and asks no server."""
