"""Requests that are wrong as a whole, at the whole schema: too large, malformed, too much of something."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app import database
from app.asgi import create_application
from tests.ordering.market import Market, open_market
from tests.scenarios.audited import assert_clean
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")

PLACE = """mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename
    ... on Refused { code } ... on OrderRefused { problems { __typename code lines } } } }"""
CART = """mutation($input: ChangeCartInput!) { changeCart(input: $input) { __typename ... on Refused { code } } }"""


@pytest.fixture(scope="module")
async def market(database: str) -> tuple[Market, UUID]:
    market = await open_market()
    return market, await market.sku("PAINT", price="10.00", stock="1000000")


@pytest.fixture(scope="module")
async def client(database: str, market: tuple[Market, UUID]) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"content-type": "application/json", **market[0].buyer.headers}
    transport = httpx.ASGITransport(app=create_application())
    async with httpx.AsyncClient(transport=transport, base_url="http://mall.test", headers=headers) as client:
        yield client


def code_of(response: httpx.Response) -> str:
    """The code of the only error; nothing else was answered."""
    assert response.status_code < 500, response.text
    (error,) = response.json()["errors"]
    code: str = error["extensions"]["code"]
    return code


async def orders(market: Market) -> int:
    rows = await database.rows("SELECT 1 FROM sales_order WHERE relation_id = $1", market.relation_id)
    return len(rows)


TEN_MEGABYTES = 10_000_000


async def test_ten_megabytes_are_not_read(client: httpx.AsyncClient) -> None:
    order = {"clientKey": new_key(), "order": {"sellerId": "x", "remarks": "x" * TEN_MEGABYTES}, "expectedTotal": "1"}
    for body in (
        b"x" * TEN_MEGABYTES,
        b"[" * TEN_MEGABYTES,
        json.dumps({"query": "{ viewer { locale } }" + " " * TEN_MEGABYTES}).encode(),
        json.dumps({"query": PLACE, "variables": {"input": order}}).encode(),
    ):
        response = await client.post("/graphql", content=body)
        assert response.status_code == 413
        assert code_of(response) == "TOO_LARGE"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "{",
        "}",
        "{ order }",
        "{ order(id: 1.5) { id } }",
        '{ order(id: "x") { nothing } }',
        "{ order(id: $id) { id } }",
        "query($id: Order!) { order(id: $id) { id } }",
        "mutation { placeOrder { __typename } }",
        'mutation { placeOrder(input: "x") { __typename } }',
        "mutation { placeOrder(input: {order: {lines: 5}}) { __typename } }",
        "subscription { events { __typename } }",
        "{ ...F } fragment F on Query { ...F }",
        "query A { viewer { locale } } query B { viewer { locale } }",
        "{ viewer { locale } } { viewer { locale } }",
        "漆",
        "\ufeff\u202e{",
        "{ viewer { " * 5_000,
        "{ " + " ".join(f"a{n}: viewer {{ locale }}" for n in range(2_000)) + " }",
    ],
)
async def test_malformed_documents_are_the_clients_mistake(client: httpx.AsyncClient, query: str) -> None:
    response = await client.post("/graphql", json={"query": query})
    assert response.status_code in (200, 400)
    said = response.json()
    assert not said.get("data")
    codes = {error["extensions"]["code"] for error in said["errors"]}
    assert codes <= {
        "SYNTAX_ERROR", "BAD_REQUEST", "TOO_DEEP", "TOO_MANY_ALIASES", "TOO_MANY_ROOT_FIELDS", "TOO_COSTLY",
        "TOO_MANY_TOKENS", "TOO_LARGE",
    }, codes  # fmt: skip


async def test_an_order_of_a_thousand_and_one_lines_is_refused(
    client: httpx.AsyncClient, market: tuple[Market, UUID]
) -> None:
    here, sku = market
    line = {"skuId": str(sku), "quantity": "1"}
    order: dict[str, Any] = {"sellerId": str(here.seller.company_id), "lines": [line] * 1_001}
    said = {"clientKey": new_key(), "order": order, "expectedTotal": "10010"}
    assert code_of(await client.post("/graphql", json={"query": PLACE, "variables": {"input": said}})) == "BAD_REQUEST"
    cart = {"clientKey": new_key(), "sellerId": order["sellerId"], "expectedVersion": 0, "lines": [line] * 1_001}
    assert code_of(await client.post("/graphql", json={"query": CART, "variables": {"input": cart}})) == "BAD_REQUEST"
    preview = "query($input: OrderInput!) { previewOrder(input: $input) { dueNow { amount } } }"
    response = await client.post("/graphql", json={"query": preview, "variables": {"input": order}})
    assert code_of(response) == "BAD_REQUEST"
    assert await orders(here) == 0
    assert (
        await database.rows("SELECT 1 FROM client_key WHERE key = ANY($1)", [said["clientKey"], cart["clientKey"]])
        == []
    )

    order["lines"] = [line] * 1_000
    said = {"clientKey": new_key(), "order": order, "expectedTotal": "10000"}
    response = await client.post("/graphql", json={"query": PLACE, "variables": {"input": said}})
    assert response.json() == {"data": {"placeOrder": {"__typename": "Order"}}}
    assert await orders(here) == 1
    await assert_clean()


@pytest.mark.parametrize(
    ("quantity", "answer"),
    [
        ("-1", "BAD_REQUEST"),
        ("-0.000001", "BAD_REQUEST"),
        ("0", "QUANTITY_NOT_ALLOWED"),
        ("0.0000001", "BAD_REQUEST"),
        ("1e9", "BAD_REQUEST"),
        ("999999999999999999", "BAD_REQUEST"),
        ("1" * 40, "BAD_REQUEST"),
        ("١", "BAD_REQUEST"),
        (5, "BAD_REQUEST"),
        (0.5, "BAD_REQUEST"),
        ("99999999", "STOCK_SHORT"),
        ("0.5", "QUANTITY_NOT_ALLOWED"),  # half a piece
    ],
)
async def test_absurd_quantities(
    client: httpx.AsyncClient, market: tuple[Market, UUID], quantity: Any, answer: str | None
) -> None:
    here, sku = market
    before = await orders(here)
    lines = [{"skuId": str(sku), "quantity": quantity}]
    order = {"sellerId": str(here.seller.company_id), "lines": lines}
    said = {"clientKey": new_key(), "order": order, "expectedTotal": "5.00", "acceptPriceChanges": True}
    response = await client.post("/graphql", json={"query": PLACE, "variables": {"input": said}})
    if answer == "BAD_REQUEST":
        assert code_of(response) == "BAD_REQUEST"
    else:
        value = response.json()["data"]["placeOrder"]
        assert [one["code"] for one in value.get("problems", [])] == ([answer] if answer else [])
    assert await orders(here) == before + (answer is None)


async def test_emoji_and_rare_characters_come_back_as_they_were_sent(
    client: httpx.AsyncClient, market: tuple[Market, UUID]
) -> None:
    here, sku = market
    remarks = "急👨‍👩‍👧‍👦! 𠮷野家 \u202eabc e\u0301"
    order = {
        "sellerId": str(here.seller.company_id),
        "lines": [{"skuId": str(sku), "quantity": "1"}],
        "remarks": remarks,
    }
    document = PLACE.replace("... on Refused", "... on Order { remarks } ... on Refused", 1)
    said = {"clientKey": "😀", "order": order, "expectedTotal": "10.00"}
    response = await client.post("/graphql", json={"query": document, "variables": {"input": said}})
    assert response.json()["data"]["placeOrder"] == {"__typename": "Order", "remarks": remarks}


async def test_unknown_skus_and_sellers(client: httpx.AsyncClient, market: tuple[Market, UUID]) -> None:
    here, sku = market
    before = await orders(here)
    for seller, one, expected in (
        (str(here.seller.company_id), str(uuid4()), "NOT_OFFERED"),
        (str(uuid4()), str(sku), "NOT_FOUND"),
        (str(here.buyer.company_id), str(sku), "NOT_FOUND"),
        ("nonsense", str(sku), "NOT_FOUND"),
        (str(here.seller.company_id), "nonsense", "NOT_FOUND"),
    ):
        order = {"sellerId": seller, "lines": [{"skuId": one, "quantity": "1"}]}
        said = {"clientKey": new_key(), "order": order, "expectedTotal": "10.00"}
        response = await client.post("/graphql", json={"query": PLACE, "variables": {"input": said}})
        if expected == "NOT_FOUND":
            assert code_of(response) == expected
        else:
            problems = response.json()["data"]["placeOrder"]["problems"]
            assert problems[0] == {"__typename": "NotOffered", "code": expected, "lines": [0]}
    assert await orders(here) == before
