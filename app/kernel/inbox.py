"""The inbox: a message from outside takes effect once, however often it comes; and a job is done once."""

from app.kernel.act import Work


async def first_time(work: Work, job_id: str) -> bool:
    """Mark a job as done in the transaction of its effect. False: it was done before, do nothing."""
    done = await work.row("INSERT INTO job_done (job_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING job_id", job_id)
    return done is not None


async def receive(work: Work, *, source: str, message_id: str, payload: str) -> bool:
    """Store a provider's message (JSON text). False: it was received before."""
    stored = await work.row(
        "INSERT INTO inbox (source, message_id, payload) VALUES ($1, $2, $3::jsonb)"
        " ON CONFLICT DO NOTHING RETURNING message_id",
        source,
        message_id,
        payload,
    )
    return stored is not None
