"""A step: something was said of locked shipments; their status and times follow from all that was said of them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app.fulfilment.events import tell_shipment
from app.fulfilment.rules import ShipmentStatus, TrackingCode
from app.fulfilment.timeline import Heard, Standing, standing, together
from app.kernel.act import Work

STALLED_AFTER_HOURS: Final = 72
"""How long a shipment may be silent where its seller has said nothing about it."""

_HEARD: Final = """
SELECT p.shipment_id, p.id AS package_id, s.status AS shipment_status, h.codes, h.moments, h.heard
FROM shipment s
JOIN shipment_package p ON p.shipment_id = s.id AND p.removed_at IS NULL
CROSS JOIN LATERAL (
    SELECT array_agg(t.code::text) AS codes, array_agg(t.at) AS moments, array_agg(t.heard_at) AS heard
    FROM (
        SELECT code, at, heard_at FROM tracking_event WHERE waybill_id = p.waybill_id
        UNION ALL
        SELECT code, at, heard_at FROM tracking_event
        WHERE shipment_id = p.shipment_id AND (package_id IS NULL OR package_id = p.id)
    ) t
) h
WHERE s.id = ANY($1::uuid[])
ORDER BY p.shipment_id, p.position
"""
# A rule of the carrier's own comes before the seller's rule for all.
_TIMES: Final = f"""
WITH due AS (
    SELECT s.id, min(CASE
               WHEN p.status IN ('exception', 'returned_to_sender') THEN p.news_at
               WHEN p.status <> 'arrived' THEN coalesce(p.news_at, s.shipped_at) + make_interval(hours => r.hours)
           END) AS stalls_at,
           CASE WHEN bool_and(p.status = 'arrived' AND r.days IS NOT NULL)
                THEN max(p.arrived_at + make_interval(days => r.days)) END AS signs_at
    FROM shipment s
    JOIN shipment_package p ON p.shipment_id = s.id AND p.removed_at IS NULL
    CROSS JOIN LATERAL (
        SELECT CASE WHEN own.id IS NULL THEN {STALLED_AFTER_HOURS} ELSE own.stalled_after_hours END AS hours,
               own.auto_sign_days AS days
        FROM (SELECT) AS always LEFT JOIN LATERAL (
            SELECT * FROM logistics_rule g
            WHERE g.network_id = s.network_id AND g.seller_id = s.seller_id
              AND (g.carrier_code = p.carrier_code OR g.carrier_code IS NULL)
            ORDER BY g.carrier_code NULLS LAST LIMIT 1) own ON true
    ) r
    WHERE s.id = ANY($1::uuid[]) AND s.status <> 'delivered'
    GROUP BY s.id
)
UPDATE shipment s
SET stalls_at = due.stalls_at, signs_at = due.signs_at,
    stalled_at = CASE WHEN s.stalled_at >= due.stalls_at THEN s.stalled_at
                      WHEN $3::bool AND due.stalls_at <= $2 THEN $2::timestamptz END
FROM due JOIN shipment before ON before.id = due.id
WHERE s.id = due.id
RETURNING s.id, s.stalled_at IS NOT NULL AND s.stalled_at IS DISTINCT FROM before.stalled_at AS alerts
"""
_MOVED: Final = """
WITH packed AS (
    UPDATE shipment_package p SET status = m.status, news_at = m.news_at, arrived_at = m.arrived_at
    FROM unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[]) AS m(id, status, news_at, arrived_at)
    WHERE p.id = m.id
)
UPDATE shipment s SET status = m.status, version = s.version + 1
FROM unnest($1::uuid[], $2::text[]) AS m(id, status), sales_order o
WHERE s.id = m.id AND o.id = s.order_id
RETURNING s.id, s.network_id, s.order_id, s.version, s.status, o.seller_id, o.buyer_id
"""


async def progress(work: Work, shipment_ids: Sequence[UUID], *, what: str) -> None:
    """Work out where these locked shipments are, raise their versions, and tell both sides `what` happened.

    One that was signed for stays so. One that is stalled now, and was not before, is told so as well: once, until
    other news come. Three round trips, however many.
    """
    rows = await work.rows(_HEARD, list(shipment_ids))
    found = {row["package_id"]: _standing(row) for row in rows}
    packages: dict[UUID, list[ShipmentStatus]] = {}
    for row in rows:
        packages.setdefault(row["shipment_id"], []).append(found[row["package_id"]].status)
    over = {row["shipment_id"] for row in rows if row["shipment_status"] == ShipmentStatus.DELIVERED}
    statuses = {one: ShipmentStatus.DELIVERED if one in over else together(packages[one]) for one in packages}
    moved = await work.rows(
        _MOVED,
        list(statuses),
        [one.value for one in statuses.values()],
        list(found),
        [one.status.value for one in found.values()],
        [one.news_at for one in found.values()],
        [one.arrived_at for one in found.values()],
    )
    alerts = await times(work, list(statuses), alert=True)
    for row in moved:
        _tell(work, row, what)
        if row["id"] in alerts:
            _tell(work, row, "stalled")


async def times(work: Work, shipment_ids: Sequence[UUID], *, alert: bool = False) -> set[UUID]:
    """Set anew when these locked shipments stall and when they count as signed for, from what is known of their
    packages and their seller's rules. One round trip.

    `alert`: answers those that are stalled and of which nobody was told, and notes that they are told now; without it
    the clock finds them.
    """
    rows = await work.rows(_TIMES, list(shipment_ids), work.now, alert)
    return {row["id"] for row in rows if row["alerts"]}


def _standing(row: asyncpg.Record) -> Standing:
    told = zip(row["codes"] or (), row["moments"] or (), row["heard"] or (), strict=True)
    return standing(Heard(TrackingCode(code), at, heard_at) for code, at, heard_at in told)


def _tell(work: Work, row: asyncpg.Record, what: str) -> None:
    tell_shipment(
        work,
        network_id=row["network_id"],
        seller_id=row["seller_id"],
        buyer_id=row["buyer_id"],
        order_id=row["order_id"],
        shipment_id=row["id"],
        version=row["version"],
        what=what,
        status=row["status"],
    )
