"""The seller's desk orders for one of its buyers (代客下单), with the checks and the arithmetic of the buyer's own."""

from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.refusal import NotFound
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.ordering.asked import AskedOrder
from app.ordering.place import place_order

_MINE: Final = f"""
SELECT r.id FROM trade_relation r
WHERE r.seller_id = $1 AND r.buyer_id = $4 AND ($5::uuid IS NULL OR r.network_id = $5) AND {in_scope("r", 2)}
"""


async def place_on_behalf(
    viewer: Viewer,
    *,
    client_key: str,
    buyer_id: UUID,
    order: AskedOrder,
    expected_total: Decimal,
    accept_price_changes: bool = False,
) -> asyncpg.Record:
    """Place `order` for a buyer in the viewer's scope; its timeline says that the seller did it, and the buyer is told.

    Raises as `place_order`; NotFound for a seller that is not the viewer's company, and for a company that is no buyer
    in the viewer's scope.
    """
    viewer.require(Permission.ORDER_DECIDE)
    if order.seller_id != viewer.company_id:
        raise NotFound("company", order.seller_id)
    if not await database.rows(_MINE, viewer.company_id, *viewer.scope, buyer_id, order.network_id):
        raise NotFound("company", buyer_id)
    return await place_order(
        viewer,
        client_key=client_key,
        order=order,
        expected_total=expected_total,
        accept_price_changes=accept_price_changes,
        buyer_id=buyer_id,
    )
