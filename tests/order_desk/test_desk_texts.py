"""What the desk and the dealer read when the desk is refused: each in its own language, and true for whoever reads."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.network.roles import Role
from app.ordering.amendment import LineChange
from app.ordering.asked_change import AskedChange
from app.ordering.propose_change import propose_change
from tests.api import Api
from tests.order_desk.changing import cancel, line_ids, propose
from tests.ordering.market import Market, open_market
from tests.ordering_lifecycle.orders import Goods, line_rows, open_shop
from tests.scenarios.people import mutation
from tests.worlds import Party, new_key, ship_to

pytestmark = pytest.mark.usefixtures("database")


async def read(api: Api, party: Party, act: str, **said: Any) -> tuple[str, str]:
    """The same refusal in English and in Chinese."""
    texts = []
    for language in ("en", "zh-CN"):
        value = {"clientKey": new_key(), **said}
        answer = await api.ask(party, mutation(act, ""), language=language, input=value)
        texts.append(answer["errors"][0]["message"] if "errors" in answer else answer["data"][act]["message"])
    return texts[0], texts[1]


async def test_what_a_clerk_reads_of_a_change_that_cannot_be_proposed() -> None:
    api, shop = Api(), await open_shop()
    order_id = await shop.place([Goods("10", 100000)], freight=1000)
    (line,) = await line_ids(order_id)
    sku = (await line_rows(order_id))[0]["sku_code"]

    async def refused(**said: Any) -> tuple[str, str]:
        return await read(api, shop.clerk, "proposeOrderChange", orderId=str(order_id), reason="x", **said)

    def lines(**said: str) -> list[dict[str, str]]:
        return [{"lineId": str(line), **said}]

    assert await refused(lines=lines(quantity="11")) == (
        "lines[0].quantity: expected 0 to 10, never more, got 11.",
        "lines[0].quantity：应为 0 至 10（只减不增），收到的是 11。",
    )
    assert await refused(lines=lines(quantity="7.5")) == (
        "lines[0].quantity: expected a whole number of pieces, got 7.5.",
        "lines[0].quantity：应为整数（单位：个），收到的是 7.5。",
    )
    assert await refused(lines=lines(quantity="0")) == (
        "lines: expected at least one line that keeps a quantity, got 0.",
        "lines：应为至少保留一行有数量的商品，收到的是 0。",
    )
    assert await refused(freight="20") == (
        (
            "The change makes something dearer: the total goes from 1,010.00 CNY to 1,020.00 CNY. Allow that, or "
            "change less."
        ),
        "该变更会提高总额、运费或单价（总额由 1,010.00 元 变为 1,020.00 元），请明确允许涨价或修改变更内容。",
    )
    assert await refused(roundOff="5000") == (
        "A discount of 5,000.00 CNY is more than the open lines are worth: at most 1,000.00 CNY.",
        "优惠金额 5,000.00 元超过订单剩余部分的金额，最多 1,000.00 元。",
    )
    assert await refused(shipToId=str(await ship_to(shop.seller))) == (
        "The order was not changed. This ship-to address is not one of the buyer's.",
        "订单未变更。该收货地址不存在或不属于采购方。",
    )
    await cancel(shop, order_id, (line, "2"))
    assert await refused(lines=lines(unitPrice="90")) == (
        f"{sku}: its price stays, because a part of it (2 pieces) was cancelled at that price. Lower its quantity.",
        f"{sku}：已有 2 个按原单价取消，单价不能再改，可减少数量。",
    )
    await propose(shop, order_id, AskedChange([LineChange(line, Decimal(4))]))
    assert await refused(lines=lines(quantity="3")) == (
        (
            "This order is waiting for the buyer to answer a change: proposing a change is not possible. Possible now: "
            "withdrawing the change."
        ),
        "该订单当前状态为“变更待买方确认”，不能执行“发起变更”。现在可以进行的操作：撤回变更。",
    )


async def test_what_a_dealer_reads_of_a_change_that_it_cannot_accept() -> None:
    api, market = Api(), await open_market(credit=100_00)
    order_id = await market.place([(await market.sku("PAINT", price="10.00"), "10")])
    (line,) = await line_ids(order_id)
    answer = {"orderId": str(order_id)}
    assert await read(api, market.buyer, "acceptOrderChange", **answer) == (
        "This order is waiting for confirmation: accepting the change is not possible. Possible now: cancelling.",
        "该订单当前状态为“待确认”，不能执行“接受变更”。现在可以进行的操作：取消。",
    )
    dearer = AskedChange([LineChange(line, None, Decimal("10.50"))], dearer=True)
    await propose_change(market.seller.viewer, order_id=order_id, change=dearer, reason="rise", client_key=new_key())
    assert await read(api, market.buyer, "acceptOrderChange", **answer) == (
        "The order was not changed. The credit is 5.00 CNY short: the order needs 105.00 CNY, 100.00 CNY is available.",
        "订单未变更。授信额度不足：本单需要 105.00 元，可用 100.00 元，还差 5.00 元。",
    )
    storeman = await market.world.member(market.buyer, [Role.WAREHOUSE])
    assert await read(api, storeman, "acceptOrderChange", **answer) == (
        "Your role does not allow placing orders.",
        "您的角色没有此权限：下单。",
    )


async def on_behalf(api: Api, market: Market, lines: list[tuple[UUID, str]], **order: Any) -> tuple[str, str]:
    asked = [{"skuId": str(sku), "quantity": quantity} for sku, quantity in lines]
    return await read(
        api,
        market.seller,
        "placeOnBehalf",
        buyerId=str(market.buyer.company_id),
        order={"sellerId": str(market.seller.company_id), "lines": asked, **order},
        expectedTotal="0",
        acceptPriceChanges=True,
    )


async def test_what_a_clerk_reads_who_orders_for_a_buyer_is_not_about_the_clerk() -> None:
    api, market = Api(), await open_market(credit=50_00)
    paint = await market.sku("PAINT", price="10.00")
    secret = await market.sku("SECRET", price="10.00", listed=False)
    assert await on_behalf(api, market, [(paint, "6")]) == (
        "The order was not placed. The credit is 10.00 CNY short: the order needs 60.00 CNY, 50.00 CNY is available.",
        "订单未提交。授信额度不足：本单需要 60.00 元，可用 50.00 元，还差 10.00 元。",
    )
    assert await on_behalf(api, market, [(secret, "1")]) == (
        "The order was not placed. The seller does not offer what line 1 asks for.",
        "订单未提交。第 1 行的商品不在供应商的供应范围内。",
    )
    mine = str(await ship_to(market.seller))
    assert await on_behalf(api, market, [(paint, "1")], shipToId=mine) == (
        "The order was not placed. This ship-to address is not one of the buyer's.",
        "订单未提交。该收货地址不存在或不属于采购方。",
    )
