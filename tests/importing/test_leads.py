"""Leads from files: taken in and offered, known ones left alone, refused ones named without who they are."""

from pathlib import Path

import pytest

from app import database
from app.importing.leads import Leads
from app.leads.refusals import ContactDoorClosed
from app.settings import settings
from tests.importing.files import csv_file, imported, place_of
from tests.leads.desk import open_desk

pytestmark = pytest.mark.usefixtures("database")

HEADER = ["来源", "线索编号", "姓名", "手机号", "地区编码", "活动", "意向产品", "备注"]


async def test_rows_are_offered_and_again_change_nothing(tmp_path: Path) -> None:
    desk = await open_desk(dealers=2)
    rows = [
        HEADER,
        ["fair", "1", "王小明", "138 0013 8001", "4401", "spring", "外墙", "请来电"],
        ["fair", "2", "李雷", "123", "4401", "", "", ""],
        ["fair", "3", "韩梅梅", "13800138003", "9999", "", "", ""],
        ["fair", "4", "王小明", "+8613800138001", "4401", "", "", ""],
        ["fair", "1", "另一人", "13800138005", "4401", "", "", ""],
        ["fair", "1", "王小明", "138 0013 8001", "4401", "spring", "外墙", "请来电"],
        ["web", "1", "张三", "13800138006", "", "", "", ""],
    ]
    path = csv_file(tmp_path, rows)
    done = await imported(Leads, path, place_of(desk.world))
    assert done.counts == (3, 1, 3), done.lines
    assert [done.of(row) for row in range(2, 9)] == [
        ("applied", ""),
        ("refused", "phone"),
        ("refused", "region"),
        ("applied", ""),
        ("refused", "external_id"),
        ("unchanged", ""),
        ("applied", ""),
    ]
    result = path.with_name(f"{path.name}.result.csv").read_text(encoding="utf-8")
    for secret in ("王小明", "李雷", "韩梅梅", "8001", "8003", "请来电"):
        assert secret not in result
    found = await database.rows(
        "SELECT source || external_id AS id, status FROM lead WHERE network_id = $1 ORDER BY id", desk.world.network_id
    )
    assert {row["id"]: row["status"] for row in found} == {"fair1": "offered", "fair4": "duplicate", "web1": "pooled"}
    assert (await imported(Leads, path, place_of(desk.world))).counts == (0, 4, 3)


async def test_without_a_key_no_file_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await open_desk(dealers=1)
    path = csv_file(tmp_path, [HEADER, ["fair", "1", "王小明", "13800138001", "4401", "", "", ""]])
    monkeypatch.setenv("TRIBUTARY_CONTACT_KEYS", "")
    settings.cache_clear()
    try:
        with pytest.raises(ContactDoorClosed):
            await imported(Leads, path, place_of(desk.world))
    finally:
        monkeypatch.undo()
        settings.cache_clear()
