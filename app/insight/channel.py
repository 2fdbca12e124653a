"""What a brand sees of the trade below it (渠道管控): who buys from whom in its network, since when nobody has, and how
much, in orders; in money only where that relation grants it, and only as long as it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

from app import database
from app.insight import sql
from app.insight.rules import checked_days
from app.kernel.clock import now
from app.kernel.page import Page
from app.network.queries import CHANNEL_RELATION, require_brand
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.ordering.channel import channel_orders_by_ids


@dataclass(frozen=True, slots=True)
class ChannelFilter:
    """What relations of the network must be like. None does not narrow."""

    seller_id: UUID | None = None
    statuses: tuple[str, ...] | None = None
    region_code: str | None = None
    silent_days: int | None = None  # neither an order nor the opening for so many days

    def checked(self) -> ChannelFilter:
        """Itself; BadRequest names the field that cannot be."""
        checked_days(self.silent_days)
        return self


# What is not granted never leaves the database
_SHOWN: Final = f"""
SELECT c.*, n.time_zone, {sql.COUNTED}, granted.currency,
    CASE WHEN granted.money THEN {sql.turnover(0)} END AS this_minor,
    CASE WHEN granted.money THEN {sql.turnover(1)} END AS last_minor,
    open_orders.unconfirmed, open_orders.confirmed
FROM listed l
JOIN ({CHANNEL_RELATION}) c ON c.id = l.id
CROSS JOIN LATERAL (
    SELECT r.currency, r.grants_money_to_brand OR r.seller_id = $1 AS money FROM trade_relation r WHERE r.id = l.id
) granted
{sql.FIGURES_OF}
ORDER BY l.id"""


async def channel(viewer: Viewer, network_id: UUID, wanted: ChannelFilter, page: Page) -> Sequence[asyncpg.Record]:
    """Relations of the brand's own network, at every level, inside the viewer's scope; the oldest first.

    NotFound for a network whose brand is another company.
    """
    viewer.require(Permission.BACKOFFICE_READ)
    await require_brand(viewer, network_id)
    values: list[Any] = [viewer.company_id, now(), network_id, *viewer.scope]
    narrowed = ["r.network_id = $3", in_scope("r", 4)]

    def p(value: Any) -> str:
        values.append(value)
        return f"${len(values)}"

    if wanted.seller_id is not None:
        narrowed.append(f"r.seller_id = {p(wanted.seller_id)}")
    if wanted.statuses is not None:
        narrowed.append(f"r.status = ANY({p(list(wanted.statuses))}::text[])")
    if wanted.region_code is not None:
        narrowed.append(sql.inside(p(wanted.region_code)))
    if wanted.silent_days is not None:
        narrowed.append(sql.silent(p(wanted.silent_days)))
    if page.after is not None:
        narrowed.append(f"r.id > {p(page.after[0])}")
    return await database.rows(
        f"""WITH {sql.HERE_AS_BRAND}, listed AS MATERIALIZED (
            SELECT r.id FROM trade_relation r
            JOIN customer_figures f ON f.relation_id = r.id
            JOIN here n ON n.id = r.network_id
            WHERE {" AND ".join(narrowed)} ORDER BY r.id LIMIT {page.limit}
        ) {_SHOWN}""",
        *values,
    )


# The relations `r` in which a customer, the buyer of relation `c`, sells on in the viewer's own network
_BELOW: Final = f"""
JOIN trade_relation r ON r.seller_id = c.buyer_id AND r.network_id = c.network_id AND {in_scope("r", 3)}
"""
_BUYERS: Final = f"""
WITH {sql.HERE_AS_BRAND}, listed AS MATERIALIZED (
    SELECT r.id FROM trade_relation c
    JOIN here n ON n.id = c.network_id
    {_BELOW}
    WHERE c.id = $5 AND c.seller_id = $1 AND ($6::uuid IS NULL OR r.id > $6) ORDER BY r.id LIMIT $7
) {_SHOWN}
"""


async def buyers_below(viewer: Viewer, relation_id: UUID, page: Page) -> Sequence[asyncpg.Record]:
    """Who buys from a customer in the brand's network, inside the viewer's scope; the oldest first. Nothing for a
    seller that is not the brand: a customer's customers are not its own."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = page.after[0] if page.after else None
    return await database.rows(_BUYERS, viewer.company_id, now(), *viewer.scope, relation_id, after, page.limit)


_TOTALS: Final = f"""
WITH {sql.HERE_AS_BRAND}
SELECT c.id, count(r.id) AS buyers, count(r.id) FILTER (WHERE r.status = 'active') AS active,
    count(r.id) FILTER (WHERE {sql.orders(0)} > 0) AS ordering,
    sum({sql.orders(0)})::bigint AS this_orders, sum({sql.orders(1)})::bigint AS last_orders
FROM trade_relation c
JOIN here n ON n.id = c.network_id
LEFT {_BELOW.strip()}
LEFT JOIN customer_figures f ON f.relation_id = r.id
WHERE c.id = ANY($5::uuid[]) AND c.seller_id = $1 AND {in_scope("c", 3)}
GROUP BY c.id
"""


async def totals_below(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """How many buy from these customers of the brand, and how much they order, in orders: money of several relations
    is in several hands and currencies, and is not summed. Absent for a seller that is not the brand."""
    viewer.require(Permission.BACKOFFICE_READ)
    found = await database.rows(_TOTALS, viewer.company_id, now(), *viewer.scope, list(ids))
    return {row["id"]: row for row in found}


_ORDERS: Final = f"""
SELECT o.id FROM trade_relation c
JOIN network n ON n.id = c.network_id AND n.brand_id = $1
JOIN sales_order o ON o.seller_id = c.buyer_id AND o.network_id = c.network_id
JOIN trade_relation r ON r.id = o.relation_id
WHERE c.id = $2 AND c.seller_id = $1 AND {in_scope("r", 3)} AND ($5::uuid IS NULL OR o.id < $5)
ORDER BY o.id DESC LIMIT
"""


async def orders_below(viewer: Viewer, relation_id: UUID, page: Page) -> list[asyncpg.Record]:
    """What a dealer sells on in the brand's network, as the brand sees it, newest first: money only where granted.

    Nothing for a seller that is not the brand. A manager of regions sees the orders that lie in them.
    """
    viewer.require(Permission.ORDER_READ)
    after = page.after[0] if page.after else None
    ids = [
        row["id"]
        for row in await database.rows(f"{_ORDERS} {page.limit}", viewer.company_id, relation_id, *viewer.scope, after)
    ]
    found = await channel_orders_by_ids(viewer, ids)
    return [found[one] for one in ids if one in found]
