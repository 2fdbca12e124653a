"""`tributary work`: the publisher, the inbox, exports and ARQ's hands in one process, started again when one falls."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from arq.connections import ArqRedis, create_pool
from redis.exceptions import RedisError

from app import database
from app.communication.channels import closed
from app.ending import end
from app.fulfilment.connected import connected
from app.kernel import outbox
from app.kernel.ids import uuid7
from app.settings import settings
from app.wake import OUTBOX, Wake
from workers.exports import write_exports_forever
from workers.inbox import take_in_forever
from workers.messages import send_later
from workers.notifying import Notifier
from workers.publisher import DATABASE_TROUBLE, publish_forever
from workers.reactions import react
from workers.settings import QUEUE, make_worker, packed, redis_settings, unpacked

SHORTEST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
FINISH_S = 7.0  # what a job under way may still take when we are asked to stop; supervisors kill after ten seconds
REDIS_TROUBLE = (RedisError, OSError, TimeoutError)

logger = logging.getLogger("tributary.work")


async def work() -> None:
    """Work until SIGTERM or SIGINT; then take nothing new, finish what is running, at most seven seconds, and stop."""
    configured = settings()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await database.connect(configured.database_url, configured.pool_size)
    wake = Wake(configured.redis_url)
    outbox.on_commit(lambda: wake.say(OUTBOX))
    for reason in closed(configured):
        logger.warning("%s", reason)
    reactions, sending = Reactions(), Queue()
    notifier = Notifier(sending.send)

    async def published() -> None:
        notifier.wake()
        await reactions.run()

    publisher = loop.create_task(publish_forever(wake, published), name="publisher")
    notifying = loop.create_task(notifier.run(), name="notifying")
    taking = loop.create_task(take_in_forever(wake, connected(configured)), name="inbox")
    exporting = loop.create_task(write_exports_forever(wake), name="exports")
    working = loop.create_task(hands(stop), name="hands")
    stopping = loop.create_task(stop.wait())
    running = (publisher, notifying, taking, exporting, working)
    try:
        await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            if task.done():  # by itself means with an error: let it be seen, the supervisor starts us again
                task.result()
        exporting.cancel()  # what it writes is put back for another worker at once
        await working
    finally:
        await end(*running, stopping)
        await reactions.close()
        await sending.close()
        outbox.on_commit(None)
        await wake.close()
        await database.disconnect()


class Queue:
    """The workers' queue, as far as Redis is there: a connection that is opened when it is needed, and again."""

    def __init__(self) -> None:
        self._redis: ArqRedis | None = None
        self._waiting = False

    async def do(self, what: str, act: Callable[[ArqRedis], Awaitable[None]]) -> None:
        """Put something into the queue. A missing Redis is no error: it is said once, and `what` waits."""
        try:
            if self._redis is None:
                self._redis = await create_pool(
                    redis_settings(), default_queue_name=QUEUE, job_serializer=packed, job_deserializer=unpacked
                )
            await act(self._redis)
            self._waiting = False
        except REDIS_TROUBLE as error:
            if not self._waiting:
                logger.warning("%s wait for Redis: %s", what, error)
            self._waiting = True
            await self.close()

    async def send(self, members: Sequence[UUID]) -> None:
        """Send what leaves the mall for these members at once; what is not queued here, the sweep finds."""
        await self.do("messages", lambda redis: send_later(redis, members, str(uuid7())))

    async def close(self) -> None:
        """Close the connection to Redis, if there is one."""
        redis, self._redis = self._redis, None
        if redis is not None:
            with contextlib.suppress(*REDIS_TROUBLE):
                await redis.aclose()


class Reactions(Queue):
    """Runs reactions after each publishing. Without Redis they wait: the event log keeps their place."""

    async def run(self) -> None:
        """React to what was published; the next round catches up."""
        await self.do("reactions", react)


async def hands(stop: asyncio.Event) -> None:
    """Run ARQ's worker until `stop`. When Redis goes away it falls, and is started again with growing pauses."""
    loop = asyncio.get_running_loop()
    pause = SHORTEST_PAUSE_S
    while not stop.is_set():
        worker = make_worker()
        running = loop.create_task(worker.async_run(), name="arq")
        stopping = loop.create_task(stop.wait())
        started = loop.time()
        try:
            await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        except REDIS_TROUBLE as error:
            logger.warning("Redis is away, the worker starts again in %.1f s: %s", pause, error)
        except DATABASE_TROUBLE as error:
            logger.warning("PostgreSQL is away, the worker starts again in %.1f s: %s", pause, error)
        finally:
            stopping.cancel()
            with contextlib.suppress(*REDIS_TROUBLE):
                await worker.put_down(running, FINISH_S)
        if loop.time() - started > LONGEST_PAUSE_S:
            pause = SHORTEST_PAUSE_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)
