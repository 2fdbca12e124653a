"""Lists that members want as files: written one after the other, by every worker that has a hand free.

PostgreSQL is the queue: who looks takes the oldest that waits, or whose worker is gone. A commit wakes, and everybody
looks once a second; Redis need not be there.
"""

import logging

from app.papers.exports import anything_waiting
from app.papers.make_export import make_export
from app.papers.write_export import begin_export
from app.wake import OUTBOX, Wake
from workers.publisher import DATABASE_TROUBLE

logger = logging.getLogger("tributary.exports")


async def write_exports_forever(wake: Wake) -> None:
    """Write whatever waits, whenever woken. A lost database connection is waited out: a lease lapses by itself."""
    async for _ in wake.hear(OUTBOX):
        try:
            await write_what_waits()
        except DATABASE_TROUBLE as error:
            logger.warning("exports wait for the database: %s", error)


async def write_what_waits() -> int:
    """Write until nothing waits. Answers how many were begun."""
    begun = 0
    while await anything_waiting():
        attempt = await begin_export()
        if attempt is not None:
            begun += 1
            await make_export(attempt)
    return begun
