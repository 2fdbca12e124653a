"""Round trips of the storefront: one statement per list besides the session, whatever is on the page."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api
from tests.storefront.mall import open_catalogue, open_mall
from tests.worlds import Party, World, open_world

PAGE = (Path(__file__).parents[2] / "bench" / "documents" / "catalog.graphql").read_text()
Counted = Callable[[], AbstractAsyncContextManager[list[str]]]
CountedByServer = Callable[[], AbstractAsyncContextManager[dict[str, int]]]

SORTED = """query ($sellerId: ID!, $sort: OfferSort, $search: String) { storefront(sellerId: $sellerId) {
  offers(sort: $sort, search: $search, first: 24) { edges { node {
    id sku { code taxClass units { unit factor } } product { name description attributes { name value } }
    category { name } price { state breaks { minQuantity } trace { listCode outcome } } availability { state }
    few: priceFor(quantity: "3") { state } carton: priceFor(quantity: "2", unit: "piece") { unitPrice { amount } }
  } } } } }"""
FACETS = "query ($sellerId: ID!) { storefront(sellerId: $sellerId) { facets { count facets { kind } } } }"
OFFER = """query ($sellerId: ID!) { storefront(sellerId: $sellerId) {
  offer(sku: "WQ-500-20L") { sku { code } price { unitPrice { amount } } availability { quantity } } } }"""
TREE = "query ($sellerId: ID!) { storefront(sellerId: $sellerId) { categories { code } } }"


@pytest.fixture(scope="module")
async def mall(database: str) -> tuple[World, Party]:
    world = await open_world()
    await open_catalogue(world)
    await open_mall(world)
    return world, await world.buyer(world.brand)


def variables(mall: tuple[World, Party], **more: Any) -> dict[str, Any]:
    return {"sellerId": str(mall[0].brand.company_id), **more}


async def test_the_catalog_page_is_one_statement_and_the_session(
    mall: tuple[World, Party], counted: Counted, counted_by_server: CountedByServer
) -> None:
    world, dealer = mall
    api = Api()
    asked = variables(mall, networkId=str(world.network_id))
    async with counted_by_server() as calls, counted() as statements:
        answer = await api.data(dealer, PAGE, **asked)
    assert len(statements) == 2, [one[:300] for one in statements]
    assert sum(calls.values()) == 2, calls
    nodes = [edge["node"] for edge in answer["offers"]["edges"]]
    assert len(nodes) == 24
    assert answer["offers"]["pageInfo"]["hasNextPage"] is True
    assert all(node["price"]["state"] == "PRICED" for node in nodes)
    leaves = sum(len(value) if isinstance(value, dict) else 1 for value in nodes[0].values())
    assert leaves + 1 == 14  # unitPrice has two


async def test_every_page_and_a_search_cost_the_same(mall: tuple[World, Party], counted: Counted) -> None:
    dealer, api = mall[1], Api()
    after = (await api.data(dealer, PAGE, **variables(mall)))["offers"]["pageInfo"]["endCursor"]
    for more in ({"after": after}, {"search": "外墙乳胶漆"}, {"search": "varnsh"}, {"search": "nothing like it"}):
        async with counted() as statements:
            await api.data(dealer, PAGE, **variables(mall, **more))
        assert len(statements) == 2, more


@pytest.mark.parametrize("sort", ["RELEVANCE", "NAME", "SKU", "NEWEST", "PRICE"])
async def test_every_order_with_everything_asked_is_one_statement(
    mall: tuple[World, Party], counted: Counted, sort: str
) -> None:
    async with counted() as statements:
        answer = await Api().data(mall[1], SORTED, **variables(mall, sort=sort, search="漆"))
    assert len(statements) == 2
    assert len(answer["offers"]["edges"]) == 24


@pytest.mark.parametrize("document", [FACETS, OFFER, TREE])
async def test_the_other_reads_are_one_statement(mall: tuple[World, Party], counted: Counted, document: str) -> None:
    async with counted() as statements:
        await Api().data(mall[1], document, **variables(mall))
    assert len(statements) == 2


async def test_what_is_not_asked_is_not_read(mall: tuple[World, Party], counted: Counted) -> None:
    document = """query ($sellerId: ID!) { storefront(sellerId: $sellerId) {
      offers { edges { node { sku { code } } } } } }"""
    async with counted() as statements:
        await Api().data(mall[1], document, **variables(mall))
    (offers,) = [one for one in statements if "listing" in one]
    for table in ("price_row", "stock_level", "sku_unit", "tax_class", "description"):
        assert table not in offers
