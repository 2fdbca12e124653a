"""`tributary work`: what happens later, under a supervisor."""

import asyncio
import logging
import sys

import click
import uvloop

from app.commands.servers import servers_at_hand
from app.supervise import Supervised, supervise
from workers.main import work


@click.command()
@click.option("--unsupervised", is_flag=True, help="End with an error instead of starting again.")
def command(unsupervised: bool) -> None:
    """Deliver facts, react, expire and tidy, until SIGTERM or Ctrl-C. Any number of these may run."""
    with servers_at_hand(redis=True):
        if unsupervised:
            logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(work())
        else:
            supervise(
                [Supervised("worker", [sys.executable, "-P", "-m", "app.cli", "work", "--unsupervised"])], click.echo
            )
