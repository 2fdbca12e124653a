"""Following over real sockets, from a real API process, published by a real worker."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from app import database as db
from tests.live.follower import EVENTS, ORDER, Follower, Socket, number
from tests.live.processes import Serving, mall
from tests.live.trade import change, change_often, heard_by, orders, until_published
from tests.ordering_lifecycle.orders import open_shop


@pytest.fixture(scope="module")
async def api(database: str, redis_url: str) -> AsyncIterator[Serving]:
    with mall(database, redis_url) as (serving, _):
        yield serving


async def test_a_subscriber_that_comes_and_goes_sees_each_of_a_thousand_changes_once_in_order(api: Serving) -> None:
    shop = await open_shop()
    placed = await orders(shop, 10)
    rng = random.Random(20261121)
    await until_published()

    async def be_unreliable(follower: Follower) -> None:
        while True:
            await asyncio.sleep(rng.uniform(0.05, 0.6))
            follower.drop()

    async with (
        Follower(api.ws_url, shop.purchaser.token, topics=["ORDERS"]) as buyer,
        Follower(api.ws_url, shop.clerk.token) as seller,
    ):
        start_buyer, start_seller = number(buyer.cursor or ""), number(seller.cursor or "")
        losing = [asyncio.create_task(be_unreliable(one)) for one in (buyer, seller)]
        await change_often(shop, placed, 100)
        await until_published()
        for task in losing:
            task.cancel()
        at_buyer = await heard_by(shop.buyer.company_id, start_buyer, ["order"])
        at_seller = await heard_by(shop.seller.company_id, start_seller, ["order", "account", "relation"])
        await buyer.until(lambda one: len(one.seen) >= len(at_buyer))
        await seller.until(lambda one: len(one.seen) >= len(at_seller))
    assert len(at_buyer) == 1000
    assert buyer.numbers == at_buyer
    assert seller.numbers == at_seller
    assert len(buyer.closes) > 5
    assert len(seller.closes) > 5
    assert buyer.resyncs == seller.resyncs == []
    for order_id in placed:
        versions = [one["event"]["version"] for one in buyer.seen if one["event"]["order"]["id"] == str(order_id)]
        assert versions == list(range(2, 102))
    assert all(one["event"]["version"] <= one["event"]["order"]["version"] for one in buyer.seen)


async def test_subscribers_of_different_companies_hear_only_their_own(api: Serving) -> None:
    one, other = await open_shop(), await open_shop()
    [mine], [theirs] = await orders(one, 1), await orders(other, 1)
    await until_published()
    async with (
        Follower(api.ws_url, one.purchaser.token) as me,
        Follower(api.ws_url, other.purchaser.token) as them,
        Follower(api.ws_url, other.storeman.token) as no_money,
    ):
        await asyncio.gather(change_often(one, [mine], 5), change_often(other, [theirs], 7))
        await until_published()
        await me.until(lambda follower: len(follower.seen) >= 10)
        await them.until(lambda follower: len(follower.seen) >= 14)
        await no_money.until(lambda follower: len(follower.seen) >= 7)
    for follower, order_id, relation_id, count in (
        (me, mine, one.relation_id, 5),
        (them, theirs, other.relation_id, 7),
    ):
        changed = [said["event"] for said in follower.seen if said["event"]["__typename"] == "OrderChanged"]
        assert [event["order"]["id"] for event in changed] == [str(order_id)] * count
        accounts = [said["event"] for said in follower.seen if said["event"]["__typename"] == "AccountChanged"]
        assert [event["relation"]["id"] for event in accounts] == [str(relation_id)] * count
    assert [said["event"]["__typename"] for said in no_money.seen] == ["OrderChanged"] * 7


async def test_an_order_alone_can_be_followed(api: Serving) -> None:
    shop = await open_shop()
    mine, other = await orders(shop, 2)
    await until_published()
    socket = await Socket.open(api.ws_url, shop.purchaser.token)
    await socket.subscribe(ORDER, id=str(mine), after=None)
    start = await socket.told()
    assert start["__typename"] == "CaughtUp"
    await change_often(shop, [mine, other], 3)
    said = [await socket.told() for _ in range(3)]
    assert [(one["what"], one["version"], one["order"]["id"]) for one in said] == [
        ("discount_granted", version, str(mine)) for version in (2, 3, 4)
    ]
    await socket.subscribe(ORDER, "2", id=str(mine), after=said[0]["cursor"])
    again = [await socket.told() for _ in range(3)]
    assert [one["cursor"] for one in again[:2]] == [one["cursor"] for one in said[1:]]
    assert again[2]["__typename"] == "CaughtUp"
    await socket.close()


async def test_an_order_of_others_is_not_found(api: Serving) -> None:
    shop, stranger = await open_shop(), await open_shop()
    [order_id] = await orders(shop, 1)
    socket = await Socket.open(api.ws_url, stranger.purchaser.token)
    codes = []
    for operation_id, asked in (("1", str(order_id)), ("2", "00000000-0000-7000-8000-000000000000"), ("3", "x")):
        await socket.subscribe(ORDER, operation_id, id=asked, after=None)
        message = await socket.next()
        errors = message["payload"]["errors"] if message["type"] == "next" else message["payload"]
        codes.append((message["id"], [error["extensions"]["code"] for error in errors]))
        if message["type"] == "next":
            assert (await socket.next())["type"] == "complete"
    assert codes == [("1", ["NOT_FOUND"]), ("2", ["NOT_FOUND"]), ("3", ["NOT_FOUND"])]
    await socket.close()


async def test_a_topic_beyond_the_roles_is_refused(api: Serving) -> None:
    shop = await open_shop()
    socket = await Socket.open(api.ws_url, shop.storeman.token)
    await socket.subscribe(EVENTS, topics=["ORDERS", "ACCOUNTS"])
    message = await socket.next()
    errors = message["payload"]["errors"] if message["type"] == "next" else message["payload"]
    assert [error["extensions"]["code"] for error in errors] == ["FORBIDDEN"]
    await socket.close()


async def test_a_mistake_in_one_operation_closes_nothing(api: Serving) -> None:
    shop = await open_shop()
    [order_id] = await orders(shop, 1)
    await until_published()
    socket = await Socket.open(api.ws_url, shop.purchaser.token)
    await socket.subscribe(EVENTS, topics=["ORDERS"])
    assert (await socket.told())["__typename"] == "CaughtUp"
    await socket.subscribe("subscription { events(", "broken")
    await socket.subscribe("subscription { event { cursor } }", "unknown")
    mistakes = {(await socket.next())["id"] for _ in range(2)}
    await change(shop, order_id)
    said = await socket.told()
    assert mistakes == {"broken", "unknown"}
    assert said["event"]["order"]["id"] == str(order_id)
    await socket.close()


async def test_a_cursor_that_cannot_be_replayed_is_told_to_read_afresh(api: Serving) -> None:
    shop = await open_shop()
    [order_id] = await orders(shop, 1)
    last = await until_published()
    socket = await Socket.open(api.ws_url, shop.purchaser.token)
    await socket.subscribe(EVENTS, topics=["ORDERS"], after=f"e{last + 1000}")
    ahead = await socket.told()
    assert ahead == {"__typename": "Resync", "reason": "the cursor is ahead of the stream", "cursor": f"e{last}"}
    assert await socket.told() == {"__typename": "CaughtUp", "cursor": f"e{last}"}
    await change(shop, order_id)
    assert (await socket.told())["event"]["order"]["id"] == str(order_id)
    await socket.close()
    await db.pool().execute("UPDATE publisher SET oldest_no = last_no")
    socket = await Socket.open(api.ws_url, shop.purchaser.token)
    await socket.subscribe(EVENTS, after="e0")
    old = await socket.told()
    assert (old["__typename"], old["reason"]) == ("Resync", "the cursor is older than what is kept")
    assert number(old["cursor"]) > last
    await socket.close()
    await db.pool().execute("UPDATE publisher SET oldest_no = 1")
