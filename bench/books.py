"""Whether the books add up after a run: the mall's own audit, whole, over everything that the run left behind."""

from app import database
from app.kernel.event_log import publish
from workers.invariants import Finding, audit


async def findings(url: str) -> list[Finding]:
    """What the audit finds in this database once every fact is published; an empty list is clean."""
    await database.connect(url, 1)
    try:
        while (await publish()).moved:
            pass
        await database.pool().execute("ANALYZE")  # the copy is minutes old: nobody else has counted what is new
        return await audit()
    finally:
        await database.disconnect()
