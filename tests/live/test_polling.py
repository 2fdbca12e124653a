"""`eventsSince`: the same events for clients that can hold no socket open."""

import pytest

from app import database as db
from app.network.roles import Role
from tests.api import Api
from tests.live.trade import change_often, heard_by, orders, publish_everything
from tests.ordering_lifecycle.orders import open_shop

pytestmark = pytest.mark.usefixtures("database")

SINCE = """query($after: Cursor, $topics: [Topic!], $first: Int) {
    eventsSince(after: $after, topics: $topics, first: $first) { __typename
        ... on EventPage { cursor hasMore nodes { cursor at event { __typename
            ... on Change { what version cursor at }
            ... on OrderChanged { order { id version lines { id } } }
            ... on AccountChanged { relation { id account { credit { exposure { amount } } } } } } } }
        ... on Resync { reason cursor } } }"""


async def test_a_client_that_polls_sees_each_change_once_in_order() -> None:
    api, shop = Api(), await open_shop()
    placed = await orders(shop, 3)
    await publish_everything()
    start = await api.data(shop.purchaser, SINCE)
    assert start == {"__typename": "EventPage", "cursor": start["cursor"], "hasMore": False, "nodes": []}
    await change_often(shop, placed, 7)
    await publish_everything()
    seen, cursor, pages = [], start["cursor"], 0
    while True:
        page = await api.data(shop.purchaser, SINCE, after=cursor, topics=["ORDERS"], first=4)
        seen += page["nodes"]
        cursor, pages = page["cursor"], pages + 1
        if not page["hasMore"]:
            break
    told = await heard_by(shop.buyer.company_id, int(start["cursor"][1:]), ["order"])
    assert [node["cursor"] for node in seen] == [f"e{one}" for one in told]
    assert len(told) == 21
    assert pages == 6
    assert [node["event"]["cursor"] for node in seen] == [node["cursor"] for node in seen]
    again = await api.data(shop.purchaser, SINCE, after=cursor)
    assert (again["nodes"], again["hasMore"]) == ([], False)


async def test_others_hear_nothing_of_it_and_roles_narrow_it() -> None:
    api, shop, stranger = Api(), await open_shop(), await open_shop()
    placed = await orders(shop, 1)
    await publish_everything()
    start = (await api.data(shop.purchaser, SINCE))["cursor"]
    await change_often(shop, placed, 2)
    await publish_everything()
    for party, expected in (
        (shop.purchaser, ["AccountChanged", "OrderChanged"] * 2),
        (shop.clerk, ["AccountChanged", "OrderChanged"] * 2),
        (shop.storeman, ["OrderChanged"] * 2),
        (stranger.purchaser, []),
        (stranger.clerk, []),
    ):
        page = await api.data(party, SINCE, after=start)
        assert [node["event"]["__typename"] for node in page["nodes"]] == expected
    assert await api.code(shop.storeman, SINCE, after=start, topics=["ACCOUNTS"]) == "FORBIDDEN"
    assert await api.code(None, SINCE, after=start) == "UNAUTHENTICATED"
    approver = await shop.world.member(shop.buyer, [Role.APPROVER])
    await publish_everything()
    joined = await api.data(shop.buyer, SINCE, after=start, topics=["MEMBERS"])
    assert [node["event"]["what"] for node in joined["nodes"]] == ["joined"]
    assert await api.code(approver, SINCE, after=start, topics=["MEMBERS"]) == "FORBIDDEN"


async def test_what_cannot_be_replayed_is_to_be_read_afresh() -> None:
    api, shop = Api(), await open_shop()
    await publish_everything()
    last = await db.pool().fetchval("SELECT last_no FROM publisher")
    ahead = await api.data(shop.purchaser, SINCE, after=f"e{last + 1}")
    assert ahead == {"__typename": "Resync", "reason": "the cursor is ahead of the stream", "cursor": f"e{last}"}
    for mistake in ("17", "e-1", "e01", f"e{2**63}"):
        assert await api.code(shop.purchaser, SINCE, after=mistake) == "BAD_REQUEST"
    assert await api.code(shop.purchaser, SINCE, first=0) == "BAD_REQUEST"
    assert await api.code(shop.purchaser, SINCE, first=101) == "BAD_REQUEST"
