"""Logging in by password, staying in, switching company, logging out."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app import database as db
from app.kernel import clock
from app.network import tokens
from app.network.log_in import log_in
from app.network.roles import Role
from app.settings import Settings
from tests.api import Api
from tests.network.documents import ACCEPT, INVITE, LOG_IN, LOG_OUT, REFRESH, SWITCH, WHO
from tests.worlds import PASSWORD, Party, new_key, open_world, party_of


@pytest.fixture(scope="module")
def api(database: str) -> Api:
    return Api()


async def sessions_of(party: Party) -> list[Any]:
    return [*await db.rows("SELECT * FROM session WHERE person_id = $1 ORDER BY id", party.viewer.person_id)]


async def test_log_in_by_password(api: Api) -> None:
    world = await open_world()
    who = {"login": f"  {world.brand.login.upper()} ", "password": PASSWORD, "device": "phone 📱"}
    session = await api.data(None, LOG_IN, input=who)
    assert session["__typename"] == "Session"
    viewer = await api.data(None, WHO, token=session["accessToken"])
    assert viewer["company"] == {"id": str(world.brand.company_id), "name": "Brand"}
    assert viewer["roles"] == ["OWNER"]
    assert viewer["member"]["login"] == world.brand.login
    row = (await sessions_of(world.brand))[-1]
    assert row["device"] == "phone 📱"
    assert session["refreshToken"] not in str(dict(row))


async def test_unknown_logins_and_wrong_passwords_are_answered_alike(api: Api) -> None:
    world = await open_world()
    before = len(await sessions_of(world.brand))
    answers = []
    for login in (world.brand.login, f"no.{world.brand.login}"):
        answers.append(await api.data(None, LOG_IN, input={"login": login, "password": "wrong password"}))
    assert answers[0] == answers[1]
    assert answers[0]["reason"] == "BAD_CREDENTIALS"
    assert len(await sessions_of(world.brand)) == before


async def test_ten_failures_rest_a_login_for_a_quarter_of_an_hour(api: Api) -> None:
    world = await open_world()
    for login in (world.brand.login, f"no.{world.brand.login}"):
        with clock.at(clock.now()) as journey:
            for _ in range(10):
                refused = await api.data(None, LOG_IN, input={"login": login, "password": "wrong password"})
                assert refused["reason"] == "BAD_CREDENTIALS"
                journey.forward(timedelta(seconds=1))
            rested = await api.data(None, LOG_IN, input={"login": login, "password": PASSWORD})
            assert (rested["reason"], rested["retryAfterSeconds"]) == ("TOO_MANY_ATTEMPTS", 891)
            journey.forward(timedelta(seconds=891))
            again = await api.data(None, LOG_IN, input={"login": login, "password": PASSWORD})
            assert again.get("reason") == (None if login == world.brand.login else "BAD_CREDENTIALS")


async def test_logins_in_parallel_are_no_attack(api: Api) -> None:
    world = await open_world()
    who = {"login": world.brand.login, "password": PASSWORD}
    answers = await asyncio.gather(*(api.data(None, LOG_IN, input=who) for _ in range(12)))
    assert {one["__typename"] for one in answers} == {"Session"}
    assert len({one["id"] for one in answers}) == 12


@pytest.mark.parametrize("login", ["", " ", "x" * 201])
async def test_logins_that_cannot_be(api: Api, login: str) -> None:
    assert await api.code(None, LOG_IN, input={"login": login, "password": "x"}) == "BAD_REQUEST"


async def test_a_person_of_two_companies_switches_without_a_new_log_in(api: Api) -> None:
    one, two = await open_world("One"), await open_world("Two")
    invitation = await api.data(
        two.brand, INVITE, input={"clientKey": new_key(), "name": "Same person", "roles": ["FINANCE"]}
    )
    joined = await api.data(one.brand, ACCEPT, input={"code": invitation["invitationCode"]})
    assert joined["__typename"] == "Session"
    switched = await api.data(one.brand, SWITCH, input={"companyId": str(two.brand.company_id)})
    assert switched["refreshToken"] is None
    assert switched["id"] == str(one.brand.viewer.session_id)
    as_two = await api.data(None, WHO, token=switched["accessToken"])
    assert (as_two["company"]["name"], as_two["roles"]) == ("Two", ["FINANCE"])
    assert [entry["company"]["name"] for entry in as_two["memberships"]] == ["One", "Two"]
    # The old token keeps its company: another tab goes on undisturbed
    assert (await api.data(one.brand, WHO))["company"]["name"] == "One"
    refreshed = await api.data(None, REFRESH, input={"refreshToken": one.brand.refresh_token})
    assert (await api.data(None, WHO, token=refreshed["accessToken"]))["company"]["name"] == "Two"
    back = {"refreshToken": refreshed["refreshToken"], "companyId": str(one.brand.company_id)}
    refreshed = await api.data(None, REFRESH, input=back)
    assert (await api.data(None, WHO, token=refreshed["accessToken"]))["company"]["name"] == "One"


async def test_switching_to_a_foreign_company_is_refused(api: Api) -> None:
    one, two = await open_world("One"), await open_world("Two")
    refused = await api.data(one.brand, SWITCH, input={"companyId": str(two.brand.company_id)})
    assert refused["reason"] == "NO_MEMBERSHIP"
    assert (await sessions_of(one.brand))[-1]["membership_id"] == one.brand.viewer.membership_id


async def test_refresh_tokens_rotate_and_the_previous_lives_while_its_successor_is_unused(api: Api) -> None:
    world = await open_world()
    first = world.brand.refresh_token
    with clock.at(clock.now()) as journey:
        second = await api.data(None, REFRESH, input={"refreshToken": first})
        journey.forward(timedelta(seconds=60))
        again = await api.data(None, REFRESH, input={"refreshToken": first})
        assert again["refreshToken"] == second["refreshToken"] != first
        assert again["id"] == second["id"] == str(world.brand.viewer.session_id)
        third = await api.data(None, REFRESH, input={"refreshToken": second["refreshToken"]})
        assert third["__typename"] == "Session"
        # `first` was copied: it is older than the previous one, so the whole family is revoked
        refused = await api.data(None, REFRESH, input={"refreshToken": first})
        assert refused["reason"] == "SESSION_ENDED"
        assert await api.code(None, WHO, token=third["accessToken"]) == "UNAUTHENTICATED"
        refused = await api.data(None, REFRESH, input={"refreshToken": third["refreshToken"]})
        assert refused["reason"] == "SESSION_ENDED"


async def test_the_previous_token_dies_after_a_minute_and_ends_the_session(api: Api) -> None:
    world = await open_world()
    with clock.at(clock.now()) as journey:
        second = await api.data(None, REFRESH, input={"refreshToken": world.brand.refresh_token})
        journey.forward(timedelta(seconds=61))
        refused = await api.data(None, REFRESH, input={"refreshToken": world.brand.refresh_token})
        assert refused["reason"] == "SESSION_ENDED"
        assert await api.code(None, WHO, token=second["accessToken"]) == "UNAUTHENTICATED"


async def test_twenty_refreshes_at_once_give_one_successor(api: Api) -> None:
    world = await open_world()
    asked = {"refreshToken": world.brand.refresh_token}
    answers = await asyncio.gather(*(api.data(None, REFRESH, input=asked) for _ in range(20)))
    assert len({one["refreshToken"] for one in answers}) == 1


@pytest.mark.parametrize("token", ["", "nonsense", "a.b", "é.é", "x" * 2000])
async def test_tokens_that_are_not_ours_end_nothing(api: Api, token: str) -> None:
    refused = await api.data(None, REFRESH, input={"refreshToken": token})
    assert refused["reason"] == "SESSION_ENDED"


async def test_a_forged_token_of_a_known_session_ends_nothing(api: Api) -> None:
    world = await open_world()
    body, mac = world.brand.refresh_token.split(".")
    forged = f"{body}.{mac[:-2]}{'AA' if mac[-2:] != 'AA' else 'QQ'}"
    assert (await api.data(None, REFRESH, input={"refreshToken": forged}))["reason"] == "SESSION_ENDED"
    assert (await api.data(world.brand, WHO))["company"]["name"] == "Brand"


async def test_access_tokens_expire(api: Api) -> None:
    world = await open_world()
    with clock.travel(timedelta(seconds=899)):
        assert (await api.data(world.brand, WHO))["company"]["name"] == "Brand"
    with clock.travel(timedelta(seconds=901)):
        assert await api.code(world.brand, WHO) == "UNAUTHENTICATED"


async def test_sessions_expire_unless_they_are_refreshed(api: Api) -> None:
    world = await open_world()
    with clock.travel(timedelta(days=29)):
        second = await api.data(None, REFRESH, input={"refreshToken": world.brand.refresh_token})
    with clock.travel(timedelta(days=58)):
        third = await api.data(None, REFRESH, input={"refreshToken": second["refreshToken"]})
        assert third["__typename"] == "Session"
    with clock.travel(timedelta(days=89)):
        late = await api.data(None, REFRESH, input={"refreshToken": third["refreshToken"]})
        assert late["reason"] == "SESSION_ENDED"


async def test_log_out_here_and_everywhere(api: Api) -> None:
    world = await open_world()
    other = await party_of("Brand", world.brand.login)
    third = await party_of("Brand", world.brand.login)
    assert await api.data(other, LOG_OUT, input={}) == {"sessions": 1}
    assert await api.code(other, WHO) == "UNAUTHENTICATED"
    assert (await api.data(world.brand, WHO))["company"]["name"] == "Brand"
    assert await api.data(world.brand, LOG_OUT, input={"everywhere": True}) == {"sessions": 2}
    assert await api.code(world.brand, WHO) == "UNAUTHENTICATED"
    assert await api.code(third, WHO) == "UNAUTHENTICATED"


async def test_the_session_is_read_by_one_statement(api: Api, counted: Any) -> None:
    world = await open_world()
    async with counted() as statements:
        await api.data(world.brand, "{ viewer { locale roles } }")
    assert len(statements) == 1


async def test_without_a_secret_key_the_door_is_shut(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await open_world()
    closed = Settings(secret_key="")
    monkeypatch.setattr(tokens, "settings", lambda: closed)
    who = {"login": world.brand.login, "password": PASSWORD}
    assert (await api.data(None, LOG_IN, input=who))["reason"] == "CLOSED"
    assert await api.code(world.brand, WHO) == "UNAUTHENTICATED"


async def test_the_language_is_the_persons_then_the_devices(api: Api) -> None:
    world = await open_world()
    wrong = {"login": world.brand.login, "password": "wrong password"}
    english = await api.ask(None, LOG_IN, language="de, en;q=0.5", input=wrong)
    chinese = await api.ask(None, LOG_IN, language="zh-CN", input=wrong)
    assert english["data"]["logIn"]["message"] == "Not logged in: the login or the password is wrong."
    assert chinese["data"]["logIn"]["message"] == "登录失败：登录名或密码错误。"
    choose = "mutation($input: ChooseLanguageInput!) { chooseLanguage(input: $input) { locale } }"
    assert await api.data(world.brand, choose, input={"locale": "zh"}) == {"locale": "zh"}
    assert (await api.data(world.brand, WHO))["locale"] == "zh"
    assert await api.code(world.brand, choose, input={"locale": "tlh"}) == "BAD_REQUEST"
    assert await api.data(world.brand, choose, input={"locale": None}) == {"locale": None}
    assert (await api.data(world.brand, WHO))["locale"] == "en"


async def test_the_company_last_acted_for_is_the_one_logged_in_to(api: Api) -> None:
    one, two = await open_world("One"), await open_world("Two")
    invitation = await api.data(
        two.brand, INVITE, input={"clientKey": new_key(), "name": "Same person", "roles": ["BUYER"]}
    )
    await api.data(one.brand, ACCEPT, input={"code": invitation["invitationCode"]})
    tokens_now = await log_in(person_id=one.brand.viewer.person_id)
    assert (await api.data(None, WHO, token=tokens_now.access_token))["company"]["name"] == "Two"
    asked = {"login": one.brand.login, "password": PASSWORD, "companyId": str(one.brand.company_id)}
    session = await api.data(None, LOG_IN, input=asked)
    assert (await api.data(None, WHO, token=session["accessToken"]))["roles"] == ["OWNER"]
    assert Role.OWNER in one.brand.viewer.roles
