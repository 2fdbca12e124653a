"""Inputs of the mutations on leads that would be accepted; see `inputs.py`."""

from typing import Any, Final
from uuid import UUID

from app.leads.answer import accept_lead
from app.leads.contact import Contact
from app.leads.submit import NewLead, submit_lead
from app.leads.watch_pool import take_back_lead
from app.network.grant_territory import grant_territory
from tests.scenarios.bad_input.inputs import Stage, buyer, fresh, seller, shopkeeper
from tests.scenarios.bad_input.inputs_of_shipments import ALL_INPUTS as OTHERS
from tests.worlds import new_key


def contact() -> dict[str, Any]:
    return {
        "name": "王小明",
        "phone": "13800138000",
        "email": f"{fresh('li')}@example.com",
        "address": "天河路",
        "note": "好",
    }


async def lead(stage: Stage) -> UUID:
    """One that the stage's buyer was offered."""
    world = stage.market.world
    await world.regions()
    await grant_territory(
        world.brand.viewer,
        client_key=new_key(),
        network_id=world.network_id,
        company_id=stage.buyer.company_id,
        region_code="44",
        exclusive=False,
    )
    said = NewLead("test", Contact.checked("王", None, f"{fresh('li')}@example.com"), region_code="4401")
    done = await submit_lead(world.brand.viewer, network_id=world.network_id, said=said, client_key=new_key())
    return done.lead_id


async def accepted(stage: Stage) -> UUID:
    lead_id = await lead(stage)
    await accept_lead(stage.buyer.viewer, lead_id=lead_id, client_key=new_key())
    return lead_id


async def pooled(stage: Stage) -> UUID:
    lead_id = await lead(stage)
    await take_back_lead(stage.seller.viewer, lead_id=lead_id, note=None, client_key=new_key())
    return lead_id


def network(stage: Stage) -> dict[str, Any]:
    return {"networkId": str(stage.market.world.network_id)}


@seller
async def submit_lead_(stage: Stage) -> dict[str, Any]:
    more = {"source": "web", "externalId": fresh("x"), "campaign": "spring", "regionCode": "4401", "productLine": "漆"}
    await lead(stage)
    return {**network(stage), "lead": {**contact(), "phone": None, **more}}


@seller
async def submit_leads(stage: Stage) -> dict[str, Any]:
    await lead(stage)
    return {**network(stage), "leads": [{**contact(), "phone": None, "source": "web", "externalId": fresh("x")}]}


@buyer
async def accept_lead_(stage: Stage) -> dict[str, Any]:
    return {"leadId": str(await lead(stage))}


@buyer
async def reject_lead(stage: Stage) -> dict[str, Any]:
    return {"leadId": str(await lead(stage)), "reason": "TOO_FAR", "note": "远"}


@buyer
async def follow_lead(stage: Stage) -> dict[str, Any]:
    lead_id = str(await accepted(stage))
    return {"leadId": lead_id, "stage": "VISITED", "note": "好", "nextAt": "2030-01-01T00:00:00Z"}


@buyer
async def win_lead(stage: Stage) -> dict[str, Any]:
    return {"leadId": str(await accepted(stage)), "orderId": str(await stage.placed()), "note": "好"}


@buyer
async def lose_lead(stage: Stage) -> dict[str, Any]:
    return {"leadId": str(await accepted(stage)), "reason": "PRICE", "note": "贵"}


@seller
async def assign_lead(stage: Stage) -> dict[str, Any]:
    return {"leadId": str(await pooled(stage)), "companyId": str(stage.buyer.company_id)}


@seller
async def reroute_lead(stage: Stage) -> dict[str, Any]:
    return {"leadId": str(await pooled(stage)), "regionCode": "4406"}


@seller
async def take_back_lead_(stage: Stage) -> dict[str, Any]:
    return {"leadId": str(await accepted(stage)), "note": "没有动静"}


@seller
async def discard_lead(stage: Stage) -> dict[str, Any]:
    return {"leadId": str(await pooled(stage)), "note": "广告"}


@shopkeeper
async def save_lead_rules(stage: Stage) -> dict[str, Any]:
    await stage.shop.world.regions()
    companies = [str(stage.shop.buyer.company_id)]
    rule = {"name": "广东", "precedence": 1, "regionCode": "44", "productLine": "漆", "source": "fair"}
    return {**stage.network, "rules": [{**rule, "strategy": "ROUND_ROBIN", "companyIds": companies}]}


@shopkeeper
async def save_lead_settings(stage: Stage) -> dict[str, Any]:
    hours = {"timeZone": "Asia/Shanghai", "weekdays": [1, 2, 3, 4, 5, 6, 7], "opensMinute": 0, "closesMinute": 1440}
    days = {"holidays": ["2030-01-01"], "extraDays": ["2030-01-05"]}
    return {**stage.network, **hours, **days, "acceptSeconds": 600, "mostLapses": 3, "stagnantDays": 7}


@shopkeeper
async def set_lead_capacity(stage: Stage) -> dict[str, Any]:
    return {**stage.network, "companyId": str(stage.shop.buyer.company_id), "mostOpen": 1_000_000}


ALL_INPUTS: Final = OTHERS
