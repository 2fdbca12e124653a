"""Progress as it is told over sockets: in order, to the member that asked, and to nobody else."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.network.roles import Role
from tests.api import Api
from tests.live.follower import Socket
from tests.live.processes import Serving, mall
from tests.live.trade import until_published
from tests.ordering.market import open_market
from tests.papers.copies import copies_of
from tests.papers.exporting import asked, fetched

pytestmark = [pytest.mark.unaudited, pytest.mark.usefixtures("database")]

PROGRESS = """subscription($id: ID!, $after: Cursor) { exportProgressed(exportId: $id, after: $after) { __typename
    ... on ExportProgressed { what version
        export { id status version rowsDone rowsTotal progress url sizeBytes } }
    ... on CaughtUp { cursor } } }"""
EVERYTHING = """subscription($after: Cursor) { events(after: $after) { __typename
    ... on EventEnvelope { event { __typename } } ... on CaughtUp { cursor } } }"""
SINCE = """query($after: Cursor) { eventsSince(after: $after, first: 100) {
    ... on EventPage { nodes { event { __typename } } } } }"""
SOLD: dict[str, dict[str, Any]] = {"orders": {"side": "SELLING"}}


@pytest.fixture(scope="module")
async def serving(database: str, redis_url: str) -> AsyncIterator[Serving]:
    with mall(database, redis_url) as (api, _):
        yield api


async def test_progress_reaches_the_member_that_asked_and_nobody_else(serving: Serving) -> None:
    api, market = Api(), await open_market()
    order_id = await market.place([(await market.sku("PAINT"), "1")])
    await copies_of(order_id, 8_000)
    colleague = await market.world.member(market.seller, [Role.OWNER])
    listening = {}
    for party in (colleague, market.seller):
        listening[party.token] = await Socket.open(serving.ws_url, party.token)
        await listening[party.token].subscribe(EVERYTHING)
        assert (await listening[party.token].told())["__typename"] == "CaughtUp"
    export = await asked(api, market.seller, SOLD)
    follower = await Socket.open(serving.ws_url, market.seller.token)
    await follower.subscribe(PROGRESS, id=export["id"], after=export["cursor"])
    heard: list[dict[str, Any]] = []
    while not heard or heard[-1]["export"]["status"] != "DONE":
        said = await follower.told()
        if said["__typename"] == "ExportProgressed":
            heard.append(said)
    assert [one["version"] for one in heard] == sorted({one["version"] for one in heard})
    done = [one["export"]["rowsDone"] for one in heard]
    assert done == sorted(done)
    assert heard[-1]["export"]["progress"] == 1.0
    assert "begun" in {one["what"] for one in heard}
    assert heard[-1]["what"] == "finished"
    assert len(await fetched(api, {**heard[-1]["export"]})) > 100_000
    await until_published()
    # what is one member's alone is nothing that the company hears of: the next thing is something else
    for party in (colleague, market.seller):
        since = (await api.data(party, SINCE, after=export["cursor"]))["nodes"]
        assert {one["event"]["__typename"] for one in since} <= {"MemberChanged"}
    await market.world.member(market.seller, [Role.FINANCE])
    for socket in listening.values():
        assert (await socket.told())["event"]["__typename"] == "MemberChanged"
    for socket in (follower, *listening.values()):
        await socket.close()


async def test_somebody_elses_export_cannot_be_followed(serving: Serving) -> None:
    api, market = Api(), await open_market()
    export = await asked(api, market.seller, SOLD)
    for other in (market.buyer, await market.world.member(market.seller, [Role.OWNER])):
        socket = await Socket.open(serving.ws_url, other.token)
        await socket.subscribe(PROGRESS, id=export["id"])
        refused = await socket.next()
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "NOT_FOUND"
        await socket.close()
