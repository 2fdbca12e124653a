"""Reads of the catalog, each scoped to its viewer's company. Lists are one statement; rows are asyncpg records.

Lists show what is within the company's reach in its networks: the brand's whole catalog for the brand, for a dealer
what it lists itself or is offered. Reads by id are for children of something the viewer was already shown, such as the
SKU of an order line: they ask only that the company is or was part of the network.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from app import database
from app.catalog.search import parse_query
from app.catalog.sql import known_in, member_of, within_reach
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.network.roles import Permission
from app.network.viewer import Viewer

# $1 the company, $2 one network or NULL for all of the company's
_NETWORKS: Final = f"SELECT n.id FROM network n WHERE ($2::uuid IS NULL OR n.id = $2) AND {member_of('n.id', '$1')}"

_PRODUCT: Final = """p.id, p.network_id, p.category_id, p.code, p.name_zh, p.name_en, p.description_zh,
    p.description_en, p.brand, p.attributes, p.version"""
_SKU: Final = """s.id, s.network_id, s.product_id, s.code, s.name_zh, s.name_en, s.base_unit, s.stocked,
    (SELECT t.code FROM tax_class t WHERE t.id = s.tax_class_id) AS tax_class,
    (SELECT jsonb_agg(jsonb_build_object('unit', u.unit, 'factor', u.factor::text, 'weight_g', u.weight_g,
        'volume_cm3', u.volume_cm3, 'barcode', u.barcode) ORDER BY u.factor, u.unit)
     FROM sku_unit u WHERE u.sku_id = s.id) AS units"""
_LISTING: Final = """l.id, l.network_id, l.sku_id, l.on_sale, l.unit, l.minimum, l.multiple, l.maximum,
    l.availability_display, l.restricted, l.version,
    (SELECT count(*) FROM listing_audience a WHERE l.restricted AND a.listing_id = l.id) AS shown_to"""
_CATEGORY: Final = "c.id, c.network_id, c.parent_id, c.code, c.path, c.name_zh, c.name_en, c.position"
_TAX_CLASS: Final = """t.id, t.network_id, t.code, t.name_zh, t.name_en,
    (SELECT jsonb_agg(jsonb_build_object('rate_bp', r.rate_bp, 'valid_from', r.valid_from, 'valid_to', r.valid_to)
        ORDER BY r.valid_from) FROM tax_rate r WHERE r.tax_class_id = t.id) AS rates"""
# A SKU `s` matches: $3 a tsquery, $4 a pattern on its code; both NULL without a search.
_FOUND: Final = "($3::text IS NULL OR s.search @@ $3::tsquery OR lower(s.code) LIKE $4)"

_PRODUCTS = f"""
SELECT {_PRODUCT} FROM product p
WHERE p.network_id IN ({_NETWORKS}) AND ($6::uuid IS NULL OR p.id > $6)
  AND ($5::uuid IS NULL OR p.category_id IN (
      SELECT c.id FROM category c JOIN category top ON top.id = $5
      WHERE c.network_id = top.network_id AND starts_with(c.path, top.path)))
  AND (($3::text IS NULL AND EXISTS (SELECT 1 FROM network n WHERE n.id = p.network_id AND n.brand_id = $1))
       OR EXISTS (SELECT 1 FROM sku s WHERE s.product_id = p.id AND {_FOUND} AND {within_reach("s", "$1")}))
ORDER BY p.id LIMIT $7
"""
_LISTINGS = f"""
SELECT {_LISTING} FROM listing l JOIN sku s ON s.id = l.sku_id
WHERE l.seller_id = $1 AND ($2::uuid IS NULL OR l.network_id = $2) AND {_FOUND}
  AND ($5::bool IS NULL OR l.on_sale = $5) AND ($6::uuid IS NULL OR l.id > $6)
ORDER BY l.id LIMIT $7
"""
_CATEGORIES = f"""
SELECT {_CATEGORY} FROM category c WHERE c.network_id IN ({_NETWORKS})
  AND ($3::text IS NULL OR (c.path, c.id) > ($3, $4::uuid)) ORDER BY c.path, c.id LIMIT $5
