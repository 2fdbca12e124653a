"""The npm graphql-ws client, with real tokens: it resumes after a kill, and refreshes its session after 4403."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from tests.live.follower import number
from tests.live.processes import Serving, Working, mall
from tests.live.trade import brief_token, change, heard_by, orders, until_published
from tests.ordering_lifecycle.orders import Shop, open_shop
from tests.schema.serving import NODE, install_packages, tool
from tests.worlds import Party


class NpmClient:
    """What the client has said, line by line."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.more = asyncio.Event()

    async def read(self, lines: asyncio.StreamReader) -> None:
        async for line in lines:
            self.said.append(json.loads(line))
            self.more.set()

    async def until(self, name: str, count: int) -> None:
        """Wait until it has said `name` so often."""
        async with asyncio.timeout(60):
            while len(self.all(name)) < count:
                self.more.clear()
                await self.more.wait()

    def all(self, name: str) -> list[Any]:
        return [one[name] for one in self.said if name in one]


@asynccontextmanager
async def npm_client(api: Serving, party: Party, token: str) -> AsyncIterator[NpmClient]:
    install_packages()
    url = f"{api.url}/graphql"
    process = await asyncio.create_subprocess_exec(
        *(tool("node"), "follow_mall.mjs", url, api.ws_url, token, party.refresh_token),
        cwd=NODE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # `node` may be a launcher: end what it has launched too
    )
    assert process.stdout is not None
    client = NpmClient()
    reading = asyncio.create_task(client.read(process.stdout))
    try:
        yield client
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await reading


async def test_it_resumes_after_a_kill_and_with_a_fresh_token_after_its_own_ran_out(
    database: str, redis_url: str
) -> None:
    shop = await open_shop()
    [order_id] = await orders(shop, 1)
    with mall(database, redis_url) as (api, worker):
        start = await until_published()
        token = brief_token(shop.purchaser, seconds=6)
        async with npm_client(api, shop.purchaser, token) as client:
            await client.until("CaughtUp", 1)
            await _while_changing(shop, order_id, client.until("closed", 1))  # 4403: the token ran out
            await client.until("connected", 2)
            await _while_changing(shop, order_id, _killed(api, worker))
            await client.until("connected", 3)
            await change(shop, order_id)
            await until_published()
            told = await heard_by(shop.buyer.company_id, start, ["order"])
            await client.until("EventEnvelope", len(told))
    assert [number(cursor) for cursor in client.all("EventEnvelope")] == told
    versions = [one["version"] for one in client.said if "EventEnvelope" in one]
    assert versions == list(range(2, len(told) + 2))
    assert client.all("closed")[0] == 4403
    assert set(client.all("closed")[1:]) == {1006}
    assert set(client.all("refreshed")) == {True}
    assert client.all("failed") == client.all("errors") == client.all("Resync") == []


async def _while_changing(shop: Shop, order_id: UUID, waiting: Coroutine[Any, Any, None]) -> None:
    """Changes go on while something else happens."""
    until = asyncio.create_task(waiting)
    while not until.done():
        await change(shop, order_id)
        await asyncio.wait([until], timeout=0.05)
    until.result()


async def _killed(*processes: Serving | Working) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        await asyncio.to_thread(process.start)
