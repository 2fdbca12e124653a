"""A database of the embedded server with the measured data: built once, cloned for each run, and made anew when a
migration or this package has changed."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from rich.progress import Progress

from app import tables
from bench.data import aftermath, history, trade
from bench.data import goods as catalogue
from bench.data.sizes import Size
from bench.data.trade import Row

PREFIX = "bench_"
STEP = 500  # rows between two moves of the bar
_ROOT = Path(__file__).parents[2]


async def copied(server_url: str, size: Size, bar: Progress) -> str:
    """The URL of a database with the data of this size, the caller's own; `dropped` ends it."""
    template = await built(server_url, size, bar)
    copy = f"{template}_run"
    admin = await asyncpg.connect(server_url)
    try:
        await _drop(admin, copy)
        cloning = bar.add_task("Cloning the data", total=1)
        await admin.execute(f"CREATE DATABASE {copy} TEMPLATE {template} STRATEGY FILE_COPY")
        bar.advance(cloning)
    finally:
        await admin.close()
    return at(server_url, copy)


async def dropped(server_url: str, url: str) -> None:
    """Drop a copy."""
    admin = await asyncpg.connect(server_url)
    try:
        await _drop(admin, urlsplit(url).path.lstrip("/"))
    finally:
        await admin.close()


async def built(server_url: str, size: Size, bar: Progress) -> str:
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
        await tables.migrate(at(server_url, half))
        await _fill(at(server_url, half), size, bar)
        await admin.execute(f"ALTER DATABASE {half} RENAME TO {name}")
    finally:
        await admin.close()
    return name


def at(server_url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


async def _drop(admin: asyncpg.Connection, name: str) -> None:
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _digest() -> str:
    """Of everything that the data follows from."""
    parts = sorted([*(_ROOT / "migrations").glob("*.py"), *Path(__file__).parent.glob("*.py")])
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:12]


async def _fill(url: str, size: Size, bar: Progress) -> None:
    made = trade.trade(size)
    things = catalogue.goods(made.network, size.skus)
    placed = list(history.orders(made, size, things.rows["sku"]))
    tables: list[tuple[str, Sequence[str], Iterable[Row]]] = [
        *((table, columns, made.rows[table]) for table, columns in trade.COLUMNS.items()),
        *((table, columns, things.rows[table]) for table, columns in catalogue.COLUMNS.items()),
        ("listing", trade.LISTING, trade.listings(made, things.skus)),
        ("stock_level", trade.STOCK_LEVEL, trade.stock_levels(made, things.skus)),
        ("price_row", trade.PRICE_ROW, trade.price_rows(made, things.skus, size.breaks)),
        ("sales_order", history.ORDER, (history.order_row(made, one) for one in placed)),
        ("sales_order_line", history.LINE, (line for one in placed for line in history.line_rows(made, one))),
        *aftermath.aftermath(made, placed, things.skus),
    ]
    known = sum(len(rows) for part in (made.rows, things.rows) for rows in part.values())
    total = known + size.skus * (1 + trade.WAREHOUSES) + size.price_rows + len(placed) * (1 + history.LINES)
    total += aftermath.rows_of(size)
    connection = await asyncpg.connect(url)
    try:
        copy = _Copier(connection, bar, total)
        for table, columns, rows in tables:
            await copy(table, columns, rows)
        await aftermath.tell_and_forget(connection, len(placed))
        tidying = bar.add_task("Vacuuming", total=1)
        await connection.execute("VACUUM (ANALYZE)")
        bar.advance(tidying)
    finally:
        await connection.close()


class _Copier:
    """COPY into one table after the other, with one bar for all rows."""

    def __init__(self, connection: asyncpg.Connection, bar: Progress, total: int) -> None:
        self._connection = connection
        self._bar = bar
        self._task = bar.add_task("Building the data", total=total)

    async def __call__(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        self._bar.update(self._task, description=f"Copying {table}")
        role = "replica" if table in aftermath.WITHOUT_TRIGGERS else "origin"
        await self._connection.execute(f"SET session_replication_role = {role}")
        await self._connection.copy_records_to_table(table, columns=columns, records=self._counted(rows))

    def _counted(self, rows: Iterable[Row]) -> Iterable[Row]:
        copied = 0
        for row in rows:
            yield row
            copied += 1
            if copied == STEP:
                self._bar.advance(self._task, copied)
                copied = 0
        self._bar.advance(self._task, copied)
