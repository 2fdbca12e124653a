"""Who asks the same with the same rights is told by one reading and one execution; and nobody else is."""

import asyncio
import gc
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import orjson
import pytest

from app.kernel import event_log
from app.network.change_member import suspend_member
from app.network.roles import Role
from app.wake import Wake
from schema import live
from schema.build import build_schema
from schema.live import hub
from schema.sessions import SessionWatch
from tests.live.follower import EVENTS
from tests.live.listening import Asking, Hearer, fresh
from tests.live.trade import change, change_often, heard_by, orders
from tests.ordering_lifecycle.orders import open_shop
from tests.worlds import new_key
from workers.publisher import publish_all

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]

WITH_LINES = """subscription($after: Cursor, $lines: Boolean!) { events(after: $after, topics: [ORDERS]) { __typename
    ... on EventEnvelope { cursor event { ... on OrderChanged { order { id lines @include(if: $lines) { id } } } } }
    ... on CaughtUp { cursor } ... on Resync { cursor } } }"""
BROKEN = """subscription { events(topics: [ORDERS]) { __typename
    ... on EventEnvelope { cursor event { __typename
        ... on OrderChanged { order { id timeline(after: "nonsense") { edges { node { what } } } } } } }
    ... on CaughtUp { cursor } ... on Resync { cursor } } }"""


@pytest.fixture(scope="module")
def asking() -> Asking:
    return Asking(build_schema())


@pytest.fixture
async def wake(database: str, redis_url: str) -> AsyncIterator[Wake]:
    wake = Wake(redis_url)
    await publish_all(wake)
    await live.start(wake)
    yield wake
    left = dict(hub()._listening)
    await live.stop()
    await wake.close()
    assert left == {}, "somebody has not left"


def leave(*hearers: Hearer) -> None:
    for one in hearers:
        one.leave()


async def test_fifty_who_ask_the_same_are_told_by_one_reading_and_one_text(
    wake: Wake, asking: Asking, counted: Counted
) -> None:
    shop = await open_shop()
    [order_id] = await orders(shop, 1)
    await publish_all(wake)
    viewer = await fresh(shop.purchaser)
    start = (await hub().look()).last_no
    hearers = [await asking.follow(viewer, Hearer(), after=f"e{start - number % 2}", lines=True, document=WITH_LINES)
               for number in range(50)]  # fmt: skip
    await change(shop, order_id)
    async with counted() as statements:
        await publish_all(wake)
        for one in hearers:
            await one.until(len([number for number in one.numbers if number <= start]) + 1)
    told = {id(one.payloads[-1]) for one in hearers}
    assert len(told) == 1
    assert len([one for one in statements if "FROM sales_order o" in one]) == 1
    assert len([one for one in statements if "\nFROM sales_order_line l\n" in one]) == 1
    assert len(hub()._listening) == 1
    leave(*hearers)


async def test_other_rights_languages_variables_and_documents_are_other_audiences(wake: Wake, asking: Asking) -> None:
    shop = await open_shop()
    [order_id] = await orders(shop, 1)
    approver = await shop.world.member(shop.buyer, [Role.APPROVER])
    again = await shop.world.member(shop.buyer, [Role.BUYER])
    await publish_all(wake)
    purchaser = await fresh(shop.purchaser)
    first = await asking.follow(purchaser, Hearer(), document=WITH_LINES, lines=True)
    same = await asking.follow(await fresh(again), Hearer(), document=WITH_LINES, lines=True)
    assert (await fresh(again)).permissions == purchaser.permissions
    others = [
        await asking.follow(await fresh(approver), Hearer(), document=WITH_LINES, lines=True),
        await asking.follow(await fresh(shop.purchaser, "zh"), Hearer(), document=WITH_LINES, lines=True),
        await asking.follow(purchaser, Hearer(), document=WITH_LINES, lines=False),
        await asking.follow(purchaser, Hearer(), document=WITH_LINES + " ", lines=True),
        await asking.follow(purchaser, Hearer(), document=EVENTS),
    ]
    await change(shop, order_id)
    await publish_all(wake)
    for one in (first, same, *others):
        await one.until(1)
    assert first.audience is same.audience
    assert first.payloads[-1] is same.payloads[-1]
    assert len({id(one.audience) for one in (first, *others)}) == 6
    shown = [one.said[1]["event"]["order"] for one in (first, *others[:4])]
    assert [len(one.get("lines", ())) for one in shown] == [1, 1, 1, 0, 1]
    leave(first, same, *others)


