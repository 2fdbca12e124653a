"""`python -m bench all --json OUT`: how fast the mall is, against the limit.

Each row is ours and a comparator, measured alternately in one run. The data is built once in the home and cloned for
each part of a run. What the rows mean: docs/performance.md.
"""

import asyncio
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app import embedded
from app.settings import settings
from bench.books import findings
from bench.cores import Cores, on, shared_out
from bench.data.build import copied, dropped
from bench.data.sizes import QUICK, S
from bench.data.world import World, read_world
from bench.measured import CannotMeasure, Plan, Row
from bench.pages import NAMES
from bench.report import show, write_json, write_page, write_plot
from bench.rows.execution import rows_of_execution
from bench.rows.leads import rows_of_leads
from bench.rows.live_fanout import row_of_fanout
from bench.rows.live_latency import rows_of_latency
from bench.rows.live_memory import row_of_memory
from bench.rows.order import rows_of_order
from bench.rows.pages import COLD, rows_of_page, servers
from bench.rows.start import rows_of_start
from bench.stage import ENVIRONMENT, Database, Stage
from bench.trusted import SETTING, write_manifest

POSTGRES = {"track_commit_timestamp": "on", "shared_buffers": "256MB"}
SPARE_FILES = 500
BUSY = 0.5
"""From this load average on, the report says that the machine was not ours alone."""


@dataclass(frozen=True, slots=True)
class Run:
    """What every part is given."""

    stage: Stage
    postgres: Database
    world: World
    plan: Plan
    most_sockets: int

    def sockets(self, wanted: int, *, quick: int) -> int:
        """How many are opened: as many as wanted, and as the system lets one process open."""
        return min(self.most_sockets, quick if self.plan.quick else wanted)


def _pages(*names: str) -> Callable[[Run], list[Row]]:
    def rows(run: Run) -> list[Row]:
        found: list[Row] = []
        for cold in (False, True):
            if together := [name for name in names if (name == COLD) is cold]:
                with servers(run.stage, cold=cold) as both:
                    for name in together:
                        found += rows_of_page(name, run.stage, run.postgres, run.world, run.plan, both)
        return found

    return rows


PARTS: dict[str, Callable[[Run], list[Row]]] = {
    "start": lambda run: rows_of_start(run.stage, run.plan),
    "execution": lambda run: rows_of_execution(run.stage, run.plan),
    "pages": _pages(*NAMES, COLD),
    "catalog": _pages("catalog", COLD),
    "detail": _pages("detail"),
    "search": _pages("search.zh", "search.en"),
    "history": _pages("history"),
    "order": lambda run: rows_of_order(run.stage, run.world, run.plan),
    "live.memory": lambda run: [row_of_memory(run.stage, run.world, run.plan, run.sockets(2_000, quick=40))],
    "live.fanout": lambda run: [row_of_fanout(run.stage, run.world, run.plan, run.sockets(10_000, quick=96))],
    "live.latency": lambda run: rows_of_latency(
        run.stage, run.postgres, run.world, run.plan, run.sockets(5_000, quick=60)
    ),
    "leads": lambda run: rows_of_leads(run.stage, run.postgres, run.world, run.plan),
}
LIVE = ("live.memory", "live.fanout", "live.latency")
GROUPS = {"live": LIVE, "all": ("start", "execution", "pages", "order", *LIVE, "leads")}


@click.command()
@click.argument("what", type=click.Choice([*GROUPS, *PARTS]))
@click.option("--quick", is_flag=True, help="A smoke run on little data; its figures say nothing.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Where the rows are written.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Where the picture is written (SVG).")
@click.option(
    "--page",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A page of the documentation whose table of figures is replaced.",
)
@click.option("--rounds", type=click.IntRange(1, 100), help="Rounds of each row (5).")
@click.option("--seconds", type=click.FloatRange(0.5, 120), help="Seconds of each round (4).")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=".tributary/bench",
    show_default=True,
    help="Where the servers keep the data; it is used again.",
)
def main(
    what: str,
    quick: bool,
    out: Path | None,
    plot: Path | None,
    page: Path | None,
    rounds: int | None,
    seconds: float | None,
    home: Path,
) -> None:
    """Measure WHAT against its limit."""
    os.environ.update(ENVIRONMENT)
    console, cores, busy = _console(), shared_out(), os.getloadavg()[0]
    plan = Plan.of(quick=quick, rounds=rounds, seconds=seconds)
    most_sockets = _raise_file_limit() - SPARE_FILES
    rows: list[Row] = []
    failures: list[str] = []
    with ExitStack() as stack:
        manifest = Path(stack.enter_context(TemporaryDirectory())) / "documents.json"
        write_manifest(manifest)
        os.environ[SETTING] = str(manifest)
        settings.cache_clear()
        stack.enter_context(on(cores.database))
        server = stack.enter_context(embedded.start(home, POSTGRES))
        postgres = Database()
        stack.enter_context(on(cores.load))
        wanted = GROUPS.get(what, (what,))
        for together in [wanted] if quick else [(part,) for part in wanted]:
            with _fresh(server, cores, plan) as (stage, world):
                for part in together:
                    click.echo(f"Measuring {part}", err=True)
                    try:
                        rows += PARTS[part](Run(stage, postgres, world, plan, most_sockets))
                    except CannotMeasure as error:
                        failures.append(f"{part}: {error}")
                broken = asyncio.run(findings(stage.database_url))
                failures += [f"the audit after {', '.join(together)}: {finding}" for finding in broken]
    title = f"bench {what}: {cores}" + (" (quick: the figures say nothing)" if quick else "")
    if busy > BUSY:
        title += f"; the machine was not ours alone (load average {busy:.1f} before we began)"
    show(rows, title, console)
    if out is not None:
        write_json(rows, out)
    if plot is not None:
        write_plot(rows, title, plot)
    if page is not None:
        write_page(rows, title, page)
    if failures:
        raise click.ClickException("\n".join(failures))


@contextmanager
def _fresh(server: embedded.Servers, cores: Cores, plan: Plan) -> Iterator[tuple[Stage, World]]:
    """The data as it was built, whatever was measured before."""
    with Progress(
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        url = asyncio.run(copied(server.database_url, QUICK if plan.quick else S, bar))
    with ExitStack() as stack:
        stack.callback(lambda: asyncio.run(dropped(server.database_url, url)))
        kept = stack if plan.quick else None
        yield Stage(url, server.redis_url, cores, kept), asyncio.run(read_world(url))


def _console() -> Console:
    """As wide as the terminal; where there is none, as wide as the table."""
    console = Console()
    return console if console.is_terminal else Console(width=150)


def _raise_file_limit() -> int:
    """As many open files as this process may have; its children inherit them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        most = 65_536
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


if __name__ == "__main__":
    main()
