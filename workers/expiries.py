"""What ends by itself: reservations of orders that nobody confirmed.

An expired reservation counts as expired at the next command anyway; these jobs make the status say so and give stock
and credit back for everybody to see.
"""

import logging
from uuid import UUID

from app import database
from app.kernel.clock import now
from app.ordering.expire import expire_order, lapsed_orders
from workers.job import job

logger = logging.getLogger("tributary.expiries")


@job(name="expire_reservation", timeout_s=30, tries=5)
async def expire_reservation(*, job_id: str, order_id: str) -> None:
    """Expire one order if its time has passed. Too early, too late or twice: nothing happens."""
    await expire_order(order_id=UUID(order_id), job_id=job_id)


async def expire_due() -> int:
    """Expire every order that is due, also those whose job was lost with Redis. Answers how many were expired.

    One whose books are broken is an alarm and keeps nobody else waiting.
    """
    expired = 0
    for order_id in await lapsed_orders(now()):
        try:
            expired += await expire_order(order_id=order_id)
        except Exception as error:
            if database.is_away(error):
                raise
            logger.exception("order %s cannot expire", order_id)
    return expired
