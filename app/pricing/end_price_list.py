"""A price list, ended: it prices nothing any more."""

from uuid import UUID

from app.kernel.act import Work, act
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.pricing.standing import lock_list, raise_version


@act
async def end_price_list(work: Work, viewer: Viewer, *, price_list_id: UUID, client_key: str) -> UUID:
    """End the list for good; orders that it priced keep their prices. Returns its id.

    Raises MoveNotAllowed when it has ended already, NotFound for another company's list, Forbidden outside a channel
    manager's scope.
    """
    viewer.require(Permission.PRICE_MANAGE)
    if await viewer.same_request(work, "endPriceList", client_key, {"list": price_list_id}, price_list_id):
        return price_list_id
    locked = await lock_list(work, viewer, price_list_id, "end")
    await raise_version(work, viewer, locked, "end", "ended")
    return price_list_id
