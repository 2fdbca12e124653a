"""The published facts, in delivery order: publishing them, and reading on after a cursor.

Facts leave the outbox in one place. The publisher's counter row is locked, so delivery numbers are given in commit
order without holes: who has read up to number n has missed nothing before n. (A reader that follows a serial column
under concurrent writers misses rows, because transactions commit out of order.)
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app import database
from app.kernel.act import Work, act

BATCH = 500
MOST_BEHIND = 10_000

_MOVE = """
WITH taken AS (
    DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT $1) RETURNING *
), numbered AS (
    SELECT taken.*, $2::bigint + row_number() OVER (ORDER BY id) AS delivery_no FROM taken
), told AS (
    INSERT INTO event (delivery_no, outbox_id, kind, network_id, subject_id, version, what, payload, at)
    SELECT delivery_no, id, kind, network_id, subject_id, version, what, payload, at FROM numbered
), heard AS (
    INSERT INTO event_audience (company_id, delivery_no)
    SELECT DISTINCT company_id, delivery_no FROM numbered, unnest(audience) AS company_id
), counted AS (
    UPDATE publisher SET last_no = $2::bigint + (SELECT count(*) FROM taken) WHERE id = 1
)
SELECT max(delivery_no) AS last_no, count(*) AS moved, array_agg(DISTINCT kind) AS kinds,
       (SELECT array_agg(DISTINCT company_id) FROM numbered, unnest(audience) AS company_id) AS companies
FROM numbered
"""


@dataclass(frozen=True, slots=True)
class Published:
    """What one round of publishing moved: how many facts, up to which number, for which companies, of which kinds."""

    moved: int
    last_no: int
    companies: tuple[UUID, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """A fact with its delivery number."""

    delivery_no: int
    kind: str
    network_id: UUID
    subject_id: UUID
    version: int
    what: str
    payload: dict[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """Where the stream stands: the last number given, and the oldest that is still kept."""

    last_no: int
    oldest_no: int

    def cannot_replay(self, after: int) -> str | None:
        """Why who has seen everything up to `after` must read afresh; None when what follows can be replayed."""
        if after > self.last_no:
            return "the cursor is ahead of the stream"  # such as after a restored backup
        if after < self.oldest_no - 1:
            return "the cursor is older than what is kept"
        if self.last_no - after > MOST_BEHIND:
            return f"more than {MOST_BEHIND} events behind"
        return None


@act
async def publish(work: Work) -> Published:
    """Move up to 500 facts from the outbox to the event log, in outbox order. Safe to run in many processes."""
    counter = await work.row("SELECT last_no FROM publisher WHERE id = 1 FOR UPDATE")
    assert counter is not None
    moved = await work.row(_MOVE, BATCH, counter["last_no"])
    assert moved is not None
    return Published(
        moved=moved["moved"],
        last_no=moved["last_no"] or counter["last_no"],
        companies=tuple(moved["companies"] or ()),
        kinds=tuple(moved["kinds"] or ()),
    )


async def anything_unpublished() -> bool:
    """The outbox has rows. Asked first, so that an idle mall writes nothing."""
    found = await database.row("SELECT EXISTS (SELECT FROM outbox) AS waiting")
    assert found is not None
    waiting: bool = found["waiting"]
    return waiting


async def position() -> Position:
    """The stream's ends: one statement."""
    found = await database.row("SELECT last_no, oldest_no FROM publisher WHERE id = 1")
    assert found is not None
    return Position(found["last_no"], found["oldest_no"])


_READ = """
SELECT e.delivery_no, e.kind, e.network_id, e.subject_id, e.version, e.what, e.payload, e.at
FROM event_audience a
JOIN event e ON e.delivery_no = a.delivery_no
WHERE a.company_id = $1 AND a.delivery_no > $2 AND a.delivery_no <= $3
  AND ($4::text[] IS NULL OR e.kind = ANY($4)) AND ($5::uuid IS NULL OR e.subject_id = $5)
ORDER BY a.delivery_no
LIMIT $6
"""


async def read_after(
    company_id: UUID,
    after: int,
    up_to: int,
    *,
    kinds: Sequence[str] | None = None,
    subject_id: UUID | None = None,
    limit: int = 200,
) -> list[Event]:
    """What a company may hear with numbers in (after, up_to], in order: one statement."""
    found = await database.rows(_READ, company_id, after, up_to, kinds, subject_id, limit)
    return [_event(row) for row in found]


_READ_PAGES = """
SELECT w.place, e.delivery_no, e.kind, e.network_id, e.subject_id, e.version, e.what, e.payload, e.at
FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS w (company_id, after_no, place)
CROSS JOIN LATERAL (
    SELECT a.delivery_no FROM event_audience a
    WHERE a.company_id = w.company_id AND a.delivery_no > w.after_no AND a.delivery_no <= $3
    ORDER BY a.delivery_no LIMIT $4
) AS heard
JOIN event e ON e.delivery_no = heard.delivery_no
ORDER BY w.place, e.delivery_no
"""


