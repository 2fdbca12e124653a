"""A paper as PDF: a head, boxes, a table whose heading stands on every page, totals, remarks and fields to sign.

Everything is broken into lines and spread over pages first, so that each page knows how many there are; then it is
drawn. Lengths are points, `y` is the distance from the page's lower edge.
"""

import io
from collections.abc import Sequence
from typing import Final

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from app.papers.paper import Align, Box, Paper
from app.papers.sheets import (
    FOOT,
    HEAD_GAP,
    LABEL,
    LEADING,
    LINE,
    MARGIN,
    PAD,
    TEXT,
    TITLE,
    Block,
    Measured,
    Row,
    spread,
)
from app.papers.typesetting import draw, faces, settled, width

SMALL: Final = 7.5
GREY: Final = 0.45


def as_pdf(paper: Paper) -> bytes:
    """The paper as a PDF file."""
    faces()
    written = io.BytesIO()
    paper = paper.changed(settled)
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
        self.measured = Measured(paper, size[0] - 2 * MARGIN, size[1] - 2 * MARGIN - FOOT)
        self.wide, self.high = size[0] - 2 * MARGIN, size[1]

    def all(self) -> None:
        """Every page."""
        sheets = spread(self.measured)
        for number, sheet in enumerate(sheets, 1):
            y = self.head(first=number == 1)
            if sheet.rows or number == 1:
                y = self.table(sheet.rows, y)
            for block in sheet.blocks:
                self.block(block, y)
                y -= block.height
            self.foot(number, len(sheets))
            self.canvas.showPage()

    def head(self, *, first: bool) -> float:
        """Title, facts and boxes; on further pages one line. Where the table begins."""
        paper, canvas, y = self.paper, self.canvas, self.high - MARGIN
        if not first:
            draw(canvas, MARGIN, y - TEXT, f"{paper.title}  {paper.subtitle}", TEXT, bold=True)
            return y - self.measured.head_height(first=False)
        draw(canvas, MARGIN, y - TITLE, paper.title, TITLE, bold=True)
        draw(canvas, MARGIN + self.wide - width(paper.subtitle, 11), y - TITLE, paper.subtitle, 11)
        y = self.facts(y - TITLE * LEADING - HEAD_GAP)
        boxes = self.measured.boxes
        each, high = self.wide / max(len(boxes), 1), self.measured.boxes_height() - 10
        for place, (box, lines) in enumerate(boxes):
            self.box(MARGIN + place * each, y, each - 6 if place < len(boxes) - 1 else each, high, box, lines)
        return y - self.measured.boxes_height()

    def facts(self, y: float) -> float:
        """Three beside each other, each as many lines as it needs. Where they end."""
        third = self.wide / 3
        for band in self.measured.facts:
            for place, (label, lines) in enumerate(band):
                x = MARGIN + place * third
                draw(self.canvas, x, y - LINE, label, SMALL)
                for number, text in enumerate(lines, 1):
                    draw(self.canvas, x + LABEL, y - number * LINE, text, TEXT)
            y -= max(len(lines) for _, lines in band) * LINE
        return y - HEAD_GAP

    def box(self, x: float, y: float, wide: float, high: float, box: Box, lines: Sequence[str]) -> None:
        """A frame with its title and lines; `y` is its upper edge."""
        self.canvas.setStrokeGray(GREY)
        self.canvas.setLineWidth(0.5)
        self.canvas.rect(x, y - high, wide, high)
        self.canvas.setStrokeGray(0)
        for place, text in enumerate([box.title, *lines], 1):
            draw(self.canvas, x + 4, y - PAD - place * LINE + 2, text, TEXT, bold=place == 1)

    def table(self, rows: Sequence[Row], y: float) -> float:
        """The heading and these rows. Where the table ends."""
        canvas, heading = self.canvas, self.measured.heading
        canvas.setFillGray(0.93)
        canvas.rect(MARGIN, y - heading.height, self.wide, heading.height, stroke=0, fill=1)
        canvas.setFillGray(0)
        for row in (heading, *rows):
            self.cells(row, y, bold=row is heading)
            y -= row.height
            canvas.setStrokeGray(GREY)
            canvas.setLineWidth(0.7 if row is heading else 0.25)
            canvas.line(MARGIN, y, MARGIN + self.wide, y)
        return y

    def cells(self, row: Row, y: float, *, bold: bool) -> None:
        self.canvas.setStrokeGray(0)
        x = MARGIN
        for lines, wide, heading in zip(row.cells, self.measured.widths, self.paper.headings, strict=True):
            for place, text in enumerate(lines, 1):
                at = x + _indent(text, wide, heading.align, bold)
                draw(self.canvas, at, y - PAD - place * LINE + 2.6, text, TEXT, bold=bold)
            x += wide

    def block(self, block: Block, y: float) -> None:
        """A total, lines of a remark, or the fields to sign; `y` is its upper edge."""
        right = MARGIN + self.wide
        self.canvas.setStrokeGray(0)
        for place, text in enumerate(block.lines, 1):
            line = y - block.above - place * LINE
            if block.kind == "total":
                if place == 1:
                    draw(self.canvas, MARGIN + self.wide * 0.4, line, block.label, TEXT, bold=block.strong)
                end = right - PAD - width(text, TEXT, block.strong)
                draw(self.canvas, end, line, text, TEXT, bold=block.strong)
            elif block.kind == "remark":
                draw(self.canvas, MARGIN + 4, line + 2, text, TEXT, bold=block.strong and place == 1)
        if block.kind == "signatures":
            self.signatures(y - block.height + 10)

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
