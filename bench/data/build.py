"""A database of the embedded server with the measured data: built once, cloned for each run, and made anew when a
migration or this package has changed."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from rich.progress import Progress

from app import database
from bench.data import goods as catalogue
from bench.data import history, trade
from bench.data.sizes import Size
from bench.data.trade import Row

PREFIX = "bench_"
_ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def fresh_copy(server_url: str, size: Size, bar: Progress) -> AsyncIterator[str]:
    """The URL of a database with the data of this size, the caller's own and dropped afterwards."""
    template = await _built(server_url, size, bar)
    copy = f"{template}_run"
    admin = await asyncpg.connect(server_url)
    try:
        await _drop(admin, copy)
        cloning = bar.add_task("Cloning the data", total=1)
        await admin.execute(f"CREATE DATABASE {copy} TEMPLATE {template} STRATEGY FILE_COPY")
        bar.advance(cloning)
        try:
            yield at(server_url, copy)
        finally:
            await _drop(admin, copy)
    finally:
        await admin.close()


def at(server_url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


async def _built(server_url: str, size: Size, bar: Progress) -> str:
    """The name of the database that has the data, built now if it is not there."""
    name = f"{PREFIX}{size.name}_{_digest()}"
    admin = await asyncpg.connect(server_url)
    try:
        known = [row["datname"] for row in await admin.fetch("SELECT datname FROM pg_database")]
        if name in known:
            return name
        for other in known:
            if other.startswith(f"{PREFIX}{size.name}_"):
                await _drop(admin, other)
        half = f"{name}_half"
        await admin.execute(f"CREATE DATABASE {half}")
        await database.migrate(at(server_url, half))
        await _fill(at(server_url, half), size, bar)
        await admin.execute(f"ALTER DATABASE {half} RENAME TO {name}")
    finally:
        await admin.close()
    return name


async def _drop(admin: asyncpg.Connection, name: str) -> None:
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _digest() -> str:
    """Of everything that the data follows from."""
    parts = sorted([*(_ROOT / "migrations").glob("*.py"), *Path(__file__).parent.glob("*.py")])
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:12]


async def _fill(url: str, size: Size, bar: Progress) -> None:
    made = trade.trade(size)
    things = catalogue.goods(made.network, size.skus)
    skus = things.rows["sku"]
    connection = await asyncpg.connect(url)
    try:
        copy = _Copier(connection, bar)
        for columns, rows in ((trade.COLUMNS, made.rows), (catalogue.COLUMNS, things.rows)):
            for table in columns:
                await copy(table, columns[table], rows[table], len(rows[table]))
        await copy("listing", trade.LISTING, trade.listings(made, things.skus), size.skus)
        stock = size.skus * trade.WAREHOUSES
        await copy("stock_level", trade.STOCK_LEVEL, trade.stock_levels(made, things.skus), stock)
        prices = trade.price_rows(made, things.skus, size.breaks)
        await copy("price_row", trade.PRICE_ROW, prices, size.price_rows)
        placed = list(history.orders(made, size, skus))
        await copy("sales_order", history.ORDER, (order for order, _ in placed), len(placed))
        lines = (line for _, lines in placed for line in lines)
        await copy("sales_order_line", history.LINE, lines, len(placed) * history.LINES)
        tidying = bar.add_task("Vacuuming", total=1)
        await connection.execute("VACUUM (ANALYZE)")
        bar.advance(tidying)
    finally:
        await connection.close()


class _Copier:
    """COPY into one table after the other, each with its bar."""

    def __init__(self, connection: asyncpg.Connection, bar: Progress) -> None:
        self._connection = connection
        self._bar = bar

    async def __call__(self, table: str, columns: Iterable[str], rows: Iterable[Row], count: int) -> None:
        task = self._bar.add_task(f"Copying {table}", total=count)
        records = _counted(rows, lambda n: self._bar.advance(task, n))
        await self._connection.copy_records_to_table(table, columns=list(columns), records=records)


def _counted(rows: Iterable[Row], advance: Callable[[int], None]) -> Iterable[Row]:
    step = 0
    for row in rows:
        yield row
        step += 1
        if step == 500:
            advance(step)
            step = 0
    advance(step)
