"""Products and listings from files: a row applies whole or not, and the same file again changes nothing."""

from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from app import database
from app.importing.listings import Listings
from app.importing.products import Products
from app.importing.refusals import ColumnsNotRight
from app.kernel.refusal import Forbidden
from tests.catalog.goods import list_goods, save_goods
from tests.importing.files import csv_file, imported, place_of, xlsx_file
from tests.worlds import World, open_world

HEADER = ["SKU编码", "名称", "Name", "分类", "单位", "税率", "包装", "重量", "条码", "产品编码", "说明", "属性.颜色"]
ROWS = [
    HEADER,
    [
        "W-1",
        "外墙漆 1L",
        "Exterior 1 L",
        "paint",
        "桶",
        "13%",
        "箱=12；托=480",
        "1,200",
        "6901234567890",
        "W",
        "耐候",
        "白",
    ],
    ["W-5", "外墙漆 5L", "Exterior 5 L", "paint", "桶", "13%", "箱=4", "6,000", "6901234567891", "W", "耐候", "白"],
    ["N-1", "内墙漆", "Interior", "paint", "桶", "13%", "", "", "", "", "", "象牙"],
]


async def skus(world: World) -> dict[str, tuple[object, ...]]:
    found = await database.rows(
        "SELECT s.code, p.code AS product, s.name_zh, s.name_en, s.base_unit, p.description_zh, p.attributes "
        "FROM sku s JOIN product p ON p.id = s.product_id WHERE s.network_id = $1 ORDER BY s.code",
        world.network_id,
    )
    return {row["code"]: (*list(row.values())[1:-1], orjson.loads(row["attributes"])) for row in found}


async def units(world: World, sku: str) -> dict[str, tuple[Decimal, int, str | None]]:
    found = await database.rows(
        "SELECT u.unit, u.factor, u.weight_g, u.barcode FROM sku_unit u JOIN sku s ON s.id = u.sku_id "
        "WHERE s.network_id = $1 AND s.code = $2",
        world.network_id,
        sku,
    )
    return {row["unit"]: (row["factor"], row["weight_g"], row["barcode"]) for row in found}


async def versions(world: World) -> list[tuple[str, int]]:
    found = await database.rows(
        "SELECT code, version FROM product WHERE network_id = $1 ORDER BY code", world.network_id
    )
    return [(row["code"], row["version"]) for row in found]


@pytest.mark.parametrize("make", [csv_file, xlsx_file])
async def test_rows_become_products_and_again_change_nothing(database: str, tmp_path: Path, make: object) -> None:
    world = await open_world()
    await save_goods(world, "OLD")
    path = make(tmp_path, ROWS)  # type: ignore[operator]
    first = await imported(Products, path, place_of(world))
    assert first.counts == (3, 0, 0), first.lines
    assert (await skus(world))["W-5"] == ("W", "外墙漆 5L", "Exterior 5 L", "桶", "耐候", {"颜色": "白"})
    assert (await skus(world))["N-1"] == ("N-1", "内墙漆", "Interior", "桶", "", {"颜色": "象牙"})
    assert await units(world, "W-1") == {
        "桶": (Decimal(1), 1200, "6901234567890"),
        "箱": (Decimal(12), 0, None),
        "托": (Decimal(480), 0, None),
    }
    before = await versions(world)
    again = await imported(Products, path, place_of(world))
    assert again.counts == (0, 3, 0)
    assert await versions(world) == before


async def test_a_refused_row_takes_neither_its_neighbours_nor_its_siblings_with_it(
    database: str, tmp_path: Path
) -> None:
    world = await open_world()
    await save_goods(world, "OLD")
    header = ["sku", "name_en", "category", "base_unit", "tax_class", "product"]
    rows = [
        header,
        ["A-1", "Fine", "paint", "can", "standard", "A"],
        ["A-2", "Wrong tax class", "paint", "can", "luxury", "A"],
        ["A-3", "Fine too", "paint", "can", "standard", "A"],
        ["B-1", "No such category", "cars", "can", "standard", ""],
        ["C-1", "", "paint", "can", "standard", ""],
        ["OLD", "Other unit", "paint", "can", "standard", ""],
        ["D-1", "=1+1", "paint", "can", "standard", ""],
        ["E-1", "Fine as well", "paint", "can", "standard", ""],
    ]
    done = await imported(Products, csv_file(tmp_path, rows), place_of(world))
    assert [done.of(row) for row in range(2, 10)] == [
        ("applied", ""),
        ("refused", "tax_class"),
        ("applied", ""),
        ("refused", "category"),
        ("refused", "name_zh"),
        ("refused", "base_unit"),
        ("refused", "name_en"),
        ("applied", ""),
    ]
    assert done.message(3) == "There is no tax class luxury here. standard"
    assert done.message(5) == "There is no category cars here. paint"
    assert done.message(7) == "This is 桶 since it was first saved and cannot become can."
    assert list(await skus(world)) == ["A-1", "A-3", "E-1", "OLD"]


