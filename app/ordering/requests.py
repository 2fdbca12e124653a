"""Reads of cancellation requests by the two parties of their order."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.network.sql import readable
from app.network.viewer import Viewer

_OPEN: Final = f"""
SELECT q.order_id, q.id, q.reason, q.lines, q.created_at
FROM cancellation_request q
JOIN sales_order o ON o.id = q.order_id
JOIN trade_relation r ON r.id = o.relation_id
WHERE q.status = 'open' AND q.order_id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
"""


async def open_requests_by_orders(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """The undecided request of each of these orders; at most one an order has."""
    found = await database.rows(_OPEN, viewer.company_id, *viewer.scope, list(ids))
    return {row["order_id"]: row for row in found}
