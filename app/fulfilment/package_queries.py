"""Reads of packages, of their history and of what was said of them, by the two parties of their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.network.sql import readable
from app.network.viewer import Viewer

_PACKAGES: Final = f"""
SELECT p.shipment_id, p.id, p.carrier, p.carrier_code, p.tracking_number, p.weight_g, p.volume_cm3, p.pieces, p.status,
    p.news_at, w.subscribed_at, w.subscribe_at, w.trouble, o.seller_id
FROM shipment_package p
JOIN shipment s ON s.id = p.shipment_id
JOIN sales_order o ON o.id = s.order_id
JOIN trade_relation r ON r.id = o.relation_id
LEFT JOIN waybill w ON w.id = p.waybill_id
WHERE p.shipment_id = ANY($4::uuid[]) AND p.removed_at IS NULL AND {readable("r", 1, 2)}
ORDER BY p.shipment_id, p.position
"""


async def packages_by_shipments(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """The packages of these shipments, in their order: one statement for all of them."""
    found = await database.rows(_PACKAGES, viewer.company_id, *viewer.scope, list(ids))
    return database.by_column(found, "shipment_id", ids)


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A page of the history of a shipment's packages: what its loader is keyed by."""

    shipment_id: UUID
    limit: int
    after: UUID | None


_CHANGES: Final = f"""
SELECT s.id AS shipment_id, c.id, c.package_id, c.what, c.before, c.after, c.reason, c.at
FROM shipment s
JOIN sales_order o ON o.id = s.order_id
JOIN trade_relation r ON r.id = o.relation_id
CROSS JOIN LATERAL (
    SELECT c.* FROM shipment_package p JOIN shipment_package_change c ON c.package_id = p.id
    WHERE p.shipment_id = s.id AND ($5::uuid IS NULL OR c.id < $5) ORDER BY c.id DESC LIMIT $6
) c
WHERE s.id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
ORDER BY s.id, c.id DESC
"""


async def changes_of_packages(
    viewer: Viewer, pages: Sequence[ChangesPage]
) -> Mapping[ChangesPage, list[asyncpg.Record]]:
    """Pages of corrections, the newest first: one statement for all that ask alike."""
    answer: dict[ChangesPage, list[asyncpg.Record]] = {page: [] for page in pages}
    for limit, after in {(page.limit, page.after) for page in pages}:
        ids = [page.shipment_id for page in pages if (page.limit, page.after) == (limit, after)]
        for row in await database.rows(_CHANGES, viewer.company_id, *viewer.scope, ids, after, limit):
            answer[ChangesPage(row["shipment_id"], limit, after)].append(row)
    return answer


@dataclass(frozen=True, slots=True)
class TrackingPage:
    """A page of what was said of one shipment, or of one of its packages: what its loader is keyed by."""

    shipment_id: UUID
    package_id: UUID | None
    limit: int
    after: tuple[datetime, UUID] | None


# The ids of events sort like the events themselves, so that ties have one order too.
_BEFORE: Final = "($6::timestamptz IS NULL OR (t.at, t.id) < ($6, $7::uuid))"
_TRACKING: Final = f"""
SELECT w.shipment_id, w.package_id AS asked, t.id, t.code, t.text, t.place, t.at, t.package_id, t.by_carrier
FROM unnest($4::uuid[], $5::uuid[]) AS w(shipment_id, package_id)
JOIN shipment s ON s.id = w.shipment_id
JOIN sales_order o ON o.id = s.order_id
JOIN trade_relation r ON r.id = o.relation_id
CROSS JOIN LATERAL (
    SELECT t.id, t.code, t.text, t.place, t.at, p.id AS package_id, true AS by_carrier
    FROM shipment_package p JOIN tracking_event t ON t.waybill_id = p.waybill_id
    WHERE p.shipment_id = w.shipment_id AND p.removed_at IS NULL AND (w.package_id IS NULL OR p.id = w.package_id)
      AND {_BEFORE}
    UNION ALL
    SELECT t.id, t.code, t.text, t.place, t.at, t.package_id, false
    FROM tracking_event t LEFT JOIN shipment_package p ON p.id = t.package_id
    WHERE t.shipment_id = w.shipment_id AND p.removed_at IS NULL
      AND (w.package_id IS NULL OR t.package_id IS NULL OR t.package_id = w.package_id)
      AND {_BEFORE}
    ORDER BY at DESC, id DESC LIMIT $8
) t
WHERE {readable("r", 1, 2)}
ORDER BY w.shipment_id, w.package_id, t.at DESC, t.id DESC
"""


async def tracking_of_shipments(
    viewer: Viewer, pages: Sequence[TrackingPage]
) -> Mapping[TrackingPage, list[asyncpg.Record]]:
    """Pages of tracking, the newest event first: one statement for all that ask alike."""
    answer: dict[TrackingPage, list[asyncpg.Record]] = {page: [] for page in pages}
    for limit, after in {(page.limit, page.after) for page in pages}:
        alike = [page for page in pages if (page.limit, page.after) == (limit, after)]
        shipments, packages = [page.shipment_id for page in alike], [page.package_id for page in alike]
        at, id_ = after or (None, None)
        for row in await database.rows(
            _TRACKING, viewer.company_id, *viewer.scope, shipments, packages, at, id_, limit
        ):
            answer[TrackingPage(row["shipment_id"], row["asked"], limit, after)].append(row)
    return answer
