"""Logging in with a WeChat code, against a real local HTTP server that answers as WeChat documents."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app import database as db
from app.network import wechat
from app.settings import settings
from tests.api import Api
from tests.network.documents import ACCEPT, INVITE, WECHAT, WHO
from tests.worlds import PASSWORD, Party, new_key, new_login, open_world

ERRORS = {
    "bad": {"errcode": 40029, "errmsg": "invalid code"},
    "used": {"errcode": 40163, "errmsg": "code been used"},
    "often": {"errcode": 45011, "errmsg": "api minute-quota reach limit"},
    "blocked": {"errcode": 40226, "errmsg": "code blocked"},
    "busy": {"errcode": -1, "errmsg": "system error"},
    "strange": {"errcode": 99999, "errmsg": "nobody knows"},
    "empty": {},
    "list": [],
}


class WeChatServer(ThreadingHTTPServer):
    """Keeps the contract of `jscode2session`: JSON as text/plain, status 200 also for errors, a code counts once."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.spent: set[str] = set()
        self.asked: list[dict[str, list[str]]] = []
        self.stop = threading.Event()
        self.told = settings()


class Handler(BaseHTTPRequestHandler):
    server: WeChatServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = parse_qs(url.query)
        self.server.asked.append(asked)
        code = asked["js_code"][0]
        if code == "slow":
            self.server.stop.wait(30)
            return
        said: Any = ERRORS.get(code)
        if said is None and (code in self.server.spent or url.path != "/sns/jscode2session"):
            said = ERRORS["bad"]
        if said is None:
            self.server.spent.add(code)
            open_id = code.rpartition("#")[0]
            said = {"openid": open_id, "session_key": "c2Vzc2lvbiBrZXk=", "unionid": f"union-{open_id}"}
        body = b"<html>" if code == "html" else json.dumps(said).encode()
        self.send_response(502 if code == "gateway" else 200)
        self.send_header("content-type", "text/plain")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def we_chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChatServer]:
    server = WeChatServer()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    told = settings().model_copy(
        update={
            "wechat_app_id": "wx1234",
            "wechat_secret": "hidden",
            "wechat_api_url": f"http://127.0.0.1:{server.server_port}",
        }
    )
    server.told = told
    monkeypatch.setattr(wechat, "settings", lambda: told)
    yield server
    server.stop.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def api(database: str) -> Api:
    return Api()


async def invitation_code(api: Api, owner: Party, **more: object) -> str:
    asked = {"clientKey": new_key(), "name": "小王", "roles": ["BUYER"], **more}
    code: str = (await api.data(owner, INVITE, input=asked))["invitationCode"]
    return code


async def test_an_invitation_binds_the_account_which_then_logs_in(api: Api, we_chat: WeChatServer) -> None:
    world = await open_world()
    code = await invitation_code(api, world.brand)
    joined = await api.data(None, ACCEPT, input={"code": code.lower(), "weChatCode": "o-wang#1"})
    assert joined["__typename"] == "Session"
    session = await api.data(None, WECHAT, input={"code": "o-wang#2"})
    viewer = await api.data(None, WHO, token=session["accessToken"])
    assert (viewer["company"]["name"], viewer["roles"]) == ("Brand", ["BUYER"])
    assert (viewer["member"]["name"], viewer["member"]["login"]) == ("小王", None)
    assert we_chat.asked[-1] == {
        "appid": ["wx1234"],
        "secret": ["hidden"],
        "js_code": ["o-wang#2"],
        "grant_type": ["authorization_code"],
    }
    (bound,) = await db.rows("SELECT * FROM identity WHERE open_id = 'o-wang'")
    assert (bound["provider"], bound["app_id"], bound["union_id"]) == ("wechat", "wx1234", "union-o-wang")
    # The answer was lost on the way: accepting again as the same person logs in
    again = await api.data(None, ACCEPT, input={"code": code, "weChatCode": "o-wang#3"})
    assert again["__typename"] == "Session"
    members = await db.rows("SELECT 1 FROM membership WHERE company_id = $1", world.brand.company_id)
    assert len(members) == 2


