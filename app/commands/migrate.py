"""`tributary migrate`: the database, brought up to the newest migration."""

import asyncio

import click

from app import tables
from app.commands.servers import servers_at_hand


@click.command()
@click.option("--check", is_flag=True, help="Ask no server: say whether the models need a migration that is missing.")
def command(check: bool) -> None:
    """Bring the database up to date; safe to run any number of times, also at once."""
    if check:
        missing = asyncio.run(tables.missing_migrations())
        if missing:
            raise click.ClickException(f"the models need migrations, run `make migrations`: {'; '.join(missing)}")
        return
    with servers_at_hand() as told:
        asyncio.run(tables.migrate(told.migration_url, lambda name: click.echo(f"migrated {name}")))
    click.echo("The database is up to date.")
