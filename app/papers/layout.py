"""A paper as PDF: a head, boxes, a table whose heading stands on every page, totals, remarks and fields to sign.

Rows are broken and spread over pages first, so that each page knows how many there are; then everything is drawn.
Lengths are points, `y` is the distance from the page's lower edge.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from app.papers.paper import Align, Box, Paper, Total
from app.papers.typesetting import broken, draw, faces, width

MARGIN: Final = 34.0
FOOT: Final = 26.0
TITLE, TEXT, SMALL = 16.0, 8.5, 7.5
LEADING: Final = 1.35
PAD: Final = 3.5
GREY: Final = 0.45


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table in lines, and how high it is."""

    cells: tuple[tuple[str, ...], ...]
    height: float


@dataclass(slots=True)
class Sheet:
    """One page's rows."""

    rows: list[Row] = field(default_factory=list)


def as_pdf(paper: Paper) -> bytes:
    """The paper as a PDF file."""
    faces()
    written = io.BytesIO()
    size = landscape(A4) if paper.landscape else A4
    canvas = Canvas(written, pagesize=size, pageCompression=1, lang=paper.language)
    canvas.setTitle(f"{paper.title} {paper.subtitle}")
    canvas.setAuthor(paper.author)
    canvas.setCreator("Tributary")
    Setting(canvas, paper, size).all()
    canvas.save()
    return written.getvalue()


