"""What following costs: nothing while nothing happens, and one statement per kind for a page of events."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from uuid import UUID

import pytest

from app.kernel import event_log
from app.kernel.ids import uuid7
from app.network.queries import read_viewer
from app.network.viewer import Viewer
from app.wake import Wake
from schema import live
from schema.context import Context
from schema.event_types import told
from schema.live import Reached, follow, hub
from tests.live.trade import change_often, orders
from tests.ordering_lifecycle.orders import open_shop
from tests.worlds import Party
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


class Idle:
    """A subscription that counts what it is told."""

    def __init__(self, company_id: UUID) -> None:
        self.company_id = company_id
        self.reached: list[int] = []
        self.events = 0
        self.began = asyncio.Event()

    async def run(self) -> None:
        async with aclosing(follow(self.company_id, None)) as stream:
            async for said in stream:
                if isinstance(said, Reached):
                    self.reached.append(said.delivery_no)
                    self.began.set()
                elif isinstance(said, Sequence):
                    self.events += len(said)


async def test_idle_subscriptions_ask_nothing_and_their_cursors_stay_young(
    database: str, wake: Wake, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CAUGHT_UP_EVERY_S", 1.5)
    shop = await open_shop()
    placed = await orders(shop, 2)
    await publish_all(wake)
    idle = [Idle(uuid7()) for _ in range(IDLE)]
    busy = Idle(shop.buyer.company_id)
    tasks = [asyncio.create_task(one.run()) for one in (*idle, busy)]
    for one in (*idle, busy):
        await one.began.wait()
    before = (await event_log.position()).last_no
    await change_often(shop, placed, 5)
    await publish_all(wake)
    last = (await event_log.position()).last_no
    async with asyncio.timeout(20):
        while busy.events < 20:  # noqa: ASYNC110  # ten changes, each of an order and of an account
            await asyncio.sleep(0.01)
        async with counted() as statements:
            while any(one.reached[-1] < last for one in idle):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert last > before
    assert {one.events for one in idle} == {0}
    assert all("publisher" in statement for statement in statements)  # the hub's own look, once a second
    assert len(statements) <= 3
    assert hub()._waiting == {}


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
    context = Context(await _fresh(shop.purchaser))
    page = await event_log.read_after(shop.buyer.company_id, start, ends.last_no, kinds=["order", "account"], limit=100)
    assert len(page) == 100
    async with counted() as statements:
        changes = await told(page, context)
    assert len(changes) == 100
    assert len(statements) == 3  # orders, relations, and the accounts of those


async def test_subscriptions_that_ask_for_the_same_share_the_read(database: str, wake: Wake, counted: Counted) -> None:
    shop = await open_shop()
    placed = await orders(shop, 1)
    await publish_all(wake)
    start = (await event_log.position()).last_no
    await change_often(shop, placed, 3)
    await publish_all(wake)
    ends = await event_log.position()
    viewer = await _fresh(shop.purchaser)
    page = await event_log.read_after(shop.buyer.company_id, start, ends.last_no, kinds=["order"])
    async with counted() as statements:
        answers = await asyncio.gather(*(told(page, Context(viewer), hub().shared) for _ in range(50)))
    assert len(statements) == 1
    assert {tuple(change.version for change in answer) for answer in answers} == {(2, 3, 4)}
    clerk = await _fresh(shop.storeman)
    async with counted() as statements:  # other rights are another read
        await asyncio.gather(told(page, Context(viewer), hub().shared), told(page, Context(clerk), hub().shared))
    assert len(statements) == 2


async def _fresh(party: Party) -> Viewer:
    viewer = await read_viewer(party.viewer.session_id, party.viewer.membership_id)
    assert viewer is not None
    return viewer
