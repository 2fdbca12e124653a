"""One publication to very many sockets, against the bare broadcaster with the same texts."""

import asyncio
import json
import statistics
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from websockets.sync.client import ClientConnection, connect

from app import database
from app.kernel import outbox
from app.kernel.change import as_one
from app.kernel.clock import now
from app.kernel.event_log import anything_unpublished
from app.ordering.events import OrderChanged
from app.wake import OUTBOX, Wake
from bench.data.world import World
from bench.measured import CannotMeasure, Plan, Row
from bench.rows.subscribers import PATIENCE_S, PROTOCOL, heard_by_all, subscribers
from bench.sockets import Client, crowd
from bench.stage import Stage

T = TypeVar("T")

COMPANIES = 100
POLL_S = 0.1
_MOVE = """
WITH moved AS (
    UPDATE sales_order SET version = version + 1 WHERE id = ANY($1::uuid[]) RETURNING id, version
)
INSERT INTO sales_order_event (id, order_id, version, what, at)
SELECT gen_random_uuid(), id, version, 'delivered', $2 FROM moved RETURNING order_id, version
"""


def row_of_fanout(stage: Stage, world: World, plan: Plan, sockets: int) -> Row:
    """Sockets reached per second, from the commit to the last client.

    An order of each of a hundred companies moves in one transaction, and is published at once. Each company is
    subscribed to by two roles with four documents: eight hundred different texts. The broadcaster holds them ready.
    """
    companies = min(COMPANIES, len(world.buyers))
    clients = subscribers(world, sockets, companies)
    plain = [Client(f"/{one.group}", (), one.group) for one in clients]
    ours, theirs = [], []
    with (
        stage.api() as api,
        stage.worker(),
        stage.script("bench.limits.broadcast", "broadcaster") as broadcaster,
        crowd(stage.cores.load) as subscribed,
        crowd(stage.cores.load) as connected,
        teller(stage, world, companies) as telling,
    ):
        telling.wait_until_published()
        subscribed.open(api.port, clients, PROTOCOL)
        connected.open(broadcaster.port, plain)
        heard_by_all(subscribed, sockets, telling.tell)  # the first time fills caches, and gives the texts
        texts = subscribed.texts()
        with connect(f"ws://127.0.0.1:{broadcaster.port}/control", proxy=None, ping_interval=None) as control:
            control.send(json.dumps(texts))
            control.recv(PATIENCE_S)
            heard_by_all(connected, sockets, lambda: _go(control))
            for _ in range(plan.rounds):
                ours.append(heard_by_all(subscribed, sockets, telling.tell))
                theirs.append(heard_by_all(connected, sockets, lambda: _go(control)))
    note = (
        f"{sockets} sockets, {len(texts)} texts of {statistics.mean(map(len, texts)):.0f} characters; all within "
        f"{statistics.median(ours) * 1000:.0f} ms of the commit, {max(ours) * 1000:.0f} ms at worst; the broadcaster "
        f"{statistics.median(theirs) * 1000:.0f} ms"
    )
    ours_rate, theirs_rate = ([sockets / took for took in one] for one in (ours, theirs))
    return Row.of("live.fanout", ours_rate, theirs_rate, "sockets reached/s", note=note)


def _go(control: ClientConnection) -> float:
    control.send("go")
    return time.time()


class Teller:
    """Moves orders by a version, commits the facts and wakes the mall's worker, on an event loop of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wake: Wake, orders: list[tuple[UUID, UUID, UUID]]) -> None:
        self._loop = loop
        self._wake = wake
        self._orders = orders

    def tell(self) -> float:
        """A fact about an order of each company, in one transaction; the moment of the commit."""
        return asyncio.run_coroutine_threadsafe(self._tell(), self._loop).result(PATIENCE_S)

    def wait_until_published(self) -> None:
        """Until the worker has published what was told before."""
        deadline = time.monotonic() + PATIENCE_S
        while asyncio.run_coroutine_threadsafe(anything_unpublished(), self._loop).result(PATIENCE_S):
            if time.monotonic() > deadline:
                raise CannotMeasure("the worker publishes nothing")
            time.sleep(POLL_S)

    async def _tell(self) -> float:
        async with database.pool().acquire() as connection, connection.transaction():
            moved = await connection.fetch(_MOVE, [order for _, order, _ in self._orders], now())
            versions = {row["order_id"]: row["version"] for row in moved}
            facts = [
                OrderChanged(
                    network_id=network,
                    subject_id=order,
                    version=versions[order],
                    what="delivered",
                    audience=(buyer,),
                )
                for network, order, buyer in self._orders
            ]
            sql, params = as_one([outbox.told(facts, now())])
            await connection.execute(sql, *params)
        committed = time.time()
        self._wake.say(OUTBOX)
        return committed


@contextmanager
def teller(stage: Stage, world: World, companies: int) -> Iterator[Teller]:
    """Connected, on the cores of the load (as this process is)."""
    buyers = [one.company for one in world.buyers[:companies]]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(step: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(step, loop).result(PATIENCE_S)

    run(database.connect(stage.database_url, 2))
    wake = run(_wake(stage.redis_url))
    try:
        yield Teller(loop, wake, run(_last_orders(buyers)))
    finally:
        run(wake.close())
        run(database.disconnect())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()


async def _wake(redis_url: str) -> Wake:
    return Wake(redis_url)


async def _last_orders(buyers: list[UUID]) -> list[tuple[UUID, UUID, UUID]]:
    found: list[asyncpg.Record] = list(
        await database.rows(
            """SELECT DISTINCT ON (buyer_id) network_id, id, buyer_id FROM sales_order
               WHERE buyer_id = ANY($1::uuid[]) ORDER BY buyer_id, id DESC""",
            buyers,
        )
    )
    return [(row["network_id"], row["id"], row["buyer_id"]) for row in found]
