"""Inviting, accepting, changing and suspending members."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app import database as db
from app.kernel import clock
from app.network.roles import Role
from app.network.rules import Scope
from tests.api import Api
from tests.network.documents import (
    ACCEPT,
    CHANGE_MEMBER,
    CUSTOMERS,
    INVITE,
    REFRESH,
    RESUME_MEMBER,
    SUSPEND_MEMBER,
    WHO,
)
from tests.worlds import PASSWORD, Party, new_key, new_login, open_world


@pytest.fixture(scope="module")
def api(database: str) -> Api:
    return Api()


async def invite(api: Api, owner: Party, **more: object) -> Any:
    asked = {"clientKey": new_key(), "name": "New member", "roles": ["BUYER"], **more}
    return await api.data(owner, INVITE, input=asked)


async def membership(party: Party) -> Any:
    return await db.row("SELECT roles, status, version FROM membership WHERE id = $1", party.viewer.membership_id)


async def facts_of(party: Party) -> list[tuple[str, str, int]]:
    rows = await db.rows("SELECT * FROM outbox WHERE subject_id = $1 ORDER BY id", party.viewer.membership_id)
    assert all(row["audience"] == [party.company_id] for row in rows)
    return [(row["kind"], row["what"], row["version"]) for row in rows]


async def test_an_invitation_is_told_once_and_accepted_once(api: Api) -> None:
    world = await open_world()
    asked = {"clientKey": new_key(), "name": "Han Mei 🌸", "roles": ["FINANCE", "BUYER"]}
    invitation = await api.data(world.brand, INVITE, input=asked)
    assert invitation["roles"] == ["BUYER", "FINANCE"]
    # The same request again: the same invitation with the same code
    assert await api.data(world.brand, INVITE, input=asked) == invitation
    other = await api.data(world.brand, INVITE, input={**asked, "name": "Somebody else"})
    assert other == {"__typename": "KeyReused", "key": asked["clientKey"]}
    listed = await api.data(world.brand, "{ viewer { invitations { edges { node { name invitationCode } } } } }")
    assert listed["invitations"]["edges"] == [{"node": {"name": "Han Mei 🌸", "invitationCode": None}}]
    login = new_login("han")
    password = {"login": login, "password": PASSWORD, "isNew": True}
    joined = await api.data(None, ACCEPT, input={"code": invitation["invitationCode"], "password": password})
    viewer = await api.data(None, WHO, token=joined["accessToken"])
    assert (viewer["roles"], viewer["company"]["name"]) == (["BUYER", "FINANCE"], "Brand")
    assert viewer["permissions"] == sorted(set(viewer["permissions"]))
    # Somebody else with the same code
    password = {"login": new_login("eve"), "password": PASSWORD, "isNew": True}
    refused = await api.data(None, ACCEPT, input={"code": invitation["invitationCode"], "password": password})
    assert refused["problem"] == "USED"
    assert await db.rows("SELECT 1 FROM person WHERE login = $1", password["login"]) == []
    # The same person, whose first answer was lost
    password = {"login": login, "password": PASSWORD}
    again = await api.data(None, ACCEPT, input={"code": invitation["invitationCode"], "password": password})
    assert again["__typename"] == "Session"
    stored = await db.rows("SELECT code_hash FROM invitation WHERE id = $1", UUID(invitation["id"]))
    assert invitation["invitationCode"] not in str([dict(row) for row in stored])


@pytest.mark.parametrize(
    ("given", "typename", "detail"),
    [
        ({"login": "{taken}", "password": PASSWORD, "isNew": True}, "LoginTaken", None),
        ({"login": "{taken}", "password": "wrong password"}, "LogInRefused", "BAD_CREDENTIALS"),
        ({"login": "{fresh}", "password": PASSWORD, "isNew": True}, "InvitationNotValid", "OTHER_LOGIN"),
    ],
)
async def test_who_cannot_accept(api: Api, given: dict[str, Any], typename: str, detail: str | None) -> None:
    world = await open_world()
    invitation = await invite(api, world.brand, login=new_login("meant"))
    login = given["login"].format(taken=world.brand.login, fresh=new_login("fresh"))
    refused = await api.data(
        None, ACCEPT, input={"code": invitation["invitationCode"], "password": {**given, "login": login}}
    )
    assert refused["__typename"] == typename
    assert detail in (None, refused.get("problem"), refused.get("reason"))
    (row,) = await db.rows("SELECT accepted_at FROM invitation WHERE id = $1", UUID(invitation["id"]))
    assert row["accepted_at"] is None
    assert len(await db.rows("SELECT 1 FROM membership WHERE company_id = $1", world.brand.company_id)) == 1


async def test_codes_that_do_not_count(api: Api) -> None:
    world, other = await open_world(), await open_world()
    invitation = await invite(api, world.brand)
    assert (await api.data(other.brand, ACCEPT, input={"code": "NOSUCHCODE"}))["problem"] == "UNKNOWN"
    assert (await api.data(world.brand, ACCEPT, input={"code": invitation["invitationCode"]}))[
        "problem"
    ] == "ALREADY_MEMBER"
    assert await api.code(None, ACCEPT, input={"code": invitation["invitationCode"]}) == "UNAUTHENTICATED"
    password = {"login": new_login("late"), "password": PASSWORD, "isNew": True}
    with clock.travel(timedelta(days=14, seconds=1)):
        late = await api.data(None, ACCEPT, input={"code": invitation["invitationCode"], "password": password})
        assert late["problem"] == "EXPIRED"
    assert len(await db.rows("SELECT 1 FROM membership WHERE company_id = $1", world.brand.company_id)) == 1


async def test_twenty_accept_one_invitation_at_once(api: Api) -> None:
    world = await open_world()
    code = (await invite(api, world.brand))["invitationCode"]
    others = [await open_world() for _ in range(5)]
    answers = await asyncio.gather(*(api.data(one.brand, ACCEPT, input={"code": code}) for one in others))
    assert sorted(one["__typename"] for one in answers) == ["InvitationNotValid"] * 4 + ["Session"]
    assert len(await db.rows("SELECT 1 FROM membership WHERE company_id = $1", world.brand.company_id)) == 2


@pytest.mark.parametrize(
    "bad",
    [
        {"name": ""},
        {"name": "x" * 121},
        {"name": "nul\x00"},
        {"roles": []},
        {"roles": ["EMPEROR"]},
        {"login": "x" * 201},
        {"clientKey": ""},
        {"clientKey": "x" * 201},
        {"scope": {"regionCodes": ["44"]}},
        {"roles": ["CHANNEL_MANAGER"], "scope": {"regionCodes": ["nowhere"]}},
        {"roles": ["CHANNEL_MANAGER", "OWNER"], "scope": {"regionCodes": []}},
    ],
)
async def test_invitations_that_cannot_be(api: Api, bad: dict[str, object]) -> None:
    world = await open_world()
    asked = {"clientKey": new_key(), "name": "New member", "roles": ["BUYER"], **bad}
    body = {"query": INVITE, "variables": {"input": asked}}
    response = await api._client.post("/graphql", json=body, headers=world.brand.headers)
    assert [one["extensions"]["code"] for one in response.json()["errors"]] == ["BAD_REQUEST"]
    assert await db.rows("SELECT 1 FROM invitation WHERE company_id = $1", world.brand.company_id) == []


@pytest.mark.parametrize("password", ["short", "", "x" * 201])
async def test_passwords_that_cannot_be(api: Api, password: str) -> None:
    world = await open_world()
    invitation = await invite(api, world.brand)
    given = {"login": new_login("weak"), "password": password, "isNew": True}
    assert (
        await api.code(None, ACCEPT, input={"code": invitation["invitationCode"], "password": given}) == "BAD_REQUEST"
    )
    assert await db.rows("SELECT 1 FROM person WHERE login = $1", given["login"]) == []


async def test_roles_change_from_the_next_request_on(api: Api) -> None:
    world = await open_world()
    clerk = await world.member(world.brand, [Role.ORDER_CLERK])
    asked = {"clientKey": new_key(), "memberId": str(clerk.viewer.membership_id), "roles": ["BUYER"]}
    changed = await api.data(world.brand, CHANGE_MEMBER, input=asked)
    assert (changed["roles"], changed["version"]) == (["BUYER"], 2)
    assert (await api.data(clerk, WHO))["roles"] == ["BUYER"]
    assert await api.code(clerk, CUSTOMERS) == "FORBIDDEN"
    assert await api.data(world.brand, CHANGE_MEMBER, input=asked) == changed
    assert await facts_of(clerk) == [("membership", "joined", 1), ("membership", "changed", 2)]


async def test_a_suspended_member_can_do_nothing_until_resumed(api: Api) -> None:
    world = await open_world()
    clerk = await world.member(world.brand, [Role.ORDER_CLERK])
    member = str(clerk.viewer.membership_id)
    suspended = await api.data(world.brand, SUSPEND_MEMBER, input={"clientKey": new_key(), "memberId": member})
    assert suspended["status"] == "SUSPENDED"
    assert await api.code(clerk, WHO) == "UNAUTHENTICATED"
    refreshed = await api.data(None, REFRESH, input={"refreshToken": clerk.refresh_token})
    assert refreshed["reason"] == "NO_MEMBERSHIP"
    again = await api.data(world.brand, SUSPEND_MEMBER, input={"clientKey": new_key(), "memberId": member})
    assert again == {"__typename": "MoveNotAllowed", "statusNow": "SUSPENDED", "allowed": ["RESUME"]}
    resumed = await api.data(world.brand, RESUME_MEMBER, input={"clientKey": new_key(), "memberId": member})
    assert (resumed["status"], resumed["version"]) == ("ACTIVE", 3)
    assert (await api.data(clerk, WHO))["roles"] == ["ORDER_CLERK"]
    assert [what for _, what, _ in await facts_of(clerk)] == ["joined", "suspended", "resumed"]


async def test_the_last_owner_stays(api: Api) -> None:
    world = await open_world()
    owner = str(world.brand.viewer.membership_id)
    step_down = {"memberId": owner, "roles": ["BUYER"]}
    refused = await api.data(world.brand, CHANGE_MEMBER, input={"clientKey": new_key(), **step_down})
    assert refused == {
        "__typename": "LastOwner",
        "name": "Brand Owner",
        "message": "Brand Owner is the last owner of the company. Make somebody else an owner first.",
    }
    refused = await api.data(world.brand, SUSPEND_MEMBER, input={"clientKey": new_key(), "memberId": owner})
    assert refused["__typename"] == "LastOwner"
    assert tuple(await membership(world.brand)) == (["owner"], "active", 1)


async def test_two_owners_cannot_both_step_down_at_once(api: Api) -> None:
    for _ in range(5):
        world = await open_world()
        second = await world.member(world.brand, [Role.OWNER])
        both = [world.brand, second]
        answers = await asyncio.gather(
            *(
                api.data(
                    one,
                    CHANGE_MEMBER,
                    input={"clientKey": new_key(), "memberId": str(one.viewer.membership_id), "roles": ["BUYER"]},
                )
                for one in both
            )
        )
        assert sorted(one["__typename"] for one in answers) == ["LastOwner", "Member"]


async def test_an_admin_makes_and_unmakes_no_owners(api: Api) -> None:
    world = await open_world()
    admin = await world.member(world.brand, [Role.ADMIN])
    second = await world.member(world.brand, [Role.OWNER])
    asked = {"clientKey": new_key(), "name": "x", "roles": ["OWNER"]}
    assert await api.code(admin, INVITE, input=asked) == "FORBIDDEN"
    for member, roles in ((admin, ["OWNER"]), (second, ["BUYER"])):
        asked = {"clientKey": new_key(), "memberId": str(member.viewer.membership_id), "roles": roles}
        assert await api.code(admin, CHANGE_MEMBER, input=asked) == "FORBIDDEN"
    asked = {"clientKey": new_key(), "memberId": str(second.viewer.membership_id)}
    assert await api.code(admin, SUSPEND_MEMBER, input=asked) == "FORBIDDEN"
    assert tuple(await membership(second)) == (["owner"], "active", 1)


async def test_members_of_other_companies_do_not_exist(api: Api) -> None:
    one, two = await open_world("One"), await open_world("Two")
    for member in (str(two.brand.viewer.membership_id), str(uuid4()), "nonsense"):
        asked = {"clientKey": new_key(), "memberId": member}
        assert await api.code(one.brand, SUSPEND_MEMBER, input=asked) == "NOT_FOUND"
    assert tuple(await membership(two.brand)) == (["owner"], "active", 1)


async def test_a_channel_manager_sees_chosen_relations_and_regions_only(api: Api) -> None:
    world = await open_world()
    await world.regions()
    south = await world.buyer(world.brand, "Guangzhou", region="4401")
    north = await world.buyer(world.brand, "Hangzhou", region="3301")
    nowhere = await world.buyer(world.brand, "Nowhere")
    by_region = await world.member(world.brand, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("44",)))
    by_id = await world.member(
        world.brand, [Role.CHANNEL_MANAGER], scope=Scope(relation_ids=(world.relation(world.brand, nowhere),))
    )
    both = await world.member(
        world.brand,
        [Role.CHANNEL_MANAGER],
        scope=Scope(relation_ids=(world.relation(world.brand, north),), region_codes=("4401",)),
    )
    nothing = await world.member(world.brand, [Role.CHANNEL_MANAGER], scope=Scope(relation_ids=()))
    everything = await world.member(world.brand, [Role.CHANNEL_MANAGER])

    async def seen(party: Party) -> list[str]:
        found = await api.data(party, CUSTOMERS)
        return [edge["node"]["buyer"]["name"] for edge in found["customers"]["edges"]]

    assert await seen(by_region) == ["Guangzhou"]
    assert await seen(by_id) == ["Nowhere"]
    assert await seen(both) == ["Guangzhou", "Hangzhou"]
    assert await seen(nothing) == []
    assert await seen(everything) == ["Guangzhou", "Hangzhou", "Nowhere"]
    assert south.company_id
    # A scope names relations of one's own only
    asked = {
        "clientKey": new_key(),
        "name": "x",
        "roles": ["CHANNEL_MANAGER"],
        "scope": {"relationIds": [str(uuid4())]},
    }
    assert await api.code(world.brand, INVITE, input=asked) == "NOT_FOUND"
