"""Pairs: who may read which relation and which company, walked through the API, ids included."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from app.network import queries
from app.network.viewer import Viewer
from tests.api import Api
from tests.network.documents import CHANNEL, CUSTOMERS, ONE_RELATION, SUPPLIERS
from tests.worlds import Party, World, open_world


@dataclass
class Two:
    """Two brands; `shared` buys from both, `sub` from one dealer."""

    one: World
    two: World
    dealer: Party
    sibling: Party
    sub: Party
    outlet: Party
    shared: Party


@pytest.fixture(scope="module")
def api(database: str) -> Api:
    return Api()


@pytest.fixture(scope="module")
async def brands(api: Api) -> Two:
    one, two = await open_world("One"), await open_world("Two")
    dealer, sibling = await one.buyer(one.brand, "Dealer"), await one.buyer(one.brand, "Sibling")
    sub = await one.buyer(dealer, "Sub")
    outlet = await one.buyer(sub, "Outlet")
    shared = await two.buyer(two.brand, "Shared")
    await one.also_buys(dealer, shared)
    return Two(one, two, dealer, sibling, sub, outlet, shared)


async def test_a_relation_is_read_by_its_two_sides_only(api: Api, brands: Two) -> None:
    parties = [
        brands.one.brand, brands.two.brand, brands.dealer, brands.sibling, brands.sub, brands.outlet, brands.shared
    ]  # fmt: skip
    edges = {**brands.one.relations, **brands.two.relations}
    pairs = 0
    for (seller_id, buyer_id), relation_id in edges.items():
        for party in parties:
            if party.company_id in (seller_id, buyer_id):
                found = await api.data(party, ONE_RELATION, id=str(relation_id))
                assert found["id"] == str(relation_id)
            else:
                assert await api.code(party, ONE_RELATION, id=str(relation_id)) == "NOT_FOUND"
            pairs += 1
    assert pairs == 6 * 7
    foreign = str(brands.one.relation(brands.one.brand, brands.dealer))
    answers = [await api.ask(brands.sibling, ONE_RELATION, id=one) for one in (foreign, str(uuid4()), "nonsense")]
    assert {one["errors"][0]["extensions"]["code"] for one in answers} == {"NOT_FOUND"}
    assert {one["errors"][0]["message"].rsplit(" ", 1)[0] for one in answers} == {"There is no relation"}


async def test_lists_hold_only_ones_own(api: Api, brands: Two) -> None:
    async def listed(party: Party) -> tuple[list[str], list[str]]:
        customers = (await api.data(party, CUSTOMERS))["customers"]["edges"]
        suppliers = (await api.data(party, SUPPLIERS))["suppliers"]["edges"]
        return (
            [edge["node"]["buyer"]["name"] for edge in customers],
            [edge["node"]["seller"]["name"] for edge in suppliers],
        )

    assert await listed(brands.one.brand) == (["Dealer", "Sibling"], [])
    assert await listed(brands.two.brand) == (["Shared"], [])
    assert await listed(brands.dealer) == (["Sub", "Shared"], ["One"])
    assert await listed(brands.sibling) == ([], ["One"])
    assert await listed(brands.shared) == ([], ["Two", "Dealer"])


async def test_a_brand_sees_every_level_of_its_own_network_without_money(api: Api, brands: Two) -> None:
    found = await api.data(brands.one.brand, CHANNEL, id=str(brands.one.network_id))
    assert [
        (edge["node"]["seller"]["name"], edge["node"]["buyer"]["name"], edge["node"]["level"])
        for edge in found["channel"]["edges"]
    ] == [
        ("One", "Dealer", 1),
        ("One", "Sibling", 1),
        ("Dealer", "Sub", 2),
        ("Sub", "Outlet", 3),
        ("Dealer", "Shared", 2),
    ]
    for party, network in (
        (brands.two.brand, brands.one),
        (brands.one.brand, brands.two),
        (brands.dealer, brands.one),
        (brands.shared, brands.one),
    ):
        assert await api.code(party, CHANNEL, id=str(network.network_id)) == "NOT_FOUND"
    fields = '{ __type(name: "ChannelRelation") { fields { name } } }'
    names = {one["name"] for one in (await api.data(None, fields))["fields"]}
    figures = {"thisMonth", "lastMonth", "lastOrder", "silentDays", "unconfirmedOrders", "confirmedOrders"}
    assert names == {"id", "seller", "buyer", "status", "level", "region", "openedAt"} | figures


async def test_companies_by_id_are_those_one_deals_with(brands: Two) -> None:
    everybody = {
        party.company_id: party.name
        for party in (brands.one.brand, brands.two.brand, brands.dealer, brands.sibling, brands.sub, brands.outlet,
                      brands.shared)
    }  # fmt: skip

    async def known(viewer: Viewer) -> set[str]:
        ids: list[UUID] = [*everybody, uuid4()]
        return {everybody[one] for one in await queries.companies_by_ids(viewer, ids)}

    assert await known(brands.one.brand.viewer) == {"One", "Dealer", "Sibling", "Sub", "Outlet", "Shared"}
    assert await known(brands.two.brand.viewer) == {"Two", "Shared"}
    assert await known(brands.dealer.viewer) == {"Dealer", "One", "Sub", "Shared"}
    assert await known(brands.sibling.viewer) == {"Sibling", "One"}
    assert await known(brands.outlet.viewer) == {"Outlet", "Sub"}
    assert await known(brands.shared.viewer) == {"Shared", "Two", "Dealer"}
