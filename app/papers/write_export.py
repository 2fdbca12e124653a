"""What a worker does with an export, step by step: begin, advance, put back, fail, finish.

Whoever writes holds a lease and a number of the attempt. A worker that is gone lets its lease lapse, and the next one
begins again from nothing; what the dead one had written was a file of its own that nobody ever saw. Whoever comes back
late finds that the attempt is not its own any more, and stops.
"""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.papers.events import tell_export
from app.papers.lifecycle import EXPORT, ExportFailure, ExportStatus
from app.papers.lists.entry import SeenAs
from app.settings import settings

LEASE: Final = timedelta(seconds=20)
MOST_ATTEMPTS: Final = 5
CHUNK: Final = 256 * 1024
"""Bytes of a file that are stored, and sent, at a time."""


class NotOurs(Exception):
    """The export was cancelled, or somebody else has begun it again."""


class RightsChanged(Exception):
    """The member's roles or scope are not those that the attempt began with."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An export in somebody's hands. `member_version` is that of the rights it began with."""

    export_id: UUID
    number: int
    membership_id: UUID
    member_version: int
    list_name: str
    filters: dict[str, Any]
    locale: str


# One that nobody has begun, or whose lease has lapsed: the oldest first, and two workers never the same.
_BEGIN: Final = """
UPDATE export_job e SET status = 'running', version = e.version + 1, attempt = e.attempt + 1, rows_done = 0,
    rows_total = NULL, lease_until = $2
FROM membership m
WHERE m.id = e.membership_id AND e.id = (
    SELECT id FROM export_job
    WHERE expires_at > $1 AND (status = 'waiting' OR (status = 'running' AND lease_until <= $1))
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING e.id, e.version, e.attempt, e.membership_id, m.version AS member_version, e.list_name, e.filters, e.locale
"""


@act
async def begin_export(work: Work) -> Attempt | None:
    """Take the next export that waits; None when there is none. One that was begun too often fails here."""
    found = await work.row(_BEGIN, work.now, work.now + LEASE)
    if found is None:
        return None
    begun = Attempt(
        found["id"],
        found["attempt"],
        found["membership_id"],
        found["member_version"],
        found["list_name"],
        orjson.loads(found["filters"]),
        found["locale"],
    )
    if begun.number > MOST_ATTEMPTS:
        await _end(work, begun, "fail", failure=ExportFailure.GAVE_UP)
        return None
    _tell(work, begun, found["version"], "begun")
    return begun


# The rights are those it began with, and nobody else has it.
_ADVANCE: Final = """
UPDATE export_job e SET rows_done = $3, rows_total = $4, lease_until = $5, version = e.version + 1
FROM membership m
WHERE e.id = $1 AND e.attempt = $2 AND e.status = 'running' AND m.id = e.membership_id AND m.status = 'active'
  AND m.version = $6
RETURNING e.version
"""


@act
async def advance_export(work: Work, attempt: Attempt, *, done: int, total: int | None) -> None:
    """Say how far it is, and hold it longer. Raises NotOurs and RightsChanged."""
    lease = work.now + LEASE
    found = await work.row(_ADVANCE, attempt.export_id, attempt.number, done, total, lease, attempt.member_version)
    if found is None:
        await _why_not(work, attempt)
    else:
        _tell(work, attempt, found["version"], "progressed")


@act
async def put_back_export(work: Work, attempt: Attempt) -> None:
    """Give it up, for somebody to begin again. Nothing happens when it is not ours any more."""
    try:
        await _end(work, attempt, "put_back")
    except NotOurs:
        return


@act
async def fail_export(work: Work, attempt: Attempt, failure: ExportFailure) -> None:
    """Say that there will be no file, and why. Nothing happens when it is not ours any more."""
    try:
        await _end(work, attempt, "fail", failure=failure)
    except NotOurs:
        return


_DONE: Final = """
UPDATE export_job e SET status = 'done', version = e.version + 1, rows_done = $3, rows_total = $3, lease_until = NULL,
    size_bytes = $4, digest = $5, finished_at = $6, expires_at = $7, seen_as = $9
FROM membership m
WHERE e.id = $1 AND e.attempt = $2 AND e.status = 'running' AND m.id = e.membership_id AND m.status = 'active'
  AND m.version = $8
RETURNING e.version
"""


@act
async def finish_export(
    work: Work, attempt: Attempt, *, seen_as: SeenAs, rows: int, size: int, digest: str, chunks: AsyncIterator[bytes]
) -> None:
    """Store the file and say that it is done, in one transaction. Raises NotOurs and RightsChanged, storing nothing."""
    until = work.now + timedelta(hours=settings().export_hours)
    found = await work.row(
        _DONE,
        attempt.export_id,
        attempt.number,
        rows,
        size,
        digest,
        work.now,
        until,
        attempt.member_version,
        orjson.dumps(asdict(seen_as)).decode(),
    )
    if found is None:
        await _why_not(work, attempt)
        return
    seq = 0
    async for chunk in chunks:
        await work.run(
            "INSERT INTO export_chunk (id, export_id, seq, data) VALUES ($1, $2, $3, $4)",
            uuid7(),
            attempt.export_id,
            seq,
            chunk,
        )
        seq += 1
    _tell(work, attempt, found["version"], "finished")


async def _why_not(work: Work, attempt: Attempt) -> None:
    ours = await work.row(
        "SELECT FROM export_job WHERE id = $1 AND attempt = $2 AND status = 'running'",
        attempt.export_id,
        attempt.number,
    )
    raise NotOurs if ours is None else RightsChanged


_END: Final = """
UPDATE export_job SET status = $3, version = version + 1, lease_until = NULL, failure = $4, finished_at = $5
WHERE id = $1 AND attempt = $2 AND status = 'running' RETURNING version
"""


async def _end(work: Work, attempt: Attempt, move: str, *, failure: ExportFailure | None = None) -> None:
    status = EXPORT.after(ExportStatus.RUNNING, move)
    finished: datetime | None = work.now if failure else None
    found = await work.row(
        _END, attempt.export_id, attempt.number, status.value, failure.value if failure else None, finished
    )
    if found is None:
        raise NotOurs
    _tell(work, attempt, found["version"], "failed" if failure else "put_back")


def _tell(work: Work, attempt: Attempt, version: int, what: str) -> None:
    tell_export(work, membership_id=attempt.membership_id, export_id=attempt.export_id, version=version, what=what)
