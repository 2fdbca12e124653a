"""The steps of the tour, in order. Each says what somebody does, and returns what was seen."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.tour import documents
from app.tour.client import Ear, Person, expect, new_key

Step = Callable[["Stage"], Awaitable[str]]
STEPS: list[tuple[str, Step]] = []


@dataclass(slots=True)
class Stage:
    """Who takes part, and what they have in hand."""

    people: dict[str, Person]
    ears: dict[str, Ear] = field(default_factory=dict)
    seller: str = ""
    relation: str = ""
    ship_to: str = ""
    offers: list[dict[str, Any]] = field(default_factory=list)
    order: dict[str, Any] = field(default_factory=dict)
    shipped: list[dict[str, Any]] = field(default_factory=list)
    below: dict[str, Any] = field(default_factory=dict)


def step(title: str) -> Callable[[Step], Step]:
    """Add a step to the tour."""

    def add(function: Step) -> Step:
        STEPS.append((title, function))
        return function

    return add


@step("Yuecai's buyer opens the brand's mall and searches for 外墙")
async def search(stage: Stage) -> str:
    buyer = stage.people["buyer"]
    supplier = (await _suppliers(buyer))[0]
    stage.seller, stage.relation = supplier["seller"]["id"], supplier["id"]
    stage.ship_to = supplier["shipTos"]["edges"][0]["node"]["id"]
    found = await buyer.ask(documents.SEARCH, seller=stage.seller, search="外墙")
    offers = [edge["node"] for edge in found["storefront"]["offers"]["edges"]]
    stage.offers = [one for one in offers if one["quantityRule"]["minimum"] is None]
    expect(len(stage.offers) >= 3, "three paints should have been found")
    expect(all(one["price"]["state"] == "PRICED" for one in stage.offers), "an offer has no price")
    first = stage.offers[0]
    return f"{len(stage.offers)} offers, first {first['sku']['code']} {first['sku']['name']}"


@step("Each dealer sees its own price, and why (一客一价)")
async def own_prices(stage: Stage) -> str:
    code = stage.offers[0]["sku"]["code"]
    mine = await _price(stage.people["buyer"], stage.seller, code)
    theirs = await _price(stage.people["sibling"], stage.seller, code)
    expect(mine["amount"] != theirs["amount"], "two dealers with different terms see the same price")
    return f"{code}: Yuecai pays {mine['amount']} by {mine['list']}, Zhemei {theirs['amount']} by {theirs['list']}"


@step("An order with four mistakes is refused once, with all four and what would be valid")
async def all_problems_at_once(stage: Stage) -> str:
    buyer = stage.people["buyer"]
    roller = await _offer_by_search(buyer, stage.seller, "辊筒")
    lines = [
        {"skuId": stage.offers[0]["sku"]["id"], "quantity": "1000000"},
        {"skuId": roller["sku"]["id"], "quantity": "7"},
        {"skuId": "01900000-0000-7000-8000-000000000000", "quantity": "1"},
    ]
    asked = {"sellerId": stage.seller, "shipToId": stage.ship_to, "lines": lines}
    problems = {
        one["code"]: one for one in (await buyer.ask(documents.PREVIEW, input=asked))["previewOrder"]["problems"]
    }
    wanted = {"STOCK_SHORT", "QUANTITY_NOT_ALLOWED", "NOT_OFFERED", "CREDIT_SHORT"}
    expect(wanted <= set(problems), f"only {sorted(problems)} were named")
    rule = problems["QUANTITY_NOT_ALLOWED"]
    return f"{problems['STOCK_SHORT']['message']} {rule['message']} {problems['CREDIT_SHORT']['message']}"


@step("Two people of Yuecai edit one cart; the one who is late is told so")
async def cart(stage: Stage) -> str:
    buyer, owner = stage.people["buyer"], stage.people["dealer"]
    version = (await buyer.ask(documents.CART, seller=stage.seller))["storefront"]["cart"]["version"]
    lines = _twelve_of_each(stage)
    change = {"sellerId": stage.seller, "expectedVersion": version, "clear": True, "lines": lines}
    first = await buyer.act(documents.CHANGE_CART, {"clientKey": new_key(), **change})
    expect(first["__typename"] == "Cart", f"the cart was not changed: {first}")
    late = await owner.act(documents.CHANGE_CART, {"clientKey": new_key(), **change})
    expect(late["__typename"] == "CartChangedMeanwhile", "a lost update went unnoticed")
    return f"{len(first['lines'])} lines in the cart; to the other: {late['message']}"


@step("The buyer opens a socket, so does the brand's order desk")
async def listen(stage: Stage) -> str:
    for who in ("buyer", "clerk", "sibling"):
        stage.ears[who] = await stage.people[who].listen()
    return "three sockets follow live"


@step("The buyer orders the cart; sending it twice makes one order")
async def place(stage: Stage) -> str:
    buyer = stage.people["buyer"]
    stood = (await buyer.ask(documents.CART, seller=stage.seller))["storefront"]["cart"]
    asked = {"sellerId": stage.seller, "shipToId": stage.ship_to}
    preview = (
        await buyer.ask(
            documents.PREVIEW,
            input={**asked, "lines": _twelve_of_each(stage)},
        )
    )["previewOrder"]
    said = {
        "clientKey": new_key(),
        "order": asked,
        "cartVersion": stood["version"],
        "expectedTotal": preview["totals"]["gross"]["amount"],
    }
    first = await buyer.act(documents.PLACE, said)
    expect(first["__typename"] == "Order", f"refused: {first}")
    again = await buyer.act(documents.PLACE, said)
    expect(again["id"] == first["id"], "the same key made a second order")
    stage.order = first
    await stage.ears["buyer"].until("OrderChanged", "placed", first["number"])
    await stage.ears["clerk"].until("OrderChanged", "placed", first["number"])
    return f"order {first['number']} over {_money(first['totals']['gross'])}; the desk heard it at once"


@step("Its value is held on Yuecai's credit")
async def held(stage: Stage) -> str:
    credit = await _credit(stage.people["buyer"], stage.seller)
    pending = sum(Decimal(one["amount"]["amount"]) for one in credit["parts"] if one["kind"] == "PENDING")
    gross = Decimal(stage.order["totals"]["gross"]["amount"])
    expect(pending >= gross, f"{pending} is pending, less than the order's {gross}")
    return f"pending {pending}, available {credit['available']['amount']} of {credit['limit']['amount']}"


@step("The order desk confirms; the buyer hears it")
async def confirm(stage: Stage) -> str:
    expect("CONFIRM" in (await _order(stage.people["clerk"], stage))["allowedActions"], "the clerk may not confirm")
    said = {"clientKey": new_key(), "orderId": stage.order["id"], "expectedVersion": stage.order["version"]}
    done = await stage.people["clerk"].act(documents.CONFIRM, said)
    expect(done.get("status") == "CONFIRMED", f"not confirmed: {done}")
    await stage.ears["buyer"].until("OrderChanged", "confirmed", stage.order["number"])
    return f"{stage.order['number']} is confirmed"


@step("The buyer's phone goes to sleep; the warehouse ships a first part; the phone wakes and has missed nothing")
async def ship_while_asleep(stage: Stage) -> str:
    ear = stage.ears["buyer"]
    place_of_sleep = ear.heard[-1]["cursor"]
    await ear.close()
    line = stage.order["lines"][0]
    await _ship(stage, [{"lineId": line["id"], "quantity": "1"}], "SF-TOUR-1")
    awake = await stage.people["buyer"].listen(after=place_of_sleep)
    stage.ears["buyer"] = awake
    await awake.until("OrderChanged", "shipped", stage.order["number"])
    cursors = [one["cursor"] for one in awake.heard]
    expect(len(cursors) == len(set(cursors)), "an event came twice")
    return f"{len(awake.heard)} missed events came once, in order; {stage.shipped[0]['number']} is on its way"


@step("The rest ships; what shipped is owed, what did not is still held")
async def ship_rest(stage: Stage) -> str:
    await _ship(stage, None, "SF-TOUR-2")
    order = await _order(stage.people["buyer"], stage)
    expect(order["fulfilmentStatus"] == "SHIPPED", f"{order['fulfilmentStatus']} after everything shipped")
    amounts = sum(Decimal(one["amount"]["amount"]) for one in stage.shipped)
    expect(amounts == Decimal(order["totals"]["gross"]["amount"]), "the shipments do not sum to the order")
    return f"two shipments of together {amounts}"


@step("The carrier's news reach the buyer, who confirms what arrived; the order is complete")
async def deliver(stage: Stage) -> str:
    event = {
        "code": "IN_TRANSIT",
        "text": "已到达广州转运中心",
        "place": "广州",
        "at": datetime.now(UTC).isoformat(),
    }
    for shipment in stage.shipped:
        said = {"clientKey": new_key(), "shipmentId": shipment["id"], "events": [event]}
        tracked = await stage.people["storeman"].act(documents.TRACK, said)
        expect(tracked["__typename"] == "ShipmentMoved", f"not tracked: {tracked}")
    for shipment in stage.shipped:
        said = {"clientKey": new_key(), "shipmentId": shipment["id"]}
        arrived = await stage.people["buyer"].act(documents.DELIVER, said)
        expect(arrived["__typename"] == "ShipmentMoved", f"not confirmed: {arrived}")
    order = await _order(stage.people["buyer"], stage)
    expect(order["status"] == "COMPLETED", f"the order is {order['status']}")
    return f"{stage.order['number']} is completed"


@step("Finance records the transfer; the credit is free again")
async def pay(stage: Stage) -> str:
    before = Decimal((await _credit(stage.people["buyer"], stage.seller))["available"]["amount"])
    amount = stage.order["totals"]["gross"]["amount"]
    said = {
        "clientKey": new_key(),
        "relationId": stage.relation,
        "amount": amount,
        "method": "TRANSFER",
        "reference": f"tour {stage.order['number']}",
    }
    paid = await stage.people["finance"].act(documents.RECEIPT, said)
    expect(paid["__typename"] == "Receipt", f"not recorded: {paid}")
    after = Decimal((await _credit(stage.people["buyer"], stage.seller))["available"]["amount"])
    expect(after - before == Decimal(amount), f"{amount} was paid, {after - before} became free")
    return f"{amount} paid, available {before} → {after}"


@step("A level below: Shunmei orders from Yuecai, who confirms and ships with the very same acts")
async def level_below(stage: Stage) -> str:
    sub, dealer = stage.people["sub"], stage.people["dealer"]
    placed = await _order_something(sub, dealer.company_id)
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
    supplier = (await _suppliers(outlet))[0]
    seller = supplier["seller"]["id"]
    offer = await _offer_by_search(outlet, seller, "外墙 20L")
    before = await _credit(outlet, seller)
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
    after = await _credit(outlet, seller)
    expect(after == before, "a refused order changed the credit")
    return str(short["message"])


@step("An order is cancelled before it is confirmed; stock and credit are back")
async def cancel(stage: Stage) -> str:
    buyer = stage.people["buyer"]
    before = await _credit(buyer, stage.seller)
    placed = await _order_something(buyer, stage.seller)
    during = await _credit(buyer, stage.seller)
    expect(during["available"] != before["available"], "the order held nothing")
    said = {"clientKey": new_key(), "orderId": placed["id"], "reason": "ordered by mistake"}
    cancelled = await buyer.act(documents.CANCEL, said)
    expect(cancelled.get("status") == "CANCELLED", f"not cancelled: {cancelled}")
    expect(await _credit(buyer, stage.seller) == before, "the credit did not come back")
    await stage.ears["buyer"].until("OrderChanged", "cancelled", placed["number"])
    return f"{placed['number']} is cancelled, available {before['available']['amount']} again"


async def leave(stage: Stage) -> None:
    """Everybody hangs up."""
    await asyncio.gather(*(ear.close() for ear in stage.ears.values()))


def _twelve_of_each(stage: Stage) -> list[dict[str, str]]:
    return [{"skuId": one["sku"]["id"], "quantity": "12"} for one in stage.offers[:3]]


async def _suppliers(person: Person) -> list[dict[str, Any]]:
    found = (await person.ask(documents.SUPPLIERS))["viewer"]["suppliers"]["edges"]
    expect(found, f"{person.company} has no supplier")
    return [edge["node"] for edge in found]


async def _credit(person: Person, seller: str) -> dict[str, Any]:
    supplier = next(one for one in await _suppliers(person) if one["seller"]["id"] == seller)
    credit: dict[str, Any] = supplier["account"]["credit"]
    return credit


async def _price(person: Person, seller: str, code: str) -> dict[str, str]:
    offer = (await person.ask(documents.OFFER, seller=seller, sku=code))["storefront"]["offer"]
    won = next(one["listName"] for one in offer["price"]["trace"] if one["outcome"] == "CHOSEN")
    return {"amount": offer["price"]["unitPrice"]["amount"], "list": won}


async def _offer_by_search(person: Person, seller: str, search_for: str) -> dict[str, Any]:
    found = (await person.ask(documents.SEARCH, seller=seller, search=search_for))["storefront"]["offers"]["edges"]
    expect(found, f"{person.company} finds no {search_for}")
    offer: dict[str, Any] = found[0]["node"]
    return offer


async def _order_something(person: Person, seller: str) -> dict[str, Any]:
    """A small order of whatever is there, above the order minimum."""
    supplier = next(one for one in await _suppliers(person) if one["seller"]["id"] == seller)
    ship_to = supplier["shipTos"]["edges"][0]["node"]["id"]
    found = (await person.ask(documents.SEARCH, seller=seller, search="乳胶漆"))["storefront"]["offers"]["edges"]
    there = [edge["node"] for edge in found if Decimal(edge["node"]["availability"]["quantity"] or "0") >= 24]
    lines = [{"skuId": one["sku"]["id"], "quantity": "24"} for one in there[:3]]
    asked = {"sellerId": seller, "shipToId": ship_to, "lines": lines}
    preview = (await person.ask(documents.PREVIEW, input=asked))["previewOrder"]
    expect(not preview["problems"], f"{person.company} cannot order: {preview['problems']}")
    total = preview["totals"]["gross"]["amount"]
    placed = await person.act(documents.PLACE, {"clientKey": new_key(), "order": asked, "expectedTotal": total})
    expect(placed["__typename"] == "Order", f"refused: {placed}")
    return placed


async def _order(person: Person, stage: Stage) -> dict[str, Any]:
    order: dict[str, Any] = (await person.ask(documents.ORDER, id=stage.order["id"]))["order"]
    return order


async def _ship(stage: Stage, lines: list[dict[str, str]] | None, tracking_number: str) -> None:
    said = {
        "clientKey": new_key(),
        "orderId": stage.order["id"],
        "lines": lines,
        "carrier": "SF",
        "trackingNumber": tracking_number,
    }
    shipped = await stage.people["storeman"].act(documents.SHIP, said)
    expect(shipped["__typename"] == "ShipmentMoved", f"not shipped: {shipped}")
    stage.shipped.append(shipped["shipment"])


def _money(amount: dict[str, str]) -> str:
    return f"{amount['amount']} {amount['currency']}"


def _code(answer: dict[str, Any]) -> str | None:
    errors = answer.get("errors") or [{}]
    code: str | None = errors[0].get("extensions", {}).get("code")
    return code
