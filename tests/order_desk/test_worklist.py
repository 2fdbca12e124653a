"""Worklists: every filter alone and together, in every order, page by page; counts; notes and tags."""

import asyncio
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from uuid import UUID

import pytest

from app import database
from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.refusal import Forbidden, NotFound
from app.network.roles import Role
from app.network.rules import Scope
from app.ordering import worklist as lists
from app.ordering.amendment import LineChange
from app.ordering.annotate import note_order, notes_by_orders, tag_order, tags_by_orders
from app.ordering.asked_change import AskedChange
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.lifecycle import OrderStatus
from app.ordering.propose_change import propose_change
from app.ordering.tally import keep_tallies
from app.ordering.worklist import worklist, worklist_counts
from app.ordering.worklist_filter import Sort, WaitsFor, WorklistFilter
from tests.ordering_lifecycle.orders import Goods, Shop, everything, line_rows, open_shop
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")


@dataclass(frozen=True, slots=True)
class Desk:
    """Twelve orders, three of each: submitted, change proposed, confirmed, cancelled; the last one tagged."""

    shop: Shop
    orders: list[UUID]


@pytest.fixture(scope="module")
async def desk(database: str) -> Desk:
    shop = await open_shop()
    orders = [await shop.place([Goods("2", 1000 * (n + 1)), Goods("1", 100)]) for n in range(12)]
    clerk = shop.clerk.viewer
    for n, order_id in enumerate(orders):
        if n % 4 == 1:
            (line, _) = [row["id"] for row in await line_rows(order_id)]
            change = AskedChange([LineChange(line, Decimal(1))])
            await propose_change(clerk, order_id=order_id, change=change, reason="short", client_key=new_key())
        elif n % 4 == 2:
            await confirm_order(clerk, order_id=order_id, client_key=new_key())
        elif n % 4 == 3:
            await cancel_order(shop.purchaser.viewer, order_id=order_id, lines=None, reason="no", client_key=new_key())
    await tag_order(clerk, order_id=orders[-1], tags=["急单", "vip"], client_key=new_key())
    return Desk(shop, orders)


async def walked(desk: Desk, wanted: WorklistFilter, sort: Sort = Sort.NEWEST, size: int = 5) -> list[UUID]:
    """Every order of a list, read page by page."""
    found: list[UUID] = []
    after = None
    while True:
        page = await worklist(desk.shop.clerk.viewer, wanted, sort, Page(size, after))
        found += [row["id"] for row, _ in page.rows]
        if page.end is None:
            return found
        after = page.end


async def counted(desk: Desk, wanted: WorklistFilter) -> dict[str, tuple[int, bool]]:
    counts = await worklist_counts(desk.shop.clerk.viewer, wanted)
    return {one.status.value: (one.count, one.at_least) for one in counts}


async def filters(desk: Desk) -> list[tuple[WorklistFilter, set[int]]]:
    """Each filter with the orders that it leaves, by number."""
    shop, orders = desk.shop, desk.orders
    row = await database.row("SELECT number FROM sales_order WHERE id = $1", orders[4])
    (first, _) = await line_rows(orders[6])
    assert row is not None
    everybody = set(range(12))
    return [
        (WorklistFilter(), everybody),
        (WorklistFilter(statuses=frozenset({OrderStatus.CONFIRMED})), {2, 6, 10}),
        (WorklistFilter(statuses=frozenset({OrderStatus.CONFIRMED, OrderStatus.CANCELLED})), {2, 3, 6, 7, 10, 11}),
        (WorklistFilter(waits_for=WaitsFor.BUYER), {1, 5, 9}),
        (WorklistFilter(waits_for=WaitsFor.SELLER), {0, 4, 8, 2, 6, 10}),
        (WorklistFilter(buyer_id=shop.buyer.company_id), everybody),
        (WorklistFilter(buyer_id=shop.seller.company_id), set()),
        (WorklistFilter(sku_id=first["sku_id"]), {6}),
        (WorklistFilter(ship_to_id=shop.buyer.company_id), set()),
        (WorklistFilter(number_prefix=row["number"][:-1], sku_id=first["sku_id"]), set()),
        (WorklistFilter(number_prefix=row["number"]), {4}),
        (WorklistFilter(tag="急单"), {11}),
        (WorklistFilter(tag="急"), set()),
        (WorklistFilter(placed_from=now() - timedelta(hours=1)), everybody),
        (WorklistFilter(placed_before=now() - timedelta(hours=1)), set()),
        (WorklistFilter(currency="CNY", gross_from_minor=3100, gross_to_minor=5100), {2, 3, 4}),
        (WorklistFilter(currency="USD", gross_from_minor=0), set()),
        (WorklistFilter(delivery_method="pickup"), set()),
    ]


