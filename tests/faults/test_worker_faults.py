"""The worker and what it does later: Redis restarts, kills in the middle of a job, and a clean goodbye."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from app import database as db
from app.ordering.act_refusals import OrderExpired
from app.ordering.confirm import confirm_order
from tests.live.processes import Valkey, Working, tributary, wait_until
from tests.live.trade import change_often, orders, until, until_published
from tests.ordering_lifecycle.orders import Goods, Shop, open_shop, order_row, timeline
from tests.worlds import new_key
from workers.expiries import expire_due, expire_reservation
from workers.settings import QUEUE

SWEEP_S = 5  # the clock looks for what is due every so many seconds, on the full five


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with TemporaryDirectory(prefix="tributary-valkey-") as folder, Valkey(Path(folder), keeps=True) as started:
        yield started


async def place_for(shop: Shop, time: timedelta) -> UUID:
    """An order that expires after this time unless it is confirmed."""
    return await shop.place([Goods("2", 20000)], expires_in=time)


async def place_between_sweeps(shop: Shop) -> UUID:
    """An order that expires soon, one second after a sweep: before the next one only its own job can expire it."""
    now = datetime.now(UTC).timestamp()
    due = (now + 4) // SWEEP_S * SWEEP_S + SWEEP_S + 1
    return await place_for(shop, timedelta(seconds=due - now))


async def until_expired(order_id: UUID) -> None:
    async def is_expired() -> bool:
        return str((await order_row(order_id))["status"]) == "expired"

    await until(is_expired)


async def was_done_by_its_job(order_id: UUID) -> bool:
    found = await db.row("SELECT FROM job_done WHERE job_id = $1", f"expire_reservation:{order_id}")
    return found is not None


async def until_queued(valkey: Valkey, order_id: UUID) -> None:
    async with Redis.from_url(valkey.url) as redis:

        async def is_queued() -> bool:
            return await redis.zscore(QUEUE, f"expire_reservation:{order_id}") is not None

        await until(is_queued)


@asynccontextmanager
async def stuck(database: str, order_id: UUID) -> AsyncIterator[asyncpg.Connection]:
    """The order's row is locked until the transaction of this connection ends."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("BEGIN")
        await connection.execute("SELECT FROM sales_order WHERE id = $1 FOR UPDATE", order_id)
        yield connection
    finally:
        await connection.close()


async def until_somebody_waits_for_a_lock() -> None:
    async def somebody_waits() -> bool:
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return await db.row(waiting) is not None

    await until(somebody_waits)


