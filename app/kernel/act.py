"""`@act`: one act, one transaction, run again as a whole when PostgreSQL asks for it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg

from app import database
from app.kernel import outbox
from app.kernel.change import Change, as_one, check
from app.kernel.clock import now
from app.kernel.outbox import Fact

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 3
RUN_AGAIN = {"40001", "40P01"}  # serialization failure, deadlock detected

_open: ContextVar[str | None] = ContextVar("open_act", default=None)


class NestedAct(RuntimeError):
    """An act was called inside another. Lower domains offer steps (`work` first) for that."""


@dataclass(slots=True)
class Work:
    """The open transaction of one act: its connection, its one moment in time, and the facts it will tell."""

    connection: asyncpg.Connection
    now: datetime
    facts: list[Fact] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    finished: bool = False

    async def rows(self, sql: str, *params: Any) -> Sequence[asyncpg.Record]:
        """Run one statement and return its rows: one round trip."""
        rows: Sequence[asyncpg.Record] = await self.connection.fetch(sql, *params)
        return rows

    async def row(self, sql: str, *params: Any) -> asyncpg.Record | None:
        """Run one statement and return its first row, or None."""
        return await self.connection.fetchrow(sql, *params)

    async def run(self, sql: str, *params: Any) -> None:
        """Run one statement that answers nothing."""
        await self.connection.execute(sql, *params)

    def tell(self, fact: Fact) -> None:
        """Record a fact; it is written to the outbox in the act's last statement, in the same transaction."""
        if self.finished:
            raise RuntimeError(f"{fact.kind} {fact.what} is told after the act's last statement")
        self.facts.append(fact)

    def later(self, change: Change) -> None:
        """Make this change in the act's last statement: for what nothing in the act reads again."""
        if self.finished:
            raise RuntimeError("a change comes after the act's last statement")
        self.changes.append(change)

    async def write(self, *changes: Change, answer: str = "") -> asyncpg.Record | None:
        """Make these changes in one statement, and return the first row of `answer` (a select list with its FROM).

        LookupError when one of them does not find what it must change.
        """
        sql, params = as_one(changes, answer)
        row = await self.connection.fetchrow(sql, *params)
        check(changes, row)
        return row

    async def finish(self, *changes: Change, answer: str = "") -> asyncpg.Record | None:
        """As `write`, with the changes that were kept for later and the facts that were told: the last statement."""
        self.finished = True
        return await self.write(*self.changes, *changes, outbox.told(self.facts, self.now), answer=answer)


def act(function: Callable[Concatenate[Work, P], Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Run `function(work, …)` in one transaction (READ COMMITTED, explicit locks).

    On a deadlock or serialization failure the whole function runs again (three tries, jitter); therefore an act
    does no HTTP and no Redis, and draws ids and the moment inside. Acts never nest. Callers do not pass `work`.
    """

    @wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = _open.get()
        if outer is not None:
            raise NestedAct(f"{function.__name__} was called inside {outer}")
        token = _open.set(function.__name__)
        try:
            return await _run_again(function, args, kwargs)
        finally:
            _open.reset(token)

    return run


async def _run_again(function: Callable[..., Awaitable[R]], args: Any, kwargs: Any) -> R:
    attempt = 1
    while True:
        try:
            return await _run_once(function, args, kwargs)
        except Exception as error:
            if _sqlstate(error) not in RUN_AGAIN or attempt == TRIES:
                raise
            attempt += 1
            await asyncio.sleep(random.uniform(0.005, 0.02) * attempt)


async def _run_once(function: Callable[..., Awaitable[R]], args: Any, kwargs: Any) -> R:
    async with database.pool().acquire() as connection, connection.transaction():
        work = Work(connection=connection, now=now())
        answer = await function(work, *args, **kwargs)
        if (work.facts or work.changes) and not work.finished:
            await work.finish()
    if work.facts:
        outbox.wake()
    return answer


def _sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE of a driver error."""
    return error.sqlstate if isinstance(error, asyncpg.PostgresError) else None
