"""Acts that wait in line for a row, in a known order: what each reads once its turn comes is what is tested.

async with standing_in_line(url, "SELECT … FOR UPDATE", row_id) as line:
    await line.join(first_act())     # now waits for the row
    await line.join(second_act())    # waits behind it; its statement began before the first act was done
first, second = line.answers         # the row was let go at the end of the block
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
PATIENCE_S = 10


@dataclass(slots=True)
class Line:
    """Who waits, in their order; `answers` holds results and exceptions once the block has ended."""

    connection: asyncpg.Connection
    waiting: list[asyncio.Future[Any]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)

    async def join(self, act: Awaitable[Any]) -> None:
        """Start the act and return when it waits for a lock."""
        self.waiting.append(asyncio.ensure_future(act))
        async with asyncio.timeout(PATIENCE_S):
            while await self._count() < len(self.waiting):
                assert not self.waiting[-1].done(), self.waiting[-1]
                await asyncio.sleep(0.005)

    async def _count(self) -> int:
        await self.connection.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the activity once
        count: int = await self.connection.fetchval(_WAITING)
        return count


@asynccontextmanager
async def standing_in_line(url: str, lock: str, *params: object) -> AsyncIterator[Line]:
    """Hold the rows that `lock` locks until the end of the block, then let everybody through."""
    connection = await asyncpg.connect(url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SET LOCAL statement_timeout = '10s'")
        await connection.fetch(lock, *params)
        line = Line(connection)
        try:
            yield line
        finally:
            await transaction.rollback()
            line.answers = await asyncio.gather(*line.waiting, return_exceptions=True)
    finally:
        await connection.close()
