"""What following costs: nothing while nothing happens, and one statement per kind for a page of events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from app.kernel import event_log
from app.kernel.ids import uuid7
from app.wake import Wake
from schema import live
from schema.build import build_schema
from schema.context import Context
from schema.event_objects import Page, changes, read, told
from schema.live import hub
from schema.together import MOST
from tests.live.listening import Asking, Hearer, fresh
from tests.live.trade import change_often, orders
from tests.ordering_lifecycle.orders import open_shop
from workers.publisher import publish_all

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]
IDLE = 500


@pytest.fixture
async def wake(database: str, redis_url: str) -> AsyncIterator[Wake]:
    """Wake-ups, and a hub of this process that hears them."""
    wake = Wake(redis_url)
    await publish_all(wake)
    await live.start(wake)
    yield wake
    await live.stop()
    await wake.close()


@pytest.fixture(scope="module")
def asking() -> Asking:
    return Asking(build_schema())


async def test_idle_subscriptions_ask_nothing_and_their_cursors_stay_young(
    database: str, wake: Wake, counted: Counted, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CAUGHT_UP_EVERY_S", 1.5)
    await live.stop()
    await live.start(wake)  # its sweep goes round faster now
    shop = await open_shop()
    placed = await orders(shop, 2)
    await publish_all(wake)
    viewer = await fresh(shop.purchaser)
    idle = [await asking.follow(replace(viewer, company_id=uuid7()), Hearer()) for _ in range(IDLE)]
    busy = await asking.follow(viewer, Hearer())
    before = (await event_log.position()).last_no
    await change_often(shop, placed, 5)
    await publish_all(wake)
    last = (await event_log.position()).last_no
    await busy.until(20)  # ten changes, each of an order and of an account
    async with asyncio.timeout(20):
        async with counted() as statements:
            while any(one.said[-1] != {"__typename": "CaughtUp", "cursor": f"e{last}"} for one in idle):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert last > before
    assert {len(one.numbers) for one in idle} == {0}
    assert all("publisher" in statement for statement in statements)  # the hub's own look, once a second
    assert len(statements) <= 3
    for one in (*idle, busy):
        one.leave()
    assert hub()._listening == {}
    assert not any(hub()._slots)


async def test_a_page_of_a_hundred_events_is_one_statement_per_kind(
    database: str, wake: Wake, counted: Counted
) -> None:
    shop = await open_shop()
    placed = await orders(shop, 10)
    await publish_all(wake)
    start = (await event_log.position()).last_no
    await change_often(shop, placed, 5)
    await publish_all(wake)
    ends = await event_log.position()
    context = Context(await fresh(shop.purchaser))
    page = await event_log.read_after(shop.buyer.company_id, start, ends.last_no, kinds=["order", "account"], limit=100)
    assert len(page) == 100
    async with counted() as statements:
        changes = await told(page, context)
    assert len(changes) == 100
    assert len(statements) == 2  # orders and relations; accounts only where they are asked for


async def test_whoever_asks_at_the_same_moment_shares_the_read(database: str, wake: Wake, counted: Counted) -> None:
    shop = await open_shop()
    placed = await orders(shop, 1)
    await publish_all(wake)
    start = (await event_log.position()).last_no
    await change_often(shop, placed, 3)
    await publish_all(wake)
    ends = await event_log.position()
    viewer, clerk = await fresh(shop.purchaser), await fresh(shop.storeman)
    page = await event_log.read_after(shop.buyer.company_id, start, ends.last_no, kinds=["order"])
    together = hub().together(read)
    async with counted() as statements:
        answers = await asyncio.gather(
            *(together.read(Page(page, one)) for one in [viewer] * (MOST - 1)), together.read(Page(page, clerk))
        )
    assert len(statements) == 1
    versions = [[change.version for _, change in changes(page, found, Context(viewer))] for found in answers]
    assert versions == [[2, 3, 4]] * MOST