"""
_TAX_CLASSES = f"""
SELECT {_TAX_CLASS} FROM tax_class t WHERE t.network_id IN ({_NETWORKS}) AND ($3::uuid IS NULL OR t.id > $3)
ORDER BY t.id LIMIT $4
"""


async def products(
    viewer: Viewer,
    page: Page,
    *,
    network_id: UUID | None = None,
    search: str | None = None,
    category_id: UUID | None = None,
) -> Sequence[asyncpg.Record]:
    """Products within reach, oldest first (cursor: id); a category means everything below it too."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = _one(page)
    return await database.rows(
        _PRODUCTS, viewer.company_id, network_id, *search_terms(search), category_id, after, page.limit
    )


async def listings(
    viewer: Viewer,
    page: Page,
    *,
    network_id: UUID | None = None,
    search: str | None = None,
    on_sale: bool | None = None,
) -> Sequence[asyncpg.Record]:
    """What the viewer's company offers, oldest first (cursor: id)."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = _one(page)
    return await database.rows(
        _LISTINGS, viewer.company_id, network_id, *search_terms(search), on_sale, after, page.limit
    )


async def categories(viewer: Viewer, page: Page, *, network_id: UUID | None = None) -> Sequence[asyncpg.Record]:
    """The category trees of the company's networks, parents before children (cursor: path, id)."""
    viewer.require(Permission.BACKOFFICE_READ)
    after = page.after or (None, None)
    return await database.rows(_CATEGORIES, viewer.company_id, network_id, *after, page.limit)


async def tax_classes(viewer: Viewer, page: Page, *, network_id: UUID | None = None) -> Sequence[asyncpg.Record]:
    """The tax classes of the company's networks with all their dated rates (cursor: id)."""
    viewer.require(Permission.BACKOFFICE_READ)
    return await database.rows(_TAX_CLASSES, viewer.company_id, network_id, _one(page), page.limit)


# --- what an act has just saved, read again ------------------------------------------------------------------------


async def products_by_codes(viewer: Viewer, network_id: UUID, codes: Sequence[str]) -> list[asyncpg.Record]:
    """The network's products with these codes, in their order."""
    return _in_order(
        await database.rows(
            f"SELECT {_PRODUCT} FROM product p WHERE p.network_id = $2 AND p.code = ANY($3::text[])"
            f" AND {member_of('p.network_id', '$1')}",
            viewer.company_id,
            network_id,
            list(codes),
        ),
        codes,
    )


async def categories_by_codes(viewer: Viewer, network_id: UUID, codes: Sequence[str]) -> list[asyncpg.Record]:
    """The network's categories with these codes, in their order."""
    return _in_order(
        await database.rows(
            f"SELECT {_CATEGORY} FROM category c WHERE c.network_id = $2 AND c.code = ANY($3::text[])"
            f" AND {member_of('c.network_id', '$1')}",
            viewer.company_id,
            network_id,
            list(codes),
        ),
        codes,
    )


async def listings_by_skus(viewer: Viewer, network_id: UUID, codes: Sequence[str]) -> list[asyncpg.Record]:
    """The company's own listings of the SKUs with these codes, in their order."""
    return _in_order(
        await database.rows(
            f"SELECT {_LISTING}, s.code FROM listing l JOIN sku s ON s.id = l.sku_id"
            " WHERE l.seller_id = $1 AND l.network_id = $2 AND s.code = ANY($3::text[])",
            viewer.company_id,
            network_id,
            list(codes),
        ),
        codes,
    )


async def listing(viewer: Viewer, listing_id: UUID) -> asyncpg.Record:
    """One of the company's own listings, else NotFound."""
    found = await database.row(
        f"SELECT {_LISTING} FROM listing l WHERE l.seller_id = $1 AND l.id = $2", viewer.company_id, listing_id
    )
    if found is None:
        raise NotFound("listing", listing_id)
    return found


