"""From a lead that comes in to the socket of the dealer whose turn it is: twenty leads a second."""

import asyncio
import json
from uuid import UUID

import asyncpg

from app.kernel.ids import uuid7
from bench import load
from bench.data.world import World
from bench.load import KEY, Load, Prepared
from bench.measured import CannotMeasure, Plan, Row
from bench.pages import document
from bench.rows.live_latency import NEVER, processor_time, wait_for_silence
from bench.rows.subscribers import PROTOCOL, subscriber
from bench.sockets import crowd
from bench.stage import Database, Running, Stage
from bench.trusted import by_hash

DEALERS = 200
CLIENTS = 8
LEADS_A_SECOND = 20.0
FULL_S = 30.0
PROMISE_MS = 500.0
REGION = "bench-leads"

_REGION = """
INSERT INTO region (code, path, name_zh, name_en) VALUES ($1::text, $1::text || '/', $1::text, $1::text)
ON CONFLICT DO NOTHING
"""
_GRANT = """
INSERT INTO territory_grant (id, network_id, company_id, region_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
_RECEIVED = "SELECT id, extract(epoch FROM received_at)::float8 AS received FROM lead"


def rows_of_leads(stage: Stage, postgres: Database, world: World, plan: Plan) -> list[Row]:
    """Milliseconds from the moment in which the API begins to take a lead in (`received_at`) to the message at the
    dealer's socket; every lead must arrive at exactly one dealer."""
    dealers = world.buyers[:DEALERS]
    asyncio.run(_share_a_territory(stage.database_url, world.network, [one.company for one in dealers]))
    clients = [subscriber(one, "live_leads", number) for number, one in enumerate(dealers)]
    with stage.api() as api, stage.worker() as worker, crowd(stage.cores.load) as people:
        people.open(api.port, clients, PROTOCOL)
        load.run(_leads(world, api, 1.0), stage.cores.load)
        wait_for_silence(people)
        people.expect(NEVER)
        used = processor_time({"API": api, "worker": worker, "PostgreSQL": postgres})
        answered = load.run(_leads(world, api, 2.0 if plan.quick else FULL_S), stage.cores.load)
        shares = used.shares(answered.seconds)
        wait_for_silence(people)
        heard = people.orders()
    received = asyncio.run(_received(stage.database_url))
    if len(heard) != answered.sent or len({lead for lead, _ in heard}) != answered.sent:
        raise CannotMeasure(f"{answered.sent} leads came in, and {len(heard)} offers were heard of")
    waits = sorted((at - received[UUID(lead)]) * 1000 for lead, at in heard)
    p50, p99 = (waits[min(int(len(waits) * part), len(waits) - 1)] for part in (0.5, 0.99))
    note = (
        f"{len(clients)} dealers' sockets, {answered.per_second:.1f} leads/s, {len(waits)} offers, longest "
        f"{waits[-1]:.0f} ms; lead answered p50 {answered.p50_ms:.0f} ms, p99 {answered.p99_ms:.0f} ms; "
        f"processor: {shares}"
    )
    unit = "ms from the lead to its dealer's socket (promise)"
    return [
        Row.of("leads.latency_p99", [p99], [PROMISE_MS], unit, better="lower", note=note),
        Row.of("leads.latency_p50", [p50], [PROMISE_MS], unit, better="lower"),
    ]


def _leads(world: World, api: Running, seconds: float) -> Load:
    """Leads at an even pace, each of somebody else."""
    said = {
        "source": "bench",
        "externalId": KEY,
        "name": "王小明",
        "email": f"{KEY}@example.com",
        "regionCode": REGION,
        "productLine": "外墙乳胶漆",
        "note": "请在下午联系",
    }
    variables = {"input": {"clientKey": KEY, "networkId": str(world.network), "lead": said}}
    body = {"extensions": by_hash(document("submit_lead")), "variables": variables}
    request = Prepared(world.owner.token, json.dumps(body))
    expected = '"__typename":"LeadSubmitted"'
    return Load(api.port, "/graphql", [request], expected, CLIENTS, 0.0, seconds, LEADS_A_SECOND)


async def _share_a_territory(database_url: str, network_id: UUID, companies: list[UUID]) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_REGION, REGION)
        await connection.executemany(_GRANT, [(uuid7(), network_id, company, REGION) for company in companies])
    finally:
        await connection.close()


async def _received(database_url: str) -> dict[UUID, float]:
    connection = await asyncpg.connect(database_url)
    try:
        return {row["id"]: row["received"] for row in await connection.fetch(_RECEIVED)}
    finally:
        await connection.close()
