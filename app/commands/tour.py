"""`tributary tour`: the main job, step by step, against a running mall."""

import asyncio
import time
from datetime import UTC, datetime

import click
import httpx
from rich.console import Console

from app.demo import story
from app.settings import settings
from app.tour.client import Person, TourFailed
from app.tour.stage import Stage, leave
from app.tour.steps import STEPS

CAST = {
    "brand": "brand@huacai.example",
    "clerk": "clerk@huacai.example",
    "finance": "finance@huacai.example",
    "channel": "channel@huacai.example",
    "storeman": "warehouse@huacai.example",
    "dealer": "dealer@yuecai.example",
    "buyer": "buyer@yuecai.example",
    "phone": story.OWNER_BY_PHONE,
    "sibling": "dealer@zhemei.example",
    "sub": "sub@shunmei.example",
    "outlet": "outlet@chancheng.example",
}


@click.command()
@click.option("--url", default=lambda: f"http://{settings().host}:{settings().port}", help="Where the mall is.")
def command(url: str) -> None:
    """Play the main job as real clients over HTTP and WebSocket; a step whose effect is not seen fails the tour."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        asyncio.run(_play(url.rstrip("/"), console))
    except TourFailed as failed:
        console.print(f"   [red]✗ {failed}[/red]")
        raise SystemExit(1) from failed
    except (httpx.TransportError, OSError) as error:
        raise click.ClickException(f"{url} cannot be reached ({error}). Is `make demo` running?") from error


async def _play(url: str, console: Console) -> None:
    started = time.monotonic()
    async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http:
        entering = (Person.log_in(url, http, login, story.PASSWORD) for login in CAST.values())
        people = dict(zip(CAST, await asyncio.gather(*entering), strict=True))
        console.print(f"{len(people)} people of the story have logged in.\n")
        salt = settings().kuaidi100_salt.partition(",")[0].strip() or story.CARRIER_SALT
        stage = Stage(people, salt, datetime.now(UTC))
        try:
            for number, step in enumerate(STEPS, start=1):
                console.print(f"[bold]{number:>2}. {step.title}[/bold]")
                for line in (await step.play(stage)).splitlines():
                    console.print(f"    {line}", markup=False)
        finally:
            await leave(stage)
    console.print(f"\nThe whole main job, seen from outside, in {time.monotonic() - started:.1f} s.")
