"""Set the mall up for a replay, over the API like everything else: a network of its own, goods, stock, dealers."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from bench.wholesale.client import PASSWORD, Mall, Party
from bench.wholesale.plan import Plan, dealer_name, is_service

T = TypeVar("T")
Advance = Callable[[int], None]

WAREHOUSE, TAX_CLASS, UNIT = "MAIN", "zero", "piece"
GOODS, SERVICES = "goods", "services"
MOST_PRODUCTS, MOST_LISTINGS, MOST_PLACES = 500, 500, 1000
SAID = "... on ItemsRefused { code message problems { code message } } ... on KeyReused { code message }"

OPEN_NETWORK = """
mutation ($input: OpenNetworkInput!) { openNetwork(input: $input) { __typename
    ... on NetworkOpened { networkId }
    ... on RegistrationClosed { code message } ... on LoginTaken { code message } } }
"""
SAVE_REGIONS = "mutation ($input: SaveRegionsInput!) { saveRegions(input: $input) { __typename added } }"
WHO = "query { viewer { __typename company { id } } }"
SAVE_TAX_CLASS = f"mutation ($input: SaveTaxClassInput!) {{ saveTaxClass(input: $input) {{ __typename {SAID} }} }}"
SAVE_CATEGORIES = f"mutation ($input: SaveCategoriesInput!) {{ saveCategories(input: $input) {{ __typename {SAID} }} }}"
SAVE_PRODUCTS = f"""
mutation ($input: SaveProductsInput!) {{ saveProducts(input: $input) {{ __typename
    ... on ProductsSaved {{ products {{ skus {{ id code }} }} }} {SAID} }} }}
"""
SAVE_LISTINGS = f"mutation ($input: SaveListingsInput!) {{ saveListings(input: $input) {{ __typename {SAID} }} }}"
SAVE_WAREHOUSE = f"mutation ($input: SaveWarehouseInput!) {{ saveWarehouse(input: $input) {{ __typename {SAID} }} }}"
ADJUST_STOCK = f"mutation ($input: AdjustStockInput!) {{ adjustStock(input: $input) {{ __typename {SAID} }} }}"
OPEN_RELATION = """
mutation ($input: OpenRelationInput!) { openRelation(input: $input) { __typename
    ... on RelationOpened { relation { id } }
    ... on LoginTaken { code message } ... on CompanyExists { code message } ... on RelationExists { code message } } }
"""
SET_CREDIT_LINE = """
mutation ($input: SetCreditLineInput!) { setCreditLine(input: $input) { __typename
    ... on ChangedMeanwhile { code message } } }
"""
SAVE_PRICE_LIST = f"""
mutation ($input: SavePriceListInput!) {{ savePriceList(input: $input) {{ __typename
    ... on PriceList {{ id }} {SAID} }} }}
