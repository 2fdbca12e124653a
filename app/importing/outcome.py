"""What became of each row, and the result file that says so."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

HEADER = ("row", "result", "column", "value", "message", "invitation_code")
SHOWN = 10
_OPENS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Result(StrEnum):
    """The end of a row."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row; `column`, `value` and `message` of a refused one say what is wrong and what would be
    valid."""

    result: Result
    column: str = ""
    value: str = ""
    message: str = ""
    invitation_code: str = ""


APPLIED = Outcome(Result.APPLIED)
UNCHANGED = Outcome(Result.UNCHANGED)


def refused(column: str, value: object, message: str) -> Outcome:
    """A row that did not apply."""
    return Outcome(Result.REFUSED, column, str(value), message)


@dataclass(slots=True)
class Summary:
    """How many rows ended how, and the first of the refused ones."""

    applied: int = 0
    unchanged: int = 0
    refused: int = 0
    first_refused: list[tuple[int, Outcome]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.applied + self.unchanged + self.refused

    def count(self, row: int, outcome: Outcome) -> None:
        """Take one more row into account."""
        match outcome.result:
            case Result.APPLIED:
                self.applied += 1
            case Result.UNCHANGED:
                self.unchanged += 1
            case Result.REFUSED:
                self.refused += 1
                if len(self.first_refused) < SHOWN:
                    self.first_refused.append((row, outcome))


class ResultFile:
    """A CSV beside the imported file, one line per row. Safe to open in a spreadsheet: nothing in it is a formula."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADER)

    def write(self, row: int, outcome: Outcome) -> None:
        """Add the line of one row."""
        said = (outcome.column, outcome.value, outcome.message, outcome.invitation_code)
        self._writer.writerow((row, outcome.result, *_harmless(said)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _harmless(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        kept = text.replace("\x00", "�")
        yield f"'{kept}" if kept.startswith(_OPENS_A_FORMULA) else kept
