"""Goods for tests: a catalog in a world, saved by the mall's own acts."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from app import database
from app.catalog.inputs import CategoryInput, ListingInput, ProductInput, SkuInput, TaxRateInput, UnitInput
from app.catalog.save_category import save_categories
from app.catalog.save_listing import save_listings
from app.catalog.save_product import save_products
from app.catalog.save_tax_class import save_tax_class
from tests.worlds import Party, World, new_key

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def save_goods(world: World, *codes: str, stocked: bool = True) -> dict[str, UUID]:
    """One product and SKU per code, in 桶 with cartons of 4, tax class `standard` (13 %), category `paint`."""
    brand = world.brand.viewer
    await save_tax_class(
        brand,
        network_id=world.network_id,
        code="standard",
        name_zh="标准",
        name_en="Standard",
        rates=[TaxRateInput(1300, LONG_AGO)],
        client_key=new_key(),
    )
    await save_categories(
        brand, network_id=world.network_id, items=[CategoryInput("paint", "油漆", "Paint")], client_key=new_key()
    )
    items = [product(code, stocked=stocked) for code in codes]
    await save_products(brand, network_id=world.network_id, items=items, client_key=new_key())
    return await sku_ids(world, *codes)


def product(code: str, *, stocked: bool = True, name_zh: str = "外墙乳胶漆", **more: object) -> ProductInput:
    """A product with one SKU of the same code."""
    sku = SkuInput(code, name_zh, f"Paint {code}", "桶", "standard", stocked, (UnitInput("箱", Decimal(4)),))
    said: dict[str, object] = {
        "code": code,
        "name_zh": name_zh,
        "name_en": f"Paint {code}",
        "category": "paint",
        "skus": (sku,),
    }
    return ProductInput(**{**said, **more})  # type: ignore[arg-type]


async def list_goods(world: World, seller: Party, *codes: str) -> None:
    """The seller offers these SKUs without limits."""
    items = [ListingInput(code) for code in codes]
    await save_listings(seller.viewer, network_id=world.network_id, items=items, client_key=new_key())


async def sku_ids(world: World, *codes: str) -> dict[str, UUID]:
    rows = await database.rows(
        "SELECT code, id FROM sku WHERE network_id = $1 AND code = ANY($2::text[])", world.network_id, list(codes)
    )
    found = {row["code"]: row["id"] for row in rows}
    return {code: found[code] for code in codes}


async def facts(world: World, kind: str) -> list[tuple[str, int, UUID, list[UUID]]]:
    """(what, version, subject, audience) of every fact of this kind in the world, oldest first."""
    rows = await database.rows(
        "SELECT what, version, subject_id, audience FROM outbox WHERE network_id = $1 AND kind = $2 ORDER BY id",
        world.network_id,
        kind,
    )
    return [(row["what"], row["version"], row["subject_id"], row["audience"]) for row in rows]


async def counts(world: World) -> dict[str, int]:
    """How many rows the world has of each table of the catalog and of stock: equal before and after a refusal."""
    tables = ("tax_class", "category", "product", "sku", "listing", "warehouse", "stock_level", "stock_move")
    statement = " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*) AS n FROM {table} WHERE network_id = $1" for table in (*tables, "outbox")
    )
    return {row["name"]: row["n"] for row in await database.rows(statement, world.network_id)}
