"""Opening networks, and relations in any number of levels: terms, circles, duplicates, statuses."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from app import database as db
from app.network import open_network as opening
from app.network.roles import Role
from app.network.rules import Scope
from app.settings import settings
from tests.api import Api
from tests.network.documents import (
    ACCEPT,
    CHANGE_RELATION,
    CUSTOMERS,
    END,
    LOG_IN,
    ONE_RELATION,
    OPEN_NETWORK,
    OPEN_RELATION,
    RESUME,
    SUPPLIERS,
    SUSPEND,
    WHO,
)
from tests.worlds import PASSWORD, Party, World, new_key, new_login, open_world, registration_code


@pytest.fixture(scope="module")
def api(database: str) -> Api:
    return Api()


def network_input(**more: object) -> dict[str, Any]:
    owner = {"name": "老板", "login": new_login("boss"), "password": PASSWORD}
    return {
        "clientKey": new_key(),
        "name": "立邦 channel 🎨",
        "currency": "CNY",
        "brand": {"name": "立邦"},
        "owner": owner,
    } | more


def relation_input(world: World, **more: object) -> dict[str, Any]:
    owner = {"name": "Dealer Owner", "login": new_login("dealer"), "password": PASSWORD}
    return {
        "clientKey": new_key(),
        "networkId": str(world.network_id),
        "buyer": {"company": {"name": "佛山经销商"}, "owner": owner},
    } | more


def because(relation_id: str, reason: str = "Moved away") -> dict[str, Any]:
    return {"clientKey": new_key(), "relationId": relation_id, "reason": reason}


async def relations(world: World) -> list[tuple[Any, ...]]:
    rows = await db.rows(
        """SELECT s.name, b.name, r.level, r.status, r.version FROM trade_relation r
           JOIN company s ON s.id = r.seller_id JOIN company b ON b.id = r.buyer_id
           WHERE r.network_id = $1 ORDER BY r.id""",
        world.network_id,
    )
    return [tuple(row) for row in rows]


async def count(table: str) -> int:
    (row,) = await db.rows(f"SELECT count(*) AS n FROM {table}")
    n: int = row["n"]
    return n


async def test_a_network_is_opened_from_nothing_over_http(api: Api) -> None:
    asked = network_input()
    opened = await api.data(None, OPEN_NETWORK, input=asked)
    assert opened["__typename"] == "NetworkOpened"
    assert await api.data(None, OPEN_NETWORK, input=asked) == opened
    other = await api.data(None, OPEN_NETWORK, input=asked | {"name": "Other"})
    assert other == {"__typename": "KeyReused", "key": asked["clientKey"]}
    again = await api.data(None, OPEN_NETWORK, input=asked | {"clientKey": new_key()})
    assert again == {"__typename": "LoginTaken", "login": asked["owner"]["login"]}
    credentials = {"login": asked["owner"]["login"], "password": PASSWORD}
    session = await api.data(None, LOG_IN, input=credentials)
    viewer = await api.data(None, WHO, token=session["accessToken"])
    assert (viewer["company"]["name"], viewer["roles"]) == ("立邦", ["OWNER"])
    networks = await api.data(
        None, "{ backoffice { networks { id name currency timeZone } } }", token=session["accessToken"]
    )
    assert networks["networks"] == [
        {"id": opened["networkId"], "name": "立邦 channel 🎨", "currency": "CNY", "timeZone": "Asia/Shanghai"}
    ]


async def test_a_closed_server_opens_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = settings().model_copy(update={"registration": "closed"})
    monkeypatch.setattr(opening, "settings", lambda: closed)
    before = [await count(table) for table in ("network", "company", "person", "client_key")]
    refused = await api.data(None, OPEN_NETWORK, input=network_input())
    assert refused["code"] == "REGISTRATION_CLOSED"
    assert [await count(table) for table in ("network", "company", "person", "client_key")] == before


@pytest.mark.parametrize(
    "bad",
    [
        {"currency": "XXQ"},
        {"currency": ""},
        {"timeZone": "Mars/Olympus"},
        {"timeZone": "../../etc/passwd"},
        {"name": ""},
        {"name": "x" * 201},
        {"brand": {"name": "B", "regionCode": "nowhere"}},
        {"brand": {"name": "x" * 201}},
        {"brand": {"name": "B", "registrationCode": "x" * 41}},
        {"owner": {"name": "O", "login": "", "password": PASSWORD}},
        {"owner": {"name": "O", "login": "o", "password": "short"}},
    ],
)
async def test_networks_that_cannot_be(api: Api, bad: dict[str, object]) -> None:
    before = [await count(table) for table in ("network", "company", "person", "client_key")]
    assert await api.code(None, OPEN_NETWORK, input=network_input(**bad)) == "BAD_REQUEST"
    assert [await count(table) for table in ("network", "company", "person", "client_key")] == before


async def test_a_taken_registration_code_opens_nothing(api: Api) -> None:
    world = await open_world()
    code = await registration_code(world.brand)
    before = [await count(table) for table in ("network", "company", "person")]
    refused = await api.data(
        None, OPEN_NETWORK, input=network_input(brand={"name": "Twin", "registrationCode": code.lower()})
    )
    assert refused == {"__typename": "CompanyExists", "registrationCode": code}
    assert [await count(table) for table in ("network", "company", "person")] == before


async def test_a_relation_with_all_of_its_terms(api: Api) -> None:
    world = await open_world()
    await world.regions()
    terms = {
        "taxMode": "EXCLUDED",
        "funding": "PREPAYMENT",
        "netDays": 45,
        "orderMinimum": "1000.50",
        "reservationMinutes": 30,
        "shipToApproval": True,
        "grantsMoneyToBrand": True,
        "customerCode": "K-17",
        "regionCode": "4406",
    }
    asked = relation_input(world, terms=terms)
    opened = await api.data(world.brand, OPEN_RELATION, input=asked)
    relation = opened["relation"]
    assert relation["terms"] == {
        "currency": "CNY",
        "taxMode": "EXCLUDED",
        "funding": "PREPAYMENT",
        "netDays": 45,
        "orderMinimum": {"amount": "1000.50", "currency": "CNY"},
        "reservationMinutes": 30,
        "shipToApproval": True,
        "grantsMoneyToBrand": True,
    }
    assert relation["region"] == {"code": "4406", "name": "Foshan"}
    assert (relation["status"], relation["level"], relation["customerCode"]) == ("ACTIVE", 1, "K-17")
    assert relation["allowedActions"] == ["CHANGE_TERMS", "SUSPEND", "END"]
    assert opened["invitation"] is None
    assert await api.data(world.brand, OPEN_RELATION, input=asked) == opened
    session = await api.data(None, LOG_IN, input={"login": asked["buyer"]["owner"]["login"], "password": PASSWORD})
    (seen,) = (await api.data(None, SUPPLIERS, token=session["accessToken"]))["suppliers"]["edges"]
    assert seen["node"] == relation | {"allowedActions": []}
    (fact,) = await db.rows("SELECT * FROM outbox WHERE subject_id = $1", UUID(relation["id"]))
    assert (fact["kind"], fact["what"], fact["version"]) == ("relation", "opened", 1)
    assert [str(one) for one in fact["audience"]] == [relation["seller"]["id"], relation["buyer"]["id"]]


async def test_a_new_buyer_may_be_invited(api: Api) -> None:
    world = await open_world()
    buyer = {"company": {"name": "门店"}, "invitedOwner": {"name": "店长"}}
    asked = relation_input(world, buyer=buyer)
    opened = await api.data(world.brand, OPEN_RELATION, input=asked)
    assert opened["invitation"]["roles"] == ["OWNER"]
    assert await api.data(world.brand, OPEN_RELATION, input=asked) == opened
    password = {"login": new_login("shop"), "password": PASSWORD, "isNew": True}
    joined = await api.data(None, ACCEPT, input={"code": opened["invitation"]["invitationCode"], "password": password})
    viewer = await api.data(None, WHO, token=joined["accessToken"])
    assert (viewer["company"]["name"], viewer["roles"]) == ("门店", ["OWNER"])


async def test_dealers_open_relations_with_the_very_same_mutation(api: Api) -> None:
    world = await open_world()
    dealer = await world.buyer(world.brand, "Dealer")
    opened = await api.data(dealer, OPEN_RELATION, input=relation_input(world))
    assert (opened["relation"]["level"], opened["relation"]["seller"]["name"]) == (2, "Dealer")
    outlet = await world.buyer(await world.buyer(dealer, "Sub"), "Outlet")
    (edge,) = (await api.data(outlet, SUPPLIERS))["suppliers"]["edges"]
    assert (edge["node"]["level"], edge["node"]["seller"]["name"]) == (3, "Sub")


async def test_a_stranger_to_the_network_sells_nothing_in_it(api: Api) -> None:
    world, other = await open_world(), await open_world()
    before = await count("company")
    assert await api.code(other.brand, OPEN_RELATION, input=relation_input(world)) == "NOT_FOUND"
    absent = relation_input(world, networkId=str(uuid4()))
    assert await api.code(other.brand, OPEN_RELATION, input=absent) == "NOT_FOUND"
    assert (await count("company"), await relations(world)) == (before, [])


async def test_a_level_is_one_more_than_the_sellers_lowest(api: Api) -> None:
    world = await open_world()
    dealer = await world.buyer(world.brand, "Dealer")
    sub = await world.buyer(dealer, "Sub")
    await world.buyer(sub, "Outlet")
    # The sub-dealer also buys from the brand: its outlet moves up
    relation_id = await world.also_buys(world.brand, sub)
    assert [row[:3] for row in await relations(world)] == [
        ("Brand", "Dealer", 1),
        ("Dealer", "Sub", 2),
        ("Sub", "Outlet", 2),
        ("Brand", "Sub", 1),
    ]
    told = await db.rows("SELECT what FROM outbox WHERE network_id = $1 ORDER BY id", world.network_id)
    assert [row["what"] for row in told] == ["opened"] * 3 + ["level_changed", "opened"]
    # and down again when that ends
    await api.data(world.brand, END, input=because(str(relation_id)))
    assert [row[2] for row in await relations(world)] == [1, 2, 3, 1]


async def test_circles_are_refused_with_the_companies_along_them(api: Api) -> None:
    world = await open_world()
    dealer = await world.buyer(world.brand, "Dealer")
    sub = await world.buyer(dealer, "Sub")
    outlet = await world.buyer(sub, "Outlet")
    before = await relations(world)
    cases: list[tuple[Party, Party, list[str]]] = [
        (outlet, dealer, ["Outlet", "Dealer", "Sub", "Outlet"]),
        (sub, dealer, ["Sub", "Dealer", "Sub"]),
        (outlet, world.brand, ["Outlet", "Brand", "…", "Sub", "Outlet"]),
        (sub, sub, ["Sub", "Sub"]),
    ]
    for seller, buyer, chain in cases:
        asked = relation_input(world, buyer={"registrationCode": await registration_code(buyer)})
        refused = await api.data(seller, OPEN_RELATION, input=asked)
        assert (refused["__typename"], refused["chain"]) == ("RelationCycle", chain)
    assert refused["message"] == "Goods would go round in a circle: Sub → Sub."
    assert await relations(world) == before


async def test_two_halves_of_a_circle_at_once(api: Api) -> None:
    for _ in range(5):
        world = await open_world()
        one, two = await world.buyer(world.brand, "One"), await world.buyer(world.brand, "Two")
        pairs = [(one, two), (two, one)]
        codes = [await registration_code(buyer) for _, buyer in pairs]
        answers = await asyncio.gather(
            *(
                api.data(seller, OPEN_RELATION, input=relation_input(world, buyer={"registrationCode": code}))
                for (seller, _), code in zip(pairs, codes, strict=True)
            )
        )
        assert sorted(one["__typename"] for one in answers) == ["RelationCycle", "RelationOpened"]


async def test_the_same_key_at_once_is_one_relation(api: Api) -> None:
    world = await open_world()
    asked = relation_input(world)
    answers = await asyncio.gather(*(api.data(world.brand, OPEN_RELATION, input=asked) for _ in range(10)))
    assert len({one["relation"]["id"] for one in answers}) == 1
    assert len(await relations(world)) == 1


async def test_a_relation_there_is_already(api: Api) -> None:
    world = await open_world()
    dealer = await world.buyer(world.brand, "Dealer")
    asked = relation_input(world, buyer={"companyId": str(dealer.company_id)})
    refused = await api.data(world.brand, OPEN_RELATION, input=asked)
    relation_id = str(world.relation(world.brand, dealer))
    assert refused == {"__typename": "RelationExists", "relationId": relation_id, "buyer": "Dealer"}
    assert await relations(world) == [("Brand", "Dealer", 1, "active", 1)]


async def test_a_company_is_known_by_id_only_to_those_who_trade_with_it(api: Api) -> None:
    world, other = await open_world("One"), await open_world("Two")
    dealer, sibling = await world.buyer(world.brand, "Dealer"), await world.buyer(world.brand, "Sibling")
    sub = await world.buyer(dealer, "Sub")
    for seller, network in ((sibling, world), (other.brand, other)):
        asked = relation_input(network, buyer={"companyId": str(sub.company_id)})
        assert await api.code(seller, OPEN_RELATION, input=asked) == "NOT_FOUND"
        asked = relation_input(network, buyer={"companyId": str(uuid4())})
        assert await api.code(seller, OPEN_RELATION, input=asked) == "NOT_FOUND"
    # the brand knows the companies of its network, at every level; everybody knows a registration code
    opened = await api.data(
        world.brand, OPEN_RELATION, input=relation_input(world, buyer={"companyId": str(sub.company_id)})
    )
    assert opened["relation"]["buyer"]["name"] == "Sub"
    code = await registration_code(sub)
    opened = await api.data(other.brand, OPEN_RELATION, input=relation_input(other, buyer={"registrationCode": code}))
    assert opened["relation"]["level"] == 1
    suppliers = (await api.data(sub, SUPPLIERS))["suppliers"]["edges"]
    assert [edge["node"]["seller"]["name"] for edge in suppliers] == ["Dealer", "One", "Two"]


@pytest.mark.parametrize(
    "bad",
    [
        {"buyer": {}},
        {"buyer": {"company": {"name": "x"}}},
        {"buyer": {"registrationCode": "x", "companyId": str(uuid4())}},
        {"buyer": {"registrationCode": "x", "invitedOwner": {"name": "x"}}},
        {"buyer": {"company": {"name": " "}, "invitedOwner": {"name": "x"}}},
        {"buyer": {"company": {"name": "x", "regionCode": "nowhere"}, "invitedOwner": {"name": "x"}}},
        {"terms": {"netDays": -1}},
        {"terms": {"netDays": 2**31 - 1}},
        {"terms": {"orderMinimum": "-1"}},
        {"terms": {"orderMinimum": "0.001"}},
        {"terms": {"orderMinimum": 1.5}},
        {"terms": {"currency": "XXQ"}},
        {"terms": {"reservationMinutes": 0}},
        {"terms": {"regionCode": "nowhere"}},
        {"terms": {"customerCode": "x" * 61}},
        {"terms": {"funding": "GOLD"}},
    ],
)
async def test_relations_that_cannot_be(api: Api, bad: dict[str, object]) -> None:
    world = await open_world()
    before = [await count(table) for table in ("company", "person", "invitation", "outbox")]
    answer = await api.ask(world.brand, OPEN_RELATION, input=relation_input(world, **bad))
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["BAD_REQUEST"]
    assert await relations(world) == []
    assert [await count(table) for table in ("company", "person", "invitation", "outbox")] == before


async def test_terms_change_for_orders_to_come(api: Api) -> None:
    world = await open_world()
    dealer = await world.buyer(world.brand, "Dealer")
    relation_id = str(world.relation(world.brand, dealer))
    asked = {"clientKey": new_key(), "relationId": relation_id, "expectedVersion": 1, "terms": {"netDays": 7}}
    changed = await api.data(world.brand, CHANGE_RELATION, input=asked)
    assert (changed["terms"]["netDays"], changed["version"]) == (7, 2)
    assert await api.data(world.brand, CHANGE_RELATION, input=asked) == changed
    stale = await api.data(world.brand, CHANGE_RELATION, input=asked | {"clientKey": new_key()})
    assert stale == {"__typename": "ChangedMeanwhile", "expectedVersion": 1, "version": 2}
    euro = {"clientKey": new_key(), "relationId": relation_id, "terms": {"currency": "EUR"}}
    assert await api.code(world.brand, CHANGE_RELATION, input=euro) == "BAD_REQUEST"
    # the buyer may read them, not write them
    by_buyer = {"clientKey": new_key(), "relationId": relation_id, "terms": {"netDays": 365}}
    assert await api.code(dealer, CHANGE_RELATION, input=by_buyer) == "NOT_FOUND"
    assert (await api.data(dealer, ONE_RELATION, id=relation_id))["terms"]["netDays"] == 7


async def test_suspend_resume_end_and_open_again(api: Api) -> None:
    world = await open_world()
    dealer = await world.buyer(world.brand, "Dealer")
    relation_id = str(world.relation(world.brand, dealer))

    async def move(document: str) -> Any:
        return await api.data(world.brand, document, input=because(relation_id))

    assert (await move(SUSPEND))["status"] == "SUSPENDED"
    refused = await move(SUSPEND)
    assert refused == {
        "__typename": "MoveNotAllowed", "statusNow": "SUSPENDED", "asked": "SUSPEND", "allowed": ["RESUME", "END"]
    }  # fmt: skip
    assert (await move(RESUME))["status"] == "ACTIVE"
    assert (await move(END))["allowedActions"] == ["CHANGE_TERMS"]
    assert (await move(RESUME))["allowed"] == ["REOPEN"]
    # what is open can still be paid: the buyer goes on reading the relation
    assert (await api.data(dealer, ONE_RELATION, id=relation_id))["status"] == "ENDED"
    buyer = {"companyId": str(dealer.company_id)}
    asked = relation_input(world, buyer=buyer, terms={"netDays": 5})
    opened = await api.data(world.brand, OPEN_RELATION, input=asked)
    assert (opened["relation"]["id"], opened["relation"]["status"]) == (relation_id, "ACTIVE")
    assert opened["relation"]["terms"]["netDays"] == 5
    assert await api.data(world.brand, OPEN_RELATION, input=asked) == opened
    told = await db.rows("SELECT what, version FROM outbox WHERE subject_id = $1 ORDER BY id", UUID(relation_id))
    assert [tuple(row) for row in told] == [
        ("opened", 1), ("suspended", 2), ("resumed", 3), ("ended", 4), ("opened", 5)
    ]  # fmt: skip


async def test_an_ended_relation_opens_the_way_for_the_other_direction(api: Api) -> None:
    world = await open_world()
    one, two = await world.buyer(world.brand, "One"), await world.buyer(world.brand, "Two")
    relation_id = await world.also_buys(one, two)
    await api.data(one, END, input=because(str(relation_id)))
    await world.also_buys(two, one)
    again = relation_input(world, buyer={"companyId": str(two.company_id)})
    refused = await api.data(one, OPEN_RELATION, input=again)
    assert refused["chain"] == ["One", "Two", "One"]
    assert [row[3] for row in await relations(world)] == ["active", "active", "ended", "active"]


async def test_a_channel_manager_opens_and_changes_in_scope_only(api: Api) -> None:
    world = await open_world()
    await world.regions()
    north = await world.buyer(world.brand, "Hangzhou", region="3301")
    manager = await world.member(world.brand, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("44",)))
    inside = relation_input(world, terms={"regionCode": "4401"})
    assert (await api.data(manager, OPEN_RELATION, input=inside))["relation"]["region"]["code"] == "4401"
    before = await relations(world)
    outside = relation_input(world, terms={"regionCode": "3301"})
    assert await api.code(manager, OPEN_RELATION, input=outside) == "FORBIDDEN"
    south = await world.buyer(world.brand, "Foshan", region="4406")
    own = {"relationId": str(world.relation(world.brand, south))}
    before = await relations(world)
    moved = own | {"clientKey": new_key(), "terms": {"regionCode": "3301"}}
    assert await api.code(manager, CHANGE_RELATION, input=moved) == "FORBIDDEN"
    assert await relations(world) == before
    kept = own | {"clientKey": new_key(), "terms": {"netDays": 7}}  # without a region: the seat's
    stays = await api.data(manager, CHANGE_RELATION, input=kept)
    assert (stays["region"]["code"], stays["terms"]["netDays"]) == ("4406", 7)
    before = await relations(world)
    foreign = because(str(world.relation(world.brand, north)))
    assert await api.code(manager, SUSPEND, input=foreign) == "NOT_FOUND"
    assert await api.code(manager, ONE_RELATION, id=foreign["relationId"]) == "NOT_FOUND"
    assert await relations(world) == before


async def test_customers_come_in_pages(api: Api, counted: Any) -> None:
    world = await open_world()
    for number in range(5):
        await world.buyer(world.brand, f"Dealer {number}")
    seen, after = [], None
    for _ in range(3):
        page = (await api.data(world.brand, CUSTOMERS, first=2, after=after))["customers"]
        seen += [edge["node"]["buyer"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert (seen, page["pageInfo"]["hasNextPage"]) == ([f"Dealer {n}" for n in range(5)], False)
    for wrong in ({"first": 0}, {"first": 101}, {"after": "nonsense"}):
        answer = await api.ask(world.brand, CUSTOMERS, **wrong)
        assert [one["extensions"]["code"] for one in answer["errors"]] == ["BAD_REQUEST"]
    async with counted() as statements:
        await api.data(world.brand, CUSTOMERS)
    assert len(statements) == 2  # the session, and the list
