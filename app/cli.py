"""`tributary`: every command of the mall. Each lives in its own module under `app.commands`, loaded when it is used."""

import importlib

import click

from app.database import UnsuitableServer
from app.embedded import EmbeddedError

COMMANDS = {
    "demo": "start the mall with a story to try",
    "serve": "answer the API",
    "work": "do what happens later: deliver facts, expire, react",
    "migrate": "bring the database up to date",
    "schema": "print the API's contract",
    "documents": "write the manifest of the documents that clients may ask for by hash",
    "audit": "recompute what must always hold, and name what does not",
    "reseal": "seal what leads say of people with the newest key",
    "import": "take products, relations, prices and stock from CSV or XLSX",
    "watch": "follow events in the terminal",
    "tour": "play the main job against a running mall, step by step",
}


class LazyCommands(click.Group):
    """Finds `tributary NAME` as `command` in `app.commands.NAME`, and imports only that."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        # `import` is a word of Python's, so that module cannot carry the command's name
        module = importlib.import_module(f"app.commands.{'import_files' if name == 'import' else name}")
        command: click.Command = module.command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (EmbeddedError, UnsuitableServer) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tributary")
def main() -> None:
    """Tributary, the open ordering mall for multi-level B2B channels."""


if __name__ == "__main__":
    main()
