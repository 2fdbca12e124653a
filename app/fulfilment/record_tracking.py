"""The seller, or its carrier through it, records what happened to a shipment on its way."""

from collections.abc import Sequence
from uuid import UUID

from app.fulfilment.open_shipment import open_shipment
from app.fulfilment.progress import progress
from app.fulfilment.remember import remember
from app.fulfilment.rules import TrackingSaid, judged
from app.kernel.act import Work, act
from app.kernel.refusal import Forbidden, NotFound
from app.network.roles import Permission
from app.network.viewer import Viewer

_PACKAGE = "SELECT 1 FROM shipment_package WHERE id = $1 AND shipment_id = $2 AND removed_at IS NULL"


@act
async def record_tracking(
    work: Work,
    viewer: Viewer,
    *,
    shipment_id: UUID,
    events: Sequence[TrackingSaid],
    package_id: UUID | None = None,
    client_key: str,
) -> UUID:
    """Keep events of a shipment, or of one of its packages, in any order of arrival; one that is known already (same
    moment, code and words) changes nothing.

    Returns the id of the shipment. NotFound for a foreign shipment or package, Forbidden for the buyer, BadRequest for
    events that cannot be.
    """
    viewer.require(Permission.SHIPMENT_MANAGE)
    said = {"shipment": shipment_id, "events": [[one.code, one.text, one.place, one.at] for one in events]}
    if package_id is not None:
        said["package"] = package_id
    earlier = await viewer.same_request(work, "recordTracking", client_key, said, shipment_id)
    if earlier:
        return earlier
    shipment = await open_shipment(work, viewer, shipment_id)
    if viewer.company_id != shipment.seller_id:
        raise Forbidden(Permission.SHIPMENT_MANAGE.value)
    if package_id is not None and await work.row(_PACKAGE, package_id, shipment.id) is None:
        raise NotFound("package", package_id)
    if await remember(work, judged(events, work.now), shipment_id=shipment.id, package_id=package_id):
        await progress(work, [shipment.id], what="tracked")
    return shipment.id
