"""What the order desk's lists cost at a million orders: `python -m bench.worklist --json OUT`.

Every way of looking is asked of the API by two clients at once, again as soon as they are answered: pages of 50 in each
order, the first and those behind it, and counts. A row is the 99th percentile beside the limit of 100 ms.
"""

import asyncio
import json
import os
import random
import urllib.request
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from app import embedded
from app.settings import settings
from bench import load
from bench.__main__ import BUSY, POSTGRES
from bench.cores import on, shared_out
from bench.desk.asked import LISTS, filter_of
from bench.desk.orders import clerk_token, filled
from bench.load import Load, Prepared
from bench.measured import Row
from bench.pages import document
from bench.report import show, write_json
from bench.stage import ENVIRONMENT, LOCAL, Database, Running, Stage

LIMIT_MS = 100.0
CLIENTS = 2
WARM_S = 0.4
DIFFERENT = 6
"""Filters of a list that are asked for, each in every order."""
DEEP = 3
"""Pages of each that are asked for, one behind the other."""
BEGIN, END = "<!-- worklists -->", "<!-- end of worklists -->"


def rows_of(name: str, api: Running, postgres: Database, stage: Stage, seconds: float) -> list[Row]:
    """The pages of a list, and its counts."""
    token = clerk_token()
    rows = []
    for what, requests in (("pages", _pages(name, api, token)), ("counts", _counts(name, token))):
        field = "worklist" if what == "pages" else "worklistCounts"
        asked = Load(api.port, "/graphql", requests, f'"{field}"', CLIENTS, WARM_S, seconds)
        api_s, postgres_s = api.cpu_s, postgres.cpu_s
        seen = load.run(asked, stage.cores.load)
        api_ms, postgres_ms = (
            (now - before) / seen.sent * 1000 for now, before in ((api.cpu_s, api_s), (postgres.cpu_s, postgres_s))
        )
        note = (
            f"p50 {seen.p50_ms:.0f} ms of {seen.answers} answers; processor for one: API {api_ms:.1f} ms, "
            f"PostgreSQL {postgres_ms:.1f} ms"
        )
        unit = f"ms at p99, {CLIENTS} clients (promise)"
        rows.append(Row.of(f"worklist.{what}: {name}", [seen.p99_ms], [LIMIT_MS], unit, better="lower", note=note))
    return rows


def _pages(name: str, api: Running, token: str) -> list[Prepared]:
    """Requests in an order of chance; where the pages behind the first begin, the API has said."""
    found = []
    for _ in range(DIFFERENT):
        wanted = filter_of(name)
        for sort in ("NEWEST", "OLDEST", "LARGEST"):
            after: str | None = None
            for _ in range(DEEP):
                one = _prepared("worklist", token, filter=wanted, sort=sort, after=after)
                found.append(one)
                info = _answer(api, one)["backoffice"]["worklist"]["pageInfo"]
                if not info["hasNextPage"]:
                    break
                after = info["endCursor"]
    random.shuffle(found)
    return found


def _counts(name: str, token: str) -> list[Prepared]:
    return [_prepared("worklist_counts", token, filter=filter_of(name)) for _ in range(5 * DIFFERENT)]


def _prepared(name: str, token: str, **variables: Any) -> Prepared:
    return Prepared(token, json.dumps({"query": document(name), "variables": variables}))


def _answer(api: Running, one: Prepared) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{api.port}/graphql",
        one.body.encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {one.token}"},
    )
    with LOCAL.open(request, timeout=load.GIVE_UP_S) as answer:
        said = json.load(answer)
    if "errors" in said:
        raise load.LoadFailed(f"{said['errors']} to {one.body}")
    return said["data"]


def worst(rows: list[Row]) -> list[Row]:
    """Pages and counts as a whole: the slowest list of each."""
    found = []
    for what in ("pages", "counts"):
        slowest = max((row for row in rows if row.name.startswith(f"worklist.{what}:")), key=lambda row: row.ours)
        list_ = slowest.name.partition(": ")[2]
        found.append(
            Row.of(
                f"worklist.{what}_p99",
                [slowest.ours],
                [LIMIT_MS],
                slowest.unit,
                better="lower",
                note=f"the slowest of {len(rows) // 2} lists: {list_}, {slowest.note}",
            )
        )
    return found


def lines(rows: list[Row]) -> list[str]:
    """The table for the page of the documentation."""
    by_list: dict[str, dict[str, Row]] = {}
    for row in rows:
        what, _, name = row.name.removeprefix("worklist.").partition(": ")
        by_list.setdefault(name, {})[what] = row
    heads = [f"{what}, {of}" for what in ("page", "counts") for of in ("p50", "p99", "processor")]
    table = [f"| what is asked for | {' | '.join(heads)} |", f"|---|{'--:|' * len(heads)}"]
    for name, both in by_list.items():
        cells = [cell for what in ("pages", "counts") for cell in _cells(both[what])]
        table.append(f"| {name} | {' | '.join(cells)} |")
    return table


def _cells(row: Row) -> list[str]:
    words = row.note.split()
    api, postgres = (float(words[words.index(of) + 1]) for of in ("API", "PostgreSQL"))
    return [f"{words[1]} ms", f"**{row.ours:.0f} ms**", f"{api + postgres:.0f} ms"]


@click.command()
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Where the rows are written.")
@click.option(
    "--page", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Whose table of lists is replaced."
)
@click.option("--only", multiple=True, type=click.Choice(LISTS), help="These lists, not all.")
@click.option("--seconds", type=click.FloatRange(0.2, 60), default=2.0, show_default=True, help="For each row.")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), default=".tributary/bench", show_default=True)
def main(out: Path | None, page: Path | None, only: tuple[str, ...], seconds: float, home: Path) -> None:
    """Measure every list and its counts."""
    os.environ.update({**ENVIRONMENT, "TRIBUTARY_OPERATIONS_PER_SECOND": "10000"})  # one clerk stands for many
    settings.cache_clear()
    cores, rows, busy = shared_out(), [], os.getloadavg()[0]
    with on(cores.database), embedded.start(home, POSTGRES) as server, on(cores.load):
        stage = Stage(asyncio.run(filled(server.database_url)), server.redis_url, cores)
        postgres = Database()
        with stage.api() as api:
            for name in only or LISTS:
                rows += rows_of(name, api, postgres, stage, seconds)
                click.echo(f"{name}: {' / '.join(f'{row.ours:.0f}' for row in rows[-2:])} ms", err=True)
    title = f"bench.worklist: {cores}"
    if busy > BUSY:
        title += f"; the machine was not ours alone (load average {busy:.1f} before we began)"
    show([*rows, *worst(rows)], title, Console(width=150))
    if out is not None:
        write_json([*rows, *worst(rows)], out)
    if page is not None:
        before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        _, end, after = rest.partition(END)
        if not end:
            raise click.ClickException(f"{page} has no place for it: {BEGIN} … {END}")
        page.write_text(
            "\n".join([before + begin, "", f"{title}.", "", *lines(rows), "", end + after]), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
