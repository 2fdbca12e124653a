"""The catalog and the stock through the API: what is saved is answered, what is refused says what would be valid."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from schema.build import build_schema
from schema.context import Context
from tests.catalog.goods import counts, list_goods, save_goods
from tests.worlds import Party, World, new_key, open_world

pytestmark = pytest.mark.usefixtures("database")

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]
SCHEMA = build_schema()

PROBLEMS = "... on ItemsRefused { code message problems { position field code message expected known lower upper } }"


async def ask(party: Party, document: str, **variables: Any) -> dict[str, Any]:
    answer = await SCHEMA.execute(document, variable_values=variables, context_value=Context(party.viewer))
    assert answer.errors is None, answer.errors
    assert answer.data is not None
    return answer.data


async def code_of(party: Party, document: str, **variables: Any) -> str:
    """The code of the one error that is answered."""
    answer = await SCHEMA.execute(document, variable_values=variables, context_value=Context(party.viewer))
    assert answer.errors is not None
    [error] = answer.errors
    code: str = (error.extensions or {})["code"]
    return code


SAVE_LISTINGS = f"""
mutation ($input: SaveListingsInput!) {{ saveListings(input: $input) {{
  __typename
  ... on ListingsSaved {{ created changed unchanged listings {{
      onSale availabilityDisplay quantityRule {{ unit minimum multiple maximum }}
      sku {{ code name units {{ unit factor }} }} }} }}
  {PROBLEMS}
}} }}
"""


def listings(world: World, *items: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    return {"clientKey": key or new_key(), "networkId": str(world.network_id), "listings": list(items)}


async def test_the_whole_catalog_is_written_over_the_api() -> None:
    world = await open_world()
    network = {"networkId": str(world.network_id)}
    said = await ask(
        world.brand,
        "mutation ($input: SaveTaxClassInput!) { saveTaxClass(input: $input) {"
        " ... on TaxClass { code name rates { rateBp validFrom validTo } } } }",
        input={
            **network,
            "clientKey": "tax",
            "code": "standard",
            "nameZh": "标准税率",
            "rates": [{"rateBp": 1300, "validFrom": "2019-04-01T00:00:00+08:00"}],
        },
    )
    assert said["saveTaxClass"] == {
        "code": "standard",
        "name": "标准税率",
        "rates": [{"rateBp": 1300, "validFrom": "2019-03-31T16:00:00Z", "validTo": None}],
    }
    said = await ask(
        world.brand,
        "mutation ($input: SaveCategoriesInput!) { saveCategories(input: $input) {"
        " ... on CategoriesSaved { created categories { code name depth } } } }",
        input={
            **network,
            "clientKey": "tree",
            "categories": [
                {"code": "wall", "nameEn": "Wall paint", "parent": "paint"},
                {"code": "paint", "nameEn": "Paint", "nameZh": "油漆"},
            ],
        },
    )
    assert said["saveCategories"] == {
        "created": ["wall", "paint"],
        "categories": [
            {"code": "wall", "name": "Wall paint", "depth": 1},
            {"code": "paint", "name": "Paint", "depth": 0},
        ],
    }
    said = await ask(
        world.brand,
        "mutation ($input: SaveProductsInput!) { saveProducts(input: $input) { ... on ProductsSaved { created"
        " products { code name category { code } attributes { name value } media { kind url }"
        " skus { code name baseUnit stocked taxClass units { unit factor weightG } product { code } } } } } }",
        input={
            **network,
            "clientKey": "products",
            "products": [
                {
                    "code": "WQ",
                    "nameZh": "外墙漆",
                    "category": "wall",
                    "attributes": [{"name": "finish", "value": "matt"}],
                    "media": [{"url": "/wq.png"}],
                    "skus": [
                        {
                            "code": "WQ-5",
                            "nameZh": "外墙漆 5L",
                            "nameEn": "Exterior paint 5L",
                            "baseUnit": "桶",
                            "taxClass": "standard",
                            "units": [{"unit": "箱", "factor": "4", "weightG": 21000}],
                        }
                    ],
                }
            ],
        },
    )
    assert said["saveProducts"] == {
        "created": ["WQ"],
        "products": [
            {
                "code": "WQ",
                "name": "外墙漆",
                "category": {"code": "wall"},
                "attributes": [{"name": "finish", "value": "matt"}],
                "media": [{"kind": "image", "url": "/wq.png"}],
                "skus": [
                    {
                        "code": "WQ-5",
                        "name": "Exterior paint 5L",
                        "baseUnit": "桶",
                        "stocked": True,
                        "taxClass": "standard",
                        "units": [
                            {"unit": "桶", "factor": "1", "weightG": 0},
                            {"unit": "箱", "factor": "4", "weightG": 21000},
                        ],
                        "product": {"code": "WQ"},
                    }
                ],
            }
        ],
    }


async def test_a_refused_batch_says_what_would_be_valid() -> None:
    world = await open_world()
    await save_goods(world, "A1", "A2")
    before = await counts(world)
    said = await ask(
        world.brand,
        SAVE_LISTINGS,
        input=listings(
            world, {"sku": "A1", "minimum": "30", "multiple": "12"}, {"sku": "A2", "unit": "托"}, {"sku": "??"}
        ),
    )
    refused = said["saveListings"]
    assert refused["__typename"] == "ItemsRefused"
    assert refused["code"] == "ITEMS_REFUSED"
    assert [
        (one["position"], one["field"], one["code"], one["lower"], one["upper"], one["known"])
        for one in refused["problems"]
    ] == [
        (0, "minimum", "MINIMUM_NOT_MULTIPLE", "24", "36", None),
        (1, "unit", "UNIT_UNKNOWN", None, None, ["桶", "箱"]),
        (2, "sku", "UNKNOWN_CODE", None, None, None),
    ]
    assert await counts(world) == before


async def test_listings_are_saved_listed_and_restricted(counted: Counted) -> None:
    world = await open_world()
    codes = [f"A{n}" for n in range(12)]
    await save_goods(world, *codes)
    dealer = await world.buyer(world.brand)
    said = await ask(
        world.brand,
        SAVE_LISTINGS,
        input=listings(
            world,
            *({"sku": code, "unit": "箱", "minimum": "2", "availabilityDisplay": "STEPS"} for code in codes),
            key="k",
        ),
    )
    saved = said["saveListings"]
    assert saved["created"] == codes
    assert saved["listings"][0] == {
        "onSale": True,
        "quantityRule": {"unit": "箱", "minimum": "2", "multiple": None, "maximum": None},
        "availabilityDisplay": "STEPS",
        "sku": {
            "code": "A0",
            "name": "Paint A0",
            "units": [{"unit": "桶", "factor": "1"}, {"unit": "箱", "factor": "4"}],
        },
    }
    page = "query ($after: String) { backoffice { listings(first: 8, after: $after) {"
    page += " edges { node { id version sku { code product { code category { code } } } } }"
    page += " pageInfo { hasNextPage endCursor } } } }"
    async with counted() as statements:
        first = (await ask(world.brand, page))["backoffice"]["listings"]
    assert len(statements) == 4  # listings, SKUs, products, categories
    rest = (await ask(world.brand, page, after=first["pageInfo"]["endCursor"]))["backoffice"]["listings"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    seen = [edge["node"] for edge in first["edges"] + rest["edges"]]
    assert sorted(one["sku"]["code"] for one in seen) == sorted(codes)
    assert {one["sku"]["product"]["category"]["code"] for one in seen} == {"paint"}

    restrict = "mutation ($input: RestrictListingInput!) { restrictListing(input: $input) {"
    restrict += " ... on Listing { restricted shownTo version } ... on KeyReused { key } } }"
    asked = {
        "clientKey": "r",
        "listingId": seen[0]["id"],
        "relationIds": [str(world.relation(world.brand, dealer))],
    }
    for _ in range(2):  # the same key and input: the same answer
        said = await ask(world.brand, restrict, input=asked)
        assert said["restrictListing"] == {"restricted": True, "shownTo": 1, "version": 2}
    said = await ask(world.brand, restrict, input={**asked, "relationIds": None})
    assert said["restrictListing"] == {"key": "r"}
    assert await code_of(dealer, restrict, input={**asked, "clientKey": "x"}) == "NOT_FOUND"
    assert await code_of(world.brand, restrict, input={**asked, "listingId": "nothing"}) == "NOT_FOUND"


async def test_stock_is_counted_and_read_over_the_api(counted: Counted) -> None:
    world = await open_world()
    await save_goods(world, "A1", "A2")
    await list_goods(world, world.brand, "A1")
    network = {"networkId": str(world.network_id)}
    said = await ask(
        world.brand,
        f"mutation ($input: SaveWarehouseInput!) {{ saveWarehouse(input: $input) {{"
        f" ... on Warehouse {{ code name serves priority status }} {PROBLEMS} }} }}",
        input={**network, "clientKey": "w", "code": "W1", "name": "Main", "priority": 3},
    )
    assert said["saveWarehouse"] == {"code": "W1", "name": "Main", "serves": None, "priority": 3, "status": "ACTIVE"}
    adjust = "mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { ... on StockAdjusted { changed stock"
    adjust += f" {{ onHand reserved allocated held free warehouse {{ code }} sku {{ code }} }} }} {PROBLEMS} }} }}"
    said = await ask(
        world.brand,
        adjust,
        input={
            **network,
            "clientKey": "s",
            "stock": [
                {"warehouse": "W1", "sku": "A1", "onHand": "12.5", "held": "2", "reason": "RECEIPT"},
                {"warehouse": "W1", "sku": "A2", "onHand": "3"},
            ],
        },
    )
    assert said["adjustStock"]["changed"] == ["W1/A1", "W1/A2"]
    assert said["adjustStock"]["stock"][0] == {
        "onHand": "12.5",
        "reserved": "0",
        "allocated": "0",
        "held": "2",
        "free": "10.5",
        "warehouse": {"code": "W1"},
        "sku": {"code": "A1"},
    }
    said = await ask(
        world.brand,
        adjust,
        input={**network, "clientKey": "t", "stock": [{"warehouse": "W1", "sku": "A1", "onHand": "1"}]},
    )
    [problem] = said["adjustStock"]["problems"]
    assert (problem["code"], problem["upper"]) == ("STOCK_BELOW_PROMISED", "2")
    read = "{ backoffice { stock(first: 5) { edges { node { onHand warehouse { code } sku { code } } } }"
    read += " warehouses { edges { node { code } } } categories { edges { node { code } } }"
    read += " taxClasses { edges { node { code rates { rateBp } } } }"
    read += ' products(search: "外墙") { edges { node { code } } } } }'
    async with counted() as statements:
        said = (await ask(world.brand, read))["backoffice"]
    assert len(statements) == 7  # five lists, and the warehouses and SKUs of the stock
    assert [edge["node"]["onHand"] for edge in said["stock"]["edges"]] == ["12.5", "3"]
    assert [edge["node"]["code"] for edge in said["products"]["edges"]] == ["A1", "A2"]
    dealer = await world.buyer(world.brand)
    said = (await ask(dealer, read))["backoffice"]
    assert [edge["node"]["code"] for edge in said["products"]["edges"]] == ["A1"]
    assert (said["stock"]["edges"], said["warehouses"]["edges"]) == ([], [])


async def test_bad_pages_and_ids_are_the_clients_mistake() -> None:
    world = await open_world()
    assert await code_of(world.brand, "{ backoffice { products(first: 1000) { edges { cursor } } } }") in {
        "BAD_REQUEST",
        "TOO_EXPENSIVE",
    }
    assert await code_of(world.brand, '{ backoffice { products(after: "x") { edges { cursor } } } }') == "BAD_REQUEST"
    assert await code_of(world.brand, '{ backoffice { stock(skuId: "x") { edges { cursor } } } }') == "NOT_FOUND"
