"""Reads of orders by the brand above them: parties, lines, quantities, statuses, dates. Money only where a relation
grants it, and only as long as it does."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.ordering.queries import PARTIES, OrderFilter, asked, filter_values

# What is not granted never leaves the database.
_COLUMNS: Final = f"""
SELECT o.id, o.network_id, o.number, o.kind, o.status, o.fulfilment_status, o.version, o.delivery_method,
    o.requested_on, o.placed_at, o.confirmed_at, o.closed_at, o.currency, {PARTIES}, n.time_zone, granted.money,
    CASE WHEN granted.money THEN o.goods_gross_minor END AS goods_gross_minor,
    CASE WHEN granted.money THEN o.discount_minor END AS discount_minor,
    CASE WHEN granted.money THEN o.freight_gross_minor END AS freight_gross_minor,
    CASE WHEN granted.money THEN o.net_minor END AS net_minor,
    CASE WHEN granted.money THEN o.tax_minor END AS tax_minor,
    CASE WHEN granted.money THEN o.gross_minor END AS gross_minor,
    CASE WHEN granted.money THEN o.cancelled_minor END AS cancelled_minor,
    (SELECT p.last_no FROM publisher p) AS cursor
"""
_BELOW: Final = f"""
FROM sales_order o
JOIN trade_relation r ON r.id = o.relation_id
JOIN network n ON n.id = o.network_id AND n.brand_id = $1
JOIN company seller ON seller.id = o.seller_id
JOIN company buyer ON buyer.id = o.buyer_id
CROSS JOIN LATERAL (SELECT r.grants_money_to_brand OR $1 IN (o.seller_id, o.buyer_id) AS money) granted
WHERE {in_scope("r", 2)}
"""


async def channel_orders_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """Orders in the networks whose brand is the viewer's company, inside the viewer's scope."""
    viewer.require(Permission.ORDER_READ)
    found = await database.rows(
        f"{_COLUMNS} {_BELOW} AND o.id = ANY($4::uuid[])", viewer.company_id, *viewer.scope, list(ids)
    )
    return {row["id"]: row for row in found}


async def channel_order(viewer: Viewer, order_id: UUID) -> asyncpg.Record:
    """One of them; NotFound for absent and foreign ones alike."""
    found = await channel_orders_by_ids(viewer, [order_id])
    if order_id not in found:
        raise NotFound("order", order_id)
    return found[order_id]


async def channel_orders(viewer: Viewer, wanted: OrderFilter, page: Page) -> Sequence[asyncpg.Record]:
    """Orders at every level of the viewer's networks, newest first; not those in which it is a party itself."""
    viewer.require(Permission.ORDER_READ)
    return await database.rows(
        f"{_COLUMNS} {_BELOW} AND $1 NOT IN (o.seller_id, o.buyer_id) AND {asked(wanted, page)}",
        viewer.company_id,
        *viewer.scope,
        *filter_values(wanted, page),
    )


async def count_channel_orders(viewer: Viewer, wanted: OrderFilter, most: int) -> int:
    """How many there are, counted no further than `most`."""
    viewer.require(Permission.ORDER_READ)
    counted = Page(most - 1)
    found = await database.row(
        f"""SELECT count(*) AS n FROM
            (SELECT {_BELOW} AND $1 NOT IN (o.seller_id, o.buyer_id) AND {asked(wanted, counted)}) AS counted""",
        viewer.company_id,
        *viewer.scope,
        *filter_values(wanted, counted),
    )
    assert found is not None
    return int(found["n"])


_LINES: Final = f"""
SELECT l.order_id, l.id, l.sku_id, l.sku_code, l.name_zh, l.name_en, l.unit, l.ordered, l.cancelled, l.allocated,
    l.in_shipment, l.shipped, l.delivered, l.returned, o.currency, o.tax_mode,
    CASE WHEN granted.money THEN l.unit_price END AS unit_price,
    CASE WHEN granted.money THEN l.gross_minor END AS gross_minor
{_BELOW.replace("FROM sales_order o", "FROM sales_order_line l JOIN sales_order o ON o.id = l.order_id")}
    AND l.order_id = ANY($4::uuid[])
ORDER BY l.order_id, l.position
"""


async def channel_lines_by_orders(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """The lines of these orders: one statement for all of them."""
    found = await database.rows(_LINES, viewer.company_id, *viewer.scope, list(ids))
    return database.by_column(found, "order_id", ids)
