"""What a dealer reads: sentences in its own language, with the trade's words, names, units and numbers it can use."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app import database
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.ship import ship_order
from app.kernel.ids import uuid7
from app.network.change_relation import suspend_relation
from app.network.roles import Role
from app.ordering.change_cart import CartLineChange, change_cart
from app.ordering.confirm import confirm_order
from app.ordering.save_freight_rule import FreightTerms, save_freight_rule
from tests.api import Api
from tests.ordering.market import Market, open_market
from tests.worlds import new_key, ship_to

pytestmark = pytest.mark.usefixtures("database")

PLACE = """mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename ... on Order { number }
    ... on OrderRefused { code message problems { __typename message lines
        ... on ShipToNotAllowed { reason } ... on UnitNotOffered { unit unitName units }
        ... on StockShort { unit unitName available } } } } }"""
HINTS = "query($input: OrderInput!) { previewOrder(input: $input) { hints { code message } } }"
CART = """query($seller: ID!, $pickup: PickupInput) { storefront(sellerId: $seller) { cart {
    preview(deliveryMethod: PICKUP, pickup: $pickup) { problems { message } } } } }"""
PREVIEW = "query($input: OrderInput!) { previewOrder(input: $input) { problems { message } } }"
OFFER = """query($seller: ID!, $sku: ID!) { storefront(sellerId: $seller) {
    offer(skuId: $sku) { availability { state quantity } quantityRule { unit unitName multiple }
        price { unitPrice { amount unit unitName } } sku { baseUnit baseUnitName units { unit unitName } } }
    offers(filter: { inStock: true }) { edges { node { sku { code } } } } } }"""
BUYERS_ORDER = """query($id: ID!) { order(id: $id) {
    allowedActions shipments { edges { node { allowedActions } } }
    lines { unit unitName } } }"""
CANCEL = """mutation($input: CancelOrderInput!) { cancelOrder(input: $input) {
    ... on MoveNotAllowed { message document statusNow asked allowed } } }"""


def of(order_id: UUID) -> dict[str, Any]:
    return {"clientKey": new_key(), "orderId": str(order_id), "reason": "x"}


def lines(*asked: tuple[UUID, str, str | None]) -> list[dict[str, Any]]:
    return [{"skuId": str(sku), "quantity": quantity, "unit": unit} for sku, quantity, unit in asked]


async def refused(api: Api, market: Market, language: str, said: dict[str, Any]) -> dict[str, Any]:
    order = {"sellerId": str(market.seller.company_id), **said}
    given = {"clientKey": new_key(), "order": order, "expectedTotal": "0", "acceptPriceChanges": True}
    answer = await api.ask(market.buyer, PLACE, language=language, input=given)
    found: dict[str, Any] = answer["data"]["placeOrder"]
    assert found["__typename"] == "OrderRefused"
    return found


async def test_a_refused_order_says_in_words_what_stands_in_its_way() -> None:
    api, market = Api(), await open_market(credit=500_00, order_minimum_minor=2_000_00)
    paint = await market.sku("PAINT", price="10.00", stock="3", rule=(None, "12", None), units={"carton": "12"})
    brush = await market.sku("BRUSH", price="1.00", rule=("6", "6", "60"))
    said = {"lines": lines((paint, "1300", None), (brush, "7", None), (uuid7(), "1", None), (paint, "1", "barrel"))}
    chinese = await refused(api, market, "zh-CN", said)
    assert [problem["message"] for problem in chinese["problems"]] == [
        "商品PAINT（PAINT）不能按“桶”订购，可选单位：个、箱。",
        "商品PAINT（PAINT）不能订购 1,300 个：须为 12 个的整数倍。最接近的可订数量：1,296 个、1,308 个。",
        "商品BRUSH（BRUSH）不能订购 7 个：须为 6 个的整数倍，最多 60 个。最接近的可订数量：6 个、12 个。",
        "第 3 行的商品不在供应商的供应范围内。",
        "商品PAINT（PAINT）库存不足：需要 1,300 个，可供 3 个，缺 1,297 个。",
        "授信额度不足：本单需要 13,007.00 元，可用 500.00 元，还差 12,507.00 元。",
    ]
    assert chinese["message"] == (
        "订单未提交。商品PAINT（PAINT）不能按“桶”订购，可选单位：个、箱。"
        "商品PAINT（PAINT）不能订购 1,300 个：须为 12 个的整数倍。最接近的可订数量：1,296 个、1,308 个。"
        "商品BRUSH（BRUSH）不能订购 7 个：须为 6 个的整数倍，最多 60 个。最接近的可订数量：6 个、12 个。另有 3 个问题。"
    )
    unit = chinese["problems"][0]
    assert (unit["unit"], unit["unitName"], unit["units"]) == ("barrel", "桶", ["piece", "carton"])
    english = await refused(api, market, "en", said)
    assert english["message"] == (
        "The order was not placed. 商品PAINT (PAINT) is not sold by the barrel. Possible: piece, carton. "
        "商品PAINT (PAINT): 1,300 pieces cannot be ordered; the seller takes multiples of 12 pieces. "
        "Nearest possible: 1,296 pieces, 1,308 pieces. "
        "商品BRUSH (BRUSH): 7 pieces cannot be ordered; the seller takes multiples of 6 pieces, at most 60 pieces. "
        "Nearest possible: 6 pieces, 12 pieces. And 3 more problems."
    )
    assert [problem["lines"] for problem in english["problems"]] == [[3], [0], [1], [2], [0], []]


async def test_what_is_counted_is_ordered_in_whole_numbers_unless_its_seller_says_otherwise() -> None:
    api, market = Api(), await open_market()
    tin = await market.sku("TIN", price="10.00", units={"carton": "12", "kg": "0.5"})
    half = await market.sku("HALF", price="10.00", rule=(None, "0.5", None))
    by_the_carton = await market.sku("BOXED", price="10.00", unit="carton", units={"carton": "12"})
    for asked, message in (
        ((tin, "1.5", None), "商品TIN（TIN）不能订购 1.5 个：须为整数。最接近的可订数量：1 个、2 个。"),
        ((tin, "0.1", "carton"), "商品TIN（TIN）不能订购 1.2 个：须为整数。最接近的可订数量：1 个、2 个。"),
        (
            (by_the_carton, "2.5", None),
            "商品BOXED（BOXED）不能订购 2.5 箱：须为整数。最接近的可订数量：2 箱、3 箱。",
        ),
    ):
        answer = await refused(api, market, "zh", {"lines": lines(asked)})
        assert [problem["message"] for problem in answer["problems"]] == [message]
    fine = lines((tin, "1.5", "carton"), (tin, "3", "kg"), (half, "2.5", None), (by_the_carton, "7", "piece"))
    said = {"sellerId": str(market.seller.company_id), "lines": fine}
    preview = await api.data(market.buyer, PREVIEW, input=said)
    assert preview["problems"] == [
        {
            "message": "商品TIN (TIN): 19.5 pieces cannot be ordered; the seller takes whole "
            "numbers only. Nearest possible: 19 pieces, 20 pieces."
        }
    ]
    offer = (await api.data(market.buyer, OFFER, seller=str(market.seller.company_id), sku=str(tin)))["offer"]
    assert offer["quantityRule"] == {"unit": "piece", "unitName": "piece", "multiple": "1"}


async def test_one_problem_is_told_whole() -> None:
    api, market = Api(), await open_market(ship_to_approval=True)
    paint = await market.sku("PAINT", price="10.00")
    for language, message in (
        ("zh", "订单未提交。该供应商只送达其审核通过的收货地址，请选择。"),
        ("en", "The order was not placed. This seller delivers only to addresses that it approved: choose one."),
    ):
        answer = await refused(api, market, language, {"lines": lines((paint, "1", None))})
        assert answer["message"] == message
        assert [problem["reason"] for problem in answer["problems"]] == ["MISSING"]
    door = await ship_to(market.buyer, region="4406", name="Foshan yard")
    answer = await refused(api, market, "zh", {"lines": lines((paint, "1", None)), "shipToId": str(door)})
    assert answer["message"] == "订单未提交。该收货地址尚未通过供应商审核。"
    await suspend_relation(market.seller.viewer, client_key=new_key(), relation_id=market.relation_id)
    answer = await refused(api, market, "zh", {"lines": lines((paint, "1", None))})
    assert "目前无法向该供应商下单：供应商已暂停该交易关系。" in answer["message"]


async def test_a_preview_refuses_a_day_that_is_over_as_placing_does() -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="10.00")
    said = {
        "sellerId": str(market.seller.company_id),
        "lines": lines((paint, "1", None)),
        "requestedOn": "2020-01-01",
    }
    answer = await api.ask(market.buyer, PREVIEW, language="zh", input=said)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert error["message"].startswith("requestedOn：应为 20")
    assert error["message"].endswith("或之后的日期，收到的是 2020-01-01。")


async def test_units_have_names_for_people_and_codes_for_programs() -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="10.00", units={"carton": "12", "大件": "480"})
    seller = str(market.seller.company_id)
    for language, names in (("zh", ["个", "箱", "大件"]), ("en", ["piece", "carton", "大件"])):
        found = await api.ask(market.buyer, OFFER, language=language, seller=seller, sku=str(paint))
        offer = found["data"]["storefront"]["offer"]
        assert [one["unitName"] for one in offer["sku"]["units"]] == names
        assert [one["unit"] for one in offer["sku"]["units"]] == ["piece", "carton", "大件"]
        assert (offer["sku"]["baseUnit"], offer["sku"]["baseUnitName"]) == ("piece", names[0])
        assert (offer["quantityRule"]["unit"], offer["quantityRule"]["unitName"]) == ("piece", names[0])
        assert offer["price"]["unitPrice"] == {"amount": "10.00", "unit": "piece", "unitName": names[0]}
    order = await api.ask(market.buyer, BUYERS_ORDER, language="zh", id=str(await market.place([(paint, "2")])))
    assert order["data"]["order"]["lines"] == [{"unit": "piece", "unitName": "个"}]


async def test_the_mall_shows_the_stock_that_serves_the_buyers_region() -> None:
    api, market = Api(), await open_market(warehouses=2)
    paint = await market.sku("PAINT", price="10.00", stock=("4", "9"))
    far = await market.sku("FAR", price="10.00", stock=("0", "5"))
    await database.rows("UPDATE trade_relation SET region_id = '4406' WHERE id = $1", market.relation_id)
    await database.rows("UPDATE warehouse SET serves_regions = '{CN/33/}' WHERE id = $1", market.warehouses[1])
    seller = str(market.seller.company_id)
    found = await api.data(market.buyer, OFFER, seller=seller, sku=str(paint))
    assert found["offer"]["availability"]["quantity"] == "4"
    assert [edge["node"]["sku"]["code"] for edge in found["offers"]["edges"]] == ["PAINT"]
    found = await api.data(market.buyer, OFFER, seller=seller, sku=str(far))
    assert found["offer"]["availability"] == {"state": "NONE", "quantity": "0"}
    answer = await refused(api, market, "en", {"lines": lines((paint, "5", None))})
    assert answer["problems"][0]["available"] == "4"


async def test_what_may_be_done_is_what_can_be_done() -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="10.00")
    order_id = await market.place([(paint, "10")])
    seller = market.seller
    await confirm_order(seller.viewer, client_key=new_key(), order_id=order_id)
    line = (await database.row("SELECT id FROM sales_order_line WHERE order_id = $1", order_id) or {})["id"]
    shipment_id = await ship_order(
        seller.viewer,
        client_key=new_key(),
        order_id=order_id,
        lines=[(line, Decimal(4))],
        carrier=None,
        tracking_number=None,
    )
    seen = await api.data(market.buyer, BUYERS_ORDER, id=str(order_id))
    assert seen["allowedActions"] == ["REQUEST_CANCELLATION", "CONFIRM_DELIVERY"]
    await confirm_delivery(market.buyer.viewer, client_key=new_key(), shipment_id=shipment_id)
    seen = await api.data(market.buyer, BUYERS_ORDER, id=str(order_id))
    assert seen["shipments"]["edges"] == [{"node": {"allowedActions": []}}]
    assert seen["allowedActions"] == ["REQUEST_CANCELLATION"]
    answer = await api.ask(market.buyer, CANCEL, language="zh", input=of(order_id))
    assert answer["data"]["cancelOrder"] == {
        "message": "该订单当前状态为“发货中”，不能执行“取消”。现在可以进行的操作：申请取消。",
        "document": "ORDER",
        "statusNow": "FULFILLING",
        "asked": "CANCEL",
        "allowed": seen["allowedActions"],
    }


async def test_who_may_not_is_told_in_words() -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="10.00")
    order_id = await market.place([(paint, "10")])
    accountant = await market.world.member(market.buyer, [Role.FINANCE])
    answer = await api.ask(accountant, CANCEL, language="zh", input=of(order_id))
    assert answer["errors"][0]["message"] == "您的角色没有此权限：订单审核、下单。"
    answer = await api.ask(None, CANCEL, language="zh", input=of(order_id))
    assert answer["errors"][0]["message"] == "请先登录：未提供有效的登录凭证。"
    answer = await api.ask(market.buyer, CANCEL, language="zh", input=of(uuid7()))
    assert answer["errors"][0]["message"].startswith("未找到订单 ")
    answer = await api.ask(market.buyer, CANCEL, language="zh", input=of(order_id) | {"reason": ""})
    assert answer["errors"][0]["message"] == "reason：应为 1 到 400 个字符的文本（不含 NUL），收到的是 空文本。"


async def test_a_hint_says_how_much_more_in_the_readers_money() -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="10.00")
    await save_freight_rule(
        market.seller.viewer,
        client_key=new_key(),
        network_id=market.world.network_id,
        region_code=None,
        tax_class="vat1300",
        terms=FreightTerms(base_minor=20_00, free_above_minor=5_000_00),
    )
    said = {"sellerId": str(market.seller.company_id), "lines": lines((paint, "1", None))}
    for language, message in (
        ("zh-CN", "再购 4,990.00 元商品即可免运费。"),
        ("en", "4,990.00 CNY more, and delivery is free."),
    ):
        answer = await api.ask(market.buyer, HINTS, language=language, input=said)
        assert [hint["message"] for hint in answer["data"]["previewOrder"]["hints"]] == [message]


async def test_a_cart_is_previewed_with_who_fetches_it() -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="10.00")
    seller = str(market.seller.company_id)
    await change_cart(
        market.buyer.viewer,
        client_key=new_key(),
        seller_id=market.seller.company_id,
        expected_version=0,
        changes=[CartLineChange(paint, Decimal(1))],
    )
    (missing,) = (await api.data(market.buyer, CART, seller=seller))["cart"]["preview"]["problems"]
    assert missing["message"] == "Say who picks the goods up, and with which plate number."
    pickup = {"pickerName": "李四", "plateNumber": "粤A12345"}
    told = await api.data(market.buyer, CART, seller=seller, pickup=pickup)
    assert told["cart"]["preview"]["problems"] == []
