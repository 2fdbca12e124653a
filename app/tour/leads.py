"""A lead (线索): one dealer lets it lapse, the next one takes it and makes an order of it."""

import secrets
from typing import Any

from app.tour.client import Person, expect, new_key
from app.tour.stage import Stage, order_something, step

SHORT_S = 2
"""So long may the first dealer think about it: the tour has no half an hour."""
HOURS = "networkId timeZone weekdays opensMinute closesMinute holidays extraDays acceptSeconds mostLapses stagnantDays"
SETTINGS = f"query Settings($network: ID!) {{ leadSettings(networkId: $network) {{ version {HOURS} }} }}"
SAVE_SETTINGS = """
mutation SaveSettings($input: SaveLeadSettingsInput!) {
  saveLeadSettings(input: $input) { __typename ... on LeadSettings { acceptSeconds } ... on Refused { message } }
}
"""
LEAD_FIELDS = """
fragment LeadFields on Lead {
  id
  status
  stage
  contact { isRevealed name phone note }
  offer { dealer { name } deadlineAt }
  orderNumber
}
"""
LEAD = "query Lead($id: ID!) { lead(id: $id) { ...LeadFields } }" + LEAD_FIELDS
SUBMIT = (
    """
mutation Submit($input: SubmitLeadInput!) {
  submitLead(input: $input) { __typename ... on LeadSubmitted { lead { ...LeadFields } } ... on Refused { message } }
}
"""
    + LEAD_FIELDS
)
ACCEPT = (
    "mutation Accept($input: AcceptLeadInput!) { acceptLead(input: $input) { __typename ...LeadFields } }" + LEAD_FIELDS
)
FOLLOW = (
    "mutation Follow($input: FollowLeadInput!) { followLead(input: $input) { __typename ...LeadFields } }" + LEAD_FIELDS
)
WIN = "mutation Win($input: WinLeadInput!) { winLead(input: $input) { __typename ...LeadFields } }" + LEAD_FIELDS
DEALERS = """
query Dealers($network: ID!) {
  leadDealers(networkId: $network, first: 20) { edges { node { dealer { name } offered lapsed won responseRateBp } } }
}
"""


@step("A lead from Foshan comes in: Shunmei, whose territory is the narrowest, is asked at once and has two seconds")
async def come(stage: Stage) -> str:
    usual = (await stage.people["brand"].ask(SETTINGS, network=stage.network))["leadSettings"]
    usual.pop("version")
    around_the_clock = {"weekdays": [1, 2, 3, 4, 5, 6, 7], "opensMinute": 0, "closesMinute": 1440, "holidays": []}
    try:
        await _settle(stage, {**usual, **around_the_clock, "acceptSeconds": SHORT_S})
        stage.lead = await _submit(stage)
    finally:
        await _settle(stage, usual)  # what is offered keeps its deadline
    asked = stage.lead["offer"]["dealer"]["name"]
    expect(asked == stage.people["sub"].company, f"{asked} was asked")
    heard = (await stage.ears["sub"].until("LeadChanged", "offered", stage.lead["id"]))["lead"]
    expect("**" in heard["contact"]["name"], "who it is shows before anybody accepted")
    foreign = await stage.people["phone"].answer(LEAD, id=stage.lead["id"])
    expect(foreign["errors"][0]["extensions"]["code"] == "NOT_FOUND", "another dealer sees the lead")
    who, until = heard["contact"], stage.lead["offer"]["deadlineAt"]
    return f"{asked} hears: {who['name']} {who['phone']}, until {until}"


@step("Shunmei does not answer: the offer lapses by itself, and Yuecai's owner is asked on the phone")
async def lapse(stage: Stage) -> str:
    gone = (await stage.ears["sub"].until("LeadChanged", "recalled", stage.lead["id"]))["lead"]
    expect(gone["status"] == "GONE", f"to Shunmei the lead is {gone['status']}")
    offered = (await stage.ears["phone"].until("LeadChanged", "offered", stage.lead["id"]))["lead"]
    news = await stage.inboxes["phone"].hears(
        "a notification of the lead", lambda one: one["notification"]["kind"] == "LEAD_OFFERED"
    )
    return f"to Shunmei it is {gone['status']}, to Yuecai {offered['status']}: {news['notification']['text']}"


@step("The owner accepts, sees who it is, quotes, and orders for the customer: the lead is won")
async def win(stage: Stage) -> str:
    owner, one = stage.people["phone"], {"leadId": stage.lead["id"]}
    accepted = await _do(owner, ACCEPT, one)
    expect(accepted["contact"]["isRevealed"], "who it is stays masked")
    followed = await _do(owner, FOLLOW, {**one, "stage": "QUOTED", "note": "已上门量房并报价"})
    expect(followed["stage"] == "QUOTED", f"the lead is at {followed['stage']}")
    stage.order_of_lead = await order_something(owner, stage.seller)
    won = await _do(owner, WIN, {**one, "orderId": stage.order_of_lead["id"]})
    expect(won["status"] == "WON", f"the lead is {won['status']}")
    heard = (await stage.ears["channel"].until("LeadChanged", "won", stage.lead["id"]))["lead"]
    expect(heard["orderNumber"] == stage.order_of_lead["number"], "the brand does not hear which order it became")
    found = (await stage.people["channel"].ask(DEALERS, network=stage.network))["leadDealers"]["edges"]
    dealers = {edge["node"]["dealer"]["name"]: edge["node"] for edge in found}
    lapsed, gained = dealers[stage.people["sub"].company]["lapsed"], dealers[owner.company]["won"]
    expect(lapsed >= 1 and gained >= 1, f"the counters say {dealers}")
    contact = accepted["contact"]
    return (
        f"{contact['name']} {contact['phone']}: {contact['note']}\n"
        f"the channel manager hears: won, order {heard['orderNumber']}; Shunmei let {lapsed} lapse, Yuecai won {gained}"
    )


async def _settle(stage: Stage, settings: dict[str, Any]) -> None:
    saved = await stage.people["brand"].act(SAVE_SETTINGS, {"clientKey": new_key(), **settings})
    expect(saved["__typename"] == "LeadSettings", f"not saved: {saved}")


async def _submit(stage: Stage) -> dict[str, Any]:
    person = {
        "name": "刘佳宁",
        "phone": f"139{secrets.randbelow(10**8):08}",
        "note": "老房外墙翻新 120 平方米，想看样板",
    }
    lead = {"source": "website", "campaign": "autumn fair 秋季家装节", "regionCode": "440605", "category": "exterior"}
    said = {"clientKey": new_key(), "networkId": stage.network, "lead": {**lead, **person}}
    submitted = await stage.people["channel"].act(SUBMIT, said)
    expect(submitted["__typename"] == "LeadSubmitted", f"not taken in: {submitted}")
    found: dict[str, Any] = submitted["lead"]
    return found


async def _do(person: Person, document: str, said: dict[str, Any]) -> dict[str, Any]:
    """An act on a lead; a refusal fails the step."""
    done = await person.act(document, {"clientKey": new_key(), **said})
    expect(done["__typename"] == "Lead", f"refused: {done}")
    return done
