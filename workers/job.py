"""`@job`: a named unit of later work with a deadline, a number of tries and a deterministic id.

ARQ runs a job at least once: a worker killed in the middle leaves it to be run again. So a job's effect and its "done"
row (`app.kernel.inbox.first_time`) commit in one transaction, inside the act that the job calls.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arq.connections import ArqRedis
from arq.worker import Function, Retry, func

from app import database

JobFunction = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A registered job. `timeout_s` bounds one try; after a crash, or while the database is away, ARQ runs it again,
    `tries` times at most. Whatever is lost after that must be found by a sweep of the clock's."""

    name: str
    run: JobFunction
    timeout_s: int
    tries: int

    def for_arq(self) -> Function:
        """The job as ARQ's worker wants it."""

        async def run(ctx: dict[Any, Any], **arguments: Any) -> None:
            try:
                await self.run(job_id=ctx["job_id"], **arguments)
            except Exception as error:
                if not database.is_away(error):
                    raise
                raise Retry(defer=2 ** ctx["job_try"]) from error

        run.__qualname__ = self.name
        return func(run, name=self.name, timeout=self.timeout_s, max_tries=self.tries, keep_result=0)

    async def later(self, redis: ArqRedis, job_id: str, at: datetime | None = None, **arguments: Any) -> None:
        """Enqueue. The same `job_id` while the job waits is the same job."""
        await redis.enqueue_job(self.name, _job_id=f"{self.name}:{job_id}", _defer_until=at, **arguments)


def job(*, name: str, timeout_s: int, tries: int) -> Callable[[JobFunction], Job]:
    """Make a job of `async def name(*, job_id: str, …)`. Arguments travel as JSON."""

    def made(function: JobFunction) -> Job:
        return Job(name=name, run=function, timeout_s=timeout_s, tries=tries)

    return made
