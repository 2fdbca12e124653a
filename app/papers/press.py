"""Printing beside the event loop: one child process that is started for the first paper and kept."""

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Final

from app.kernel.refusal import Fault
from app.papers.paper import FAILED, LENGTH, Paper

PATIENCE_S: Final = 60.0
MOST_WAITING: Final = 20
"""Papers that wait for the press of a process; one more is asked to come again."""


class NotPrinted(RuntimeError):
    """A paper that cannot be set; the message is the printer's."""


class PressBusy(Fault):
    """As many papers wait as may, or one could not be printed now."""

    code = "RATE_LIMITED"
    en = "The file cannot be made right now. Try again in a moment."
    zh = "暂时无法生成文件，请稍后重试。"


class Press:
    """Prints one paper at a time; who asks meanwhile waits, unless too many do."""

    def __init__(self) -> None:
        self._waiting = 0
        self._child: Process | None = None
        self._turn = asyncio.Lock()

    async def print(self, paper: Paper) -> bytes:
        """The paper as PDF. A child that died is started again, once. Raises NotPrinted, TimeoutError after a minute,
        and PressBusy where too many wait."""
        if self._waiting >= MOST_WAITING:
            raise PressBusy
        self._waiting += 1
        try:
            return await self._in_turn(pickle.dumps(paper))
        finally:
            self._waiting -= 1

    async def _in_turn(self, message: bytes) -> bytes:
        async with self._turn:
            for last in (False, True):
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        return await self._ask(message)
                except (BrokenPipeError, ConnectionResetError, asyncio.IncompleteReadError):
                    await self._put_down()
                    if last:
                        raise
                except BaseException as error:
                    if not isinstance(error, NotPrinted):  # its answer would come in the place of the next one
                        await self._put_down()
                    raise
        raise AssertionError

    async def _ask(self, message: bytes) -> bytes:
        if self._child is None:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "app.papers.printing", stdin=PIPE, stdout=PIPE
            )
        given, taken = self._child.stdin, self._child.stdout
        assert given is not None
        assert taken is not None
        given.write(len(message).to_bytes(LENGTH, "big") + message)
        await given.drain()
        answer = await taken.readexactly(int.from_bytes(await taken.readexactly(LENGTH), "big"))
        if answer[:1] == FAILED:
            raise NotPrinted(answer[1:].decode(errors="replace"))
        return answer[1:]

    async def close(self) -> None:
        """End the child, if there is one, after what it prints."""
        async with self._turn:
            await self._put_down()

    async def _put_down(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with suppress(ProcessLookupError):
            child.kill()
        with suppress(asyncio.CancelledError):
            await child.wait()


press = Press()
"""The press of this process."""
