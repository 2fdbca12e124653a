"""A list as XLSX, written row by row with constant memory: what was written is on disk, not in the process.

Numbers are numbers, dates are dates; text is always text, also where it begins like a formula. A number of more than
fifteen digits, which a spreadsheet would round, is text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from app.kernel.money import EXPONENTS, Money
from app.kernel.wording import Said
from app.papers.lists.entry import Cell, Column, ExportList, Kind, Reader, Row

EXACT_DIGITS: Final = 15
LONGEST_TEXT: Final = 32_767
TRIGGERS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a text may begin with that a spreadsheet, or whoever reads an export of it, takes for a formula."""

_TOTAL: Final = Said("Total {per} ({rows} rows)", "合计 {per}（{rows} 行）")
_FORMATS: Final = {
    Kind.WHOLE: "0",
    Kind.PRICE: "#,##0.00##",
    Kind.PERCENT: "0.##%",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
}


@dataclass(slots=True)
class Sums:
    """What rows of one currency or unit come to."""

    rows: int
    by_column: dict[int, Decimal]


class Sheet:
    """One list being written to a file. The methods block; whoever has an event loop calls them in a thread."""

    def __init__(self, path: Path, listed: ExportList[Any], columns: Sequence[Column], reader: Reader) -> None:
        self._listed, self._columns, self._reader = listed, list(columns), reader
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False}
        )
        self._book.set_properties({"title": reader.say(listed.title), "author": "Tributary"})
        self._formats: dict[tuple[str, bool], Any] = {}
        self._guarded = self._book.add_format({"quote_prefix": True})
        self._page = self._book.add_worksheet(reader.say(listed.title))
        self._sums: dict[str, Sums] = {}
        self.rows = 0
        self._head()

    def __enter__(self) -> "Sheet":
        return self

    def __exit__(self, *why: object) -> None:
        """Without `close` before, what was written is left to whoever owns the folder."""
        self._page._opt_close()

    def add(self, rows: Iterable[Row]) -> None:
        """Write rows below the others."""
        for row in rows:
            sums = self._sums.setdefault(self._listed.per(row, self._reader), Sums(0, {}))
            sums.rows += 1
            for place, column in enumerate(self._columns):
                cell = column.of(row, self._reader)
                if cell is None:
                    continue
                self._write(self.rows + 1, place, cell, column.kind)
                if column.summed:
                    amount = cell.decimal if isinstance(cell, Money) else cell
                    assert isinstance(amount, Decimal)
                    sums.by_column[place] = sums.by_column.get(place, Decimal(0)) + amount
            self.rows += 1

    def close(self) -> None:
        """Write what it comes to, apart for each currency or unit, and finish the file."""
        below = self.rows
        for per, sums in sorted(self._sums.items()):
            below += 1
            label = self._reader.say(_TOTAL).format(per=per, rows=sums.rows)
            self._page.write_string(below, 0, " ".join(label.split()), self._format("", strong=True))
            for place, total in sums.by_column.items():
                kind = self._columns[place].kind
                cell = Money.parse(total, per) if kind is Kind.MONEY else total
                self._write(below, place, cell, kind, strong=True)
        if self.rows:
            self._page.autofilter(0, 0, self.rows, len(self._columns) - 1)
        self._book.close()

    def _head(self) -> None:
        head = self._book.add_format({"bold": True, "bg_color": "#EDEDED", "bottom": 1, "text_wrap": True})
        for place, column in enumerate(self._columns):
            self._page.set_column(place, place, column.width)
            self._page.write_string(0, place, self._reader.say(column.title), head)
        self._page.freeze_panes(1, 0)

    def _write(self, row: int, place: int, cell: Cell, kind: Kind, *, strong: bool = False) -> None:
        if isinstance(cell, str):
            self._page.write_string(row, place, *self._text(cell))
        elif isinstance(cell, datetime):
            self._page.write_datetime(row, place, cell, self._format(_FORMATS[Kind.MOMENT], strong=strong))
        elif isinstance(cell, date):
            self._page.write_datetime(row, place, cell, self._format(_FORMATS[Kind.DAY], strong=strong))
        else:
            number, shown = _number(cell, kind)
            if len(number.as_tuple().digits) > EXACT_DIGITS:
                self._page.write_string(row, place, f"{number:,f}", self._format("", strong=strong))
            else:
                self._page.write_number(row, place, number, self._format(shown, strong=strong))

    def _text(self, text: str) -> tuple[str, Any]:
        if len(text) > LONGEST_TEXT:
            text = f"{text[: LONGEST_TEXT - 1]}…"
        return text, self._guarded if text.startswith(TRIGGERS) else None

    def _format(self, shown: str, *, strong: bool) -> Any:
        found = self._formats.get((shown, strong))
        if found is None:
            said: dict[str, Any] = {"num_format": shown} if shown else {}
            if strong:
                said |= {"bold": True, "top": 1}
            found = self._formats[shown, strong] = self._book.add_format(said)
        return found


def _number(cell: Cell, kind: Kind) -> tuple[Decimal, str]:
    """A number and how it is shown: an amount with its currency's decimals, a quantity with those that it has."""
    if isinstance(cell, Money):
        exponent = EXPONENTS[cell.currency]
        return cell.decimal, f"#,##0.{'0' * exponent}" if exponent else "#,##0"
    assert isinstance(cell, int | Decimal)
    number = Decimal(cell)
    if number == number.to_integral_value():
        number = number.quantize(Decimal(1)) if abs(number) < 10**18 else number
    else:
        number = number.normalize()
    if kind is Kind.QUANTITY:
        return number, "#,##0" if number == number.to_integral_value() else "#,##0.0#####"
    return number, _FORMATS[kind]
