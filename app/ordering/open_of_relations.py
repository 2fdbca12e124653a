"""What is still open between two parties: for whoever looks at a relation, and who suspends or ends one."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.clock import now
from app.network.roles import Permission
from app.network.sql import readable
from app.network.viewer import Viewer
from app.ordering.sql import open_orders

_OPEN: Final = f"""
SELECT r.id, r.currency, open_orders.*
FROM trade_relation r CROSS JOIN LATERAL ({open_orders("r.id", "$5")}) open_orders
WHERE r.id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
"""


async def open_of_relations(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """The open orders of these relations, counted, for either of their parties: one statement."""
    viewer.require(Permission.ORDER_READ)
    found = await database.rows(_OPEN, viewer.company_id, *viewer.scope, list(ids), now())
    return {row["id"]: row for row in found}
