"""A sheet is written row by row: a hundred thousand of them in bounded memory."""

import gc
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import psutil

from app.kernel.money import Money
from app.kernel.wording import Said
from app.papers.lists.entry import Column, ExportList, Kind, Reader, Row, text
from app.papers.sheet import LONGEST_TEXT, Sheet

MOST_GROWTH = 24 * 1024 * 1024
"""Bytes. The rows as Python objects would be four times as much."""


async def _no_pages(viewer: Any, wanted: None) -> AsyncGenerator[Sequence[Row], None]:
    pages: list[Sequence[Row]] = []
    for page in pages:
        yield page


async def _none(viewer: Any, wanted: None, most: int) -> int:
    return 0


def listed(*columns: Column, per: str = "") -> ExportList[None]:
    return ExportList(
        name="made_up",
        title=Said("Made up", "虚构"),
        needs=(),
        columns=columns,
        filters=lambda said: None,
        pages=_no_pages,
        count=_none,
        per=lambda row, reader: per,
    )


WIDE = listed(
    Column(Said("Number", "编号"), text("number")),
    Column(Said("Name", "名称"), text("name")),
    Column(Said("At", "时间"), text("at"), Kind.MOMENT),
    Column(Said("Amount", "金额"), text("amount"), Kind.MONEY, summed=True),
    per="CNY",
)


def rows(count: int) -> Iterator[list[dict[str, Any]]]:
    at = datetime(2026, 11, 22, 9, 30, tzinfo=UTC).replace(tzinfo=None)
    for page in range(0, count, 500):
        yield [
            {"number": f"SO{n}", "name": f"外墙乳胶漆 {n}", "at": at, "amount": Money(n, "CNY")}
            for n in range(page, page + 500)
        ]


def test_a_hundred_thousand_rows_in_bounded_memory(tmp_path: Path) -> None:
    process = psutil.Process()
    gc.collect()
    before, most = process.memory_info().rss, 0
    with Sheet(tmp_path / "many.xlsx", WIDE, WIDE.columns, Reader("zh")) as made:
        for page in rows(100_000):
            made.add(page)
            most = max(most, process.memory_info().rss - before)
        made.close()
        most = max(most, process.memory_info().rss - before)
    assert most < MOST_GROWTH, f"{most / 1e6:.0f} MB more"
    book = openpyxl.load_workbook(tmp_path / "many.xlsx", read_only=True)
    (sheet,) = book.worksheets
    total, seen = Decimal(0), 0
    for row in sheet.iter_rows(min_row=2, values_only=True):
        if str(row[0]).startswith("SO"):
            total, seen, last = total + Decimal(str(row[3])), seen + 1, row
        else:
            sums = row
    book.close()
    assert (seen, last[0]) == (100_000, "SO99999")
    assert sums[0] == "合计 CNY（100000 行）"
    assert Decimal(str(sums[3])) == total == Decimal("49999500")


def test_what_cannot_be_in_a_cell_is_seen_to_be_missing(tmp_path: Path) -> None:
    odd = {
        "long": "长" * (LONGEST_TEXT + 5),
        "control": "a\x01b\x0bc\ufffe",
        "formula": "＝1+1",
        "huge": Decimal("123456789012345678"),
        "tiny": Decimal("0.000001"),
    }
    made = listed(
        *(Column(Said(name, name), text(name)) for name in ("long", "control", "formula")),
        Column(Said("huge", "huge"), text("huge"), Kind.QUANTITY),
        Column(Said("tiny", "tiny"), text("tiny"), Kind.QUANTITY),
    )
    with Sheet(tmp_path / "odd.xlsx", made, made.columns, Reader("en")) as sheet:
        sheet.add([odd])
        sheet.close()
    (page,) = openpyxl.load_workbook(tmp_path / "odd.xlsx").worksheets
    long, control, formula, huge, tiny = page[2]
    assert len(long.value) == LONGEST_TEXT
    assert long.value.endswith("长…")
    assert str(control.value).replace("_x0001_", "").replace("_x000B_", "").startswith("ab")
    assert (formula.value, formula.quotePrefix, formula.data_type) == ("＝1+1", True, "s")
    assert (huge.value, huge.data_type) == ("123,456,789,012,345,678", "s")
    assert (tiny.value, tiny.data_type) == (0.000001, "n")
