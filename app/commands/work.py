"""`tributary work`: what happens later, under a supervisor."""

import asyncio
import logging
import sys

import click
import uvloop
from redis.exceptions import RedisError

from app.commands.servers import servers_at_hand
from app.supervise import Supervised, supervise
from workers.health import alive
from workers.main import work


@click.command()
@click.option("--unsupervised", is_flag=True, help="End with an error instead of starting again.")
@click.option("--check", is_flag=True, help="Say whether the worker of this machine is alive: exit 0, else 1.")
def command(unsupervised: bool, check: bool) -> None:
    """Deliver facts, react, expire and tidy, until SIGTERM or Ctrl-C. Any number of these may run."""
    with servers_at_hand(redis=True) as told:
        if check:
            sys.exit(asyncio.run(_check(told.redis_url)))
        if unsupervised:
            logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(work())
        else:
            supervise(
                [Supervised("worker", [sys.executable, "-P", "-m", "app.cli", "work", "--unsupervised"])], click.echo
            )


async def _check(redis_url: str) -> int:
    try:
        said = await alive(redis_url)
    except (RedisError, OSError) as error:
        click.echo(f"Redis does not answer: {error}", err=True)
        return 1
    if said is None:
        click.echo("No worker of this machine has been heard of for twenty seconds.", err=True)
        return 1
    click.echo(f"Alive: {said['complete']} jobs done, {said['failed']} failed, {said['running']} running.")
    return 0
