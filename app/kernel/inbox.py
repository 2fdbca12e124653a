"""The inbox: a message from outside takes effect once, however often it comes; and a job is done once."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from app import database
from app.kernel.act import Work, act

MOST_TRIES = 8

_WAITING = """
SELECT message_id FROM inbox
WHERE source = $1 AND done_at IS NULL AND (retry_at IS NULL OR retry_at <= $2) ORDER BY received_at LIMIT $3
"""
_TAKE = "SELECT payload FROM inbox WHERE source = $1 AND message_id = $2 AND done_at IS NULL FOR UPDATE SKIP LOCKED"
_PUT_OFF = """
UPDATE inbox SET tries = tries + 1, trouble = $3, retry_at = $4::timestamptz + $5::interval * 2 ^ tries,
    done_at = CASE WHEN tries + 1 >= $6 THEN $4 END
WHERE source = $1 AND message_id = $2 AND done_at IS NULL
"""
_FIRST_WAIT = timedelta(seconds=10)


async def first_time(work: Work, job_id: str) -> bool:
    """Mark a job as done in the transaction of its effect. False: it was done before, do nothing."""
    done = await work.row("INSERT INTO job_done (job_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING job_id", job_id)
    return done is not None


async def receive(work: Work, *, source: str, message_id: str, payload: str) -> bool:
    """Store a provider's message (JSON text). False: it was received before."""
    stored = await work.row(
        "INSERT INTO inbox (source, message_id, payload, received_at) VALUES ($1, $2, $3::jsonb, $4)"
        " ON CONFLICT DO NOTHING RETURNING message_id",
        source,
        message_id,
        payload,
        work.now,
    )
    return stored is not None


async def waiting(source: str, moment: datetime, most: int) -> Sequence[str]:
    """The ids of messages that wait to take effect, the oldest first."""
    return [row["message_id"] for row in await database.rows(_WAITING, source, moment, most)]


async def take(work: Work, *, source: str, message_id: str) -> str | None:
    """The payload of a message that waits, locked. None when it took effect already, or is taking effect elsewhere."""
    row = await work.row(_TAKE, source, message_id)
    return None if row is None else row["payload"]


async def done(work: Work, *, source: str, message_id: str) -> None:
    """The message took effect, in this transaction."""
    await work.run("UPDATE inbox SET done_at = $3 WHERE source = $1 AND message_id = $2", source, message_id, work.now)


@act
async def put_off(work: Work, *, source: str, message_id: str, trouble: str) -> None:
    """It could not take effect: try again after a while, twice as long each time, and give up after eight tries. What
    was given up stays, with its trouble."""
    await work.run(_PUT_OFF, source, message_id, trouble, work.now, _FIRST_WAIT, MOST_TRIES)


_wake: Callable[[], None] | None = None


def on_receipt(call: Callable[[], None] | None) -> None:
    """Say what wakes who takes messages. Best effort: it also looks by itself every second."""
    global _wake
    _wake = call


def wake() -> None:
    """Tell whoever takes messages that there is one."""
    if _wake is not None:
        _wake()
