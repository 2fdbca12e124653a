"""Reads of orders by their two parties, each scoped to its viewer. A list field is one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.network.readers import WANTED, Wanted, rows_for
from app.network.roles import Permission
from app.network.sql import in_scope, readable
from app.network.viewer import Viewer
from app.ordering.lifecycle import OrderStatus

PARTIES: Final = ", ".join(
    f"{party}.id AS {party}_id, {party}.name AS {party}_name, "
    f"{party}.registration_code AS {party}_registration_code, {party}.region_id AS {party}_region_code"
    for party in ("seller", "buyer")
)

# Something left and was neither signed for nor rejected. The status says it, but for an order that left in part.
# OFFSET 0 has its lines looked up: for a page that may be long PostgreSQL would rather read the lines of all orders.
AWAITS_DELIVERY: Final = """CASE o.fulfilment_status WHEN 'shipped' THEN true WHEN 'partial' THEN EXISTS (
        SELECT FROM sales_order_line l WHERE l.order_id = o.id AND l.delivered + l.rejected < l.shipped OFFSET 0)
    ELSE false END"""


def whole(orders: str) -> str:
    """Select list and FROM of orders with all that is read of one. `orders` is the table, or what has its columns.

    The delivery number is read in the order's own snapshot: nothing after it is missed by who subscribes from there.
    """
    return f"""o.id, o.network_id, o.number, o.kind, o.relation_id, o.status, o.payment_status, o.fulfilment_status,
    o.version, o.currency, o.tax_mode, o.funding, o.net_days, o.delivery_method, o.picker_name, o.plate_number,
    o.ship_to_id, o.ship_to_snapshot, o.buyer_reference, o.remarks, o.requested_on, o.goods_gross_minor,
    o.discount_minor, o.freight_gross_minor, o.net_minor, o.tax_minor, o.gross_minor, o.cancelled_minor,
    o.shipped_minor, o.reservation_expires_at, o.change_expires_at, o.placed_at, o.confirmed_at, o.closed_at, {PARTIES},
    {AWAITS_DELIVERY} AS awaits_delivery,
    (SELECT p.last_no FROM publisher p) AS cursor
FROM {orders} o
JOIN trade_relation r ON r.id = o.relation_id
JOIN company seller ON seller.id = o.seller_id
JOIN company buyer ON buyer.id = o.buyer_id
"""


_COLUMNS: Final = f"SELECT {whole('sales_order')}"
_OF_READERS: Final = f"""SELECT wanted.reader_id, {whole("sales_order")}
JOIN {WANTED} ON wanted.id = o.id WHERE {readable("r", "wanted.reader_id", 2)}"""


async def orders_for(wanted: Wanted) -> list[dict[UUID, asyncpg.Record]]:
    """For each of these viewers the orders that it may read whole: as buyer, or as seller inside the scope."""
    for viewer, _ in wanted:
        viewer.require(Permission.ORDER_READ)
    return [{row["id"]: row for row in rows} for rows in await rows_for(_OF_READERS, wanted)]


async def orders_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """The orders that the viewer may read whole."""
    return (await orders_for([(viewer, ids)]))[0]


async def order_by_id(viewer: Viewer, order_id: UUID) -> asyncpg.Record:
    """One order whole; NotFound for absent and foreign ones alike."""
    found = await orders_by_ids(viewer, [order_id])
    if order_id not in found:
        raise NotFound("order", order_id)
    return found[order_id]


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What orders must be like. None does not narrow."""

    statuses: tuple[str, ...] | None = None
    payment_statuses: tuple[str, ...] | None = None
    fulfilment_statuses: tuple[str, ...] | None = None
    number: str | None = None
    buyer_reference: str | None = None
    party_id: UUID | None = None  # the buyer in a backoffice
    placed_from: datetime | None = None
    placed_before: datetime | None = None


# $1 company, $2 and $3 scope, $4 … $11 the filter, $12 after, $13 limit
FILTER: Final = """
    ($4::text[] IS NULL OR o.status = ANY($4)) AND ($5::text[] IS NULL OR o.payment_status = ANY($5))
    AND ($6::text[] IS NULL OR o.fulfilment_status = ANY($6)) AND ($7::text IS NULL OR o.number = $7)
    AND ($8::text IS NULL OR o.buyer_reference = $8) AND ($9::uuid IS NULL OR o.buyer_id = $9)
    AND ($10::timestamptz IS NULL OR o.placed_at >= $10) AND ($11::timestamptz IS NULL OR o.placed_at < $11)
    AND ($12::uuid IS NULL OR o.id < $12)
ORDER BY o.id DESC LIMIT $13
"""


