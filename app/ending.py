"""End what runs in the background, surely."""

import asyncio
from typing import Any, Final

AGAIN_S: Final = 5.0
"""After so long without an end a task is cancelled once more; what it does on its way out may take less."""


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel tasks and wait until they have ended; what became of them is nobody's concern any more.

    Once is not always enough: in Python 3.11 `asyncio.wait_for`, with which the Redis client writes, forgets a
    cancellation that comes in the moment in which what it waits for is done. Its caller would go on for ever.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)
