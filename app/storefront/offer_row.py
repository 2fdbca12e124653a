"""An offer as it is read: which columns a reader asks for, and what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Flag, auto
from operator import itemgetter
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from app.inventory.rules import ShownAvailability, shown_availability
from app.inventory.sql import FREE
from app.kernel.quantity import QuantityRule
from app.kernel.refusal import BadRequest
from app.kernel.wording import one_of
from app.pricing.rules import AssignedList, Candidate, ResolvedPrice, resolve
from app.pricing.sql import CANDIDATES, LISTS, read_candidates
from app.storefront.rules import smallest_order
from app.storefront.sql import UNITS, UnitFacts, read_units


class Columns(Flag):
    """What is read of an offer beyond its SKU and its quantity rule."""

    NONE = 0
    PRICE = auto()
    AVAILABILITY = auto()
    UNITS = auto()
    PRODUCT = auto()
    TEXTS = auto()  # the product's descriptions
    CATEGORY = auto()
    TAX = auto()
    LIST_PRICE = auto()  # of the price: what everybody pays, and the quantity breaks
    BREAKS = auto()
    ALL = PRICE | AVAILABILITY | UNITS | PRODUCT | TEXTS | CATEGORY | TAX | LIST_PRICE | BREAKS


class ProductFacts(NamedTuple):
    """The product of an offer; descriptions are empty where they were not asked for, `attributes` are JSON."""

    id: UUID
    network_id: UUID
    category_id: UUID
    code: str
    name_zh: str
    name_en: str
    brand: str | None
    attributes: str
    version: int
    description_zh: str = ""
    description_en: str = ""


class CategoryFacts(NamedTuple):
    """A node of the category tree; `path` is the chain of ids from the root, joined by dots."""

    id: UUID
    network_id: UUID
    parent_id: UUID | None
    path: str
    code: str
    name_zh: str
    name_en: str
    position: int


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A SKU as one buyer sees it. What was not asked for is None; `price` is at the smallest order."""

    listing_id: UUID
    sku_id: UUID
    sku_code: str
    name_zh: str
    name_en: str
    base_unit: str
    stocked: bool
    product_id: UUID
    tax_class: str
    unit: str
    factor: Decimal
    rule: QuantityRule
    currency: str
    tax_included: bool
    moment: datetime
    candidates: tuple[Candidate, ...] | None
    price: ResolvedPrice | None
    availability: ShownAvailability | None
    units: Mapping[str, UnitFacts] | None
    product: ProductFacts | None
    category: CategoryFacts | None

    def price_for(self, quantity: Decimal, unit: str | None = None) -> ResolvedPrice:
        """The price at another quantity, in the listing's or another unit of the SKU. BadRequest for other units."""
        unit = unit or self.unit
        units = self.units or {}
        if unit != self.unit and unit not in units:
            raise BadRequest("unit", unit, one_of(*units))
        factor = self.factor if unit == self.unit else units[unit].factor
        return resolve(
            self.candidates or (),
            quantity=quantity,
            unit=unit,
            base_unit=self.base_unit,
            factor=factor,
            currency=self.currency,
            tax_included=self.tax_included,
            now=self.moment,
        )


_PRODUCT: Final = (
    "product_id",
    "network_id",
    "category_id",
    "product_code",
    "product_zh",
    "product_en",
    "brand",
    "attributes",
    "product_version",
)
_CATEGORY: Final = (
    "category_id",
    "network_id",
    "parent_id",
    "category_path",
    "category_code",
    "category_zh",
    "category_en",
    "category_position",
)


def inner_columns(asked: Columns) -> str:
    """Columns of `SOURCE` for the rows of a page."""
    found = """l.id AS listing_id, s.id AS sku_id, s.code AS sku_code, s.name_zh, s.name_en, s.base_unit, s.stocked,
    s.product_id, s.network_id, l.unit, l.minimum, l.multiple, l.maximum, l.availability_display, p.category_id"""
    if asked & Columns.TAX:
        found += ", (SELECT t.code FROM tax_class t WHERE t.id = s.tax_class_id) AS tax_class"
    if asked & Columns.PRODUCT:
        found += """, p.code AS product_code, p.name_zh AS product_zh, p.name_en AS product_en, p.brand, p.attributes,
    p.version AS product_version"""
    if asked & Columns.TEXTS:
        found += ", p.description_zh, p.description_en"
    if asked & Columns.CATEGORY:
        found += """, c.parent_id, c.path AS category_path, c.code AS category_code, c.name_zh AS category_zh,
    c.name_en AS category_en, c.position AS category_position"""
    return found


