"""What a seller and its buyer do with each other over the API. Nothing in here knows a level.

brand, network_id = await open_brand(Api())
dealer, relation_id = await take_on(brand, network_id, "Dealer")
await set_up_shop(brand, network_id, PRICES)
order = await place(dealer, brand)
shipments = await fulfil(brand, dealer, order)
"""

from typing import Any

from tests.api import Api
from tests.scenarios.people import Person
from tests.worlds import PASSWORD, new_login

PRICES = {"WQ-20L": "200.00", "MANUAL": "10.90"}
ASKED = {"WQ-20L": 4, "MANUAL": 3}
ORDER = """id number status version paymentStatus fulfilmentStatus allowedActions
    totals { goods { amount } gross { amount currency } net { amount } tax { amount } discount { amount } }
    lines { id skuId skuCode ordered shipped delivered gross { amount } net { amount } tax { amount }
        discounts { amount { amount } } }"""
MONEY = """credit { limit { amount } exposure { amount } available { amount } parts { kind amount { amount } } }
    receivable { amount } prepayment { amount } prepaymentAvailable { amount }"""
OFFERS = """query($seller: ID!) { storefront(sellerId: $seller) { offers(search: "乳胶漆") { edges { node {
    sku { id code } price { state unitPrice { amount } } availability { quantity }
} } } } }"""


def minor(amount: str) -> int:
    """Fen of an amount of yuan."""
    whole, _, cents = amount.partition(".")
    return int(whole) * 100 + int((cents + "00")[:2])


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


async def open_brand(api: Api, name: str = "Iris Coatings") -> tuple[Person, str]:
    """A network with one product of two SKUs; nobody sells anything yet."""
    login = new_login("Brand")
    opened = await Person(api, "nobody").does(
        "openNetwork",
        "... on NetworkOpened { networkId }",
        name=f"{name} channel",
        currency="CNY",
        brand={"name": name},
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
    skus: list[dict[str, Any]] = [
        {
            "code": "WQ-20L",
            "nameZh": "外墙乳胶漆 20升",
            "baseUnit": "pail",
            "taxClass": "vat13",
            "units": [{"unit": "pallet", "factor": "24", "weightG": 600_000}],
        },
        {"code": "MANUAL", "nameZh": "乳胶漆施工手册", "baseUnit": "piece", "taxClass": "vat9"},
    ]
    await save_product(brand, network_id, "WQ", "外墙乳胶漆", skus)
    return brand, network_id


async def save_product(brand: Person, network_id: str, code: str, name: str, skus: list[dict[str, Any]]) -> None:
    product = {"code": code, "category": "paint", "nameZh": name, "nameEn": "Emulsion", "brand": name, "skus": skus}
    saved = await brand.does(
        "saveProducts", "... on ProductsSaved { created }", networkId=network_id, products=[product]
    )
    assert saved["created"] == [code], saved


async def take_on(
    seller: Person, network_id: str, name: str, *, code: str | None = None, **terms: Any
) -> tuple[Person, str]:
    """A new company becomes a buyer, with a first owner who logs in."""
    login = new_login(name)
    owner = {"name": f"{name} owner", "login": login, "password": PASSWORD}
    opened = await seller.does(
        "openRelation",
        "... on RelationOpened { relation { id status } }",
        networkId=network_id,
        buyer={"company": {"name": name, "registrationCode": code}, "owner": owner},
        terms=terms,
    )
    assert opened["relation"]["status"] == "ACTIVE", opened
    return await Person.log_in(seller.api, login), opened["relation"]["id"]


async def set_up_shop(seller: Person, network_id: str, prices: dict[str, str]) -> None:
    """List, stock and price these SKUs, for every buyer."""
    listed = await seller.does(
        "saveListings",
        "... on ListingsSaved { created }",
        networkId=network_id,
        listings=[{"sku": sku} for sku in prices],
    )
    assert listed["created"] == [*prices], listed
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
    assert priced["created"] == len(prices)
    await seller.does(
        "assignPriceList", "... on PriceList { id }", priceListId=price_list["id"], assign=[{"scope": "EVERYBODY"}]
    )


async def lend(seller: Person, relation_id: str, limit: str | None) -> None:
    lent = await seller.does("setCreditLine", f"... on Account {{ {MONEY} }}", relationId=relation_id, limit=limit)
    assert lent["credit"]["limit"] == (None if limit is None else {"amount": limit}), lent


async def place(buyer: Person, seller: Person, asked: dict[str, int] | None = None, **order: Any) -> dict[str, Any]:
    """Find the SKUs in the storefront and order so many of each, at the prices shown there."""
    asked = asked or ASKED
    found = await buyer.asks(OFFERS, seller=seller.company_id)
    offers = {edge["node"]["sku"]["code"]: edge["node"] for edge in found["offers"]["edges"]}
    gross = sum(minor(offers[sku]["price"]["unitPrice"]["amount"]) * quantity for sku, quantity in asked.items())
    lines = [{"skuId": offers[sku]["sku"]["id"], "quantity": str(quantity)} for sku, quantity in asked.items()]
    placed: dict[str, Any] = await buyer.does(
        "placeOrder",
        f"... on Order {{ {ORDER} }} ... on OrderRefused {{ problems {{ message }} }}",
        order={"sellerId": seller.company_id, "lines": lines, **order},
        expectedTotal=yuan(gross),
    )
    assert placed["__typename"] == "Order", placed
    assert (placed["status"], placed["totals"]["gross"]["amount"]) == ("SUBMITTED", yuan(gross))
    return placed


async def fulfil(seller: Person, buyer: Person, placed: dict[str, Any]) -> list[str]:
    """Confirm, ship one of the first line and then the rest, sign for both. The ids of the shipments."""
    confirmed = await seller.does("confirmOrder", f"... on Order {{ {ORDER} }}", orderId=placed["id"])
    assert (confirmed["status"], confirmed["fulfilmentStatus"]) == ("CONFIRMED", "ALLOCATED"), confirmed
    lines = [{"lineId": confirmed["lines"][0]["id"], "quantity": "1"}]
    moved = f"... on ShipmentMoved {{ shipment {{ id amount {{ amount }} }} order {{ {ORDER} }} }}"
    first = await seller.does("shipOrder", moved, orderId=placed["id"], lines=lines, carrier="SF")
    assert first["order"]["fulfilmentStatus"] == "PARTIAL"
    rest = await seller.does("shipOrder", moved, orderId=placed["id"])
    amounts = [minor(one["shipment"]["amount"]["amount"]) for one in (first, rest)]
    assert sum(amounts) == minor(placed["totals"]["gross"]["amount"])
    for one in (first, rest):
        done = await buyer.does("confirmDelivery", moved, shipmentId=one["shipment"]["id"])
    assert (done["order"]["status"], done["order"]["fulfilmentStatus"]) == ("COMPLETED", "DELIVERED")
    assert all(line["delivered"] == line["ordered"] for line in done["order"]["lines"])
    return [first["shipment"]["id"], rest["shipment"]["id"]]


async def be_paid(seller: Person, relation_id: str, amount: str, to: str = "RECEIVABLE") -> Any:
    """Record a transfer; the account afterwards."""
    paid = await seller.does(
        "recordReceipt",
        f"... on Receipt {{ account {{ {MONEY} }} }}",
        relationId=relation_id,
        amount=amount,
        method="TRANSFER",
        reference="BOC",
        to=to,
    )
    return paid["account"]
