"""Readings that are done together: who asks in the same turn of the event loop shares a statement."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from app import database

MOST: Final = 16
"""So many are read for at once: what is executed on their rows then is over before others have waited long."""
AT_ONCE: Final = 2
"""While what one reading found is executed, the database does the next. Who comes meanwhile waits and is read for with
the others that wait."""

T = TypeVar("T")
R = TypeVar("R")


class Together(Generic[T, R]):
    """One way of reading, for whoever reads so. `read` answers each that asks, in their order."""

    def __init__(self, read: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._read_all = read
        self._asked: list[tuple[T, asyncio.Future[R]]] = []
        self.under_way: set[asyncio.Task[None]] = set()

    async def read(self, one: T) -> R:
        """What the database says of this, as of a moment after the call."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[R] = loop.create_future()
        self._asked.append((one, answer))
        if len(self.under_way) < AT_ONCE:
            reading = loop.create_task(self._read())  # it starts when others of this turn have asked
            self.under_way.add(reading)
        return await answer

    async def _read(self) -> None:
        try:
            while self._asked:
                taken, self._asked = self._asked[:MOST], self._asked[MOST:]
                if asked := [(one, answer) for one, answer in taken if not answer.done()]:
                    await self._answer(asked)
        finally:  # at once: who asks from here on starts the next
            reading = asyncio.current_task()
            assert reading is not None
            self.under_way.discard(reading)

    async def _answer(self, asked: Sequence[tuple[T, "asyncio.Future[R]"]]) -> None:
        try:
            found = await self._read_all([one for one, _ in asked])
        except Exception as error:
            if len(asked) > 1 and not database.is_away(error):
                for alone in asked:  # what is wrong with one is no fault of the others
                    await self._answer([alone])
                return
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for (_, answer), one in zip(asked, found, strict=True):
                if not answer.done():
                    answer.set_result(one)
