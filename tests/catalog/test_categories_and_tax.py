"""The category tree and the tax classes of a network."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from app import database
from app.catalog import queries
from app.catalog.inputs import CategoryInput, Saved, TaxRateInput
from app.catalog.refusals import ItemsRefused
from app.catalog.save_category import save_categories
from app.catalog.save_tax_class import save_tax_class
from app.kernel.page import Page
from app.kernel.refusal import Forbidden, NotFound
from tests.worlds import Party, World, new_key, open_world

pytestmark = pytest.mark.usefixtures("database")

TREE = (
    CategoryInput("paint", "油漆", "Paint"),
    CategoryInput("wall", "墙面漆", "Wall paint", "paint"),
    CategoryInput("outer", "外墙漆", "Exterior", "wall"),
    CategoryInput("tools", "工具", "Tools", position=2),
)
Y2018, Y2019 = datetime(2018, 5, 1, tzinfo=UTC), datetime(2019, 4, 1, tzinfo=UTC)


async def save(world: World, *items: CategoryInput, by: Party | None = None) -> Saved:
    viewer = (by or world.brand).viewer
    return await save_categories(viewer, network_id=world.network_id, items=items, client_key=new_key())


async def tree(world: World) -> dict[str, str]:
    """Each category's chain of codes from its root."""
    rows = await database.rows("SELECT id::text, code, path FROM category WHERE network_id = $1", world.network_id)
    codes = {row["id"]: row["code"] for row in rows}
    return {row["code"]: "/".join(codes[one] for one in row["path"].split(".")) for row in rows}


async def test_a_tree_is_saved_and_moved_with_everything_below() -> None:
    world = await open_world()
    saved = await save(world, *TREE)
    assert saved.created == ("paint", "wall", "outer", "tools")
    assert await tree(world) == {
        "paint": "paint",
        "wall": "paint/wall",
        "outer": "paint/wall/outer",
        "tools": "tools",
    }
    saved = await save(world, replace(TREE[1], parent="tools"), TREE[0])
    assert (saved.changed, saved.unchanged) == (("wall",), ("paint",))
    assert await tree(world) == {"paint": "paint", "wall": "tools/wall", "outer": "tools/wall/outer", "tools": "tools"}
    rows = await queries.categories(world.brand.viewer, Page(), network_id=world.network_id)
    order = [row["code"] for row in rows]
    assert order.index("tools") < order.index("wall") < order.index("outer")


async def test_a_move_into_the_own_subtree_is_refused_and_changes_nothing() -> None:
    world = await open_world()
    await save(world, *TREE)
    before = await tree(world)
    with pytest.raises(ItemsRefused) as refused:
        await save(world, replace(TREE[0], parent="outer"), CategoryInput("new", "", "New", "missing"))
    assert [(one.position, one.field, one.why.code) for one in refused.value.problems] == [
        (0, "parent", "MOVED_INTO_ITSELF"),
        (1, "parent", "UNKNOWN_CODE"),
    ]
    assert await tree(world) == before


async def test_another_networks_codes_are_another_tree() -> None:
    world, other = await open_world(), await open_world("Other")
    await save(world, *TREE)
    with pytest.raises(ItemsRefused):
        await save(other, CategoryInput("leaf", "", "Leaf", "paint"))
    assert await tree(other) == {}
    assert await queries.categories(other.brand.viewer, Page(), network_id=world.network_id) == []


async def save_class(world: World, *rates: TaxRateInput, by: Party | None = None, name: str = "Standard") -> UUID:
    return await save_tax_class(
        (by or world.brand).viewer,
        network_id=world.network_id,
        code="standard",
        name_zh="标准",
        name_en=name,
        rates=rates,
        client_key=new_key(),
    )


async def rates_of(world: World) -> list[tuple[int, datetime, datetime | None]]:
    rows = await database.rows(
        "SELECT r.rate_bp, r.valid_from, r.valid_to FROM tax_rate r JOIN tax_class t ON t.id = r.tax_class_id"
        " WHERE t.network_id = $1 ORDER BY r.valid_from",
        world.network_id,
    )
    return [tuple(row) for row in rows]


async def test_a_tax_class_has_dated_rates() -> None:
    world = await open_world()
    saved = await save_class(world, TaxRateInput(1600, Y2018))
    assert await save_class(world, TaxRateInput(1300, Y2019), TaxRateInput(1600, Y2018, Y2019), name="VAT") == saved
    assert await rates_of(world) == [(1600, Y2018, Y2019), (1300, Y2019, None)]
    row = await queries.tax_class(world.brand.viewer, saved)
    assert row["name_en"] == "VAT"


async def test_overlapping_rates_are_refused_by_the_act_and_by_the_table() -> None:
    world = await open_world()
    saved = await save_class(world, TaxRateInput(1600, Y2018))
    with pytest.raises(ItemsRefused) as refused:
        await save_class(world, TaxRateInput(1600, Y2018), TaxRateInput(1300, Y2019))
    assert refused.value.problems[0].why.code == "RATES_OVERLAP"
    assert await rates_of(world) == [(1600, Y2018, None)]
    with pytest.raises(asyncpg.ExclusionViolationError):
        await database.rows(
            "INSERT INTO tax_rate (id, tax_class_id, rate_bp, valid_from) VALUES (gen_random_uuid(), $1, 1300, $2)",
            saved,
            Y2019,
        )


async def test_only_the_brand_writes_the_tree_and_the_tax() -> None:
    world, other = await open_world(), await open_world("Other")
    dealer = await world.buyer(world.brand)
    for by, error in ((dealer, Forbidden), (other.brand, NotFound)):
        with pytest.raises(error):
            await save(world, *TREE, by=by)
        with pytest.raises(error):
            await save_class(world, TaxRateInput(1300, Y2019), by=by)
    assert await tree(world) == {}
    assert await rates_of(world) == []
