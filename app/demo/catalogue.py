"""What the demo's coatings brand sells: 301 SKUs of 99 products, with Chinese and English texts.

The products stand in `products.csv`; sizes, units and prices follow from the kind of product. The golden queries of
the search are asked against this catalogue.
"""

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

PRODUCTS: Final = Path(__file__).with_name("products.csv")
CURRENCY: Final = "CNY"


class Category(NamedTuple):
    """A node of the category tree; `parent` is a code, empty at the root."""

    code: str
    parent: str
    name_zh: str
    name_en: str


class TaxClass(NamedTuple):
    """A tax class with its rate in basis points."""

    code: str
    name_zh: str
    name_en: str
    rate_bp: int


class Unit(NamedTuple):
    """A unit in which a SKU is ordered: pieces in it, weight and volume of one."""

    unit: str
    factor: Decimal
    weight_g: int
    volume_cm3: int


class CatalogueSku(NamedTuple):
    """A SKU; its base unit is the piece. `list_price`: yuan per piece, tax included."""

    code: str
    name_zh: str
    name_en: str
    tax_class: str
    stocked: bool
    units: tuple[Unit, ...]
    list_price: Decimal


class CatalogueProduct(NamedTuple):
    """A product with its SKUs."""

    code: str
    category: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    attributes: Mapping[str, str]
    skus: tuple[CatalogueSku, ...]


class _Size(NamedTuple):
    """A variant: `price` is a multiple of the product's price per base measure; pieces in a carton and on a pallet."""

    suffix: str
    zh: str
    en: str
    price: str
    weight_g: int
    volume_cm3: int
    carton: int
    pallet: int


TAX_CLASSES: Final = (
    TaxClass("standard", "标准税率", "Standard rate", 1300),
    TaxClass("low", "低税率", "Low rate", 900),
)

CATEGORIES: Final = tuple(
    Category(*line)
    for line in (
        ("coatings", "", "涂料", "Coatings"),
        ("exterior", "coatings", "外墙涂料", "Exterior paints"),
        ("interior", "coatings", "内墙涂料", "Interior paints"),
        ("primer", "coatings", "底漆", "Primers"),
        ("wood", "coatings", "木器漆", "Wood coatings"),
        ("metal", "coatings", "金属漆", "Metal coatings"),
        ("floor", "coatings", "地坪漆", "Floor coatings"),
        ("base", "", "基层与辅料", "Substrate preparation"),
        ("putty", "base", "腻子", "Putties"),
        ("waterproof", "base", "防水", "Waterproofing"),
        ("mortar", "base", "砂浆与粘结", "Mortars and adhesives"),
        ("joint", "", "美缝与密封", "Joints and sealing"),
        ("grout", "joint", "美缝剂", "Tile grouts"),
        ("sealant", "joint", "密封胶", "Sealants"),
        ("tools", "", "施工工具", "Tools"),
        ("roller", "tools", "辊筒", "Rollers"),
        ("brush", "tools", "刷具", "Brushes"),
        ("protection", "tools", "遮蔽与打磨", "Masking and sanding"),
        ("print", "", "图书与服务", "Books and services"),
    )
)

