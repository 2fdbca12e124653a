"""A step: turn a cart into an order. Its lines are the order's, and the cart is empty when the act commits."""

from dataclasses import replace
from uuid import UUID

from app.kernel.act import Work
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said
from app.ordering.asked import AskedLine, AskedOrder
from app.ordering.refusals import CartChangedMeanwhile

# Whoever changed the cart while the lock was awaited has raised its version: then nothing is taken.
_TAKE = """
WITH cart AS MATERIALIZED (
    SELECT c.id, c.version FROM cart c JOIN trade_relation r ON r.id = c.relation_id
    WHERE r.seller_id = $1 AND r.buyer_id = $2 AND ($3::uuid IS NULL OR r.network_id = $3)
    ORDER BY r.status NOT IN ('active', 'suspended'), r.id LIMIT 1
    FOR NO KEY UPDATE OF c
), raised AS (
    UPDATE cart c SET version = c.version + 1, updated_at = $5 FROM cart k WHERE c.id = k.id AND k.version = $4
), taken AS (
    DELETE FROM cart_line l USING cart k WHERE l.cart_id = k.id AND k.version = $4
    RETURNING l.position, l.sku_id, l.unit, l.quantity
)
SELECT k.id, k.version, t.position, t.sku_id, t.unit, t.quantity FROM cart k LEFT JOIN taken t ON true
ORDER BY t.position
"""
# Whoever waited for exactly this version reads it, but sees the lines of the moment before, which are gone.
_TAKE_NEW = """
WITH taken AS (DELETE FROM cart_line WHERE cart_id = $1 RETURNING position, sku_id, unit, quantity)
SELECT * FROM taken ORDER BY position
"""


async def take_cart(work: Work, buyer_id: UUID, order: AskedOrder, version: int) -> AskedOrder:
    """The order with the lines of the buyer's cart with this seller, in the cart's order; the cart is emptied and its
    version raised: one round trip (two when there was nothing in it), first lock after the client key.

    BadRequest when the order brings lines of its own; CartChangedMeanwhile when the version is another by now.
    """
    if order.lines:
        raise BadRequest(
            "lines",
            len(order.lines),
            Said(
                "no lines: with cartVersion the cart's lines are the order",
                "空（使用 cartVersion 时，订单行取自购物车）",
            ),
        )
    found = await work.rows(_TAKE, order.seller_id, buyer_id, order.network_id, version, work.now)
    standing = found[0]["version"] if found else 0
    if standing != version:
        raise CartChangedMeanwhile(expected_version=version, version=standing)
    taken = found if found and found[0]["sku_id"] is not None else ()
    if found and not taken:
        taken = await work.rows(_TAKE_NEW, found[0]["id"])
    lines = tuple(AskedLine(row["sku_id"], row["quantity"], row["unit"]) for row in taken)
    return replace(order, lines=lines).checked()
