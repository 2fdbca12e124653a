"""Twenty thousand orders: whole, added up to the cent, in bounded memory; a worker killed in the middle."""

import asyncio
import gc
import io
from decimal import Decimal
from typing import Any

import openpyxl
import psutil
import pytest

from app import database as db
from tests.api import Api
from tests.live.processes import Working
from tests.live.trade import until
from tests.ordering.market import open_market
from tests.papers.copies import copies_of
from tests.papers.exporting import EXPORT, asked, fetched, publish_everything, written

# The copies have no lines, holds or facts
pytestmark = [pytest.mark.unaudited, pytest.mark.usefixtures("database")]

MANY, SOME = 20_000, 12_000
MOST_GROWTH = 48 * 1024 * 1024
"""Bytes. The rows as Python objects would be ten times as much."""

SOLD: dict[str, dict[str, Any]] = {"orders": {"side": "SELLING"}}


def read(file: bytes) -> tuple[int, Decimal, Decimal, int]:
    """How many orders, what they add up to, what the file says they do, and how many numbers are different."""
    book = openpyxl.load_workbook(io.BytesIO(file), read_only=True)
    (sheet,) = book.worksheets
    rows = sheet.iter_rows(values_only=True)
    head = next(rows)
    total, number = head.index("Total"), head.index("Order no.")
    *orders, last = [(row[number], Decimal(str(row[total]))) for row in rows]
    book.close()
    assert last[0] == f"Total CNY ({len(orders)} rows)"
    return len(orders), sum((amount for _, amount in orders), Decimal(0)), last[1], len({one for one, _ in orders})


async def test_twenty_thousand_orders_in_bounded_memory() -> None:
    api, market = Api(), await open_market()
    order_id = await market.place([(await market.sku("PAINT"), "1")])
    expected = Decimal(await copies_of(order_id, MANY)) / 100
    await written(api, market.seller, {"orders": {"side": "BUYING"}})  # everything is imported and warm
    gc.collect()
    process, grown = psutil.Process(), [0]
    before = process.memory_info().rss

    async def watch() -> None:
        while True:
            grown[0] = max(grown[0], process.memory_info().rss - before)
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    export = await written(api, market.seller, SOLD)
    watching.cancel()
    assert grown[0] < MOST_GROWTH, f"{grown[0] / 1e6:.0f} MB more"
    assert (export["rowsDone"], export["rowsTotal"]) == (MANY + 1, MANY + 1)
    assert read(await fetched(api, export)) == (MANY + 1, expected, expected, MANY + 1)


@pytest.fixture
async def empty_queue(database: str) -> None:
    await db.rows(
        "UPDATE export_job SET status = 'cancelled', lease_until = NULL WHERE status IN ('waiting', 'running')"
    )


@pytest.mark.usefixtures("empty_queue")
async def test_a_worker_killed_in_the_middle_is_replaced_and_the_file_is_whole(database: str, redis_url: str) -> None:
    api, market = Api(), await open_market()
    order_id = await market.place([(await market.sku("PAINT"), "1")])
    expected = Decimal(await copies_of(order_id, SOME)) / 100
    export = await asked(api, market.seller, SOLD)

    async def state() -> dict[str, Any]:
        found: dict[str, Any] = await api.data(market.seller, EXPORT, id=export["id"])
        return found

    with Working(database, redis_url) as worker:

        async def is_in_the_middle() -> bool:
            found = await state()
            return str(found["status"]) == "RUNNING" and 0 < int(found["rowsDone"]) < SOME

        await until(is_in_the_middle)
        worker.kill()
        half = await state()
        assert (half["status"], half["url"]) == ("RUNNING", None)
        left = await db.row("SELECT count(*) AS n FROM export_chunk WHERE export_id = $1::uuid", export["id"])
        assert left is not None
        assert left["n"] == 0
        # its lease lapses; the time for it is not waited out
        await db.rows("UPDATE export_job SET lease_until = now() WHERE id = $1::uuid", export["id"])
        worker.start()

        async def is_done() -> bool:
            return str((await state())["status"]) == "DONE"

        await until(is_done)
    done = await state()
    assert read(await fetched(api, done)) == (SOME + 1, expected, expected, SOME + 1)
    attempts = await db.row("SELECT attempt FROM export_job WHERE id = $1::uuid", export["id"])
    assert attempts is not None
    assert attempts["attempt"] == 2
    await publish_everything()
