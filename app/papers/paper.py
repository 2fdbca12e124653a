"""What stands on a paper, as plain texts: the content is decided here and above, the layout only sets it."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Final, Literal

Align = Literal["left", "right", "center"]

# Between the press and the process that prints
LENGTH: Final = 4  # bytes in front of each message
PRINTED, FAILED = b"\x00", b"\x01"


@dataclass(frozen=True, slots=True)
class Box:
    """A titled block of lines, such as a party with its address."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the table. `share` is its part of the width; what is too long for it goes on in the next line."""

    title: str
    share: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Total:
    """A sum under the table; the one that counts is `strong`."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A document for print. `page_of` has places for `{page}` and `{pages}`, `lacking` for the `{codes}` of characters
    that the fonts do not have; `signatures` are filled in by hand."""

    title: str
    subtitle: str
    language: str
    author: str
    landscape: bool
    facts: tuple[tuple[str, str], ...]
    boxes: tuple[Box, ...]
    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[Total, ...]
    page_of: str
    footer: str
    lacking: str
    remarks: tuple[Box, ...] = ()
    signatures: tuple[str, ...] = field(default=())

    def changed(self, change: Callable[[str], str]) -> "Paper":
        """The paper with each of its texts changed."""
        paper: Paper = _changed(self, change)
        return paper


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_changed(one, change) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _changed(getattr(value, one.name), change) for one in fields(value)})
    return value
