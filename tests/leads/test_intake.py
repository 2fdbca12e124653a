"""Leads come in: the same one twice, the same person twice, several at once, what is refused, and the closed door."""

import asyncio
from uuid import UUID

import pytest

from app import database
from app.network.roles import Role
from app.network.rules import Scope
from app.settings import settings
from tests.leads.desk import LEAD, SUBMIT, document, facts, open_desk
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")

SEVERAL = f"""mutation($input: SubmitLeadsInput!) {{ submitLeads(input: $input) {{ __typename
    ... on LeadsSubmitted {{ rows {{ position wasKnown code field expected message lead {{ {LEAD} }} }} }}
    ... on Refused {{ code }} }} }}"""


async def leads_of(network_id: str) -> int:
    row = await database.row("SELECT count(*) AS n FROM lead WHERE network_id = $1", UUID(network_id))
    assert row is not None
    count: int = row["n"]
    return count


async def test_the_same_source_and_id_is_the_same_lead_and_the_same_key_the_same_request() -> None:
    desk = await open_desk()
    key, phone = new_key(), desk.phone()
    first = await desk.answer(key=key, externalId="7", phone=phone)
    again = await desk.answer(key=key, externalId="7", phone=phone)
    other_words = await desk.answer(externalId="7", name="别人", phone=desk.phone())
    assert [one["wasKnown"] for one in (first, again, other_words)] == [False, True, True]
    assert {one["lead"]["id"] for one in (first, again, other_words)} == {first["lead"]["id"]}
    assert other_words["lead"]["contact"]["name"] == "王小明"
    assert (await desk.answer(key=key, externalId="8", phone=phone))["code"] == "KEY_REUSED"
    assert (await desk.answer(externalId="7", source="fair", phone=desk.phone()))["wasKnown"] is False
    assert await leads_of(desk.network_id) == 2
    assert await desk.timeline(first["lead"]["id"]) == ["offered"]


async def test_the_same_person_again_is_linked_to_the_first_while_that_is_alive() -> None:
    desk = await open_desk()
    first = await desk.submit(phone="13911112222", email="li@example.com")
    dealer = desk.holder(first)
    by_phone = await desk.submit(phone="+86 139 1111 2222", externalId="b")
    by_mail = await desk.submit(phone=None, email="LI@example.com")
    for repeated in (by_phone, by_mail):
        assert (repeated["status"], repeated["duplicateOfId"], repeated["offer"]) == ("DUPLICATE", first["id"], None)
        assert repeated["allowedActions"] == []
    assert (await desk.read(desk.brand, first["id"]))["repeats"] == 2
    assert (await desk.read(dealer, first["id"]))["repeats"] is None
    both = frozenset({desk.brand.company_id, dealer.company_id})
    assert await facts(first["id"]) == [("offered", both), ("repeated", both), ("repeated", both)]
    assert await facts(by_phone["id"]) == [("duplicate", frozenset({desk.brand.company_id}))]

    await desk.does(dealer, "acceptLead", leadId=first["id"])
    await desk.does(dealer, "loseLead", leadId=first["id"], reason="NO_NEED")
    returned = await desk.submit(phone="139-1111-2222")
    assert (returned["status"], returned["duplicateOfId"]) == ("OFFERED", None)


async def test_the_same_person_at_the_same_moment_is_one_lead_and_its_duplicates() -> None:
    desk = await open_desk(dealers=3)
    phone = desk.phone()
    several = await asyncio.gather(*(desk.submit(phone=phone) for _ in range(12)))
    originals = [one for one in several if one["status"] == "OFFERED"]
    assert len(originals) == 1
    assert {one["duplicateOfId"] for one in several if one["status"] == "DUPLICATE"} == {originals[0]["id"]}
    same = await asyncio.gather(*(desk.answer(externalId="one", phone=desk.phone()) for _ in range(12)))
    assert len({one["lead"]["id"] for one in same}) == 1
    assert sorted(one["wasKnown"] for one in same) == [False] + [True] * 11


async def test_what_cannot_be_is_refused_without_a_trace_and_without_being_repeated() -> None:
    desk = await open_desk()
    before = await leads_of(desk.network_id)
    for said, field in (
        ({"phone": "99999"}, "phone"),
        ({"phone": None}, "phone"),
        ({"email": "nobody at nowhere"}, "email"),
        ({"name": " "}, "name"),
        ({"note": "x" * 2001}, "note"),
    ):
        refused = await desk.answer(**said)
        assert (refused["code"], refused["field"]) == ("CONTACT_NOT_VALID", field)
        assert "99999" not in str(refused)
        assert "nobody" not in str(refused)
    for wrong in ({"regionCode": "9999"}, {"category": "nothing"}, {"source": ""}):
        lead = {"source": "website", "name": "王", "phone": desk.phone(), **wrong}
        asked = {"clientKey": new_key(), "networkId": desk.network_id, "lead": lead}
        assert await desk.api.code(desk.brand, SUBMIT, input=asked) == "BAD_REQUEST"
    foreign = await open_desk()
    asked = {"clientKey": new_key(), "networkId": foreign.network_id, "lead": {**lead, "source": "x"}}
    assert await desk.api.code(desk.brand, SUBMIT, input=asked) == "NOT_FOUND"
    assert await desk.api.code(desk.dealers[0], SUBMIT, input=asked) == "NOT_FOUND"
    assert await leads_of(desk.network_id) == before
    assert await leads_of(foreign.network_id) == 0


