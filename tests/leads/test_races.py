"""Two who want the same lead at the same moment: one of them gets it, and the other is told."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from app import database
from app.kernel import clock
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.leads.lapse import lapse_offer
from app.network.roles import Role
from tests.leads.desk import open_desk

pytestmark = pytest.mark.usefixtures("database")


async def test_two_members_accept_at_once_and_one_of_them_is_first() -> None:
    desk = await open_desk(dealers=1)
    (dealer,) = desk.dealers
    others = [await desk.world.member(dealer, [Role.BUYER]) for _ in range(3)]
    for _ in range(5):
        lead = await desk.submit()
        ended = await asyncio.gather(*(desk.does(one, "acceptLead", leadId=lead["id"]) for one in (dealer, *others)))
        assert Counter(one["__typename"] for one in ended) == {"Lead": 1, "MoveNotAllowed": 3}
        assert await desk.timeline(lead["id"]) == ["offered", "accepted"]


async def test_an_answer_against_the_recall_ends_one_way() -> None:
    desk = await open_desk(dealers=2)
    ways = Counter[str]()
    for turn in range(12):
        with clock.travel(timedelta()) as journey:
            lead = await desk.submit()
            holder = desk.holder(lead)
            journey.forward(timedelta(minutes=60) - timedelta(milliseconds=4 * turn))
            doing = ("acceptLead", {}) if turn % 2 else ("rejectLead", {"reason": "OTHER"})
            answered, _, _ = await asyncio.gather(
                desk.does(holder, doing[0], leadId=lead["id"], **doing[1]),
                lapse_offer(lead_id=UUID(lead["id"])),
                lapse_offer(lead_id=UUID(lead["id"])),
            )
        happened = await desk.timeline(lead["id"])
        rows = await database.rows(
            "SELECT outcome FROM lead_assignment WHERE lead_id = $1 ORDER BY id", UUID(lead["id"])
        )
        outcomes = [row["outcome"] for row in rows]
        if answered["__typename"] in ("OfferLapsed", "MoveNotAllowed"):
            assert answered.get("statusNow", "GONE") == "GONE"
            assert happened[:3] == ["offered", "recalled", "offered"]
            assert outcomes == ["lapsed", None]
        elif turn % 2:
            assert happened == ["offered", "accepted"]
            assert outcomes == [None]
        else:
            assert happened[:3] == ["offered", "rejected", "offered"]
            assert outcomes == ["rejected", None]
        ways[answered["__typename"]] += 1
    assert ways["Lead"] < 12


@act
async def second_assignment(work: Work, lead_id: UUID) -> None:
    await work.run(
        "INSERT INTO lead_assignment (id, lead_id, network_id, company_id, offered_at, deadline_at)"
        " SELECT $1, lead_id, network_id, company_id, offered_at, deadline_at FROM lead_assignment WHERE lead_id = $2",
        uuid7(),
        lead_id,
    )


async def test_the_database_itself_keeps_one_assignment_and_its_history() -> None:
    desk = await open_desk(dealers=1)
    lead = await desk.submit()
    with pytest.raises(Exception, match="lead_assignment_active"):
        await second_assignment(UUID(lead["id"]))
    await desk.does(desk.dealers[0], "rejectLead", leadId=lead["id"], reason="OTHER")
    for tampering in (
        "UPDATE lead_assignment SET outcome = 'lapsed' WHERE lead_id = $1",
        "UPDATE lead_assignment SET reason = 'x' WHERE lead_id = $1",
        "DELETE FROM lead_assignment WHERE lead_id = $1",
        "UPDATE lead_event SET what = 'x' WHERE lead_id = $1",
        "DELETE FROM lead_event WHERE lead_id = $1",
    ):
        with pytest.raises(Exception, match=r"does not change|append-only"):
            await database.rows(tampering, UUID(lead["id"]))
