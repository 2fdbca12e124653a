"""`tributary work`: the publisher and ARQ's hands in one process, each restarted when it falls."""

import asyncio
import contextlib
import logging
import signal
from typing import Any

from arq.connections import ArqRedis, RedisSettings, create_pool
from redis.exceptions import RedisError

from app import database
from app.kernel import outbox
from app.settings import settings
from app.wake import OUTBOX, Wake
from workers.publisher import DATABASE_TROUBLE, publish_forever
from workers.reactions import react
from workers.settings import QUEUE, make_worker, packed, unpacked

LONGEST_PAUSE_S = 5.0
REDIS_TROUBLE = (RedisError, OSError, asyncio.TimeoutError)

logger = logging.getLogger("tributary.work")


async def work() -> None:
    """Work until SIGTERM or SIGINT; then finish what is running, at most ten seconds, and stop."""
    configured = settings()
    await database.connect(configured.database_url, configured.pool_size)
    wake = Wake(configured.redis_url)
    outbox.on_commit(lambda: wake.say(OUTBOX))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    reactions = Reactions()
    tasks = [
        loop.create_task(publish_forever(wake, reactions.run), name="publisher"),
        loop.create_task(hands(stop), name="hands"),
    ]
    stopping: asyncio.Task[Any] = loop.create_task(stop.wait())
    logger.info("working")
    try:
        await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        for (
            task
        ) in tasks:  # a task that ended by itself ended with an error: let it be seen, the supervisor restarts us
            if task.done():
                task.result()
    finally:
        for task in (*tasks, stopping):
            task.cancel()
        await asyncio.gather(*tasks, stopping, return_exceptions=True)
        await reactions.close()
        outbox.on_commit(None)
        await wake.close()
        await database.disconnect()


class Reactions:
    """Runs reactions after each publishing. Without Redis they wait: the event log keeps their place."""

    def __init__(self) -> None:
        self._redis: ArqRedis | None = None

    async def run(self) -> None:
        """React to what was published; a missing Redis is no error, the next round catches up."""
        try:
            if self._redis is None:
                self._redis = await create_pool(
                    _redis_settings(retries=0),
                    default_queue_name=QUEUE,
                    job_serializer=packed,
                    job_deserializer=unpacked,
                )
            await react(self._redis)
        except REDIS_TROUBLE as error:
            logger.warning("reactions wait for Redis: %s", error)
            await self.close()

    async def close(self) -> None:
        """Close the connection to Redis, if there is one."""
        redis, self._redis = self._redis, None
        if redis is not None:
            with contextlib.suppress(*REDIS_TROUBLE):
                await redis.aclose()


async def hands(stop: asyncio.Event) -> None:
    """Run ARQ's worker; when Redis goes away it falls, and is started again with growing pauses."""
    pause = 0.2
    while not stop.is_set():
        worker = make_worker()
        started = asyncio.get_running_loop().time()
        try:
            await worker.async_run()
        except REDIS_TROUBLE as error:
            logger.warning("Redis is away, the worker starts again in %.1f s: %s", pause, error)
        except DATABASE_TROUBLE as error:
            logger.warning("PostgreSQL is away, the worker starts again in %.1f s: %s", pause, error)
        finally:
            with contextlib.suppress(*REDIS_TROUBLE, AttributeError):
                await worker.close()
        if asyncio.get_running_loop().time() - started > LONGEST_PAUSE_S:
            pause = 0.2
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)


def _redis_settings(retries: int) -> RedisSettings:
    found = RedisSettings.from_dsn(settings().redis_url)
    found.conn_retries = retries
    return found
