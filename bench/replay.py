"""`python -m bench.replay FILE --url URL --concurrency N --json OUT`: real wholesale history, played on a running mall.

Everything goes over the public API: a network of its own is opened, every customer becomes a dealer with its own
prices, every invoice an order, every credit note a cancellation. At the end the mall's own pages of orders must come
to the file's value, to the penny. The mall must let anybody open a network, as `make demo` does.

Exit 0 when the values agree, every row is accounted for and at least 97 % of the rows with a positive price were
applied; else 1. The columns of FILE and what is skipped: docs/data.md.
"""

import asyncio
import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.wholesale.account import Account, read_back, settle
from bench.wholesale.client import Mall, Refused
from bench.wholesale.opening import open_mall, steps_to_open
from bench.wholesale.plan import Plan, plan
from bench.wholesale.play import Player
from bench.wholesale.rows import NotAHistory, read


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="The running mall.")
@click.option("--concurrency", type=click.IntRange(1, 256), default=8, show_default=True, help="Requests at a time.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Where the result is written.")
def main(file: Path, url: str, concurrency: int, out: Path | None) -> None:
    """Replay FILE, a CSV (also gzipped) of invoice lines, on the mall at URL."""
    try:
        account = asyncio.run(replay(plan(read(file)), url, concurrency))
    except (NotAHistory, Refused) as error:
        click.echo(f"The replay stopped: {error}", err=True)
        sys.exit(1)
    text = json.dumps(account.out, indent=2, ensure_ascii=False)
    click.echo(text)
    if out is not None:
        out.write_text(f"{text}\n", encoding="utf-8")
    sys.exit(1 if account.complaints else 0)


async def replay(made: Plan, url: str, concurrency: int) -> Account:
    """Open, play, read back, settle. Raises Refused where the mall cannot be set up or read."""
    async with Mall(url, concurrency) as mall:
        with _bar() as bar:
            opening = bar.add_task("Opening the mall", total=steps_to_open(made))
            opened = await open_mall(
                mall, made, secrets.token_hex(4), concurrency, lambda step: bar.advance(opening, step)
            )
            playing = bar.add_task("Playing the invoices", total=sum(map(len, made.steps.values())))
            player = Player(mall, opened, lambda step: bar.advance(playing, step))
            played = await player.play(made, concurrency)
            reading = bar.add_task("Reading the mall back", total=1)
            in_mall = await read_back(mall, opened)
            bar.advance(reading)
    return settle(made, played, in_mall)


@contextmanager
def _bar() -> Iterator[Progress]:
    with Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        yield bar


if __name__ == "__main__":
    main()