"""
ASSIGN_PRICE_LIST = f"""
mutation ($input: AssignPriceListInput!) {{ assignPriceList(input: $input) {{ __typename {SAID} }} }}
"""


@dataclass(slots=True)
class Opened:
    """The mall as the replay finds it."""

    network_id: str
    seller_id: str
    brand: Party
    skus: dict[str, str]
    dealers: dict[str, Party]


def steps_to_open(made: Plan) -> int:
    """How far `advance` counts."""
    codes = len(made.names)
    goods = sum(not is_service(code) for code in made.names)
    batches = -(-codes // MOST_PRODUCTS) + -(-codes // MOST_LISTINGS) + -(-goods // MOST_PLACES)
    return 5 + batches + len(made.countries)


async def open_mall(mall: Mall, made: Plan, run: str, concurrency: int, advance: Advance) -> Opened:
    """A new network for this run: nothing of an earlier run is in it. Raises Refused."""
    brand = Party("Wholesaler", f"wholesaler.{run}@replay.example")
    opened = await mall.ask(
        None,
        OPEN_NETWORK,
        "NetworkOpened",
        input={
            "clientKey": f"network {run}",
            "name": f"Replay {run}",
            "currency": "GBP",
            "timeZone": "Europe/London",
            "brand": {"name": f"Wholesaler {run}"},
            "owner": {"name": "Wholesaler", "login": brand.login, "password": PASSWORD},
        },
    )
    advance(1)
    network_id = opened["networkId"]
    who = await mall.ask(brand, WHO)
    regions = [_region(country) for country in sorted(set(made.countries.values()))]
    await mall.ask(brand, SAVE_REGIONS, input={"regions": regions})
    advance(1)
    skus = await _open_catalog(mall, brand, network_id, made, advance)
    await _open_stock(mall, brand, network_id, made, advance)
    dealers = await _open_dealers(mall, brand, network_id, made, run, concurrency, advance)
    return Opened(network_id, who["company"]["id"], brand, skus, dealers)


async def _open_catalog(mall: Mall, brand: Party, network_id: str, made: Plan, advance: Advance) -> dict[str, str]:
    """One SKU per stock code, listed; the ids of the SKUs by code."""
    rates = [{"rateBp": 0, "validFrom": "2000-01-01T00:00:00Z"}]
    tax_class = {"clientKey": "tax class", "networkId": network_id, "code": TAX_CLASS, "nameEn": "Zero", "rates": rates}
    await mall.ask(brand, SAVE_TAX_CLASS, "TaxClass", input=tax_class)
    advance(1)
    categories = [{"code": code, "nameEn": code.capitalize()} for code in (GOODS, SERVICES)]
    said = {"clientKey": "categories", "networkId": network_id, "categories": categories}
    await mall.ask(brand, SAVE_CATEGORIES, "CategoriesSaved", input=said)
    advance(1)
    skus: dict[str, str] = {}
    for n, batch in enumerate(_batches(sorted(made.names), MOST_PRODUCTS)):
        products = [_product(code, made.names[code]) for code in batch]
        said = {"clientKey": f"products {n}", "networkId": network_id, "products": products}
        saved = await mall.ask(brand, SAVE_PRODUCTS, "ProductsSaved", input=said)
        skus |= {sku["code"]: sku["id"] for product in saved["products"] for sku in product["skus"]}
        advance(1)
    for n, batch in enumerate(_batches(sorted(made.names), MOST_LISTINGS)):
        listings = [{"sku": code} for code in batch]
        said = {"clientKey": f"listings {n}", "networkId": network_id, "listings": listings}
        await mall.ask(brand, SAVE_LISTINGS, "ListingsSaved", input=said)
        advance(1)
    return skus


async def _open_stock(mall: Mall, brand: Party, network_id: str, made: Plan, advance: Advance) -> None:
    """A warehouse in which everything lies that will ever be ordered."""
    said = {"clientKey": "warehouse", "networkId": network_id, "code": WAREHOUSE, "name": "Main warehouse"}
    await mall.ask(brand, SAVE_WAREHOUSE, "Warehouse", input=said)
    advance(1)
    goods = sorted(code for code in made.names if not is_service(code))
    for n, batch in enumerate(_batches(goods, MOST_PLACES)):
        stock = [
            {
                "warehouse": WAREHOUSE,
                "sku": code,
                "onHand": f"{made.demand.get(code, Decimal(0)):f}",
                "reason": "RECEIPT",
            }
            for code in batch
        ]
        said_stock = {"clientKey": f"stock {n}", "networkId": network_id, "stock": stock}
        await mall.ask(brand, ADJUST_STOCK, "StockAdjusted", input=said_stock)
        advance(1)


async def _open_dealers(
    mall: Mall, brand: Party, network_id: str, made: Plan, run: str, concurrency: int, advance: Advance
) -> dict[str, Party]:
    """Each dealer with its relation, no-limit credit, price list and log-in; `concurrency` of them at a time."""
    dealers: dict[str, Party] = {}
    waiting = sorted(made.countries)

    async def work() -> None:
        while waiting:
            key = waiting.pop()
            dealers[key] = await _open_dealer(mall, brand, network_id, key, made.countries[key], run)
            advance(1)

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
    return dealers


async def _open_dealer(mall: Mall, brand: Party, network_id: str, key: str, country: str, run: str) -> Party:
    slug = re.sub("[^a-z0-9]+", "-", key.lower())
    dealer = Party(dealer_name(key), f"{slug}.{run}@replay.example")
    region = _region(country)["code"]
    relation = await mall.ask(
        brand,
        OPEN_RELATION,
        "RelationOpened",
        input={
            "clientKey": f"dealer {key}",
            "networkId": network_id,
            "buyer": {
                "company": {"name": dealer.name, "regionCode": region},
                "owner": {"name": dealer.name[:120], "login": dealer.login, "password": PASSWORD},
            },
            "terms": {"customerCode": key[:60], "regionCode": region},
        },
    )
    dealer.relation_id = relation["relation"]["id"]
    credit = {"clientKey": f"credit {key}", "relationId": dealer.relation_id, "limit": None}
    await mall.ask(brand, SET_CREDIT_LINE, "Account", input=credit)
    price_list = {
        "clientKey": f"list {key}",
        "networkId": network_id,
        "code": key[:60],
        "name": dealer.name[:120],
        "currency": "GBP",
    }
    dealer.price_list_id = (await mall.ask(brand, SAVE_PRICE_LIST, "PriceList", input=price_list))["id"]
    assigned = [{"scope": "RELATION", "relationId": dealer.relation_id}]
    said = {"clientKey": f"assign {key}", "priceListId": dealer.price_list_id, "assign": assigned}
    await mall.ask(brand, ASSIGN_PRICE_LIST, "PriceList", input=said)
    await mall.log_in(dealer)
    return dealer


def _product(code: str, name: str) -> dict[str, Any]:
    shown = name[:200]
    sku = {
        "code": code,
        "nameEn": shown,
        "baseUnit": UNIT,
        "taxClass": TAX_CLASS,
        "stocked": not is_service(code),
    }
    category = SERVICES if is_service(code) else GOODS
    return {"code": code, "category": category, "nameEn": shown, "skus": [sku]}


def _region(country: str) -> dict[str, str]:
    """Countries are regions; the mall's regions are shared by all networks, and a known one stays as it is."""
    code = re.sub("[^A-Z0-9]+", "-", country.upper())[:20]
    return {"code": code, "nameZh": country[:120], "nameEn": country[:120]}


def _batches(items: Sequence[T], most: int) -> list[Sequence[T]]:
    return [items[start : start + most] for start in range(0, len(items), most)]
