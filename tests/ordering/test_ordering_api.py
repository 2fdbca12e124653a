"""Ordering over the public API: what clients say and hear, who sees which order, and what a list costs."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import pytest

from app import database
from app.kernel.ids import uuid7
from app.network.change_relation import change_relation
from app.network.queries import relations_by_ids
from app.network.rules import Terms
from tests.api import Api
from tests.ordering.market import Market, open_market
from tests.worlds import Party, new_key, open_world, ship_to

pytestmark = pytest.mark.usefixtures("database")

PROBLEMS = """problems { __typename code message lines
    ... on StockShort { asked available missing unit }
    ... on QuantityNotAllowed { asked lower upper unit }
    ... on CreditShort { needed: asked { amount } left: available { amount } shortBy { amount }
        parts { kind amount { amount } } }
    ... on PriceChanged { before { amount } now { amount } totalBefore { amount } totalNow { amount } }
    ... on BelowOrderMinimum { minimum { amount } shortBy { amount } } }"""
PREVIEW = f"""query($input: OrderInput!) {{ previewOrder(input: $input) {{
    lines {{ position quantity unit priceState unitPrice {{ amount unit taxIncluded }} gross {{ amount }}
        net {{ amount }} tax {{ amount }} sku {{ code }} priceTrace {{ outcome listCode unitPrice }} }}
    totals {{ goods {{ amount }} freight {{ amount }} net {{ amount }} tax {{ amount }} gross {{ amount currency }} }}
    dueNow {{ amount }} {PROBLEMS} hints {{ code message amount {{ amount }} }} }} }}"""
ORDER = """id number kind status version paymentStatus fulfilmentStatus allowedActions cursor
    seller { name } buyer { name } freight { amount } totals { gross { amount } net { amount } tax { amount } }
    due { when days amount { amount } } shipTo { name regionCode } buyerReference placedAt
    lines { position unit ordered cancelled shipped unitPrice { amount } gross { amount } sku { code } skuCode
        taxRateBp discounts { kind } priceTrace { outcome } }
    timeline(first: 5) { edges { node { what side by } } pageInfo { hasNextPage } }"""
PLACE = f"""mutation($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{ __typename
    ... on Order {{ {ORDER} }} ... on OrderRefused {{ code message {PROBLEMS} }}
    ... on CartChangedMeanwhile {{ expectedVersion version }} ... on KeyReused {{ key }} }} }}"""
READ = f"query($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}"
CHANNEL = """query($id: ID!) { channelOrder(id: $id) { id number status fulfilmentStatus version cursor
    seller { name } buyer { name } totals { gross { amount } }
    lines { skuCode name ordered shipped unit unitPrice { amount } gross { amount } } } }"""


async def place(api: Api, market: Market, lines: list[tuple[UUID, str]], total: str, **order: Any) -> Any:
    said = {
        "sellerId": str(market.seller.company_id),
        "lines": [{"skuId": str(sku_id), "quantity": quantity} for sku_id, quantity in lines],
        **order,
    }
    return await api.data(market.buyer, PLACE, input={"clientKey": new_key(), "order": said, "expectedTotal": total})


async def test_preview_and_place_say_the_same() -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="11.30")
    door = await ship_to(market.buyer, region="4406", name="Foshan yard")
    order = {
        "sellerId": str(market.seller.company_id),
        "lines": [{"skuId": str(paint), "quantity": "3", "expectedUnitPrice": "11.30"}],
        "shipToId": str(door),
    }
    shown = await api.data(market.buyer, PREVIEW, input=order)
    assert shown["problems"] == shown["hints"] == []
    assert shown["totals"]["gross"] == {"amount": "33.90", "currency": "CNY"}
    (line,) = shown["lines"]
    assert (line["gross"]["amount"], line["net"]["amount"], line["tax"]["amount"]) == ("33.90", "30.00", "3.90")
    assert (line["unit"], line["priceState"], line["sku"]["code"]) == ("piece", "PRICED", "PAINT")
    assert line["priceTrace"][0]["outcome"] == "CHOSEN"

    said = {"clientKey": "one", "order": order | {"buyerReference": "PO-7"}, "expectedTotal": "33.90"}
    placed = await api.data(market.buyer, PLACE, input=said)
    assert placed["__typename"] == "Order"
    assert (placed["status"], placed["paymentStatus"], placed["fulfilmentStatus"]) == ("SUBMITTED", "UNPAID", "NONE")
    assert placed["allowedActions"] == ["CANCEL"]
    assert placed["totals"] == {
        "gross": {"amount": "33.90"},
        "net": {"amount": "30.00"},
        "tax": {"amount": "3.90"},
    }
    assert placed["shipTo"] == {"name": "Foshan yard", "regionCode": "4406"}
    assert placed["due"] == [{"when": "AFTER_SHIPMENT", "days": 30, "amount": {"amount": "33.90"}}]
    assert placed["timeline"]["edges"] == [{"node": {"what": "placed", "side": "BUYER", "by": "Outlet Owner"}}]
    assert (await api.data(market.buyer, PLACE, input=said))["id"] == placed["id"]
    other = said | {"expectedTotal": "33.91"}
    assert (await api.data(market.buyer, PLACE, input=other)) == {"__typename": "KeyReused", "key": "one"}

    seen = await api.data(market.seller, READ, id=placed["id"])
    assert set(seen["allowedActions"]) == {"CONFIRM", "REJECT", "GRANT_DISCOUNT", "PROPOSE_CHANGE"}
    assert seen["timeline"]["edges"] == [{"node": {"what": "placed", "side": "BUYER", "by": None}}]


async def test_a_refusal_names_everything_a_buyer_needs_in_order_to_act() -> None:
    api, market = Api(), await open_market(credit=10_00, order_minimum_minor=500_00)
    paint = await market.sku("PAINT", price="10.00", stock="3", rule=(None, "2", None))
    answer = await place(api, market, [(paint, "5")], "45.00")
    assert (answer["__typename"], answer["code"]) == ("OrderRefused", "ORDER_REFUSED")
    by_kind = {problem.pop("__typename"): problem for problem in answer["problems"]}
    assert set(by_kind) == {"QuantityNotAllowed", "StockShort", "CreditShort", "PriceChanged", "BelowOrderMinimum"}
    assert by_kind["QuantityNotAllowed"] | {"message": ""} == {
        "code": "QUANTITY_NOT_ALLOWED",
        "message": "",
        "lines": [0],
        "asked": "5",
        "lower": "4",
        "upper": "6",
        "unit": "piece",
    }
    assert by_kind["StockShort"]["message"] == (
        "商品PAINT (PAINT): 5 pieces asked for, 3 pieces available, 2 pieces short."
    )
    assert by_kind["CreditShort"]["shortBy"] == {"amount": "40.00"}
    assert [part["kind"] for part in by_kind["CreditShort"]["parts"]] == ["PENDING", "OPEN", "SHIPPED", "RECEIVABLE"]
    assert by_kind["PriceChanged"]["totalNow"] == {"amount": "50.00"}
    assert by_kind["BelowOrderMinimum"]["shortBy"] == {"amount": "450.00"}


CART = (
    """cart { id version lines { skuCode quantity unit } preview { totals { gross { amount } } problems { code } } }"""
)
CHANGE = """mutation($input: ChangeCartInput!) { changeCart(input: $input) { __typename
    ... on Cart { version lines { skuCode quantity unit } preview { totals { gross { amount } } } }
    ... on CartChangedMeanwhile { expectedVersion version } } }"""


async def test_a_cart_over_the_api_becomes_an_order() -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="2.50")
    seller = str(market.seller.company_id)
    change = {
        "clientKey": new_key(),
        "sellerId": seller,
        "expectedVersion": 0,
        "lines": [{"skuId": str(paint), "quantity": "4"}],
    }
    assert await api.data(market.buyer, CHANGE, input=change) == {
        "__typename": "Cart",
        "version": 1,
        "lines": [{"skuCode": "PAINT", "quantity": "4", "unit": "piece"}],
        "preview": {"totals": {"gross": {"amount": "10.00"}}},
    }
    late = change | {"clientKey": new_key()}
    assert await api.data(market.buyer, CHANGE, input=late) == {
        "__typename": "CartChangedMeanwhile",
        "expectedVersion": 0,
        "version": 1,
    }
    order = {"clientKey": new_key(), "order": {"sellerId": seller}, "expectedTotal": "10", "cartVersion": 1}
    assert (await api.data(market.buyer, PLACE, input=order))["__typename"] == "Order"
    mall = await api.data(
        market.buyer,
        f"query($id: ID!) {{ storefront(sellerId: $id) {{ {CART} orders {{ edges {{ node {{ number }} }} }} }} }}",
        id=seller,
    )
    assert (mall["cart"]["version"], mall["cart"]["lines"]) == (2, [])
    assert len(mall["orders"]["edges"]) == 1


async def test_orders_are_seen_by_their_parties_and_without_money_by_the_brand_above() -> None:
    api, market = Api(), await open_market(levels=2)
    paint = await market.sku("PAINT", price="10.00")
    sibling = await market.world.buyer(market.seller, "Sibling")
    stranger = (await open_world("Other brand")).brand
    order_id = (await place(api, market, [(paint, "2")], "20"))["id"]

    sees: dict[str, tuple[Party, bool, bool]] = {
        "buyer": (market.buyer, True, False),
        "seller": (market.seller, True, False),
        "brand": (market.world.brand, False, True),
        "sibling": (sibling, False, False),
        "other brand": (stranger, False, False),
    }
    for name, (party, whole, channel) in sees.items():
        answer = await api.ask(party, READ, id=order_id)
        assert (answer["data"]["order"] is not None) is whole, name
        above = await api.ask(party, CHANNEL, id=order_id)
        assert (above["data"]["channelOrder"] is not None) is channel, name
    for document in (READ, CHANNEL):
        codes = {await api.code(sibling, document, id=one) for one in (order_id, str(uuid7()), "nonsense")}
        assert codes == {"NOT_FOUND"}

    seen = await api.data(market.world.brand, CHANNEL, id=order_id)
    assert (seen["totals"], seen["lines"][0]["unitPrice"], seen["lines"][0]["gross"]) == (None, None, None)
    assert (seen["lines"][0]["ordered"], seen["buyer"]["name"]) == ("2", "Outlet")
    await grant_money(market, granted=True)
    seen = await api.data(market.world.brand, CHANNEL, id=order_id)
    assert (seen["totals"]["gross"]["amount"], seen["lines"][0]["unitPrice"]["amount"]) == ("20.00", "10.00")
    await grant_money(market, granted=False)
    assert (await api.data(market.world.brand, CHANNEL, id=order_id))["totals"] is None

    channel_orders = "{ backoffice { channelOrders { edges { node { id } } } orders { edges { node { id } } } } }"
    above = await api.data(market.world.brand, channel_orders)
    assert [edge["node"]["id"] for edge in above["channelOrders"]["edges"]] == [order_id]
    assert above["orders"]["edges"] == []
    dealer = await api.data(market.seller, channel_orders)
    assert dealer["channelOrders"]["edges"] == []
    assert [edge["node"]["id"] for edge in dealer["orders"]["edges"]] == [order_id]


async def grant_money(market: Market, *, granted: bool) -> None:
    found = await relations_by_ids(market.seller.viewer, [market.relation_id])
    row = found[market.relation_id]
    terms = Terms(currency=row["currency"], grants_money_to_brand=granted)
    await change_relation(market.seller.viewer, client_key=new_key(), relation_id=market.relation_id, terms=terms)


LIST = """query($filter: OrderFilter, $first: Int, $after: String) { backoffice { orders(filter: $filter, first: $first,
    after: $after) { edges { node { %s } } pageInfo { hasNextPage endCursor } } } }"""


async def test_incoming_orders_are_paged_filtered_and_cost_the_same_with_allowed_actions(
    counted: Callable[[], AbstractAsyncContextManager[list[str]]],
) -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="1.00")
    placed = [await market.place([(paint, str(n + 1))], buyer_reference=f"R-{n}") for n in range(25)]
    newest_first = [str(one) for one in reversed(placed)]

    whole = LIST % "id allowedActions lines { ordered } timeline { edges { node { what } } }"
    await api.data(market.seller, whole)  # connections have met their types
    async with counted() as without:
        first = await api.data(market.seller, LIST % "id number status", first=20)
    async with counted() as with_actions:
        await api.data(market.seller, LIST % "id number status allowedActions", first=20)
    async with counted() as with_lines:
        await api.data(market.seller, whole)
    assert len(with_actions) == len(without) == 2  # the session, and the list
    assert len(with_lines) == 4, with_lines

    page = first["orders"]
    assert [edge["node"]["id"] for edge in page["edges"]] == newest_first[:20]
    rest = await api.data(market.seller, LIST % "id", first=20, after=page["pageInfo"]["endCursor"])
    assert [edge["node"]["id"] for edge in rest["orders"]["edges"]] == newest_first[20:]
    assert rest["orders"]["pageInfo"]["hasNextPage"] is False

    async def found(**wanted: Any) -> list[str]:
        answer = await api.data(market.seller, LIST % "id", filter=wanted, first=100)
        return [edge["node"]["id"] for edge in answer["orders"]["edges"]]

    assert await found(buyerReference="R-3") == [str(placed[3])]
    assert await found(statuses=["CONFIRMED"]) == []
    assert await found(statuses=["SUBMITTED"], fulfilmentStatuses=["NONE"], paymentStatuses=["UNPAID"]) == newest_first
    assert await found(buyerId=str(market.seller.company_id)) == []
    number = page["edges"][0]["node"]["number"]
    by_number = "query($n: String!) { backoffice { order(number: $n) { id } } }"
    assert (await api.data(market.seller, by_number, n=number))["order"] == {"id": newest_first[0]}
    assert (await api.data(market.seller, by_number, n="SO-0"))["order"] is None


async def test_the_account_and_receipts_over_the_api() -> None:
    api, market = Api(), await open_market(credit=0)
    account = """account { currency credit { limit { amount } exposure { amount } available { amount }
        parts { kind amount { amount } } } prepayment { amount } dueNow { amount } overdue { amount }
        paidUnshipped { amount } entries { edges { node { kind amount { amount } memo } } } }"""
    line = {"clientKey": new_key(), "relationId": str(market.relation_id), "limit": "1500.00"}
    set_line = """mutation($input: SetCreditLineInput!) { setCreditLine(input: $input) { __typename
        ... on Account { credit { limit { amount } available { amount } version } } } }"""
    answer = await api.data(market.seller, set_line, input=line)
    assert answer["credit"]["limit"] == {"amount": "1500.00"}
    assert await api.code(market.buyer, set_line, input=line | {"clientKey": new_key()}) == "NOT_FOUND"
    del line["limit"]
    assert await api.code(market.seller, set_line, input=line | {"clientKey": new_key()}) == "BAD_REQUEST"

    receipt = """mutation($input: RecordReceiptInput!) { recordReceipt(input: $input) { __typename
        ... on Receipt { id amount { amount } toReceivable { amount } toPrepayment { amount } memo method reference
            account { prepayment { amount } } } ... on KeyReused { key } } }"""
    money = {
        "clientKey": "r1",
        "relationId": str(market.relation_id),
        "amount": "80.00",
        "method": "TRANSFER",
        "reference": "BOC 17",
    }
    answer = await api.data(market.seller, receipt, input=money)
    assert (answer["toReceivable"]["amount"], answer["toPrepayment"]["amount"]) == ("0.00", "80.00")
    assert (answer["method"], answer["reference"]) == ("TRANSFER", "BOC 17")
    assert answer["account"]["prepayment"] == {"amount": "80.00"}
    again = await api.data(market.seller, receipt, input=money)
    assert again["id"] == answer["id"]
    assert await api.code(market.seller, receipt, input=money | {"clientKey": "r2", "amount": "1.001"}) == "BAD_REQUEST"

    suppliers = f"{{ viewer {{ suppliers {{ edges {{ node {{ {account} }} }} }} }} }}"
    (edge,) = (await api.data(market.buyer, suppliers))["suppliers"]["edges"]
    seen = edge["node"]["account"]
    assert seen["prepayment"] == {"amount": "80.00"}
    assert seen["credit"]["available"] == {"amount": "1500.00"}
    assert seen["entries"]["edges"] == [
        {"node": {"kind": "RECEIPT", "amount": {"amount": "-80.00"}, "memo": "transfer: BOC 17"}}
    ]


async def test_freight_rules_over_the_api() -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="10.00")
    save = """mutation($input: SaveFreightRuleInput!) { saveFreightRule(input: $input) { __typename
        ... on FreightRule { regionCode base { amount } freeAbove { amount } taxClass } } }"""
    rule = {
        "clientKey": new_key(),
        "networkId": str(market.world.network_id),
        "base": "30.00",
        "freeAbove": "100.00",
        "taxClass": "vat1300",
    }
    assert await api.data(market.seller, save, input=rule) == {
        "__typename": "FreightRule",
        "regionCode": None,
        "base": {"amount": "30.00"},
        "freeAbove": {"amount": "100.00"},
        "taxClass": "vat1300",
    }
    order = {
        "sellerId": str(market.seller.company_id),
        "lines": [{"skuId": str(paint), "quantity": "2"}],
    }
    shown = await api.data(market.buyer, PREVIEW, input=order)
    assert (shown["totals"]["freight"]["amount"], shown["totals"]["gross"]["amount"]) == ("30.00", "50.00")
    (hint,) = shown["hints"]
    assert hint == {
        "code": "FREE_FREIGHT",
        "message": "80.00 CNY more, and delivery is free.",
        "amount": {"amount": "80.00"},
    }
    rules = await api.data(market.seller, "{ backoffice { freightRules { edges { node { base { amount } } } } } }")
    assert rules["freightRules"]["edges"] == [{"node": {"base": {"amount": "30.00"}}}]


@pytest.mark.parametrize("quantity", ["-1", "0", "99999999999999", "1e5", "0.0000001", "NaN"])
async def test_absurd_quantities_are_refused_with_a_code_and_write_nothing(quantity: str) -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT")
    said = {"sellerId": str(market.seller.company_id), "lines": [{"skuId": str(paint), "quantity": quantity}]}
    answer = await api.ask(
        market.buyer,
        PLACE,
        input={"clientKey": new_key(), "order": said, "expectedTotal": "10", "acceptPriceChanges": True},
    )
    if "errors" in answer:
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_REQUEST"}
    else:
        assert answer["data"]["placeOrder"]["__typename"] == "OrderRefused"
    assert await database.rows("SELECT id FROM sales_order WHERE relation_id = $1", market.relation_id) == []
