"""How a member wants to be told: read, chosen, refused; and what WeChat may send, as the client reports it."""

from collections.abc import Callable
from typing import Any

import pytest

from app import database as db
from app.communication.channels import BadTemplates, closed, open_channels
from app.communication.kinds import NotificationKind
from app.settings import Settings
from tests.api import Api
from tests.communication.telling import (
    LEADS,
    NEWS,
    ORDERS,
    READ_SETTINGS,
    REPORT,
    SAVE,
    Outside,
    bind,
    environment,
    quota,
)
from tests.communication.weixin import Weixin
from tests.ordering_lifecycle.orders import open_shop
from tests.worlds import Party, new_key

pytestmark = pytest.mark.usefixtures("database")

QUIET = {"start": "22:00", "end": "07:30", "timeZone": "Asia/Shanghai"}


@pytest.fixture(scope="module")
def api(database: str) -> Api:
    return Api()


async def read(api: Api, party: Party) -> dict[str, Any]:
    settings: dict[str, Any] = (await api.data(party, READ_SETTINGS))["notificationSettings"]
    return settings


def chosen(settings: dict[str, Any], kind: str) -> dict[str, tuple[bool, str | None]]:
    """By channel: whether it is on, and why it would not come."""
    return {one["channel"]: (one["enabled"], one["problem"]) for one in settings["preferences"] if one["kind"] == kind}


async def rows_of(party: Party) -> list[Any]:
    member_id = party.viewer.membership_id
    return [
        *await db.rows("SELECT kind, channel, enabled FROM notification_preference WHERE member_id = $1", member_id),
        *await db.rows("SELECT quiet_from, locale FROM notification_setting WHERE member_id = $1", member_id),
    ]


async def test_what_holds_when_nothing_was_chosen(api: Api, outside: Outside) -> None:
    shop = await open_shop()
    settings = await read(api, shop.clerk)
    assert (settings["language"], settings["quietHours"]) == (None, None)
    kinds = {one["kind"] for one in settings["preferences"]}
    assert {"ORDER_PLACED", "ACCOUNT_RECEIVED", "EXPORT_READY"} <= kinds
    assert not {"LEAD_OFFERED", "ORDER_CONFIRMED", "RELATION_ENDED"} & kinds
    assert chosen(settings, "ORDER_PLACED") == {"WECHAT": (True, "NOT_BOUND"), "EMAIL": (True, None)}
    assert chosen(settings, "ORDER_CANCELLED") == {"WECHAT": (True, "CLOSED"), "EMAIL": (False, None)}
    assert settings["weChatTemplates"] == [
        {"templateId": LEADS, "kinds": ["LEAD_OFFERED"], "remaining": 0},
        {"templateId": NEWS, "kinds": ["ACCOUNT_RECEIVED"], "remaining": 0},
        {
            "templateId": ORDERS,
            "kinds": [
                "ORDER_PLACED",
                "ORDER_REJECTED",
                "ORDER_CONFIRMED",
                "SHIPMENT_SENT",
                "RELATION_TERMS_CHANGED",
            ],
            "remaining": 0,
        },
    ]


async def test_choosing(api: Api, outside: Outside) -> None:
    shop = await open_shop()
    await bind(shop.clerk, "o-choosing")
    off = {"kind": "ORDER_PLACED", "channel": "WECHAT", "enabled": False}
    on = {"kind": "ORDER_CANCELLED", "channel": "EMAIL", "enabled": True}
    said = {"language": "zh", "quietHours": QUIET, "preferences": [off, on]}
    saved = await api.data(shop.clerk, SAVE, input=said)
    assert saved["__typename"] == "NotificationSettings"
    assert (saved["language"], saved["quietHours"]) == ("zh", QUIET)
    assert chosen(saved, "ORDER_PLACED") == {"WECHAT": (False, None), "EMAIL": (True, None)}
    assert chosen(saved, "ORDER_CANCELLED") == {"WECHAT": (True, "CLOSED"), "EMAIL": (True, None)}
    again = await api.data(shop.clerk, SAVE, input={"preferences": [{**off, "enabled": True}]})
    assert (again["language"], again["quietHours"]) == (None, None)
    assert chosen(again, "ORDER_PLACED")["WECHAT"] == (True, None)
    assert chosen(again, "ORDER_CANCELLED")["EMAIL"] == (True, None)
    assert await rows_of(shop.seller) == []