async def tax_class(viewer: Viewer, tax_class_id: UUID) -> asyncpg.Record:
    """A tax class of one of the company's networks, else NotFound."""
    found = await database.row(
        f"SELECT {_TAX_CLASS} FROM tax_class t WHERE t.id = $2 AND {member_of('t.network_id', '$1')}",
        viewer.company_id,
        tax_class_id,
    )
    if found is None:
        raise NotFound("tax class", tax_class_id)
    return found


# --- by id, for loaders --------------------------------------------------------------------------------------------


async def products_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, asyncpg.Record]:
    """Products of networks the company is or was part of."""
    return await _by_id(viewer, ids, f"SELECT {_PRODUCT} FROM product p WHERE p.id = ANY($2::uuid[])", "p.network_id")


async def skus_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, asyncpg.Record]:
    """SKUs with their units, of networks the company is or was part of."""
    return await _by_id(viewer, ids, f"SELECT {_SKU} FROM sku s WHERE s.id = ANY($2::uuid[])", "s.network_id")


async def shown_skus_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, asyncpg.Record]:
    """SKUs that are within the company's reach now: for ids that a client made up, and for old documents."""
    rows = await database.rows(
        f"SELECT {_SKU} FROM sku s WHERE s.id = ANY($2::uuid[]) AND {within_reach('s', '$1')}",
        viewer.company_id,
        list(ids),
    )
    return {row["id"]: row for row in rows}


async def categories_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, asyncpg.Record]:
    """Categories of networks the company is or was part of."""
    statement = f"SELECT {_CATEGORY} FROM category c WHERE c.id = ANY($2::uuid[])"
    return await _by_id(viewer, ids, statement, "c.network_id")


async def listings_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, asyncpg.Record]:
    """The company's own listings."""
    viewer.require(Permission.BACKOFFICE_READ)
    rows = await database.rows(
        f"SELECT {_LISTING} FROM listing l WHERE l.seller_id = $1 AND l.id = ANY($2::uuid[])",
        viewer.company_id,
        list(ids),
    )
    return {row["id"]: row for row in rows}


async def skus_of_products(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, list[asyncpg.Record]]:
    """The SKUs of products that are within the company's reach, by product, in order of their codes."""
    rows = await database.rows(
        f"SELECT {_SKU} FROM sku s WHERE s.product_id = ANY($2::uuid[]) AND {within_reach('s', '$1')} ORDER BY s.code",
        viewer.company_id,
        list(ids),
    )
    return database.by_column(rows, "product_id", ids)


async def media_of_products(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, list[asyncpg.Record]]:
    """The media of products, in their order."""
    rows = await database.rows(
        "SELECT m.product_id, m.kind, m.url FROM media m JOIN product p ON p.id = m.product_id"
        f" WHERE m.product_id = ANY($2::uuid[]) AND {known_in('p.network_id', '$1')} ORDER BY m.product_id, m.position",
        viewer.company_id,
        list(ids),
    )
    return database.by_column(rows, "product_id", ids)


async def _by_id(viewer: Viewer, ids: Sequence[UUID], statement: str, network: str) -> Mapping[UUID, asyncpg.Record]:
    rows = await database.rows(f"{statement} AND {known_in(network, '$1')}", viewer.company_id, list(ids))
    return {row["id"]: row for row in rows}


def _in_order(rows: Sequence[asyncpg.Record], codes: Sequence[str]) -> list[asyncpg.Record]:
    found = {row["code"]: row for row in rows}
    return [found[code] for code in codes if code in found]


def _one(page: Page) -> Any:
    return page.after[0] if page.after else None


def search_terms(text: str | None) -> tuple[str | None, str | None]:
    """$3 and $4 of `_FOUND`. Words without anything to search for find nothing but a code that begins so."""
    if text is None or not text.strip():
        return None, None
    query = parse_query(text)
    return query.every, query.prefix