_SIZES: Final[dict[str, tuple[_Size, ...]]] = {
    "paint": (
        _Size("1L", "1升", "1 L", "1.30", 1400, 1600, 12, 480),
        _Size("5L", "5升", "5 L", "5.60", 6800, 7600, 4, 96),
        _Size("15L", "15升", "15 L", "15.40", 20400, 21000, 1, 36),
        _Size("20L", "20升", "20 L", "20.00", 27000, 27500, 1, 24),
    ),
    "varnish": (
        _Size("1KG", "1公斤", "1 kg", "1.20", 1150, 1300, 12, 480),
        _Size("3KG", "3公斤", "3 kg", "3.15", 3400, 3800, 4, 160),
        _Size("10KG", "10公斤", "10 kg", "10.00", 11200, 12500, 1, 48),
    ),
    "powder": (
        _Size("5KG", "5公斤", "5 kg", "5.80", 5050, 5200, 4, 160),
        _Size("20KG", "20公斤", "20 kg", "20.00", 20150, 18000, 1, 50),
        _Size("25KG", "25公斤", "25 kg", "24.50", 25200, 22000, 1, 40),
    ),
    "kit": (
        _Size("6KG", "6公斤套装", "6 kg kit", "6.30", 6300, 7000, 2, 96),
        _Size("18KG", "18公斤套装", "18 kg kit", "18.00", 18700, 20000, 1, 36),
    ),
    "grout": (
        _Size("WHT", "珍珠白", "Pearl White", "1.00", 620, 700, 20, 1200),
        _Size("GRY", "水泥灰", "Cement Grey", "1.00", 620, 700, 20, 1200),
        _Size("GLD", "香槟金", "Champagne Gold", "1.08", 620, 700, 20, 1200),
        _Size("BLK", "曜石黑", "Obsidian Black", "1.04", 620, 700, 20, 1200),
        _Size("BRN", "咖啡棕", "Coffee Brown", "1.04", 620, 700, 20, 1200),
    ),
    "tube": (
        _Size("CLR", "透明", "Clear", "1.00", 380, 400, 24, 1440),
        _Size("WHT", "白色", "White", "1.00", 380, 400, 24, 1440),
        _Size("BLK", "黑色", "Black", "1.00", 380, 400, 24, 1440),
    ),
    "roller": (
        _Size("4IN", "4寸", "4 in", "1.00", 90, 600, 50, 2000),
        _Size("7IN", "7寸", "7 in", "1.55", 160, 1100, 30, 1200),
        _Size("9IN", "9寸", "9 in", "1.95", 210, 1500, 24, 960),
    ),
    "brush": (
        _Size("2IN", "2寸", "2 in", "1.00", 70, 200, 60, 3600),
        _Size("3IN", "3寸", "3 in", "1.45", 100, 300, 48, 2400),
        _Size("4IN", "4寸", "4 in", "1.90", 140, 400, 36, 1800),
    ),
    "tape": (
        _Size("24MM", "24毫米", "24 mm", "1.00", 120, 300, 48, 2400),
        _Size("48MM", "48毫米", "48 mm", "1.90", 240, 600, 24, 1200),
    ),
    "sheet": (
        _Size("120", "120目", "120 grit", "1.00", 15, 40, 100, 10000),
        _Size("240", "240目", "240 grit", "1.00", 15, 40, 100, 10000),
        _Size("400", "400目", "400 grit", "1.00", 15, 40, 100, 10000),
    ),
    "single": (_Size("01", "", "", "1.00", 400, 900, 20, 800),),
    "service": (_Size("01", "", "", "1.00", 0, 0, 0, 0),),
}

_FINISHES: Final = {
    "matt": "哑光",
    "silk": "丝光",
    "gloss": "高光",
    "clear": "透明",
    "stone": "仿石",
    "texture": "肌理",
    "metallic": "金属",
    "foam": "泡沫",
    "tool": "工具",
    "book": "图书",
    "service": "服务",
}


def products() -> Iterator[CatalogueProduct]:
    """Every product of the catalogue, in the order of the file. `price` there is yuan per litre, kilogram or piece."""
    with PRODUCTS.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            zh, en, finish = line["name_zh"], line["name_en"], line["finish"]
            yield CatalogueProduct(
                code=line["code"],
                category=line["category"],
                name_zh=zh,
                name_en=en,
                description_zh=f"{zh}，{line['for_zh']}。",
                description_en=f"{en}. {line['for_en']}.",
                attributes={"finish": f"{_FINISHES[finish]} {finish}"},
                skus=tuple(_sku(line, size) for size in _SIZES[line["kind"]]),
            )


def skus() -> list[CatalogueSku]:
    """Every SKU of the catalogue."""
    return [sku for product in products() for sku in product.skus]


def _sku(product: Mapping[str, str], size: _Size) -> CatalogueSku:
    units = [Unit("piece", Decimal(1), size.weight_g, size.volume_cm3)]
    for unit, pieces in (("carton", size.carton), ("pallet", size.pallet)):
        if pieces > 1:
            units.append(Unit(unit, Decimal(pieces), size.weight_g * pieces, size.volume_cm3 * pieces))
    code, kind = product["code"], product["kind"]
    return CatalogueSku(
        code=code if len(_SIZES[kind]) == 1 else f"{code}-{size.suffix}",
        name_zh=f"{product['name_zh']} {size.zh}".strip(),
        name_en=f"{product['name_en']} {size.en}".strip(),
        tax_class="low" if product["finish"] == "book" else "standard",
        stocked=kind != "service",
        units=tuple(units),
        list_price=(Decimal(product["price"]) * Decimal(size.price)).quantize(Decimal("0.01")),
    )
