"""An order that nobody confirmed in time expires: stock and hold are given back whole.

It counts as expired from its moment on, whether or not a worker is alive: an act on it is refused with OrderExpired,
and the refused act expires it in a transaction of its own. The worker asks for `lapsed_orders` and does the same.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from app import database
from app.kernel.act import Work, act
from app.kernel.clock import now
from app.kernel.inbox import first_time
from app.ordering.act_refusals import ChangeLapsed, OrderExpired
from app.ordering.call_off import call_off
from app.ordering.lapse_change import lapse_change, void_change
from app.ordering.lifecycle import ORDER
from app.ordering.open_order import open_for_the_house
from app.ordering.record import record
from app.ordering.wanted import wanted

P = ParamSpec("P")
R = TypeVar("R")

_LAPSED = """
SELECT id FROM sales_order
WHERE status IN ('submitted', 'change_proposed') AND reservation_expires_at <= $1
ORDER BY reservation_expires_at LIMIT $2
"""
_PARTIES = "SELECT seller_id, buyer_id FROM sales_order WHERE id = $1"
_LAPSED_BETWEEN = """
SELECT id FROM sales_order
WHERE status IN ('submitted', 'change_proposed') AND reservation_expires_at <= $1 AND seller_id = $2 AND buyer_id = $3
ORDER BY id
"""


@act
async def expire_order(work: Work, *, order_id: UUID, job_id: str | None = None) -> bool:
    """Not yet confirmed → expired, when its time is over. False when it is not, or when it was decided meanwhile.

    A job marks itself as done (`job_id`) in the same transaction.
    """
    order = await open_for_the_house(work, order_id)
    if not order.has_lapsed(work.now):
        return False
    if job_id is not None and not await first_time(work, job_id):
        return False
    overtaken = await void_change(work, order, by=None)
    await call_off(work, order, wanted(order.lines, None), reason="expired", by=None)
    record(work, order, what="expired", status=ORDER.after(order.status, "expire"), by=None, details=overtaken)
    return True


async def expire_lapsed_between(seller_id: UUID, buyer_id: UUID) -> bool:
    """Expire what nobody confirmed in time between these two, so that its money is there for another order. False when
    there is nothing of the kind."""
    lapsed = [row["id"] for row in await database.rows(_LAPSED_BETWEEN, now(), seller_id, buyer_id)]
    for order_id in lapsed:
        await expire_order(order_id=order_id)
    return bool(lapsed)


async def expire_lapsed_beside(order_id: UUID) -> bool:
    """The same between the parties of an order, which needs more money."""
    parties = await database.row(_PARTIES, order_id)
    return parties is not None and await expire_lapsed_between(*parties)


async def lapsed_orders(moment: datetime, most: int = 500) -> list[UUID]:
    """Unconfirmed orders whose time is over and that nobody has expired yet, the oldest first."""
    return [row["id"] for row in await database.rows(_LAPSED, moment, most)]


def or_expire(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """An act on an order: where it is refused because the order's time is over, expire the order, then refuse.

    Where only the time of a proposed change is over, let that lapse, and act on the order as it stands then; who
    came to answer the change is refused.
    """

    @wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await function(*args, **kwargs)
        except OrderExpired as refusal:
            await expire_order(order_id=refusal.order_id)
            raise
        except ChangeLapsed as refusal:
            await lapse_change(order_id=refusal.order_id)
            if refusal.answered:
                raise
            return await function(*args, **kwargs)

    return run
