"""A proposed change comes to its end without changing the order; one that nobody answered lapses by itself.

It counts as lapsed from its moment on, whether or not a worker is alive: the next act on the order finds it so.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from app import database
from app.kernel.act import Work, act
from app.kernel.change import Change
from app.kernel.inbox import first_time
from app.ordering.amendment import AmendmentStatus
from app.ordering.lifecycle import ORDER, OrderStatus
from app.ordering.open_order import OpenOrder, open_for_the_house
from app.ordering.record import record

_OPEN: Final = "SELECT id FROM order_amendment WHERE order_id = $1 AND status = 'proposed'"
_ENDED: Final = """
ended AS (
    UPDATE order_amendment SET status = $2, decided_by = $3, decided_at = $4, answer = $5
    WHERE order_id = $1 AND status = 'proposed' RETURNING id
)"""
_LAPSED: Final = """
SELECT id FROM sales_order WHERE status = 'change_proposed' AND change_expires_at <= $1
ORDER BY change_expires_at LIMIT $2
"""


async def open_change(work: Work, order: OpenOrder) -> UUID:
    """The id of the change that waits for an answer. LookupError when a waiting order has none."""
    row = await work.row(_OPEN, order.id)
    if row is None:
        raise LookupError(f"order {order.id} is {order.status} without a proposed change")
    change_id: UUID = row["id"]
    return change_id


def end_change(
    work: Work, order: OpenOrder, outcome: AmendmentStatus, *, by: UUID | None, answer: str | None = None
) -> None:
    """Say what became of the order's proposed change, in the act's last statement."""
    order.change_expires_at = None
    params = (order.id, outcome.value, by, work.now, answer)
    work.later(Change(_ENDED, params, must_write=("ended", 1), otherwise=f"order {order.id} has no proposed change"))


async def void_change(work: Work, order: OpenOrder, *, by: UUID | None) -> dict[str, str]:
    """The order is cancelled or expires: a change that waits is overtaken, and the entry of the timeline says which.
    Nothing, and no round trip, where none waits."""
    if order.status is not OrderStatus.CHANGE_PROPOSED:
        return {}
    change_id = await open_change(work, order)
    end_change(work, order, AmendmentStatus.VOID, by=by)
    return {"changeId": str(change_id)}


async def resume(
    work: Work, order: OpenOrder, outcome: AmendmentStatus, *, by: UUID | None, reason: str | None = None
) -> None:
    """change_proposed → submitted: the order stands as it was placed, and the seller decides anew."""
    change_id = await open_change(work, order)
    end_change(work, order, outcome, by=by, answer=reason)
    record(
        work,
        order,
        what=f"change_{outcome.value}",
        status=ORDER.after(order.status, "resume_submitted"),
        by=by,
        reason=reason,
        details={"changeId": str(change_id)},
    )


@act
async def lapse_change(work: Work, *, order_id: UUID, job_id: str | None = None) -> bool:
    """Let the order's proposed change lapse when its time is over. False when it is not, or was answered meanwhile.

    A job marks itself as done (`job_id`) in the same transaction. An order that lapsed itself is left to its expiry.
    """
    order = await open_for_the_house(work, order_id)
    if not order.change_has_lapsed(work.now) or order.has_lapsed(work.now):
        return False
    if job_id is not None and not await first_time(work, job_id):
        return False
    await resume(work, order, AmendmentStatus.LAPSED, by=None)
    return True


async def lapsed_changes(moment: datetime, most: int = 500) -> list[UUID]:
    """Orders whose proposed change nobody answered in time, the oldest first."""
    return [row["id"] for row in await database.rows(_LAPSED, moment, most)]
