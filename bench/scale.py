"""What a page costs in PostgreSQL while the catalogue and the channel grow: `python -m bench.scale`.

The mall in this process is asked for each page on the data of each size; its statements are then sent again, prepared,
over one connection, and the processor time of that connection's server process is divided by the answers. What was read
by sequential scans meanwhile is counted by the server: a table that grows must not be among them.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import click
import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app import embedded
from app.network.tokens import access_token
from app.settings import settings
from bench.__main__ import POSTGRES
from bench.cores import on, shared_out
from bench.data.build import at, built
from bench.data.sizes import GROWTH, Size
from bench.data.world import Member, World
from bench.limits.captured import Statement, captured_mall
from bench.pages import NAMES, document, page
from bench.stage import ENVIRONMENT

PAGES = tuple(name for name in NAMES if name != "history")
ASKED = 40
"""Different requests of each page."""
WARM = 6
"""Rounds until the server has settled for a plan of each statement."""
SECONDS = 2.0
SMALL = 100
"""A table of so many rows may well be read whole."""
BEGIN, END = "<!-- scale -->", "<!-- end of scale -->"


@dataclass(frozen=True, slots=True)
class Cost:
    """One page at one size: milliseconds of the server's processor for an answer, and the rows that sequential scans
    read for it, by table."""

    page: str
    ms: float
    scanned: dict[str, float]


async def costs(url: str, bar: Progress) -> list[Cost]:
    """Every page on the data behind `url`."""
    world, found = await _some_of(url), []
    asking = bar.add_task("Asking", total=len(PAGES))
    async with captured_mall() as mall:
        for name in PAGES:
            requests: list[list[Statement]] = []
            for one in page(name, world, ASKED).requests:
                _, statements = await mall.ask(one.member.token, document(name.split(".")[0]), one.variables)
                requests.append(statements)
            found.append(await _cost(url, name, requests))
            bar.advance(asking)
    bar.remove_task(asking)
    return found


async def _some_of(url: str) -> World:
    """As many dealers and SKUs as are asked for, all over the data."""
    connection = await asyncpg.connect(url)
    try:
        network = await connection.fetchrow("SELECT id, brand_id FROM network")
        members = await connection.fetch(
            """SELECT s.id AS session_id, m.id AS membership_id, m.company_id, m.roles[1] AS role
               FROM (SELECT company_id FROM membership WHERE roles[1] = 'buyer' ORDER BY md5(id::text) LIMIT $1) dealer
               JOIN membership m USING (company_id) JOIN session s ON s.membership_id = m.id""",
            ASKED,
        )
        skus = await connection.fetch("SELECT id FROM sku ORDER BY md5(id::text) LIMIT $1", ASKED)
    finally:
        await connection.close()
    assert network is not None
    buyers = [
        Member(row["company_id"], row["role"], access_token(row["session_id"], row["membership_id"])[0])
        for row in members
        if row["role"] == "buyer"
    ]
    return World(network["brand_id"], network["id"], buyers[0], buyers, [], [row["id"] for row in skus])


async def _cost(url: str, name: str, requests: Sequence[Sequence[Statement]]) -> Cost:
    before = await _scanned(url)
    connection = await asyncpg.connect(url)
    try:
        server = psutil.Process(connection.get_server_pid())
        for _ in range(WARM):
            for statements in requests[:10]:
                await _answer(connection, statements)
        spent, answers, began = _cpu_s(server), 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            for statements in requests:
                await _answer(connection, statements)
                answers += 1
        spent = _cpu_s(server) - spent
    finally:
        await connection.close()
    total = answers + WARM * len(requests[:10])
    scanned = {table: rows / total for table, rows in (await _scanned(url) - before).items()}
    return Cost(name, spent / answers * 1000, scanned)


async def _answer(connection: asyncpg.Connection, statements: Sequence[Statement]) -> None:
    for one in statements:
        await connection.fetch(one.sql, *one.params)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _scanned(url: str) -> Counter[str]:
    """Rows read by sequential scans so far, by table."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE seq_tup_read > 0")
        return Counter({row["relname"]: row["seq_tup_read"] for row in rows})
    finally:
        await connection.close()


def lines(sizes: Sequence[Size], found: Sequence[Sequence[Cost]]) -> list[str]:
    """The table for the page of the documentation."""
    heads = [f"{size.skus:,} SKUs, {size.dealers:,} dealers" for size in sizes]
    table = [f"| page | {' | '.join(heads)} | rows read by sequential scans |", f"|---|{'--:|' * len(heads)}---|"]
    for number, name in enumerate(PAGES):
        whole = [f"{relation} {rows:.0f}" for relation, rows in found[-1][number].scanned.items() if rows >= 1]
        cells = [f"{one[number].ms:.2f} ms" for one in found]
        table.append(f"| `{name}` | {' | '.join(cells)} | {', '.join(sorted(whole)) or 'nothing'} |")
    return table


def grown_tables(found: Sequence[Cost]) -> list[str]:
    """What was read whole and is not small, `page: table` each."""
    return [f"{one.page}: {table}" for one in found for table, rows in one.scanned.items() if rows > SMALL]


@click.command()
@click.option(
    "--sizes", type=click.IntRange(1, len(GROWTH)), default=2, show_default=True, help="How many; 3: 10⁶ SKUs."
)
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), default=".tributary/bench", show_default=True)
@click.option(
    "--page", "out", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Whose table is replaced."
)
def main(sizes: int, home: Path, out: Path | None) -> None:
    """Measure the pages at the first so many SIZES."""
    os.environ.update(ENVIRONMENT)
    cores, found = shared_out(), []
    columns = (TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with on(cores.database), embedded.start(home, POSTGRES) as server, on(cores.load):
        for size in GROWTH[:sizes]:
            with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
                name = asyncio.run(built(server.database_url, size, bar))
                url = at(server.database_url, name)
                os.environ.update({"DATABASE_URL": url, "REDIS_URL": server.redis_url})
                settings.cache_clear()
                found.append(asyncio.run(costs(url, bar)))
    table = lines(GROWTH[:sizes], found)
    click.echo("\n".join(table))
    if out is not None:
        before, begin, rest = out.read_text(encoding="utf-8").partition(BEGIN)
        _, end, after = rest.partition(END)
        if not end:
            raise click.ClickException(f"{out} has no place for it: {BEGIN} … {END}")
        out.write_text("\n".join([before + begin, "", *table, "", end + after]), encoding="utf-8")
    if scanned := grown_tables(found[-1]):
        raise click.ClickException(f"read whole: {', '.join(scanned)}")


if __name__ == "__main__":
    main()
