"""The ratios as a picture: one bar for each row on a logarithmic scale, its range as a line, its promise as a mark."""

from collections.abc import Sequence
from html import escape
from math import log10

from bench.measured import Row
from bench.promises import PROMISES, kept

FONT = 'font-family="sans-serif" font-size="12"'
LEFT, WIDTH, LINE, TOP = 190, 620, 26, 46
LEAST, MOST = 0.01, 30.0
TICKS = (0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 1.0, 3.0, 10.0, 30.0)
COLOURS = {True: "#2f7d4f", False: "#b4552d", None: "#6b7a8c"}


def drawn(rows: Sequence[Row], title: str) -> str:
    """An SVG. Green: the promise is kept; red: missed; grey: nothing was promised."""
    height = TOP + LINE * len(rows) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 170}" height="{height}" {FONT}>',
        f'<rect width="100%" height="100%" fill="#ffffff"/><text x="10" y="18" font-size="14">{escape(title)}</text>',
        *(_tick(value, height) for value in TICKS),
        *(_bar(row, TOP + LINE * place) for place, row in enumerate(rows)),
        "</svg>",
    ]
    return "\n".join([*parts, ""])


def _x(ratio: float) -> float:
    share = log10(min(max(ratio, LEAST), MOST) / LEAST) / log10(MOST / LEAST)
    return round(LEFT + share * WIDTH, 1)


def _tick(value: float, height: int) -> str:
    x, colour = _x(value), "#333333" if value == 1 else "#dddddd"
    return (
        f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{height - 24}" stroke="{colour}"/>'
        f'<text x="{x}" y="{height - 8}" text-anchor="middle" fill="#555555">{value:g}</text>'
    )


def _bar(row: Row, y: int) -> str:
    middle, colour = y + LINE / 2 - 3, COLOURS[kept(row)]
    start, end = sorted((_x(1.0), _x(row.ratio_median)))
    parts = [
        f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(row.name)}</text>',
        f'<rect x="{start}" y="{y + 3}" width="{max(end - start, 1):.1f}" height="{LINE - 12}" fill="{colour}"/>',
        f'<line x1="{_x(row.ratio_min)}" x2="{_x(row.ratio_max)}" y1="{middle}" y2="{middle}" stroke="#000000"/>',
        f'<text x="{LEFT + WIDTH + 12}" y="{middle + 4}">{row.ratio_median:.2f}{_better(row)}</text>',
    ]
    if row.name in PROMISES:
        x = _x(PROMISES[row.name])
        parts.append(f'<line x1="{x}" x2="{x}" y1="{y}" y2="{y + LINE - 6}" stroke="#1f4e9c" stroke-width="3"/>')
    return "".join(parts)


def _better(row: Row) -> str:
    return "" if row.better == "higher" else " (lower is better)"