async def test_one_account_in_two_companies(api: Api, we_chat: WeChatServer) -> None:
    one, two = await open_world("One"), await open_world("Two")
    for number, world in enumerate((one, two)):
        code = await invitation_code(api, world.brand)
        session = await api.data(None, ACCEPT, input={"code": code, "weChatCode": f"o-both#{number}"})
    viewer = await api.data(None, WHO, token=session["accessToken"])
    assert [entry["company"]["name"] for entry in viewer["memberships"]] == ["One", "Two"]
    asked = {"code": "o-both#9", "companyId": str(one.brand.company_id)}
    session = await api.data(None, WECHAT, input=asked)
    assert (await api.data(None, WHO, token=session["accessToken"]))["company"]["name"] == "One"


async def test_a_new_login_and_its_account_at_once(api: Api, we_chat: WeChatServer) -> None:
    world = await open_world()
    login = new_login("li")
    code = await invitation_code(api, world.brand, login=login)
    password = {"login": login, "password": PASSWORD, "isNew": True, "name": "李雷"}
    asked = {"code": code, "password": password, "weChatCode": "o-li#1"}
    session = await api.data(None, ACCEPT, input=asked)
    by_account = await api.data(None, WECHAT, input={"code": "o-li#2"})
    first, second = [(await api.data(None, WHO, token=one["accessToken"]))["member"] for one in (session, by_account)]
    assert first == second
    assert (first["name"], first["login"]) == ("李雷", login)


async def test_a_bound_account_belongs_to_its_person(api: Api, we_chat: WeChatServer) -> None:
    one, two = await open_world("One"), await open_world("Two")
    code = await invitation_code(api, one.brand)
    await api.data(None, ACCEPT, input={"code": code, "weChatCode": "o-mine#1"})
    code = await invitation_code(api, one.brand)
    refused = await api.data(two.brand, ACCEPT, input={"code": code, "weChatCode": "o-mine#2"})
    assert refused["code"] == "IDENTITY_TAKEN"
    open_ones = await db.rows(
        "SELECT 1 FROM invitation WHERE company_id = $1 AND accepted_at IS NULL", one.brand.company_id
    )
    assert len(open_ones) == 1
    members = await db.rows("SELECT 1 FROM membership WHERE company_id = $1", one.brand.company_id)
    assert len(members) == 2


async def test_an_account_nobody_bound(api: Api, we_chat: WeChatServer) -> None:
    refused = await api.data(None, WECHAT, input={"code": "o-stranger#1"})
    assert refused["reason"] == "NOT_BOUND"
    assert await db.rows("SELECT 1 FROM identity WHERE open_id = 'o-stranger'") == []


@pytest.mark.parametrize(
    ("code", "reason", "wait"),
    [
        ("bad", "WECHAT_CODE_INVALID", None),
        ("used", "WECHAT_CODE_INVALID", None),
        ("often", "WECHAT_TOO_OFTEN", 60),
        ("blocked", "WECHAT_USER_BLOCKED", None),
        ("busy", "WECHAT_UNAVAILABLE", 5),
        ("strange", "WECHAT_UNAVAILABLE", 5),
        ("empty", "WECHAT_UNAVAILABLE", 5),
        ("list", "WECHAT_UNAVAILABLE", 5),
        ("html", "WECHAT_UNAVAILABLE", 5),
        ("gateway", "WECHAT_UNAVAILABLE", 5),
    ],
)
async def test_what_wechat_refuses(api: Api, we_chat: WeChatServer, code: str, reason: str, wait: int | None) -> None:
    world = await open_world()
    refused = await api.data(None, WECHAT, input={"code": code})
    assert (refused["reason"], refused["retryAfterSeconds"]) == (reason, wait)
    invitation = await invitation_code(api, world.brand)
    refused = await api.data(None, ACCEPT, input={"code": invitation, "weChatCode": code})
    assert refused["reason"] == reason
    members = await db.rows("SELECT 1 FROM membership WHERE company_id = $1", world.brand.company_id)
    assert len(members) == 1


async def test_a_wechat_that_does_not_answer(api: Api, we_chat: WeChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wechat, "TIMEOUT_S", 0.2)
    assert (await api.data(None, WECHAT, input={"code": "slow"}))["reason"] == "WECHAT_UNAVAILABLE"
    we_chat.server_close()
    told = we_chat.told.model_copy(update={"wechat_api_url": "http://127.0.0.1:9"})
    monkeypatch.setattr(wechat, "settings", lambda: told)
    assert (await api.data(None, WECHAT, input={"code": "o-li#7"}))["reason"] == "WECHAT_UNAVAILABLE"


async def test_without_an_app_id_the_door_is_shut(api: Api) -> None:
    assert (await api.data(None, WECHAT, input={"code": "o-li#8"}))["reason"] == "CLOSED"
