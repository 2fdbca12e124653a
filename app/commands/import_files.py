"""`tributary import`: products, listings, relations, prices, stock and leads from CSV or XLSX."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app import database
from app.commands.servers import know_the_secrets, servers_at_hand
from app.importing.acting_for import find_place
from app.importing.kind import Kind
from app.importing.leads import Leads
from app.importing.listings import Listings
from app.importing.outcome import ResultFile, Summary
from app.importing.prices import Prices
from app.importing.products import Products
from app.importing.relations import Relations
from app.importing.stock import Stock
from app.importing.take_in import take_in
from app.kernel.refusal import Worded
from app.settings import Settings

KINDS: dict[str, type[Kind[Any]]] = {kind.name: kind for kind in (Products, Listings, Relations, Prices, Stock, Leads)}


def _columns() -> str:
    """Every kind with its columns, for `--help`."""
    lines = ["\b", "Columns (English / Chinese header; * must be there), in any order:"]
    for kind in KINDS.values():
        lines.append(f"  {kind.name}")
        lines += [f"    {column.shown()}" for column in kind.columns]
        if kind.has_attributes:
            lines.append("    attribute.<name> / 属性.<名称>")
    return "\n".join(lines)


@click.command(epilog=_columns())
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--network", help="Id or name of the network; not needed when there is one.")
@click.option("--seller", help="Id, registration code or name of the company that imports; by default the brand.")
@click.option("--as", "login", help="Login of the member in whose name rows are written; by default the first owner.")
@click.option("--sheet", help="Name of the sheet of a workbook; by default the first.")
@click.option("--encoding", help="Of a CSV; by default UTF-8, UTF-16 or GB18030 is recognised.")
@click.option("--result", type=click.Path(dir_okay=False, path_type=Path), help="By default FILE.result.csv.")
def command(
    kind: str,
    file: Path,
    network: str | None,
    seller: str | None,
    login: str | None,
    sheet: str | None,
    encoding: str | None,
    result: Path | None,
) -> None:
    """Take rows from a CSV or XLSX file. Each row applies whole or not; the same file again changes nothing.

    What became of each row is written beside the file. Exit 0 when no row was refused, 1 when some were, 2 when the
    file cannot be taken at all.
    """
    path = result or file.with_name(f"{file.name}.result.csv")
    try:
        with servers_at_hand() as told:
            know_the_secrets(told)
            summary = asyncio.run(_import(told, KINDS[kind], file, path, (network, seller, login), sheet, encoding))
    except Worded as error:
        click.echo(error.message(), err=True)
        sys.exit(2)
    _show(summary, path)
    sys.exit(1 if summary.refused else 0)


async def _import(
    told: Settings,
    kind: type[Kind[Any]],
    file: Path,
    path: Path,
    named: tuple[str | None, str | None, str | None],
    sheet: str | None,
    encoding: str | None,
) -> Summary:
    await database.connect(told.database_url, 2)
    try:
        place = await find_place(*named)
        with _progress() as bar, ResultFile(path) as result:
            task = bar.add_task(f"{kind.name} from {file.name}", total=1.0, rows=0)
            return await take_in(
                kind,
                file,
                place,
                result,
                sheet_name=sheet,
                encoding=encoding,
                tell=lambda fraction, summary: bar.update(task, completed=fraction, rows=summary.rows),
            )
    finally:
        await database.disconnect()


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]} rows"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _show(summary: Summary, path: Path) -> None:
    click.echo(
        f"{summary.rows} rows: {summary.applied} applied, {summary.unchanged} unchanged, {summary.refused} refused."
    )
    if summary.first_refused:
        table = Table("row", "column", "value", "why")
        for row, outcome in summary.first_refused:
            table.add_row(str(row), outcome.column, outcome.value, outcome.message)
        Console(markup=False).print(table)
    click.echo(f"Row by row: {path}")
