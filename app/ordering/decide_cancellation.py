"""The seller accepts or refuses what the buyer asked to cancel."""

from uuid import UUID

import orjson

from app.kernel.act import Work, act
from app.kernel.text import optional_text, text
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.call_off import call_off
from app.ordering.lifecycle import ORDER, OrderAction
from app.ordering.open_order import OpenOrder, open_order
from app.ordering.record import LONGEST_REASON, after_calling_off, record
from app.ordering.wanted import from_said, wanted

_DECIDE = """
UPDATE cancellation_request SET status = $2, decided_by = $3, decided_at = $4
WHERE order_id = $1 AND status = 'open'
RETURNING id, reason, lines
"""


@act
async def decide_cancellation(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    accept: bool,
    reason: str | None,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """cancel_requested → as before, or cancelled, or closed short. A refusal of the request needs a reason.

    Raises MoveNotAllowed, ChangedMeanwhile; NotFound for a foreign order.
    """
    viewer.require(Permission.ORDER_DECIDE)
    reason = optional_text("reason", reason, LONGEST_REASON) if accept else text("reason", reason or "", LONGEST_REASON)
    said = {"order": order_id, "accept": accept, "reason": reason, "version": expected_version}
    earlier = await viewer.same_request(work, "decideCancellation", client_key, said, order_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.DECIDE_CANCELLATION, work.now)
    order.expect(expected_version)
    decision = "accepted" if accept else "refused"
    request = await work.row(_DECIDE, order.id, decision, viewer.membership_id, work.now)
    if request is None:
        raise LookupError(f"order {order.id} is {order.status} without an open request")
    if accept:
        quantities = wanted(order.lines, from_said(orjson.loads(request["lines"])))
        await call_off(work, order, quantities, reason=request["reason"], by=viewer.membership_id)
        status = after_calling_off(order)
    else:
        status = ORDER.after(order.status, _back(order))
    record(
        work,
        order,
        what=f"cancellation_{decision}",
        status=status,
        by=viewer.membership_id,
        reason=reason,
        details={"requestId": str(request["id"])},
    )
    return order.id


def _back(order: OpenOrder) -> str:
    return "resume_fulfilling" if order.any_shipped else "resume_confirmed"
