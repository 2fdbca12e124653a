"""Outbox → delivery numbers → wake-up, and then the reactions."""

import logging
from collections.abc import Awaitable, Callable

import asyncpg
import orjson

from app.kernel.event_log import BATCH, Published, anything_unpublished, publish
from app.wake import EVENTS, OUTBOX, Wake

logger = logging.getLogger("tributary.publisher")

DATABASE_TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


async def publish_forever(wake: Wake, then: Callable[[], Awaitable[None]]) -> None:
    """Publish whenever woken, and look once a second. `then` runs after each round that found something.

    Several processes may run this: the counter row lets one publish at a time. A lost database connection is waited
    out; nothing was lost, the facts are still in the outbox.
    """
    async for _ in wake.hear(OUTBOX):
        try:
            await publish_all(wake)
            await then()
        except DATABASE_TROUBLE as error:
            logger.warning("publishing failed, trying again: %s", error)


async def publish_all(wake: Wake) -> int:
    """Publish until the outbox is empty; answers how many facts were moved."""
    total = 0
    while await anything_unpublished():
        published = await publish()
        total += published.moved
        if published.moved:
            wake.say(EVENTS, spoken(published))
        if published.moved < BATCH:
            break
    return total


def spoken(published: Published) -> bytes:
    """The wake-up that live delivery hears: the last number, how many there are, who has something to read, and what
    kinds of facts there are."""
    said = {
        "lastNo": published.last_no,
        "moved": published.moved,
        "companies": [str(one) for one in published.companies],
        "kinds": published.kinds,
    }
    return orjson.dumps(said)
