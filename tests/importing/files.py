"""Small files to import, and the import itself, as tests say them."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl

from app.importing.kind import Kind, Place
from app.importing.outcome import ResultFile, Summary
from app.importing.take_in import take_in
from tests.worlds import Party, World

Rows = Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Imported:
    """What the import said."""

    summary: Summary
    lines: list[dict[str, str]]

    def of(self, row: int) -> tuple[str, str]:
        """Result and column of one row."""
        found = next(line for line in self.lines if line["row"] == str(row))
        return found["result"], found["column"]

    def message(self, row: int) -> str:
        return next(line["message"] for line in self.lines if line["row"] == str(row))

    @property
    def counts(self) -> tuple[int, int, int]:
        """Applied, unchanged, refused."""
        return self.summary.applied, self.summary.unchanged, self.summary.refused


def place_of(world: World, party: Party | None = None) -> Place:
    """Where and in whose name: by default the brand's."""
    return Place(world.network_id, world.currency, ZoneInfo("Asia/Shanghai"), (party or world.brand).viewer)


def csv_file(
    folder: Path, rows: Rows, *, name: str = "rows.csv", encoding: str = "utf-8", delimiter: str = ","
) -> Path:
    """A CSV with these rows, the header first."""
    path = folder / name
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def xlsx_file(folder: Path, rows: Rows, *, name: str = "rows.xlsx", formats: Mapping[str, str] | None = None) -> Path:
    """A workbook with these rows in its first sheet."""
    book = openpyxl.Workbook()
    page = book.active
    for row in rows:
        page.append(list(row))
    for cell, form in (formats or {}).items():
        page[cell].number_format = form
    path = folder / name
    book.save(path)
    return path


async def imported(kind: type[Kind[Any]], path: Path, place: Place, **more: Any) -> Imported:
    """Import, and read the result file back."""
    result = path.with_name(f"{path.name}.result.csv")
    with ResultFile(result) as writer:
        summary = await take_in(kind, path, place, writer, **more)
    with result.open(encoding="utf-8-sig", newline="") as file:
        return Imported(summary, list(csv.DictReader(file)))
