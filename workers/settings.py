"""ARQ's worker: the hands. PostgreSQL's outbox and event log are the truth; Redis may be wiped at any moment."""

from typing import Any

import orjson
from arq.connections import RedisSettings
from arq.worker import Worker

from app.settings import settings
from workers.clock import CLOCK
from workers.expiries import expire_reservation
from workers.job import Job

QUEUE = "tributary:jobs"
HEALTH_KEY = "tributary:worker:health"
HEALTH_EVERY_S = 5
JOBS: tuple[Job, ...] = (expire_reservation,)


def packed(said: dict[str, Any]) -> bytes:
    """A job as JSON; ARQ's default would be pickle. An exception becomes its text."""
    return orjson.dumps(said, default=repr)


def unpacked(stored: bytes) -> dict[str, Any]:
    """A job from JSON."""
    read: dict[str, Any] = orjson.loads(stored)
    return read


def make_worker() -> Worker:
    """A worker with our jobs and our clock. The caller runs it, restarts it and stops it."""
    return Worker(
        functions=[job.for_arq() for job in JOBS],
        cron_jobs=CLOCK,
        queue_name=QUEUE,
        redis_settings=RedisSettings.from_dsn(settings().redis_url),
        handle_signals=False,
        job_completion_wait=10,
        max_jobs=10,
        poll_delay=0.5,
        health_check_interval=HEALTH_EVERY_S,
        health_check_key=HEALTH_KEY,
        job_serializer=packed,
        job_deserializer=unpacked,
        log_results=False,
    )
