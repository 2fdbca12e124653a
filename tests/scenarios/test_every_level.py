"""Any number of levels with the very same mutations: brand, dealer, sub-dealer and outlet, over HTTP from nothing.

One function, `takes_on_and_sells_to`, is played by each seller to its buyer; nothing in it knows a level.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.api import Api
from tests.scenarios.audited import assert_clean
from tests.scenarios.people import Person
from tests.worlds import PASSWORD, new_key, new_login

pytestmark = pytest.mark.usefixtures("database")

ORDER = """id number status paymentStatus fulfilmentStatus allowedActions
    totals { gross { amount currency } net { amount } tax { amount } }
    lines { id skuCode ordered shipped delivered gross { amount } net { amount } tax { amount } }"""
MONEY = "credit { limit { amount } exposure { amount } parts { kind amount { amount } } } receivable { amount }"
OFFERS = """query($seller: ID!) { storefront(sellerId: $seller) { offers(search: "乳胶漆") { edges { node {
    sku { id code } price { state unitPrice { amount } } availability { quantity } quantityRule { unit multiple }
} } } } }"""


@dataclass(frozen=True, slots=True)
class Sold:
    """What a seller and its buyer did with each other."""

    relation_id: str
    order_id: str


async def open_brand(api: Api) -> tuple[Person, str]:
    """A network with one product of two SKUs; nobody sells anything yet."""
    login = new_login("Brand")
    opened = await Person(api, "nobody").does(
        "openNetwork",
        "... on NetworkOpened { networkId }",
        name="Iris channel",
        currency="CNY",
        brand={"name": "Iris Coatings"},
        owner={"name": "Lin Lan", "login": login, "password": PASSWORD},
    )
    network_id = opened["networkId"]
    brand = await Person.log_in(api, login)
    for code, rate in (("vat13", 1300), ("vat9", 900)):
        rates = [{"rateBp": rate, "validFrom": "2019-04-01T00:00:00+08:00"}]
        await brand.does("saveTaxClass", "... on TaxClass { id }", networkId=network_id, code=code, rates=rates)
    await brand.does(
        "saveCategories",
        "... on CategoriesSaved { created }",
        networkId=network_id,
        categories=[{"code": "paint", "nameZh": "涂料", "nameEn": "Paint"}],
    )
    skus = [
        {
            "code": "WQ-20L",
            "nameZh": "外墙乳胶漆 20升",
            "baseUnit": "pail",
            "taxClass": "vat13",
            "units": [{"unit": "pallet", "factor": "24", "weightG": 600_000}],
        },
        {"code": "MANUAL", "nameZh": "乳胶漆施工手册", "baseUnit": "piece", "taxClass": "vat9"},
    ]
    product = {"code": "WQ", "category": "paint", "nameZh": "外墙乳胶漆", "nameEn": "Exterior emulsion", "skus": skus}
    saved = await brand.does(
        "saveProducts",
        "... on ProductsSaved { created } ... on ItemsRefused { problems { field } }",
        networkId=network_id,
        products=[product],
    )
    assert saved["created"] == ["WQ"], saved
    return brand, network_id


async def takes_on_and_sells_to(
    seller: Person, network_id: str, name: str, prices: dict[str, str]
) -> tuple[Person, Sold]:
    """Take on a buyer, list, price, stock and lend; the buyer searches and orders; confirm, ship, deliver, be paid."""
    login = new_login(name)
    opened = await seller.does(
        "openRelation",
        "... on RelationOpened { relation { id status } }",
        networkId=network_id,
        buyer={"company": {"name": name}, "owner": {"name": f"{name} owner", "login": login, "password": PASSWORD}},
        terms={"netDays": 30},
    )
    relation_id = opened["relation"]["id"]
    await sets_up_shop(seller, network_id, prices)
    lent = await seller.does("setCreditLine", f"... on Account {{ {MONEY} }}", relationId=relation_id, limit="5000.00")
    assert lent["credit"]["limit"] == {"amount": "5000.00"}

    buyer = await Person.log_in(seller.api, login)
    found = await buyer.asks(OFFERS, seller=seller.company_id)
    offers = {edge["node"]["sku"]["code"]: edge["node"] for edge in found["offers"]["edges"]}
    assert {code: offer["price"]["unitPrice"]["amount"] for code, offer in offers.items()} == prices
    assert {offer["availability"]["quantity"] for offer in offers.values()} == {"50.000000"}

    gross = 4 * _minor(prices["WQ-20L"]) + 3 * _minor(prices["MANUAL"])
    placed = await buyer.does(
        "placeOrder",
        f"... on Order {{ {ORDER} }} ... on OrderRefused {{ problems {{ message }} }}",
        order={
            "sellerId": seller.company_id,
            "lines": [
                {"skuId": offers["WQ-20L"]["sku"]["id"], "quantity": "4"},
                {"skuId": offers["MANUAL"]["sku"]["id"], "quantity": "3"},
            ],
        },
        expectedTotal=_amount(gross),
    )
    assert placed["__typename"] == "Order", placed
    assert (placed["status"], placed["totals"]["gross"]["amount"]) == ("SUBMITTED", _amount(gross))
    await fulfils(seller, buyer, placed, gross)

    paid = await seller.does(
        "recordReceipt",
        "... on Receipt { toReceivable { amount } account { receivable { amount } credit { exposure { amount } } } }",
        relationId=relation_id,
        amount=_amount(gross),
        method="TRANSFER",
        reference=f"BOC {name}",
    )
    assert paid["toReceivable"] == {"amount": _amount(gross)}
    assert paid["account"] == {"receivable": {"amount": "0.00"}, "credit": {"exposure": {"amount": "0.00"}}}
    return buyer, Sold(relation_id, placed["id"])


async def sets_up_shop(seller: Person, network_id: str, prices: dict[str, str]) -> None:
    listed = await seller.does(
        "saveListings",
        "... on ListingsSaved { created } ... on ItemsRefused { problems { field } }",
        networkId=network_id,
        listings=[{"sku": sku} for sku in prices],
    )
    assert listed["created"] == [*prices]
    await seller.does("saveWarehouse", "... on Warehouse { id }", networkId=network_id, code="MAIN", name="主仓")
    stocked = await seller.does(
        "adjustStock",
        "... on StockAdjusted { changed }",
        networkId=network_id,
        stock=[{"warehouse": "MAIN", "sku": sku, "onHand": "50", "reason": "RECEIPT"} for sku in prices],
    )
    assert stocked["changed"] == [f"MAIN/{sku}" for sku in prices]
    price_list = await seller.does(
        "savePriceList", "... on PriceList { id }", networkId=network_id, code="STD", name="Standard", currency="CNY"
    )
    rows = [{"sku": sku, "unitPrice": price} for sku, price in prices.items()]
    priced = await seller.does("setPrices", "... on PricesSet { created }", priceListId=price_list["id"], prices=rows)
    assert priced["created"] == 2
    await seller.does(
        "assignPriceList", "... on PriceList { id }", priceListId=price_list["id"], assign=[{"scope": "EVERYBODY"}]
    )


async def fulfils(seller: Person, buyer: Person, placed: dict[str, Any], gross: int) -> None:
    assert set(placed["allowedActions"]) == {"CANCEL"}
    confirmed = await seller.does("confirmOrder", f"... on Order {{ {ORDER} }}", orderId=placed["id"])
    assert (confirmed["status"], confirmed["fulfilmentStatus"]) == ("CONFIRMED", "ALLOCATED")
    assert confirmed["allowedActions"] == ["CANCEL", "SHIP"]
    paint = confirmed["lines"][0]["id"]
    moved = f"... on ShipmentMoved {{ shipment {{ id amount {{ amount }} }} order {{ {ORDER} }} }}"
    first = await seller.does(
        "shipOrder", moved, orderId=placed["id"], lines=[{"lineId": paint, "quantity": "1"}], carrier="SF"
    )
    assert first["order"]["fulfilmentStatus"] == "PARTIAL"
    rest = await seller.does("shipOrder", moved, orderId=placed["id"])
    amounts = [_minor(one["shipment"]["amount"]["amount"]) for one in (first, rest)]
    assert sum(amounts) == gross
    assert amounts[0] == _minor(confirmed["lines"][0]["gross"]["amount"]) // 4
    for one in (first, rest):
        done = await buyer.does("confirmDelivery", moved, shipmentId=one["shipment"]["id"])
    assert (done["order"]["status"], done["order"]["fulfilmentStatus"]) == ("COMPLETED", "DELIVERED")
    assert [line["delivered"] for line in done["order"]["lines"]] == ["4.000000", "3.000000"]


def _minor(amount: str) -> int:
    whole, _, cents = amount.partition(".")
    return int(whole) * 100 + int((cents + "00")[:2])


def _amount(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


CHANNEL = """{ backoffice { channelOrders { edges { node { id status seller { name } buyer { name }
    totals { gross { amount } } lines { skuCode ordered delivered unitPrice { amount } gross { amount } } } } } } }"""
ONE = "query($id: ID!) { order(id: $id) { id } }"


async def test_every_level_sells_to_the_next_with_the_same_mutations() -> None:
    brand, network_id = await open_brand(Api())
    dealer, first = await takes_on_and_sells_to(
        brand, network_id, "Guangdong Dealer", {"WQ-20L": "200.00", "MANUAL": "10.90"}
    )
    sub, second = await takes_on_and_sells_to(
        dealer, network_id, "Foshan Sub-dealer", {"WQ-20L": "230.00", "MANUAL": "12.50"}
    )
    outlet, third = await takes_on_and_sells_to(
        sub, network_id, "Chancheng Outlet", {"WQ-20L": "268.00", "MANUAL": "15.00"}
    )

    # The brand follows the goods to the outlet, and sees nobody's money
    seen = (await brand.asks(CHANNEL))["channelOrders"]["edges"]
    lines = [
        {"skuCode": code, "ordered": n, "delivered": n, "unitPrice": None, "gross": None}
        for code, n in (("WQ-20L", "4.000000"), ("MANUAL", "3.000000"))
    ]
    assert [edge["node"] for edge in seen] == [
        {
            "id": sold.order_id,
            "status": "COMPLETED",
            "seller": {"name": seller.name},
            "buyer": {"name": buyer.name},
            "totals": None,
            "lines": lines,
        }
        for sold, seller, buyer in ((third, sub, outlet), (second, dealer, sub))
    ]
    # An order is its two parties', and nobody else's on the way
    parties = {first.order_id: {brand, dealer}, second.order_id: {dealer, sub}, third.order_id: {sub, outlet}}
    for order_id, two in parties.items():
        for person in (brand, dealer, sub, outlet):
            assert await person.code(ONE, id=order_id) == (None if person in two else "NOT_FOUND")
    await assert_clean()


async def test_a_dealer_lists_only_what_its_network_has() -> None:
    brand, network_id = await open_brand(Api())
    _, other_network = await open_brand(brand.api)
    dealer, _ = await takes_on_and_sells_to(brand, network_id, "Dealer", {"WQ-20L": "200.00", "MANUAL": "10.90"})
    listings = [{"sku": "WQ-20L"}]
    said = {"clientKey": new_key(), "networkId": other_network, "listings": listings}
    document = """mutation($input: SaveListingsInput!) { saveListings(input: $input) {
        ... on ListingsSaved { created } } }"""
    assert await dealer.code(document, input=said) == "NOT_FOUND"
    assert await dealer.code(document, input=said | {"networkId": str(uuid4())}) == "NOT_FOUND"
    product = {"code": "X", "category": "paint", "nameZh": "X"}
    document = (
        "mutation($input: SaveProductsInput!) { saveProducts(input: $input) { ... on ProductsSaved { created } } }"
    )
    said = {"clientKey": new_key(), "networkId": network_id, "products": [product]}
    assert await dealer.code(document, input=said) in ("FORBIDDEN", "NOT_FOUND")