async def test_rows_that_contradict_each_other_are_refused_whatever_their_distance(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await open_world()
    await save_goods(world, "OLD")
    monkeypatch.setattr(Products, "most", 2)
    header = ["sku", "name_en", "category", "base_unit", "product", "brand"]
    rows = [
        header,
        ["A-1", "One", "paint", "can", "A", "Alpha"],
        ["A-2", "Two", "paint", "can", "A", "Alpha"],
        ["B-1", "Three", "paint", "can", "", ""],
        ["A-3", "Other brand", "paint", "can", "A", "Beta"],
        ["A-1", "One", "paint", "can", "A", "Alpha"],
        ["A-2", "Changed", "paint", "can", "A", "Alpha"],
        ["X-1", "Refused", "cars", "can", "", ""],
        ["X-1", "Refused", "cars", "can", "", ""],
    ]
    path = csv_file(tmp_path, rows)
    done = await imported(Products, path, place_of(world))
    assert [done.of(row)[0] for row in range(2, 10)] == [
        "applied",
        "applied",
        "applied",
        "refused",
        "unchanged",
        "refused",
        "refused",
        "refused",
    ]
    assert done.message(5) == "Row 2 says something else about product A; keep one of the two."
    assert done.message(7) == "Row 3 says something else about SKU A-2; keep one of the two."
    assert (await imported(Products, path, place_of(world))).counts == (0, 4, 4)


async def test_what_the_file_has_no_column_for_stays(database: str, tmp_path: Path) -> None:
    world = await open_world()
    await save_goods(world, "OLD")
    await imported(Products, csv_file(tmp_path, ROWS), place_of(world))
    few = csv_file(tmp_path, [["sku", "名称", "分类", "单位"], ["N-1", "内墙漆 新", "paint", "桶"]])
    assert (await imported(Products, few, place_of(world))).counts == (1, 0, 0)
    assert (await skus(world))["N-1"] == ("N-1", "内墙漆 新", "Interior", "桶", "", {"颜色": "象牙"})
    same = csv_file(tmp_path, [["sku", "名称", "分类", "单位"], ["W-1", "外墙漆 1L", "paint", "桶"]])
    assert (await imported(Products, same, place_of(world))).counts == (0, 1, 0)
    assert (await units(world, "W-1"))["桶"] == (Decimal(1), 1200, "6901234567890")


async def test_a_wrong_header_and_a_wrong_company_apply_nothing(database: str, tmp_path: Path) -> None:
    world = await open_world()
    await save_goods(world, "OLD")
    dealer = await world.buyer(world.brand)
    with pytest.raises(ColumnsNotRight, match="unknown column 'Farbe'"):
        await imported(Products, csv_file(tmp_path, [["sku", "Farbe"], ["A", "rot"]]), place_of(world))
    with pytest.raises(Forbidden):
        await imported(Products, csv_file(tmp_path, ROWS), place_of(world, dealer))
    assert list(await skus(world)) == ["OLD"]


async def test_listings_keep_what_the_file_does_not_say(database: str, tmp_path: Path) -> None:
    world = await open_world()
    await save_goods(world, "A", "B", "C")
    await list_goods(world, world.brand, "A")
    rows = [
        ["SKU编码", "上架", "订货单位", "起订量", "订货倍数", "限购量"],
        ["A", "是", "箱", "2", "2", "1,000"],
        ["B", "no", "", "", "", ""],
        ["C", "yes", "托", "", "", ""],
        ["C2", "yes", "", "", "", ""],
        ["C", "maybe", "", "", "", ""],
        ["C", "yes", "", "-1", "", ""],
    ]
    path = csv_file(tmp_path, rows)
    done = await imported(Listings, path, place_of(world))
    assert [done.of(row) for row in range(2, 8)] == [
        ("applied", ""),
        ("applied", ""),
        ("refused", "unit"),
        ("refused", "sku"),
        ("refused", "on_sale"),
        ("refused", "minimum"),
    ]
    assert done.message(4) == "This SKU has no unit 托. It has: 桶, 箱."
    assert (await imported(Listings, path, place_of(world))).counts == (0, 2, 4)
    partial = csv_file(tmp_path, [["sku", "maximum"], ["A", "500"]])
    assert (await imported(Listings, partial, place_of(world))).counts == (1, 0, 0)
    from_table = "SELECT unit, minimum, multiple, maximum, on_sale FROM listing l JOIN sku s ON s.id = l.sku_id "
    found = await database_row(from_table + "WHERE s.network_id = $1 AND s.code = 'A'", world)
    assert found == ("箱", Decimal(2), Decimal(2), Decimal(500), True)


async def database_row(sql: str, world: World) -> tuple[object, ...]:
    row = await database.row(sql, world.network_id)
    assert row is not None
    return tuple(row.values())