async def test_the_last_word_about_a_kind_counts(api: Api, outside: Outside) -> None:
    shop = await open_shop()
    said = [{"kind": "ORDER_PLACED", "channel": "EMAIL", "enabled": enabled} for enabled in (True, False, False)]
    saved = await api.data(shop.clerk, SAVE, input={"preferences": said})
    assert chosen(saved, "ORDER_PLACED")["EMAIL"] == (False, None)


@pytest.mark.parametrize(
    ("quiet", "problem", "value"),
    [
        ({"start": "25:00"}, "NOT_A_TIME", "25:00"),
        ({"end": "7:30"}, "NOT_A_TIME", "7:30"),
        ({"end": "22:00"}, "ALL_DAY", "22:00-22:00"),
        ({"timeZone": "Mars/Olympus"}, "UNKNOWN_TIME_ZONE", "Mars/Olympus"),
        ({"timeZone": "../../etc/passwd"}, "UNKNOWN_TIME_ZONE", "../../etc/passwd"),
        ({"timeZone": ""}, "UNKNOWN_TIME_ZONE", ""),
    ],
)
async def test_quiet_hours_that_cannot_be_kept(
    api: Api, outside: Outside, quiet: dict[str, str], problem: str, value: str
) -> None:
    shop = await open_shop()
    refused = await api.data(shop.clerk, SAVE, input={"language": "zh", "quietHours": {**QUIET, **quiet}})
    assert (refused["__typename"], refused["problem"], refused["value"]) == ("QuietHoursNotValid", problem, value)
    assert refused["message"].startswith("These quiet hours (")
    assert await rows_of(shop.clerk) == []


@pytest.mark.parametrize(
    ("kind", "channel", "why"), [("ORDER_PLACED", "WECHAT", "NOT_BOUND"), ("ORDER_CANCELLED", "WECHAT", "CLOSED")]
)
async def test_a_channel_that_cannot_reach_me_is_not_turned_on(
    api: Api, outside: Outside, kind: str, channel: str, why: str
) -> None:
    shop = await open_shop()
    said = {"preferences": [{"kind": kind, "channel": channel, "enabled": True}], "language": "zh"}
    refused = await api.data(shop.clerk, SAVE, input=said)
    assert (refused["__typename"], refused["channel"], refused["why"]) == ("ChannelNotReachable", channel, why)
    assert await rows_of(shop.clerk) == []


async def test_without_a_mail_server_no_email(api: Api) -> None:
    shop = await open_shop()
    said = {"preferences": [{"kind": "ORDER_PLACED", "channel": "EMAIL", "enabled": True}]}
    refused = await api.data(shop.clerk, SAVE, input=said)
    assert (refused["why"], refused["message"]) == (
        "CLOSED",
        "You cannot be reached by e-mail: this installation sends no such messages.",
    )
    settings = await read(api, shop.clerk)
    assert {one["problem"] for one in settings["preferences"]} == {"CLOSED"}
    assert settings["weChatTemplates"] == []


async def test_kinds_of_other_roles(api: Api, outside: Outside) -> None:
    shop = await open_shop()
    said = {"preferences": [{"kind": "ORDER_PLACED", "channel": "EMAIL", "enabled": False}]}
    refused = await api.data(shop.storeman, SAVE, input=said)
    assert (refused["__typename"], refused["kind"]) == ("KindNotYours", "ORDER_PLACED")
    assert "SHIPMENT_STALLED" in refused["known"]
    assert refused["message"].startswith("Your roles are not told of “New order”. You are told of: ")


