"""A customer's card: what the list says of it, and what only a look at one customer is worth reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.insight.customers import Wanted, customers_by_ids
from app.kernel.clock import now
from app.kernel.refusal import NotFound
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer

LATEST_ORDERS: Final = 10


async def customer(viewer: Viewer, relation_id: UUID, shown: Wanted) -> asyncpg.Record:
    """A customer of the viewer's company, inside the viewer's scope; NotFound for absent and foreign ones alike."""
    found = await customers_by_ids(viewer, [relation_id], shown)
    if relation_id not in found:
        raise NotFound("relation", relation_id)
    return found[relation_id]


_PEOPLE: Final = f"""
SELECT r.id,
    (SELECT count(*) FROM membership m WHERE m.company_id = r.buyer_id AND m.status = 'active') AS members,
    (SELECT max(i.expires_at) FROM invitation i JOIN membership w ON w.id = i.invited_by AND w.company_id = $1
     WHERE i.company_id = r.buyer_id AND i.accepted_at IS NULL AND i.expires_at > $3) AS invited_until
FROM trade_relation r WHERE r.id = ANY($2::uuid[]) AND r.seller_id = $1 AND {in_scope("r", 4)}
"""


async def people_of_customers(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """How many members of these customers may act, and until when an owner that the seller invited may still come."""
    viewer.require(Permission.BACKOFFICE_READ)
    found = await database.rows(_PEOPLE, viewer.company_id, list(ids), now(), *viewer.scope)
    return {row["id"]: row for row in found}


_LATEST: Final = f"""
SELECT r.id, ARRAY(SELECT o.id FROM sales_order o WHERE o.relation_id = r.id ORDER BY o.id DESC LIMIT {LATEST_ORDERS})
    AS orders
FROM trade_relation r WHERE r.id = ANY($2::uuid[]) AND r.seller_id = $1 AND {in_scope("r", 3)}
"""


async def latest_orders(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The ids of the newest orders of these customers, the newest first."""
    viewer.require(Permission.ORDER_READ)
    found = await database.rows(_LATEST, viewer.company_id, list(ids), *viewer.scope)
    return {row["id"]: row["orders"] for row in found}
