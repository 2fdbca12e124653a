"""Wake-ups through Redis or Valkey: best effort by design.

Nothing is ever lost with a wake-up: who waits also looks by itself every second. So Redis may be wiped, restarted or
absent at any moment, and the price is a second of delay.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator

from redis.asyncio import Redis
from redis.exceptions import RedisError

OUTBOX = "tributary:outbox"  # an act has told facts
INBOX = "tributary:inbox"  # a webhook has received a message
EVENTS = "tributary:events"  # the publisher has numbered them
LOOK_EVERY_S = 1.0
PATIENCE_S = 5.0  # a Redis that does not answer for so long counts as away

logger = logging.getLogger("tributary.wake")


class Wake:
    """Says and hears wake-ups. One per process.

    Channels carry the number of the Redis database, which pub/sub does not separate by itself.
    """

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_connect_timeout=1, socket_timeout=PATIENCE_S, health_check_interval=10
        )
        self._number = self._redis.connection_pool.connection_kwargs.get("db") or 0
        self._unsaid: deque[tuple[str, bytes]] = deque(maxlen=1000)
        self._sender: asyncio.Task[None] | None = None
        self._away = False

    def say(self, channel: str, message: bytes = b"") -> None:
        """Wake whoever listens, without waiting. Equal messages that wait to be said are said once."""
        if (channel, message) not in self._unsaid:
            self._unsaid.append((channel, message))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        while self._unsaid:
            channel, message = self._unsaid.popleft()
            try:
                await self._redis.publish(self._channel(channel), message)
                self._found()
            except (RedisError, OSError) as error:
                self._lost(error)
                self._unsaid.clear()

    async def hear(self, channel: str) -> AsyncIterator[bytes | None]:
        """Messages of a channel as they come; None at least once a second, so that the caller looks by itself."""
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as listening:
                    await listening.subscribe(self._channel(channel))
                    self._found()
                    while True:
                        message = await listening.get_message(timeout=LOOK_EVERY_S)
                        yield None if message is None else bytes(message["data"])
            except (RedisError, OSError) as error:
                self._lost(error)
                yield None
                await asyncio.sleep(LOOK_EVERY_S)

    def _channel(self, name: str) -> str:
        return f"{name}:{self._number}"

    def _lost(self, error: Exception) -> None:
        if not self._away:
            logger.warning("Redis is away: wake-ups are not sent, everybody looks once a second instead: %s", error)
        self._away = True

    def _found(self) -> None:
        if self._away:
            logger.warning("Redis is back")
        self._away = False

    async def close(self) -> None:
        """Say what is left to say, then close the connections."""
        if self._sender is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._sender), 1)
        await self._redis.aclose()
