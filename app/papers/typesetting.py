"""Setting text: three faces, which of them has a character, how wide a text is, and where it may be broken.

Latin is set in Noto Sans, what it lacks in Droid Sans Fallback (Chinese) and then in DejaVu Sans (signs: ≥ ① ★ →). They
are shipped beside this file and embedded as subsets that say which character each glyph is, so that what is printed can
be searched and copied.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONTS: Final = Path(__file__).parent / "fonts"
REGULAR, BOLD, HAN, SIGNS = "NotoSans-Regular", "NotoSans-Bold", "DroidSansFallbackFull", "DejaVuSans"
MISSING: Final = "〓"
"""Stands for a character that no face has (下駄, as Chinese and Japanese typesetters put it)."""
UNSEEN: Final = ("Cc", "Cf")
NO_BREAK_BEFORE: Final = frozenset("，。、；：！？）】》」”’…,.;:!?)]}%")
NO_BREAK_AFTER: Final = frozenset("（【《「“‘([{¥$")


@lru_cache(maxsize=1)
def faces() -> dict[str, TTFont]:
    """The faces, read and registered once per process: half a second."""
    found = {name: TTFont(name, str(FONTS / f"{name}.ttf")) for name in (REGULAR, BOLD, HAN, SIGNS)}
    for face in found.values():
        pdfmetrics.registerFont(face)
    return found


@lru_cache(maxsize=20_000)
def set_in(character: str, bold: bool) -> tuple[str, str, float]:
    """The face that has the character, the character or what stands in for it, and its width in thousandths."""
    known = faces()
    for shown in (character, MISSING):
        for name in (BOLD if bold else REGULAR, HAN, SIGNS):
            face = known[name].face
            if ord(shown) in face.charToGlyph:
                return name, shown, float(face.charWidths.get(ord(shown), face.defaultWidth))
    raise LookupError("the fallback face lacks the sign for what is missing")


def has_face(character: str) -> bool:
    """A face has it."""
    return set_in(character, False)[1] == character


def settled(text: str) -> str:
    """The text as it can be set, its line ends kept: composed, without what nobody sees (controls, joiners, choices of
    a variant), and with characters that no face has in their plain form where they have one (⑳ is 20)."""
    return "\n".join("".join(map(_settled, unicodedata.normalize("NFC", line))) for line in text.splitlines())


@lru_cache(maxsize=20_000)
def _settled(one: str) -> str:
    if one == "\t":
        return " "
    if unicodedata.category(one) in UNSEEN or "\ufe00" <= one <= "\ufe0f" or "\U000e0100" <= one <= "\U000e01ef":
        return ""
    plain = one if has_face(one) else unicodedata.normalize("NFKC", one)
    return plain if all(map(has_face, plain)) else one


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide a line is, in points."""
    return sum(set_in(one, bold)[2] for one in text) * size / 1000


def broken(text: str, size: float, room: float, bold: bool = False) -> list[str]:
    """The text in lines of at most `room` points: at line ends of its own, between words, and between Han characters
    but for punctuation; a word that is wider than a line is cut."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line, wide = "", 0.0
        for piece in _pieces(paragraph):
            for part in _cut(piece, size, room, bold):
                more = width(part, size, bold)
                if line and wide + width(part.rstrip(), size, bold) > room:
                    lines.append(line.rstrip())
                    line, wide = "", 0.0
                    part = part.lstrip()
                    more = width(part, size, bold)
                line, wide = line + part, wide + more
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> Iterator[str]:
    """What stays together on a line: words with the space behind them, and single Han characters."""
    piece = ""
    for one in text:
        apart = piece and _may_break(piece[-1], one)
        if apart:
            yield piece
            piece = ""
        piece += one
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if after in NO_BREAK_BEFORE or before in NO_BREAK_AFTER or after == " ":
        return False
    return before in " -/" or _is_wide(before) or _is_wide(after)


def _is_wide(one: str) -> bool:
    return one >= "⺀"


def _cut(piece: str, size: float, room: float, bold: bool) -> Iterator[str]:
    while width(piece.rstrip(), size, bold) > room and len(piece) > 1:
        fits = 1
        while fits < len(piece) and width(piece[: fits + 1], size, bold) <= room:
            fits += 1
        yield piece[:fits]
        piece = piece[fits:]
    yield piece


def draw(canvas: Canvas, x: float, y: float, text: str, size: float, *, bold: bool = False) -> None:
    """One line with its baseline at (x, y), as one text object. Han characters are made bold by their outline."""
    if not text:
        return
    line = canvas.beginText(x, y)
    for name, run in _runs(text, bold):
        line.setFont(name, size)
        line.setTextRenderMode(2 if bold and name in (HAN, SIGNS) else 0)
        line.textOut(run)
    line.setTextRenderMode(0)
    canvas.setLineWidth(size / 70)
    canvas.drawText(line)


def _runs(text: str, bold: bool) -> Iterator[tuple[str, str]]:
    run, face = "", ""
    for one in text:
        name, shown, _ = set_in(one, bold)
        if name != face and run:
            yield face, run
            run = ""
        run, face = run + shown, name
    if run:
        yield face, run
