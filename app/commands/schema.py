"""`tributary schema`: the contract in SDL, and whether the checked-in copy still says the same."""

from pathlib import Path

import click

from schema.access import as_markdown
from schema.build import build_schema

HERE = Path(__file__).parents[2]
SNAPSHOT = HERE / "schema" / "schema.graphql"
ACCESS = HERE / "docs" / "access.md"


@click.command()
@click.option("--write", is_flag=True, help="Write it to schema/schema.graphql, and docs/access.md.")
@click.option("--check", is_flag=True, help="Fail when either of them says something else.")
def command(write: bool, check: bool) -> None:
    """Print the API's contract."""
    schema = build_schema()
    sdl = schema.as_str() + "\n"
    said = {SNAPSHOT: sdl, ACCESS: as_markdown(schema)}
    if write:
        for path, text in said.items():
            path.write_text(text, encoding="utf-8")
    elif check:
        for path, text in said.items():
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                raise click.ClickException(f"{path.name} is not what the code says; run `make schema` and look at it")
    else:
        click.echo(sdl, nl=False)
