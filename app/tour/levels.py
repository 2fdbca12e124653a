"""The levels of the channel: the same acts below, who sees what, and orders that come to nothing."""

from decimal import Decimal
from typing import Any

from app.tour import documents
from app.tour.client import expect, new_key
from app.tour.stage import Stage, credit_of, offer_by_search, order_something, step, suppliers


@step("A level below: Shunmei orders from Yuecai, who confirms and ships with the very same acts")
async def level_below(stage: Stage) -> str:
    sub, dealer = stage.people["sub"], stage.people["dealer"]
    placed = await order_something(sub, dealer.company_id)
    stage.below = placed
    confirmed = await dealer.act(documents.CONFIRM, {"clientKey": new_key(), "orderId": placed["id"]})
    expect(confirmed.get("status") == "CONFIRMED", f"not confirmed: {confirmed}")
    shipped = await dealer.act(documents.SHIP, {"clientKey": new_key(), "orderId": placed["id"]})
    expect(shipped["__typename"] == "ShipmentMoved", f"not shipped: {shipped}")
    customers = (await dealer.ask(documents.CUSTOMERS))["backoffice"]["customers"]["edges"]
    relation = next(one["node"] for one in customers if one["node"]["buyer"]["name"] == sub.company)
    said = {
        "clientKey": new_key(),
        "relationId": relation["id"],
        "amount": placed["totals"]["gross"]["amount"],
        "method": "CASH",
        "reference": "tour",
    }
    expect((await dealer.act(documents.RECEIPT, said))["__typename"] == "Receipt", "not paid")
    return f"order {placed['number']} of {sub.company}, shipped and paid"


@step("The brand sees that order without money; a sibling sees nothing")
async def who_sees_what(stage: Stage) -> str:
    number, order_id = stage.below["number"], stage.below["id"]
    await stage.ears["clerk"].until("ChannelOrderChanged", "shipped", number)
    seen = (await stage.people["clerk"].ask(documents.CHANNEL_ORDER, id=order_id))["channelOrder"]
    expect(seen["lines"] and seen["totals"] is None, "the brand sees money that is not its own")
    brand = await stage.people["clerk"].answer(documents.ORDER, id=order_id)
    expect(_code(brand) == "NOT_FOUND", "the brand reads an order that is not its own")
    for document in (documents.ORDER, documents.CHANNEL_ORDER):
        foreign = await stage.people["sibling"].answer(document, id=order_id)
        expect(_code(foreign) == "NOT_FOUND", "a sibling sees a foreign order")
    numbers = {(one.get("order") or {}).get("number") for one in stage.ears["sibling"].heard}
    expect(not numbers & {number, stage.order["number"]}, "a sibling heard of a foreign order")
    return f"{number}: {seen['buyer']['name']} from {seen['seller']['name']}, no totals; Zhemei: not found"


@step("An outlet orders beyond its credit, is told by how much, and nothing is changed")
async def credit_short(stage: Stage) -> str:
    outlet = stage.people["outlet"]
    supplier = (await suppliers(outlet))[0]
    seller = supplier["seller"]["id"]
    offer = await offer_by_search(outlet, seller, "外墙 20L")
    before = await credit_of(outlet, seller)
    price, available = Decimal(offer["price"]["unitPrice"]["amount"]), Decimal(before["available"]["amount"])
    quantity = min(int(available / price) + 2, int(Decimal(offer["availability"]["quantity"])))
    lines = [{"skuId": offer["sku"]["id"], "quantity": str(quantity)}]
    for other in stage.offers:
        lines.append({"skuId": other["sku"]["id"], "quantity": "60"})
    asked = {"sellerId": seller, "shipToId": supplier["shipTos"]["edges"][0]["node"]["id"], "lines": lines}
    said = {"clientKey": new_key(), "order": asked, "expectedTotal": "0", "acceptPriceChanges": True}
    refused = await outlet.act(documents.PLACE, said)
    expect(refused["__typename"] == "OrderRefused", "an order beyond the credit was accepted")
    short = next((one for one in refused["problems"] if one["code"] == "CREDIT_SHORT"), None)
    expect(short is not None, f"refused for {[one['code'] for one in refused['problems']]} only")
    assert short is not None
    after = await credit_of(outlet, seller)
    expect(after == before, "a refused order changed the credit")
    return str(short["message"])


@step("An order is cancelled before it is confirmed; stock and credit are back")
async def cancel(stage: Stage) -> str:
    buyer = stage.people["buyer"]
    before = await credit_of(buyer, stage.seller)
    placed = await order_something(buyer, stage.seller)
    during = await credit_of(buyer, stage.seller)
    expect(during["available"] != before["available"], "the order held nothing")
    said = {"clientKey": new_key(), "orderId": placed["id"], "reason": "ordered by mistake"}
    cancelled = await buyer.act(documents.CANCEL, said)
    expect(cancelled.get("status") == "CANCELLED", f"not cancelled: {cancelled}")
    stage.cancelled = cancelled
    expect(await credit_of(buyer, stage.seller) == before, "the credit did not come back")
    await stage.ears["buyer"].until("OrderChanged", "cancelled", placed["number"])
    return f"{placed['number']} is cancelled, available {before['available']['amount']} again"


def _code(answer: dict[str, Any]) -> str | None:
    errors = answer.get("errors") or [{}]
    code: str | None = errors[0].get("extensions", {}).get("code")
    return code