async def read_pages(
    wanted: Collection[tuple[UUID, int]], up_to: int, *, limit: int
) -> dict[tuple[UUID, int], list[Event]]:
    """For each (company, after): what it may hear with numbers in (after, up_to], in order, `limit` at most. One
    statement for all of them; who has nothing to hear is not in the answer."""
    asked = list(wanted)
    pages: dict[tuple[UUID, int], list[Event]] = {}
    events: dict[int, Event] = {}  # many companies hear the same
    found = await database.rows(_READ_PAGES, [one for one, _ in asked], [after for _, after in asked], up_to, limit)
    for row in found:
        event = events.get(row["delivery_no"])
        if event is None:
            event = events[row["delivery_no"]] = _event(row)
        pages.setdefault(asked[row["place"] - 1], []).append(event)
    return pages


_HEARERS = """
SELECT c.id FROM unnest($1::uuid[]) AS c(id) WHERE EXISTS (
    SELECT FROM event_audience a WHERE a.company_id = c.id AND a.delivery_no > $2 AND a.delivery_no <= $3)
"""


async def hearers(companies: Collection[UUID], after: int, up_to: int) -> list[UUID]:
    """Which of these companies have something to hear in (after, up_to]: one look into the index for each."""
    if not companies:
        return []
    return [row["id"] for row in await database.rows(_HEARERS, list(companies), after, up_to)]


_UNREAD = """
SELECT delivery_no, kind, network_id, subject_id, version, what, payload, at
FROM event WHERE delivery_no > (SELECT last_no FROM event_reader WHERE name = $1) ORDER BY delivery_no LIMIT $2
"""


async def unread(reader: str, limit: int = BATCH) -> list[Event]:
    """What a named reader has not read yet, in order."""
    return [_event(row) for row in await database.rows(_UNREAD, reader, limit)]


@act
async def mark_read(work: Work, reader: str, last_no: int) -> None:
    """Remember how far a reader has read; never goes back."""
    await work.run("UPDATE event_reader SET last_no = greatest(last_no, $2) WHERE name = $1", reader, last_no)


_TAKE = """
WITH taken AS (
    SELECT delivery_no, kind, network_id, subject_id, version, what, payload, at
    FROM event WHERE delivery_no > $2 ORDER BY delivery_no LIMIT $3
), moved AS (
    UPDATE event_reader SET last_no = coalesce((SELECT max(delivery_no) FROM taken), last_no) WHERE name = $1
)
SELECT * FROM taken ORDER BY delivery_no
"""


async def take_unread(work: Work, reader: str, limit: int = BATCH) -> list[Event]:
    """A step: what a named reader has not read yet, in order, and its place moved behind it. What the act makes of the
    facts commits with the place, or neither does; a second worker waits for the first."""
    place = await work.row("SELECT last_no FROM event_reader WHERE name = $1 FOR UPDATE", reader)
    assert place is not None
    return [_event(row) for row in await work.rows(_TAKE, reader, place["last_no"], limit)]


async def has_unread(reader: str) -> bool:
    """There is something that a named reader has not read. Asked first, so that an idle mall writes nothing."""
    found = await database.row(
        "SELECT r.last_no < p.last_no AS waiting FROM event_reader r, publisher p WHERE r.name = $1", reader
    )
    assert found is not None
    waiting: bool = found["waiting"]
    return waiting


_FORGET = """
WITH kept AS (
    SELECT COALESCE(min(delivery_no), (SELECT last_no + 1 FROM publisher)) AS oldest_no FROM event WHERE at >= $1
), gone AS (
    DELETE FROM event WHERE delivery_no < (SELECT oldest_no FROM kept)
), gone_audience AS (
    DELETE FROM event_audience WHERE delivery_no < (SELECT oldest_no FROM kept)
)
UPDATE publisher SET oldest_no = (SELECT oldest_no FROM kept) WHERE id = 1 RETURNING oldest_no
"""


@act
async def forget(work: Work, *, older_than: timedelta) -> int:
    """Drop events older than this; a cursor before the returned number gets a Resync."""
    await work.row("SELECT last_no FROM publisher WHERE id = 1 FOR UPDATE")
    kept = await work.row(_FORGET, work.now - older_than)
    assert kept is not None
    oldest: int = kept["oldest_no"]
    return oldest


PARTITION = 1_000_000
_PARTITIONS = """
SELECT max(substring(relname from 'event_p([0-9]+)')::int) AS newest FROM pg_class WHERE relname ~ '^event_p[0-9]+$'
"""


async def add_partitions(connection: asyncpg.Connection) -> None:
    """Keep the next partition of the event log ready, so that rows never pile up in the default one."""
    last_no = await connection.fetchval("SELECT last_no FROM publisher WHERE id = 1")
    newest = await connection.fetchval(_PARTITIONS)
    for number in range(newest + 1, last_no // PARTITION + 2):
        low, high = number * PARTITION, (number + 1) * PARTITION
        for table in ("event", "event_audience"):
            await connection.execute(
                f"CREATE TABLE IF NOT EXISTS {table}_p{number} PARTITION OF {table} FOR VALUES FROM ({low}) TO ({high})"
            )


def _event(row: Any) -> Event:
    return Event(
        delivery_no=row["delivery_no"],
        kind=row["kind"],
        network_id=row["network_id"],
        subject_id=row["subject_id"],
        version=row["version"],
        what=row["what"],
        payload=orjson.loads(row["payload"]),
        at=row["at"],
    )
