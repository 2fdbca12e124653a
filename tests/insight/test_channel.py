"""Control over what lies below: who buys from a brand's dealers, since when nobody has, how much in orders, and in
money only as long as a relation grants it.

Iris ─→ A (广州) ─→ Keeping (广州), Granting (佛山) ─→ Outlet
  └───→ B (杭州) ─→ nobody
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.kernel import clock
from app.network.change_relation import change_relation, suspend_relation
from app.network.roles import Role
from app.network.rules import Scope, Terms
from tests.api import Api
from tests.insight.documents import CARD, CHANNEL
from tests.insight.quarter import CHINA, NOON, OPENED
from tests.ordering.market import Market, market_between
from tests.storefront import test_plans as plans
from tests.worlds import Party, World, new_key, open_world, party_of

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]
OCTOBER = datetime(2026, 10, 31, 23, 59, tzinfo=CHINA)
NOVEMBER = datetime(2026, 11, 1, 0, 1, tzinfo=CHINA)
NO_ORDER = {"orders": 0, "turnover": None}


@dataclass(slots=True)
class Channel:
    """Everybody by name, each with a token of noon."""

    api: Api
    world: World
    people: dict[str, Party]
    market: Market

    def relation(self, seller: str, buyer: str) -> UUID:
        return self.world.relation(self.people[seller], self.people[buyer])

    async def list(self, reader: Party, moment: datetime = NOON, **filter: Any) -> list[dict[str, Any]]:
        with clock.at(moment):
            asked = {"id": str(self.world.network_id), "filter": filter}
            found = (await self.api.data(reader, CHANNEL, **asked))["channel"]["edges"]
        return [edge["node"] for edge in found]

    async def names(self, reader: Party, **filter: Any) -> str:
        return " ".join(node["buyer"]["name"] for node in await self.list(reader, **filter))

    async def card(self, reader: Party, seller: str, buyer: str) -> dict[str, Any]:
        with clock.at(NOON):
            card: dict[str, Any] = (await self.api.data(reader, CARD, id=str(self.relation(seller, buyer))))["customer"]
            return card

    async def grants(self, grants: bool) -> None:
        terms = Terms(currency="CNY", region_code="4406", grants_money_to_brand=grants)
        seller = self.people["A"].viewer
        await change_relation(seller, client_key=new_key(), relation_id=self.relation("A", "Granting"), terms=terms)


@pytest.fixture
async def channel(database: str) -> Channel:
    with clock.at(OPENED):
        world = await open_world("Iris")
        await world.regions()
        a, b = await world.buyer(world.brand, "A", region="4401"), await world.buyer(world.brand, "B", region="3301")
        keeping = await world.buyer(a, "Keeping", region="4401")
        granting = await world.buyer(a, "Granting", region="4406", grants_money_to_brand=True)
        outlet = await world.buyer(granting, "Outlet", region="4406")
        market = await market_between(world, a, keeping)
        paint = await market.sku(f"PAINT-{uuid4()}", price="10.00")
    for moment, buyer, quantities in ((OCTOBER, keeping, "5"), (OCTOBER, granting, "7"), (NOVEMBER, granting, "89")):
        with clock.at(moment):
            market.buyer = buyer
            await market.credit(None)
            for quantity in quantities:
                await market.place([(paint, quantity)])
    people = {"Iris": world.brand, "A": a, "B": b, "Keeping": keeping, "Granting": granting, "Outlet": outlet}
    with clock.at(NOON):
        fresh = {name: await party_of(one.name, one.login) for name, one in people.items()}
    return Channel(Api(), world, fresh, market)


def months(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: node[of][name] for name in ("orders", "turnover")} for of in ("lastMonth", "thisMonth")]


async def test_a_brand_sees_who_buys_from_its_dealers_and_how_much(channel: Channel) -> None:
    iris = channel.people["Iris"]
    to_a, to_b, keeping, granting, outlet = await channel.list(iris)
    assert [(one["seller"]["name"], one["buyer"]["name"], one["level"]) for one in (keeping, granting, outlet)] == [
        ("A", "Keeping", 2), ("A", "Granting", 2), ("Granting", "Outlet", 3)
    ]  # fmt: skip
    assert months(keeping) == [{"orders": 1, "turnover": None}, NO_ORDER]
    assert months(granting) == [
        {"orders": 1, "turnover": {"amount": "70.00"}}, {"orders": 2, "turnover": {"amount": "170.00"}}
    ]  # fmt: skip
    assert (keeping["silentDays"], keeping["lastOrder"]["placedAt"]) == (21, "2026-10-31T15:59:00Z")
    assert (granting["silentDays"], granting["unconfirmedOrders"], granting["confirmedOrders"]) == (20, 3, 0)
    assert (outlet["lastOrder"], outlet["silentDays"], months(outlet)) == (None, 256, [NO_ORDER, NO_ORDER])
    # Its own sales are its own money
    assert months(to_a) == months(to_b) == [{"orders": 0, "turnover": {"amount": "0.00"}}] * 2


async def test_money_is_seen_as_long_as_it_is_granted(channel: Channel) -> None:
    iris = channel.people["Iris"]
    for grants, amount in ((False, None), (True, {"amount": "170.00"})):
        await channel.grants(grants)
        (seen,) = [one for one in await channel.list(iris) if one["buyer"]["name"] == "Granting"]
        assert (seen["thisMonth"]["orders"], seen["thisMonth"]["turnover"]) == (2, amount)
        card = await channel.card(iris, "Iris", "A")
        assert [edge["node"]["thisMonth"]["turnover"] for edge in card["channel"]["edges"]] == [None, amount]


async def test_the_card_of_a_dealer_tells_of_its_customers(channel: Channel) -> None:
    iris = channel.people["Iris"]
    whole = {node["id"]: node for node in await channel.list(iris)}
    a, b = await channel.card(iris, "Iris", "A"), await channel.card(iris, "Iris", "B")
    assert [edge["node"]["buyer"]["name"] for edge in a["channel"]["edges"]] == ["Keeping", "Granting"]
    assert all(edge["node"] == whole[edge["node"]["id"]] for edge in a["channel"]["edges"])
    assert a["channelTotals"] == {
        "buyers": 2, "active": 2, "ordering": 1, "thisMonthOrders": 2, "lastMonthOrders": 2
    }  # fmt: skip
    assert len(a["channelOrders"]["edges"]) == 4
    assert (b["channel"]["edges"], b["channelOrders"]["edges"]) == ([], [])
    assert b["channelTotals"] == dict.fromkeys(
        ("buyers", "active", "ordering", "thisMonthOrders", "lastMonthOrders"), 0
    )
    seller = channel.people["A"].viewer
    await suspend_relation(seller, client_key=new_key(), relation_id=channel.relation("A", "Keeping"))
    a = await channel.card(iris, "Iris", "A")
    assert (a["channelTotals"]["buyers"], a["channelTotals"]["active"]) == (2, 1)
    # Who is no brand sees its own customers, and nothing of theirs
    own = await channel.card(channel.people["A"], "A", "Granting")
    assert (own["thisMonth"]["turnover"], own["channelTotals"]) == ({"amount": "170.00"}, None)
    assert (own["channel"]["edges"], own["channelOrders"]["edges"]) == ([], [])


async def test_filters_and_pages(channel: Channel) -> None:
    iris = channel.people["Iris"]
    a, granting = (str(channel.people[name].company_id) for name in ("A", "Granting"))
    assert await channel.names(iris) == "A B Keeping Granting Outlet"
    for filter, names in (
        ({"sellerId": a}, "Keeping Granting"),
        ({"sellerId": granting}, "Outlet"),
        ({"sellerId": str(uuid4())}, ""),
        ({"regionCode": "44"}, "A Keeping Granting Outlet"),
        ({"regionCode": "4406"}, "Granting Outlet"),
        ({"silentDays": 20}, "A B Keeping Granting Outlet"),
        ({"silentDays": 21}, "A B Keeping Outlet"),
        ({"silentDays": 21, "sellerId": a}, "Keeping"),
        ({"statuses": ["SUSPENDED"]}, ""),
        ({"statuses": ["ACTIVE"], "sellerId": a}, "Keeping Granting"),
    ):
        assert await channel.names(iris, **filter) == names, filter
    seen, after = [], None
    with clock.at(NOON):
        for _ in range(5):
            asked = {"id": str(channel.world.network_id), "first": 1, "after": after}
            page = (await channel.api.data(iris, CHANNEL, **asked))["channel"]
            (edge,), after = page["edges"], page["pageInfo"]["endCursor"]
            seen.append(edge["node"]["buyer"]["name"])
        for wrong in ({"silentDays": 0}, {"silentDays": 3651}):
            answer = await channel.api.ask(iris, CHANNEL, id=str(channel.world.network_id), filter=wrong)
            assert [one["extensions"]["code"] for one in answer["errors"]] == ["BAD_REQUEST"]
        nonsense = await channel.api.ask(iris, CHANNEL, id=str(channel.world.network_id), filter={"sellerId": "A"})
        assert [one["extensions"]["code"] for one in nonsense["errors"]] == ["NOT_FOUND"]
    assert (" ".join(seen), page["pageInfo"]["hasNextPage"]) == ("A B Keeping Granting Outlet", False)


async def test_a_manager_sees_what_lies_in_scope(channel: Channel) -> None:
    brand = channel.people["Iris"]
    with clock.at(NOON):
        scopes = {
            "A Keeping Granting Outlet": Scope(region_codes=("44",)),
            "B": Scope(region_codes=("33",)),
            "A": Scope(relation_ids=(channel.relation("Iris", "A"),)),
        }
        managers = {
            names: await channel.world.member(brand, [Role.CHANNEL_MANAGER], scope=scope)
            for names, scope in scopes.items()
        }
    for names, manager in managers.items():
        assert await channel.names(manager) == names
    only_a = await channel.card(managers["A"], "Iris", "A")
    assert (only_a["channel"]["edges"], only_a["channelTotals"]["buyers"]) == ([], 0)
    south = await channel.card(managers["A Keeping Granting Outlet"], "Iris", "A")
    assert (len(south["channel"]["edges"]), south["channelTotals"]["buyers"]) == (2, 2)
    with clock.at(NOON):
        buyer = await channel.world.member(brand, [Role.BUYER])
        asked = {"id": str(channel.world.network_id)}
        assert await channel.api.code(buyer, CHANNEL, **asked) == "FORBIDDEN"
        for name in ("A", "Granting", "Outlet"):
            assert await channel.api.code(channel.people[name], CHANNEL, **asked) == "NOT_FOUND"


async def test_what_is_seen_of_the_channel_reads_no_table_whole(
    channel: Channel, database: str, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "GROWING", {"trade_relation", "customer_figures", "sales_order", "company"})
    iris, a = channel.people["Iris"], str(channel.people["A"].company_id)
    async with counted() as statements:
        await channel.list(iris)
        await channel.list(iris, sellerId=a, silentDays=20, regionCode="44", statuses=["ACTIVE"])
    asked = [one for one in statements if "session" not in one and "pg_catalog" not in one]
    assert len(asked) == 4  # each: whose network it is, and the page with its figures
    assert await plans.read_whole(database, asked) == set()
    async with counted() as statements:
        await channel.card(iris, "Iris", "A")
    asked = [one for one in statements if "session" not in one and "pg_catalog" not in one]
    assert await plans.read_whole(database, asked) == set()
