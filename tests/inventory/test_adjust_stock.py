"""Warehouses and counted stock: what is promised stays promised, every change leaves a move."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from app import database
from app.catalog.inputs import Saved
from app.catalog.refusals import ItemsRefused
from app.inventory import queries
from app.inventory.adjust_stock import adjust_stock
from app.inventory.inputs import StockInput, StockReason
from app.inventory.save_warehouse import WarehouseInput, save_warehouse
from app.kernel import clock
from app.kernel.page import Page
from app.kernel.refusal import BadRequest, Forbidden, KeyReused, NotFound
from app.network.roles import Role
from tests.catalog.goods import counts, facts, list_goods, save_goods
from tests.inventory.shop import STOCK_ALONE, Shop, cached_is_recomputed, open_shop
from tests.worlds import Party, new_key, open_world

pytestmark = [pytest.mark.usefixtures("database"), STOCK_ALONE]

D = Decimal
Counted = Callable[[], AbstractAsyncContextManager[list[str]]]


async def adjust(shop: Shop, *items: StockInput, by: Party | None = None, key: str | None = None) -> Saved:
    return await adjust_stock(
        (by or shop.brand).viewer, network_id=shop.world.network_id, items=items, client_key=key or new_key()
    )


async def test_stock_is_counted_received_held_and_told_to_its_seller() -> None:
    shop = await open_shop("A", "B")
    saved = await adjust(
        shop,
        StockInput("W1", "A", on_hand=D("7.5"), reason=StockReason.RECEIPT),
        StockInput("W2", "A", delta=D(3), held=D(1)),
        StockInput("W1", "B", on_hand=D(0)),
    )
    assert (saved.changed, saved.unchanged) == (("W1/A", "W2/A"), ("W1/B",))
    await adjust(shop, StockInput("W1", "A", delta=D("-2.5")), StockInput("W2", "A", held=D(3)))
    rows = await queries.stock(shop.brand.viewer, Page(), sku_id=shop.skus["A"])
    by_code = {}
    for row in rows:
        by_code[(await queries.warehouse(shop.brand.viewer, row["warehouse_id"]))["code"]] = row
    assert {code: (row["on_hand"], row["held"], row["free"]) for code, row in by_code.items()} == {
        "W1": (D(5), D(0), D(5)),
        "W2": (D(3), D(3), D(0)),
    }
    moves = await database.rows(
        "SELECT quantity, reason FROM stock_move WHERE network_id = $1 ORDER BY id", shop.world.network_id
    )
    assert [(row["quantity"], row["reason"]) for row in moves] == [
        (D("7.5"), "receipt"),
        (D(3), "adjustment"),
        (D("-2.5"), "adjustment"),
    ]
    told = await facts(shop.world, "stock")
    assert [(what, audience) for what, _, _, audience in told] == [
        (what, [shop.brand.company_id]) for what in ("receipt", "adjustment", "adjustment", "held")
    ]
    assert [subject for _, _, subject, _ in told][2] == by_code["W1"]["id"]
    await cached_is_recomputed()


async def test_the_same_count_again_changes_nothing_and_the_same_key_does_nothing_twice() -> None:
    shop = await open_shop("A")
    await adjust(shop, StockInput("W1", "A", on_hand=D(5)))
    before = await counts(shop.world)
    assert (await adjust(shop, StockInput("W1", "A", on_hand=D(5)))).unchanged == ("W1/A",)
    assert await counts(shop.world) == before
    received = StockInput("W1", "A", delta=D(2))
    first = await adjust(shop, received, key="k")
    again = await adjust(shop, received, key="k")
    assert again.id == first.id
    assert await shop.levels() == {"W1/A": (7, 0, 0)}
    with pytest.raises(KeyReused):
        await adjust(shop, StockInput("W1", "A", delta=D(3)), key="k")


async def test_every_problem_comes_at_once_and_nothing_moves() -> None:
    shop = await open_shop("A", "B")
    await save_goods(shop.world, "POST", stocked=False)
    await shop.stock(W1={"A": 5})
    await shop.order(("A", 4))
    before, levels = await counts(shop.world), await shop.levels()
    with pytest.raises(ItemsRefused) as refused:
        await adjust(
            shop,
            StockInput("W9", "A", on_hand=D(1)),
            StockInput("W1", "Z", on_hand=D(1)),
            StockInput("W1", "POST", on_hand=D(1)),
            StockInput("W2", "A", on_hand=D(1), delta=D(1)),
            StockInput("W3", "A"),
            StockInput("W3", "B", on_hand=D(-1)),
            StockInput("W2", "B", delta=D("1e13")),
            StockInput("W1", "B", held=D("0.0000001")),
            StockInput("W1", "B", on_hand=D(1)),
        )
    assert [(one.position, one.field, one.why.code) for one in refused.value.problems] == [
        (0, "warehouse", "UNKNOWN_CODE"),
        (1, "sku", "UNKNOWN_CODE"),
        (2, "sku", "VALUE_NOT_ALLOWED"),
        (3, "delta", "VALUE_NOT_ALLOWED"),
        (4, "onHand", "VALUE_NOT_ALLOWED"),
        (5, "onHand", "VALUE_NOT_ALLOWED"),
        (6, "delta", "VALUE_NOT_ALLOWED"),
        (7, "held", "VALUE_NOT_ALLOWED"),
        (8, "sku", "NAMED_TWICE"),
    ]
    with pytest.raises(ItemsRefused) as refused:
        await adjust(shop, StockInput("W2", "A", on_hand=D(9)), StockInput("W1", "A", on_hand=D(3)))
    [problem] = refused.value.problems
    assert (problem.position, problem.field, problem.why.params) == (
        1,
        "onHand",
        {"asked": D(3), "promised": D(4), "held": D(0), "least": D(4)},
    )
    assert (await counts(shop.world), await shop.levels()) == (before, levels)


async def test_an_expired_reservation_does_not_stand_in_the_way() -> None:
    shop = await open_shop("A")
    await shop.stock(W1={"A": 5})
    await shop.order(("A", 4), minutes=10)
    with clock.travel(timedelta(minutes=11)):
        [row] = await queries.stock(shop.brand.viewer, Page(), network_id=shop.world.network_id)
        assert [row["reserved"], row["free"]] == [0, 5]
        await adjust(shop, StockInput("W1", "A", on_hand=D(1)))
    assert await shop.levels() == {"W1/A": (1, 0, 0)}
    await cached_is_recomputed()


async def test_only_own_warehouses_and_only_with_the_right_role() -> None:
    shop, other = await open_shop("A"), await open_shop("A")
    await list_goods(shop.world, shop.brand, "A")
    clerk = await shop.world.member(shop.brand, [Role.ORDER_CLERK])
    stockman = await shop.world.member(shop.brand, [Role.WAREHOUSE])
    count = StockInput("W1", "A", on_hand=D(5))
    with pytest.raises(Forbidden):
        await adjust(shop, count, by=clerk)
    with pytest.raises(NotFound):
        await adjust(shop, count, by=other.brand)
    with pytest.raises(ItemsRefused) as refused:
        await adjust(shop, count, by=shop.dealer)  # the brand's W1 does not exist for the dealer
    assert [one.field for one in refused.value.problems] == ["warehouse"]
    for items in ([], [StockInput("W1", f"S{n}", on_hand=D(1)) for n in range(1001)]):
        with pytest.raises(BadRequest):
            await adjust(shop, *items)
    assert await shop.levels() == {}
    await adjust(shop, count, by=stockman)
    assert await shop.levels() == {"W1/A": (5, 0, 0)}
    assert await queries.stock(shop.dealer.viewer, Page()) == []
    [level] = await queries.stock(shop.brand.viewer, Page(), network_id=shop.world.network_id)
    with pytest.raises(NotFound):
        await queries.warehouse(other.brand.viewer, level["warehouse_id"])


async def test_a_dealer_stocks_its_own_warehouse_with_the_very_same_acts() -> None:
    shop = await open_shop("A", "B")
    await list_goods(shop.world, shop.brand, "A")
    warehouse = WarehouseInput("W1", "Dealer's own")
    await save_warehouse(
        shop.dealer.viewer, network_id=shop.world.network_id, warehouse=warehouse, client_key=new_key()
    )
    await adjust(shop, StockInput("W1", "A", on_hand=D(8)), by=shop.dealer)
    with pytest.raises(ItemsRefused):
        await adjust(shop, StockInput("W1", "B", on_hand=D(8)), by=shop.dealer)  # nobody offers it B
    [row] = await queries.stock(shop.dealer.viewer, Page())
    assert (row["on_hand"], row["sku_id"]) == (D(8), shop.skus["A"])


async def test_a_warehouse_is_saved_with_the_regions_it_serves() -> None:
    world = await open_world()
    await world.regions()

    async def save(**more: object) -> UUID:
        said: dict[str, object] = {"code": "GZ", "name": "Guangzhou"}
        warehouse = WarehouseInput(**{**said, **more})  # type: ignore[arg-type]
        return await save_warehouse(
            world.brand.viewer, network_id=world.network_id, warehouse=warehouse, client_key=new_key()
        )

    saved = await save(region="4401", serves=("44", "33"), priority=2)
    row = await queries.warehouse(world.brand.viewer, saved)
    assert (row["region_id"], row["serves"], row["priority"], row["status"]) == ("4401", ["33", "44"], 2, "active")
    paths = await database.row("SELECT serves_regions FROM warehouse WHERE id = $1", saved)
    assert paths is not None
    assert sorted(paths["serves_regions"]) == ["CN/33/", "CN/44/"]
    assert await save(status="closed") == saved
    row = await queries.warehouse(world.brand.viewer, saved)
    assert (row["serves"], row["status"]) == (None, "closed")
    with pytest.raises(ItemsRefused) as refused:
        await save(code="", region="99", serves=("44", "98"), status="burnt")
    assert [one.field for one in refused.value.problems] == ["code", "status", "region", "serves.1"]
    assert len(await queries.warehouses(world.brand.viewer, Page())) == 1


async def test_a_move_is_never_rewritten() -> None:
    shop = await open_shop("A")
    await shop.stock(W1={"A": 5})
    for statement in ("UPDATE stock_move SET quantity = 6", "DELETE FROM stock_move"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await database.rows(f"{statement} WHERE network_id = $1", shop.world.network_id)


async def test_round_trips_do_not_grow_with_the_batch(counted: Counted) -> None:
    codes = [f"A{n:03}" for n in range(333)]
    shop = await open_shop(*codes)
    async with counted() as one:
        await adjust(shop, StockInput("W1", "A000", on_hand=D(5)))
    async with counted() as many:
        await adjust(shop, *(StockInput(w, code, on_hand=D(7)) for w in ("W1", "W2", "W3") for code in codes))
    assert len(one) == len(many) <= 9
    assert len(await shop.levels()) == 999
