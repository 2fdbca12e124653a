"""Provider message → use case: what came in by webhook takes effect, once, in any number of workers."""

import logging
from collections.abc import Mapping

from app import database
from app.fulfilment.carrier import Carrier
from app.fulfilment.take_push import source_of, take_push
from app.kernel import inbox
from app.kernel.clock import now
from app.wake import INBOX, Wake
from workers.publisher import DATABASE_TROUBLE

AT_ONCE = 100

logger = logging.getLogger("tributary.inbox")


async def take_in_forever(wake: Wake, services: Mapping[str, Carrier]) -> None:
    """Take what waits whenever woken, and look once a second. A lost database connection is waited out: what was
    received is kept."""
    async for _ in wake.hear(INBOX):
        try:
            while any([await take_in(carrier) for carrier in services.values()]):
                pass
        except DATABASE_TROUBLE as error:
            logger.warning("the inbox waits, trying again: %s", error)


async def take_in(carrier: Carrier) -> int:
    """Take the pushes of a carrier that wait now, a hundred at most; answers how many took effect.

    One that cannot is tried again later, and stands in nobody's way.
    """
    source, taken = source_of(carrier.name), 0
    for message_id in await inbox.waiting(source, now(), AT_ONCE):
        try:
            taken += await take_push(carrier, message_id=message_id)
        except Exception as error:
            if database.is_away(error):
                raise
            logger.exception("push %s of %s cannot be taken", message_id, carrier.name)
            await inbox.put_off(source=source, message_id=message_id, trouble=type(error).__name__)
    return taken