def outer_columns(asked: Columns) -> str:
    """Columns around `rel` and `page`, worked out for the page's rows only."""
    found = "rel.relations, rel.currency, rel.tax_included, page.*"
    if asked & Columns.PRICE:
        found += """, CASE WHEN page.unit = page.base_unit THEN 1 ELSE coalesce((SELECT fu.factor FROM sku_unit fu
    WHERE fu.sku_id = page.sku_id AND fu.unit = page.unit), 1) END AS factor"""
        found += f", {LISTS} AS lists, {CANDIDATES.format(sku='page.sku_id')} AS candidates"
    if asked & Columns.AVAILABILITY:
        free = FREE.format(
            network="rel.network_id",
            seller="rel.seller_id",
            sku="page.sku_id",
            region="rel.region_path",
            now="rel.moment",
        )
        found += f", CASE WHEN page.stocked THEN {free} END AS available"
    if asked & Columns.UNITS:
        found += f", {UNITS.format(sku='page.sku_id')} AS units"
    return found


def read_offer(row: asyncpg.Record, lists: Sequence[AssignedList], moment: datetime, asked: Columns) -> OfferRow:
    """A row of `inner_columns` and `outer_columns`."""
    rule = QuantityRule(row["minimum"], row["multiple"], row["maximum"]).in_unit(row["unit"])
    bits = asked.value  # plain numbers: this is done for every row
    factor = row["factor"] if bits & _PRICE_BIT else Decimal(1)
    candidates = price = shown = None
    if bits & _PRICE_BIT:
        candidates = read_candidates(lists, row["candidates"])
        price = resolve(
            candidates,
            quantity=smallest_order(rule),
            unit=row["unit"],
            base_unit=row["base_unit"],
            factor=factor,
            currency=row["currency"],
            tax_included=row["tax_included"],
            now=moment,
            listed=bool(bits & _LIST_PRICE_BIT),
            breaks=bool(bits & _BREAKS_BIT),
        )
    if bits & _AVAILABILITY_BIT:
        free = row["available"] or Decimal(0)
        shown = shown_availability(free, row["availability_display"], stocked=row["stocked"])
    return OfferRow(
        listing_id=row["listing_id"],
        sku_id=row["sku_id"],
        sku_code=row["sku_code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        base_unit=row["base_unit"],
        stocked=row["stocked"],
        product_id=row["product_id"],
        tax_class=row["tax_class"] if bits & _TAX_BIT else "",
        unit=row["unit"],
        factor=factor,
        rule=rule,
        currency=row["currency"],
        tax_included=row["tax_included"],
        moment=moment,
        candidates=candidates,
        price=price,
        availability=shown,
        units=read_units(row["base_unit"], row["units"]) if bits & _UNITS_BIT else None,
        product=_product(row, bits) if bits & _PRODUCT_BIT else None,
        category=CategoryFacts(*_category_columns(row)) if bits & _CATEGORY_BIT else None,
    )


_PRICE_BIT, _AVAILABILITY_BIT, _UNITS_BIT = Columns.PRICE.value, Columns.AVAILABILITY.value, Columns.UNITS.value
_PRODUCT_BIT, _TEXTS_BIT, _TAX_BIT = Columns.PRODUCT.value, Columns.TEXTS.value, Columns.TAX.value
_CATEGORY_BIT, _LIST_PRICE_BIT, _BREAKS_BIT = Columns.CATEGORY.value, Columns.LIST_PRICE.value, Columns.BREAKS.value
_category_columns, _product_columns = itemgetter(*_CATEGORY), itemgetter(*_PRODUCT)


def _product(row: asyncpg.Record, bits: int) -> ProductFacts:
    texts = (row["description_zh"], row["description_en"]) if bits & _TEXTS_BIT else ("", "")
    return ProductFacts(*_product_columns(row), *texts)
