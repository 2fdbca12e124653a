"""After confirmation the buyer asks for a cancellation; until the seller has decided, nothing is shipped."""

from uuid import UUID

import orjson

from app.kernel.act import Work, act
from app.kernel.change import Change
from app.kernel.ids import uuid7
from app.kernel.quantity import quantity_text
from app.kernel.text import text
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.lifecycle import ORDER, OrderAction
from app.ordering.open_order import open_order
from app.ordering.record import LONGEST_REASON, record
from app.ordering.wanted import LineQuantities, as_said, wanted

_ASK = """
asked AS (
    INSERT INTO cancellation_request (id, order_id, status, reason, lines, requested_by, created_at)
    VALUES ($1, $2, 'open', $3, $4::jsonb, $5, $6)
)"""


@act
async def request_cancellation(
    work: Work,
    viewer: Viewer,
    *,
    order_id: UUID,
    lines: LineQuantities | None,
    reason: str,
    client_key: str,
    expected_version: int | None = None,
) -> UUID:
    """confirmed, fulfilling → cancel_requested; `lines` None asks for all that is open.

    Raises MoreThanOpen, MoveNotAllowed, ChangedMeanwhile; NotFound for a foreign order or line.
    """
    viewer.require(Permission.ORDER_PLACE)
    reason = text("reason", reason, LONGEST_REASON)
    said = {"order": order_id, "lines": as_said(lines), "reason": reason, "version": expected_version}
    earlier = await viewer.same_request(work, "requestCancellation", client_key, said, order_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.REQUEST_CANCELLATION, work.now)
    order.expect(expected_version)
    asked = wanted(order.lines, lines)
    kept = [] if lines is None else [{"lineId": str(one), "quantity": quantity_text(asked[one])} for one in asked]
    request_id = uuid7()
    asked_for = orjson.dumps(kept).decode()
    work.later(Change(_ASK, (request_id, order.id, reason, asked_for, viewer.membership_id, work.now)))
    record(
        work,
        order,
        what="cancellation_requested",
        status=ORDER.after(order.status, "request_cancellation"),
        by=viewer.membership_id,
        reason=reason,
        details={"requestId": str(request_id)},
    )
    return order.id
