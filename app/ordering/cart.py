"""Reads of carts, and of a seller's freight rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.page import Page
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.wording import WHICH_NETWORK
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.asked import AskedLine


@dataclass(frozen=True, slots=True)
class CartLineFacts:
    """One line of a cart; whether it is still offered, and its price, the preview says."""

    sku_id: UUID
    sku_code: str
    name_zh: str
    name_en: str
    unit: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class CartFacts:
    """The cart of one relation. Version 0 and no lines: nobody has used it yet."""

    relation_id: UUID
    network_id: UUID
    seller_id: UUID
    version: int
    lines: tuple[CartLineFacts, ...]

    def asked(self) -> tuple[AskedLine, ...]:
        """Its lines as an order would ask for them."""
        return tuple(AskedLine(line.sku_id, line.quantity, line.unit) for line in self.lines)


_CART: Final = """
SELECT r.id AS relation_id, r.network_id, r.seller_id, coalesce(c.version, 0) AS version, l.sku_id, l.unit, l.quantity,
    s.code, s.name_zh, s.name_en,
    r.status IN ('active', 'suspended') AS stands
FROM trade_relation r
LEFT JOIN cart c ON c.relation_id = r.id
LEFT JOIN cart_line l ON l.cart_id = c.id
LEFT JOIN sku s ON s.id = l.sku_id
WHERE r.buyer_id = $1 AND r.seller_id = $2 AND ($3::uuid IS NULL OR r.network_id = $3)
ORDER BY NOT (r.status IN ('active', 'suspended')), r.id, l.position
"""


async def cart_with(viewer: Viewer, seller_id: UUID, network_id: UUID | None = None) -> CartFacts:
    """The cart of the viewer's company with a seller: one statement. NotFound without a relation; BadRequest where they
    trade in several networks and none is named."""
    viewer.require(Permission.STOREFRONT_READ)
    found = await database.rows(_CART, viewer.company_id, seller_id, network_id)
    if not found:
        raise NotFound("seller", seller_id)
    if network_id is None and len({row["relation_id"] for row in found if row["stands"]}) > 1:
        raise BadRequest("networkId", None, WHICH_NETWORK)
    first = found[0]
    lines = tuple(
        CartLineFacts(row["sku_id"], row["code"], row["name_zh"], row["name_en"], row["unit"], row["quantity"])
        for row in found
        if row["relation_id"] == first["relation_id"] and row["sku_id"] is not None
    )
    return CartFacts(first["relation_id"], first["network_id"], first["seller_id"], first["version"], lines)


_FREIGHT_RULES: Final = """
SELECT f.id, f.network_id, f.region_id, f.base_minor, f.per_kg_minor, f.per_m3_minor, f.free_above_minor,
    t.code AS tax_class, n.currency
FROM freight_rule f JOIN tax_class t ON t.id = f.tax_class_id JOIN network n ON n.id = f.network_id
WHERE f.seller_id = $1 AND ($2::uuid IS NULL OR f.network_id = $2) AND ($3::uuid IS NULL OR f.id = $3)
    AND ($4::uuid IS NULL OR f.id > $4)
ORDER BY f.id LIMIT $5
"""


async def freight_rules(viewer: Viewer, network_id: UUID | None, page: Page) -> Sequence[asyncpg.Record]:
    """The freight rules of the viewer's company, oldest first."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = page.after[0] if page.after else None
    return await database.rows(_FREIGHT_RULES, viewer.company_id, network_id, None, after, page.limit)


async def freight_rule(viewer: Viewer, rule_id: UUID) -> asyncpg.Record:
    """One of them; else NotFound."""
    found = await database.row(_FREIGHT_RULES, viewer.company_id, None, rule_id, None, 1)
    if found is None:
        raise NotFound("freight rule", rule_id)
    return found


_NETWORK_CURRENCY: Final = """
SELECT n.currency FROM network n WHERE n.id = $1 AND (n.brand_id = $2
    OR EXISTS (SELECT FROM trade_relation r WHERE r.network_id = n.id AND $2 IN (r.seller_id, r.buyer_id)))
"""


async def network_currency(viewer: Viewer, network_id: UUID) -> str:
    """The currency of a network in which the viewer's company trades, to read amounts by; else NotFound."""
    found = await database.row(_NETWORK_CURRENCY, network_id, viewer.company_id)
    if found is None:
        raise NotFound("network", network_id)
    currency: str = found["currency"]
    return currency
