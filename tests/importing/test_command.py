"""`tributary import` as the operator runs it, and the measured claim behind it, in small."""

import asyncio
import json
import os
import sys
from pathlib import Path

from app import database as db
from tests.catalog.goods import save_goods
from tests.importing.files import csv_file
from tests.worlds import open_world

ROOT = Path(__file__).parents[2]
HEADER = ["sku", "name_en", "category", "base_unit"]


async def run(database: str, *command: str) -> tuple[int | None, str]:
    """Exit code and everything it printed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, "REDIS_URL": "redis://127.0.0.1:1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _nothing = await child.communicate()
    return child.returncode, said.decode()


async def tributary(database: str, *arguments: str) -> tuple[int | None, str]:
    return await run(database, "-m", "app.cli", "import", *arguments)


async def test_the_command_says_what_it_did_and_exits_accordingly(database: str, tmp_path: Path) -> None:
    world = await open_world("Import brand")
    await save_goods(world, "OLD")
    network = ["--network", "Import brand channel"]
    good = csv_file(tmp_path, [HEADER, ["A-1", "One", "paint", "can"]], name="good.csv")
    code, said = await tributary(database, "products", str(good), *network)
    assert (code, "1 rows: 1 applied, 0 unchanged, 0 refused." in said) == (0, True), said
    code, said = await tributary(database, "products", str(good), *network, "--as", world.brand.login)
    assert (code, "0 applied, 1 unchanged" in said) == (0, True), said
    assert "unchanged" in (tmp_path / "good.csv.result.csv").read_text("utf-8-sig")

    bad = csv_file(tmp_path, [HEADER, ["A-2", "Two", "cars", "can"], ["A-3", "Three", "paint", "can"]], name="bad.csv")
    result = tmp_path / "elsewhere.csv"
    code, said = await tributary(database, "products", str(bad), *network, "--result", str(result))
    assert (code, "1 applied, 0 unchanged, 1 refused" in said) == (1, True), said
    assert "There is no category cars here. paint" in result.read_text("utf-8-sig")
    found = await db.rows("SELECT code FROM sku WHERE network_id = $1 ORDER BY code", world.network_id)
    assert [row["code"] for row in found] == ["A-1", "A-3", "OLD"]


async def test_what_cannot_be_taken_at_all_exits_2_without_a_traceback(database: str, tmp_path: Path) -> None:
    world = await open_world("Lonely brand")
    await open_world("Other brand")
    file = csv_file(tmp_path, [HEADER, ["A-1", "One", "paint", "can"]])
    wrong = csv_file(tmp_path, [["sku", "Farbe"], ["A", "rot"]], name="wrong.csv")
    network = ["--network", str(world.network_id)]
    for arguments, complaint in (
        (["products", str(file)], "Lonely brand channel"),
        (["products", str(file), *network, "--seller", "Nobody"], "There is no seller Nobody. There is: Lonely brand."),
        (
            ["products", str(file), *network, "--as", "x@y.z"],
            f"There is no member x@y.z. There is: {world.brand.login}.",
        ),
        (["products", str(wrong), *network], "unknown column 'Farbe'"),
        (["stock", str(file), *network], "missing column warehouse / 仓库*"),
    ):
        code, said = await tributary(database, *arguments)
        assert code == 2, said
        assert complaint in said
        assert "Traceback" not in said


async def test_the_measured_claim_in_small(database: str) -> None:
    code, said = await run(database, "-m", "bench.importing", "--rows", "1200")
    assert code == 0, said
    measured = json.loads(said)
    assert [(one["kind"], one["pass"], one["result"]) for one in measured["measured"]] == [
        (kind, turn, [1200, 1200])
        for kind in ("products", "listings", "stock", "prices", "relations")
        for turn in ("first", "again")
    ]
    assert measured["beyond"] == []