async def test_a_language_that_the_mall_does_not_speak(api: Api) -> None:
    shop = await open_shop()
    assert await api.code(shop.clerk, SAVE, input={"language": "fr"}) == "BAD_REQUEST"


def answer(template: str, said: str = "ACCEPT") -> dict[str, str]:
    return {"templateId": template, "answer": said}


async def test_what_was_accepted_is_counted_once(api: Api, outside: Outside) -> None:
    shop = await open_shop()
    await bind(shop.clerk, "o-reporting")
    said = {"clientKey": new_key(), "results": [answer(ORDERS), answer(NEWS, "REJECT")]}
    first = await api.data(shop.clerk, REPORT, input=said)
    assert {one["templateId"]: one["remaining"] for one in first["weChatTemplates"]} == {LEADS: 0, NEWS: 0, ORDERS: 1}
    await api.data(shop.clerk, REPORT, input=said)
    assert await quota(shop.clerk) == {ORDERS: 1}
    await api.data(shop.clerk, REPORT, input={**said, "clientKey": new_key()})
    assert await quota(shop.clerk) == {ORDERS: 2}
    other = await api.data(shop.clerk, REPORT, input={**said, "results": [answer(NEWS)]})
    assert other["__typename"] == "KeyReused"
    more = [answer(NEWS, one) for one in ("BAN", "FILTER", "REJECT")]
    for one in more:
        await api.data(shop.clerk, REPORT, input={"clientKey": new_key(), "results": [one]})
    assert await quota(shop.clerk) == {ORDERS: 2}


async def test_what_cannot_be_reported(api: Api, outside: Outside) -> None:
    shop = await open_shop()
    said = {"clientKey": new_key(), "results": [answer(ORDERS)]}
    assert (await api.data(shop.clerk, REPORT, input=said))["__typename"] == "WeChatNotBound"
    await bind(shop.clerk, "o-reporting-2")
    refused = await api.data(shop.clerk, REPORT, input={**said, "results": [answer(ORDERS), answer("T-other")]})
    assert (refused["templateId"], refused["known"]) == ("T-other", [LEADS, NEWS, ORDERS])
    assert await api.code(shop.clerk, REPORT, input={**said, "results": []}) == "BAD_REQUEST"
    six = [answer(f"T-{n}") for n in range(6)]
    assert await api.code(shop.clerk, REPORT, input={**said, "results": six}) == "BAD_REQUEST"
    assert await quota(shop.clerk) == {}


@pytest.mark.parametrize(
    ("templates", "says"),
    [
        ('{"order_payed": {"id": "T", "fields": {"thing1": "title"}}}', "names 'order_payed'; the kinds are lead_"),
        ('{"order_placed": {"id": "T", "fields": {"text1": "title"}}}', "no field 'text1'; fields are thing,"),
        ('{"order_placed": {"id": "T", "fields": {"thing1": "phone"}}}', "filled with 'phone'; known are title, text,"),
    ],
)
def test_templates_that_there_are_not(
    wx: Weixin, redis_url: str, set_up: Callable[..., None], templates: str, says: str
) -> None:
    said = environment(wx, None, redis_url)
    set_up(**said | {"TRIBUTARY_WECHAT_TEMPLATES": templates})
    with pytest.raises(BadTemplates, match=says):
        open_channels()


def test_what_is_closed_is_said() -> None:
    assert closed(Settings()) == [
        "WeChat messages are closed: TRIBUTARY_WECHAT_TEMPLATES, _APP_ID or _SECRET is empty",
        "e-mail is closed: TRIBUTARY_SMTP_HOST or TRIBUTARY_MAIL_FROM is empty",
    ]
    assert open_channels(Settings()).sharing("T") == list[NotificationKind]()
