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
from tests.papers.exporting import START, asked, fetched
from tests.worlds import new_key

pytestmark = [pytest.mark.unaudited, pytest.mark.usefixtures("database")]

PROGRESS = """subscription($id: ID!, $after: Cursor) { exportProgressed(exportId: $id, after: $after) { __typename
    ... on ExportProgressed { what version
        export { id status version rowsDone rowsTotal progress url sizeBytes } }
    ... on CaughtUp { cursor } } }"""
MINE = """subscription($after: Cursor, $topics: [Topic!]) { events(after: $after, topics: $topics) { __typename
    ... on EventEnvelope { event { __typename ... on ExportProgressed { export { id } } } }
    ... on CaughtUp { cursor } } }"""
SINCE = """query($after: Cursor, $topics: [Topic!]) { eventsSince(after: $after, topics: $topics, first: 100) {
    ... on EventPage { nodes { event { __typename ... on ExportProgressed { export { id } } } } } } }"""
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
    for name, party, topics in (
        ("colleague", colleague, ["EXPORTS"]),
        ("colleague of everything", colleague, None),
        ("mine", market.seller, ["EXPORTS"]),
    ):
        listening[name] = await Socket.open(serving.ws_url, party.token)
        await listening[name].subscribe(MINE, topics=topics)
        assert (await listening[name].told())["__typename"] == "CaughtUp"
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
    assert (await listening["mine"].told())["event"]["export"]["id"] == export["id"]
    await until_published()
    # to the others the next thing they hear is something else
    assert await said_since(api, colleague, export["cursor"], ["EXPORTS"]) == []
    everything = await said_since(api, market.seller, export["cursor"], None)
    assert "ExportProgressed" not in {one["event"]["__typename"] for one in everything}
    mine = await said_since(api, market.seller, export["cursor"], ["EXPORTS"])
    assert {one["event"]["export"]["id"] for one in mine} == {export["id"]}
    theirs = await api.data(colleague, START, input={"clientKey": new_key(), "of": SOLD})
    assert (await listening["colleague"].told())["event"]["export"]["id"] == theirs["id"]
    await market.world.member(market.seller, [Role.FINANCE])
    assert (await listening["colleague of everything"].told())["event"]["__typename"] == "MemberChanged"
    for socket in (follower, *listening.values()):
        await socket.close()


async def said_since(api: Api, party: Any, after: str, topics: list[str] | None) -> list[dict[str, Any]]:
    answer = await api.data(party, SINCE, after=after, topics=topics)
    nodes: list[dict[str, Any]] = answer["nodes"]
    return nodes


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
