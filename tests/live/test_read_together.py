"""What is read for many at once goes to each as if it had read alone: by company, scope and rights."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import asyncpg
import pytest

from app.kernel.refusal import Forbidden
from app.network.roles import Role
from app.network.rules import Scope
from app.ordering.queries import LINE_COLUMNS, lines_for, orders_for
from app.wake import Wake
from schema import live
from schema.build import build_schema
from schema.live import hub
from tests.live.listening import Asking, Hearer, fresh
from tests.live.trade import A_LOT, change, orders, until
from tests.ordering_lifecycle.orders import open_shop
from workers.publisher import publish_all

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]

DETAIL = """subscription($after: Cursor) { events(after: $after, topics: [ORDERS]) { __typename
    ... on EventEnvelope { cursor event { ... on OrderChanged {
        order { id allowedActions lines { id skuCode ordered gross { amount } } } } } }
    ... on CaughtUp { cursor } ... on Resync { cursor } } }"""
IDS = """subscription($after: Cursor) { events(after: $after, topics: [ORDERS]) { __typename
    ... on EventEnvelope { cursor event { ... on OrderChanged { order { id } } } }
    ... on CaughtUp { cursor } ... on Resync { cursor } } }"""
TAXES = """subscription($after: Cursor) { events(after: $after, topics: [ORDERS]) { __typename
    ... on EventEnvelope { cursor event { ... on OrderChanged { order { id ...Lines } } } }
    ... on CaughtUp { cursor } ... on Resync { cursor } } }
    fragment Lines on Order { lines { taxRateBp ...Discounts } }
    fragment Discounts on OrderLine { discounts { reason } }"""
ONE = """subscription($after: Cursor, $id: ID!) { orderChanged(after: $after, orderId: $id) { __typename
    ... on OrderChanged { cursor order { id lines { position } } }
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
    await live.stop()
    await wake.close()


def of_orders(statements: list[str]) -> int:
    return len([one for one in statements if "FROM sales_order o\n" in one])


def of_lines(statements: list[str]) -> int:
    return len([one for one in statements if "FROM sales_order_line l\nJOIN" in one])


def heard(one: Hearer) -> list[str]:
    """Orders, as they came."""
    said = [message["event"]["order"]["id"] for message in one.said if message["__typename"] == "EventEnvelope"]
    return [str(order) for order in said]


async def test_companies_and_roles_are_read_for_at_once_and_each_hears_its_own(
    wake: Wake, asking: Asking, counted: Counted
) -> None:
    shops = [await open_shop() for _ in range(3)]
    placed = [(await orders(shop, 1))[0] for shop in shops]
    approvers = [await shop.world.member(shop.buyer, [Role.APPROVER]) for shop in shops]
    await publish_all(wake)
    hearers = [
        [await asking.follow(await fresh(party), Hearer(), document=DETAIL) for party in parties]
        for parties in zip([shop.purchaser for shop in shops], approvers, [shop.clerk for shop in shops], strict=True)
    ]
    for shop, order_id in zip(shops, placed, strict=True):
        await change(shop, order_id)
    async with counted() as statements:
        await publish_all(wake)
        for one in [one for of_shop in hearers for one in of_shop]:
            await one.until(1)
    assert (of_orders(statements), of_lines(statements)) == (1, 1)
    for order_id, (purchaser, approver, clerk) in zip(placed, hearers, strict=True):
        shown = [one.said[-1]["event"]["order"] for one in (purchaser, approver, clerk)]
        assert [heard(one) for one in (purchaser, approver, clerk)] == [[str(order_id)]] * 3
        assert {len(one["lines"]) for one in shown} == {1}
        assert shown[0]["lines"] == shown[1]["lines"] == shown[2]["lines"]
        assert "CONFIRM" in shown[2]["allowedActions"]
        assert "CONFIRM" not in shown[0]["allowedActions"]
    for one in [one for of_shop in hearers for one in of_shop]:
        one.leave()


async def test_colleagues_with_other_scopes_hear_what_is_in_theirs(wake: Wake, asking: Asking) -> None:
    north = await open_shop()
    buyer = await north.world.buyer(north.seller, "South")
    south = replace(north, buyer=buyer, purchaser=await north.world.member(buyer, [Role.BUYER]))
    placed = {"north": (await orders(north, 1))[0], "south": (await orders(south, 1))[0]}
    manager = [Role.CHANNEL_MANAGER]
    colleagues = {
        "both": await north.world.member(north.seller, manager),
        "north": await north.world.member(north.seller, manager, scope=Scope(relation_ids=(north.relation_id,))),
        "south": await north.world.member(north.seller, manager, scope=Scope(relation_ids=(south.relation_id,))),
        "neither": await north.world.member(north.seller, manager, scope=Scope(relation_ids=())),
    }
    await publish_all(wake)
    hearers = {
        name: await asking.follow(await fresh(party), Hearer(), document=DETAIL) for name, party in colleagues.items()
    }
    hearers["at south"] = await asking.follow(await fresh(south.purchaser), Hearer(), document=DETAIL)
    await change(north, placed["north"])
    await change(south, placed["south"])
    await publish_all(wake)
    await hearers["both"].until(2)
    await asyncio.gather(*(hearers[name].until(1) for name in ("north", "south", "at south")))
    await until(nothing_is_told)
    assert heard(hearers["both"]) == [str(placed["north"]), str(placed["south"])]
    assert heard(hearers["north"]) == [str(placed["north"])]
    assert heard(hearers["south"]) == heard(hearers["at south"]) == [str(placed["south"])]
    assert heard(hearers["neither"]) == []
    for one in hearers.values():
        one.leave()


async def nothing_is_told() -> bool:
    return not any(one.busy for listeners in hub()._listening.values() for one in listeners.values())


async def test_rows_go_to_those_who_may_see_them_whatever_the_others_ask_for(database: str) -> None:
    shop, foreign = await open_shop(), await open_shop()
    [own], [other] = await orders(shop, 1), await orders(foreign, 1)
    scoped = await fresh(await shop.world.member(shop.seller, [Role.CHANNEL_MANAGER], scope=Scope(relation_ids=())))
    purchaser, clerk, stranger = await fresh(shop.purchaser), await fresh(shop.clerk), await fresh(foreign.purchaser)
    wanted = [(one, [own, other]) for one in (purchaser, clerk, scoped, stranger)]
    assert [set(found) for found in await orders_for(wanted)] == [{own}, {own}, set(), {other}]
    lines = await lines_for(wanted, frozenset(LINE_COLUMNS))
    assert [{order: len(found) for order, found in one.items()} for one in lines] == [
        {own: 1, other: 0},
        {own: 1, other: 0},
        {own: 0, other: 0},
        {own: 0, other: 1},
    ]
    with pytest.raises(Forbidden):
        await orders_for([(purchaser, [own]), (replace(purchaser, roles=frozenset()), [own])])


async def test_who_joins_while_others_are_read_for_is_shown_what_it_asks(
    database: str, wake: Wake, asking: Asking
) -> None:
    shop = await open_shop()
    order_id = await shop.place([replace(A_LOT[0], value_minor=value) for value in (10_000_000, 20_000_000)])
    await publish_all(wake)
    viewer = await fresh(shop.purchaser)
    start = f"e{(await hub().look()).last_no}"
    ids = await asking.follow(viewer, Hearer(), document=IDS, after=start)
    detail = await asking.follow(viewer, Hearer(), document=DETAIL, after=start)
    await change(shop, order_id)
    holder = await asyncpg.connect(database)

    async def somebody_waits() -> bool:
        waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'sales_order'::regclass)"
        return bool(await holder.fetchval(waiting))

    async with holder.transaction():
        await holder.execute("LOCK TABLE sales_order IN ACCESS EXCLUSIVE MODE")
        await publish_all(wake)
        await until(somebody_waits)
        taxes = await asking.follow(viewer, Hearer(), document=TAXES, after=start)  # columns that nobody asked for yet
        assert [len(one.payloads) for one in (ids, detail, taxes)] == [1, 1, 1]
    await holder.close()
    for one in (ids, detail, taxes):
        await one.until(1)
        assert heard(one) == [str(order_id)]
    shown = [one.said[-1]["event"]["order"].get("lines") for one in (ids, detail, taxes)]
    assert shown[0] is None
    assert [line["gross"]["amount"] for line in shown[1]] == ["100000.00", "199999.99"]
    assert shown[2] == [{"taxRateBp": 1300, "discounts": []}, {"taxRateBp": 1300, "discounts": [{"reason": "抹零"}]}]
    for one in (ids, detail, taxes):
        one.leave()


async def test_a_replay_reads_lines_for_all_its_events_at_once(wake: Wake, asking: Asking, counted: Counted) -> None:
    shop = await open_shop()
    placed = await orders(shop, 5)
    await publish_all(wake)
    start = (await hub().look()).last_no
    for order_id in placed:
        await change(shop, order_id)
    await publish_all(wake)
    await hub().look()
    viewer = await fresh(shop.purchaser)
    async with counted() as statements:
        one = await asking.follow(viewer, Hearer(), document=DETAIL, after=f"e{start}")
    assert heard(one) == [str(order_id) for order_id in placed]
    assert (of_orders(statements), of_lines(statements)) == (1, 1)
    [order_id, *_] = placed
    async with counted() as statements:
        other = await asking.follow(viewer, Hearer(), document=ONE, after=f"e{start}", id=str(order_id))
    assert [len(one["order"]["lines"]) for one in other.said if one["__typename"] == "OrderChanged"] == [1]
    assert (of_orders(statements), of_lines(statements)) == (2, 1)  # whether it may be followed is asked first
    one.leave()
    other.leave()


async def test_what_a_selection_shows_of_lines_is_read_with_its_orders(database: str, asking: Asking) -> None:
    viewer = await fresh((await open_shop()).purchaser)

    async def lines(document: str) -> frozenset[str] | None:
        return (await asking.asked(viewer, document))[0].question.lines

    assert await lines(IDS) is None
    assert await lines(IDS.replace("{ id }", "{ lines { id sku { code } } }")) == frozenset()
    assert await lines(DETAIL) == frozenset({"ordered", "gross_minor"})
    assert await lines(TAXES) == frozenset({"tax_rate_bp"})
    twice = IDS.replace("{ id }", "{ l: lines { p: unitPrice { amount } } lines { net { amount } } }")
    assert await lines(twice) == frozenset({"unit_price", "net_minor"})
