"""The seller, or its carrier through it, records what happened to a shipment on its way."""

from collections.abc import Sequence
from uuid import UUID

from app.fulfilment.events import tell_shipment
from app.fulfilment.open_shipment import open_shipment
from app.fulfilment.rules import TrackingSaid, after_tracking, judged
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import Forbidden
from app.network.roles import Permission
from app.network.viewer import Viewer

_NEW = """
INSERT INTO tracking_event (id, shipment_id, code, text, place, at)
SELECT e.id, $1, e.code, e.text, e.place, e.at
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) AS e(id, code, text, place, at)
ON CONFLICT (shipment_id, at, code) DO NOTHING
RETURNING id
"""
_ON_ITS_WAY = "UPDATE shipment SET status = $2, version = $3 WHERE id = $1"


@act
async def record_tracking(
    work: Work, viewer: Viewer, *, shipment_id: UUID, events: Sequence[TrackingSaid], client_key: str
) -> UUID:
    """Keep events in any order of arrival; one that is known already (same moment, same code) changes nothing.

    Returns the id of the shipment. NotFound for a foreign shipment, Forbidden for the buyer, BadRequest for events that
    cannot be.
    """
    viewer.require(Permission.SHIPMENT_MANAGE)
    said = {"shipment": shipment_id, "events": [[one.code, one.text, one.place, one.at] for one in events]}
    earlier = await viewer.same_request(work, "recordTracking", client_key, said, shipment_id)
    if earlier:
        return earlier
    shipment = await open_shipment(work, viewer, shipment_id)
    if viewer.company_id != shipment.seller_id:
        raise Forbidden(Permission.SHIPMENT_MANAGE.value)
    kept = judged(events, work.now)
    new = await work.rows(
        _NEW,
        shipment.id,
        [uuid7() for _ in kept],
        [one.code.value for one in kept],
        [one.text for one in kept],
        [one.place for one in kept],
        [one.at for one in kept],
    )
    if not new:
        return shipment.id
    status = after_tracking(shipment.status)
    await work.run(_ON_ITS_WAY, shipment.id, status.value, shipment.version + 1)
    tell_shipment(
        work,
        network_id=shipment.network_id,
        seller_id=shipment.seller_id,
        buyer_id=shipment.buyer_id,
        order_id=shipment.order_id,
        shipment_id=shipment.id,
        version=shipment.version + 1,
        what="tracked",
    )
    return shipment.id