def filter_values(wanted: OrderFilter, page: Page) -> tuple[Any, ...]:
    """The parameters of FILTER after company and scope."""
    return (
        _listed(wanted.statuses),
        _listed(wanted.payment_statuses),
        _listed(wanted.fulfilment_statuses),
        wanted.number,
        wanted.buyer_reference,
        wanted.party_id,
        wanted.placed_from,
        wanted.placed_before,
        page.after[0] if page.after else None,
        page.limit,
    )


def asked(wanted: OrderFilter, page: Page) -> str:
    """FILTER with the same parameters, composed by what is asked: what is not narrows nothing, and what is can be
    looked for in an index. A plan is made once for all parameters, and FILTER's reads on until it has a page."""
    values = filter_values(wanted, page)
    found = []
    for n, (kind, condition) in enumerate(_CONDITIONS):
        place = f"${n + 4}::{kind}"
        found.append(f"{place} IS NULL" if values[n] is None else condition.format(place))
    return f"{' AND '.join(found)} ORDER BY o.id DESC LIMIT $13"


MOST_STATUSES: Final = len(OrderStatus)


def _of_statuses(wanted: OrderFilter, page: Page) -> str:
    """AND: the order is among the first of each status. Where nothing but statuses is asked, the index of statuses has
    a page; left to itself PostgreSQL reads orders until it has found enough, and of a rare status that is all of them.
    """
    if not wanted.statuses or len(wanted.statuses) > MOST_STATUSES or wanted != OrderFilter(statuses=wanted.statuses):
        return ""
    onward = "" if page.after is None else " AND s.id < $12"
    first = " UNION ALL ".join(
        f"(SELECT s.id FROM sales_order s WHERE s.seller_id = $1 AND s.status = ($4::text[])[{n}]{onward} "
        f"ORDER BY s.id DESC LIMIT {page.limit})"
        for n in range(1, len(wanted.statuses) + 1)
    )
    return f"o.id = ANY (ARRAY({first})) AND "


_CONDITIONS: Final = (
    ("text[]", "o.status = ANY({})"),
    ("text[]", "o.payment_status = ANY({})"),
    ("text[]", "o.fulfilment_status = ANY({})"),
    ("text", "o.number = {}"),
    ("text", "o.buyer_reference = {}"),
    ("uuid", "o.buyer_id = {}"),
    ("timestamptz", "o.placed_at >= {}"),
    ("timestamptz", "o.placed_at < {}"),
    ("uuid", "o.id < {}"),
)


def incoming_statement(viewer: Viewer, wanted: OrderFilter, page: Page) -> tuple[str, tuple[Any, ...]]:
    """Orders in which the viewer's company sells, inside the viewer's scope; newest first."""
    narrowed = _of_statuses(wanted, page) if viewer.scope == (None, None) else ""
    sql = f"{_COLUMNS} WHERE {narrowed}o.seller_id = $1 AND {in_scope('r', 2)} AND {asked(wanted, page)}"
    return sql, (viewer.company_id, *viewer.scope, *filter_values(wanted, page))


async def incoming(viewer: Viewer, wanted: OrderFilter, page: Page) -> Sequence[asyncpg.Record]:
    """A page of them."""
    viewer.require(Permission.ORDER_READ)
    sql, params = incoming_statement(viewer, wanted, page)
    return await database.rows(sql, *params)


def purchases_statement(
    viewer: Viewer, seller_id: UUID, network_id: UUID | None, wanted: OrderFilter, page: Page
) -> tuple[str, tuple[Any, ...]]:
    """Orders of the viewer's company with one seller; newest first."""
    network = "$3::uuid IS NULL" if network_id is None else "o.network_id = $3::uuid"
    sql = f"{_COLUMNS} WHERE o.buyer_id = $1 AND o.seller_id = $2 AND {network} AND {asked(wanted, page)}"
    return sql, (viewer.company_id, seller_id, network_id, *filter_values(wanted, page))


async def purchases(
    viewer: Viewer, seller_id: UUID, network_id: UUID | None, wanted: OrderFilter, page: Page
) -> Sequence[asyncpg.Record]:
    """A page of them."""
    viewer.require(Permission.ORDER_READ)
    sql, params = purchases_statement(viewer, seller_id, network_id, wanted, page)
    return await database.rows(sql, *params)


