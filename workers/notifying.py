"""Facts → inboxes: the table of `app.communication.notices`, applied behind the publisher at a place of its own.

What is written because of some facts and the place behind them commit together: killed at any moment, nothing is lost
and nothing told twice. A fact that cannot be told is an alarm and holds up nobody else. Nothing here asks Redis.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from app import database
from app.communication.channels import Open, open_channels
from app.communication.notices import BY_FACT
from app.communication.notify import Told, calls_for, tell_members
from app.communication.parties import Parties, PartiesOf, as_told, of_orders, of_relations, of_shipments
from app.kernel.act import Work, act
from app.kernel.event_log import has_unread, take_unread

READER: Final = "notifications"
BATCH: Final = 200
LOOK_EVERY_S: Final = 1.0

PARTIES: Final[Mapping[str, PartiesOf]] = {
    "order": of_orders,
    "shipment": of_shipments,
    "account": of_relations,
    "relation": of_relations,
}
"""Who is who in a fact, by its kind; the facts of all other kinds say it themselves."""

logger = logging.getLogger("tributary.notifying")


@act
async def notify_next(work: Work, opened: Open, limit: int = BATCH) -> tuple[int, Told]:
    """Tell members of the next facts; how many facts there were, and what was written."""
    events = await take_unread(work, READER, limit)
    named = [event for event in events if (event.kind, event.what) in BY_FACT]
    parties: dict[int, Parties] = {}
    for reads in {PARTIES.get(event.kind, as_told) for event in named}:
        of_these = [event for event in named if PARTIES.get(event.kind, as_told) is reads]
        parties.update(await reads(work, of_these))
    return len(events), await tell_members(work, calls_for(named, parties), opened)


@act
async def pass_over_next(work: Work) -> int | None:
    """Move the place past one fact that could not be told; its number."""
    events = await take_unread(work, READER, 1)
    return events[0].delivery_no if events else None


async def notify_all(opened: Open) -> list[UUID]:
    """Tell members of everything that is published; the members for whom something leaves the mall at once."""
    leaving: dict[UUID, None] = {}
    while await has_unread(READER):
        seen, told = await _patiently(opened)
        leaving.update(dict.fromkeys(told.members))
        if not seen:
            break
    return list(leaving)


async def _patiently(opened: Open) -> tuple[int, Told]:
    """A batch; where it fails, its first fact alone; where that fails, without it."""
    for limit in (BATCH, 1):
        try:
            return await notify_next(opened, limit)
        except Exception as error:
            if database.is_away(error):
                raise
            if limit == 1:
                number = await pass_over_next()
                logger.exception("nobody was told of fact %s", number)
    return 1, Told(0, ())


class Notifier:
    """Runs beside the publisher, and is woken by it; looks once a second by itself."""

    def __init__(self, then: Callable[[Sequence[UUID]], Awaitable[None]]) -> None:
        self._opened = open_channels()
        self._then = then
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be something to tell."""
        self._woken.set()

    async def run(self) -> None:
        """Tell members until cancelled. A database that is away is waited for."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_EVERY_S)
            self._woken.clear()
            try:
                members = await notify_all(self._opened)
            except Exception as error:
                if not database.is_away(error):
                    raise
                logger.warning("notifying waits for PostgreSQL: %s", error)
                continue
            if members:
                await self._then(members)
