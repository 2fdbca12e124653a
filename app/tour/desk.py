"""The order desk: what waits, a smaller quantity that the buyer accepts, and many orders at once."""

from app.tour import documents
from app.tour.client import expect, new_key
from app.tour.stage import Stage, credit_of, money, step

COUNTS = """
query Counts($filter: WorklistFilter) { backoffice { worklistCounts(filter: $filter) { status count } } }
"""
PROPOSE = (
    """
mutation Propose($input: ProposeOrderChangeInput!) {
  proposeOrderChange(input: $input) { __typename ...OrderFields ... on Refused { code message } }
}
"""
    + documents.ORDER_FIELDS
)
CHANGES = """
query Changes($id: ID!) {
  order(id: $id) {
    allowedActions
    changes {
      status
      reason
      before { gross { amount currency } }
      after { gross { amount currency } }
      lines { skuCode unitName before { quantity } after { quantity } }
    }
  }
}
"""
ACCEPT = (
    """
mutation Accept($input: AcceptOrderChangeInput!) {
  acceptOrderChange(input: $input) { __typename ...OrderFields ... on Refused { message } }
}
"""
    + documents.ORDER_FIELDS
)
CONFIRM_MANY = """
mutation ConfirmMany($input: ConfirmOrdersInput!) {
  confirmOrders(input: $input) {
    __typename
    confirmed
    results { order { number status } problem { ... on Refused { code message } } }
  }
}
"""
WATCHED = ["SUBMITTED", "CHANGE_PROPOSED", "CONFIRMED"]
FEWER = "8"


async def counted(stage: Stage) -> dict[str, int]:
    """How many of Yuecai's orders are in which state, as the clerk's worklist says."""
    wanted = {"buyerId": stage.people["buyer"].company_id, "statuses": WATCHED}
    found = (await stage.people["clerk"].ask(COUNTS, filter=wanted))["backoffice"]["worklistCounts"]
    return {one["status"]: one["count"] for one in found}


@step("The clerk's worklist counts it, and the inbox of the clerk says so")
async def waits(stage: Stage) -> str:
    number = stage.order["number"]
    news = await stage.inboxes["clerk"].hears(
        "a notification of the order", lambda one: number in one["notification"]["text"]
    )
    stage.waiting = await counted(stage)
    expect(stage.waiting["SUBMITTED"] >= 1, "the worklist does not count the order")
    expect(news["unread"] >= 1, "nothing is unread")
    return f"{_listed(stage.waiting)}; unread {news['unread']}: {news['notification']['text']}"


@step("The clerk has only 8 of 12: proposes that, and may not take 500 off besides")
async def propose(stage: Stage) -> str:
    clerk, line = stage.people["clerk"], stage.order["lines"][0]
    said = {
        "orderId": stage.order["id"],
        "expectedVersion": stage.order["version"],
        "reason": "本周只到货 8 件 only 8 arrived this week",
        "lines": [{"lineId": line["id"], "quantity": FEWER}],
    }
    beyond = await clerk.act(PROPOSE, {"clientKey": new_key(), **said, "roundOff": "500"})
    expect(beyond.get("code") == "DISCOUNT_BEYOND_LIMIT", f"a clerk may take 500 off: {beyond}")
    proposed = await clerk.act(PROPOSE, {"clientKey": new_key(), **said})
    expect(proposed.get("status") == "CHANGE_PROPOSED", f"not proposed: {proposed}")
    await stage.ears["buyer"].until("OrderChanged", "change_proposed", stage.order["number"])
    after, before = await counted(stage), stage.waiting
    expect(after["CHANGE_PROPOSED"] == before["CHANGE_PROPOSED"] + 1, "the worklist does not count the change")
    stage.waiting = after
    return f"{beyond['message']}\n{_listed(after)}; the buyer heard it"


@step("The buyer reads before and after, and accepts: the order is smaller, confirmed, and holds less credit")
async def accept(stage: Stage) -> str:
    buyer = stage.people["buyer"]
    order = (await buyer.ask(CHANGES, id=stage.order["id"]))["order"]
    expect("ACCEPT_CHANGE" in order["allowedActions"], "the buyer may not accept")
    (change,) = order["changes"]
    (line,) = change["lines"]
    available = (await credit_of(buyer, stage.seller))["available"]["amount"]
    accepted = await buyer.act(ACCEPT, {"clientKey": new_key(), "orderId": stage.order["id"]})
    expect(accepted.get("status") == "CONFIRMED", f"not accepted: {accepted}")
    expect(accepted["lines"][0]["ordered"] == FEWER, "the order is not smaller")
    stage.order = accepted
    await stage.ears["clerk"].until("OrderChanged", "change_accepted", accepted["number"])
    counts, freed = await counted(stage), (await credit_of(buyer, stage.seller))["available"]["amount"]
    expect(counts["CONFIRMED"] == stage.waiting["CONFIRMED"] + 1, "the worklist does not count it as confirmed")
    return (
        f"{line['skuCode']} {line['before']['quantity']} → {line['after']['quantity']} {line['unitName']}, "
        f"{money(change['before']['gross'])} → {money(change['after']['gross'])}\n"
        f"{_listed(counts)}; the clerk heard it; available {available} → {freed}"
    )


@step("The clerk confirms what still waits, many at once, each for itself")
async def confirm_many(stage: Stage) -> str:
    ids = [stage.order_of_lead["id"], stage.cancelled["id"]]
    said = {"clientKey": new_key(), "orderIds": ids}
    done = await stage.people["clerk"].act(CONFIRM_MANY, said)
    first, second = done["results"]
    expect(done["confirmed"] == 1 and first["order"]["status"] == "CONFIRMED", f"not confirmed: {done}")
    expect(second["problem"]["code"] == "MOVE_NOT_ALLOWED", f"a cancelled order was confirmed: {second}")
    await stage.ears["buyer"].until("OrderChanged", "confirmed", first["order"]["number"])
    return f"{first['order']['number']} is confirmed; the other: {second['problem']['message']}"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{status} {counts.get(status, 0)}" for status in WATCHED)