async def test_who_joins_in_the_middle_of_a_storm_misses_nothing_and_hears_nothing_twice(
    wake: Wake, asking: Asking
) -> None:
    shop = await open_shop()
    placed = await orders(shop, 5)
    await publish_all(wake)
    rng = random.Random(20261121)
    viewers = [await fresh(shop.purchaser), await fresh(shop.clerk)]
    start = (await hub().look()).last_no
    joined: list[tuple[Hearer, int]] = []

    over = asyncio.Event()

    async def keep_joining() -> None:
        while hub().last_no < start + 100:
            after = rng.randint(start, hub().last_no)
            joined.append((await asking.follow(rng.choice(viewers), Hearer(), after=f"e{after}"), after))
            await asyncio.sleep(rng.uniform(0, 0.02))

    async def keep_changing() -> None:
        while not over.is_set():
            await change_often(shop, placed, 1)
            await publish_all(wake)
            await asyncio.sleep(rng.uniform(0, 0.01))

    changing = asyncio.create_task(keep_changing())
    await asyncio.gather(keep_joining(), keep_joining())
    over.set()
    await changing
    assert len(joined) > 2
    for one, after in joined:
        expected = await heard_by(shop.buyer.company_id, after, ["order", "account"])
        await one.until(len(expected))
        assert one.numbers == expected
        assert one.errors == []
    leave(*(one for one, _ in joined))


async def test_who_does_not_read_delays_nobody_and_gets_the_rest_when_it_reads_again(
    wake: Wake, asking: Asking
) -> None:
    shop = await open_shop()
    placed = await orders(shop, 4)
    await publish_all(wake)
    viewer = await fresh(shop.purchaser)
    start = (await hub().look()).last_no
    slow, quick = await asking.follow(viewer, Hearer(room=4)), await asking.follow(viewer, Hearer())
    await change_often(shop, placed, 5)
    await publish_all(wake)
    expected = await heard_by(shop.buyer.company_id, start, ["order", "account"])
    await quick.until(len(expected))
    assert (slow.numbers, slow.falls) == (expected[:3], 1)
    assert slow.audience is None
    await change_often(shop, placed, 1)
    await publish_all(wake)
    expected = await heard_by(shop.buyer.company_id, start, ["order", "account"])
    await quick.until(len(expected))
    slow.make_room()
    await slow.until(len(expected))
    assert slow.numbers == quick.numbers == expected
    assert slow.task is not None
    await slow.task
    assert slow.audience is quick.audience
    leave(slow, quick)


async def test_who_lost_its_rights_between_two_events_is_told_nothing_of_the_second(wake: Wake, asking: Asking) -> None:
    shop = await open_shop()
    [order_id] = await orders(shop, 1)
    leaver = await shop.world.member(shop.seller, [Role.ORDER_CLERK])
    stayer = await shop.world.member(shop.seller, [Role.ORDER_CLERK])
    await publish_all(wake)
    watch = SessionWatch()  # it is not started: it looks only when it is asked
    hearers = []
    for party in (leaver, stayer):
        viewer = await fresh(party)
        hearers.append(await asking.follow(viewer, Hearer(watch.session(viewer))))
    left, stayed = hearers
    assert left.audience is stayed.audience
    await change(shop, order_id)
    await publish_all(wake)
    await stayed.until(2)
    await left.until(2)
    await suspend_member(shop.seller.viewer, client_key=new_key(), member_id=leaver.viewer.membership_id)
    await change(shop, order_id)
    await publish_all(wake)
    await stayed.until(4)
    assert (left.over, len(left.numbers), left.audience) == (True, 2, None)
    assert not stayed.over
    assert stayed.numbers[:2] == left.numbers
    leave(stayed)


async def test_an_error_in_a_selection_is_told_to_everybody_and_ends_nothing(wake: Wake, asking: Asking) -> None:
    shop = await open_shop()
    [order_id] = await orders(shop, 1)
    await publish_all(wake)
    viewer = await fresh(shop.purchaser)
    one, other = [await asking.follow(viewer, Hearer(), document=BROKEN) for _ in range(2)]
    for count in (2, 3):
        await change(shop, order_id)
        await publish_all(wake)
        async with asyncio.timeout(20):
            while len(one.payloads) < count or len(other.payloads) < count:
                one.more.clear()
                await one.more.wait()
    assert one.payloads == other.payloads
    for payload in one.payloads[1:]:
        said = orjson.loads(payload)
        assert said["data"] is None
        assert [error["extensions"]["code"] for error in said["errors"]] == ["BAD_REQUEST"]
    assert one.audience is other.audience is not None
    leave(one, other)


async def test_nothing_is_kept_of_an_audience_that_everybody_has_left(wake: Wake, asking: Asking) -> None:
    shop = await open_shop()
    [order_id] = await orders(shop, 1)
    await publish_all(wake)
    watch = SessionWatch()
    viewer = await fresh(shop.purchaser)
    hearers = [await asking.follow(viewer, Hearer(watch.session(viewer))) for _ in range(3)]
    await change(shop, order_id)
    await publish_all(wake)
    for one in hearers:
        await one.until(2)
    assert (await event_log.position()).last_no == hub().last_no
    leave(*hearers)
    del one, hearers
    gc.collect()
    assert hub()._listening == {}
    assert not any(hub()._slots)
    assert len(asking.questions._asked) == 0
    assert len(watch._sessions) == 0
