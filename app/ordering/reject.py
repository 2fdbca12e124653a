"""The seller rejects an order: stock and hold are given back whole."""

from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.text import text
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.call_off import call_off
from app.ordering.expire import or_expire
from app.ordering.lifecycle import ORDER, OrderAction
from app.ordering.open_order import open_order
from app.ordering.record import LONGEST_REASON, record
from app.ordering.wanted import wanted


@or_expire
@act
async def reject_order(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    reason: str,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """submitted → rejected. Raises OrderExpired, MoveNotAllowed, ChangedMeanwhile; NotFound for a foreign order."""
    viewer.require(Permission.ORDER_DECIDE)
    reason = text("reason", reason, LONGEST_REASON)
    said = {"order": order_id, "reason": reason, "version": expected_version}
    earlier = await viewer.same_request(work, "rejectOrder", client_key, said, order_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.REJECT, work.now)
    order.expect(expected_version)
    await call_off(work, order, wanted(order.lines, None), reason=reason, by=viewer.membership_id)
    status = ORDER.after(order.status, "reject")
    record(work, order, what="rejected", status=status, by=viewer.membership_id, reason=reason)
    return order.id
