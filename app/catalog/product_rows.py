"""Steps of saving products: their rows, each kind in one statement. All return the ids of the products they changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from app.catalog.inputs import ProductInput
from app.catalog.rules import units_of
from app.catalog.search import latin_text, search_text
from app.kernel.act import Work
from app.kernel.ids import uuid7

_SAVE_PRODUCTS = """
INSERT INTO product (id, network_id, category_id, code, name_zh, name_en, description_zh, description_en, brand,
                     attributes, version, created_at)
SELECT p.id, $1, p.category_id, p.code, p.name_zh, p.name_en, p.description_zh, p.description_en, p.brand,
       p.attributes::jsonb, 1, $2
FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
            $11::text[])
    AS p(id, category_id, code, name_zh, name_en, description_zh, description_en, brand, attributes)
ON CONFLICT (network_id, code) DO UPDATE SET category_id = excluded.category_id, name_zh = excluded.name_zh,
    name_en = excluded.name_en, description_zh = excluded.description_zh, description_en = excluded.description_en,
    brand = excluded.brand, attributes = excluded.attributes
WHERE (product.category_id, product.name_zh, product.name_en, product.description_zh, product.description_en,
       product.brand, product.attributes)
    IS DISTINCT FROM (excluded.category_id, excluded.name_zh, excluded.name_en, excluded.description_zh,
                      excluded.description_en, excluded.brand, excluded.attributes)
RETURNING id AS product_id
"""
_SAVE_SKUS = """
INSERT INTO sku (id, network_id, product_id, code, name_zh, name_en, base_unit, tax_class_id, stocked, search_text,
                 latin_text, created_at)
SELECT s.id, $1, s.product_id, s.code, s.name_zh, s.name_en, s.base_unit, s.tax_class_id, s.stocked, s.search_text,
       s.latin_text, $2
FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::bool[],
            $11::text[], $12::text[])
    AS s(id, product_id, code, name_zh, name_en, base_unit, tax_class_id, stocked, search_text, latin_text)
ON CONFLICT (network_id, code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,
    tax_class_id = excluded.tax_class_id, search_text = excluded.search_text, latin_text = excluded.latin_text
WHERE (sku.name_zh, sku.name_en, sku.tax_class_id, sku.search_text, sku.latin_text)
    IS DISTINCT FROM (excluded.name_zh, excluded.name_en, excluded.tax_class_id, excluded.search_text,
                      excluded.latin_text)
RETURNING product_id
"""
_SAVE_UNITS = """
WITH saved AS (
    INSERT INTO sku_unit (id, sku_id, unit, factor, weight_g, volume_cm3, barcode)
    SELECT u.* FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::numeric[], $5::bigint[], $6::bigint[], $7::text[])
        AS u(id, sku_id, unit, factor, weight_g, volume_cm3, barcode)
    ON CONFLICT (sku_id, unit) DO UPDATE SET factor = excluded.factor, weight_g = excluded.weight_g,
        volume_cm3 = excluded.volume_cm3, barcode = excluded.barcode
    WHERE (sku_unit.factor, sku_unit.weight_g, sku_unit.volume_cm3, sku_unit.barcode)
        IS DISTINCT FROM (excluded.factor, excluded.weight_g, excluded.volume_cm3, excluded.barcode)
    RETURNING sku_id
)
SELECT DISTINCT s.product_id FROM sku s JOIN saved ON saved.sku_id = s.id
"""
_FORGET_MEDIA = "DELETE FROM media WHERE product_id = ANY($1::uuid[])"
_SAVE_MEDIA = """
INSERT INTO media (id, product_id, kind, url, position)
SELECT m.* FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[])
    AS m(id, product_id, kind, url, position)
"""


@dataclass(frozen=True, slots=True)
class SkuRow:
    """A SKU as it shall stand in the table, with the product whose words it is found by."""

    id: UUID
    product_id: UUID
    code: str
    name_zh: str
    name_en: str
    base_unit: str
    tax_class_id: UUID
    stocked: bool
    product: ProductInput

    def words(self) -> list[str | None]:
        """Every text under which the SKU is found."""
        product = self.product
        named = [self.code, self.name_zh, self.name_en, product.code, product.name_zh, product.name_en, product.brand]
        return [*named, *product.attributes.values()]


async def write_products(
    work: Work,
    network_id: UUID,
    items: Sequence[ProductInput],
    ids: Mapping[str, UUID],
    categories: Mapping[str, UUID],
) -> set[UUID]:
    """The products, by code."""
    rows = await work.rows(
        _SAVE_PRODUCTS,
        network_id,
        work.now,
        [ids[one.code] for one in items],
        [categories[one.category] for one in items],
        [one.code for one in items],
        [one.name_zh for one in items],
        [one.name_en for one in items],
        [one.description_zh for one in items],
        [one.description_en for one in items],
        [one.brand for one in items],
        [orjson.dumps(dict(one.attributes)).decode() for one in items],
    )
    return {row["product_id"] for row in rows}


async def write_skus(work: Work, network_id: UUID, skus: Sequence[SkuRow]) -> set[UUID]:
    """The SKUs with what they are searched by."""
    if not skus:
        return set()
    rows = await work.rows(
        _SAVE_SKUS,
        network_id,
        work.now,
        [sku.id for sku in skus],
        [sku.product_id for sku in skus],
        [sku.code for sku in skus],
        [sku.name_zh for sku in skus],
        [sku.name_en for sku in skus],
        [sku.base_unit for sku in skus],
        [sku.tax_class_id for sku in skus],
        [sku.stocked for sku in skus],
        [search_text(sku.words()) for sku in skus],
        [latin_text(sku.words()) for sku in skus],
    )
    return {row["product_id"] for row in rows}


async def write_units(
    work: Work, items: Sequence[ProductInput], sku_ids: Mapping[str, UUID], new_skus: set[UUID]
) -> set[UUID]:
    """The units that were named; a new SKU also gets its base unit."""
    units = [
        (sku_ids[sku.code], unit)
        for one in items
        for sku in one.skus
        for unit in (units_of(sku) if sku_ids[sku.code] in new_skus else sku.units)
    ]
    if not units:
        return set()
    rows = await work.rows(
        _SAVE_UNITS,
        [uuid7() for _ in units],
        [sku_id for sku_id, _ in units],
        [unit.unit for _, unit in units],
        [unit.factor for _, unit in units],
        [unit.weight_g for _, unit in units],
        [unit.volume_cm3 for _, unit in units],
        [unit.barcode for _, unit in units],
    )
    return {row["product_id"] for row in rows}


async def write_media(
    work: Work, items: Sequence[ProductInput], ids: Mapping[str, UUID], before: Mapping[str, list[str]]
) -> set[UUID]:
    """The media of the products that name theirs; `before` has "kind url" in order, by product code."""
    differing = {
        ids[one.code]: one.media
        for one in items
        if one.media is not None and [f"{m.kind} {m.url}" for m in one.media] != before.get(one.code, [])
    }
    if not differing:
        return set()
    await work.run(_FORGET_MEDIA, list(differing))
    placed = [(product_id, n, one) for product_id, media in differing.items() for n, one in enumerate(media)]
    if placed:
        await work.run(
            _SAVE_MEDIA,
            [uuid7() for _ in placed],
            [product_id for product_id, _, _ in placed],
            [one.kind for _, _, one in placed],
            [one.url for _, _, one in placed],
            [n for _, n, _ in placed],
        )
    return set(differing)
