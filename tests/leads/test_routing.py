"""To whom a lead goes: territories, rules, turns, capacity, the pool, dealers that go and come."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from app import database
from app.kernel import clock
from app.leads.lapse import lapse_offer
from app.network.change_member import resume_member, suspend_member
from app.network.change_relation import end_relation, resume_relation, suspend_relation
from app.network.roles import Role
from tests.leads.desk import Desk, facts, open_desk
from tests.worlds import Party, new_key
from workers.leads import sweep_dealers, withdraw_leads

pytestmark = pytest.mark.usefixtures("database")


async def given(desk: Desk) -> Counter[UUID]:
    """How many offers each dealer was made."""
    rows = await database.rows("SELECT company_id FROM lead_assignment WHERE network_id = $1", desk.world.network_id)
    return Counter(row["company_id"] for row in rows)


async def suspend(desk: Desk, dealer: Party) -> None:
    relation_id = desk.world.relation(desk.brand, dealer)
    await suspend_relation(desk.brand.viewer, client_key=new_key(), relation_id=relation_id)


async def test_two_hundred_at_once_are_shared_fairly() -> None:
    desk = await open_desk(dealers=7)
    leads = await asyncio.gather(*(desk.submit() for _ in range(200)))
    assert {one["status"] for one in leads} == {"OFFERED"}
    counts = await given(desk)
    assert sorted(counts.values()) == [28, 28, 28, 29, 29, 29, 29]
    assert set(counts) == {one.company_id for one in desk.dealers}


async def test_two_hundred_at_once_never_exceed_a_capacity() -> None:
    desk = await open_desk(dealers=4)
    for dealer, most in zip(desk.dealers, (0, 1, 20, 60), strict=True):
        await desk.capacity(dealer, most)
    leads = await asyncio.gather(*(desk.submit() for _ in range(100)))
    counts = await given(desk)
    assert [counts[one.company_id] for one in desk.dealers] == [0, 1, 20, 60]
    pooled = [one for one in leads if one["status"] == "POOLED"]
    assert len(pooled) == 19
    assert {one["poolReason"] for one in pooled} == {"NO_CAPACITY"}


async def test_rules_that_share_their_dealers_share_their_capacity() -> None:
    """Every rule has turns of its own, so that leads of several rules find the dealers full in different orders."""
    desk = await open_desk(dealers=6)
    sources = ["fair", "web", "phone"]
    await desk.rules(*({"name": one, "source": one, "precedence": 1} for one in sources))
    for source, dealer in zip(sources * 2, desk.dealers, strict=True):
        await desk.submit(source=source)  # turns that differ
        await desk.capacity(dealer, 8)
    leads = await asyncio.gather(*(desk.submit(source=sources[n % 3]) for n in range(90)))
    assert Counter(one["poolReason"] for one in leads) == {None: 42, "NO_CAPACITY": 48}
    assert await given(desk) == {one.company_id: 8 for one in desk.dealers}


async def test_the_narrowest_territory_is_asked_first_and_then_the_wider_ones() -> None:
    desk = await open_desk(dealers=0)
    wide = await desk.dealer("Guangdong", "44")
    narrow = await desk.dealer("Guangzhou", "4401")
    await desk.grant(narrow, "33")
    lead = await desk.submit()
    assert desk.holder(lead) is narrow
    await desk.does(narrow, "rejectLead", leadId=lead["id"], reason="TOO_BUSY")
    assert desk.holder(await desk.read(desk.brand, lead["id"])) is wide
    assert desk.holder(await desk.submit(regionCode="4406")) is wide
    assert desk.holder(await desk.submit(regionCode="3301")) is narrow
    nobody, nowhere = await desk.submit(regionCode="CN"), await desk.submit(regionCode=None)
    assert [(one["status"], one["poolReason"]) for one in (nobody, nowhere)] == [
        ("POOLED", "NO_DEALER"),
        ("POOLED", "NO_REGION"),
    ]
    assert (await facts(nowhere["id"])) == [("pooled", frozenset({desk.brand.company_id}))]
    routed = await desk.does(desk.brand, "rerouteLead", leadId=nowhere["id"], regionCode="4406")
    assert (routed["status"], routed["region"], desk.holder(routed)) == ("OFFERED", {"code": "4406"}, wide)


async def test_the_first_rule_that_fits_decides() -> None:
    desk = await open_desk(dealers=2)
    first, second = desk.dealers
    saved = await desk.rules(
        {"name": "广东", "regionCode": "44", "companyIds": [str(first.company_id)]},
        {"name": "广州外墙", "regionCode": "4401", "productLine": "外墙", "companyIds": [str(second.company_id)]},
        {"name": "fair", "source": "Fair", "precedence": -1, "strategy": "POOL"},
    )
    assert [one["name"] for one in saved] == ["fair", "广州外墙", "广东"]
    for _ in range(2):
        assert desk.holder(await desk.submit()) is first
        assert desk.holder(await desk.submit(productLine="外墙")) is second
    assert desk.holder(await desk.submit(productLine="外墙", regionCode="4406")) is first
    assert (await desk.submit(source="fair", productLine="外墙"))["poolReason"] == "RULE"
    kept = {key: value for key, value in saved[2].items() if value is not None}
    assert await desk.rules(kept) == [saved[2]]
    assert desk.holder(await desk.submit(productLine="外墙")) is first


async def test_an_offer_is_never_made_again_by_itself_but_may_be_by_hand() -> None:
    desk = await open_desk(dealers=2)
    lead = await desk.submit()
    for _ in range(2):
        holder = desk.holder(await desk.read(desk.brand, lead["id"]))
        await desk.does(holder, "rejectLead", leadId=lead["id"], reason="OTHER")
    pooled = await desk.read(desk.brand, lead["id"])
    assert (pooled["status"], pooled["poolReason"]) == ("POOLED", "NOBODY_LEFT")
    assert pooled["allowedActions"] == ["ASSIGN", "REROUTE", "DISCARD"]
    again = await desk.does(desk.brand, "rerouteLead", leadId=lead["id"])
    assert (again["status"], again["poolReason"]) == ("POOLED", "NOBODY_LEFT")
    assert await sweep_dealers() == 0
    company = str(desk.dealers[0].company_id)
    assigned = await desk.does(desk.brand, "assignLead", leadId=lead["id"], companyId=company)
    assert (assigned["status"], desk.holder(assigned)) == ("OFFERED", desk.dealers[0])
    await desk.does(desk.dealers[0], "acceptLead", leadId=lead["id"])
    back = await desk.does(desk.brand, "takeBackLead", leadId=lead["id"], note="没有动静")
    assert (back["status"], back["poolReason"], back["offer"]["state"]) == ("POOLED", "TAKEN_BACK", "TAKEN_BACK")
    assert (await desk.read(desk.dealers[0], lead["id"]))["contact"]["isRevealed"] is False
    thrown = await desk.does(desk.brand, "discardLead", leadId=lead["id"])
    assert (thrown["status"], thrown["allowedActions"]) == ("INVALID", [])


async def test_what_lapses_twice_goes_to_the_pool() -> None:
    desk = await open_desk(dealers=3)
    await desk.set(mostLapses=2)
    with clock.travel(timedelta()) as journey:
        lead = await desk.submit()
        for _ in range(2):
            journey.forward(timedelta(minutes=61))
            assert await lapse_offer(lead_id=UUID(lead["id"]))
    pooled = await desk.read(desk.brand, lead["id"])
    assert (pooled["status"], pooled["poolReason"]) == ("POOLED", "RECALLED_OFTEN")
    assert await sweep_dealers() == 0


async def test_the_pool_is_tried_again_when_room_or_a_territory_appears() -> None:
    desk = await open_desk(dealers=1)
    (dealer,) = desk.dealers
    await desk.capacity(dealer, 1)
    held, full, nobody = await desk.submit(), await desk.submit(), await desk.submit(regionCode="3301")
    assert (full["poolReason"], nobody["poolReason"]) == ("NO_CAPACITY", "NO_DEALER")
    while await sweep_dealers():  # what other tests have left
        pass
    assert (await desk.read(desk.brand, full["id"]))["status"] == "POOLED"
    company = str(dealer.company_id)
    refused = await desk.does(desk.brand, "assignLead", leadId=full["id"], companyId=company)
    assert (refused["code"], refused["reason"]) == ("DEALER_CANNOT_TAKE", "no_room")
    await desk.does(dealer, "acceptLead", leadId=held["id"])
    await desk.does(dealer, "loseLead", leadId=held["id"], reason="PRICE")
    assert await sweep_dealers() == 1
    assert (await desk.read(desk.brand, full["id"]))["status"] == "OFFERED"
    newcomer = await desk.dealer("Hangzhou", "3301")
    assert await sweep_dealers() == 1
    assert desk.holder(await desk.read(desk.brand, nobody["id"])) is newcomer
    assert await sweep_dealers() == 0


async def test_a_dealer_that_is_suspended_loses_its_leads() -> None:
    desk = await open_desk(dealers=2)
    leads = [await desk.submit() for _ in range(4)]
    first, second = desk.dealers
    mine = [one["id"] for one in leads if desk.holder(one) is first]
    await desk.does(first, "acceptLead", leadId=mine[0])
    await suspend(desk, first)
    relation_id = str(desk.world.relation(desk.brand, first))
    await withdraw_leads.run(job_id="1", subject_id=relation_id)
    accepted, offered = [await desk.read(desk.brand, one) for one in mine]
    assert (accepted["status"], accepted["poolReason"], accepted["offer"]["state"]) == (
        "POOLED",
        "DEALER_GONE",
        "WITHDRAWN",
    )
    assert desk.holder(offered) is second
    assert (await desk.read(first, mine[0]))["contact"]["isRevealed"] is False
    company = str(first.company_id)
    refused = await desk.does(desk.brand, "assignLead", leadId=mine[0], companyId=company)
    assert refused["reason"] == "no_relation"
    assert desk.holder(await desk.submit()) is second
    await resume_relation(desk.brand.viewer, client_key=new_key(), relation_id=UUID(relation_id))
    await end_relation(desk.brand.viewer, client_key=new_key(), relation_id=desk.world.relation(desk.brand, second))
    assert await sweep_dealers() == 4
    assert {desk.holder(await desk.read(desk.brand, one["id"])) for one in leads if one["id"] != mine[0]} == {first}


async def test_a_company_that_is_closed_is_offered_nothing() -> None:
    desk = await open_desk(dealers=2)
    leads = [await desk.submit() for _ in range(2)]
    first, second = desk.dealers
    close = "UPDATE company SET status = $2 WHERE id = $1"
    await database.rows(close, first.company_id, "suspended")
    assert await sweep_dealers() == 1
    assert {desk.holder(await desk.read(desk.brand, one["id"])) for one in (*leads, await desk.submit())} == {second}
    await database.rows(close, first.company_id, "active")


async def test_a_member_who_leaves_takes_nothing_along_while_somebody_is_left() -> None:
    desk = await open_desk(dealers=1)
    (dealer,) = desk.dealers
    buyer = await desk.world.member(dealer, [Role.BUYER])
    lead, other = await desk.submit(), await desk.submit()
    await desk.does(buyer, "acceptLead", leadId=lead["id"])
    await suspend_member(dealer.viewer, client_key=new_key(), member_id=buyer.viewer.membership_id)
    assert await sweep_dealers() == 0
    assert (await desk.does(dealer, "followLead", leadId=lead["id"], stage="CONTACTED"))["stage"] == "CONTACTED"
    await database.rows("UPDATE membership SET status = 'suspended' WHERE id = $1", dealer.viewer.membership_id)
    assert await sweep_dealers() == 2
    found = [await desk.read(desk.brand, one["id"]) for one in (lead, other)]
    assert [one["poolReason"] for one in found] == ["DEALER_GONE", "NO_DEALER"]
    company = str(dealer.company_id)
    refused = await desk.does(desk.brand, "assignLead", leadId=lead["id"], companyId=company)
    assert refused["reason"] == "no_member"
    await database.rows("UPDATE membership SET status = 'active' WHERE id = $1", dealer.viewer.membership_id)
    await resume_member(dealer.viewer, client_key=new_key(), member_id=buyer.viewer.membership_id)
    assert await sweep_dealers() == 1
    assert (await desk.read(desk.brand, other["id"]))["status"] == "OFFERED"
