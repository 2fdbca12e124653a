"""A dealer orders: search, own prices, a refusal that says everything, a cart, an order, its money."""

from decimal import Decimal

from app.tour import documents, inbox
from app.tour.client import Person, expect, new_key
from app.tour.stage import Stage, credit_of, money, offer_by_search, step, suppliers


@step("Yuecai's buyer opens the brand's mall and searches for 外墙")
async def search(stage: Stage) -> str:
    buyer = stage.people["buyer"]
    supplier = (await suppliers(buyer))[0]
    stage.seller, stage.relation = supplier["seller"]["id"], supplier["id"]
    stage.network = supplier["network"]["id"]
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
    roller = await offer_by_search(buyer, stage.seller, "辊筒")
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


@step("Phones and desks open their sockets; two of them follow their inbox as well")
async def listen(stage: Stage) -> str:
    for who in ("buyer", "clerk", "sibling", "channel", "sub", "phone"):
        stage.ears[who] = await stage.people[who].listen()
    for who in ("clerk", "phone"):
        stage.inboxes[who] = await stage.people[who].listen(document=inbox.FOLLOW)
    return f"{len(stage.ears) + len(stage.inboxes)} sockets follow live"


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
    return f"order {first['number']} over {money(first['totals']['gross'])}; the desk heard it at once"


@step("Its value is held on Yuecai's credit")
async def held(stage: Stage) -> str:
    credit = await credit_of(stage.people["buyer"], stage.seller)
    pending = sum(Decimal(one["amount"]["amount"]) for one in credit["parts"] if one["kind"] == "PENDING")
    gross = Decimal(stage.order["totals"]["gross"]["amount"])
    expect(pending >= gross, f"{pending} is pending, less than the order's {gross}")
    return f"pending {pending}, available {credit['available']['amount']} of {credit['limit']['amount']}"


def _twelve_of_each(stage: Stage) -> list[dict[str, str]]:
    return [{"skuId": one["sku"]["id"], "quantity": "12"} for one in stage.offers[:3]]


async def _price(person: Person, seller: str, code: str) -> dict[str, str]:
    offer = (await person.ask(documents.OFFER, seller=seller, sku=code))["storefront"]["offer"]
    won = next(one["listName"] for one in offer["price"]["trace"] if one["outcome"] == "CHOSEN")
    return {"amount": offer["price"]["unitPrice"]["amount"], "list": won}
