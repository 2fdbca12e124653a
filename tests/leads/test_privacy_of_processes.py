"""Who somebody is, is looked for in everything that real processes leave behind: the logs of API and worker, what went
through Redis, WeChat and e-mail, what webhooks and foreign viewers are answered, and every row there is."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from app import database as db
from app.kernel.clock import now
from app.kernel.ids import uuid7
from tests.communication.mailbox import Mailbox, mailbox
from tests.communication.telling import LEADS, bind, environment
from tests.communication.weixin import Weixin, weixin
from tests.fulfilment.kuaidi import FORM, SALT, form
from tests.leads.desk import ONE, SUBMIT, Desk, document, open_desk
from tests.leads.test_privacy import CONTACT, EVENTS, MY_LEADS, assert_silent, everything_stored, mistaken
from tests.live.processes import Serving, Valkey, Working
from tests.live.trade import until, until_published
from tests.worlds import Party, new_key

pytestmark = pytest.mark.usefixtures("database")

BY_PHONE = "query($id: ID!, $f: LeadFilterInput) { leads(networkId: $id, filter: $f) { edges { node { id } } } }"


@pytest.fixture
def outside() -> Iterator[tuple[Weixin, Mailbox]]:
    with weixin() as wx, mailbox() as mail:
        yield wx, mail


@asynccontextmanager
async def overheard(url: str) -> AsyncIterator[list[str]]:
    """Every command that Redis is given meanwhile."""
    said: list[str] = []
    async with Redis.from_url(url) as redis, redis.monitor() as monitor:

        async def listen() -> None:
            async for one in monitor.listen():
                said.append(one["command"])

        listening = asyncio.create_task(listen())
        yield said
        listening.cancel()


class Client:
    """Asks the API process over HTTP."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False)

    async def ask(self, party: Party, asked: str, **variables: Any) -> str:
        body = {"query": asked, "variables": variables}
        return (await self.http.post("/graphql", json=body, headers=party.headers)).text

    async def does(self, party: Party, name: str, **said: Any) -> str:
        answer = await self.ask(party, document(name), input={"clientKey": new_key(), **said})
        assert '"__typename":"Lead"' in answer, answer
        return answer


async def on_phone(wx: Weixin, party: Party) -> None:
    """WeChat messages about leads reach this party."""
    identity_id = await bind(party, "o-dealer")
    await db.pool().execute(
        "INSERT INTO wx_subscribe_quota (id, identity_id, template_id, remaining, changed_at)"
        " VALUES ($1, $2, $3, 9, $4)",
        uuid7(),
        identity_id,
        LEADS,
        now(),
    )
    wx.state.allowed["o-dealer", LEADS] = 9


async def a_lead_is_dealt_with(desk: Desk, client: Client) -> tuple[str, list[str]]:
    """Taken in, mistaken, repeated, rejected, accepted, taken back; the lead's id, and what others were answered."""
    first, second = desk.dealers
    lead = {"source": "web", "regionCode": "4401", **CONTACT}
    said = {"networkId": desk.network_id, "clientKey": new_key(), "lead": lead}
    answer = json.loads(await client.ask(desk.brand, SUBMIT, input=said))
    lead_id: str = answer["data"]["submitLead"]["lead"]["id"]
    await client.ask(desk.brand, SUBMIT, input={**said, "clientKey": new_key()})
    foreign = [await client.ask(desk.brand, asked, **variables) for asked, variables in mistaken(desk)]
    variables = json.dumps({"id": desk.network_id, "f": {"phone": CONTACT["phone"]}})
    found = await client.http.get(
        "/graphql", params={"query": BY_PHONE, "variables": variables}, headers=desk.brand.headers
    )
    assert lead_id in found.text
    foreign += [await client.ask(first, ONE, id=lead_id), await client.ask(second, ONE, id=lead_id)]
    await client.does(first, "rejectLead", leadId=lead_id, reason="TOO_FAR", note="太远了不顺路")
    foreign.append(await client.ask(second, MY_LEADS))
    await client.does(second, "acceptLead", leadId=lead_id)
    await client.does(second, "followLead", leadId=lead_id, stage="VISITED", note="量房时孩子在睡觉")
    await client.does(desk.brand, "takeBackLead", leadId=lead_id, note="已迁往上海")
    foreign += [await client.ask(second, asked, id=lead_id) for asked in (ONE, MY_LEADS.replace("note", ""))]
    return lead_id, foreign


async def pushed(client: Client) -> list[str]:
    """What carriers' doors answer to pushes that hold what they must not."""
    told = json.dumps({"lastResult": CONTACT}, ensure_ascii=False)
    bodies = [form(told), form(told, "forged"), told.encode(), form(json.dumps(CONTACT))]
    doors = [f"/webhooks/carriers/{name}" for name in ("kuaidi100", "nobody")]
    answers = [await client.http.post(door, content=body, headers=FORM) for door in doors for body in bodies]
    assert {one.status_code for one in answers} == {400, 403, 404}
    return [one.text for one in answers]


async def until_settled() -> None:
    async def nothing_waits() -> bool:
        rows = await db.rows("SELECT 1 FROM notification_delivery WHERE state IN ('waiting', 'sending')")
        return not rows

    await until_published()
    await until(nothing_waits)


async def test_nothing_is_left_behind_that_says_who_somebody_is(
    database: str, tmp_path: Path, outside: tuple[Weixin, Mailbox]
) -> None:
    wx, mail = outside
    desk = await open_desk(dealers=2)
    await on_phone(wx, desk.dealers[0])
    with Valkey(tmp_path) as valkey:
        told = {**environment(wx, mail, valkey.url), "TRIBUTARY_KUAIDI100_SALT": SALT}
        del told["REDIS_URL"]
        api, worker = Serving(database, valkey.url, None, **told), Working(database, valkey.url, **told)
        api.command.append("--access-log")
        async with overheard(valkey.url) as redis:
            with api, worker:
                client = Client(api.url)
                lead_id, foreign = await a_lead_is_dealt_with(desk, client)
                foreign += await pushed(client)
                await until_settled()
                foreign += [await client.ask(one, EVENTS) for one in desk.dealers]
                await client.http.aclose()
                logged = {"API": api.logged(), "worker": worker.logged()}
    letters = "\n".join(
        f"{one}\n{[part.get_content() for part in one.walk() if not part.is_multipart()]}" for one in mail.came
    )
    stored = await everything_stored()
    left = {**logged, "Redis": "\n".join(redis), "WeChat": str(wx.state.sent), "e-mail": letters, "database": stored}
    for where, text in left.items():
        assert_silent(text, where)
    for answer in foreign:
        assert_silent(answer, "an answer")
    assert "GET /graphql HTTP" in logged["API"]  # the phone number in the query is not told
    assert "send_messages" in left["Redis"]
    assert lead_id in str(wx.state.sent)
    assert lead_id in letters
    assert lead_id in stored
