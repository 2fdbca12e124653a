"""What is true of SKUs as one seller offers them in one relation: the read under preview, place and the cart."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

import asyncpg

from app.inventory.sql import FREE
from app.kernel.clock import now as this_moment
from app.kernel.quantity import QuantityRule
from app.pricing.rules import Candidate, ResolvedPrice, resolve
from app.pricing.sql import ASSIGNED, CANDIDATES, LISTS, read_candidates, read_lists
from app.storefront.sql import OFFERED, UNITS, UnitFacts, read_units

Fetch: TypeAlias = Callable[..., Awaitable[Sequence[asyncpg.Record]]]


@dataclass(frozen=True, slots=True)
class RelationFacts:
    """What pricing and visibility need to know of a trade relation. `region_path` is the path of its region."""

    relation_id: UUID
    network_id: UUID
    seller_id: UUID
    level: int
    region_path: str | None
    currency: str
    tax_included: bool


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """A SKU as it is offered. `unit` is the listing's ordering unit; `rule` counts in it. `available` is free stock in
    base units, None for a service and where it was not asked for."""

    sku_id: UUID
    sku_code: str
    product_id: UUID
    name_zh: str
    name_en: str
    base_unit: str
    stocked: bool
    tax_class: str
    tax_rate_bp: int
    listing_id: UUID
    unit: str
    minimum: Decimal | None
    multiple: Decimal | None
    maximum: Decimal | None
    units: Mapping[str, UnitFacts]
    candidates: tuple[Candidate, ...]
    available: Decimal | None = None

    @property
    def rule(self) -> QuantityRule:
        return QuantityRule(self.minimum, self.multiple, self.maximum)

    def price(self, relation: RelationFacts, quantity: Decimal, unit: str, now: datetime) -> ResolvedPrice:
        """The price at the resulting quantity of the SKU in this unit. KeyError for a unit that the SKU lacks."""
        return resolve(
            self.candidates,
            quantity=quantity,
            unit=unit,
            base_unit=self.base_unit,
            factor=self.units[unit].factor,
            currency=relation.currency,
            tax_included=relation.tax_included,
            now=now,
        )


# $1 relation, $2 network, $3 seller, $4 level, $5 region path, $6 moment, $7 SKU ids
_FACTS = f"""
WITH rel AS (
    SELECT $1::uuid AS relation_id, $2::uuid AS network_id, $3::uuid AS seller_id, $4::int AS level,
           $5::text AS region_path, $6::timestamptz AS moment
), {ASSIGNED}
SELECT s.id, s.code, s.product_id, s.name_zh, s.name_en, s.base_unit, s.stocked, t.code AS tax_class, tr.rate_bp,
       l.id AS listing_id, l.unit, l.minimum, l.multiple, l.maximum,
       {UNITS.format(sku="s.id")} AS units,
       {LISTS} AS lists, {CANDIDATES.format(sku="s.id")} AS candidates, {{available}} AS available
FROM rel JOIN listing l ON l.network_id = rel.network_id AND l.seller_id = rel.seller_id AND l.sku_id = ANY($7::uuid[])
JOIN sku s ON s.id = l.sku_id
JOIN tax_class t ON t.id = s.tax_class_id
JOIN tax_rate tr ON tr.tax_class_id = t.id AND tr.valid_from <= rel.moment
     AND (tr.valid_to IS NULL OR tr.valid_to > rel.moment)
WHERE {OFFERED}
"""
_WITH_STOCK = _FACTS.format(
    available="CASE WHEN s.stocked THEN "
    + FREE.format(network="l.network_id", seller="l.seller_id", sku="s.id", region="rel.region_path", now="rel.moment")
    + " END"
)
_WITHOUT_STOCK = _FACTS.format(available="NULL::numeric")


async def offer_facts(
    fetch: Fetch,
    relation: RelationFacts,
    sku_ids: Iterable[UUID],
    now: datetime | None = None,
    *,
    with_stock: bool = False,
) -> dict[UUID, OfferFacts]:
    """The offered ones of these SKUs, by id, in one statement (`fetch` is `work.rows` or `database.rows`).

    What is not listed, not on sale, restricted to others or without a tax rate today is not in the answer.
    """
    found = await fetch(
        _WITH_STOCK if with_stock else _WITHOUT_STOCK,
        relation.relation_id,
        relation.network_id,
        relation.seller_id,
        relation.level,
        relation.region_path,
        now or this_moment(),
        sorted(set(sku_ids)),
    )
    lists = read_lists(found[0]["lists"]) if found else []
    return {row["id"]: _facts(row, read_candidates(lists, row["candidates"])) for row in found}


def _facts(row: asyncpg.Record, candidates: tuple[Candidate, ...]) -> OfferFacts:
    return OfferFacts(
        sku_id=row["id"],
        sku_code=row["code"],
        product_id=row["product_id"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        base_unit=row["base_unit"],
        stocked=row["stocked"],
        tax_class=row["tax_class"],
        tax_rate_bp=row["rate_bp"],
        listing_id=row["listing_id"],
        unit=row["unit"],
        minimum=row["minimum"],
        multiple=row["multiple"],
        maximum=row["maximum"],
        units=read_units(row["base_unit"], row["units"]),
        candidates=candidates,
        available=row["available"],
    )
