"""`python -m bench.importing`: how fast files are imported, and how much memory that takes.

The claim: 100,000 rows in under five minutes on two cores, growing by less than 150 MB, and the same file again
changes nothing. A network of its own is opened in the database at hand (DATABASE_URL, else TRIBUTARY_HOME).

Prints JSON: per kind and pass the rows, seconds, rows per second and megabytes of growth. Exit 1 beyond a limit, which
shrinks with `--rows`.
"""

import asyncio
import csv
import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from app import database
from app.catalog.inputs import CategoryInput, TaxRateInput
from app.catalog.save_category import save_categories
from app.catalog.save_tax_class import save_tax_class
from app.commands.servers import servers_at_hand
from app.importing.acting_for import find_place
from app.importing.kind import Kind, Place
from app.importing.listings import Listings
from app.importing.outcome import ResultFile
from app.importing.prices import Prices
from app.importing.products import Products
from app.importing.relations import Relations
from app.importing.stock import Stock
from app.importing.take_in import take_in
from app.inventory.save_warehouse import WarehouseInput, save_warehouse
from app.network.open_network import open_network
from app.network.rules import NewCompany, NewPerson
from app.settings import settings

ROWS = 100_000
MOST_SECONDS = 300.0
MOST_MEGABYTES = 150.0
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

Row = Callable[[int], list[object]]

FILES: list[tuple[type[Kind[Any]], list[str], Row]] = [
    (
        Products,
        ["SKU编码", "名称", "英文名称", "分类", "单位", "税类", "包装", "重量", "条码", "品牌", "说明"],
        lambda n: [
            f"SKU-{n:06d}",
            f"外墙乳胶漆 耐候型 {n} 号 18L",
            f"Exterior emulsion, weatherproof, no {n}, 18 L",
            "paint",
            "桶",
            "standard",
            "箱=4；托=96",
            18_000 + n % 7,
            f"69{n:011d}",
            "华彩",
            f"弹性涂料，适用于外墙，第 {n} 款",
        ],
    ),
    (Listings, ["sku", "on_sale", "minimum", "multiple"], lambda n: [f"SKU-{n:06d}", "yes", 4, 4]),
    (Stock, ["仓库", "SKU编码", "数量"], lambda n: ["MAIN", f"SKU-{n:06d}", n % 997]),
    (
        Prices,
        ["价目表", "价目表名称", "SKU编码", "单价"],
        lambda n: ["BIG", "大表", f"SKU-{n:06d}", f"{n % 5000 + 1}.{n % 100:02d}"],
    ),
    (Relations, ["客户编码", "公司名称", "账期"], lambda n: [f"D{n:06d}", f"经销商 {n} 有限公司", 30 + n % 30]),
]


@click.command()
@click.option("--rows", type=click.IntRange(100), default=ROWS, show_default=True)
def main(rows: int) -> None:
    """Import generated files of every kind, twice each."""
    os.environ["TRIBUTARY_REGISTRATION"] = "open"
    settings.cache_clear()
    with servers_at_hand() as told, TemporaryDirectory() as folder:
        measured = asyncio.run(_measure(told.database_url, Path(folder), rows))
    most_seconds = max(MOST_SECONDS * rows / ROWS, 10.0)
    too_much = [
        one
        for one in measured
        if one["seconds"] > most_seconds or one["megabytes"] > MOST_MEGABYTES or one["result"] != [rows, rows]
    ]
    limits = {"seconds": most_seconds, "megabytes": MOST_MEGABYTES}
    click.echo(json.dumps({"limits": limits, "measured": measured, "beyond": too_much}, indent=2, ensure_ascii=False))
    sys.exit(1 if too_much else 0)


async def _measure(url: str, folder: Path, rows: int) -> list[dict[str, Any]]:
    await database.connect(url, 2)
    try:
        place = await _open()
        measured = []
        for kind, header, row in FILES:
            path = folder / f"{kind.name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(header)
                writer.writerows(row(n) for n in range(rows))
            measured.append(await _import(kind, path, place, "first"))
            measured.append(await _import(kind, path, place, "again"))
        return measured
    finally:
        await database.disconnect()


async def _open() -> Place:
    """A network with what the files refer to."""
    run = secrets.token_hex(4)
    network_id = await open_network(
        client_key=run,
        name=f"Import {run}",
        currency="CNY",
        time_zone="Asia/Shanghai",
        brand=NewCompany(f"Import {run}"),
        owner=NewPerson("Importer", f"importer.{run}@bench.example", None),
    )
    place = await find_place(str(network_id), None, None)
    viewer = place.viewer
    rates = [TaxRateInput(1300, LONG_AGO)]
    await save_tax_class(
        viewer, network_id=network_id, code="standard", name_zh="标准", name_en="", rates=rates, client_key=run
    )
    items = [CategoryInput("paint", "油漆", "Paint")]
    await save_categories(viewer, network_id=network_id, items=items, client_key=run)
    await save_warehouse(viewer, network_id=network_id, warehouse=WarehouseInput("MAIN", "Main"), client_key=run)
    return place


async def _import(kind: type[Kind[Any]], path: Path, place: Place, turn: str) -> dict[str, Any]:
    with ResultFile(path.with_suffix(".result.csv")) as result, _grown() as megabytes:
        begun = time.perf_counter()
        summary = await take_in(kind, path, place, result)
        seconds = time.perf_counter() - begun
    # a SKU of which 0 were counted was so before: that is unchanged at first, too
    as_wanted = summary.rows - summary.refused if turn == "first" else summary.unchanged
    return {
        "kind": kind.name,
        "pass": turn,
        "seconds": round(seconds, 2),
        "rows_per_s": round(summary.rows / seconds),
        "megabytes": round(megabytes[0], 1),
        "result": [summary.rows, as_wanted],
    }


@contextmanager
def _grown() -> Iterator[list[float]]:
    """The growth of this process's resident memory at its highest, in MB, once the block is over."""
    before, found, over = _resident(), [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            found[0] = max(found[0], _resident() - before)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield found
    finally:
        over.set()
        watching.join()


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
