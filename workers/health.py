"""Whether a worker of this machine is alive: a record in Redis that expires unless it is renewed."""

import socket
import time
from typing import Any

import orjson
from redis.asyncio import Redis

EVERY_S = 5.0
EXPIRES_S = 20

_KEY = f"tributary:worker:{socket.gethostname()}"
_recorded_at = 0.0


async def record(redis: Redis, **said: int) -> None:
    """Renew the record, at most every five seconds. Raises RedisError and OSError when Redis is away."""
    global _recorded_at
    if time.monotonic() - _recorded_at >= EVERY_S:
        await redis.set(_KEY, orjson.dumps(said), ex=EXPIRES_S)
        _recorded_at = time.monotonic()


async def alive(redis_url: str) -> dict[str, Any] | None:
    """What the worker of this machine last said of itself; None when it has been silent for twenty seconds."""
    async with Redis.from_url(redis_url, socket_connect_timeout=2, socket_timeout=2) as redis:
        found = await redis.get(_KEY)
    return None if found is None else orjson.loads(found)
