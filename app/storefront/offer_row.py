"""An offer as it is read: which columns a reader asks for, and what they say."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Flag, auto
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from app.inventory.rules import ShownAvailability, shown_availability
from app.inventory.sql import FREE
from app.kernel.quantity import QuantityRule
from app.kernel.refusal import BadRequest
from app.kernel.wording import one_of
from app.pricing.rules import Candidate, ResolvedPrice, resolve
from app.pricing.sql import CANDIDATES, read_candidates, read_lists
from app.pricing.worked_out import PriceAsked, PriceRead, worked_out
from app.storefront.rules import smallest_order
from app.storefront.sql import ONE, UNITS, UnitFacts, read_units

ZERO: Final = Decimal(0)


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


def _column(name: str) -> Any:
    """An attribute that is a column of the row."""
    return property(lambda offer: offer.row[name])


class OfferRow:
    """A SKU as one buyer sees it: a row of `inner_columns` and `outer_columns`, read when it is asked.

    What was not read is None.
    """

    __slots__ = ("_bits", "_priced", "content", "lists", "moment", "row")

    def __init__(
        self, row: asyncpg.Record, asked: int, lists: str | None, moment: datetime, width: int | None = None
    ) -> None:
        """`asked`: the value of the `Columns`. `lists`: the value of `LISTS`. `width`: how many columns say what the
        offer is; behind them is its place."""
        self.row = row
        self._bits = asked  # a plain number: it is asked for every row
        self.lists = lists
        self.moment = moment
        self.content: tuple[Any, ...] = row[:width]
        self._priced: PriceRead | None = None

    listing_id: UUID = _column("listing_id")
    sku_id: UUID = _column("sku_id")
    sku_code: str = _column("sku_code")
    name_zh: str = _column("name_zh")
    name_en: str = _column("name_en")
    base_unit: str = _column("base_unit")
    stocked: bool = _column("stocked")
    product_id: UUID = _column("product_id")
    unit: str = _column("unit")
    currency: str = _column("currency")
    tax_included: bool = _column("tax_included")

    @property
    def marks(self) -> tuple[object, ...]:
        """What tells it from most other offers: quick to look up, before the whole content is compared."""
        row = self.row
        return row["listing_id"], row.get("candidates"), row.get("available")

    @property
    def tax_class(self) -> str:
        """Its code; empty where it was not read."""
        return self.row["tax_class"] if self._bits & _TAX else ""

    @property
    def factor(self) -> Decimal:
        """Base units in one ordering unit; 1 where prices were not read."""
        return self.row["factor"] if self._bits & _PRICE else ONE

    @property
    def rule(self) -> QuantityRule:
        return self._limits[0]

    @property
    def units(self) -> Mapping[str, UnitFacts] | None:
        return read_units(self.row["base_unit"], self.row["units"]) if self._bits & _UNITS else None

    @property
    def has_product(self) -> bool:
        """The product's columns were read."""
        return bool(self._bits & _PRODUCT)

    @property
    def has_texts(self) -> bool:
        """The product's descriptions were read."""
        return bool(self._bits & _TEXTS)

    @property
    def category(self) -> CategoryFacts | None:
        return CategoryFacts(*_category_columns(self.row)) if self._bits & _CATEGORY else None

    @property
    def availability(self) -> ShownAvailability | None:
        if not self._bits & _AVAILABILITY:
            return None
        free, display, stocked = _stock_columns(self.row)
        return shown_availability(free or ZERO, display, stocked=stocked)

    @property
    def candidates(self) -> tuple[Candidate, ...] | None:
        if not self._bits & _PRICE:
            return None
        return read_candidates(read_lists(self.lists), self.row["candidates"])

    @property
    def price(self) -> ResolvedPrice | None:
        """At the smallest order."""
        return self._read_price().price if self._bits & _PRICE else None

    def says_the_same_as(self, other: "OfferRow") -> bool:
        """Whether everything that may be asked of the two has the same answer, though they were read at different
        moments and for different readers."""
        if self.content != other.content or self.lists != other.lists or self._bits != other._bits:
            return False
        return not self._bits & _PRICE or other._read_price().span.holds(self.moment)

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

    @property
    def _limits(self) -> tuple[QuantityRule, Decimal]:
        return limits(*_limit_columns(self.row))

    def _read_price(self) -> PriceRead:
        if self._priced is None:
            row, bits = self.row, self._bits
            asked = PriceAsked(
                self.lists,
                row["candidates"],
                self._limits[1],
                row["unit"],
                row["base_unit"],
                row["factor"],
                row["currency"],
                row["tax_included"],
                bool(bits & _LIST_PRICE),
                bool(bits & _BREAKS),
            )
            self._priced = worked_out(asked, self.moment)
        return self._priced


@lru_cache(maxsize=4_096)
def limits(
    minimum: Decimal | None, multiple: Decimal | None, maximum: Decimal | None, unit: str
) -> tuple[QuantityRule, Decimal]:
    """What may be ordered of a listing with these limits, and the smallest order."""
    rule = QuantityRule(minimum, multiple, maximum).in_unit(unit)
    return rule, smallest_order(rule)


_category_columns: Final = itemgetter(
    "category_id",
    "network_id",
    "parent_id",
    "category_path",
    "category_code",
    "category_zh",
    "category_en",
    "category_position",
)
_limit_columns: Final = itemgetter("minimum", "multiple", "maximum", "unit")
_stock_columns: Final = itemgetter("available", "availability_display", "stocked")
_PRICE, _LIST_PRICE, _BREAKS = Columns.PRICE.value, Columns.LIST_PRICE.value, Columns.BREAKS.value
_AVAILABILITY, _UNITS, _TAX = Columns.AVAILABILITY.value, Columns.UNITS.value, Columns.TAX.value
_PRODUCT, _TEXTS, _CATEGORY = Columns.PRODUCT.value, Columns.TEXTS.value, Columns.CATEGORY.value


@cache
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


@cache
def outer_columns(asked: Columns) -> str:
    """Columns of `rel`, and what is worked out for the page's rows only."""
    found = "rel.currency, rel.tax_included"
    if asked & Columns.PRICE:
        found += """, CASE WHEN page.unit = page.base_unit THEN 1 ELSE coalesce((SELECT fu.factor FROM sku_unit fu
    WHERE fu.sku_id = page.sku_id AND fu.unit = page.unit), 1) END AS factor"""
        found += f", {CANDIDATES.format(sku='page.sku_id')} AS candidates"
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
