"""`tributary demo`: servers, tables, a story, API and worker, in one command that leaves nothing running."""

import asyncio
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import httpx

from app import database, embedded, tables
from app.commands.servers import named_servers, point_at
from app.demo import story
from app.demo.seed import Login, seed
from app.kernel.sealed import new_key_ring
from app.settings import Settings, settings
from app.supervise import StopRequested, Supervised, supervise, with_signals

READY_SECONDS = 60.0


@click.command()
def command() -> None:
    """Start the mall with a story to try: PORT=8000, data in TRIBUTARY_HOME=.tributary, kept for the next time."""
    told = settings()
    if not _free(told.host, told.port):
        raise click.ClickException(f"Port {told.port} is taken. Choose another: PORT={told.port + 1} make demo")
    home = told.home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    with_signals()
    try:
        with _servers(told, home) as reached:
            _open_the_mall(home)
            logins = asyncio.run(_prepare(reached))
            _run(home, reached, logins)
    except StopRequested:
        pass
    click.echo("Stopped.")


@contextmanager
def _servers(told: Settings, home: Path) -> Iterator[Settings]:
    """The servers named in the environment, or embedded ones that live as long as we do."""
    named = named_servers(redis=True)
    if named is not None:
        yield named
        return
    click.echo(f"Starting PostgreSQL and Valkey in {told.home}")
    with embedded.start(home) as servers:
        yield point_at(servers)


def _open_the_mall(home: Path) -> None:
    """The demo's own choices, where the environment says nothing: anybody may come in and look around."""
    choices = {
        "SECRET_KEY": _made_once(home / "secret", lambda: secrets.token_urlsafe(48)),
        "CONTACT_KEYS": _made_once(home / "contact-keys", new_key_ring),
        "KUAIDI100_SALT": story.CARRIER_SALT,
        "REGISTRATION": "open",
        "INTROSPECTION": "true",
        "GRAPHIQL": "true",
    }
    for name, value in choices.items():
        os.environ.setdefault(f"TRIBUTARY_{name}", value)
    settings.cache_clear()


def _made_once(file: Path, make: Callable[[], str]) -> str:
    """A secret of this home's own, such as the key that signs access tokens: made once, readable by its owner only."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(make())
    return file.read_text()


async def _prepare(reached: Settings) -> list[Login]:
    await tables.migrate(reached.migration_url, lambda name: click.echo(f"Migrated {name}"))
    await database.connect(reached.database_url, reached.pool_size)
    try:
        click.echo("Telling the story")
        return await seed()
    finally:
        await database.disconnect()


def _run(home: Path, reached: Settings, logins: list[Login]) -> None:
    api = Supervised("API", [sys.executable, "-P", "-m", "app.cli", "serve"], home / "api.log")
    worker = Supervised(
        "worker", [sys.executable, "-P", "-m", "app.cli", "work", "--unsupervised"], home / "worker.log"
    )
    try:
        api.start()
        worker.start()
        url = f"http://{reached.host}:{reached.port}"
        _wait_until_ready(api, url)
        click.echo(f"\nTributary is ready at {url}\n")
        click.echo(f"GraphiQL with ready queries: {url}/graphql")
        click.echo("Logins:")
        for login in logins:
            click.echo(f"  {login}")
        click.echo(f"\nSee it work: .venv/bin/tributary tour --url {url}\nLogs are in {home}. Stop with Ctrl-C.")
    except BaseException:
        api.let_go()
        worker.let_go()
        api.stop()
        worker.stop()
        raise
    supervise([api, worker], click.echo, wanted=home.exists)  # who deletes the home is done with the demo


def _wait_until_ready(api: Supervised, url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    with httpx.Client(base_url=url, timeout=2, trust_env=False) as client:
        while time.monotonic() < deadline and api.exit_code is None:
            try:
                if client.get("/health/ready").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
    assert api.log is not None
    tail = "\n".join(api.log.read_text(errors="replace").splitlines()[-15:])
    raise click.ClickException(f"The API did not start; its log is {api.log}:\n{tail}")


def _free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
