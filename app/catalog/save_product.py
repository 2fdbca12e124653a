"""Products with their SKUs, units and media, saved in constant round trips whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from app.catalog.inputs import ProductInput, Saved, SkuInput
from app.catalog.product_rows import SkuRow, write_media, write_products, write_skus, write_units
from app.catalog.refusals import FixedAfterwards, ItemProblem, NamedTwice, SkuOfOtherProduct, UnknownCode
from app.catalog.rules import named_twice, product_problems
from app.catalog.standing import refuse_if_any, require_brand, require_size
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_PRODUCTS = 500

_CODES = """
SELECT 'category' AS what, c.code, c.id FROM category c WHERE c.network_id = $1 AND c.code = ANY($2::text[])
UNION ALL SELECT 'tax class', t.code, t.id FROM tax_class t WHERE t.network_id = $1 AND t.code = ANY($3::text[])
"""
_PRODUCTS = """
SELECT p.id, p.code, ARRAY(SELECT m.kind || ' ' || m.url FROM media m WHERE m.product_id = p.id
                           ORDER BY m.position) AS media
FROM product p WHERE p.network_id = $1 AND p.code = ANY($2::text[])
"""
# Looked up one by one through the indexes: a plan made while the table was small would otherwise read all of it later.
_SKUS = """
SELECT s.id, s.code, s.product_id, (SELECT p.code FROM product p WHERE p.id = s.product_id) AS product,
       s.name_zh, s.name_en, s.base_unit, s.stocked, s.tax_class_id
FROM (SELECT k.id FROM unnest($2::text[]) AS asked(code)
      CROSS JOIN LATERAL (SELECT k.id FROM sku k WHERE k.network_id = $1 AND k.code = asked.code OFFSET 0) k
      UNION
      SELECT k.id FROM unnest($3::uuid[]) AS asked(product_id)
      CROSS JOIN LATERAL (SELECT k.id FROM sku k WHERE k.product_id = asked.product_id OFFSET 0) k) found
