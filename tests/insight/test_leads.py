"""Leads on a customer's card: what the dealer made of those that the brand offered it."""

from datetime import timedelta

from app.kernel import clock
from app.network.roles import Role
from app.network.rules import Scope
from tests.leads.desk import Desk, open_desk
from tests.worlds import Party, open_world, registration_code

LEADS = """query($id: ID!) { backoffice { customer(relationId: $id) {
    leads { offered accepted rejected lapsed won lost open } } } }"""
NONE = dict.fromkeys(("offered", "accepted", "rejected", "lapsed", "won", "lost", "open"), 0)


async def leads_of(desk: Desk, dealer: Party, by: Party | None = None) -> dict[str, int] | None:
    relation_id = str(desk.world.relation(desk.brand, dealer))
    found: dict[str, int] | None = (await desk.data(by or desk.brand, LEADS, id=relation_id))["customer"]["leads"]
    return found


async def test_what_a_dealer_made_of_its_leads(database: str) -> None:
    desk = await open_desk(dealers=1)
    (dealer,) = desk.dealers
    assert await leads_of(desk, dealer) == NONE
    followed, won, lost, rejected, ignored = [(await desk.submit())["id"] for _ in range(5)]
    assert await leads_of(desk, dealer) == NONE | {"offered": 5, "open": 5}
    for lead_id in (followed, won, lost):
        await desk.does(dealer, "acceptLead", leadId=lead_id)
    await desk.does(dealer, "winLead", leadId=won, reference="合同 7")
    await desk.does(dealer, "loseLead", leadId=lost, reason="PRICE")
    await desk.does(dealer, "rejectLead", leadId=rejected, reason="TOO_FAR")
    said = NONE | {"offered": 5, "accepted": 3, "won": 1, "lost": 1, "rejected": 1, "open": 2}
    assert await leads_of(desk, dealer) == said
    with clock.travel(timedelta(hours=2)):  # and no worker was alive to write it down
        assert await leads_of(desk, dealer) == said | {"lapsed": 1, "open": 1}
    # It goes to the pool then: a second dealer has nothing of all this
    second = await desk.dealer("Second", "33")
    assert await leads_of(desk, second) == NONE
    assert ignored not in (followed, won, lost)


async def test_leads_are_told_to_who_manages_them_and_of_ones_own_brand(database: str) -> None:
    desk = await open_desk(dealers=1)
    (dealer,) = desk.dealers
    lead = await desk.submit()
    await desk.does(dealer, "acceptLead", leadId=lead["id"])
    here = NONE | {"offered": 1, "accepted": 1, "open": 1}
    only = Scope(relation_ids=(desk.world.relation(desk.brand, dealer),))
    manager = await desk.world.member(desk.brand, [Role.CHANNEL_MANAGER], scope=only)
    assert await leads_of(desk, dealer, manager) == here
    for role in (Role.FINANCE, Role.ORDER_CLERK, Role.WAREHOUSE):
        clerk = await desk.world.member(desk.brand, [role])
        assert await leads_of(desk, dealer, clerk) is None
    # Another brand of the same dealer hands out leads of its own
    other = Desk(await open_world("Onyx"), desk.api)
    await registration_code(dealer)
    await other.world.also_buys(other.brand, dealer)
    assert await leads_of(other, dealer) == NONE
    assert await leads_of(desk, dealer) == here
