"""The seller confirms an order: what was reserved is allocated, and its value is open. No entry in the ledger."""

from decimal import Decimal
from uuid import UUID

from app.inventory.allocate import allocate
from app.kernel.act import Work, act
from app.ledger.hold import open_hold
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.expire import or_expire
from app.ordering.lifecycle import ORDER, OrderAction
from app.ordering.open_order import OpenOrder, open_order
from app.ordering.record import record


@or_expire
@act
async def confirm_order(
    work: Work, viewer: Viewer, *, order_id: UUID, client_key: str, expected_version: int | None = None
) -> UUID:
    """submitted → confirmed. Raises OrderExpired, MoveNotAllowed, ChangedMeanwhile; NotFound for a foreign order."""
    viewer.require(Permission.ORDER_DECIDE)
    said = {"order": order_id, "version": expected_version}
    earlier = await viewer.same_request(work, "confirmOrder", client_key, said, order_id)
    if earlier:
        return earlier
    order = await open_order(work, viewer, order_id)
    order.require(viewer, OrderAction.CONFIRM, work.now)
    order.expect(expected_version)
    work.later(open_hold(order_id=order.id))
    await allocate_all(work, order)
    order.confirmed_at, order.reservation_expires_at = work.now, None
    record(work, order, what="confirmed", status=ORDER.after(order.status, "confirm"), by=viewer.membership_id)
    return order.id


async def allocate_all(work: Work, order: OpenOrder, *, locked: bool = False) -> None:
    """What is open of every line becomes its own: two round trips, one where its stock is `locked` before.

    OrderExpired when the stock was given back between our clock and our locks.
    """
    found = await allocate(work, order_id=order.id, locked=locked)
    for line in order.lines:
        if line.stocked and line.open:
            if found.get(line.id, Decimal(0)) != line.base_units(line.open):
                raise order.expired(work.now)
            line.allocated = line.open
            line.touched = True
