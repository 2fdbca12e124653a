"""Opening, inviting, suspending, resuming and ending from the manager's view: inside its scope, with reasons, told to
both sides, and nothing of it where it was refused."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from app import database as db
from app.network.lifecycle import RelationStatus
from app.network.roles import Role
from app.network.rules import Scope
from tests.api import Api
from tests.insight.quarter import REGIONS
from tests.network.documents import ACCEPT, LOG_IN, OPEN_RELATION
from tests.ordering.market import market_between
from tests.worlds import PASSWORD, Party, World, new_key, new_login, open_world

STATUS = """... on TradeRelation { status version openOrders { unconfirmed confirmed value { amount } } }
    ... on MoveNotAllowed { statusNow allowed } ... on ChangedMeanwhile { expectedVersion version }"""
HISTORY = """query($id: ID!, $first: Int, $after: String) { relation(id: $id) {
    history(first: $first, after: $after) { edges { node { version what reason by } }
        pageInfo { hasNextPage endCursor } } } }"""
INVITE = """mutation($input: InviteOwnerInput!) { inviteOwner(input: $input) { __typename
    ... on Invitation { invitationCode roles expiresAt } ... on BuyerHasMembers { code buyer message } } }"""
CUSTOMERS = "{ backoffice { customers { edges { node { id } } } } }"
CUSTOMER = "query($id: ID!) { backoffice { customer(relationId: $id) { id members invitedUntil } } }"
MOVES = ("suspend", "resume", "end")


def mutation(move: str) -> str:
    return f"""mutation($input: RelationActionInput!) {{ {move}Relation(input: $input) {{ __typename {STATUS} }} }}"""


class Desk:
    """A brand, its dealers by letter, and the managers of two parts of them."""

    def __init__(self, api: Api, world: World, dealers: dict[str, Party], managers: dict[str, Party]) -> None:
        self.api, self.world, self.dealers, self.managers = api, world, dealers, managers

    def relation(self, letter: str) -> str:
        return str(self.world.relation(self.world.brand, self.dealers[letter]))

    async def move(self, party: Party, move: str, relation_id: str, reason: str = "欠款", **more: Any) -> Any:
        said = {"clientKey": new_key(), "relationId": relation_id, "reason": reason, **more}
        return await self.api.data(party, mutation(move), input=said)


@pytest.fixture
async def desk(database: str) -> Desk:
    world = await open_world("Channel brand")
    await world.regions()
    dealers = {letter: await world.buyer(world.brand, f"Dealer {letter}", region=REGIONS[letter]) for letter in "ABC"}
    only_b = Scope(relation_ids=(world.relation(world.brand, dealers["B"]),))
    managers = {
        "44": await world.member(world.brand, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("44",))),
        "B": await world.member(world.brand, [Role.CHANNEL_MANAGER], scope=only_b),
    }
    return Desk(Api(), world, dealers, managers)


async def everything() -> list[Any]:
    """What a refused decision must leave as it is, and the facts that it must not tell."""
    tables = ("trade_relation", "relation_event", "invitation", "client_key", "outbox")
    counted = [(await db.rows(f"SELECT count(*) AS n FROM {table}"))[0]["n"] for table in tables]
    statuses = await db.rows("SELECT id, status, version FROM trade_relation ORDER BY id")
    return [*counted, *(tuple(row) for row in statuses)]


async def test_managers_stay_in_their_part(desk: Desk) -> None:
    inside = {"44": "AB", "B": "B"}
    for name, manager in desk.managers.items():
        page = (await desk.api.data(manager, CUSTOMERS))["customers"]["edges"]
        assert [edge["node"]["id"] for edge in page] == [desk.relation(letter) for letter in inside[name]]
        for letter in set("ABC") - set(inside[name]):
            before = await everything()
            for foreign in (desk.relation(letter), str(uuid4())):
                said = {"clientKey": new_key(), "relationId": foreign, "reason": "欠款"}
                for move in MOVES:
                    assert await desk.api.code(manager, mutation(move), input=said) == "NOT_FOUND"
                invited = {"clientKey": new_key(), "relationId": foreign, "name": "店长"}
                assert await desk.api.code(manager, INVITE, input=invited) == "NOT_FOUND"
                assert await desk.api.code(manager, HISTORY, id=foreign) == "NOT_FOUND"
                answer = await desk.api.ask(manager, CUSTOMER, id=foreign)
                assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
            assert await everything() == before
    assert (await desk.move(desk.managers["B"], "suspend", desk.relation("B")))["status"] == "SUSPENDED"


async def test_only_who_manages_relations_decides(desk: Desk) -> None:
    clerk = await desk.world.member(desk.world.brand, [Role.ORDER_CLERK])
    before = await everything()
    said = {"clientKey": new_key(), "relationId": desk.relation("A"), "reason": "欠款"}
    for move in MOVES:
        assert await desk.api.code(clerk, mutation(move), input=said) == "FORBIDDEN"
        assert await desk.api.code(desk.dealers["A"], mutation(move), input=said) == "NOT_FOUND"
    assert await everything() == before


async def test_a_decision_says_what_stays_open_and_why(desk: Desk) -> None:
    market = await market_between(desk.world, desk.world.brand, desk.dealers["A"])
    paint = await market.sku("PAINT", price="10.00")
    await market.place([(paint, "5")])
    manager, dealer, relation_id = desk.managers["44"], desk.dealers["A"], desk.relation("A")
    left = {"unconfirmed": 1, "confirmed": 0, "value": {"amount": "50.00"}}

    suspended = await desk.move(manager, "suspend", relation_id, expectedVersion=1)
    assert suspended == {"__typename": "TradeRelation", "status": "SUSPENDED", "version": 2, "openOrders": left}
    before = await everything()
    assert await desk.move(manager, "suspend", relation_id) == {
        "__typename": "MoveNotAllowed", "statusNow": "SUSPENDED", "allowed": ["RESUME", "END"]
    }  # fmt: skip
    stale = await desk.move(manager, "resume", relation_id, expectedVersion=1)
    assert stale == {"__typename": "ChangedMeanwhile", "expectedVersion": 1, "version": 2}
    for empty in ("", "   ", "x" * 401):
        said = {"clientKey": new_key(), "relationId": relation_id, "reason": empty}
        assert await desk.api.code(manager, mutation("end"), input=said) == "BAD_REQUEST"
    assert await everything() == before

    resumed = {"clientKey": new_key(), "relationId": relation_id, "reason": "已付清"}
    once = await desk.api.data(manager, mutation("resume"), input=resumed)
    assert once == await desk.api.data(manager, mutation("resume"), input=resumed)
    assert (await desk.move(manager, "end", relation_id, "区域调整"))["openOrders"] == left

    told = await db.rows(
        "SELECT what, version, audience FROM outbox WHERE subject_id = $1 ORDER BY id", UUID(relation_id)
    )
    both = [desk.world.brand.company_id, dealer.company_id]
    assert [tuple(row) for row in told][-3:] == [("suspended", 2, both), ("resumed", 3, both), ("ended", 4, both)]


async def test_both_sides_read_why(desk: Desk) -> None:
    manager, dealer, relation_id = desk.managers["44"], desk.dealers["A"], desk.relation("A")
    await desk.move(manager, "suspend", relation_id, "欠款 90 天")
    await desk.move(manager, "end", relation_id, "区域调整")
    again = {"clientKey": new_key(), "networkId": str(desk.world.network_id), "terms": {"regionCode": "4401"}}
    buyer = {"companyId": str(dealer.company_id)}
    opened = await desk.api.data(manager, OPEN_RELATION, input={**again, "buyer": buyer})
    assert opened["relation"]["id"] == relation_id
    name = "channel_manager"
    said = [(4, "reopened", None), (3, "ended", "区域调整"), (2, "suspended", "欠款 90 天"), (1, "opened", None)]
    for reader, names in ((manager, [name, name, name, "Channel brand Owner"]), (dealer, [None] * 4)):
        seen: list[Any] = []
        after = None
        for _ in range(2):
            found = (await desk.api.data(reader, HISTORY, id=relation_id, first=2, after=after))["history"]
            seen += [edge["node"] for edge in found["edges"]]
            after = found["pageInfo"]["endCursor"]
        assert [(one["version"], one["what"], one["reason"]) for one in seen] == said
        assert [one["by"] for one in seen] == names
    sibling = desk.dealers["B"]
    assert await desk.api.code(sibling, HISTORY, id=relation_id) == "NOT_FOUND"
    with pytest.raises(Exception, match="append-only"):
        await db.rows("DELETE FROM relation_event WHERE relation_id = $1", UUID(relation_id))


async def test_a_first_owner_is_invited_once_more(desk: Desk) -> None:
    api, manager = desk.api, desk.managers["44"]
    opened = await api.data(
        manager,
        OPEN_RELATION,
        input={
            "clientKey": new_key(),
            "networkId": str(desk.world.network_id),
            "buyer": {"company": {"name": "新门店"}, "invitedOwner": {"name": "店长"}},
            "terms": {"regionCode": "4401"},
        },
    )
    relation_id, first = opened["relation"]["id"], opened["invitation"]["invitationCode"]
    one = (await api.data(manager, CUSTOMER, id=relation_id))["customer"]
    assert one["members"] == 0
    assert one["invitedUntil"] is not None
    login = new_login("owner")
    asked = {"clientKey": new_key(), "relationId": relation_id, "name": "新店长", "login": login}
    invited = await api.data(manager, INVITE, input=asked)
    assert await api.data(manager, INVITE, input=asked) == invited
    assert invited["roles"] == ["OWNER"]
    who = {"login": login, "password": PASSWORD, "isNew": True, "name": "新店长"}
    lost = await api.data(None, ACCEPT, input={"code": first, "password": who})
    assert (lost["code"], lost["problem"]) == ("INVITATION_NOT_VALID", "EXPIRED")
    accepted = await api.data(None, ACCEPT, input={"code": invited["invitationCode"], "password": who})
    assert accepted["__typename"] == "Session"
    before = await everything()
    refused = await api.data(manager, INVITE, input={**asked, "clientKey": new_key()})
    assert (refused["__typename"], refused["code"], refused["buyer"]) == (
        "BuyerHasMembers", "BUYER_HAS_MEMBERS", "新门店"
    )  # fmt: skip
    assert await everything() == before
    assert (await api.data(None, LOG_IN, input={"login": login, "password": PASSWORD}))["__typename"] == "Session"


async def test_nobody_invites_into_a_company_that_others_registered(desk: Desk) -> None:
    """A company that waits for its owner, and that another seller takes on by its public code, is not the other's."""
    code = new_login("rc").upper()[:30]
    buyer = {"company": {"name": "门店", "registrationCode": code}, "invitedOwner": {"name": "店长"}}
    asked = {"clientKey": new_key(), "networkId": str(desk.world.network_id), "buyer": buyer}
    await desk.api.data(desk.world.brand, OPEN_RELATION, input=asked)
    other = await open_world("Other brand")
    taken = await desk.api.data(
        other.brand,
        OPEN_RELATION,
        input={"clientKey": new_key(), "networkId": str(other.network_id), "buyer": {"registrationCode": code}},
    )
    before = await everything()
    said = {"clientKey": new_key(), "relationId": taken["relation"]["id"], "name": "冒名者"}
    assert await desk.api.code(other.brand, INVITE, input=said) == "NOT_FOUND"
    assert await everything() == before


