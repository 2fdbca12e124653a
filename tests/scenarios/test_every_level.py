"""Any number of levels with the very same mutations: brand, dealer, sub-dealer and outlet, over HTTP from nothing."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api import Api
from tests.scenarios.audited import assert_clean
from tests.scenarios.people import Person
from tests.scenarios.trade import be_paid, fulfil, lend, open_brand, place, set_up_shop, take_on
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")

CHANNEL = """{ backoffice { channelOrders { edges { node { id status seller { name } buyer { name }
    totals { gross { amount } } lines { skuCode ordered delivered unitPrice { amount } gross { amount } } } } } } }"""
ONE = "query($id: ID!) { order(id: $id) { id } }"


async def sell(seller: Person, network_id: str, name: str, paint: str, manual: str) -> tuple[Person, dict[str, Any]]:
    """From taking on a buyer to its payment. Every seller plays this, whatever its level."""
    buyer, relation_id = await take_on(seller, network_id, name)
    await set_up_shop(seller, network_id, {"WQ-20L": paint, "MANUAL": manual})
    await lend(seller, relation_id, "5000.00")
    order = await place(buyer, seller)
    assert order["allowedActions"] == ["CANCEL"]
    await fulfil(seller, buyer, order)
    account = await be_paid(seller, relation_id, order["totals"]["gross"]["amount"])
    assert (account["receivable"], account["credit"]["exposure"]) == ({"amount": "0.00"}, {"amount": "0.00"})
    return buyer, order


async def test_every_level_sells_to_the_next_with_the_same_mutations() -> None:
    brand, network_id = await open_brand(Api())
    dealer, first = await sell(brand, network_id, "Guangdong Dealer", "200.00", "10.90")
    sub, second = await sell(dealer, network_id, "Foshan Sub-dealer", "230.00", "12.50")
    outlet, third = await sell(sub, network_id, "Chancheng Outlet", "268.00", "15.00")
    assert [one["totals"]["gross"]["amount"] for one in (first, second, third)] == ["832.70", "957.50", "1117.00"]

    # The brand follows the goods to the outlet, and sees nobody's money
    seen = (await brand.asks(CHANNEL))["channelOrders"]["edges"]
    lines = [
        {"skuCode": code, "ordered": n, "delivered": n, "unitPrice": None, "gross": None}
        for code, n in (("WQ-20L", "4"), ("MANUAL", "3"))
    ]
    assert [edge["node"] for edge in seen] == [
        {
            "id": order["id"],
            "status": "COMPLETED",
            "seller": {"name": seller.name},
            "buyer": {"name": buyer.name},
            "totals": None,
            "lines": lines,
        }
        for order, seller, buyer in ((third, sub, outlet), (second, dealer, sub))
    ]
    # An order is its two parties', and nobody else's on the way
    for order, two in ((first, {brand, dealer}), (second, {dealer, sub}), (third, {sub, outlet})):
        for person in (brand, dealer, sub, outlet):
            assert await person.code(ONE, id=order["id"]) == (None if person in two else "NOT_FOUND")
    await assert_clean()


LIST = "mutation($input: SaveListingsInput!) { saveListings(input: $input) { ... on ListingsSaved { created } } }"
CREATE = "mutation($input: SaveProductsInput!) { saveProducts(input: $input) { ... on ProductsSaved { created } } }"


async def test_a_dealer_lists_what_its_network_has_and_creates_nothing() -> None:
    brand, network_id = await open_brand(Api())
    _, other_network = await open_brand(brand.api)
    dealer, _ = await take_on(brand, network_id, "Dealer")
    said = {"clientKey": new_key(), "listings": [{"sku": "WQ-20L"}]}
    for foreign in (other_network, str(uuid4())):
        assert await dealer.code(LIST, input=said | {"networkId": foreign}) == "NOT_FOUND"
    product = {"code": "X", "category": "paint", "nameZh": "X"}
    said = {"clientKey": new_key(), "products": [product]}
    assert await dealer.code(CREATE, input=said | {"networkId": network_id}) == "FORBIDDEN"
    for foreign in (other_network, str(uuid4())):
        assert await dealer.code(CREATE, input=said | {"networkId": foreign}) == "NOT_FOUND"
