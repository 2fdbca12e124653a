"""A brand that offers the whole demo catalogue, with prices and stock: made by the acts, in a few statements."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from app import database
from app.catalog.inputs import CategoryInput, ListingInput, ProductInput, SkuInput, TaxRateInput, UnitInput
from app.catalog.save_category import save_categories
from app.catalog.save_listing import save_listings
from app.catalog.save_product import save_products
from app.catalog.save_tax_class import save_tax_class
from app.demo import catalogue
from app.inventory.adjust_stock import adjust_stock
from app.inventory.inputs import StockInput
from app.inventory.save_warehouse import WarehouseInput, save_warehouse
from app.pricing.assign_price_list import assign_price_list
from app.pricing.inputs import AssignmentInput, PriceInput, PriceListInput
from app.pricing.rules import Scope
from app.pricing.save_price_list import save_price_list
from app.pricing.set_prices import set_prices
from tests.worlds import Party, World, new_key

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STOCKED = [sku for sku in catalogue.skus() if sku.stocked]


async def open_catalogue(world: World) -> None:
    """Tax classes, categories and all products of the demo, in the brand's network."""
    viewer, network_id = world.brand.viewer, world.network_id
    for tax in catalogue.TAX_CLASSES:
        await save_tax_class(
            viewer,
            network_id=network_id,
            code=tax.code,
            name_zh=tax.name_zh,
            name_en=tax.name_en,
            rates=[TaxRateInput(tax.rate_bp, LONG_AGO)],
            client_key=new_key(),
        )
    categories = [
        CategoryInput(one.code, one.name_zh, one.name_en, one.parent or None, place)
        for place, one in enumerate(catalogue.CATEGORIES)
    ]
    await save_categories(viewer, network_id=network_id, items=categories, client_key=new_key())
    products = [_product(one) for one in catalogue.products()]
    await save_products(viewer, network_id=network_id, items=products, client_key=new_key())


def _product(one: catalogue.CatalogueProduct) -> ProductInput:
    skus = tuple(
        SkuInput(
            sku.code,
            sku.name_zh,
            sku.name_en,
            "piece",
            sku.tax_class,
            sku.stocked,
            tuple(UnitInput(unit.unit, unit.factor, unit.weight_g, unit.volume_cm3) for unit in sku.units),
        )
        for sku in one.skus
    )
    return ProductInput(
        one.code,
        one.name_zh,
        one.name_en,
        one.category,
        skus,
        one.description_zh,
        one.description_en,
        "虹彩 Iris",
        one.attributes,
    )


async def open_mall(world: World, seller: Party | None = None, *, stock: Decimal = Decimal(1000)) -> UUID:
    """`seller` (by default the brand) lists everything, in one warehouse, at list price for everybody.

    Returns the id of the price list.
    """
    seller = seller or world.brand
    await offer(world, seller, [ListingInput(sku.code) for sku in catalogue.skus()])
    await put_stock(world, seller, {sku.code: stock for sku in STOCKED})
    prices = {sku.code: sku.list_price for sku in catalogue.skus()}
    return await price(world, seller, prices, AssignmentInput(Scope.EVERYBODY))


async def offer(world: World, seller: Party, listings: Iterable[ListingInput]) -> None:
    await save_listings(seller.viewer, network_id=world.network_id, items=list(listings), client_key=new_key())


async def put_stock(
    world: World,
    seller: Party,
    on_hand: Mapping[str, Decimal],
    warehouse: str = "MAIN",
    serves: tuple[str, ...] | None = None,
) -> None:
    place = WarehouseInput(warehouse, f"Warehouse {warehouse}", serves=serves)
    await save_warehouse(seller.viewer, network_id=world.network_id, warehouse=place, client_key=new_key())
    items = [StockInput(warehouse, code, on_hand=quantity) for code, quantity in on_hand.items()]
    await adjust_stock(seller.viewer, network_id=world.network_id, items=items, client_key=new_key())


async def price(
    world: World,
    seller: Party,
    prices: Mapping[str, Decimal],
    *to: AssignmentInput,
    code: str = "BASE",
    currency: str = "CNY",
    tax_included: bool = True,
    priority: int = 0,
) -> UUID:
    """A new price list with these prices per piece, assigned; returns its id."""
    said = PriceListInput(code, f"List {code}", currency, tax_included, priority)
    list_id = await save_price_list(seller.viewer, network_id=world.network_id, said=said, client_key=new_key())
    if prices:
        rows = [PriceInput(sku, amount, valid_from=LONG_AGO) for sku, amount in prices.items()]
        await set_prices(seller.viewer, price_list_id=list_id, items=rows, client_key=new_key())
    if to:
        await assign_price_list(seller.viewer, price_list_id=list_id, assign=to, client_key=new_key())
    return list_id


async def sku_id(world: World, code: str) -> UUID:
    found = await database.row("SELECT id FROM sku WHERE network_id = $1 AND code = $2", world.network_id, code)
    assert found is not None
    one: UUID = found["id"]
    return one
