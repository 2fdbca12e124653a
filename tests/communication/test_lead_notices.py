"""Leads reach the inboxes of whom they concern, by what their own facts say."""

import pytest

from app import database as db
from app.leads.answer import reject_lead
from app.leads.contact import Contact
from app.leads.lifecycle import RejectReason
from app.leads.submit import NewLead, submit_lead
from app.leads.watch_pool import assign_lead, discard_lead, take_back_lead
from app.network.grant_territory import grant_territory
from app.network.roles import Role
from app.network.rules import Scope
from tests.communication.telling import kinds_told, tell
from tests.worlds import new_key, open_world

pytestmark = pytest.mark.usefixtures("database")


async def test_a_lead_is_offered_rejected_and_pooled() -> None:
    world = await open_world()
    await world.regions()
    dealer = await world.buyer(world.brand, "Dealer")
    buyer = await world.member(dealer, [Role.BUYER])
    storeman = await world.member(dealer, [Role.WAREHOUSE])
    here, elsewhere = [
        await world.member(world.brand, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=(region,)))
        for region in ("44", "33")
    ]
    clerk = await world.member(world.brand, [Role.ORDER_CLERK])
    await grant_territory(
        world.brand.viewer,
        client_key=new_key(),
        network_id=world.network_id,
        company_id=dealer.company_id,
        region_code="44",
        exclusive=False,
    )
    await tell()
    before = len(await kinds_told(buyer))
    said = NewLead("fair", Contact.checked("Zhang San", "13912345678", None), region_code="4401")
    lead = await submit_lead(world.brand.viewer, network_id=world.network_id, said=said, client_key=new_key())
    await tell()
    assert (await kinds_told(buyer))[before:] == ["lead_offered"]
    assert "lead_offered" not in await kinds_told(storeman)
    await reject_lead(
        buyer.viewer, lead_id=lead.lead_id, reason=RejectReason.OTHER, note="not ours", client_key=new_key()
    )
    await tell()
    assert await kinds_told(here) == ["lead_rejected", "lead_pooled"]
    assert [await kinds_told(one) for one in (elsewhere, clerk)] == [[], []]
    told = [len(await kinds_told(one)) for one in (here, buyer)]
    await assign_lead(here.viewer, lead_id=lead.lead_id, company_id=dealer.company_id, client_key=new_key())
    await take_back_lead(here.viewer, lead_id=lead.lead_id, note=None, client_key=new_key())
    await tell()
    assert (await kinds_told(here))[told[0] :] == []  # who did it is not told of it
    assert (await kinds_told(world.brand))[-1] == "lead_pooled"
    assert (await kinds_told(buyer))[told[1] :] == ["lead_offered", "lead_recalled"]
    await assign_lead(here.viewer, lead_id=lead.lead_id, company_id=dealer.company_id, client_key=new_key())
    await discard_lead(here.viewer, lead_id=lead.lead_id, note="no lead at all", client_key=new_key())
    await tell()
    assert (await kinds_told(buyer))[-2:] == ["lead_offered", "lead_recalled"]
    rows = await db.rows("SELECT n::text AS said FROM notification n")
    assert not any(word in row["said"] for row in rows for word in ("Zhang", "139123", "not ours", "no lead"))
