"""No list of customers and no card needs a whole table that grows: with sequential scans made dear, no plan has one."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from uuid import UUID

import pytest

from app.insight import card, channel
from app.insight.customers import CustomerFilter, CustomerSort, Wanted, customers, page_of
from app.insight.rules import Lagging
from app.kernel.page import Page
from app.network.roles import Role
from app.network.rules import Scope
from tests.storefront import test_plans as plans
from tests.worlds import World, open_world

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]
GROWING = {
    *("trade_relation", "customer_figures", "sales_order", "ledger_account", "ledger_transfer", "ledger_entry"),
    *("ledger_hold", "credit_line", "company", "lead_assignment", "membership", "invitation", "relation_event"),
}
FILTERS = {
    "none": CustomerFilter(),
    "text": CustomerFilter(text="漆"),
    "region": CustomerFilter(region_code="44", statuses=("active",)),
    "silent": CustomerFilter(silent_days=30),
    "overdue": CustomerFilter(overdue=True),
    "lagging": CustomerFilter(lagging=Lagging()),
}


@pytest.fixture(scope="module")
async def world(database: str) -> World:
    world = await open_world()
    await world.regions()
    await world.buyer(world.brand, region="4401")
    return world


@pytest.fixture(autouse=True)
def growing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "GROWING", GROWING)


@pytest.mark.parametrize("sort", list(CustomerSort))
@pytest.mark.parametrize("wanted", FILTERS)
@pytest.mark.parametrize("scope", [Scope(), Scope(region_codes=("44",))], ids=["everywhere", "in a region"])
async def test_a_list_reads_no_table_whole(
    world: World, database: str, counted: Counted, wanted: str, sort: CustomerSort, scope: Scope
) -> None:
    who = await world.member(world.brand, [Role.CHANNEL_MANAGER], scope=scope)
    page = page_of(sort, 1, None)
    async with counted() as statements:
        (first,) = await customers(who.viewer, FILTERS["none"], sort, page, Wanted())
        await customers(who.viewer, FILTERS[wanted], sort, page, Wanted())
    assert first["id"] == next(iter(world.relations.values()))
    assert len(statements) == 2
    assert await plans.read_whole(database, statements) == set()


async def test_a_card_reads_no_table_whole(world: World, database: str, counted: Counted) -> None:
    viewer, relation_id = world.brand.viewer, next(iter(world.relations.values()))
    asked: list[UUID] = [relation_id]
    async with counted() as statements:
        await card.customer(viewer, relation_id, Wanted())
        await card.people_of_customers(viewer, asked)
        await card.latest_orders(viewer, asked)
        await channel.orders_below(viewer, relation_id, Page(first=5))
        await channel.buyers_below(viewer, relation_id, Page(first=5))
        await channel.totals_below(viewer, asked)
    assert len(statements) == 7
    assert await plans.read_whole(database, statements) == set()
