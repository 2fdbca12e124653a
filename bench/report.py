"""What comes out: a table for people, JSON for machines, a picture for the page about performance."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measured import Row
from bench.plot import drawn
from bench.promises import PROMISES, kept

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
MARKS: Mapping[bool | None, str] = {True: "[green]kept[/]", False: "[red]missed[/]", None: ""}


def show(rows: Sequence[Row], title: str, console: Console) -> None:
    """The table, with what else was seen below it. A unit that ends in (promise) is compared with what was promised."""
    table = Table(title=title, title_justify="left", caption_justify="left")
    for name in ("row", "ours", "comparator", "ratio", "range", "promise"):
        table.add_column(name, justify="left" if name in ("row", "promise") else "right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    for row in rows:
        table.add_row(
            row.name,
            _figure(row.ours),
            _figure(row.comparator),
            f"{row.ratio_median:.2f}",
            f"{row.ratio_min:.2f}-{row.ratio_max:.2f}",
            _promise(row),
            row.unit,
        )
    console.print(table)
    for row in rows:
        if row.note:
            console.print(f"[bold]{row.name}[/]: {row.note}", highlight=False)


def write_json(rows: Sequence[Row], path: Path) -> None:
    """Each row's name with its figures."""
    text = json.dumps({row.name: row.figures() for row in rows}, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def write_page(rows: Sequence[Row], title: str, path: Path) -> None:
    """Put the figures between the marks of a page. ValueError for a page without marks."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{path} has no place for figures: {BEGIN} … {END}")
    lines = [
        f"{title}.",
        "",
        "| row | ours | comparator | ratio | range | promised | unit |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for row in rows:
        cells = [
            f"`{row.name}`",
            _figure(row.ours),
            _figure(row.comparator),
            f"**{row.ratio_median:.2f}**",
            f"{row.ratio_min:.2f} to {row.ratio_max:.2f}",
            _promise(row, {True: "✓", False: "✗", None: ""}),
            row.unit,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", *(f"- `{row.name}`: {row.note}" for row in rows if row.note)]
    path.write_text("\n".join([before + begin, "", *lines, "", end + after]), encoding="utf-8")


def write_plot(rows: Sequence[Row], title: str, path: Path) -> None:
    """The ratios as a picture."""
    path.write_text(drawn(rows, title), encoding="utf-8")


def _promise(row: Row, marks: Mapping[bool | None, str] = MARKS) -> str:
    if row.name not in PROMISES:
        return ""
    sign = "≥" if row.better == "higher" else "≤"
    return f"{sign} {PROMISES[row.name]:g} {marks[kept(row)]}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
