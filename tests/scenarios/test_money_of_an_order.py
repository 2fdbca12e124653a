"""The money of an order from placing to payment, over the API: its tax line by line, and what of it is exposure."""

from typing import Any

import pytest

from tests.api import Api
from tests.scenarios.audited import assert_clean
from tests.scenarios.people import Person
from tests.scenarios.trade import MONEY, ORDER, PRICES, be_paid, lend, open_brand, place, set_up_shop, take_on

pytestmark = pytest.mark.usefixtures("database")

RELATION = f"query($id: ID!) {{ relation(id: $id) {{ account {{ {MONEY} }} }} }}"
MOVED = f"... on ShipmentMoved {{ shipment {{ id amount {{ amount }} }} order {{ {ORDER} }} }}"


async def open_trade(**terms: Any) -> tuple[Person, Person, str]:
    """A brand that sells paint with 13 % and a manual with 9 %, its dealer, and their relation."""
    brand, network_id = await open_brand(Api())
    dealer, relation_id = await take_on(brand, network_id, "Dealer", **terms)
    await set_up_shop(brand, network_id, PRICES)
    return brand, dealer, relation_id


def taxed(order: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    """Gross, net and tax of each line."""
    return {
        line["skuCode"]: (line["gross"]["amount"], line["net"]["amount"], line["tax"]["amount"])
        for line in order["lines"]
    }


def totals(order: dict[str, Any]) -> tuple[str, str, str, str]:
    names = ("gross", "net", "tax", "discount")
    gross, net, tax, discount = (order["totals"][one]["amount"] for one in names)
    return gross, net, tax, discount


async def test_gross_lines_of_two_rates_and_a_hundred_off() -> None:
    brand, dealer, relation_id = await open_trade()
    await lend(brand, relation_id, None)
    placed = await place(dealer, brand)
    assert taxed(placed) == {"WQ-20L": ("800.00", "707.96", "92.04"), "MANUAL": ("32.70", "30.00", "2.70")}
    assert totals(placed) == ("832.70", "737.96", "94.74", "0.00")

    cheaper = await brand.does(
        "grantDiscount", f"... on Order {{ {ORDER} }}", orderId=placed["id"], amount="100.00", reason="opening"
    )
    # Shares of 100.00 by 800.00 : 32.70, and from the lower gross its own net and tax
    assert {line["skuCode"]: line["discounts"] for line in cheaper["lines"]} == {
        "WQ-20L": [{"amount": {"amount": "96.07"}}],
        "MANUAL": [{"amount": {"amount": "3.93"}}],
    }
    assert taxed(cheaper) == {"WQ-20L": ("703.93", "622.95", "80.98"), "MANUAL": ("28.77", "26.39", "2.38")}
    assert totals(cheaper) == ("732.70", "649.34", "83.36", "100.00")

    again = await brand.does(
        "grantDiscount", f"... on Order {{ {ORDER} }}", orderId=placed["id"], amount="0.01", reason="抹零"
    )
    assert (totals(again)[0], totals(again)[3]) == ("732.69", "100.01")

    await brand.does("confirmOrder", f"... on Order {{ {ORDER} }}", orderId=placed["id"])
    shipped = await brand.does("shipOrder", MOVED, orderId=placed["id"])
    assert shipped["shipment"]["amount"] == {"amount": "732.69"}
    seen = await dealer.asks(f"query($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}", id=placed["id"])
    assert totals(seen) == totals(again)
    assert (await dealer.asks(RELATION, id=relation_id))["account"]["receivable"] == {"amount": "732.69"}
    await assert_clean()


async def test_net_prices_are_taxed_on_top() -> None:
    brand, dealer, relation_id = await open_trade(taxMode="EXCLUDED")
    await lend(brand, relation_id, None)
    networks = (await brand.asks("{ backoffice { networks { id } } }"))["networks"]
    made = await brand.does(
        "savePriceList",
        "... on PriceList { id }",
        networkId=networks[0]["id"],
        code="NET",
        name="Net",
        currency="CNY",
        taxIncluded=False,
    )
    rows = [{"sku": sku, "unitPrice": price} for sku, price in PRICES.items()]
    await brand.does("setPrices", "... on PricesSet { created }", priceListId=made["id"], prices=rows)
    assign = [{"scope": "RELATION", "relationId": relation_id}]
    await brand.does("assignPriceList", "... on PriceList { id }", priceListId=made["id"], assign=assign)
    skus = (await dealer.asks(OFFERED, seller=brand.company_id))["offers"]["edges"]
    by_code = {edge["node"]["sku"]["code"]: edge["node"]["sku"]["id"] for edge in skus}
    order = {
        "sellerId": brand.company_id,
        "lines": [{"skuId": by_code["WQ-20L"], "quantity": "4"}, {"skuId": by_code["MANUAL"], "quantity": "3"}],
    }
    placed = await dealer.does("placeOrder", f"... on Order {{ {ORDER} }}", order=order, expectedTotal="939.64")
    # 32.70 × 9 % = 2.943
    assert taxed(placed) == {"WQ-20L": ("904.00", "800.00", "104.00"), "MANUAL": ("35.64", "32.70", "2.94")}
    await assert_clean()


OFFERED = "query($seller: ID!) { storefront(sellerId: $seller) { offers { edges { node { sku { id code } } } } } }"


async def standing(seller: Person, buyer: Person, relation_id: str) -> dict[str, Any]:
    """The account, which both sides see alike."""
    one, other = [(await person.asks(RELATION, id=relation_id))["account"] for person in (seller, buyer)]
    assert one == other
    account: dict[str, Any] = one
    return account


def parts(account: dict[str, Any]) -> dict[str, str]:
    """What the exposure consists of, without the parts that are nothing; they sum to it."""
    found = {part["kind"]: part["amount"]["amount"] for part in account["credit"]["parts"]}
    assert [*found] == ["PENDING", "OPEN", "SHIPPED", "RECEIVABLE"]
    assert sum(int(one.replace(".", "")) for one in found.values()) == int(
        account["credit"]["exposure"]["amount"].replace(".", "")
    )
    return {kind: amount for kind, amount in found.items() if amount != "0.00"}


async def test_every_unit_of_value_is_in_exactly_one_part_of_the_exposure() -> None:
    brand, dealer, relation_id = await open_trade()
    await lend(brand, relation_id, "1000.00")

    async def now() -> tuple[dict[str, str], str]:
        account = await standing(brand, dealer, relation_id)
        return parts(account), account["credit"]["available"]["amount"]

    assert await now() == ({}, "1000.00")
    order = await place(dealer, brand)
    paint = order["lines"][0]["id"]
    assert await now() == ({"PENDING": "832.70"}, "167.30")
    one = [{"lineId": paint, "quantity": "1"}]
    await dealer.does("cancelOrder", "... on Order { id }", orderId=order["id"], lines=one, reason="less")
    assert await now() == ({"PENDING": "632.70"}, "367.30")
    await brand.does("confirmOrder", "... on Order { id }", orderId=order["id"])
    assert await now() == ({"OPEN": "632.70"}, "367.30")
    second = await place(dealer, brand, {"MANUAL": 10})
    assert await now() == ({"PENDING": "109.00", "OPEN": "632.70"}, "258.30")
    first = await brand.does("shipOrder", MOVED, orderId=order["id"], lines=one)
    assert await now() == ({"PENDING": "109.00", "OPEN": "432.70", "RECEIVABLE": "200.00"}, "258.30")
    await brand.does("cancelOrder", "... on Order { id }", orderId=order["id"], lines=one, reason="broken")
    assert await now() == ({"PENDING": "109.00", "OPEN": "232.70", "RECEIVABLE": "200.00"}, "458.30")
    await brand.does("rejectOrder", "... on Order { id }", orderId=second["id"], reason="sold out")
    assert await now() == ({"OPEN": "232.70", "RECEIVABLE": "200.00"}, "567.30")
    rest = await brand.does("shipOrder", MOVED, orderId=order["id"])
    assert await now() == ({"RECEIVABLE": "432.70"}, "567.30")
    for shipment in (first, rest):
        await dealer.does("confirmDelivery", MOVED, shipmentId=shipment["shipment"]["id"])
    assert await now() == ({"RECEIVABLE": "432.70"}, "567.30")
    account = await be_paid(brand, relation_id, "300.00")
    assert (parts(account), account["prepayment"]["amount"]) == ({"RECEIVABLE": "132.70"}, "0.00")
    account = await be_paid(brand, relation_id, "200.00")
    assert (parts(account), account["prepayment"]["amount"]) == ({}, "67.30")
    assert await now() == ({}, "1000.00")
    await assert_clean()


async def test_a_fully_prepaid_order_is_no_exposure_at_any_stage() -> None:
    brand, dealer, relation_id = await open_trade(funding="PREPAYMENT")

    async def now() -> tuple[dict[str, str], str, str]:
        account = await standing(brand, dealer, relation_id)
        assert account["credit"]["exposure"] == account["receivable"] == {"amount": "0.00"}
        return parts(account), account["prepayment"]["amount"], account["prepaymentAvailable"]["amount"]

    await be_paid(brand, relation_id, "832.70", to="PREPAYMENT")
    assert await now() == ({}, "832.70", "832.70")
    order = await place(dealer, brand)
    assert await now() == ({}, "832.70", "0.00")
    await brand.does("confirmOrder", "... on Order { id }", orderId=order["id"])
    assert await now() == ({}, "832.70", "0.00")
    one = [{"lineId": order["lines"][0]["id"], "quantity": "1"}]
    shipments = [await brand.does("shipOrder", MOVED, orderId=order["id"], lines=one)]
    assert await now() == ({}, "632.70", "0.00")
    await brand.does("cancelOrder", "... on Order { id }", orderId=order["id"], lines=one, reason="broken")
    assert await now() == ({}, "632.70", "200.00")
    shipments.append(await brand.does("shipOrder", MOVED, orderId=order["id"]))
    assert await now() == ({}, "200.00", "200.00")
    for shipment in shipments:
        await dealer.does("confirmDelivery", MOVED, shipmentId=shipment["shipment"]["id"])
    assert await now() == ({}, "200.00", "200.00")
    await assert_clean()
