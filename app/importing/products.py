"""Products with their SKUs: one row per SKU; rows with the same product code make one product."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

import asyncpg
import orjson

from app import database
from app.catalog.inputs import ProductInput, Saved, SkuInput, UnitInput
from app.catalog.rules import MOST_GRAMS
from app.catalog.save_product import MOST_PRODUCTS, save_products
from app.importing.cells import Cells
from app.importing.columns import Column
from app.importing.kind import Kind, Subject, save_what_can_be
from app.importing.outcome import Outcome
from app.importing.refusals import CellNotValid
from app.kernel.refusal import Refusal
from app.kernel.wording import EMPTY, ONE_LANGUAGE, Said

T = TypeVar("T")

_STANDING = """
SELECT s.code AS sku, p.code AS product, s.name_zh, s.name_en, s.stocked, t.code AS tax_class
FROM sku s JOIN product p ON p.id = s.product_id JOIN tax_class t ON t.id = s.tax_class_id
WHERE s.network_id = $1 AND s.code = ANY($2::text[])
"""
_PRODUCTS = """
SELECT code, name_zh, name_en, description_zh, description_en, brand, attributes FROM product
WHERE network_id = $1 AND code = ANY($2::text[])
"""
_TAX_CLASSES = """
SELECT t.code, (SELECT r.rate_bp FROM tax_rate r WHERE r.tax_class_id = t.id AND r.valid_from <= now()
                AND (r.valid_to IS NULL OR r.valid_to > now())) AS rate_bp
FROM tax_class t WHERE t.network_id = $1 ORDER BY t.code
"""
_CATEGORIES = "SELECT code FROM category WHERE network_id = $1 ORDER BY code LIMIT 1000"
_UNIT = re.compile(r"(?P<unit>[^=;；]+?)\s*[=＝]\s*(?P<factor>[0-9]+(?:\.[0-9]{1,6})?)")
_FIELDS = {
    "code": "sku",
    "nameZh": "name_zh",
    "nameEn": "name_en",
    "baseUnit": "base_unit",
    "taxClass": "tax_class",
    "stocked": "stocked",
    "units": "units",
}
_PRODUCT_FIELDS = {
    "code": "product",
    "nameZh": "product_name_zh",
    "nameEn": "product_name_en",
    "category": "category",
    "descriptionZh": "description_zh",
    "descriptionEn": "description_en",
    "brand": "brand",
    "attributes": "attributes",
}


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One row: a SKU and what it says about its product. None: the file does not say."""

    sku: str
    name_zh: str | None
    name_en: str | None
    base_unit: str
    tax_class: str | None
    stocked: bool | None
    units: tuple[UnitInput, ...]
    product: str | None
    category: str
    product_name_zh: str | None
    product_name_en: str | None
    description_zh: str | None
    description_en: str | None
    brand: str | None
    attributes: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Group:
    """The rows of one product in a batch, by their places in it; `guilty` are those whose SKU was refused."""

    product: ProductInput
    rows: list[int]
    guilty: list[int] = field(default_factory=list)


