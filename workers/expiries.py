"""What ends by itself: reservations of orders that nobody confirmed, and changes that nobody answered.

An expired reservation counts as expired at the next command anyway; these jobs make the status say so and give stock
and credit back for everybody to see.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from app import database
from app.kernel.clock import now
from app.ordering.expire import expire_order, lapsed_orders
from app.ordering.lapse_change import lapse_change, lapsed_changes
from workers.job import job

End = Callable[..., Awaitable[bool]]

logger = logging.getLogger("tributary.expiries")


@job(name="expire_reservation", timeout_s=30, tries=5)
async def expire_reservation(*, job_id: str, order_id: str) -> None:
    """Expire one order if its time has passed. Too early, too late or twice: nothing happens."""
    await expire_order(order_id=UUID(order_id), job_id=job_id)


@job(name="lapse_order_change", timeout_s=30, tries=5)
async def lapse_order_change(*, job_id: str, order_id: str) -> None:
    """Let one order's proposed change lapse if its time has passed. Too early, too late or twice: nothing happens."""
    await lapse_change(order_id=UUID(order_id), job_id=job_id)


async def expire_due() -> int:
    """Expire every order that is due, also those whose job was lost with Redis. Answers how many were expired."""
    return await _each(await lapsed_orders(now()), expire_order, "order %s cannot expire")


async def lapse_due_changes() -> int:
    """Let every change lapse that nobody answered in time. Answers how many there were."""
    return await _each(await lapsed_changes(now()), lapse_change, "the change of order %s cannot lapse")


async def _each(orders: Sequence[UUID], end: End, alarm: str) -> int:
    """One whose books are broken is an alarm and keeps nobody else waiting."""
    ended = 0
    for order_id in orders:
        try:
            ended += await end(order_id=order_id)
        except Exception as error:
            if database.is_away(error):
                raise
            logger.exception(alarm, order_id)
    return ended