@pytest.mark.parametrize("sort", Sort)
async def test_every_list_holds_what_it_says_in_its_order_page_by_page(desk: Desk, sort: Sort) -> None:
    for wanted, left in await filters(desk):
        if wanted.number_prefix and wanted.sku_id:
            continue  # whose prefix leaves what is up to the numbers
        found = await walked(desk, wanted, sort)
        assert set(found) == {desk.orders[n] for n in left}, wanted
        assert len(found) == len(left)
        by_number = sort is not Sort.OLDEST
        assert found == sorted(found, reverse=by_number), wanted  # dearer orders were placed later


@pytest.mark.parametrize("most", [1, 3, 10_000])
async def test_two_filters_leave_what_each_of_them_leaves(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Whether an index is read whole, or walked to its end in many pages."""
    monkeypatch.setattr(lists, "WALK", most)
    alone = [one for one in await filters(desk) if not (one[0].number_prefix and one[0].sku_id)]
    for (first, left), (second, right) in combinations(alone, 2):
        if (both := together(first, second)) is None:
            continue
        for sort in Sort:
            found = await walked(desk, both, sort)
            assert sorted(found) == sorted(desk.orders[n] for n in left & right), (both, sort)
            assert found == sorted(found, reverse=sort is not Sort.OLDEST), (both, sort)  # dearer were placed later
        if most == 10_000:
            assert sum(count for count, _ in (await counted(desk, both)).values()) == len(left & right), both


def together(first: WorklistFilter, second: WorklistFilter) -> WorklistFilter | None:
    """What both ask for; None where they ask the same thing."""
    said = [{key: value for key, value in asdict(one).items() if value is not None} for one in (first, second)]
    return None if said[0].keys() & said[1].keys() else WorklistFilter(**said[0], **said[1])


async def test_counts_by_status_follow_every_act_and_stay_when_they_are_added_up() -> None:
    desk = Desk(await open_shop(), [])
    shop, clerk = desk.shop, desk.shop.clerk.viewer
    wanted = WorklistFilter(statuses=frozenset({OrderStatus.SUBMITTED, OrderStatus.CONFIRMED}))
    assert await counted(desk, wanted) == {"submitted": (0, False), "confirmed": (0, False)}
    orders = [await shop.place([Goods("1", 100)]) for _ in range(3)]
    assert await counted(desk, wanted) == {"submitted": (3, False), "confirmed": (0, False)}
    confirming = (confirm_order(clerk, order_id=one, client_key=new_key()) for one in orders[:2])
    await asyncio.gather(keep_tallies(), *confirming, keep_tallies())
    after = {"submitted": (1, False), "confirmed": (2, False)}
    assert await counted(desk, wanted) == after
    await keep_tallies()
    assert await database.rows("SELECT FROM order_tally_move") == []
    assert await counted(desk, wanted) == after
    assert await counted(desk, replace(wanted, buyer_id=shop.buyer.company_id)) == after
    assert await counted(desk, replace(wanted, buyer_id=clerk.company_id)) == dict.fromkeys(after, (0, False))


async def test_a_walk_that_ends_goes_on_where_it_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "WALK", 2)
    for wanted, left in await filters(desk):
        if not (wanted.number_prefix and wanted.sku_id):
            found = await walked(desk, wanted)
            assert set(found) == {desk.orders[n] for n in left}, wanted
            assert len(found) == len(left)
    wanted = WorklistFilter(statuses=frozenset({OrderStatus.CONFIRMED}))
    assert await counted(desk, wanted) == {"confirmed": (3, False)}  # that is tallied
    assert await counted(desk, replace(wanted, currency="CNY")) == {"confirmed": (2, True)}  # the third was not asked
    assert await counted(desk, replace(wanted, tag="急单")) == {"confirmed": (0, False)}  # that one tag was looked at


async def test_counts_by_state_are_those_of_the_lists(desk: Desk) -> None:
    clerk = desk.shop.clerk.viewer
    for wanted, left in await filters(desk):
        if not (wanted.number_prefix and wanted.sku_id):
            counts = await worklist_counts(clerk, wanted)
            assert sum(one.count for one in counts) == len(left), wanted
            assert not any(one.at_least for one in counts)
            assert {one.status for one in counts} == wanted.states
    by_state = {one.status.value: one.count for one in await worklist_counts(clerk, WorklistFilter())}
    assert [by_state[one] for one in ("submitted", "change_proposed", "confirmed", "cancelled", "completed")] == [
        3, 3, 3, 3, 0,
    ]  # fmt: skip


async def test_who_has_a_scope_sees_and_counts_what_is_in_it(desk: Desk) -> None:
    shop = desk.shop
    for relations, left in (((shop.relation_id,), 12), ((), 0)):
        manager = await shop.world.member(shop.seller, [Role.CHANNEL_MANAGER], scope=Scope(relation_ids=relations))
        page = await worklist(manager.viewer, WorklistFilter(), Sort.NEWEST, Page(50))
        counts = await worklist_counts(manager.viewer, WorklistFilter())
        assert (len(page.rows), sum(one.count for one in counts)) == (left, left)
    for stranger in (shop.buyer.viewer, (await open_shop()).seller.viewer):
        assert (await worklist(stranger, WorklistFilter(), Sort.NEWEST, Page(50))).rows == []
        assert await worklist(stranger, WorklistFilter(tag="急单"), Sort.NEWEST, Page(50)) == lists.WorklistPage(
            [], None
        )


async def test_notes_and_tags_are_the_sellers_own(desk: Desk) -> None:
    shop, order_id = desk.shop, desk.orders[0]
    clerk = shop.clerk.viewer
    key = new_key()
    for _ in range(2):
        await note_order(clerk, order_id=order_id, said="calls back on Monday", client_key=key)
    await tag_order(clerk, order_id=order_id, tags=["b", "a", "a "], client_key=new_key())
    await tag_order(clerk, order_id=order_id, tags=["a", "c"], client_key=new_key())
    assert [row["text"] for row in (await notes_by_orders(clerk, [order_id]))[order_id]] == ["calls back on Monday"]
    assert [row["tag"] for row in (await tags_by_orders(clerk, [order_id]))[order_id]] == ["a", "c"]
    assert (await notes_by_orders(shop.buyer.viewer, [order_id]))[order_id] == []
    assert (await tags_by_orders(shop.buyer.viewer, [order_id]))[order_id] == []
    before = await everything()
    for viewer, refusal in (
        (shop.buyer.viewer, NotFound),
        ((await open_shop()).seller.viewer, NotFound),
        (shop.storeman.viewer, Forbidden),
    ):
        before = await everything()
        with pytest.raises(refusal):
            await note_order(viewer, order_id=order_id, said="x", client_key=new_key())
        with pytest.raises(refusal):
            await tag_order(viewer, order_id=order_id, tags=["x"], client_key=new_key())
        assert await everything() == before