def check(database: str, redis_url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        tributary("work", "--check"),
        env={**Working(database, redis_url).environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_jobs_go_on_after_redis_was_killed_and_started_again(database: str, valkey: Valkey) -> None:
    shop = await open_shop()
    with Working(database, valkey.url) as worker:
        early = await place_for(shop, timedelta(seconds=6))
        await until_queued(valkey, early)
        valkey.kill()
        while_away = await place_for(shop, timedelta(seconds=8))
        await until_published()  # by the look once a second
        reader = await db.row("SELECT last_no FROM event_reader WHERE name = 'reactions'")
        valkey.start()
        await until_queued(valkey, while_away)  # the reactions have caught up
        await until_expired(early)
        await until_expired(while_away)
        later = await place_between_sweeps(shop)
        await until_expired(later)
        assert await was_done_by_its_job(later)

        async def nothing_is_left() -> bool:
            ends = await db.row(
                "SELECT r.last_no FROM event_reader r, publisher p WHERE r.name = 'reactions' AND r.last_no = p.last_no"
            )
            caught_up.extend([] if ends is None else [ends["last_no"]])
            return ends is not None

        caught_up: list[int] = []
        await until(nothing_is_left)
        assert not worker.ended()
    assert reader is not None
    assert reader["last_no"] < caught_up[-1]
    assert [await timeline(one) for one in (early, while_away, later)] == [["placed", "expired"]] * 3


async def test_a_job_that_was_lost_with_redis_is_found_by_the_sweep(database: str, valkey: Valkey) -> None:
    shop = await open_shop()
    with Working(database, valkey.url):
        order_id = await place_for(shop, timedelta(seconds=3))
        await until_queued(valkey, order_id)
        async with Redis.from_url(valkey.url) as redis:
            await redis.flushall()
        await until_expired(order_id)
    assert not await was_done_by_its_job(order_id)
    assert await timeline(order_id) == ["placed", "expired"]


async def test_a_worker_that_is_asked_to_stop_finishes_its_job(database: str, valkey: Valkey) -> None:
    shop = await open_shop()
    with Working(database, valkey.url) as worker:
        order_id = await place_between_sweeps(shop)
        async with stuck(database, order_id) as holding:
            await until_somebody_waits_for_a_lock()
            ending = asyncio.create_task(asyncio.to_thread(worker.stop))
            done, _ = await asyncio.wait([ending], timeout=1)
            assert not done
            await holding.execute("ROLLBACK")
            assert await ending == 0
        assert (await order_row(order_id))["status"] == "expired"
        assert await was_done_by_its_job(order_id)
        assert "Traceback" not in worker.logged()
    async with Redis.from_url(valkey.url) as redis:
        assert await redis.zscore(QUEUE, f"expire_reservation:{order_id}") is None


async def test_an_idle_worker_stops_at_once(database: str, valkey: Valkey) -> None:
    with Working(database, valkey.url) as worker:
        wait_until(lambda: check(database, valkey.url).returncode == 0, "the worker to say that it is alive")
        async with asyncio.timeout(3):
            assert await asyncio.to_thread(worker.stop) == 0
        assert "Traceback" not in worker.logged()


async def test_killed_in_the_middle_of_a_job_the_effect_happens_once(database: str, valkey: Valkey) -> None:
    shop = await open_shop()
    with Working(database, valkey.url) as worker:
        order_id = await place_for(shop, timedelta(seconds=2))
        async with stuck(database, order_id) as holding:
            await until_somebody_waits_for_a_lock()
            worker.kill()
            await holding.execute("ROLLBACK")
        with Working(database, valkey.url), Working(database, valkey.url):
            await until_expired(order_id)
            await until_published()
    assert await timeline(order_id) == ["placed", "expired"]


async def test_a_job_run_twice_or_too_early_does_nothing_more(database: str) -> None:
    shop = await open_shop()
    late, early = await place_for(shop, timedelta(0)), await place_for(shop, timedelta(hours=1))
    for _ in range(2):
        for order_id in (late, early):
            await expire_reservation.run(job_id=f"expire_reservation:{order_id}", order_id=str(order_id))
    assert await timeline(late) == ["placed", "expired"]
    assert await timeline(early) == ["placed"]
    assert not await was_done_by_its_job(early)


async def test_without_a_worker_time_is_kept_by_the_next_command(database: str) -> None:
    shop = await open_shop()
    order_id = await place_for(shop, timedelta(0))
    with pytest.raises(OrderExpired):
        await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    assert (await order_row(order_id))["status"] == "expired"
    assert await expire_due() == 0


async def test_publishers_side_by_side_give_each_number_once(database: str, valkey: Valkey) -> None:
    shop = await open_shop()
    placed = await orders(shop, 6)
    before = await db.row("SELECT last_no FROM publisher")
    waiting = await db.row("SELECT count(*) AS facts FROM outbox")
    with Working(database, valkey.url), Working(database, valkey.url):
        await change_often(shop, placed, 50)
        last = await until_published()
    assert before is not None
    assert waiting is not None
    told = await db.row(
        "SELECT count(*) AS facts, count(*) FILTER (WHERE kind = 'notification') AS of_inboxes FROM event"
        " WHERE delivery_no > $1 AND delivery_no <= $2",
        before["last_no"],
        last,
    )
    assert told is not None
    assert told["facts"] == last - before["last_no"]
    assert told["facts"] - told["of_inboxes"] == waiting["facts"] + 600  # of the order, and of the account


async def test_check_says_whether_the_worker_is_alive(database: str, valkey: Valkey) -> None:
    silent = check(database, valkey.url)
    assert (silent.returncode, silent.stderr) == (
        1,
        "No worker of this machine has been heard of for twenty seconds.\n",
    )
    with Working(database, valkey.url):
        wait_until(lambda: check(database, valkey.url).returncode == 0, "the worker to say that it is alive")
        said = check(database, valkey.url)
        assert said.stdout.startswith("Alive: ")
        valkey.kill()
        assert check(database, valkey.url).returncode == 1
        assert "Redis does not answer" in check(database, valkey.url).stderr
