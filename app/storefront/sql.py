"""Fragments of SQL about what is offered, and the one list of parameters that a composed statement needs.

They expect `rel` (see `app.pricing.sql`) and a listing `l`. A column of `rel` is read as a scalar subquery: the planner
then knows it as one value, and can read an index in order.
"""

from decimal import Decimal
from typing import Any, Final, NamedTuple

import orjson

from app.catalog.sql import shown_to

ONE: Final = Decimal(1)

# The listing is on sale, and the relation may see it.
OFFERED = f"l.on_sale AND {shown_to('l', '(SELECT relation_id FROM rel)')}"

# What the seller of `rel` lists of its network: SKU `s` beside listing `l`.
LISTED = """sku s JOIN listing l ON l.sku_id = s.id
    AND l.network_id = (SELECT network_id FROM rel) AND l.seller_id = (SELECT seller_id FROM rel)"""
OF_NETWORK = "s.network_id = (SELECT network_id FROM rel)"


# The units of a SKU, smallest first, as JSON: UNITS.format(sku="s.id"); `read_units` reads it.
UNITS = """(SELECT json_agg(json_build_array(su.unit, su.factor::text, su.weight_g, su.volume_cm3, su.barcode)
    ORDER BY su.factor, su.unit) FROM sku_unit su WHERE su.sku_id = {sku})"""


class UnitFacts(NamedTuple):
    """A unit in which a SKU may be ordered: base units in it, weight and volume of one."""

    factor: Decimal
    weight_g: int
    volume_cm3: int
    barcode: str | None = None


def read_units(base_unit: str, found: str | None) -> dict[str, UnitFacts]:
    """The value of `UNITS` by unit, smallest first; the base unit is always one of them."""
    rows = orjson.loads(found) if found else []
    units = {
        unit: UnitFacts(Decimal(factor), weight, volume, barcode) for unit, factor, weight, volume, barcode in rows
    }
    return units if base_unit in units else {base_unit: UnitFacts(ONE, 0, 0), **units}


class Parameters:
    """The values of a statement; each answers with its placeholder."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: list[Any] = []

    def __call__(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


def rel(buyer: str, seller: str, network: str, moment: str) -> str:
    """The CTE `rel`: the relation in which the buyer may look at the seller's offers, with how many there are.

    A suspended relation may look (and not order); a pending or ended one is none. `network` may be NULL.
    """
    return f"""rel AS MATERIALIZED (
    SELECT r.id AS relation_id, r.network_id, r.seller_id, r.level, rg.path AS region_path, r.currency,
           r.tax_mode = 'included' AS tax_included, {moment}::timestamptz AS moment, count(*) OVER () AS relations
    FROM trade_relation r LEFT JOIN region rg ON rg.code = r.region_id
    WHERE r.buyer_id = {buyer} AND r.seller_id = {seller} AND r.status IN ('active', 'suspended')
      AND ({network}::uuid IS NULL OR r.network_id = {network}) LIMIT 1)"""