class Products(Kind[ProductRow]):
    """`tributary import products`; the brand only."""

    name = "products"
    has_attributes = True
    most: ClassVar[int] = MOST_PRODUCTS
    columns = (
        Column("sku", ("SKU编码", "sku code", "item code", "货号", "物料编码", "商品编码"), required=True),
        Column("name_zh", ("中文名称", "名称", "品名", "商品名称", "chinese name", "SKU名称")),
        Column("name_en", ("英文名称", "name", "english name", "sku name", "英文名")),
        Column("category", ("分类编码", "分类", "类目", "category code", "品类"), required=True),
        Column("base_unit", ("基本单位", "单位", "unit", "计量单位", "库存单位"), required=True),
        Column("tax_class", ("税类", "税收分类", "tax", "tax class code")),
        Column("tax_rate", ("税率", "vat", "vat rate")),
        Column("stocked", ("管理库存", "是否管理库存", "有库存")),
        Column("units", ("包装单位", "其他单位", "packing", "packs", "包装")),
        Column("weight_g", ("重量", "weight", "毛重", "重量克")),
        Column("volume_cm3", ("体积", "volume", "体积立方厘米")),
        Column("barcode", ("条码", "条形码", "ean", "gtin")),
        Column("product", ("产品编码", "product code", "产品", "SPU", "SPU编码", "款号")),
        Column("product_name_zh", ("产品名称", "产品中文名称", "SPU名称")),
        Column("product_name_en", ("产品英文名称", "product name", "product english name")),
        Column("description_zh", ("中文说明", "说明", "描述", "商品描述", "中文描述")),
        Column("description_en", ("英文说明", "description", "英文描述")),
        Column("brand", ("品牌", "brand name")),
    )

    async def prepare(self) -> None:
        """The network's tax classes with their rates of today, and its categories."""
        found = await database.rows(_TAX_CLASSES, self.place.network_id)
        self._tax_classes: dict[str, int | None] = {row["code"]: row["rate_bp"] for row in found}
        self._categories = [row["code"] for row in await database.rows(_CATEGORIES, self.place.network_id)]

    def read(self, cells: Cells) -> ProductRow:
        """One row. A name in one of the two languages is needed."""
        name_zh, name_en = cells.maybe("name_zh"), cells.maybe("name_en")
        if not name_zh and not name_en:
            raise CellNotValid(column="name_zh", value=EMPTY, expected=ONE_LANGUAGE)
        base_unit = cells.text("base_unit")
        return ProductRow(
            sku=cells.code("sku"),
            name_zh=self._said(cells, "name_zh"),
            name_en=self._said(cells, "name_en"),
            base_unit=base_unit,
            tax_class=self._tax_class(cells),
            stocked=cells.flag("stocked"),
            units=tuple(self._units(cells, base_unit)),
            product=cells.maybe_code("product"),
            category=cells.text("category"),
            product_name_zh=self._said(cells, "product_name_zh"),
            product_name_en=self._said(cells, "product_name_en"),
            description_zh=self._said(cells, "description_zh"),
            description_en=self._said(cells, "description_en"),
            brand=self._said(cells, "brand"),
            attributes=tuple(sorted(cells.attributes().items())),
        )

    def subjects(self, item: ProductRow) -> list[Subject]:
        """The SKU, and the product that rows may share."""
        about_product = (
            item.category,
            item.product_name_zh,
            item.product_name_en,
            item.description_zh,
            item.description_en,
            item.brand,
            item.attributes,
        )
        product = [Subject("product", f"product {item.product}", about_product)] if item.product else []
        return [Subject("sku", f"SKU {item.sku}", item), *product]

    async def save(self, items: Sequence[ProductRow], client_key: str) -> list[Outcome]:
        """Rows become products; a refused SKU does not take the other SKUs of its product with it."""
        outcomes: dict[int, Outcome] = {}
        left = list(range(len(items)))
        attempt = 0
        while left:
            attempt += 1
            groups = await self._grouped(items, left)
            found = await save_what_can_be(
                groups,
                save=self._save,
                client_key=f"{client_key}.{attempt}",
                name_of=lambda group: group.product.code,
                blame=lambda group, path, why: self._blame(items, group, path, why),
            )
            for group, outcome in zip(groups, found, strict=True):
                outcomes.update(dict.fromkeys(group.guilty or group.rows, outcome))
            left = [n for n in left if n not in outcomes]
        return [outcomes[n] for n in range(len(items))]

    async def _save(self, groups: Sequence[_Group], client_key: str) -> Saved:
        return await save_products(
            self.place.viewer,
            network_id=self.place.network_id,
            items=[group.product for group in groups],
            client_key=client_key,
        )

    async def _grouped(self, items: Sequence[ProductRow], left: Sequence[int]) -> list[_Group]:
        """Rows of one product together; what the file does not say is as it stands, or the usual for what is new."""
        network_id = self.place.network_id
        found = await database.rows(_STANDING, network_id, [items[n].sku for n in left])
        skus = {row["sku"]: row for row in found}
        rows: dict[str, list[int]] = {}
        for n in left:
            one = items[n]
            standing = skus[one.sku]["product"] if one.sku in skus else one.sku
            rows.setdefault(one.product or standing, []).append(n)
        found = await database.rows(_PRODUCTS, network_id, list(rows))
        products = {row["code"]: row for row in found}
        return [
            _Group(
                _product(code, items[places[0]], products.get(code), tuple(self._sku(items[n], skus) for n in places)),
                places,
            )
            for code, places in rows.items()
        ]

    def _sku(self, one: ProductRow, skus: Mapping[str, asyncpg.Record]) -> SkuInput:
        standing = skus.get(one.sku)
        only = next(iter(self._tax_classes)) if len(self._tax_classes) == 1 else ""
        return SkuInput(
            code=one.sku,
            name_zh=_first(one.name_zh, standing and standing["name_zh"], ""),
            name_en=_first(one.name_en, standing and standing["name_en"], ""),
            base_unit=one.base_unit,
            tax_class=_first(one.tax_class, standing and standing["tax_class"], only),
            stocked=_first(one.stocked, standing and standing["stocked"], True),
            units=one.units,
        )

    def _blame(self, items: Sequence[ProductRow], group: _Group, path: str, why: Refusal) -> Outcome:
        """Which row of the group, and which column of it, a problem of the act is about."""
        parts = path.split(".")
        if parts[0] != "skus":
            column = _PRODUCT_FIELDS.get(parts[0], parts[0])
            return self.explain(column, getattr(items[group.rows[0]], column, ""), why, self._categories)
        row = group.rows[int(parts[1])]
        group.guilty.append(row)
        column = _FIELDS.get(parts[2], parts[2])
        return self.explain(column, getattr(items[row], column, ""), why, list(self._tax_classes))

    def _said(self, cells: Cells, column: str) -> str | None:
        """The text; empty where the cell is empty; None where the file has no such column."""
        return (cells.maybe(column) or "") if column in self.present else None

    def _tax_class(self, cells: Cells) -> str | None:
        if (code := cells.maybe("tax_class")) is not None:
            return code
        rate = cells.percent("tax_rate")
        if rate is None:
            return None
        matching = [code for code, rate_bp in self._tax_classes.items() if rate_bp == rate]
        if len(matching) != 1:
            rates = {f"{rate_bp / 100:g}%" for rate_bp in self._tax_classes.values() if rate_bp is not None}
            expected = Said(
                f"a rate that one tax class of the network has: {', '.join(sorted(rates))}",
                f"渠道网络中某个税率类别的税率：{'、'.join(sorted(rates))}",
            )
            raise CellNotValid(column="tax_rate", value=cells.texts["tax_rate"], expected=expected)
        return matching[0]

    def _units(self, cells: Cells, base_unit: str) -> Iterator[UnitInput]:
        """`箱=12; 托=480` and, where the file has them, weight, volume and barcode of the base unit."""
        if self.present & {"weight_g", "volume_cm3", "barcode"}:
            yield UnitInput(
                base_unit,
                Decimal(1),
                cells.whole("weight_g", 0, MOST_GRAMS) or 0,
                cells.whole("volume_cm3", 0, MOST_GRAMS) or 0,
                cells.maybe_code("barcode"),
            )
        for text in re.split("[;；]", cells.maybe("units") or ""):
            if not text.strip():
                continue
            found = _UNIT.fullmatch(text.strip())
            if found is None:
                raise CellNotValid(
                    column="units",
                    value=text.strip(),
                    expected=Said("units such as carton=12; pallet=480", "单位，例如 carton=12; pallet=480"),
                )
            yield UnitInput(found["unit"], Decimal(found["factor"]))


def _product(code: str, row: ProductRow, standing: asyncpg.Record | None, skus: tuple[SkuInput, ...]) -> ProductInput:
    known: Mapping[str, Any] = standing or {}
    alone = skus[0] if code == skus[0].code else None  # a product of one SKU is called what its SKU is called
    attributes: dict[str, str] = orjson.loads(known["attributes"]) if known else {}
    return ProductInput(
        code=code,
        name_zh=_first(row.product_name_zh, alone and alone.name_zh, known.get("name_zh"), skus[0].name_zh),
        name_en=_first(row.product_name_en, alone and alone.name_en, known.get("name_en"), skus[0].name_en),
        category=row.category,
        skus=skus,
        description_zh=_first(row.description_zh, known.get("description_zh"), ""),
        description_en=_first(row.description_en, known.get("description_en"), ""),
        brand=(row.brand or None) if row.brand is not None else known.get("brand"),
        attributes=attributes | dict(row.attributes),
    )


def _first(*choices: T | None) -> T:
    """The first that was said at all."""
    return next(choice for choice in choices if choice is not None)
