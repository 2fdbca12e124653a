"""What goes on which page: rows first, then what stands below the table. Nothing is cut off and nothing is left out.

Lengths are points.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from app.papers.paper import Box, Paper
from app.papers.typesetting import broken, has_face

MARGIN: Final = 34.0
FOOT: Final = 26.0
TITLE, TEXT = 16.0, 8.5
LEADING: Final = 1.35
LINE: Final = TEXT * LEADING
PAD: Final = 3.5
HEAD_GAP: Final = 8.0
LABEL: Final = 66.0
"""Room for the label of a fact."""
SIGNING: Final = 58.0


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table in lines, and how high it is."""

    cells: tuple[tuple[str, ...], ...]
    height: float


@dataclass(frozen=True, slots=True)
class Block:
    """What stands below the table and is not parted: a total, some lines of a remark, the fields to sign."""

    kind: Literal["total", "remark", "signatures"]
    lines: tuple[str, ...]
    height: float
    label: str = ""
    strong: bool = False
    above: float = 0.0


@dataclass(slots=True)
class Sheet:
    """One page's rows, and what stands below them."""

    rows: list[Row] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


class Measured:
    """A paper broken into lines for pages of a width, with so much of their height to fill."""

    def __init__(self, paper: Paper, wide: float, high: float) -> None:
        self.paper, self.wide, self.high = paper, wide, high
        whole = sum(one.share for one in paper.headings)
        self.widths = [one.share / whole * wide for one in paper.headings]
        self.heading = self.row(tuple(one.title for one in paper.headings), bold=True)
        self.facts = self._facts(wide / 3 - LABEL - 6)
        self.boxes = [(box, _lines(box, wide / max(len(paper.boxes), 1) - 12)) for box in paper.boxes]
        self.blocks = self._blocks()

    def row(self, text: Sequence[str], bold: bool = False) -> Row:
        """A row broken into lines."""
        cells = tuple(
            tuple(broken(one, TEXT, wide - 2 * PAD, bold)) for one, wide in zip(text, self.widths, strict=True)
        )
        return Row(cells, max(len(lines) for lines in cells) * LINE + 2 * PAD)

    def boxes_height(self) -> float:
        return (max((len(lines) for _, lines in self.boxes), default=0) + 1) * LINE + 2 * PAD + 10

    def head_height(self, *, first: bool) -> float:
        facts = sum(max(len(lines) for _, lines in band) for band in self.facts) * LINE + HEAD_GAP
        return TITLE * LEADING + HEAD_GAP + facts + self.boxes_height() if first else LINE + 10

    def room(self, *, first: bool) -> float:
        """What rows may fill of a page."""
        return self.high - self.head_height(first=first) - self.heading.height

    def _facts(self, room: float) -> list[list[tuple[str, list[str]]]]:
        facts = [(label, broken(value, TEXT, room)) for label, value in self.paper.facts]
        return [facts[at : at + 3] for at in range(0, len(facts), 3)]

    def _blocks(self) -> list[Block]:
        blocks = []
        for total in self.paper.totals:
            values = tuple(broken(total.value, TEXT, self.wide * 0.45, total.strong))
            blocks.append(Block("total", values, len(values) * LINE + 2, total.label, total.strong))
        for box in self.paper.remarks:
            title, *lines = [box.title, *_lines(box, self.wide - 8)]
            first, rest = lines[:1], lines[1:]
            blocks.append(Block("remark", (title, *first), (1 + len(first)) * LINE + 6, strong=True, above=6))
            blocks += [Block("remark", (line,), LINE) for line in rest]
        if codes := lacking(self.paper):
            said = self.paper.lacking.format(codes=", ".join(codes))
            blocks += [Block("remark", (line,), LINE) for line in broken(said, TEXT, self.wide - 8)]
        if self.paper.signatures:
            blocks.append(Block("signatures", (), SIGNING))
        if blocks:  # apart from the table
            blocks[0] = replace(blocks[0], height=blocks[0].height + 8, above=blocks[0].above + 8)
        return blocks


def spread(measured: Measured) -> list[Sheet]:
    """The rows over pages, and below them the rest: together with a row where one page holds it, else on as many pages
    as it needs."""
    sheets, room = [Sheet()], measured.room(first=True)
    most = measured.room(first=False)
    for text in measured.paper.rows:
        for row in _cut(measured.row(text), most):
            if row.height > room and (sheets[-1].rows or len(sheets) == 1):
                sheets.append(Sheet())
                room = most
            sheets[-1].rows.append(row)
            room -= row.height
    below = sum(block.height for block in measured.blocks)
    if below > room and below + (sheets[-1].rows[-1].height if sheets[-1].rows else 0) <= most:
        sheets.append(Sheet())
        room = most
        if len(sheets[-2].rows) > 1:
            sheets[-1].rows.append(sheets[-2].rows.pop())
            room -= sheets[-1].rows[-1].height
    for block in measured.blocks:
        if block.height > room and (sheets[-1].rows or sheets[-1].blocks or len(sheets) == 1):
            sheets.append(Sheet())
            room = most
        sheets[-1].blocks.append(block)
        room -= block.height
    return sheets


def lacking(paper: Paper) -> list[str]:
    """Which characters of the paper no face has, by their numbers: U+2CB4E. In the order in which they stand."""
    found: dict[str, None] = {}

    def look(text: str) -> str:
        found.update((one, None) for one in text if one != "\n" and not has_face(one))
        return text

    paper.changed(look)
    return [f"U+{ord(one):04X}" for one in found]


def _lines(box: Box, room: float) -> list[str]:
    return [line for text in box.lines for line in broken(text, TEXT, room)]


def _cut(row: Row, most: float) -> list[Row]:
    """The row, or parts of it where it is higher than a page."""
    if row.height <= most:
        return [row]
    lines = int((most - 2 * PAD) // LINE)
    tallest = max(len(cell) for cell in row.cells)
    parts = [tuple(cell[at : at + lines] for cell in row.cells) for at in range(0, tallest, lines)]
    return [Row(cells, max(len(one) for one in cells) * LINE + 2 * PAD) for cells in parts]