class Setting:
    """Sets one paper on one canvas."""

    def __init__(self, canvas: Canvas, paper: Paper, size: tuple[float, float]) -> None:
        self.canvas, self.paper = canvas, paper
        self.wide, self.high = size[0] - 2 * MARGIN, size[1]
        whole = sum(one.share for one in paper.headings)
        self.widths = [one.share / whole * self.wide for one in paper.headings]
        self.heading = self.row(tuple(one.title for one in paper.headings), bold=True)
        self.boxes = [(box, self.box_lines(box, self.wide / max(len(paper.boxes), 1) - 12)) for box in paper.boxes]
        self.remarks = [(box, self.box_lines(box, self.wide - 8)) for box in paper.remarks]

    def all(self) -> None:
        """Every page."""
        sheets = self.sheets()
        for number, sheet in enumerate(sheets, 1):
            y = self.head(first=number == 1)
            y = self.table(sheet.rows, y)
            if number == len(sheets):
                self.end(y)
            self.foot(number, len(sheets))
            self.canvas.showPage()

    # --- what goes where --------------------------------------------------------------------------------------------

    def sheets(self) -> list[Sheet]:
        """The rows spread over pages. What comes after the table stays together, with a row where it can."""
        sheets, room = [Sheet()], self.room(first=True)
        for text in self.paper.rows:
            for row in self.cut(self.row(text), self.room(first=False)):
                if row.height > room and (sheets[-1].rows or len(sheets) == 1):
                    sheets.append(Sheet())
                    room = self.room(first=False)
                sheets[-1].rows.append(row)
                room -= row.height
        if self.end_height() > room:
            sheets.append(Sheet())
            if len(sheets[-2].rows) > 1:
                sheets[-1].rows.append(sheets[-2].rows.pop())
        return sheets

    def room(self, *, first: bool) -> float:
        """What rows may fill of a page."""
        return self.high - 2 * MARGIN - FOOT - self.head_height(first=first) - self.heading.height

    def row(self, text: Sequence[str], bold: bool = False) -> Row:
        """A row broken into lines."""
        cells = tuple(
            tuple(broken(one, TEXT, wide - 2 * PAD, bold)) for one, wide in zip(text, self.widths, strict=True)
        )
        return Row(cells, max(len(lines) for lines in cells) * TEXT * LEADING + 2 * PAD)

    def cut(self, row: Row, most: float) -> list[Row]:
        """The row, or parts of it where it is higher than a page."""
        if row.height <= most:
            return [row]
        lines = int((most - 2 * PAD) // (TEXT * LEADING))
        tallest = max(len(cell) for cell in row.cells)
        parts = [tuple(cell[at : at + lines] for cell in row.cells) for at in range(0, tallest, lines)]
        return [Row(cells, max(len(one) for one in cells) * TEXT * LEADING + 2 * PAD) for cells in parts]

    def box_lines(self, box: Box, room: float) -> list[str]:
        """A box's lines, broken."""
        return [line for text in box.lines for line in broken(text, TEXT, room)]

    def facts_height(self) -> float:
        return -(-len(self.paper.facts) // 3) * TEXT * LEADING + 8

    def boxes_height(self) -> float:
        return (max((len(lines) for _, lines in self.boxes), default=0) + 1) * TEXT * LEADING + 2 * PAD + 10

    def head_height(self, *, first: bool) -> float:
        whole = TITLE * LEADING + 8 + self.facts_height() + self.boxes_height()
        return whole if first else TEXT * LEADING + 10

    def end_height(self) -> float:
        totals = sum(self.total_height(one) for one in self.paper.totals)
        remarks = sum((len(lines) + 1) * TEXT * LEADING + 6 for _, lines in self.remarks)
        return 8 + totals + remarks + (58 if self.paper.signatures else 0)

    def total_height(self, total: Total) -> float:
        return len(broken(total.value, TEXT, self.wide * 0.45, total.strong)) * TEXT * LEADING + 2

    # --- drawing ----------------------------------------------------------------------------------------------------

    def head(self, *, first: bool) -> float:
        """Title, facts and boxes; on further pages one line. Where the table begins."""
        paper, canvas, y = self.paper, self.canvas, self.high - MARGIN
        if not first:
            draw(canvas, MARGIN, y - TEXT, f"{paper.title}  {paper.subtitle}", TEXT, bold=True)
            return y - self.head_height(first=False)
        draw(canvas, MARGIN, y - TITLE, paper.title, TITLE, bold=True)
        draw(canvas, MARGIN + self.wide - width(paper.subtitle, 11), y - TITLE, paper.subtitle, 11)
        y -= TITLE * LEADING + 8
        third = self.wide / 3
        for place, (label, value) in enumerate(paper.facts):
            x, line = MARGIN + place % 3 * third, y - (place // 3 + 1) * TEXT * LEADING
            draw(canvas, x, line, label, SMALL)
            draw(canvas, x + 66, line, broken(value, TEXT, third - 72)[0], TEXT)
        y -= self.facts_height()
        each, high = self.wide / max(len(self.boxes), 1), self.boxes_height() - 10
        for place, (box, lines) in enumerate(self.boxes):
            self.box(MARGIN + place * each, y, each - 6 if place < len(self.boxes) - 1 else each, high, box, lines)
        return y - self.boxes_height()

    def box(self, x: float, y: float, wide: float, high: float, box: Box, lines: Sequence[str]) -> None:
        """A frame with its title and lines; `y` is its upper edge."""
        self.canvas.setStrokeGray(GREY)
        self.canvas.setLineWidth(0.5)
        self.canvas.rect(x, y - high, wide, high)
        self.lines(x + 4, y - PAD, [box.title, *lines])

    def lines(self, x: float, y: float, texts: Sequence[str]) -> None:
        """Lines below each other, the first one bold."""
        self.canvas.setStrokeGray(0)
        for place, text in enumerate(texts, 1):
            draw(self.canvas, x, y - place * TEXT * LEADING + 2, text, TEXT, bold=place == 1)

    def table(self, rows: Sequence[Row], y: float) -> float:
        """The heading and these rows. Where the table ends."""
        canvas = self.canvas
        canvas.setFillGray(0.93)
        canvas.rect(MARGIN, y - self.heading.height, self.wide, self.heading.height, stroke=0, fill=1)
        canvas.setFillGray(0)
        for row in (self.heading, *rows):
            self.cells(row, y, bold=row is self.heading)
            y -= row.height
            canvas.setStrokeGray(GREY)
            canvas.setLineWidth(0.7 if row is self.heading else 0.25)
            canvas.line(MARGIN, y, MARGIN + self.wide, y)
        return y

    def cells(self, row: Row, y: float, *, bold: bool) -> None:
        self.canvas.setStrokeGray(0)
        x = MARGIN
        for lines, wide, heading in zip(row.cells, self.widths, self.paper.headings, strict=True):
            for place, text in enumerate(lines, 1):
                at = x + _indent(text, wide, heading.align, bold)
                draw(self.canvas, at, y - PAD - place * TEXT * LEADING + 2.6, text, TEXT, bold=bold)
            x += wide

    def end(self, y: float) -> None:
        """Totals, remarks and signatures."""
        right, y = MARGIN + self.wide, y - 8
        self.canvas.setStrokeGray(0)
        for total in self.paper.totals:
            for place, text in enumerate(broken(total.value, TEXT, self.wide * 0.45, total.strong)):
                line = y - (place + 1) * TEXT * LEADING
                if place == 0:
                    draw(self.canvas, MARGIN + self.wide * 0.4, line, total.label, TEXT, bold=total.strong)
                draw(self.canvas, right - PAD - width(text, TEXT, total.strong), line, text, TEXT, bold=total.strong)
            y -= self.total_height(total)
        for box, lines in self.remarks:
            self.lines(MARGIN + 4, y, [box.title, *lines])
            y -= (len(lines) + 1) * TEXT * LEADING + 6
        self.signatures(y - 40)

    def signatures(self, y: float) -> None:
        """Lines to sign on."""
        each = self.wide / max(len(self.paper.signatures), 1)
        for place, label in enumerate(self.paper.signatures):
            x = MARGIN + place * each
            draw(self.canvas, x, y, label, SMALL)
            self.canvas.setStrokeGray(0)
            self.canvas.setLineWidth(0.5)
            self.canvas.line(x + width(label, SMALL) + 4, y - 2, x + each - 12, y - 2)

    def foot(self, page: int, pages: int) -> None:
        """The footer and the number of the page."""
        draw(self.canvas, MARGIN, MARGIN, self.paper.footer, SMALL)
        number = self.paper.page_of.format(page=page, pages=pages)
        draw(self.canvas, MARGIN + self.wide - width(number, SMALL), MARGIN, number, SMALL)


def _indent(text: str, wide: float, align: Align, bold: bool) -> float:
    if align == "left":
        return PAD
    free = wide - width(text, TEXT, bold)
    return free - PAD if align == "right" else free / 2
