"""Prices and offers over the public API: written by the seller, read by the buyer, refused with words."""

from decimal import Decimal as D
from typing import Any

import pytest

from app import database
from app.catalog.inputs import ListingInput
from tests.api import Api
from tests.storefront.mall import offer, open_catalogue, put_stock, sku_id
from tests.worlds import Party, World, new_key, open_world

SAVE = """mutation ($input: SavePriceListInput!) { savePriceList(input: $input) { __typename
  ... on PriceList { id code status version currency taxIncluded }
  ... on ItemsRefused { code problems { position field code expected } } ... on KeyReused { code key } } }"""
SET = """mutation ($input: SetPricesInput!) { setPrices(input: $input) { __typename
  ... on PricesSet { created changed unchanged priceList { version } }
  ... on ItemsRefused { message problems { position field code message } }
  ... on MoveNotAllowed { statusNow allowed } } }"""
ASSIGN = """mutation ($input: AssignPriceListInput!) { assignPriceList(input: $input) { __typename
  ... on PriceList { version } ... on ItemsRefused { problems { field } } } }"""
END = """mutation ($input: EndPriceListInput!) { endPriceList(input: $input) { __typename
  ... on PriceList { status } ... on MoveNotAllowed { statusNow asked allowed } } }"""
OFFER = """query ($sellerId: ID!, $sku: String, $skuId: ID) { storefront(sellerId: $sellerId) {
  offer(sku: $sku, skuId: $skuId) {
    sku { code name units { unit factor } taxClass } product { name attributes { name value } } category { code depth }
    price { state unitPrice { amount currency unit taxIncluded } listPrice { amount }
            breaks { minQuantity unitPrice { amount } } trace { listCode scope outcome unitPrice } }
    ten: priceFor(quantity: "10") { unitPrice { amount } }
    carton: priceFor(quantity: "3", unit: "carton") { unitPrice { amount unit } }
    availability { state quantity } quantityRule { unit minimum multiple maximum } } } }"""
LIST = "query ($sellerId: ID!) { storefront(sellerId: $sellerId) { offers { edges { node { id } } } } }"
LISTS = """query ($id: ID!) { backoffice {
  priceLists(code: "API") { edges { node { id code } } }
  priceRows(priceListId: $id) { edges { node { skuCode unit minQuantity unitPrice { amount } sku { name } } } }
  priceAssignments(priceListId: $id) { edges { node { scope relation { buyer { name } } } } } } }"""


@pytest.fixture(scope="module")
async def world(database: str) -> World:
    world = await open_world()
    await open_catalogue(world)
    await offer(world, world.brand, [ListingInput("WQ-500-5L", minimum=D(4), multiple=D(2))])
    await put_stock(world, world.brand, {"WQ-500-5L": D(30)})
    return world


async def ask(api: Api, party: Party, document: str, **input: Any) -> Any:
    return await api.data(party, document, input={"clientKey": new_key(), **input})


async def test_a_seller_prices_and_a_buyer_sees_it_at_once(world: World) -> None:
    api, brand = Api(), world.brand
    dealer = await world.buyer(brand, "Guangdong Dealer")
    network_id, seller_id = str(world.network_id), str(brand.company_id)
    saved = await ask(api, brand, SAVE, networkId=network_id, code="API", name="By API", currency="CNY")
    assert (saved["__typename"], saved["version"], saved["status"]) == ("PriceList", 1, "ACTIVE")
    prices = [
        {"sku": "WQ-500-5L", "unitPrice": "150.5"},
        {"sku": "WQ-500-5L", "unitPrice": "140", "minQuantity": "10"},
    ]
    done = await ask(api, brand, SET, priceListId=saved["id"], prices=prices)
    assert done == {
        "__typename": "PricesSet",
        "created": 2,
        "changed": 0,
        "unchanged": 0,
        "priceList": {"version": 2},
    }
    before = await api.data(dealer, OFFER, sellerId=seller_id, sku="WQ-500-5L")
    assert before["offer"]["price"] == {
        "state": "NO_PRICE",
        "unitPrice": None,
        "listPrice": None,
        "breaks": [],
        "trace": [],
    }
    to = [{"scope": "RELATION", "relationId": str(world.relation(brand, dealer))}]
    assert (await ask(api, brand, ASSIGN, priceListId=saved["id"], assign=to))["version"] == 3
    after = (await api.data(dealer, OFFER, sellerId=seller_id, sku="WQ-500-5L"))["offer"]
    assert after["price"] == {
        "state": "PRICED",
        "unitPrice": {"amount": "150.50", "currency": "CNY", "unit": "piece", "taxIncluded": True},
        "listPrice": None,
        "breaks": [
            {"minQuantity": "0", "unitPrice": {"amount": "150.50"}},
            {"minQuantity": "10", "unitPrice": {"amount": "140.00"}},
        ],
        "trace": [{"listCode": "API", "scope": "RELATION", "outcome": "CHOSEN", "unitPrice": "150.5"}],
    }
    assert after["ten"]["unitPrice"]["amount"] == "140.00"
    assert after["carton"]["unitPrice"] == {"amount": "560.00", "unit": "carton"}  # 12 pieces reach the break of 10
    assert after["availability"] == {"state": "PLENTY", "quantity": "30"}
    assert after["quantityRule"]["minimum"] == "4"
    assert after["sku"]["units"][1] == {"unit": "carton", "factor": "4"}
    assert after["category"] == {"code": "exterior", "depth": 1}
    lists = await api.data(brand, LISTS, id=saved["id"])
    assert [edge["node"]["id"] for edge in lists["priceLists"]["edges"]] == [saved["id"]]
    assert [edge["node"]["unitPrice"]["amount"] for edge in lists["priceRows"]["edges"]] == ["150.50", "140.00"]
    assert lists["priceAssignments"]["edges"][0]["node"]["relation"]["buyer"]["name"] == "Guangdong Dealer"
    assert (await ask(api, brand, END, priceListId=saved["id"]))["status"] == "ENDED"
    refused = await ask(api, brand, END, priceListId=saved["id"])
    assert refused == {"__typename": "MoveNotAllowed", "statusNow": "ENDED", "asked": "END", "allowed": []}


