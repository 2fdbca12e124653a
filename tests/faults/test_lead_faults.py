"""No lead is lost on its way to a dealer while API, worker and Redis are killed; and what lapses is recalled."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from redis.asyncio import Redis

from app import database as db
from app.kernel import clock
from app.leads.contact import Contact
from app.leads.submit import NewLead, submit_lead
from tests.leads.desk import SUBMIT, Desk, open_desk
from tests.live.follower import Follower
from tests.live.processes import Running, Serving, Valkey, Working
from tests.live.trade import until, until_published
from tests.worlds import new_key

LEADS = """subscription($after: Cursor) { leadChanged(after: $after) { __typename
    ... on LeadChanged { cursor what version lead { id status contact { isRevealed phone } } }
    ... on CaughtUp { cursor }
    ... on Resync { reason cursor } } }"""
PAUSE_S = 0.1
HARMS = ("api", "worker", "valkey", "flush", "api", "worker")


async def send(url: str, desk: Desk, key: str) -> str:
    """Submit a lead as a web form's server does: again and again with the same key, until it is answered."""
    lead = {"source": "web", "externalId": key, "name": "王小明", "phone": desk.phone(), "regionCode": "4401"}
    said = {"input": {"clientKey": key, "networkId": desk.network_id, "lead": lead}}
    async with httpx.AsyncClient(base_url=url, headers=desk.brand.headers, timeout=5, trust_env=False) as client:
        while True:
            try:
                answer = (await client.post("/graphql", json={"query": SUBMIT, "variables": said})).json()
                if "errors" not in answer:
                    lead_id: str = answer["data"]["submitLead"]["lead"]["id"]
                    return lead_id
            except (httpx.TransportError, ValueError):
                pass
            await asyncio.sleep(0.1)


def offered(follower: Follower) -> list[str]:
    return [one["lead"]["id"] for one in follower.seen if one["what"] == "offered"]


async def harm(victims: Mapping[str, Running], valkey: Valkey, sent: Sequence[str]) -> Counter[str]:
    """kill -9, one after the other, each when some leads more have come in, so in the midst of them; how often whom.
    The worker is the publisher as well."""
    harmed = Counter[str]()
    for name in HARMS:
        so_far = len(sent)

        async def more_came(so_far: int = so_far) -> bool:
            return len(sent) >= so_far + 5

        await until(more_came)
        if name == "flush":
            async with Redis.from_url(valkey.url) as redis:
                await redis.flushall()
        else:
            victims[name].kill()
            await asyncio.to_thread(victims[name].start)
        harmed[name] += 1
    return harmed


async def send_while(url: str, desk: Desk, sent: list[str], harming: asyncio.Task[Counter[str]]) -> None:
    """Leads come in evenly as long as there is harm, and a few after that, from two senders."""

    async def one_after_the_other() -> None:
        rest = 5
        while rest:
            rest -= harming.done()
            sent.append(await send(url, desk, new_key()))
            await asyncio.sleep(PAUSE_S)

    await asyncio.gather(one_after_the_other(), one_after_the_other())


async def test_every_lead_reaches_its_dealer_through_kills(database: str, tmp_path: Path) -> None:
    desk, sent = await open_desk(dealers=2), list[str]()
    with (
        Valkey(tmp_path) as valkey,
        Serving(database, valkey.url) as api,
        Working(database, valkey.url) as worker,
    ):
        one, two = desk.dealers
        async with (
            Follower(api.ws_url, one.token, LEADS) as first,
            Follower(api.ws_url, two.token, LEADS) as second,
        ):
            harming = asyncio.create_task(harm({"api": api, "worker": worker, "valkey": valkey}, valkey, sent))
            await send_while(api.url, desk, sent, harming)
            harmed = await harming
            await until_published()
            count = len(sent)
            await first.until(lambda follower: len(offered(follower)) >= count // 2)
            await second.until(lambda follower: len(offered(follower)) >= count // 2)
            await first.until(lambda _: len(offered(first)) + len(offered(second)) >= count)
    assert harmed == Counter(HARMS)
    assert sorted(offered(first) + offered(second)) == sorted(sent)
    assert len(set(sent)) == count > 5 * len(HARMS)
    assert abs(len(offered(first)) - len(offered(second))) <= 1
    assert first.resyncs == second.resyncs == []
    shown: list[dict[str, Any]] = [one["lead"]["contact"] for one in (*first.seen, *second.seen)]
    assert {one["isRevealed"] for one in shown} == {False}


async def test_what_lapses_is_recalled_though_the_worker_and_redis_are_killed(database: str, tmp_path: Path) -> None:
    desk = await open_desk(dealers=2)

    async def late() -> UUID:
        """A lead whose time is over in a few seconds."""
        said = NewLead("web", Contact.checked("Li", desk.phone(), None), region_code="4401")
        with clock.travel(timedelta(seconds=4) - timedelta(hours=1)):
            done = await submit_lead(
                desk.brand.viewer, network_id=desk.world.network_id, said=said, client_key=new_key()
            )
        return done.lead_id

    async def offers(lead_id: UUID) -> list[str | None]:
        rows = await db.rows("SELECT outcome FROM lead_assignment WHERE lead_id = $1 ORDER BY id", lead_id)
        return [row["outcome"] for row in rows]

    with Valkey(tmp_path) as valkey, Working(database, valkey.url) as worker:
        lead_id = await late()
        await until_published()
        worker.kill()
        async with Redis.from_url(valkey.url) as redis:
            await redis.flushall()
        worker.start()
        valkey.kill()
        valkey.start()

        async def is_recalled() -> bool:
            return await offers(lead_id) == ["lapsed", None]

        await until(is_recalled)
        await until_published()
    assert (await desk.timeline(str(lead_id)))[-2:] == ["recalled", "offered"]