# What not everybody asks for; the prices' trace is JSON, and a quantity is the dearest thing there is to decode.
LINE_COLUMNS: Final = (
    "unit_price", "list_price", "price_trace", "tax_class", "tax_rate_bp", "gross_minor", "net_minor", "tax_minor",
    "ordered", "cancelled", "allocated", "in_shipment", "shipped", "delivered", "rejected", "returned",
)  # fmt: skip


@lru_cache(maxsize=256)
def _lines(columns: frozenset[str]) -> str:
    chosen = "".join(f", l.{column}" for column in LINE_COLUMNS if column in columns)
    return f"""
SELECT wanted.reader_id, l.order_id, l.id, l.position, l.sku_id, l.sku_code, l.name_zh, l.name_en, l.unit,
    l.discount_minor, o.currency, o.tax_mode{chosen}
FROM sales_order_line l
JOIN {WANTED} ON wanted.id = l.order_id
JOIN sales_order o ON o.id = l.order_id
JOIN trade_relation r ON r.id = o.relation_id
WHERE {readable("r", "wanted.reader_id", 2)}
ORDER BY l.order_id, l.position
"""


async def lines_for(wanted: Wanted, columns: frozenset[str]) -> list[dict[UUID, list[asyncpg.Record]]]:
    """For each of these viewers the lines of the orders, each in the order of its input. Of LINE_COLUMNS the rows have
    what is in `columns`; an order that the viewer may not read has no lines."""
    rows = await rows_for(_lines(columns), wanted)
    return [_by_order(found, ids) for found, (_, ids) in zip(rows, wanted, strict=True)]


async def lines_by_orders(
    viewer: Viewer, ids: Sequence[UUID], columns: frozenset[str] = frozenset(LINE_COLUMNS)
) -> dict[UUID, list[asyncpg.Record]]:
    """The lines of these orders, each in the order of its input: one statement for all of them. Of LINE_COLUMNS the
    rows have what is in `columns`."""
    return (await lines_for([(viewer, ids)], columns))[0]


def _by_order(rows: Sequence[asyncpg.Record], ids: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """Every order asked for has a list; what others of the company asked for beside them is left out."""
    lines: dict[UUID, list[asyncpg.Record]] = {one: [] for one in ids}
    for row in rows:
        if (of_order := lines.get(row["order_id"])) is not None:
            of_order.append(row)
    return lines


_DISCOUNTS: Final = f"""
SELECT d.order_line_id, d.grant_id, d.kind, d.reason, d.amount_minor, d.created_at, o.currency
FROM sales_order_line_discount d
JOIN sales_order o ON o.id = d.order_id
JOIN trade_relation r ON r.id = o.relation_id
WHERE d.order_line_id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
ORDER BY d.created_at, d.id
"""


async def discounts_by_lines(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """The frozen shares of discounts, by order line."""
    found = await database.rows(_DISCOUNTS, viewer.company_id, *viewer.scope, list(ids))
    return database.by_column(found, "order_line_id", ids)


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A page of one order's timeline: what its loader is keyed by."""

    order_id: UUID
    limit: int
    after: int | None


_TIMELINE: Final = f"""
SELECT o.id AS order_id, e.*
FROM sales_order o
JOIN trade_relation r ON r.id = o.relation_id
CROSS JOIN LATERAL (
    SELECT e.id, e.version, e.what, e.reason, e.details, e.at, m.company_id, p.name AS member_name
    FROM sales_order_event e
    LEFT JOIN membership m ON m.id = e.by
    LEFT JOIN person p ON p.id = m.person_id
    WHERE e.order_id = o.id AND ($5::int IS NULL OR e.version > $5)
    ORDER BY e.version LIMIT $6
) e
WHERE o.id = ANY($4::uuid[]) AND {readable("r", 1, 2)}
ORDER BY o.id, e.version
"""


async def timelines(viewer: Viewer, pages: Sequence[TimelinePage]) -> Mapping[TimelinePage, list[asyncpg.Record]]:
    """Pages of timelines, oldest entry first: one statement for all that ask alike."""
    answer: dict[TimelinePage, list[asyncpg.Record]] = {page: [] for page in pages}
    for limit, after in {(page.limit, page.after) for page in pages}:
        ids = [page.order_id for page in pages if (page.limit, page.after) == (limit, after)]
        for row in await database.rows(_TIMELINE, viewer.company_id, *viewer.scope, ids, after, limit):
            answer[TimelinePage(row["order_id"], limit, after)].append(row)
    return answer


def _listed(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)
