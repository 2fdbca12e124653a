"""Reads of proposed changes and desk limits, each scoped to its viewer."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.network.roles import Permission
from app.network.sql import readable
from app.network.viewer import Viewer

_CHANGES: Final = f"""
SELECT a.order_id, a.id, a.status, a.reason, a.before, a.after, a.round_off_minor, a.dearer, a.version, a.proposed_at,
    a.expires_at, a.decided_at, a.answer, o.currency, o.tax_mode,
    pm.company_id AS proposed_company_id, pp.name AS proposed_name, dm.company_id AS decided_company_id,
    dp.name AS decided_name
FROM order_amendment a
JOIN sales_order o ON o.id = a.order_id
JOIN trade_relation r ON r.id = o.relation_id
LEFT JOIN membership pm ON pm.id = a.proposed_by
LEFT JOIN person pp ON pp.id = pm.person_id
LEFT JOIN membership dm ON dm.id = a.decided_by
LEFT JOIN person dp ON dp.id = dm.person_id
WHERE a.order_id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
ORDER BY a.order_id, a.id
"""
_LIMITS: Final = """
SELECT l.id, l.network_id, l.role, l.price_bp, l.discount_minor, n.currency
FROM desk_limit l JOIN network n ON n.id = l.network_id
WHERE l.seller_id = $1 AND ($2::uuid IS NULL OR l.id = $2) ORDER BY l.network_id, l.role
"""


async def changes_by_orders(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """Every change that was proposed of these orders, the oldest first; at most 20 an order has."""
    found = await database.rows(_CHANGES, viewer.company_id, *viewer.scope, list(ids))
    return database.by_column(found, "order_id", ids)


async def desk_limits(viewer: Viewer, limit_id: UUID | None = None) -> Sequence[asyncpg.Record]:
    """The limits of the viewer's company, a row per network and role, or one of them."""
    viewer.require(Permission.BACKOFFICE_READ)
    return await database.rows(_LIMITS, viewer.company_id, limit_id)
