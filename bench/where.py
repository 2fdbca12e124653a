"""Where the API's processor time goes for a page: `python -m bench.where catalog` (`--quick`, `--home`).

The application runs in this process and is asked as its server would ask it, without a socket. A timer of the system
interrupts every millisecond of processor time used; what is on the stack then is counted, by part of the program and by
function. The database's time does not count: nobody runs meanwhile.
"""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import FrameType

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
from bench.load import Prepared
from bench.pages import NAMES, page
from bench.rows.pages import graphql
from bench.stage import ENVIRONMENT
from bench.trusted import SETTING, write_manifest

EVERY_S = 0.001
WARM = 100
ASKED = 1_000
SHOWN = 25

PARTS = (
    ("app/pricing", "prices: reading and resolving"),
    ("app/storefront", "offers: composing SQL, reading rows"),
    ("app/ordering", "orders: reading rows"),
    ("app/network", "session: token and viewer"),
    ("jwt/", "session: token and viewer"),
    ("app/kernel/page", "cursors"),
    ("asyncpg", "database driver"),
    ("app/database", "database driver"),
    ("schema/execution", "execution, ours"),
    ("graphql/", "execution, graphql-core"),
    ("strawberry", "Strawberry"),
    ("schema/documents", "documents"),
    ("schema/limits", "documents"),
    ("schema/endpoint", "endpoint: body and answer"),
    ("starlette", "endpoint: body and answer"),
    ("schema/", "objects of the schema"),
)
"""Part of a path -> part of the program; the innermost frame that is named here gets the sample."""


class Samples:
    """What was on the stack, every millisecond of processor time."""

    def __init__(self) -> None:
        self.parts: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()

    def take(self, _: int, frame: FrameType | None) -> None:
        part, where = "the rest", ""
        while frame is not None:
            name = frame.f_code.co_filename
            found = next((named for path, named in PARTS if path in name), None)
            if not where and (found or "site-packages" not in name):
                where = f"{'/'.join(Path(name).parts[-2:])} {frame.f_code.co_qualname}"
            if found is not None:
                part = found
                break
            frame = frame.f_back
        self.parts[part] += 1
        self.functions[where] += 1


async def ask(application: Starlette, one: Prepared) -> bytes:
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
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await application(scope, receive, send)
    return bytes(answer)


async def sampled(name: str, times: int) -> tuple[Samples, float]:
    """The samples of so many requests, and seconds of processor time for one."""
    world = await read_world(settings().database_url)
    requests = graphql(page(name, world))
    application, samples = create_application(settings()), Samples()
    async with application.router.lifespan_context(application):
        for number in range(WARM):
            said = orjson.loads(await ask(application, requests[number % len(requests)]))
            if "errors" in said:
                raise click.ClickException(str(said["errors"]))
        signal.signal(signal.SIGPROF, samples.take)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
        began = time.process_time()
        try:
            for number in range(times):
                await ask(application, requests[number % len(requests)])
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    return samples, (time.process_time() - began) / times


def show(name: str, samples: Samples, each_s: float, console: Console) -> None:
    """Shares and milliseconds, the largest first."""
    total = sum(samples.parts.values())
    for counter, title in ((samples.parts, "part"), (samples.functions, "function")):
        table = Table(title=f"{name}: {each_s * 1000:.2f} ms of processor time for one answer", title_justify="left")
        table.add_column(title, no_wrap=True)
        table.add_column("share", justify="right")
        table.add_column("ms", justify="right")
        for key, count in counter.most_common(SHOWN):
            table.add_row(key, f"{count / total:.1%}", f"{count / total * each_s * 1000:.3f}")
        console.print(table)


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.option("--quick", is_flag=True, help="On little data, and fewer requests.")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), default=".tributary/bench", show_default=True)
def main(name: str, quick: bool, home: Path) -> None:
    """Where the time of page NAME goes."""
    cores, manifest = shared_out(), home / "documents.json"
    home.mkdir(parents=True, exist_ok=True)
    write_manifest(manifest)
    os.environ.update({**ENVIRONMENT, SETTING: str(manifest)})
    with on(cores.database), embedded.start(home, POSTGRES) as server, on(cores.api), Progress(transient=True) as bar:
        url = asyncio.run(copied(server.database_url, QUICK if quick else S, bar))
        os.environ.update({"DATABASE_URL": url, "REDIS_URL": server.redis_url})
        settings.cache_clear()
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                samples, each_s = runner.run(sampled(name, ASKED // 10 if quick else ASKED))
        finally:
            with suppress(OSError):
                asyncio.run(dropped(server.database_url, url))
    show(name, samples, each_s, Console(width=120) if not sys.stdout.isatty() else Console())


if __name__ == "__main__":
    main()
