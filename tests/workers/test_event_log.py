"""Facts are numbered in commit order, heard by their audience only, and missed by nobody who follows."""

import asyncio
import contextlib
import random
from datetime import timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis

from app import database as db
from app.kernel import event_log, outbox
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.outbox import Fact
from app.network.roles import Role
from app.network.viewer import Viewer
from app.wake import OUTBOX, Wake
from schema import live
from schema.build import build_schema
from tests.live.listening import Asking, Ear, Hearer
from workers.publisher import publish_all, publish_forever

pytestmark = pytest.mark.unaudited  # facts of orders that do not exist, and numbers that jump

NETWORK = UUID(int=7)


class Happened(Fact):
    """A fact of these tests."""

    kind = "order"


@act
async def tell(work: Work, company_id: UUID, *, subject_id: UUID, version: int, pause: float = 0.0) -> None:
    """Write a fact, and commit a little later."""
    work.tell(happened(company_id, subject_id, version))
    await work.finish()
    await asyncio.sleep(pause)


def happened(company_id: UUID, subject_id: UUID, version: int) -> Happened:
    return Happened(
        network_id=NETWORK, subject_id=subject_id, version=version, what="changed", audience=(company_id,), payload={}
    )


@pytest.fixture
async def wake(redis_url: str) -> Wake:
    return Wake(redis_url)


@pytest.fixture(scope="module")
def asking() -> Asking:
    return Asking(build_schema())


async def nothing_more() -> None:
    """No reactions."""


async def gather(company_id: UUID, after: int | None, wanted: int) -> list[tuple[int, int]]:
    """Listen until so many events have come; (delivery number, version) of each."""
    ear = await Ear.at(company_id, after)
    await ear.until(wanted)
    live.hub().leave(ear)
    return [(event.delivery_no, event.version) for event in ear.events]


async def resync(asking: Asking, company_id: UUID, after: int) -> tuple[str, list[str]]:
    """What somebody who comes with this cursor is told first: its kind and, of what tells to read afresh, the rest."""
    viewer = Viewer(uuid7(), uuid7(), uuid7(), company_id, "Somebody", "active", frozenset({Role.OWNER}))
    hearer = await asking.follow(viewer, Hearer(), after=f"e{after}")
    hearer.leave()
    first = hearer.said[0]
    return first["__typename"], [str(one.get("reason") or one["cursor"]) for one in hearer.said]


async def test_concurrent_writers_lose_nothing_to_a_reader_who_follows(database: str, wake: Wake) -> None:
    company_id, subject_id = uuid7(), uuid7()
    start = (await event_log.position()).last_no
    rng = random.Random(1)
    await live.start(wake)
    publishing = asyncio.create_task(publish_forever(wake, nothing_more))
    try:
        reading = asyncio.create_task(gather(company_id, start, 300))
        # Later transactions commit before earlier ones: a reader of a serial column would lose those.
        await asyncio.gather(
            *(tell(company_id, subject_id=subject_id, version=n, pause=rng.uniform(0, 0.05)) for n in range(300))
        )
        async with asyncio.timeout(20):
            seen = await reading
    finally:
        publishing.cancel()
        await live.stop()
        await wake.close()
    assert sorted(version for _, version in seen) == list(range(300))
    numbers = [number for number, _ in seen]
    assert numbers == sorted(set(numbers))


async def test_a_reader_survives_the_loss_of_every_wake_up(database: str, redis_url: str, wake: Wake) -> None:
    company_id, subject_id = uuid7(), uuid7()
    start = (await event_log.position()).last_no
    deaf = Wake("redis://127.0.0.1:1/0")  # nothing listens there: nobody is ever woken
    await live.start(deaf)
    try:
        for version in range(5):
            await tell(company_id, subject_id=subject_id, version=version)
        async with Redis.from_url(redis_url) as redis:
            await redis.flushall()
        await publish_all(deaf)
        async with asyncio.timeout(10):
            seen = await gather(company_id, start, 5)
    finally:
        await live.stop()
        await deaf.close()
        await wake.close()
    assert [version for _, version in seen] == [0, 1, 2, 3, 4]


