"""Regions, ship-to addresses and territories."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from app import database as db
from app.network.roles import Role
from app.network.rules import Scope
from tests.api import Api
from tests.worlds import World, new_key, open_world, ship_to

SAVE_REGIONS = "mutation($input: SaveRegionsInput!) { saveRegions(input: $input) { added } }"
REGIONS = "query($parent: String) { regions(parentCode: $parent) { edges { node { code name nameZh } } } }"
SHIP_TO = "id name contact phone address isOpen approved version region { code }"
SAVE_SHIP_TO = f"""mutation($input: SaveShipToInput!) {{ saveShipTo(input: $input) {{ __typename
    ... on ShipTo {{ {SHIP_TO} }} ... on ChangedMeanwhile {{ version }} ... on KeyReused {{ key }} }} }}"""
APPROVE = f"""mutation($input: ApproveShipToInput!) {{ approveShipTo(input: $input) {{ __typename
    ... on ShipTo {{ {SHIP_TO} }} }} }}"""
OF_RELATION = f"query($id: ID!) {{ relation(id: $id) {{ shipTos {{ edges {{ node {{ {SHIP_TO} }} }} }} }} }}"
OWN = f"{{ viewer {{ shipTos {{ edges {{ node {{ {SHIP_TO} }} }} }} }} }}"
GRANT = """mutation($input: GrantTerritoryInput!) { grantTerritory(input: $input) { __typename
    ... on Territory { id exclusive region { code } company { name } }
    ... on TerritoryTaken { regionCode holder } } }"""
REVOKE = """mutation($input: RevokeTerritoryInput!) { revokeTerritory(input: $input) {
    ... on TerritoryRevoked { territoryId } } }"""
TERRITORIES = "{ viewer { territories { edges { node { id company { name } region { code } exclusive } } } } }"


@pytest.fixture(scope="module")
def api(database: str) -> Api:
    return Api()


def region(code: str, parent: str | None = None) -> dict[str, Any]:
    return {"code": code, "parentCode": parent, "nameZh": f"地区 {code}", "nameEn": f"Region {code}"}


def address(**more: object) -> dict[str, Any]:
    return {
        "clientKey": new_key(),
        "name": "东莞仓库 📦",
        "contact": "Li Lei",
        "phone": "13800000000",
        "address": "1 Harbour Road",
    } | more


def grant(world: World, company_id: UUID, code: str, **more: object) -> dict[str, Any]:
    return {
        "clientKey": new_key(),
        "networkId": str(world.network_id),
        "companyId": str(company_id),
        "regionCode": code,
    } | more


async def test_regions_are_saved_once_and_read_level_by_level(api: Api) -> None:
    world = await open_world()
    dealer = await world.buyer(world.brand, "Dealer")
    regions = [region("T1-1", "T1"), region("T1-2", "T1"), region("T1")]
    assert await api.data(world.brand, SAVE_REGIONS, input={"regions": regions}) == {"added": 3}
    renamed = [region("T1-1", "T1") | {"nameEn": "Elsewhere"}, region("T1-1-1", "T1-1")]
    assert await api.data(world.brand, SAVE_REGIONS, input={"regions": renamed}) == {"added": 1}
    inside = (await api.data(dealer, REGIONS, parent="T1"))["edges"]
    assert [edge["node"] for edge in inside] == [
        {"code": "T1-1", "name": "Region T1-1", "nameZh": "地区 T1-1"},
        {"code": "T1-2", "name": "Region T1-2", "nameZh": "地区 T1-2"},
    ]
    paths = await db.rows("SELECT code, path FROM region WHERE code LIKE 'T1%' ORDER BY code")
    assert [tuple(row) for row in paths] == [
        ("T1", "T1/"), ("T1-1", "T1/T1-1/"), ("T1-1-1", "T1/T1-1/T1-1-1/"), ("T1-2", "T1/T1-2/")
    ]  # fmt: skip


async def test_only_brands_save_regions_and_only_whole_lists(api: Api) -> None:
    world = await open_world()
    dealer = await world.buyer(world.brand, "Dealer")
    assert await api.code(dealer, SAVE_REGIONS, input={"regions": [region("T2")]}) == "FORBIDDEN"
    for wrong in (
        [],
        [region("T2"), region("T2-1", "nowhere")],
        [region("T2"), region("T/2")],
        [region("T2"), region("x" * 21)],
        [region("T2", "T2")],
    ):
        assert await api.code(world.brand, SAVE_REGIONS, input={"regions": wrong}) == "BAD_REQUEST"
    assert await db.rows("SELECT 1 FROM region WHERE code LIKE 'T2%'") == []


async def test_an_address_is_saved_changed_and_closed(api: Api) -> None:
    world = await open_world()
    await world.regions()
    dealer = await world.buyer(world.brand, "Dealer")
    buyer = await world.member(dealer, [Role.BUYER])
    asked = address(regionCode="4401")
    saved = await api.data(buyer, SAVE_SHIP_TO, input=asked)
    assert (saved["name"], saved["region"], saved["isOpen"], saved["approved"], saved["version"]) == (
        "东莞仓库 📦", {"code": "4401"}, True, None, 1
    )  # fmt: skip
    assert await api.data(buyer, SAVE_SHIP_TO, input=asked) == saved
    change = address(id=saved["id"], expectedVersion=1, name="Closed", isOpen=False)
    changed = await api.data(dealer, SAVE_SHIP_TO, input=change)
    assert (changed["id"], changed["isOpen"], changed["region"], changed["version"]) == (saved["id"], False, None, 2)
    stale = await api.data(dealer, SAVE_SHIP_TO, input=change | {"clientKey": new_key()})
    assert stale == {"__typename": "ChangedMeanwhile", "version": 2}
    listed = (await api.data(dealer, OWN))["shipTos"]["edges"]
    assert [edge["node"] for edge in listed] == [{key: changed[key] for key in changed if key != "__typename"}]


@pytest.mark.parametrize(
    "bad", [{"name": ""}, {"name": "x" * 201}, {"phone": "1" * 41}, {"address": "x" * 401}, {"regionCode": "nowhere"}]
)
async def test_addresses_that_cannot_be(api: Api, bad: dict[str, object]) -> None:
    world = await open_world()
    dealer = await world.buyer(world.brand, "Dealer")
    assert await api.code(dealer, SAVE_SHIP_TO, input=address(**bad)) == "BAD_REQUEST"
    assert await db.rows("SELECT 1 FROM ship_to WHERE company_id = $1", dealer.company_id) == []


async def test_the_seller_approves_addresses_of_its_buyers(api: Api) -> None:
    world = await open_world()
    dealer, sibling = await world.buyer(world.brand, "Dealer"), await world.buyer(world.brand, "Sibling")
    ship_to_id, other_id = str(await ship_to(dealer)), str(await ship_to(sibling))
    relation_id = str(world.relation(world.brand, dealer))
    asked = {"clientKey": new_key(), "relationId": relation_id, "shipToId": ship_to_id}
    assert (await api.data(world.brand, APPROVE, input=asked))["approved"] is True
    assert (await api.data(world.brand, APPROVE, input=asked))["approved"] is True
    for party in (world.brand, dealer):
        (edge,) = (await api.data(party, OF_RELATION, id=relation_id))["shipTos"]["edges"]
        assert (edge["node"]["id"], edge["node"]["approved"]) == (ship_to_id, True)
    withdrawn = asked | {"clientKey": new_key(), "approved": False}
    assert (await api.data(world.brand, APPROVE, input=withdrawn))["approved"] is False
    # not its own seller, not another buyer's address, not another's relation
    approve = {"clientKey": new_key(), "relationId": relation_id}
    assert await api.code(dealer, APPROVE, input=approve | {"shipToId": ship_to_id}) == "NOT_FOUND"
    assert await api.code(world.brand, APPROVE, input=approve | {"shipToId": other_id}) == "NOT_FOUND"
    assert await api.code(sibling, OF_RELATION, id=relation_id) == "NOT_FOUND"
    change = address(id=ship_to_id)
    assert await api.code(sibling, SAVE_SHIP_TO, input=change) == "NOT_FOUND"
    (kept,) = await db.rows("SELECT name, version FROM ship_to WHERE id = $1", UUID(ship_to_id))
    assert tuple(kept) == ("Warehouse door", 1)
    assert await db.rows("SELECT 1 FROM ship_to_approval WHERE ship_to_id = ANY($1)", [UUID(ship_to_id)]) == []


async def test_territories_and_exclusive_ones(api: Api) -> None:
    world = await open_world()
    await world.regions()
    one, two = await world.buyer(world.brand, "One"), await world.buyer(world.brand, "Two")
    shared = await api.data(world.brand, GRANT, input=grant(world, one.company_id, "4401"))
    assert (shared["company"], shared["region"], shared["exclusive"]) == ({"name": "One"}, {"code": "4401"}, False)
    assert (await api.data(world.brand, GRANT, input=grant(world, two.company_id, "4401")))["exclusive"] is False
    for code in ("44", "4401", "CN"):
        refused = await api.data(world.brand, GRANT, input=grant(world, one.company_id, code, exclusive=True))
        assert refused == {"__typename": "TerritoryTaken", "regionCode": code, "holder": "Two"}
    only = await api.data(world.brand, GRANT, input=grant(world, one.company_id, "33", exclusive=True))
    refused = await api.data(world.brand, GRANT, input=grant(world, two.company_id, "3301"))
    assert (refused["__typename"], refused["holder"]) == ("TerritoryTaken", "One")
    own = (await api.data(one, TERRITORIES))["territories"]["edges"]
    assert [(edge["node"]["region"]["code"], edge["node"]["exclusive"]) for edge in own] == [
        ("4401", False),
        ("33", True),
    ]
    all_of_them = (await api.data(world.brand, TERRITORIES))["territories"]["edges"]
    assert [edge["node"]["company"]["name"] for edge in all_of_them] == ["One", "Two", "One"]
    # the dealer takes nothing and gives nothing; the brand takes back
    assert await api.code(one, GRANT, input=grant(world, two.company_id, "4406")) == "NOT_FOUND"
    back = {"clientKey": new_key(), "territoryId": only["id"]}
    assert await api.code(one, REVOKE, input=back) == "NOT_FOUND"
    assert await api.data(world.brand, REVOKE, input=back) == {"territoryId": only["id"]}
    granted = await api.data(world.brand, GRANT, input=grant(world, two.company_id, "3301"))
    assert granted["company"] == {"name": "Two"}
    scope = Scope(region_codes=("44",))
    manager = await world.member(world.brand, [Role.CHANNEL_MANAGER], scope=scope)
    assert await api.code(manager, GRANT, input=grant(world, one.company_id, "4406")) == "FORBIDDEN"
    assert await api.code(manager, SAVE_REGIONS, input={"regions": [region("T3")]}) == "FORBIDDEN"
    assert await api.code(world.brand, GRANT, input=grant(world, uuid4(), "4401")) == "NOT_FOUND"
    assert await api.code(world.brand, GRANT, input=grant(world, one.company_id, "nowhere")) == "BAD_REQUEST"
