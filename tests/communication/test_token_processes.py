"""WeChat's token among real processes: whoever needs it first fetches it, and all others have that one."""

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path

from redis.asyncio import Redis

from tests.communication.telling import Outside
from tests.communication.weixin import APP_ID

ROOT = Path(__file__).parents[2]
PROCESSES, EACH = 3, 5
# Ready; then, at a word, so many at once ask for the token and print it, and again with that one refused
ASKING = f"""
import asyncio, sys
from redis.asyncio import Redis
from app.communication.wechat import WeChat
from app.settings import settings

async def main():
    told = settings()
    async with Redis.from_url(told.redis_url) as redis:
        await redis.ping()
        token = WeChat(redis, told)._token
        print("ready", flush=True)
        for refused in sys.stdin:
            if refused.strip():
                asked = [token.renewed(refused.strip()) for _ in range({EACH})]
            else:
                asked = [token.get() for _ in range({EACH})]
            print(*await asyncio.gather(*asked), flush=True)

asyncio.run(main())
"""


class Asking:
    """A process that asks when it is told to."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self.child = child

    async def hears(self) -> list[str]:
        assert self.child.stdout is not None
        return (await self.child.stdout.readline()).decode().split()

    def tell(self, refused: str = "") -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(f"{refused}\n".encode())


async def asking(outside: Outside) -> Asking:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ASKING),
        cwd=ROOT,
        env={**os.environ, **outside.environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    return Asking(child)


async def all_at_once(processes: list[Asking], refused: str = "") -> Counter[str]:
    for one in processes:
        one.tell(refused)
    return Counter([token for one in processes for token in await one.hears()])


async def test_one_fetches_for_all_processes(outside: Outside, redis_url: str) -> None:
    state = outside.wx.state
    state.token_takes_s = 0.2
    processes = [await asking(outside) for _ in range(PROCESSES)]
    try:
        assert [await one.hears() for one in processes] == [["ready"]] * PROCESSES
        [(token, times)] = (await all_at_once(processes)).items()
        assert times == PROCESSES * EACH
        assert state.asked_for_tokens == [False]
        assert await all_at_once(processes) == {token: PROCESSES * EACH}
        assert state.asked_for_tokens == [False]

        state.tokens.clear()  # somebody else's fetch made ours invalid
        [(renewed, times)] = (await all_at_once(processes, token)).items()
        assert (renewed != token, times) == (True, PROCESSES * EACH)
        assert state.asked_for_tokens == [False, False]

        async with Redis.from_url(redis_url) as redis:
            await redis.flushdb()  # Redis forgets: one fetch, and WeChat gives the same again
        assert await all_at_once(processes) == {renewed: PROCESSES * EACH}
        assert state.asked_for_tokens == [False, False, False]
        async with Redis.from_url(redis_url) as redis:
            assert await redis.keys("*lock*") == []
            assert 0 < await redis.ttl(f"tributary:wechat:token:{APP_ID}") <= 6900
    finally:
        for one in processes:
            one.child.kill()
            await one.child.wait()
