"""A follower misses nothing while processes are killed and Redis forgets everything."""

import asyncio
import random
from pathlib import Path
from uuid import UUID

from redis.asyncio import Redis

from app import database as db
from tests.live.follower import Follower, number
from tests.live.processes import Running, Serving, Valkey, Working
from tests.live.trade import change_often, heard_by, orders, until_published
from tests.ordering_lifecycle.orders import Shop, open_shop


async def test_a_thousand_changes_through_kills_and_a_redis_that_forgets(database: str, tmp_path: Path) -> None:
    shop = await open_shop()
    placed = await orders(shop, 10)
    rng = random.Random(7)
    with (
        Valkey(tmp_path) as valkey,
        Serving(database, valkey.url) as api,
        Working(database, valkey.url) as publisher,
    ):
        await until_published()
        async with (
            Follower(api.ws_url, shop.purchaser.token, topics=["ORDERS"]) as buyer,
            Follower(api.ws_url, shop.clerk.token, topics=["ORDERS"]) as seller,
        ):
            start = number(buyer.cursor or "")
            changing = asyncio.create_task(_in_waves(shop, placed))
            faults = 0
            victims: list[Running | str] = [api, publisher, valkey, "Redis forgets", "the network"]
            while not changing.done():
                await asyncio.sleep(rng.uniform(0.1, 0.8))
                await _harm(rng.choice(victims), valkey, buyer, seller)
                faults += 1
            changing.result()
            await until_published()
            told = await heard_by(shop.buyer.company_id, start, ["order"])
            for follower in (buyer, seller):
                await follower.until(lambda one: len(one.seen) >= len(told))
        assert len(told) == 1000
        assert buyer.numbers == told
        assert seller.numbers == told
        assert faults > 5
        assert buyer.resyncs == seller.resyncs == []
        for order_id in placed:
            mine = [one["event"] for one in buyer.seen if one["event"]["order"]["id"] == str(order_id)]
            assert [event["version"] for event in mine] == list(range(2, 102))


async def _in_waves(shop: Shop, placed: list[UUID]) -> None:
    for _ in range(10):
        await change_often(shop, placed, 10)
        await asyncio.sleep(1.5)


async def _harm(victim: Running | str, valkey: Valkey, *followers: Follower) -> None:
    if isinstance(victim, Running):
        victim.kill()
        await asyncio.to_thread(victim.start)
    elif victim == "Redis forgets":
        async with Redis.from_url(valkey.url) as redis:
            await redis.flushall()
    else:
        for follower in followers:
            follower.drop()


async def test_a_subscription_outlives_a_database_that_ends_its_connections(database: str, redis_url: str) -> None:
    shop = await open_shop()
    placed = await orders(shop, 2)
    theirs = f"{database}?application_name=victim"
    with Serving(theirs, redis_url) as api, Working(theirs, redis_url) as worker:
        await until_published()
        async with Follower(api.ws_url, shop.purchaser.token, topics=["ORDERS"]) as follower:
            start = number(follower.cursor or "")
            for _ in range(5):
                await change_often(shop, placed, 5)
                await db.pool().execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'victim'"
                )
            await until_published()
            told = await heard_by(shop.buyer.company_id, start, ["order"])
            await follower.until(lambda one: len(one.seen) >= len(told))
        assert len(told) == 50
        assert follower.numbers == told
        assert follower.closes == []
        assert not worker.ended()
