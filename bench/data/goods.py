"""The catalogue's rows: products of a coatings brand, two SKUs each, with Chinese and English texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import orjson

from app.catalog.search import latin_text, search_text
from app.kernel.ids import uuid7

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNIT = "桶"

_WHERE = (
    ("外墙", "Exterior"),
    ("内墙", "Interior"),
    ("地坪", "Floor"),
    ("屋面", "Roof"),
    ("木器", "Wood"),
    ("金属", "Metal"),
)
_KIND = (
    ("乳胶漆", "Emulsion"),
    ("防水涂料", "Waterproof Coating"),
    ("底漆", "Primer"),
    ("面漆", "Topcoat"),
    ("腻子", "Putty"),
    ("清漆", "Varnish"),
    ("环氧漆", "Epoxy"),
)
_QUALITY = (
    ("经济型", "Economy"),
    ("弹性", "Elastic"),
    ("高耐候", "Weatherproof"),
    ("净味", "Low Odour"),
    ("抗碱", "Alkali Resistant"),
    ("哑光", "Matt"),
    ("丝光", "Silk"),
    ("抗菌", "Antibacterial"),
    ("快干", "Fast Drying"),
    ("硅丙", "Silicone"),
    ("水性", "Waterborne"),
)
_SIZES = (("5L", Decimal("5.2")), ("18L", Decimal("18.6")))


@dataclass(frozen=True, slots=True)
class Goods:
    """Rows by table, in the order of `COLUMNS`, and the ids that others refer to."""

    tax_class: UUID
    skus: list[UUID]
    rows: dict[str, list[tuple[object, ...]]]


COLUMNS = {
    "tax_class": ("id", "network_id", "code", "name_zh", "name_en"),
    "tax_rate": ("id", "tax_class_id", "rate_bp", "valid_from"),
    "category": ("id", "network_id", "code", "path", "name_zh", "name_en", "position"),
    "product": (
        *("id", "network_id", "category_id", "code", "name_zh", "name_en", "description_zh", "description_en"),
        *("brand", "attributes"),
    ),
    "sku": (
        *("id", "network_id", "product_id", "code", "name_zh", "name_en", "base_unit", "tax_class_id"),
        *("search_text", "latin_text"),
    ),
    "sku_unit": ("id", "sku_id", "unit", "factor", "weight_g", "volume_cm3"),
}


def goods(network: UUID, wanted: int) -> Goods:
    """A catalogue of `wanted` SKUs."""
    tax_class = uuid7()
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in COLUMNS}
    rows["tax_class"].append((tax_class, network, "standard", "标准税率", "Standard"))
    rows["tax_rate"].append((uuid7(), tax_class, 1300, SINCE))
    categories = []
    for position, (zh, en) in enumerate(_WHERE):
        category = uuid7()
        categories.append(category)
        rows["category"].append((category, network, en.lower(), str(category), f"{zh}涂料", f"{en} Coatings", position))
    skus: list[UUID] = []
    for number, names in zip(range((wanted + 1) // 2), _names(), strict=False):
        where, name_zh, name_en = names
        product, code = uuid7(), f"TB-{number:05d}"
        texts = (f"{name_zh}，适用于{_WHERE[where][0]}。", f"{name_en} for {_WHERE[where][1].lower()} surfaces.")
        attributes = orjson.dumps({"finish": "matt" if number % 2 else "silk", "series": f"{number % 40}"}).decode()
        rows["product"].append(
            (product, network, categories[where], code, name_zh, name_en, *texts, "Tributary", attributes)
        )
        for size, volume in _SIZES[: wanted - len(skus)]:
            sku = uuid7()
            skus.append(sku)
            words = (f"{code}-{size}", f"{name_zh} {size}", f"{name_en} {size}", name_zh, name_en)
            rows["sku"].append(
                (sku, network, product, *words[:3], UNIT, tax_class, search_text(words), latin_text(words))
            )
            rows["sku_unit"].append((uuid7(), sku, UNIT, Decimal(1), int(volume * 1400), int(volume * 1000)))
    return Goods(tax_class, skus, rows)


def _names() -> Iterator[tuple[int, str, str]]:
    """Place in `_WHERE`, Chinese and English name; without end, each once."""
    number = 0
    while True:  # 6, 7 and 11 have no common divisor: 462 combinations before one comes again
        where, kind, quality = number % len(_WHERE), number % len(_KIND), number % len(_QUALITY)
        suffix = f"{number // 462 + 1:02d}"
        zh = f"{_QUALITY[quality][0]}{_WHERE[where][0]}{_KIND[kind][0]}{suffix}"
        en = f"{_QUALITY[quality][1]} {_WHERE[where][1]} {_KIND[kind][1]} {suffix}"
        yield where, zh, en
        number += 1
