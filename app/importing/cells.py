"""What a cell means: numbers with thousands separators, dates, percent, yes and no, in the ways people write them.

Nothing is guessed: what could mean two things ("12,50", "01/02/2026") is refused with what would be clear.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NoReturn
from zoneinfo import ZoneInfo

from app.importing.columns import ATTRIBUTE
from app.importing.refusals import CellNotValid
from app.kernel.wording import EMPTY, Said, one_of, whole_number

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?[eE][+-]?[0-9]{1,3}")
_DATE = re.compile(
    r"(?P<y>[0-9]{4})\s*[-/.年]\s*(?P<m>[0-9]{1,2})\s*[-/.月]\s*(?P<d>[0-9]{1,2})\s*日?"
    r"(?:[T\s]+(?P<h>[0-9]{1,2}):(?P<min>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.0+)?)?)?"
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SPREADSHEET_ERROR = re.compile(r"#(?:N/A|VALUE!|REF!|DIV/0!|NUM!|NAME\?|NULL!|SPILL!|CALC!)")
_KEPT_AS_TEXT = re.compile(r'="(?P<text>[^"]*)"')
_FORMULA = re.compile(r"=|@\w+\(|[+\-@].*[|!]")
_YES = {"yes", "y", "true", "1", "是", "有", "√", "✓", "on"}
_NO = {"no", "n", "false", "0", "否", "无", "×", "✗", "off"}


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one row, by column name; a column that the file does not have reads as empty."""

    texts: Mapping[str, str]
    zone: ZoneInfo

    def has(self, column: str) -> bool:
        """True when the cell is there and not empty."""
        return bool(self.texts.get(column))

    def text(self, column: str) -> str:
        """The text, which must not be empty. CellNotValid for control characters, formulas, spreadsheet errors."""
        text = self._text(column)
        return (
            text
            if text
            else self._refuse(column, text, Said("empty: a value is needed here", "不为空的值"), negated=True)
        )

    def maybe(self, column: str) -> str | None:
        """The text, or None for an empty cell."""
        return self._text(column) or None

    def code(self, column: str) -> str:
        """A code, a barcode, a phone number: text that a spreadsheet may have spoilt into 6.9E+12."""
        return self._unspoilt(column, self.text(column))

    def maybe_code(self, column: str) -> str | None:
        """The same, or None for an empty cell."""
        text = self._text(column)
        return self._unspoilt(column, text) if text else None

    def number(self, column: str) -> Decimal:
        """A number: 1234.5 or 1,234.50; also 1.2E+3, as spreadsheets store it."""
        text = unicodedata.normalize("NFKC", self.text(column)).replace(" ", "")
        if _SCIENTIFIC.fullmatch(text):
            return Decimal(text)
        if len(text) > 60 or not _NUMBER.fullmatch(text):
            self._refuse(column, text, Said("a number such as 1234.50 or 1,234.50", "数字，例如 1234.50 或 1,234.50"))
        return Decimal(text.replace(",", ""))

    def maybe_number(self, column: str) -> Decimal | None:
        """The same, or None for an empty cell."""
        return self.number(column) if self.has(column) else None

    def whole(self, column: str, least: int, most: int) -> int | None:
        """A whole number within limits, or None for an empty cell."""
        if not self.has(column):
            return None
        number = self.number(column)
        if number != number.to_integral_value() or not least <= number <= most:
            self._refuse(column, self._text(column), whole_number(least, most))
        return int(number)

    def percent(self, column: str) -> int | None:
        """Basis points: "13%", "13" and a percent cell's 0.13 are all 1300. None for an empty cell."""
        if not self.has(column):
            return None
        text = unicodedata.normalize("NFKC", self.text(column)).replace(" ", "")
        expected = Said("a percentage such as 13 or 13%", "百分比，例如 13 或 13%")
        if not _NUMBER.fullmatch(text.removesuffix("%")) or len(text) > 20:
            self._refuse(column, text, expected)
        number = Decimal(text.removesuffix("%").replace(",", ""))
        points = number * 10_000 if number < 1 and not text.endswith("%") else number * 100
        if points != points.to_integral_value() or not 0 <= points <= 10_000:
            self._refuse(column, text, expected)
        return int(points)

    def flag(self, column: str, default: bool | None = None) -> bool | None:
        """Yes or no, 是 or 否; `default` for an empty cell."""
        text = self._text(column).casefold()
        if not text:
            return default
        if text not in _YES | _NO:
            self._refuse(column, text, Said("yes or no (是 or 否)", "是或否（yes 或 no）"))
        return text in _YES

    def moment(self, column: str) -> datetime | None:
        """A day or a moment, year first, in the network's time zone. None for an empty cell."""
        text = unicodedata.normalize("NFKC", self._text(column))
        if not text:
            return None
        found = _DATE.fullmatch(text)
        expected = Said(
            "a date such as 2026-03-31, or a moment such as 2026-03-31 08:30",
            "日期（例如 2026-03-31）或时间（例如 2026-03-31 08:30）",
        )
        if found is None:
            self._refuse(column, text, expected)
        parts = [int(found[name] or 0) for name in ("y", "m", "d", "h", "min", "s")]
        try:
            year, month, day, hour, minute, second = parts
            return datetime(year, month, day, hour, minute, second, tzinfo=self.zone)
        except ValueError:
            self._refuse(column, text, expected)

    def among(self, column: str, meanings: Mapping[str, str]) -> str | None:
        """What a word means; None for an empty cell. Refused words are answered with all that are understood."""
        text = self._text(column).casefold()
        if not text:
            return None
        if text not in meanings:
            self._refuse(column, text, one_of(*meanings))
        return meanings[text]

    def attributes(self) -> dict[str, str]:
        """The free columns that are not empty."""
        names = [name for name in self.texts if name.startswith(ATTRIBUTE)]
        return {name.removeprefix(ATTRIBUTE): text for name in names if (text := self._text(name))}

    def _text(self, column: str) -> str:
        text = self.texts.get(column, "")
        if kept := _KEPT_AS_TEXT.fullmatch(text):
            return kept["text"].strip()
        if _UNPRINTABLE.search(text):
            self._refuse(column, text, Said("text without control characters", "不含控制字符的文本"))
        if _SPREADSHEET_ERROR.fullmatch(text):
            self._refuse(
                column, text, Said("a value: the spreadsheet shows an error here", "有效的值（表格此处显示错误）")
            )
        if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
            self._refuse(column, text, Said("a value: this is a formula", "值（此处是公式）"))
        return text

    def _unspoilt(self, column: str, text: str) -> str:
        if _SCIENTIFIC.fullmatch(text):
            self._refuse(
                column,
                text,
                Said(
                    "a code: the spreadsheet has shortened it; format the column as text",
                    "完整的编码（表格已将其缩写，请将该列设为文本格式）",
                ),
            )
        return text

    def _refuse(self, column: str, value: str, expected: Said, *, negated: bool = False) -> NoReturn:
        raise CellNotValid(column=column, value=value if not negated else EMPTY, expected=expected)
