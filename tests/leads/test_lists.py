"""What both sides see of many leads: lists page by page, filters, counters, and one statement for each list."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest

from app.kernel import clock
from tests.communication.telling import kinds_told, tell
from tests.leads.desk import Desk, facts, open_desk
from tests.worlds import Party
from workers.leads import sweep_forgotten

pytestmark = pytest.mark.usefixtures("database")

LEADS = """query($network: ID!, $filter: LeadFilterInput, $first: Int, $after: String) {
    leads(networkId: $network, filter: $filter, first: $first, after: $after) {
        edges { node { id status } } pageInfo { hasNextPage endCursor } } }"""
MINE = """query($states: [LeadState!], $first: Int, $after: String) {
    myLeads(states: $states, first: $first, after: $after) {
        edges { node { id status contact { name } offer { dealer { name } } } }
        pageInfo { hasNextPage endCursor } } }"""
COUNTERS = """query($network: ID!) { leadCounters(networkId: $network) {
    byStatus { status poolReason count } bySource { source count duplicates alive won lost } } }"""
DEALERS = """query($network: ID!) { leadDealers(networkId: $network) { edges { node {
    dealer { id } mostOpen open offered accepted rejected lapsed won lost responseRateBp meanAnswerMinutes } } } }"""


async def pages(desk: Desk, party: Party, document: str, **variables: Any) -> list[str]:
    """Every id of a list, two to a page."""
    found: list[str] = []
    after = None
    while True:
        page = await desk.data(party, document, first=2, after=after, **variables)
        found += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def test_lists_are_narrowed_and_go_on_where_they_were() -> None:
    desk = await open_desk(dealers=2)
    first, second = desk.dealers
    leads = [
        await desk.submit(campaign="spring" if n % 2 else None, source="fair" if n < 2 else "web") for n in range(7)
    ]
    pooled = await desk.submit(regionCode="3301", phone="13912340000")
    ids = [one["id"] for one in (*leads, pooled)][::-1]
    network = desk.network_id
    assert await pages(desk, desk.brand, LEADS, network=network) == ids
    mine = [one["id"] for one in leads if desk.holder(one) is first][::-1]
    assert await pages(desk, first, MINE) == mine
    for said, wanted in (
        ({"statuses": ["POOLED"]}, [pooled["id"]]),
        ({"poolReasons": ["NO_DEALER"]}, [pooled["id"]]),
        ({"phone": "139-1234-0000"}, [pooled["id"]]),
        ({"source": "fair"}, [leads[1]["id"], leads[0]["id"]]),
        ({"campaign": "spring", "source": "web"}, [leads[5]["id"], leads[3]["id"]]),
        ({"regionCode": "33"}, [pooled["id"]]),
        ({"regionCode": "CN"}, ids),
        ({"dealerId": str(first.company_id)}, mine),
        ({"receivedBefore": "2020-01-01T00:00:00Z"}, []),
    ):
        assert await pages(desk, desk.brand, LEADS, network=network, filter=said) == wanted, said
    await desk.does(first, "acceptLead", leadId=mine[0])
    assert await pages(desk, first, MINE, states=["ACCEPTED"]) == [mine[0]]
    assert await pages(desk, first, MINE, states=["OFFERED", "GONE"]) == mine[1:]
    assert await pages(desk, second, LEADS, network=network) == []


async def test_a_list_is_one_statement_whatever_its_length(
    counted: Callable[[], AbstractAsyncContextManager[list[str]]],
) -> None:
    desk = await open_desk(dealers=1)
    for _ in range(5):
        await desk.submit()
    for party, document, variables in (
        (desk.brand, LEADS, {"network": desk.network_id}),
        (desk.dealers[0], MINE, {}),
    ):
        async with counted() as statements:
            page = await desk.data(party, document, **variables)
        assert len(page["edges"]) == 5
        assert len(statements) == 2, statements  # the viewer, and the list


async def test_counters_by_state_source_and_dealer() -> None:
    desk = await open_desk(dealers=2)
    first, second = desk.dealers
    with clock.travel(timedelta()) as journey:
        leads = [await desk.submit(source="fair") for _ in range(4)]
        again = await desk.submit(source="web", phone="13912345678")
        await desk.submit(source="web", phone="13912345678")
        await desk.submit(source="web", regionCode=None)
        journey.forward(timedelta(minutes=10))
        await desk.does(first, "acceptLead", leadId=leads[0]["id"])
        await desk.does(first, "winLead", leadId=leads[0]["id"], reference="1")
        await desk.does(first, "rejectLead", leadId=leads[2]["id"], reason="TOO_FAR")
        journey.forward(timedelta(minutes=20))
        await desk.does(second, "acceptLead", leadId=leads[1]["id"])
        await desk.does(second, "loseLead", leadId=leads[1]["id"], reason="PRICE")
        journey.forward(timedelta(minutes=32))
        counted = await desk.data(desk.brand, COUNTERS, network=desk.network_id)
        dealers = await desk.data(desk.brand, DEALERS, network=desk.network_id)
        own = await desk.data(first, "{ myLeadCounters { status count } }")
    assert desk.holder(again) is first
    by_status = {(one["status"], one["poolReason"]): one["count"] for one in counted["byStatus"]}
    assert by_status == {
        ("OFFERED", None): 3,
        ("WON", None): 1,
        ("LOST", None): 1,
        ("DUPLICATE", None): 1,
        ("POOLED", "NO_REGION"): 1,
    }
    assert counted["bySource"] == [
        {"source": "fair", "count": 4, "duplicates": 0, "alive": 2, "won": 1, "lost": 1},
        {"source": "web", "count": 3, "duplicates": 1, "alive": 2, "won": 0, "lost": 0},
    ]
    found = {one["node"]["dealer"]["id"]: one["node"] for one in dealers["edges"]}
    one, two = found[str(first.company_id)], found[str(second.company_id)]
    assert (one["offered"], one["accepted"], one["rejected"], one["lapsed"], one["won"]) == (3, 1, 1, 1, 1)
    assert (one["responseRateBp"], one["meanAnswerMinutes"], one["open"], one["mostOpen"]) == (6666, 10, 0, None)
    assert (two["offered"], two["accepted"], two["lapsed"], two["lost"], two["open"]) == (3, 1, 1, 1, 1)
    assert own == [{"status": "WON", "count": 1}, {"status": "GONE", "count": 2}]


async def test_an_accepted_lead_that_nobody_follows_up_is_stagnant() -> None:
    desk = await open_desk(dealers=1)
    (dealer,) = desk.dealers
    with clock.travel(timedelta()) as journey:
        lead = await desk.submit()
        await desk.does(dealer, "acceptLead", leadId=lead["id"])
        journey.forward(timedelta(days=6, hours=23))
        assert (await desk.read(desk.brand, lead["id"]))["isStagnant"] is False
        await sweep_forgotten()
        journey.forward(timedelta(hours=1))
        assert (await desk.read(desk.brand, lead["id"]))["isStagnant"] is True
        await asyncio.gather(sweep_forgotten(), sweep_forgotten())  # told once
        await sweep_forgotten()
        followed = await desk.does(dealer, "followLead", leadId=lead["id"], stage="CONTACTED")
        assert followed["isStagnant"] is False
        journey.forward(timedelta(days=7))
        await sweep_forgotten()
        await sweep_forgotten()
        await desk.set(stagnantDays=None)
        await desk.does(dealer, "followLead", leadId=lead["id"], stage="QUOTED")
        journey.forward(timedelta(days=70))
        await sweep_forgotten()
    said = ["offered", "accepted", "stagnant", "followed", "stagnant", "followed"]
    both = frozenset({desk.brand.company_id, dealer.company_id})
    assert await facts(lead["id"]) == [(one, both) for one in said]
    await tell()
    assert [one for one in await kinds_told(dealer) if one.startswith("lead")] == [
        "lead_offered",
        "lead_stagnant",
        "lead_stagnant",
    ]
    assert (await kinds_told(desk.brand)).count("lead_stagnant") == 2
