"""Notes and tags of an order: the seller's own, which neither its buyer nor the brand above ever sees."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.text import text
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer

LONGEST_NOTE: Final = 2000
LONGEST_TAG: Final = 40
MOST_TAGS: Final = 20
MOST_NOTES: Final = 200

_MINE: Final = f"""
SELECT o.id, (SELECT count(*) FROM order_note n WHERE n.order_id = o.id) AS notes
FROM sales_order o JOIN trade_relation r ON r.id = o.relation_id
WHERE o.id = $4 AND o.seller_id = $1 AND {in_scope("r", 2)}
FOR NO KEY UPDATE OF o
"""
_NOTE: Final = "INSERT INTO order_note (id, order_id, text, by, at) VALUES ($1, $2, $3, $4, $5)"
_TAG: Final = """
WITH gone AS (
    DELETE FROM order_tag WHERE order_id = $1 AND NOT tag = ANY($3::text[])
)
INSERT INTO order_tag (id, order_id, seller_id, tag, tagged_by, tagged_at)
SELECT t.id, $1, $2, t.tag, $5, $6 FROM unnest($4::uuid[], $3::text[]) AS t(id, tag)
ON CONFLICT (order_id, tag) DO NOTHING
"""
_NOTES: Final = f"""
SELECT n.order_id, n.id, n.text, n.at, p.name
FROM order_note n
JOIN sales_order o ON o.id = n.order_id
JOIN trade_relation r ON r.id = o.relation_id
JOIN membership m ON m.id = n.by
JOIN person p ON p.id = m.person_id
WHERE n.order_id = ANY($4::uuid[]) AND o.seller_id = $1 AND {in_scope("r", 2)}
ORDER BY n.order_id, n.id
"""
_TAGS: Final = f"""
SELECT t.order_id, t.tag
FROM order_tag t
JOIN sales_order o ON o.id = t.order_id
JOIN trade_relation r ON r.id = o.relation_id
WHERE t.order_id = ANY($4::uuid[]) AND o.seller_id = $1 AND {in_scope("r", 2)}
ORDER BY t.order_id, t.tag
"""


@act
async def note_order(work: Work, viewer: Viewer, *, order_id: UUID, said: str, client_key: str) -> UUID:
    """Add a note. The order itself does not change, and nobody is told. NotFound for an order that is not sold by the
    viewer's company, in the viewer's scope; BadRequest for the 201st."""
    viewer.require(Permission.ORDER_DECIDE)
    said = text("text", said, LONGEST_NOTE)
    earlier = await viewer.same_request(work, "noteOrder", client_key, {"order": order_id, "text": said}, order_id)
    if earlier:
        return earlier
    order = await _mine(work, viewer, order_id)
    if order["notes"] >= MOST_NOTES:
        raise BadRequest("orderId", order["notes"], Said(f"at most {MOST_NOTES} notes", f"最多 {MOST_NOTES} 条备注"))
    await work.run(_NOTE, uuid7(), order_id, said, viewer.membership_id, work.now)
    return order_id


@act
async def tag_order(work: Work, viewer: Viewer, *, order_id: UUID, tags: Sequence[str], client_key: str) -> UUID:
    """The order has these tags from now on, and no others. NotFound as in `note_order`; BadRequest for more than 20."""
    viewer.require(Permission.ORDER_DECIDE)
    wanted = sorted({text("tags", tag, LONGEST_TAG) for tag in tags})
    if len(wanted) > MOST_TAGS:
        raise BadRequest("tags", len(wanted), Said(f"at most {MOST_TAGS} tags", f"最多 {MOST_TAGS} 个标签"))
    earlier = await viewer.same_request(work, "tagOrder", client_key, {"order": order_id, "tags": wanted}, order_id)
    if earlier:
        return earlier
    await _mine(work, viewer, order_id)
    ids = [uuid7() for _ in wanted]
    await work.run(_TAG, order_id, viewer.company_id, wanted, ids, viewer.membership_id, work.now)
    return order_id


async def _mine(work: Work, viewer: Viewer, order_id: UUID) -> asyncpg.Record:
    row = await work.row(_MINE, viewer.company_id, *viewer.scope, order_id)
    if row is None:
        raise NotFound("order", order_id)
    return row


async def notes_by_orders(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """The notes of orders that the viewer's company sells, the oldest first; of others none."""
    found = await database.rows(_NOTES, viewer.company_id, *viewer.scope, list(ids))
    return database.by_column(found, "order_id", ids)


async def tags_by_orders(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """The tags of orders that the viewer's company sells; of others none."""
    found = await database.rows(_TAGS, viewer.company_id, *viewer.scope, list(ids))
    return database.by_column(found, "order_id", ids)
