"""ARQ's worker: the hands. PostgreSQL's outbox and event log are the truth; Redis may be wiped at any moment."""

import asyncio
from contextlib import suppress
from typing import Any

import orjson
from arq.connections import RedisSettings
from arq.worker import Worker

from app.ending import end
from app.settings import settings
from workers.carriers import subscribe_shipment
from workers.clock import CLOCK
from workers.expiries import expire_reservation, lapse_order_change
from workers.health import record
from workers.job import Job
from workers.leads import lapse_lead_offer, warn_of_lead_deadline, withdraw_leads
from workers.messages import send_messages

QUEUE = "tributary:jobs"
LONGEST_JOB_S = 60  # a job of a worker that was killed is run again ten seconds after this
POLL_EVERY_S = 0.5
JOBS: tuple[Job, ...] = (
    expire_reservation,
    lapse_order_change,
    subscribe_shipment,
    lapse_lead_offer,
    warn_of_lead_deadline,
    withdraw_leads,
    send_messages,
)


class Hands(Worker):
    """ARQ's worker with a health record of its own, and a moment between two polls in which it can be put down."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.polling = asyncio.Lock()

    async def _poll_iteration(self) -> None:
        async with self.polling:
            await super()._poll_iteration()

    async def record_health(self) -> None:
        """ARQ's own expires a second after it should have been renewed, whatever the machine was doing."""
        await record(self.pool, complete=self.jobs_complete, failed=self.jobs_failed, running=len(self.tasks))

    async def put_down(self, running: "asyncio.Task[None]", patience_s: float) -> None:
        """Take no more jobs, let those under way finish for a while, and close. Those cut short are run again later.

        Raises RedisError and OSError when Redis is away.
        """
        self.allow_pick_jobs = False
        with suppress(TimeoutError):  # a Redis that hangs
            async with asyncio.timeout(patience_s), self.polling:  # never in the middle of claiming a job
                running.cancel()
        await end(running)
        under_way = list(self.tasks.values())
        if under_way:
            await asyncio.wait(under_way, timeout=patience_s)
        for task in self.job_tasks.values():
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        self.tasks.clear()
        await self.close()


def packed(said: dict[str, Any]) -> bytes:
    """A job as JSON; ARQ's default would be pickle. An exception becomes its text."""
    return orjson.dumps(said, default=repr)


def unpacked(stored: bytes) -> dict[str, Any]:
    """A job from JSON."""
    read: dict[str, Any] = orjson.loads(stored)
    return read


def make_worker() -> Hands:
    """A worker with our jobs and our clock. The caller runs it, restarts it and stops it."""
    return Hands(
        functions=[job.for_arq() for job in JOBS],
        cron_jobs=CLOCK,
        queue_name=QUEUE,
        redis_settings=redis_settings(),
        handle_signals=False,
        job_timeout=LONGEST_JOB_S,
        max_jobs=10,
        poll_delay=POLL_EVERY_S,
        job_serializer=packed,
        job_deserializer=unpacked,
        log_results=False,
    )


def redis_settings() -> RedisSettings:
    """Where the jobs are. One try: whoever connects starts again by itself."""
    found = RedisSettings.from_dsn(settings().redis_url)
    found.conn_retries = 0
    return found
