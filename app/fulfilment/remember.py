"""A step: keep what was said of a waybill, a shipment or a package; the same said again is kept once."""

from collections.abc import Sequence
from uuid import UUID

from app.fulfilment.rules import TrackingSaid
from app.fulfilment.timeline import event_id
from app.kernel.act import Work

# Of two places for one event the same one is kept, whichever came first.
_KEEP = """
INSERT INTO tracking_event AS t (id, waybill_id, shipment_id, package_id, code, text, place, at, heard_at)
SELECT e.id, $1, $2, $3, e.code, e.text, e.place, e.at, $9
FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[]) AS e(id, code, text, place, at)
ON CONFLICT (waybill_id, shipment_id, package_id, at, code, text)
    DO UPDATE SET place = excluded.place
    WHERE excluded.place IS NOT NULL AND (t.place IS NULL OR t.place < excluded.place COLLATE "C")
RETURNING id
"""


async def remember(
    work: Work,
    events: Sequence[TrackingSaid],
    *,
    waybill_id: UUID | None = None,
    shipment_id: UUID | None = None,
    package_id: UUID | None = None,
) -> bool:
    """Keep the events; False when all of them were known. One round trip."""
    about = package_id or shipment_id or waybill_id
    assert about is not None
    rows = {event_id(about, one): one for one in sorted(events, key=lambda one: one.place or "")}
    new = await work.rows(
        _KEEP,
        waybill_id,
        shipment_id,
        package_id,
        list(rows),
        [one.code.value for one in rows.values()],
        [one.text for one in rows.values()],
        [one.place for one in rows.values()],
        [one.at for one in rows.values()],
        work.now,
    )
    return bool(new)
