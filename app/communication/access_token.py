"""WeChat's access token: one for all processes, fetched by whoever needs it first (`/cgi-bin/stable_token`).

It lies in Redis until five minutes before it expires, when WeChat begins to give out its successor and takes both. A
lock lets one process fetch; the others wait for what it finds. A Redis that was wiped costs one fetch: WeChat answers
the same token again. HTTP and Redis, so never inside an act; the token stands in no log and no error.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from typing import Final

import httpx
import orjson
from redis.asyncio import Redis

from app.settings import Settings

EARLY_S: Final = 300
LOCKED_MS: Final = 15_000
FORCED_EVERY_S: Final = 60
LOOK_EVERY_S: Final = 0.05
PATIENCE_S: Final = 12.0

# Delete the lock only if it is still ours: it may have run out, and be somebody else's
_UNLOCK: Final = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class NoToken(Exception):
    """No token at the moment. `code` is WeChat's, or a word of ours; it names no secret."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SharedToken:
    """The token of one mini-program. `client` gives a new HTTP client on WeChat's address."""

    def __init__(self, redis: Redis, told: Settings, client: Callable[[], httpx.AsyncClient]) -> None:
        self._redis, self._told, self._client = redis, told, client
        self._unlock = redis.register_script(_UNLOCK)
        self._key = f"tributary:wechat:token:{told.wechat_app_id}"

    async def get(self) -> str:
        """The token. Raises NoToken when WeChat gives none; RedisError and OSError when Redis is away."""
        return await self._found_or_fetched(refused=None)

    async def renewed(self, refused: str) -> str:
        """A token other than the one that WeChat has just refused (40001, 40014, 42001): the one that somebody else
        has fetched meanwhile, else a new one. Once a minute at most WeChat is made to give out another."""
        return await self._found_or_fetched(refused)

    async def _found_or_fetched(self, refused: str | None) -> str:
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        mine = secrets.token_hex(8)
        while True:
            stored = await self._redis.get(self._key)
            if stored is not None and stored.decode() != refused:
                return str(stored.decode())
            if await self._redis.set(f"{self._key}:lock", mine, nx=True, px=LOCKED_MS):
                try:
                    return await self._fetched(refused)
                finally:
                    await self._unlock(keys=[f"{self._key}:lock"], args=[mine])
            if asyncio.get_running_loop().time() > deadline:
                raise NoToken("token_locked")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _fetched(self, refused: str | None) -> str:
        """Under the lock: look once more, then ask, and put it where all find it."""
        stored = await self._redis.get(self._key)
        if stored is not None and stored.decode() != refused:
            return str(stored.decode())
        token, expires_s = await self._ask(force=False)
        if token == refused:
            if not await self._redis.set(f"{self._key}:forced", digest(refused), nx=True, ex=FORCED_EVERY_S):
                raise NoToken("token_refused")
            token, expires_s = await self._ask(force=True)
        # WeChat has given out the successor five minutes before; what is left is never kept to its last second
        keep_s = expires_s - EARLY_S if expires_s > 2 * EARLY_S else max(expires_s // 2, 1)
        await self._redis.set(self._key, token, ex=keep_s)
        return token

    async def _ask(self, *, force: bool) -> tuple[str, int]:
        asked = {
            "grant_type": "client_credential",
            "appid": self._told.wechat_app_id,
            "secret": self._told.wechat_secret,
            "force_refresh": force,
        }
        try:
            async with self._client() as client:
                response = await client.post("/cgi-bin/stable_token", json=asked)
            said = orjson.loads(response.content) if response.status_code == 200 else None
        except (httpx.HTTPError, orjson.JSONDecodeError):
            raise NoToken("token_unavailable") from None  # the cause may show the address
        if not isinstance(said, dict):
            raise NoToken("token_unavailable")
        token, expires_s = said.get("access_token"), said.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(expires_s, int) or expires_s <= 0:
            raise NoToken(f"token_{said.get('errcode', 'unavailable')}")
        return token, expires_s


def digest(token: str) -> str:
    """A token as it may be kept where tokens are not: nobody can use it."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]
