"""Prices and stock from files: dated rows of lists, counted places."""

from decimal import Decimal
from pathlib import Path

from app import database
from app.importing.prices import Prices
from app.importing.stock import Stock
from app.inventory.save_warehouse import WarehouseInput, save_warehouse
from tests.catalog.goods import save_goods
from tests.importing.files import csv_file, imported, place_of, xlsx_file
from tests.worlds import World, new_key, open_world


async def price_rows(world: World) -> list[tuple[object, ...]]:
    found = await database.rows(
        "SELECT l.code, l.name, s.code AS sku, r.unit, r.min_quantity, r.unit_price, r.valid_from, r.valid_to "
        "FROM price_row r JOIN price_list l ON l.id = r.price_list_id JOIN sku s ON s.id = r.sku_id "
        "WHERE l.network_id = $1 ORDER BY l.code, s.code, r.min_quantity, r.valid_from",
        world.network_id,
    )
    return [tuple(row.values()) for row in found]


async def on_hand(world: World) -> dict[str, Decimal]:
    found = await database.rows(
        "SELECT w.code || '/' || s.code AS place, v.on_hand FROM stock_level v "
        "JOIN warehouse w ON w.id = v.warehouse_id JOIN sku s ON s.id = v.sku_id WHERE v.network_id = $1",
        world.network_id,
    )
    return {row["place"]: row["on_hand"] for row in found}


async def moves(world: World) -> int:
    found = await database.row("SELECT count(*) AS n FROM stock_move WHERE network_id = $1", world.network_id)
    assert found is not None
    return int(found["n"])


async def test_prices_are_dated_rows_of_lists_and_again_change_nothing(database: str, tmp_path: Path) -> None:
    world = await open_world()
    await save_goods(world, "A", "B")
    rows = [
        ["价目表", "价目表名称", "SKU编码", "单位", "起始数量", "单价", "生效日期", "失效日期"],
        ["P1", "一级经销商", "A", "", "", "1,234.5", "", ""],
        ["P1", "一级经销商", "A", "", "10", "1200", "", ""],
        ["P1", "一级经销商", "A", "箱", "", "4800.1234", "2026/1/1", "2036-12-31"],
        ["P2", "二级", "B", "", "", "询价", "2026-01-01", ""],
    ]
    path = xlsx_file(tmp_path, rows)
    first = await imported(Prices, path, place_of(world))
    assert first.counts == (4, 0, 0), first.lines
    written = await price_rows(world)
    assert [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in written] == [
        ("P1", "一级经销商", "A", "箱", Decimal(0), Decimal("4800.1234")),
        ("P1", "一级经销商", "A", "桶", Decimal(0), Decimal("1234.5")),
        ("P1", "一级经销商", "A", "桶", Decimal(10), Decimal(1200)),
        ("P2", "二级", "B", "桶", Decimal(0), None),
    ]
    assert (await imported(Prices, path, place_of(world))).counts == (0, 4, 0)
    assert await price_rows(world) == written


async def test_a_new_price_is_a_new_row_and_refused_prices_write_nothing(database: str, tmp_path: Path) -> None:
    world = await open_world()
    await save_goods(world, "A", "B")
    header = ["list", "list_name", "sku", "price", "valid_from", "unit"]
    await imported(Prices, csv_file(tmp_path, [header, ["P", "Dealers", "A", "10", "", ""]]), place_of(world))
    rows = [
        header,
        ["P", "", "A", "11", "", ""],
        ["P", "", "B", "1.23456", "", ""],
        ["P", "", "Z", "1", "", ""],
        ["P", "", "B", "-1", "", ""],
        ["Q", "", "B", "1", "", ""],
        ["P", "", "B", "7", "31/12/2026", ""],
        ["P", "", "B", "7", "", "pallet"],
        ["P", "", "B", "7", "", ""],
    ]
    done = await imported(Prices, csv_file(tmp_path, rows), place_of(world))
    assert [done.of(row) for row in range(2, 10)] == [
        ("applied", ""),
        ("refused", "price"),
        ("refused", "sku"),
        ("refused", "sku"),
        ("refused", "list"),
        ("refused", "valid_from"),
        ("refused", "unit"),
        ("refused", "sku"),
    ]
    assert done.message(6) == "There is no price list Q here. P"
    assert [(row[2], row[5]) for row in await price_rows(world)] == [("A", Decimal(10)), ("A", Decimal(11))]


async def test_stock_is_counted_and_again_changes_nothing(database: str, tmp_path: Path) -> None:
    world = await open_world()
    await save_goods(world, "A", "B")
    await save_goods(world, "S", stocked=False)
    await save_warehouse(
        world.brand.viewer, network_id=world.network_id, warehouse=WarehouseInput("GZ", "广州仓"), client_key=new_key()
    )
    rows = [
        ["仓库", "货号", "库存数量"],
        ["GZ", "A", "1,500"],
        ["GZ", "B", "0.5"],
        ["SH", "A", "1"],
        ["GZ", "Z", "1"],
        ["GZ", "S", "1"],
        ["GZ", "A", "-1"],
        ["GZ", "A", ""],
    ]
    path = csv_file(tmp_path, rows, encoding="gb18030", delimiter=";")
    done = await imported(Stock, path, place_of(world))
    assert [done.of(row) for row in range(2, 9)] == [
        ("applied", ""),
        ("applied", ""),
        ("refused", "warehouse"),
        ("refused", "sku"),
        ("refused", "sku"),
        ("refused", "on_hand"),
        ("refused", "on_hand"),
    ]
    assert done.message(4) == "There is no warehouse SH here. GZ"
    assert await on_hand(world) == {"GZ/A": Decimal(1500), "GZ/B": Decimal("0.5")}
    assert await moves(world) == 2
    assert (await imported(Stock, path, place_of(world))).counts == (0, 2, 5)
    assert await moves(world) == 2