async def test_each_company_hears_its_own(database: str, wake: Wake) -> None:
    mine, theirs = uuid7(), uuid7()
    start = (await event_log.position()).last_no
    await tell(mine, subject_id=uuid7(), version=1)
    await tell(theirs, subject_id=uuid7(), version=2)
    await publish_all(wake)
    end = (await event_log.position()).last_no
    heard = await event_log.read_after(mine, start, end)
    assert [event.version for event in heard] == [1]
    assert end == start + 2
    assert set(await event_log.hearers([mine, theirs, uuid7()], start, end)) == {mine, theirs}
    assert await event_log.hearers([theirs], start, end - 1) == []
    await wake.close()


async def test_an_act_that_fails_tells_nothing(database: str, wake: Wake) -> None:
    company_id = uuid7()
    start = (await event_log.position()).last_no

    @act
    async def refused(work: Work) -> None:
        work.tell(happened(company_id, uuid7(), 1))
        await work.finish()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await refused()
    assert await publish_all(wake) == 0
    assert (await event_log.position()).last_no == start
    await wake.close()


async def test_publishers_side_by_side_give_each_number_once(database: str, wake: Wake) -> None:
    company_id, subject_id = uuid7(), uuid7()
    start = (await event_log.position()).last_no
    for version in range(40):
        await tell(company_id, subject_id=subject_id, version=version)
    await asyncio.gather(*(publish_all(wake) for _ in range(4)))
    end = (await event_log.position()).last_no
    heard = await event_log.read_after(company_id, start, end)
    assert end == start + 40
    assert [event.version for event in heard] == list(range(40))
    await wake.close()


async def test_a_cursor_older_than_what_is_kept_is_told_to_read_afresh(
    database: str, wake: Wake, asking: Asking
) -> None:
    company_id = uuid7()
    start = (await event_log.position()).last_no
    for version in range(3):
        await tell(company_id, subject_id=uuid7(), version=version)
    await publish_all(wake)
    await event_log.forget(older_than=timedelta(0))
    end = (await event_log.position()).last_no
    await live.start(wake)
    try:
        old, current = await resync(asking, company_id, start), await resync(asking, company_id, end)
    finally:
        await live.stop()
        await wake.close()
    assert old == ("Resync", ["the cursor is older than what is kept", f"e{end}"])
    assert current == ("CaughtUp", [f"e{end}"])


async def test_more_than_ten_thousand_behind_is_told_to_read_afresh(database: str, wake: Wake, asking: Asking) -> None:
    company_id = uuid7()
    start = (await event_log.position()).last_no
    await db.pool().execute(
        "INSERT INTO outbox (kind, network_id, subject_id, version, what, audience, at)"
        " SELECT 'order', $1, $1, n, 'changed', ARRAY[$2::uuid], now() FROM generate_series(1, 10001) AS n",
        NETWORK,
        company_id,
    )
    await publish_all(wake)
    await live.start(wake)
    try:
        too_far, far = await resync(asking, company_id, start), await resync(asking, company_id, start + 1)
        ear = await Ear.at(company_id, start + 1)
        live.hub().leave(ear)
    finally:
        await live.stop()
        await wake.close()
    assert too_far == ("Resync", ["more than 10000 events behind", f"e{start + 10001}"])
    assert far == ("CaughtUp", [f"e{start + 10001}"])  # orders that do not exist are left out
    assert [event.delivery_no for event in ear.events] == list(range(start + 2, start + 10002))


async def test_a_commit_wakes_the_publisher(database: str, wake: Wake) -> None:
    company_id = uuid7()
    heard = asyncio.Event()

    async def listen() -> None:
        async for message in wake.hear(OUTBOX):
            if message is not None:
                heard.set()
                return

    listening = asyncio.create_task(listen())
    outbox.on_commit(lambda: wake.say(OUTBOX))
    try:

        @act
        async def tells(work: Work) -> None:
            work.tell(happened(company_id, uuid7(), 1))

        async with asyncio.timeout(10):
            while not heard.is_set():
                await tells()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(heard.wait()), 0.1)
    finally:
        outbox.on_commit(None)
        listening.cancel()
        await publish_all(wake)
        await wake.close()


async def test_room_is_made_before_it_is_needed(database: str) -> None:
    async with db.pool().acquire() as connection:
        await connection.execute("UPDATE publisher SET last_no = last_no + 2000000, oldest_no = last_no + 2000001")
        await event_log.add_partitions(connection)
        tables = await connection.fetch("SELECT relname FROM pg_class WHERE relname ~ '^event(_audience)?_p[0-9]+$'")
    assert {row["relname"] for row in tables} >= {"event_p1", "event_p2", "event_p3", "event_audience_p3"}
