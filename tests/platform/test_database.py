"""One pool, plain reads, counted statements; migrations from an empty database, safe for two starters at once."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest

from app import database as db
from app import tables

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]
CountedByServer = Callable[[], AbstractAsyncContextManager[dict[str, int]]]


async def test_a_read_is_one_round_trip(database: str, counted: Counted) -> None:
    async with counted() as statements:
        found = await db.rows("SELECT n, n * 2 AS twice FROM generate_series(1, $1::int) n", 3)
    assert [dict(row) for row in found] == [{"n": 1, "twice": 2}, {"n": 2, "twice": 4}, {"n": 3, "twice": 6}]
    assert statements == ["SELECT n, n * 2 AS twice FROM generate_series(1, $1::int) n"]


async def test_a_transaction_counts_its_begin_and_commit(database: str, counted: Counted) -> None:
    async with counted() as statements, db.pool().acquire() as work, work.transaction():
        await work.fetch("SELECT 1 AS one")
    assert statements == ["BEGIN;", "SELECT 1 AS one", "COMMIT;"]


async def test_the_server_counts_the_same_and_no_reset_statement(
    database: str, counted_by_server: CountedByServer
) -> None:
    async with counted_by_server() as calls:
        for _ in range(7):
            await db.rows("SELECT 42 AS answer")
    assert calls == {"SELECT $1 AS answer": 7}


async def test_whatever_becomes_of_a_read_its_connection_comes_back(database: str) -> None:
    taken = [asyncio.create_task(db.rows("SELECT pg_sleep(60)")) for _ in range(3)]
    asleep = "SELECT count(*) AS n FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'"
    while (found := await db.row(asleep)) and found["n"] < 3:
        pass
    for task in taken:
        task.cancel()
    assert [type(one) for one in await asyncio.gather(*taken, return_exceptions=True)] == [asyncio.CancelledError] * 3
    with pytest.raises(asyncpg.UndefinedTableError):
        await db.row("SELECT * FROM nowhere")
    with pytest.raises(asyncpg.PostgresConnectionError):
        await db.rows("SELECT pg_terminate_backend(pg_backend_pid())")
    many = await asyncio.gather(*(db.row("SELECT $1::int AS n", n) for n in range(100)))
    assert [one["n"] for one in many if one] == list(range(100))
    assert db.pool().get_size() == db.pool().get_idle_size()


async def test_migrations_run_from_an_empty_database_and_two_starters_are_safe(empty_database: str) -> None:
    first: list[str] = []
    second: list[str] = []
    await asyncio.gather(tables.migrate(empty_database, first.append), tables.migrate(empty_database, second.append))
    ran, waited = sorted((first, second), key=len, reverse=True)
    assert ran[0].startswith("0001_")
    assert waited == []
    connection = await asyncpg.connect(empty_database)
    try:
        names = await connection.fetch("SELECT name FROM tortoise_migrations ORDER BY id")
        assert [row["name"] for row in names] == ran
    finally:
        await connection.close()


async def test_the_history_brings_the_tables_up_to_the_models() -> None:
    assert await tables.missing_migrations() == []


async def test_a_database_that_cannot_search_chinese_is_refused(servers: object, empty_database: str) -> None:
    name = empty_database.rsplit("/", 1)[1]
    root = empty_database.replace(name, "postgres")
    connection = await asyncpg.connect(root)
    try:
        await connection.execute(f"DROP DATABASE {name}")
        await connection.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER libc LC_CTYPE 'C' LC_COLLATE 'C'"
        )
    finally:
        await connection.close()
    with pytest.raises(db.UnsuitableServer, match=r"LC_CTYPE is not UTF-8"):
        await tables.migrate(empty_database)


async def test_a_read_after_disconnect_says_so(database: str) -> None:
    await db.disconnect()
    await db.disconnect()
    with pytest.raises(db.NotConnected):
        db.pool()
    await db.connect(database)
