"""`tributary watch` tails real events, and comes back after a restart of the mall without missing any."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.live.processes import Serving, mall, tributary
from tests.live.trade import change_often, heard_by, orders, until_published
from tests.ordering_lifecycle.orders import open_shop, order_row
from tests.worlds import PASSWORD, Party


class Watching:
    """What `tributary watch` prints."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def until(self, count: int) -> None:
        """Read on until so many lines have come."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            while len(self.lines) < count:
                line = await self.process.stdout.readline()
                assert line, "it ended"
                self.lines.append(line.decode().rstrip("\n"))

    async def until_says(self, words: str) -> None:
        """Read on in what it says about itself."""
        assert self.process.stderr is not None
        async with asyncio.timeout(60):
            while words not in (line := (await self.process.stderr.readline()).decode()):
                assert line, "it ended"

    @property
    def cursors(self) -> list[str]:
        return [line.split()[1] for line in self.lines]


@asynccontextmanager
async def watching(api: Serving, party: Party, *options: str) -> AsyncIterator[Watching]:
    process = await asyncio.create_subprocess_exec(
        *tributary("watch", "--url", api.url, "--login", party.login, "--password", PASSWORD, *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield Watching(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.communicate()


async def test_it_misses_nothing_through_a_restart_of_the_mall(database: str, redis_url: str) -> None:
    shop = await open_shop()
    placed = await orders(shop, 2)
    with mall(database, redis_url) as (api, worker):
        start = await until_published()
        async with watching(api, shop.buyer, "--after", f"e{start}") as watch:
            await change_often(shop, placed, 5)
            await watch.until(20)
            api.kill()
            await watch.until_says("connection lost (1006)")
            await change_often(shop, placed, 5)
            await asyncio.to_thread(api.start)
            await watch.until(40)
            api.stop()
            worker.kill()
            await watch.until_says("connection lost (1012)")
            await change_often(shop, placed, 5)
            await asyncio.to_thread(worker.start)
            await asyncio.to_thread(api.start)
            await watch.until(60)
        told = await heard_by(shop.buyer.company_id, start, ["order", "account", "relation", "membership"])
    assert watch.cursors == [f"e{one}" for one in told]
    number = (await order_row(placed[0]))["number"]
    of_order = [line for line in watch.lines if number in line]
    assert len(of_order) == 15
    assert of_order[-1].endswith(f"  order {number}: SUBMITTED, 99999.85 CNY (discount_granted)")


async def test_a_wrong_password_is_said_in_one_line(database: str, redis_url: str) -> None:
    shop = await open_shop()
    with Serving(database, redis_url) as api:
        process = await asyncio.create_subprocess_exec(
            *tributary("watch", "--url", api.url, "--login", shop.buyer.login, "--password", "something else"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await process.communicate()
    assert (process.returncode, said) == (1, b"")
    assert complained.decode().startswith("Error: ")
    assert complained.count(b"\n") == 1


async def test_it_stops_when_its_time_is_over(database: str, redis_url: str) -> None:
    shop = await open_shop()
    with Serving(database, redis_url) as api:
        async with watching(api, shop.buyer, "--for", "1") as watch:
            assert await watch.process.wait() == 0
