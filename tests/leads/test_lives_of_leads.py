"""Whole lives of leads through the public API."""

from datetime import timedelta

import pytest

from app.kernel import clock
from app.ordering.cancel import cancel_order
from tests.api import Api
from tests.leads.desk import Desk, document, facts, open_desk
from tests.ordering.market import open_market
from tests.worlds import new_key
from workers.leads import sweep_deadlines

pytestmark = pytest.mark.usefixtures("database")


async def test_offered_accepted_followed_and_won() -> None:
    desk = await open_desk()
    lead = await desk.submit(
        phone="138 0013 8000",
        email="Wang@Example.COM",
        address="天河路 1 号",
        note="请下午来电",
        externalId="w-1",
        campaign="spring",
        productLine="外墙",
    )
    dealer = desk.dealers[0]
    assert lead["status"] == "OFFERED"
    assert lead["offer"]["dealer"]["id"] == str(dealer.company_id)
    assert lead["allowedActions"] == ["TAKE_BACK", "DISCARD"]
    assert lead["contact"] == {
        "isRevealed": True,
        "name": "王小明",
        "phone": "+8613800138000",
        "email": "wang@example.com",
        "address": "天河路 1 号",
        "note": "请下午来电",
    }
    seen = await desk.read(dealer, lead["id"])
    assert seen["contact"] == {
        "isRevealed": False,
        "name": "王**",
        "phone": "138****8000",
        "email": "w***@***.com",
        "address": None,
        "note": None,
    }
    assert (seen["status"], seen["externalId"], seen["allowedActions"]) == ("OFFERED", None, ["ACCEPT", "REJECT"])

    mine = await desk.does(dealer, "acceptLead", leadId=lead["id"])
    assert (mine["status"], mine["contact"]["phone"], mine["contact"]["isRevealed"]) == (
        "ACCEPTED",
        "+8613800138000",
        True,
    )
    assert mine["allowedActions"] == ["FOLLOW", "WIN", "LOSE"]
    next_at = "2030-01-01T02:00:00Z"
    followed = await desk.does(
        dealer, "followLead", leadId=lead["id"], stage="VISITED", note="量了墙面", nextAt=next_at
    )
    assert (followed["stage"], followed["nextAt"], followed["version"]) == ("VISITED", next_at, 3)
    past = {"clientKey": new_key(), "leadId": lead["id"], "nextAt": "2020-01-01T02:00:00Z"}
    assert await desk.api.code(dealer, document("followLead"), input=past) == "BAD_REQUEST"
    won = await desk.does(dealer, "winLead", leadId=lead["id"], reference="合同 7")
    assert (won["status"], won["orderReference"], won["allowedActions"]) == ("WON", "合同 7", [])
    both = frozenset({desk.brand.company_id, dealer.company_id})
    assert await facts(lead["id"]) == [(what, both) for what in ("offered", "accepted", "followed", "won")]


async def test_a_lead_that_one_lets_lapse_goes_to_the_next_who_rejects_it_and_then_to_the_pool() -> None:
    desk = await open_desk()
    first, second = desk.dealers
    with clock.travel(timedelta()) as journey:
        lead = await desk.submit()
        await desk.set(acceptSeconds=7200)  # for offers to come: this one keeps its deadline, and its warnings
        journey.forward(timedelta(minutes=31))
        assert await sweep_deadlines() == 1
        journey.forward(timedelta(minutes=18))
        assert await sweep_deadlines() == 1
        assert (await desk.read(first, lead["id"]))["offer"]["warnedPercent"] == 80
        assert await sweep_deadlines() == 0
        journey.forward(timedelta(minutes=11))
        refused = await desk.does(first, "acceptLead", leadId=lead["id"])
        assert refused["code"] == "OFFER_LAPSED"
        gone = await desk.read(first, lead["id"])
        assert (gone["status"], gone["offer"]["state"], gone["contact"]["name"]) == ("GONE", "LAPSED", "王**")
        assert (await desk.read(desk.brand, lead["id"]))["offer"]["dealer"]["id"] == str(second.company_id)
        await desk.does(second, "rejectLead", leadId=lead["id"], reason="TOO_FAR", note="太远")
    lead = await desk.read(desk.brand, lead["id"])
    assert (lead["status"], lead["poolReason"]) == ("POOLED", "NOBODY_LEFT")
    assert await desk.timeline(lead["id"]) == [
        "offered", "due_soon", "due_soon", "recalled", "offered", "rejected", "pooled",
    ]  # fmt: skip
    brand = frozenset({desk.brand.company_id})
    one, two = brand | {first.company_id}, brand | {second.company_id}
    assert [whom for _, whom in await facts(lead["id"])] == [one, one, one, one, two, two, brand]


async def test_a_lead_is_won_with_an_order_that_its_dealer_placed_or_received() -> None:
    market, foreign = await open_market(levels=2), await open_market()
    desk = Desk(market.world, Api(), [market.seller, market.buyer])  # a dealer, and the sub-dealer that buys from it
    await market.world.regions()
    await desk.set()
    await desk.grant(market.seller, "4401")
    await desk.grant(market.buyer, "4406")
    paint = await market.sku("PAINT", stock="100")
    order_id = str(await market.place([(paint, "5")]))
    theirs = str(await foreign.place([(await foreign.sku("PAINT", stock="100"), "5")]))
    nothing = await market.place([(paint, "1")])
    await cancel_order(market.buyer.viewer, order_id=nothing, lines=None, reason="customer", client_key=new_key())
    for dealer, region in ((market.seller, "4401"), (market.buyer, "4406")):
        lead = await desk.submit(regionCode=region)
        await desk.does(dealer, "acceptLead", leadId=lead["id"])
        for orders in ({"orderId": theirs}, {}, {"orderId": order_id, "reference": "x"}, {"orderId": str(nothing)}):
            said = {"clientKey": new_key(), "leadId": lead["id"], **orders}
            code = await desk.api.code(dealer, document("winLead"), input=said)
            assert code == ("NOT_FOUND" if orders == {"orderId": theirs} else "BAD_REQUEST")
        won = await desk.does(dealer, "winLead", leadId=lead["id"], orderId=order_id)
        assert (won["status"], won["orderId"]) == ("WON", order_id)
        seen = await desk.read(desk.brand, lead["id"])
        assert (seen["orderId"], seen["orderNumber"], seen["offer"]["state"]) == (order_id, won["orderNumber"], "WON")
        again = await desk.does(dealer, "loseLead", leadId=lead["id"], reason="OTHER")
        assert (again["statusNow"], again["allowed"]) == ("WON", [])
