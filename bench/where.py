"""Where the API's processor time goes: `python -m bench.where catalog`, or another page, or `live.fanout`.

For a page the application runs in this process and is asked as its server would ask it, without a socket (`--limit`:
the bare handlers instead). For live delivery it is the API's process. The database's time does not count.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import orjson
import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from starlette.applications import Starlette
from starlette.types import Message

from app import embedded
from app.asgi import create_application
from app.settings import settings
from bench.__main__ import POSTGRES
from bench.cores import on, shared_out
from bench.data.build import copied, dropped
from bench.data.sizes import QUICK, S
from bench.data.world import read_world
from bench.limits.bare import application as bare_application
from bench.load import Prepared
from bench.pages import NAMES, page
from bench.rows.live_fanout import COMPANIES, teller
from bench.rows.pages import bare, graphql
from bench.rows.subscribers import PATIENCE_S, PROTOCOL, heard_by_all, subscribers
from bench.sampling import Samples
from bench.sockets import crowd
from bench.stage import ENVIRONMENT, Stage
from bench.trusted import SETTING, write_manifest

WARM = 100
ASKED = 1_000
SHOWN = 25
PUBLICATIONS = 3
FANOUT = "live.fanout"


async def ask(application: Starlette, path: str, one: Prepared) -> bytes:
    """One request, as a server puts it."""
    answer = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": one.body.encode(), "more_body": False}

    async def send(message: Message) -> None:
        answer.extend(message.get("body", b""))

    headers = {
        "host": "127.0.0.1",
        "content-type": "application/json",
        "accept": "application/json",
        "authorization": f"Bearer {one.token}",
        "content-length": str(len(one.body.encode())),
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await application(scope, receive, send)
    return bytes(answer)


async def sampled(name: str, times: int, *, limit: bool) -> Samples:
    """The samples of so many requests."""
    asked, samples = page(name, await read_world(settings().database_url)), Samples()
    application: Starlette = bare_application if limit else create_application(settings())
    path, requests = (f"/{name}", bare(asked)) if limit else ("/graphql", graphql(asked))
    async with application.router.lifespan_context(application):
        for number in range(WARM):
            said = orjson.loads(await ask(application, path, requests[number % len(requests)]))
            if "errors" in said:
                raise click.ClickException(str(said["errors"]))
        samples.start()
        try:
            for number in range(times):
                await ask(application, path, requests[number % len(requests)])
        finally:
            samples.stop()
    return samples


def sampled_fanout(stage: Stage, sockets: int, times: int) -> Samples:
    """The samples of the API while it tells so many sockets of one publication, so many times."""
    world = asyncio.run(read_world(stage.database_url))
    companies = min(COMPANIES, len(world.buyers))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "samples.json"
        with (
            stage.sampled_api(path) as api,
            stage.worker(),
            crowd(stage.cores.load) as people,
            teller(stage, world, companies) as telling,
        ):
            people.open(api.port, subscribers(world, sockets, companies), PROTOCOL)
            heard_by_all(people, sockets, telling.tell)
            api.process.send_signal(signal.SIGUSR1)
            for _ in range(times):
                heard_by_all(people, sockets, telling.tell)
            api.process.send_signal(signal.SIGUSR2)
            deadline = time.monotonic() + PATIENCE_S
            while not path.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
        return Samples.read(path)


def show(name: str, samples: Samples, times: int, console: Console) -> None:
    """Shares and milliseconds, the largest first."""
    total, each_s = sum(samples.parts.values()), samples.spent_s / times
    unit = "socket told" if name == FANOUT else "answer"
    console.print(f"{name}: {each_s * 1000:.2f} ms of processor time for one {unit}", highlight=False)
    for counter, title in ((samples.parts, "part"), (samples.functions, "function")):
        table = Table()
        table.add_column(title, no_wrap=True)
        table.add_column("share", justify="right")
        table.add_column("ms", justify="right")
        for key, count in counter.most_common(SHOWN):
            table.add_row(key, f"{count / total:.1%}", f"{count / total * each_s * 1000:.3f}")
        console.print(table)


@click.command()
@click.argument("name", type=click.Choice([*NAMES, FANOUT]))
@click.option("--limit", is_flag=True, help="Of the bare handler instead of the mall.")
@click.option("--quick", is_flag=True, help="On little data, and fewer requests.")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), default=".tributary/bench", show_default=True)
def main(name: str, limit: bool, quick: bool, home: Path) -> None:
    """Where the time of page NAME goes."""
    cores, manifest = shared_out(), home / "documents.json"
    home.mkdir(parents=True, exist_ok=True)
    write_manifest(manifest)
    os.environ.update({**ENVIRONMENT, SETTING: str(manifest)})
    times, sockets = (ASKED // 10, 96) if quick else (ASKED, 2_000)
    with on(cores.database), embedded.start(home, POSTGRES) as server, on(cores.load), Progress(transient=True) as bar:
        url = asyncio.run(copied(server.database_url, QUICK if quick else S, bar))
        os.environ.update({"DATABASE_URL": url, "REDIS_URL": server.redis_url})
        settings.cache_clear()
        try:
            if name == FANOUT:
                samples = sampled_fanout(Stage(url, server.redis_url, cores), sockets, PUBLICATIONS)
                times = sockets * PUBLICATIONS
            else:
                with on(cores.api), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    samples = runner.run(sampled(name, times, limit=limit))
        finally:
            asyncio.run(dropped(server.database_url, url))
    console = Console() if sys.stdout.isatty() else Console(width=120)
    show(f"{name}, bare" if limit else name, samples, times, console)


if __name__ == "__main__":
    main()
