"""The brand writes products: in batches, whole or not at all, and the same again changes nothing."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import orjson
import pytest

from app import database
from app.catalog import queries
from app.catalog.inputs import MediaInput, ProductInput, Saved, SkuInput, UnitInput
from app.catalog.refusals import ItemsRefused
from app.catalog.save_product import save_products
from app.kernel.page import Page
from app.kernel.refusal import BadRequest, Forbidden, KeyReused, NotFound
from app.network.roles import Role
from app.network.viewer import Viewer
from tests.catalog.goods import counts, list_goods, product, save_goods, sku_ids
from tests.worlds import World, new_key, open_world

pytestmark = pytest.mark.usefixtures("database")

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]


async def save(world: World, *items: ProductInput, key: str | None = None) -> Saved:
    return await save_products(
        world.brand.viewer, network_id=world.network_id, items=items, client_key=key or new_key()
    )


async def test_a_product_is_saved_with_its_skus_units_and_media() -> None:
    world = await open_world()
    await save_goods(world, "A1")
    units = (UnitInput("桶", Decimal(1), 5200, 6000, "690"), UnitInput("托", Decimal("96.5"), 500_000, 900_000))
    media = (MediaInput("https://x.example/1.png"), MediaInput("/2.pdf", "document"))
    wood = ProductInput(
        "W",
        "木器漆",
        "Wood paint",
        "paint",
        (SkuInput("W-5", "木器漆 5L", "Wood paint 5L", "桶", "standard", True, units),),
        brand="Tributary",
        attributes={"光泽": "哑光"},
        media=media,
    )
    saved = await save(world, wood)
    assert (saved.created, saved.changed, saved.unchanged) == (("W",), (), ())

    viewer = world.brand.viewer
    [row] = await queries.products_by_codes(viewer, world.network_id, ["W"])
    assert (row["name_zh"], row["brand"], orjson.loads(row["attributes"]), row["version"]) == (
        "木器漆",
        "Tributary",
        {"光泽": "哑光"},
        1,
    )
    [sku] = (await queries.skus_of_products(viewer, [row["id"]]))[row["id"]]
    assert (sku["code"], sku["base_unit"], sku["stocked"], sku["tax_class"]) == ("W-5", "桶", True, "standard")
    assert [(one["unit"], Decimal(one["factor"]), one["weight_g"]) for one in orjson.loads(sku["units"])] == [
        ("桶", Decimal(1), 5200),
        ("托", Decimal("96.5"), 500_000),
    ]
    shown = (await queries.media_of_products(viewer, [row["id"]]))[row["id"]]
    assert [(one["kind"], one["url"]) for one in shown] == [
        ("image", "https://x.example/1.png"),
        ("document", "/2.pdf"),
    ]


async def test_the_same_again_changes_nothing() -> None:
    world = await open_world()
    await save_goods(world, "A1")
    item = product("B1", media=(MediaInput("/1.png"),))
    await save(world, item)
    saved = await save(world, item)
    assert (saved.created, saved.changed, saved.unchanged) == ((), (), ("B1",))
    [row] = await queries.products_by_codes(world.brand.viewer, world.network_id, ["B1"])
    assert row["version"] == 1


@pytest.mark.parametrize("what", ["name", "sku", "unit", "media"])
async def test_a_change_of_any_part_raises_the_products_version(what: str) -> None:
    world = await open_world()
    await save_goods(world, "A1")
    item = product("B1")
    await save(world, item)
    [sku] = item.skus
    changed = {
        "name": replace(item, name_en="Renamed"),
        "sku": replace(item, skus=(replace(sku, name_en="Renamed"),)),
        "unit": replace(item, skus=(replace(sku, units=(UnitInput("箱", Decimal(6)),)),)),
        "media": replace(item, media=(MediaInput("/new.png"),)),
    }[what]
    saved = await save(world, changed, product("B2"))
    assert (saved.created, saved.changed) == (("B2",), ("B1",))
    [row] = await queries.products_by_codes(world.brand.viewer, world.network_id, ["B1"])
    assert row["version"] == 2


async def test_what_is_not_named_stays() -> None:
    world = await open_world()
    await save_goods(world, "A1")
    await save(world, product("B1", media=(MediaInput("/1.png"),)))
    await save(world, replace(product("B1"), skus=(), name_zh="内墙漆"))
    [row] = await queries.products_by_codes(world.brand.viewer, world.network_id, ["B1"])
    assert [sku["code"] for sku in (await queries.skus_of_products(world.brand.viewer, [row["id"]]))[row["id"]]] == [
        "B1"
    ]
    assert len((await queries.media_of_products(world.brand.viewer, [row["id"]]))[row["id"]]) == 1


async def test_a_renamed_product_finds_its_unnamed_skus_by_the_new_name() -> None:
    world = await open_world()
    await save_goods(world, "A1", "A2")
    await save(world, replace(product("A1"), skus=(), name_zh="防水涂料"))
    found = await queries.products(world.brand.viewer, Page(), network_id=world.network_id, search="防水")
    assert [row["code"] for row in found] == ["A1"]


async def test_every_problem_of_a_batch_comes_at_once_and_nothing_is_saved() -> None:
    world = await open_world()
    await save_goods(world, "A1")
    before = await counts(world)
    good = product("N1")
    with pytest.raises(ItemsRefused) as refused:
        await save(world, good, replace(product("N2"), category="nowhere"), _with_tax(product("N3"), "luxury"))
    assert [(one.position, one.field, one.why.code) for one in refused.value.problems] == [
        (1, "category", "UNKNOWN_CODE"),
        (2, "skus.0.taxClass", "UNKNOWN_CODE"),
    ]
    assert refused.value.message("en") == "2 of 3 items cannot be saved, so nothing was saved."
    with pytest.raises(ItemsRefused) as refused:
        await save(world, good, good, replace(product("N4"), name_zh="", name_en=""))
    assert [(one.position, one.why.code) for one in refused.value.problems] == [
        (1, "NAMED_TWICE"),
        (1, "NAMED_TWICE"),
        (2, "VALUE_NOT_ALLOWED"),
    ]
    assert await counts(world) == before


def _with_tax(item: ProductInput, tax_class: str) -> ProductInput:
    return replace(item, skus=tuple(replace(sku, tax_class=tax_class) for sku in item.skus))


async def test_what_stock_and_orders_hang_on_is_fixed() -> None:
    world = await open_world()
    await save_goods(world, "A1")
    [sku] = product("A1").skus
    for field, other in (("baseUnit", replace(sku, base_unit="件")), ("stocked", replace(sku, stocked=False))):
        with pytest.raises(ItemsRefused) as refused:
            await save(world, replace(product("A1"), skus=(other,)))
        [problem] = refused.value.problems
        assert (problem.field, problem.why.code) == (f"skus.0.{field}", "FIXED_AFTERWARDS")
    with pytest.raises(ItemsRefused) as refused:
        await save(world, replace(product("Z9"), skus=(sku,)))
    assert refused.value.problems[0].why.message("en") == "SKU A1 belongs to product A1."


async def test_the_same_key_answers_once_and_other_input_is_refused() -> None:
    world = await open_world()
    await save_goods(world, "A1")
    first = await save(world, product("B1"), key="k")
    again = await save(world, product("B1"), key="k")
    assert again.id == first.id
    with pytest.raises(KeyReused):
        await save(world, product("B2"), key="k")
    assert await database.rows("SELECT 1 FROM sku WHERE network_id = $1 AND code = 'B2'", world.network_id) == []


async def test_only_the_brand_writes_and_only_with_the_right_role() -> None:
    world, other = await open_world(), await open_world("Other")
    await save_goods(world, "A1")
    dealer = await world.buyer(world.brand)
    clerk = await world.member(world.brand, [Role.ORDER_CLERK])
    before = await counts(world)
    for viewer, error in ((dealer.viewer, Forbidden), (clerk.viewer, Forbidden), (other.brand.viewer, NotFound)):
        with pytest.raises(error):
            await save_products(viewer, network_id=world.network_id, items=[product("X")], client_key=new_key())
    for items in ([], [product(f"X{n}") for n in range(501)]):
        with pytest.raises(BadRequest):
            await save(world, *items)
    assert await counts(world) == before


async def test_round_trips_do_not_grow_with_the_batch(counted: Counted) -> None:
    world = await open_world()
    await save_goods(world, "A1")
    async with counted() as one:
        await save(world, product("B1", media=(MediaInput("/1.png"),)))
    async with counted() as many:
        await save(world, *(product(f"C{n:03}", media=(MediaInput("/1.png"),)) for n in range(500)))
    assert len(one) == len(many) <= 15
    assert len(await sku_ids(world, *(f"C{n:03}" for n in range(500)))) == 500


async def test_a_dealer_sees_what_it_is_offered_and_nothing_else() -> None:
    world, other = await open_world(), await open_world("Other")
    await save_goods(world, "A1", "A2", "A3")
    dealer = await world.buyer(world.brand)
    sub = await world.buyer(dealer, "Sub")
    await list_goods(world, world.brand, "A1", "A2")
    await list_goods(world, dealer, "A2")

    async def seen(viewer: Viewer, network_id: UUID | None = None, search: str | None = None) -> list[str]:
        rows = await queries.products(viewer, Page(), network_id=network_id, search=search)
        return [row["code"] for row in rows]

    assert await seen(world.brand.viewer) == ["A1", "A2", "A3"]
    assert await seen(dealer.viewer) == ["A1", "A2"]
    assert await seen(sub.viewer) == ["A2"]
    assert await seen(other.brand.viewer) == []
    assert await seen(other.brand.viewer, network_id=world.network_id) == []
    assert await seen(dealer.viewer, search="外墙") == ["A1", "A2"]
    assert await seen(sub.viewer, search="a1") == []
    ids = await sku_ids(world, "A1", "A3")
    assert set(await queries.skus_by_ids(other.brand.viewer, list(ids.values()))) == set()
    assert set(await queries.skus_by_ids(sub.viewer, list(ids.values()))) == set(ids.values())


async def test_products_are_read_page_by_page_and_by_category(counted: Counted) -> None:
    world = await open_world()
    await save_goods(world, *(f"A{n}" for n in range(5)))
    viewer = world.brand.viewer
    async with counted() as statements:
        rows = await queries.products(viewer, Page(first=3))
    assert len(statements) == 1
    assert [row["code"] for row in rows] == ["A0", "A1", "A2", "A3"]  # one more tells that there is a next page
    rest = await queries.products(viewer, Page(first=3, after=(rows[2]["id"],)))
    assert [row["code"] for row in rest] == ["A3", "A4"]
    [category] = await queries.categories_by_codes(viewer, world.network_id, ["paint"])
    assert len(await queries.products(viewer, Page(), category_id=category["id"])) == 5
