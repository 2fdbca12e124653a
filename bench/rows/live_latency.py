"""From the commit of an order to the client that hears of it, with thousands of sockets open and orders coming in."""

import asyncio
import json
import time
from collections.abc import Mapping
from uuid import UUID

import asyncpg

from bench import load
from bench.data.world import World
from bench.load import KEY, Load, Prepared
from bench.measured import CannotMeasure, Plan, Row
from bench.orders import order_input
from bench.pages import document
from bench.rows.subscribers import DOCUMENTS, PATIENCE_S, PROTOCOL, subscriber, subscribers
from bench.sockets import Crowd, crowd
from bench.stage import Database, Running, Stage
from bench.trusted import by_hash

SELLERS_SOCKETS = 20
CLIENTS = 8
ORDERS_A_SECOND = 30.0
FULL_S = 30.0
LAST_WORD_S = 1.0
PROMISE_MS = 50.0
NEVER = 10**9  # so many messages do not come


def rows_of_latency(stage: Stage, postgres: Database, world: World, plan: Plan, sockets: int) -> list[Row]:
    """Milliseconds from PostgreSQL's own moment of commit to the message at the client, over every delivery.

    All sockets but twenty are dealers', and hear of their own orders; twenty are the brand's, and hear of all.
    """
    clients = [
        *(subscriber(world.owner, DOCUMENTS[n % len(DOCUMENTS)], 1_000_000) for n in range(SELLERS_SOCKETS)),
        *subscribers(world, sockets - SELLERS_SOCKETS),
    ]
    with stage.api() as api, stage.worker() as worker, crowd(stage.cores.load) as people:
        people.open(api.port, clients, PROTOCOL)
        load.run(_orders(world, api, plan, warm_up=True), stage.cores.load)
        people.expect(NEVER)
        used = processor_time({"API": api, "worker": worker, "PostgreSQL": postgres})
        answered = load.run(_orders(world, api, plan, warm_up=False), stage.cores.load)
        shares = used.shares(answered.seconds)
        wait_for_silence(people)
        heard = people.orders()
    waits = sorted(asyncio.run(_waits(stage.database_url, heard)))
    if not waits:
        raise CannotMeasure("nobody heard of any order")
    p50, p99 = (waits[min(int(len(waits) * part), len(waits) - 1)] for part in (0.5, 0.99))
    note = (
        f"{sockets} sockets, {answered.per_second:.1f} orders/s, {len(waits)} deliveries, "
        f"longest {waits[-1]:.0f} ms; order answered p50 {answered.p50_ms:.0f} ms, p99 {answered.p99_ms:.0f} ms; "
        f"processor: {shares}"
    )
    unit = "ms from commit to client (promise)"
    return [
        Row.of("live.latency_p99", [p99], [PROMISE_MS], unit, better="lower", note=note),
        Row.of("live.latency_p50", [p50], [PROMISE_MS], unit, better="lower"),
    ]


def wait_for_silence(people: Crowd) -> None:
    """Until nothing has come for a while: what is late counts too."""
    deadline, before = time.monotonic() + PATIENCE_S, -1
    while time.monotonic() < deadline:
        received = int(people.arrived(LAST_WORD_S)["received"])
        if received == before:
            return
        before = received


def processor_time(processes: "Mapping[str, Running | Database]") -> "Used":
    """What these use from here on."""
    return Used(processes)


class Used:
    """Processor time from here on."""

    def __init__(self, processes: Mapping[str, Running | Database]) -> None:
        self._processes = processes
        self._before = {name: one.cpu_s for name, one in processes.items()}

    def shares(self, seconds: float) -> str:
        """Of one core, by process."""
        used = {name: one.cpu_s - self._before[name] for name, one in self._processes.items()}
        return ", ".join(f"{name} {spent / seconds:.0%}" for name, spent in used.items())


def _orders(world: World, api: Running, plan: Plan, *, warm_up: bool) -> Load:
    """Orders at an even pace, each by another dealer."""
    requests = []
    for number in range(len(world.buyers)):
        body = {"extensions": by_hash(document("place_order")), "variables": order_input(world, number, KEY)}
        requests.append(Prepared(world.buyers[number].token, json.dumps(body)))
    seconds = 1.0 if warm_up else 2.0 if plan.quick else FULL_S
    return Load(api.port, "/graphql", requests, '"__typename":"Order"', CLIENTS, 0.0, seconds, ORDERS_A_SECOND)


async def _waits(database_url: str, heard: list[tuple[str, float]]) -> list[float]:
    """Milliseconds of each delivery, by the commit timestamps of the orders' rows."""
    connection = await asyncpg.connect(database_url)
    try:
        found = await connection.fetch(
            """SELECT id, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS committed
               FROM sales_order WHERE id = ANY($1::uuid[])""",
            list({UUID(order) for order, _ in heard}),
        )
    finally:
        await connection.close()
    committed = {str(row["id"]): row["committed"] for row in found}
    return [(at - committed[order]) * 1000 for order, at in heard]
