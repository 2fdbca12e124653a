"""`tributary audit`: what must always hold, recomputed."""

import asyncio
import json
import sys
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from app import database
from app.commands.servers import servers_at_hand
from app.settings import Settings
from workers.invariants import CHECKS, Finding, audit


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print findings as JSON.")
def command(as_json: bool) -> None:
    """Recompute balances, promises, totals, statuses and deliveries from their rows.

    Exit 0 only when all is clean, 1 with findings, 2 when the database cannot be asked.
    """
    with servers_at_hand() as told:
        findings = asyncio.run(_audit(told))
    if as_json:
        said = {"clean": not findings, "checks": len(CHECKS), "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
    elif findings:
        _show(findings)
    else:
        click.echo(f"Clean: {len(CHECKS)} invariants hold.")
    sys.exit(1 if findings else 0)


class NotAsked(click.ClickException):
    """Nothing was audited: neither clean nor not."""

    exit_code = 2


async def _audit(told: Settings) -> list[Finding]:
    try:
        await database.connect(told.database_url, 1)
        return await audit()
    except Exception as error:
        if database.is_away(error):
            raise NotAsked(f"PostgreSQL does not answer: {error}") from error
        raise
    finally:
        await database.disconnect()


def _show(findings: list[Finding]) -> None:
    says = {check.name: check.says for check in CHECKS}
    table = Table("invariant", "row", "found", "expected", title=f"{len(findings)} findings")
    for finding in findings:
        table.add_row(says[finding.check], finding.subject, finding.found, finding.expected)
    Console().print(table)
