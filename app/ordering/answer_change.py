"""The buyer refuses a proposed change, or the seller takes it back: the order stands as it was placed."""

from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.text import optional_text
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.amendment import AmendmentStatus
from app.ordering.expire import or_expire
from app.ordering.lapse_change import resume
from app.ordering.lifecycle import OrderAction
from app.ordering.open_order import open_order
from app.ordering.record import LONGEST_REASON


@or_expire
@act
async def refuse_change(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    reason: str | None,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """change_proposed → submitted, as its buyer. Raises ChangeLapsed, OrderExpired, MoveNotAllowed, ChangedMeanwhile;
    NotFound for a foreign order."""
    viewer.require(Permission.ORDER_PLACE)
    return await _end(
        work,
        viewer,
        OrderAction.REFUSE_CHANGE,
        AmendmentStatus.REFUSED,
        order_id=order_id,
        reason=reason,
        client_key=client_key,
        expected_version=expected_version,
    )


@or_expire
@act
async def withdraw_change(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    reason: str | None,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """change_proposed → submitted, as its seller. Raises as `refuse_change`."""
    viewer.require(Permission.ORDER_DECIDE)
    return await _end(
        work,
        viewer,
        OrderAction.WITHDRAW_CHANGE,
        AmendmentStatus.WITHDRAWN,
        order_id=order_id,
        reason=reason,
        client_key=client_key,
        expected_version=expected_version,
    )


async def _end(
    work: Work,
    viewer: Viewer,
    action: OrderAction,
    outcome: AmendmentStatus,
    *,
    order_id: UUID,
    reason: str | None,
    client_key: str,
    expected_version: int | None,
) -> UUID:
    reason = optional_text("reason", reason, LONGEST_REASON)
    said = {"order": order_id, "reason": reason, "version": expected_version}
    earlier = await viewer.same_request(work, action.value, client_key, said, order_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, action, work.now)
    order.expect(expected_version)
    await resume(work, order, outcome, by=viewer.membership_id, reason=reason)
    return order.id
