"""`tributary reseal`: after a change of keys, what leads say of people under the new ones."""

import asyncio
import sys
from collections.abc import Sequence

import click

from app import database
from app.commands.servers import know_the_secrets, servers_at_hand
from app.kernel.refusal import Worded
from app.leads.reseal import Resealed, keys_in_use, reseal
from app.settings import Settings

MOST_SHOWN = 20


@click.command()
def command() -> None:
    """Seal what leads say of people with the first key of TRIBUTARY_CONTACT_KEYS, and make what they are found by with
    the last. Safe to run at any time, and again.

    Exit 0 when all is so, 1 when something could not be opened with any key, 2 when there is no key.
    """
    try:
        with servers_at_hand() as told:
            know_the_secrets(told)
            done, keys = asyncio.run(_reseal(told))
    except Worded as error:
        click.echo(error.message(), err=True)
        sys.exit(2)
    click.echo(
        f"{done.leads} leads: {done.sealed} sealed anew, {done.digests} found by a new key; {done.notes} notes sealed"
        " anew."
    )
    click.echo(f"Sealed with: {', '.join(keys) or 'nothing is sealed'}.")
    if done.unopened:
        shown = ", ".join(str(one) for one in done.unopened[:MOST_SHOWN])
        click.echo(f"{len(done.unopened)} cannot be opened with these keys: {shown}", err=True)
        sys.exit(1)


async def _reseal(told: Settings) -> tuple[Resealed, Sequence[str]]:
    await database.connect(told.database_url, 1)
    try:
        return await reseal(), await keys_in_use()
    finally:
        await database.disconnect()