CROSS JOIN LATERAL (SELECT * FROM sku k WHERE k.id = found.id OFFSET 0) s
"""
_RAISE_VERSIONS = "UPDATE product SET version = version + 1 WHERE id = ANY($1::uuid[])"


@dataclass(slots=True)
class _Known:
    """What the network already has of a batch, by code."""

    categories: dict[str, UUID] = field(default_factory=dict)
    tax_classes: dict[str, UUID] = field(default_factory=dict)
    products: dict[str, asyncpg.Record] = field(default_factory=dict)
    skus: dict[str, asyncpg.Record] = field(default_factory=dict)


@act
async def save_products(
    work: Work, viewer: Viewer, *, network_id: UUID, items: Sequence[ProductInput], client_key: str
) -> Saved:
    """Save products by code with their SKUs, units and media: at most 500 at once, all of them or none.

    SKUs and units that are not named stay. Returns the product codes by what happened to them; the same input again
    changes nothing. Raises ItemsRefused with every problem, Forbidden (not the brand), NotFound (not in the network).
    """
    viewer.require(Permission.CATALOG_MANAGE)
    said = {"network": network_id, "items": list(items)}
    answer_id = uuid7()
    if earlier := await viewer.same_request(work, "saveProducts", client_key, said, answer_id):
        return Saved(earlier, unchanged=tuple(one.code for one in items))
    await require_brand(work, viewer, network_id)
    require_size(items, MOST_PRODUCTS)
    refuse_if_any(_problems_alone(items), len(items))
    known = await _read_known(work, network_id, items)
    refuse_if_any(_problems_together(items, known), len(items))
    ids = {one.code: known.products[one.code]["id"] if one.code in known.products else uuid7() for one in items}
    skus = _sku_rows(items, known, ids)
    new_skus = {row.id for row in skus if row.code not in known.skus}
    touched = await write_products(work, network_id, items, ids, known.categories)
    touched |= await write_skus(work, network_id, skus)
    touched |= await write_units(work, items, {row.code: row.id for row in skus}, new_skus)
    touched |= await write_media(work, items, ids, {code: list(row["media"]) for code, row in known.products.items()})
    new = {one.code for one in items if one.code not in known.products}
    changed = tuple(one.code for one in items if ids[one.code] in touched and one.code not in new)
    if changed:
        await work.run(_RAISE_VERSIONS, [ids[code] for code in changed])
    return Saved(
        answer_id,
        created=tuple(one.code for one in items if one.code in new),
        changed=changed,
        unchanged=tuple(one.code for one in items if ids[one.code] not in touched),
    )


def _problems_alone(items: Sequence[ProductInput]) -> list[ItemProblem]:
    """Problems that can be seen without looking anything up."""
    problems = [ItemProblem(n, "code", again) for n, again in named_twice(one.code for one in items)]
    owner: dict[str, int] = {}
    for position, one in enumerate(items):
        problems += [ItemProblem(position, name, why) for name, why in product_problems(one)]
        for n, sku in enumerate(one.skus):
            if owner.setdefault(sku.code, position) != position:
                problems.append(ItemProblem(position, f"skus.{n}.code", NamedTwice(named=sku.code)))
    return problems


async def _read_known(work: Work, network_id: UUID, items: Sequence[ProductInput]) -> _Known:
    known = _Known()
    codes = await work.rows(
        _CODES,
        network_id,
        list({one.category for one in items}),
        list({sku.tax_class for one in items for sku in one.skus}),
    )
    for row in codes:
        (known.categories if row["what"] == "category" else known.tax_classes)[row["code"]] = row["id"]
    for row in await work.rows(_PRODUCTS, network_id, [one.code for one in items]):
        known.products[row["code"]] = row
    sku_codes = [sku.code for one in items for sku in one.skus]
    product_ids = [row["id"] for row in known.products.values()]
    for row in await work.rows(_SKUS, network_id, sku_codes, product_ids):
        known.skus[row["code"]] = row
    return known


def _problems_together(items: Sequence[ProductInput], known: _Known) -> list[ItemProblem]:
    """Codes that name nothing, and what cannot change any more."""
    problems: list[ItemProblem] = []
    for position, one in enumerate(items):
        if one.category not in known.categories:
            problems.append(ItemProblem(position, "category", UnknownCode(what="category", unknown=one.category)))
        for n, sku in enumerate(one.skus):
            if sku.tax_class not in known.tax_classes:
                why = UnknownCode(what="tax class", unknown=sku.tax_class)
                problems.append(ItemProblem(position, f"skus.{n}.taxClass", why))
            if (was := known.skus.get(sku.code)) is not None:
                problems += [ItemProblem(position, f"skus.{n}.{name}", why) for name, why in _fixed(one, sku, was)]
    return problems


def _fixed(
    product: ProductInput, sku: SkuInput, was: asyncpg.Record
) -> list[tuple[str, SkuOfOtherProduct | FixedAfterwards]]:
    """Stock counts in the base unit and orders refer to the product: neither can change."""
    if was["product"] != product.code:
        return [("code", SkuOfOtherProduct(sku=sku.code, product=was["product"]))]
    fixed: list[tuple[str, SkuOfOtherProduct | FixedAfterwards]] = []
    if was["base_unit"] != sku.base_unit:
        fixed.append(("baseUnit", FixedAfterwards(current=was["base_unit"], asked=sku.base_unit)))
    if was["stocked"] != sku.stocked:
        words = {True: "stocked", False: "not stocked"}
        fixed.append(("stocked", FixedAfterwards(current=words[was["stocked"]], asked=words[sku.stocked])))
    return fixed


def _sku_rows(items: Sequence[ProductInput], known: _Known, ids: dict[str, UUID]) -> list[SkuRow]:
    """The SKUs that were named, and the others of these products: their search text holds the product's words too."""
    rows: dict[str, SkuRow] = {}
    by_code = {one.code: one for one in items}
    for was in known.skus.values():
        product = by_code[was["product"]]
        rows[was["code"]] = SkuRow(
            was["id"],
            ids[product.code],
            was["code"],
            was["name_zh"],
            was["name_en"],
            was["base_unit"],
            was["tax_class_id"],
            was["stocked"],
            product,
        )
    for one in items:
        for sku in one.skus:
            sku_id = rows[sku.code].id if sku.code in rows else uuid7()
            tax_class_id = known.tax_classes[sku.tax_class]
            rows[sku.code] = SkuRow(
                sku_id, ids[one.code], sku.code, sku.name_zh, sku.name_en, sku.base_unit, tax_class_id, sku.stocked, one
            )
    return sorted(rows.values(), key=lambda row: row.code)
