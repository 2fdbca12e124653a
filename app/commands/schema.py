"""`tributary schema`: the contract in SDL, and whether the checked-in copy still says the same."""

from pathlib import Path

import click

from schema.build import build_schema

SNAPSHOT = Path(__file__).parents[2] / "schema" / "schema.graphql"


@click.command()
@click.option("--write", is_flag=True, help="Write it to schema/schema.graphql.")
@click.option("--check", is_flag=True, help="Fail when schema/schema.graphql says something else.")
def command(write: bool, check: bool) -> None:
    """Print the API's contract."""
    sdl = build_schema().as_str() + "\n"
    if write:
        SNAPSHOT.write_text(sdl, encoding="utf-8")
    elif check:
        if not SNAPSHOT.exists() or SNAPSHOT.read_text(encoding="utf-8") != sdl:
            raise click.ClickException(f"{SNAPSHOT.name} is not what the code says; run `make schema` and look at it")
    else:
        click.echo(sdl, nl=False)
