"""`tributary documents`: the manifest of the documents that clients may ask for by their hash."""

from pathlib import Path

import click
from graphql import OperationDefinitionNode

from app.settings import settings
from schema.build import build_schema
from schema.limits import Limits
from schema.trusted import hash_of, manifest


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there instead of printing it.")
def command(files: tuple[Path, ...], out: Path | None) -> None:
    """Check documents against the schema and its limits, and print their manifest.

    One document per file; its hash is what sha256sum says of the file. Name the manifest in TRIBUTARY_TRUSTED_MANIFEST.
    """
    told = settings()
    limits = Limits(depth=told.max_depth, aliases=told.max_aliases, cost=told.max_cost)
    schema = build_schema(limits=limits, introspection=told.introspection)
    entries: dict[str, dict[str, str]] = {}
    mistakes: list[str] = []
    for path in files:
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            mistakes.append(f"{path}: not UTF-8")
            continue
        prepared = schema.documents.prepare(schema._schema, text)
        mistakes += (f"{path}: {one.message}" for one in prepared.errors)
        definitions = prepared.document.definitions if prepared.document else ()
        operations = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
        if not prepared.errors and not operations:
            mistakes.append(f"{path}: holds no operation")
        entries[hash_of(text)] = {
            "id": hash_of(text),
            "name": " ".join(one.name.value for one in operations if one.name),
            "type": operations[0].operation.value if operations else "",
            "body": text,
        }
    if mistakes:
        raise click.ClickException("\n".join(mistakes))
    written = manifest(list(entries.values()))
    if out:
        out.write_bytes(written)
        click.echo(f"{len(entries)} documents in {out}")
    else:
        click.echo(written, nl=False)
