"""What the acts of the catalog are told: plain values, from the API or from a file that is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TaxRateInput:
    """A rate in basis points from a moment on, until another one (None: still)."""

    rate_bp: int
    valid_from: datetime
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class CategoryInput:
    """A category by its code, below its parent's code (None: a root)."""

    code: str
    name_zh: str
    name_en: str
    parent: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class UnitInput:
    """A unit in which a SKU may be ordered: `factor` base units; grams and cubic centimetres of one such unit."""

    unit: str
    factor: Decimal
    weight_g: int = 0
    volume_cm3: int = 0
    barcode: str | None = None


@dataclass(frozen=True, slots=True)
class SkuInput:
    """A SKU by its code. The base unit itself needs no entry in `units` unless it has weight, volume or barcode."""

    code: str
    name_zh: str
    name_en: str
    base_unit: str
    tax_class: str
    stocked: bool = True
    units: tuple[UnitInput, ...] = ()


@dataclass(frozen=True, slots=True)
class MediaInput:
    """A picture, video or document of a product, by its address."""

    url: str
    kind: str = "image"


@dataclass(frozen=True, slots=True)
class ProductInput:
    """A product by its code, with SKUs. SKUs and units that are not named stay as they are; `media` None too."""

    code: str
    name_zh: str
    name_en: str
    category: str
    skus: tuple[SkuInput, ...] = ()
    description_zh: str = ""
    description_en: str = ""
    brand: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    media: tuple[MediaInput, ...] | None = None


@dataclass(frozen=True, slots=True)
class ListingInput:
    """What the seller offers of a SKU, by its code. `unit` None: the base unit. None is no limit, 0 is nothing."""

    sku: str
    unit: str | None = None
    on_sale: bool = True
    minimum: Decimal | None = None
    multiple: Decimal | None = None
    maximum: Decimal | None = None
    availability_display: str = "exact"


@dataclass(frozen=True, slots=True)
class Saved:
    """What an act on many things did, by code. The same input again leaves everything unchanged."""

    id: UUID
    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
