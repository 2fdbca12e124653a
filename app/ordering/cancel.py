"""Cancelling without asking: the buyer before confirmation, the seller what has not been shipped, with a reason."""

from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.text import text
from app.network.viewer import Viewer
from app.ordering.call_off import call_off
from app.ordering.expire import or_expire
from app.ordering.lapse_change import void_change
from app.ordering.lifecycle import CLOSED, OrderAction
from app.ordering.open_order import open_order
from app.ordering.record import LONGEST_REASON, after_calling_off, record
from app.ordering.wanted import LineQuantities, as_said, wanted


@or_expire
@act
async def cancel_order(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    lines: LineQuantities | None,
    reason: str,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """Cancel quantities of lines, or all that is open (`lines` None).

    The order is cancelled when nothing is left of it, closed short when a part of it was shipped before, and else goes
    on. Raises MoreThanOpen, OrderExpired, MoveNotAllowed, ChangedMeanwhile; NotFound for a foreign order or line.
    """
    reason = text("reason", reason, LONGEST_REASON)
    said = {"order": order_id, "lines": as_said(lines), "reason": reason, "version": expected_version}
    earlier = await viewer.same_request(work, "cancelOrder", client_key, said, order_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.CANCEL, work.now)
    order.expect(expected_version)
    overtaken = await void_change(work, order, by=viewer.membership_id)
    await call_off(work, order, wanted(order.lines, lines), reason=reason, by=viewer.membership_id)
    status = after_calling_off(order)
    what = status.value if status in CLOSED else "lines_cancelled"
    record(work, order, what=what, status=status, by=viewer.membership_id, reason=reason, details=overtaken)
    return order.id
