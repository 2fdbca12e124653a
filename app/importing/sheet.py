"""A table in a file, streamed: CSV (UTF-8, UTF-16, GB18030; comma, semicolon or tab) or XLSX, rows as lists of text."""

import codecs
import csv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import TextIO
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from app.importing.refusals import FileNotReadable

BLOCK = 1 << 20
SPREADSHEETS = (".xlsx", ".xlsm")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(slots=True)
class Sheet:
    """A header and rows to come: (row number as a spreadsheet counts, cells). `fraction` is how much has been read."""

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]
    fraction: float = 0.0


@contextmanager
def open_sheet(path: Path, name: str | None = None, encoding: str | None = None) -> Iterator[Sheet]:
    """The table in a file; of a workbook the sheet called `name`, by default the first. Raises FileNotReadable."""
    if not path.is_file():
        raise FileNotReadable(file=path.name, reason="there is no such file")
    opened = _workbook(path, name) if path.suffix.lower() in SPREADSHEETS else _text(path, encoding)
    with opened as sheet:
        yield sheet


# --- CSV -----------------------------------------------------------------------------------------------------------


@contextmanager
def _text(path: Path, encoding: str | None) -> Iterator[Sheet]:
    with path.open(encoding=encoding or encoding_of(path), newline="") as file:
        first = file.readline()
        delimiter = max(",;\t", key=first.count)
        lines = csv.reader(chain([first], file), delimiter=delimiter, strict=True)
        numbered = _lines(path, lines)
        _, header = next(numbered, (0, []))
        sheet = Sheet(header, iter(()))
        sheet.rows = _watched(sheet, file, path.stat().st_size or 1, numbered)
        yield sheet


def encoding_of(path: Path) -> str:
    """By byte order mark, else UTF-8 where the whole file is that, else GB18030. Raises FileNotReadable for neither."""
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    for encoding in ("utf-8", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise FileNotReadable(file=path.name, reason="its text is neither UTF-8 nor GB18030; save it as CSV UTF-8")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _lines(path: Path, lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows; a quoted cell may hold line breaks, a row counts once all the same."""
    number = 0
    try:
        for cells in lines:
            number += 1
            yield number, cells
    except csv.Error as error:
        raise FileNotReadable(file=path.name, reason=f"row {number + 1}: {error}") from error
    except UnicodeError as error:
        raise FileNotReadable(file=path.name, reason=f"row {number + 1}: {error}") from error


def _watched(
    sheet: Sheet, file: TextIO, size: int, numbered: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    for number, cells in numbered:
        if number % 100 == 0:
            sheet.fraction = min(file.buffer.tell() / size, 1.0)
        if any(cell and not cell.isspace() for cell in cells):
            yield number, cells


# --- XLSX ----------------------------------------------------------------------------------------------------------


@contextmanager
def _workbook(path: Path, name: str | None) -> Iterator[Sheet]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ParseError, OSError, ValueError) as error:
        raise FileNotReadable(file=path.name, reason="it is no XLSX workbook") from error
    try:
        if name is not None and name not in book.sheetnames:
            raise FileNotReadable(file=path.name, reason=f"it has no sheet {name}; it has {', '.join(book.sheetnames)}")
        page = book[name] if name else book.worksheets[0]
        total = page.max_row or 1
        page.reset_dimensions()  # what a file claims about its size is not always true
        rows = page.iter_rows(values_only=True)
        header = [_as_text(value) for value in next(rows, ())]
        sheet = Sheet(header, iter(()))
        sheet.rows = _cells(sheet, rows, total)
        yield sheet
    finally:
        book.close()


def _cells(sheet: Sheet, rows: Iterator[tuple[object, ...]], total: int) -> Iterator[tuple[int, list[str]]]:
    for number, values in enumerate(rows, start=2):
        if number % 100 == 0:
            sheet.fraction = min(number / total, 1.0)
        if any(value is not None for value in values):
            yield number, [_as_text(value) for value in values]


def _as_text(value: object) -> str:
    """A cell as somebody would type it: 12.0 is "12", a moment is ISO 8601, nothing is ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
