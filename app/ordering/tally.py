"""How many orders are in each status, exact at any size (订单计数).

The database writes a move with every order that comes to a status or leaves it, in the act's own transaction; a keeper
adds the moves to the tallies now and then. What counts is both together, so it is never behind, and since a move is a
row of its own no act waits for the count of another.
"""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from app import database
from app.kernel.act import Work, act
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.ordering.lifecycle import OrderStatus

_COUNT: Final = """
SELECT c.status, sum(c.orders)::bigint AS n
FROM (SELECT relation_id, status, orders FROM order_tally WHERE seller_id = $1 AND status = ANY($2::text[])
      UNION ALL
      SELECT relation_id, status, orders FROM order_tally_move WHERE seller_id = $1 AND status = ANY($2::text[])) c
"""

_KEEP: Final = """
WITH moved AS (
    DELETE FROM order_tally_move RETURNING seller_id, relation_id, status, orders
)
INSERT INTO order_tally (seller_id, relation_id, status, orders)
SELECT seller_id, relation_id, status, sum(orders) FROM moved GROUP BY seller_id, relation_id, status
ORDER BY seller_id, relation_id, status
ON CONFLICT (seller_id, relation_id, status) DO UPDATE SET orders = order_tally.orders + excluded.orders
"""


def tally_statement(
    viewer: Viewer, statuses: Collection[OrderStatus], buyer_id: UUID | None = None
) -> tuple[str, list[Any]]:
    """Per status: how many orders the viewer's company has as their seller, in the viewer's scope."""
    params: list[Any] = [viewer.company_id, sorted(one.value for one in statuses)]
    narrowed = []
    if buyer_id is not None:
        params.append(buyer_id)
        narrowed.append(f"r.buyer_id = ${len(params)}::uuid")
    if viewer.scope != (None, None):
        narrowed.append(in_scope("r", len(params) + 1))
        params.extend(viewer.scope)
    of = ""
    if narrowed:
        relations = f"SELECT r.id FROM trade_relation r WHERE r.seller_id = $1 AND {' AND '.join(narrowed)}"
        of = f"WHERE c.relation_id IN ({relations}) "
    return f"{_COUNT}{of}GROUP BY c.status", params


async def tallied(
    viewer: Viewer, statuses: Collection[OrderStatus], buyer_id: UUID | None = None
) -> dict[OrderStatus, int]:
    """How many there are in each of these statuses: one statement."""
    statement, params = tally_statement(viewer, statuses, buyer_id)
    return {OrderStatus(row["status"]): row["n"] for row in await database.rows(statement, *params)}


@act
async def keep_tallies(work: Work) -> None:
    """Add the moves to the tallies. Two at once share them out, for each adds what it has deleted."""
    await work.run(_KEEP)
