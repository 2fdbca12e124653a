"""What must always hold, recomputed from the rows it was cached from. `tributary audit` and the clock run it.

Every check is one statement over one snapshot that returns what breaks it: nothing means it holds. None of them reads
through the code it checks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from app import database
from app.kernel.clock import now
from workers.invariants.changes import CHANGES
from workers.invariants.check import Check
from workers.invariants.communication import COMMUNICATION
from workers.invariants.customers import CUSTOMERS
from workers.invariants.leads import LEADS
from workers.invariants.ledger import LEDGER
from workers.invariants.network import FACTS, NETWORK
from workers.invariants.orders import ORDERS
from workers.invariants.papers import PAPERS
from workers.invariants.shipments import SHIPMENTS
from workers.invariants.stock import STOCK
from workers.invariants.tallies import TALLIES

MOST_SHOWN = 20
UNPUBLISHED_AFTER = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(minutes=30)  # several sweeps, and what a restart of everything takes
CHECKS: tuple[Check, ...] = (
    *LEDGER, *STOCK, *ORDERS, *TALLIES, *CHANGES, *SHIPMENTS, *LEADS, *NETWORK, *CUSTOMERS, *FACTS,
    *COMMUNICATION, *PAPERS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach: which invariant, of which row, and what was found where something else was expected."""

    check: str
    subject: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: found {self.found}, expected {self.expected}"


async def audit(
    checks: Iterable[Check] = CHECKS, *, unpublished_after: timedelta = UNPUBLISHED_AFTER, lately: bool = False
) -> list[Finding]:
    """Run the checks in one snapshot and return every breach, at most 20 of each kind; an empty list is clean.

    `lately`: checks that can be asked so look at what moved lately only.
    """
    async with database.pool().acquire() as connection:
        return await audit_on(connection, checks, unpublished_after=unpublished_after, lately=lately)


async def audit_on(
    connection: asyncpg.Connection,
    checks: Iterable[Check] = CHECKS,
    *,
    unpublished_after: timedelta,
    lately: bool = False,
) -> list[Finding]:
    """The same on a connection of the caller's, in a transaction of its own. It keeps to one core of the database."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL plan_cache_mode = auto")
        return [
            finding
            for check in checks
            for finding in await breaches(connection, check, unpublished_after=unpublished_after, lately=lately)
        ]


async def breaches(
    connection: asyncpg.Connection, check: Check, *, unpublished_after: timedelta, lately: bool = False
) -> list[Finding]:
    """What breaks one invariant, as the open transaction sees it."""
    moments = {
        "no_fact_unpublished": now() - unpublished_after,
        "line_is_promised_what_is_open": now(),
        "no_message_forgotten": now() - FORGOTTEN_AFTER,
    }
    params = [moments[check.name]] if check.name in moments else []
    before = check.lately if lately else ""
    sql = f"{before}SELECT subject::text, found::text, expected::text FROM ({check.sql}) AS breach LIMIT {MOST_SHOWN}"
    return [Finding(check.name, *row) for row in await connection.fetch(sql, *params)]