async def test_refusals_say_what_would_be_valid(world: World) -> None:
    api, brand = Api(), world.brand
    saved = await ask(api, brand, SAVE, networkId=str(world.network_id), code="REF", name="R", currency="CNY")
    prices = [{"sku": "NOPE", "unitPrice": "1"}, {"sku": "WQ-500-5L", "unitPrice": "1", "minQuantity": "7"}]
    refused = await ask(api, brand, SET, priceListId=saved["id"], prices=prices)
    assert refused["__typename"] == "ItemsRefused"
    assert [(one["position"], one["field"], one["code"]) for one in refused["problems"]] == [
        (0, "sku", "UNKNOWN_CODE"),
        (1, "minQuantity", "BREAK_NOT_MULTIPLE"),
    ]
    wrong = await ask(api, brand, SAVE, networkId=str(world.network_id), code="", name="R", currency="CN")
    assert [one["field"] for one in wrong["problems"]] == ["code", "currency"]
    rows = await database.rows("SELECT 1 FROM price_row WHERE price_list_id = $1", saved["id"])
    assert rows == []


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"sku": "WQ-500-5L", "skuId": "x"}, "BAD_REQUEST"),
        ({}, "BAD_REQUEST"),
        ({"skuId": "not-an-id"}, "NOT_FOUND"),
        ({"sku": "x" * 61}, "BAD_REQUEST"),
    ],
)
async def test_odd_questions_are_answered_with_a_code(world: World, variables: dict[str, str], code: str) -> None:
    dealer = await world.buyer(world.brand)
    answer = await Api().ask(dealer, OFFER, sellerId=str(world.brand.company_id), **variables)
    assert answer["errors"][0]["extensions"]["code"] == code
    assert answer["data"]["storefront"] in (None, {"offer": None})


@pytest.mark.parametrize(
    "arguments",
    [
        'search: "\\u0000\\ud83c\\udfa8 \' | & ! :* ( )"',
        'filter: {brands: ["\\u0000"]}',
        'filter: {attributes: [{name: "a", values: []}]}',
        "filter: {brands: []}",
        'after: "nonsense"',
        "first: 0",
        "first: 101",
        "sort: PRICE, first: 100",
        'categoryId: "00000000-0000-0000-0000-000000000000"',
        'search: "' + "漆" * 5000 + '"',
        'search: "' + "a b " * 500 + '"',
    ],
)
async def test_no_argument_breaks_the_list(world: World, arguments: str) -> None:
    dealer = await world.buyer(world.brand)
    document = f"""query ($sellerId: ID!) {{ storefront(sellerId: $sellerId) {{
      offers({arguments}) {{ edges {{ node {{ id }} }} }} }} }}"""
    answer = await Api().ask(dealer, document, sellerId=str(world.brand.company_id))
    assert all(error["extensions"]["code"] == "BAD_REQUEST" for error in answer.get("errors", []))


async def test_a_stranger_and_an_absent_seller_get_the_same_answer(world: World) -> None:
    api, stranger = Api(), (await open_world("Stranger")).brand
    the_sku = str(await sku_id(world, "WQ-500-5L"))
    for seller_id in (str(world.brand.company_id), "00000000-0000-0000-0000-000000000000"):
        assert await api.code(stranger, LIST, sellerId=seller_id) == "NOT_FOUND"
        answer = await api.ask(stranger, OFFER, sellerId=seller_id, skuId=the_sku)
        assert answer["data"] == {"storefront": {"offer": None}}
        assert answer["errors"][0]["message"] == f"There is no storefront {seller_id}."
    assert await api.code(None, OFFER, sellerId=str(world.brand.company_id), skuId=the_sku) == "UNAUTHENTICATED"


async def test_texts_come_in_the_reader_s_language(world: World) -> None:
    dealer, api = await world.buyer(world.brand), Api()
    document = """query ($sellerId: ID!) { storefront(sellerId: $sellerId) {
      offers { edges { node { sku { name } product { name description } category { name } } } }
      relation { seller { name } status } } }"""
    english = await api.ask(dealer, document, language="en", sellerId=str(world.brand.company_id))
    chinese = await api.ask(dealer, document, language="zh-CN", sellerId=str(world.brand.company_id))
    names = [one["data"]["storefront"]["offers"]["edges"][0]["node"] for one in (english, chinese)]
    assert [one["sku"]["name"] for one in names] == ["Exterior Emulsion Paint 5 L", "外墙乳胶漆 5升"]
    assert [one["category"]["name"] for one in names] == ["Exterior paints", "外墙涂料"]
    assert names[1]["product"]["description"] == "外墙乳胶漆，耐候抗碱，适用于住宅外墙。"
    assert english["data"]["storefront"]["relation"] == {"seller": {"name": "Brand"}, "status": "ACTIVE"}