async def test_several_at_once_each_end_by_themselves() -> None:
    desk = await open_desk(dealers=2)
    lead = {"source": "fair", "name": "李雷", "regionCode": "4401"}
    leads = [
        {**lead, "externalId": "1", "phone": desk.phone()},
        {**lead, "externalId": "2", "phone": "1"},
        {**lead, "externalId": "3", "phone": desk.phone(), "regionCode": "0000"},
        {**lead, "externalId": "1", "phone": desk.phone()},
        {**lead, "externalId": "4", "phone": desk.phone()},
    ]
    asked = {"clientKey": new_key(), "networkId": desk.network_id, "leads": leads}
    for known in (False, True):
        rows = (await desk.api.data(desk.brand, SEVERAL, input=asked))["rows"]
        assert [row["code"] for row in rows] == [None, "CONTACT_NOT_VALID", "BAD_REQUEST", None, None]
        assert [row["field"] for row in rows] == [None, "phone", "regionCode", None, None]
        assert [row["wasKnown"] for row in rows] == [known, False, False, True, known]
        assert rows[0]["lead"]["id"] == rows[3]["lead"]["id"]
    assert await leads_of(desk.network_id) == 2


async def test_a_manager_of_some_regions_takes_in_what_lies_there_and_arranges_nothing() -> None:
    desk = await open_desk()
    manager = await desk.world.member(desk.brand, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("4401",)))
    inside = await desk.submit(by=manager)
    lead = {"source": "website", "name": "王", "phone": desk.phone(), "regionCode": "33"}
    asked = {"clientKey": new_key(), "networkId": desk.network_id, "lead": lead}
    assert await desk.api.code(manager, SUBMIT, input=asked) == "FORBIDDEN"
    several = {"clientKey": new_key(), "networkId": desk.network_id}
    leads = [{**lead, "phone": desk.phone(), "regionCode": region} for region in ("4401", "33", "4401")]
    rows = (await desk.api.data(manager, SEVERAL, input={**several, "leads": leads}))["rows"]
    assert [row["code"] for row in rows] == [None, "FORBIDDEN", None]  # the one outside keeps no other out
    await desk.does(manager, "takeBackLead", leadId=inside["id"])
    moved = {"clientKey": new_key(), "leadId": inside["id"], "regionCode": "4406"}
    assert await desk.api.code(manager, document("rerouteLead"), input=moved) == "FORBIDDEN"
    stays = await desk.read(manager, inside["id"])
    assert (stays["status"], stays["region"], stays["poolReason"]) == ("POOLED", {"code": "4401"}, "TAKEN_BACK")
    assert await desk.timeline(inside["id"]) == ["offered", "recalled", "pooled"]
    outside = await desk.submit(regionCode="4406")
    assert (await desk.read(manager, inside["id"]))["contact"]["isRevealed"] is True
    assert await desk.api.code(manager, "query($id: ID!) { lead(id: $id) { id } }", id=outside["id"]) == "NOT_FOUND"
    rules = "mutation($input: SaveLeadRulesInput!) { saveLeadRules(input: $input) { __typename } }"
    none = {"clientKey": new_key(), "networkId": desk.network_id, "rules": []}
    assert await desk.api.code(manager, rules, input=none) == "FORBIDDEN"


async def test_a_manager_of_some_dealers_gives_leads_to_these_only() -> None:
    desk = await open_desk(dealers=2)
    mine, other = desk.dealers
    lead = await desk.submit()
    if lead["offer"]["dealer"]["id"] != str(mine.company_id):
        mine, other = other, mine
    relations = await database.rows("SELECT id FROM trade_relation WHERE buyer_id = $1", mine.company_id)
    scope = Scope(relation_ids=tuple(row["id"] for row in relations))
    manager = await desk.world.member(desk.brand, [Role.CHANNEL_MANAGER], scope=scope)
    await desk.does(manager, "takeBackLead", leadId=lead["id"])
    taken = await desk.timeline(lead["id"])
    asked = {"clientKey": new_key(), "leadId": lead["id"]}
    away = asked | {"companyId": str(other.company_id)}
    assert await desk.api.code(manager, document("assignLead"), input=away) == "FORBIDDEN"
    assert await desk.api.code(manager, document("rerouteLead"), input=asked) == "FORBIDDEN"
    assert await desk.timeline(lead["id"]) == taken
    given = await desk.does(manager, "assignLead", leadId=lead["id"], companyId=str(mine.company_id))
    assert (given["status"], given["offer"]["dealer"]["id"]) == ("OFFERED", str(mine.company_id))


async def test_without_a_key_no_lead_comes_in_and_none_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await open_desk()
    lead = await desk.submit()
    monkeypatch.setenv("TRIBUTARY_CONTACT_KEYS", "")
    settings.cache_clear()
    try:
        assert (await desk.answer())["code"] == "CONTACT_DOOR_CLOSED"
        sealed = await desk.read(desk.brand, lead["id"])
        assert (sealed["status"], sealed["contact"]) == ("OFFERED", None)
        accepted = await desk.does(desk.holder(lead), "acceptLead", leadId=lead["id"])
        assert (accepted["status"], accepted["contact"]) == ("ACCEPTED", None)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert (await desk.read(desk.brand, lead["id"]))["contact"]["name"] == "王小明"
