"""The goods travel: shipped in parts, followed by their carrier, signed for, and paid."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple

from app.tour import documents
from app.tour.client import expect, new_key
from app.tour.stage import Stage, credit_of, read_order, step

DOOR = "/webhooks/carriers/kuaidi100"
BEIJING = timezone(timedelta(hours=8))
TIMELINE = """
query Timeline($id: ID!) {
  shipment(id: $id) { status tracking { edges { node { code text } } } }
}
"""


class News(NamedTuple):
    """An entry of a parcel's history as Kuaidi100 writes it: hours before the tour, its state, and words."""

    hours: int
    state: str
    words: str


PICKED_UP = News(9, "1", "顺丰速运已收取快件")
MOVING = News(5, "0", "快件到达佛山转运中心")
OUT = News(1, "5", "快件正在派送途中")
ARRIVED = News(0, "3", "快件已签收，签收人：李敏")


@step("The buyer's phone goes to sleep; the warehouse ships a first part; the phone wakes and has missed nothing")
async def ship_while_asleep(stage: Stage) -> str:
    ear = stage.ears["buyer"]
    place_of_sleep = ear.heard[-1]["cursor"]
    await ear.close()
    line = stage.order["lines"][0]
    await _ship(stage, [{"lineId": line["id"], "quantity": "1"}])
    awake = await stage.people["buyer"].listen(after=place_of_sleep)
    stage.ears["buyer"] = awake
    await awake.until("OrderChanged", "shipped", stage.order["number"])
    cursors = [one["cursor"] for one in awake.heard]
    expect(len(cursors) == len(set(cursors)), "an event came twice")
    return f"{len(awake.heard)} missed events came once, in order; {stage.shipped[0]['number']} is on its way"


@step("The rest ships; what shipped is owed, what did not is still held")
async def ship_rest(stage: Stage) -> str:
    await _ship(stage, None)
    order = await read_order(stage.people["buyer"], stage)
    expect(order["fulfilmentStatus"] == "SHIPPED", f"{order['fulfilmentStatus']} after everything shipped")
    amounts = sum(Decimal(one["amount"]["amount"]) for one in stage.shipped)
    expect(amounts == Decimal(order["totals"]["gross"]["amount"]), "the shipments do not sum to the order")
    return f"two shipments of together {amounts}"


@step("The carrier pushes its news in the wrong order and one of them twice, somebody forges one: one timeline")
async def pushes(stage: Stage) -> str:
    buyer, shipment = stage.people["buyer"], stage.shipped[0]
    parcel = shipment["packages"][0]["trackingNumber"]
    sent = ([PICKED_UP, OUT], [PICKED_UP], [PICKED_UP], [PICKED_UP, MOVING])
    answers = [await _push(stage, parcel, history) for history in sent]
    forged = await _push(stage, parcel, [ARRIVED], salt="guessed")
    expect(answers == [200] * 4 and forged == 403, f"the door answers {answers} and {forged}")
    await stage.ears["buyer"].hears("three news of the parcel", lambda one: _news(one, shipment["number"]) == 3)
    found = (await buyer.ask(TIMELINE, id=shipment["id"]))["shipment"]
    codes = [edge["node"]["code"] for edge in reversed(found["tracking"]["edges"])]
    expect(codes == ["PICKED_UP", "IN_TRANSIT", "OUT_FOR_DELIVERY"], f"the timeline is {codes}")
    expect(found["status"] == "OUT_FOR_DELIVERY", f"the parcel is {found['status']}")
    words = " → ".join(edge["node"]["text"] for edge in reversed(found["tracking"]["edges"]))
    return f"four pushes acknowledged, the forged one refused with {forged}\nthe buyer's phone: {words}"


@step("The parcel arrives; the buyer signs for what came, line by line; the order is complete")
async def deliver(stage: Stage) -> str:
    shipment = stage.shipped[0]
    parcel = shipment["packages"][0]["trackingNumber"]
    expect(await _push(stage, parcel, [PICKED_UP, MOVING, OUT, ARRIVED]) == 200, "the push was not taken")
    await stage.ears["buyer"].hears(
        "the parcel to arrive",
        lambda one: _news(one, shipment["number"]) == 4 and one["shipment"]["status"] == "ARRIVED",
    )
    for one in stage.shipped:
        said = {"clientKey": new_key(), "shipmentId": one["id"]}
        signed = await stage.people["buyer"].act(documents.DELIVER, said)
        expect(signed["__typename"] == "ShipmentMoved", f"not signed: {signed}")
    order = await read_order(stage.people["buyer"], stage)
    expect(order["status"] == "COMPLETED", f"the order is {order['status']}")
    return f"{shipment['number']} has arrived, both are signed for, {stage.order['number']} is completed"


@step("Finance records the transfer; the credit is free again")
async def pay(stage: Stage) -> str:
    before = Decimal((await credit_of(stage.people["buyer"], stage.seller))["available"]["amount"])
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
    after = Decimal((await credit_of(stage.people["buyer"], stage.seller))["available"]["amount"])
    expect(after - before == Decimal(amount), f"{amount} was paid, {after - before} became free")
    return f"{amount} paid, available {before} → {after}"


async def _ship(stage: Stage, lines: list[dict[str, str]] | None) -> None:
    parcel = {"carrier": "顺丰", "trackingNumber": f"SF{secrets.randbelow(10**12):012}", "pieces": 1}
    said = {"clientKey": new_key(), "orderId": stage.order["id"], "lines": lines, "packages": [parcel]}
    shipped = await stage.people["storeman"].act(documents.SHIP, said)
    expect(shipped["__typename"] == "ShipmentMoved", f"not shipped: {shipped}")
    stage.shipped.append(shipped["shipment"])


async def _push(stage: Stage, number: str, history: Sequence[News], salt: str | None = None) -> int:
    """Push a history, newest first and in Beijing's time, as Kuaidi100 does; signed with the account's salt."""
    begun = stage.begun.astimezone(BEIJING)
    entries = [
        {
            "ftime": (begun - timedelta(hours=one.hours)).strftime("%Y-%m-%d %H:%M:%S"),
            "statusCode": one.state,
            "context": one.words,
            "areaName": "广东,佛山市",
        }
        for one in sorted(history)
    ]
    last = {"com": "shunfeng", "nu": number, "state": entries[0]["statusCode"], "data": entries}
    param = json.dumps({"status": "polling", "lastResult": last}, ensure_ascii=False)
    signed = param + (stage.carrier_salt if salt is None else salt)
    sign = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest().upper()
    answer = await stage.people["buyer"].http.post(DOOR, data={"sign": sign, "param": param})
    return answer.status_code


def _news(event: dict[str, Any], number: str) -> int:
    """How many entries a shipment's timeline has, as an event shows it; none for another document."""
    shipment = event.get("shipment") or {}
    return len(shipment["tracking"]["edges"]) if shipment.get("number") == number else 0