async def test_a_dealers_customers_are_not_the_brands(desk: Desk) -> None:
    dealer = desk.dealers["A"]
    sub = await desk.world.buyer(dealer, "Sub of A", region="4401")
    granted = await desk.world.buyer(dealer, "Granting sub of A", region="4401", grants_money_to_brand=True)
    market = await market_between(desk.world, dealer, sub)
    paint = await market.sku("PAINT", price="10.00")
    kept = await market.place([(paint, "5")])
    market.buyer = granted
    await market.credit(None)
    told = await market.place([(paint, "7")])
    below = """query($id: ID!) { backoffice { customer(relationId: $id) { channelOrders { edges { node {
        id totals { gross { amount } } lines { ordered gross { amount } } } } } } } }"""
    shown = [
        {"id": str(told), "totals": {"gross": {"amount": "70.00"}}, "lines": [
            {"ordered": "7", "gross": {"amount": "70.00"}}]},
        {"id": str(kept), "totals": None, "lines": [{"ordered": "5", "gross": None}]},
    ]  # fmt: skip
    for reader, orders in ((desk.world.brand, shown), (desk.managers["44"], shown)):
        seen = (await desk.api.data(reader, below, id=desk.relation("A")))["customer"]["channelOrders"]["edges"]
        assert [edge["node"] for edge in seen] == orders
        listed = (await desk.api.data(reader, CUSTOMERS))["customers"]["edges"]
        foreign = str(desk.world.relation(dealer, sub))
        assert foreign not in [edge["node"]["id"] for edge in listed]
        answer = await desk.api.ask(reader, CUSTOMER, id=foreign)
        assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert (await desk.api.data(reader, below, id=desk.relation("B")))["customer"]["channelOrders"]["edges"] == []
    own = (await desk.api.data(dealer, below, id=str(desk.world.relation(dealer, sub))))["customer"]
    assert own["channelOrders"]["edges"] == []  # it is no brand: what its customers sell on is not its own
    assert len((await desk.api.data(dealer, CUSTOMERS))["customers"]["edges"]) == 2


def test_statuses_are_those_of_the_history() -> None:
    assert {one.value for one in RelationStatus} == {"active", "suspended", "ended"}
