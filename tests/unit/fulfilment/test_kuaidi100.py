"""The adapter to Kuaidi100: signatures, states, and everything that a push must not be."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.fulfilment.carrier import Malformed, NotSigned
from app.fulfilment.companies import carrier_code, waybill_number
from app.fulfilment.connected import connected, who_serves
from app.fulfilment.kuaidi100 import Kuaidi100, signature
from app.fulfilment.rules import TrackingCode, TrackingSaid
from app.settings import Settings
from tests.fulfilment.kuaidi import FORM, KEY, SALT, account, configured, form, param, sign

MORNING = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
KIND = FORM["content-type"]
HISTORY = [
    ("picked_up", "【佛山市】已揽收", MORNING),
    ("out_for_delivery", "派送中", MORNING + timedelta(days=1)),
    ("exception", "电话无人接听", MORNING + timedelta(days=2)),
]


def read(text: str) -> Any:
    return account().read(account().verify(form(text), KIND))


def test_a_push_is_a_whole_history() -> None:
    pushed = read(param("shunfeng", "SF1 ", HISTORY))
    assert (pushed.carrier, pushed.number, pushed.ended) == ("shunfeng", "SF1", None)
    assert sorted(pushed.events, key=lambda one: one.at) == [
        TrackingSaid(TrackingCode(code), words, "广东,佛山市", at) for code, words, at in HISTORY
    ]


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("1", None, "picked_up"),
        (103, None, "picked_up"),
        ("0", None, "in_transit"),
        ("1001", None, "in_transit"),
        ("501", None, "out_for_delivery"),
        ("304", None, "arrived"),
        ("401", None, "returned"),
        ("6", None, "returning"),
        ("209", None, "exception"),
        ("14", None, "exception"),
        ("12", None, "in_transit"),
        (None, "签收", "arrived"),
        (None, "退回", "returning"),
        ("999", "派件", "out_for_delivery"),
        (None, "never heard of", "in_transit"),
    ],
)
def test_states_of_entries(code: object, name: object, expected: str) -> None:
    said = json.loads(param("yto", "YT1", [("picked_up", "seen", MORNING), ("arrived", "signed", MORNING)]))
    said["lastResult"]["data"][0] |= {"statusCode": code, "status": name}
    found = read(json.dumps(said))
    assert (found.carrier, found.events[0].code) == ("yuantong", TrackingCode(expected))


def test_a_history_without_states_says_only_where_the_parcel_is_now() -> None:
    said = json.loads(param("ems", "E1", HISTORY[:2]))
    for one in said["lastResult"]["data"]:
        del one["status"], one["statusCode"]
    codes = [one.code for one in sorted(read(json.dumps(said)).events, key=lambda one: one.at)]
    assert codes == [TrackingCode.IN_TRANSIT, TrackingCode.OUT_FOR_DELIVERY]


def test_a_carrier_that_they_corrected_is_the_one_we_asked_about() -> None:
    found = read(param("yuantong", "YT1", HISTORY[:1], autoCheck="1", comOld="shunfeng", comNew="yuantong"))
    assert found.carrier == "shunfeng"
    ended = read(param("shunfeng", "SF2", [], status="abort", message="3天查询无记录"))
    assert (ended.events, ended.ended) == ((), "3天查询无记录")


@pytest.mark.parametrize("signature", ["", "0" * 32, sign("{}"), sign("{}", "other salt"), "字"])
def test_who_has_not_our_salt_is_refused(signature: str) -> None:
    with pytest.raises(NotSigned):
        account().verify(form(param("shunfeng", "SF1", HISTORY), signature), KIND)


def test_a_signature_is_that_of_the_contract() -> None:
    text = param("shunfeng", "SF1", HISTORY)
    assert signature(text, SALT) == sign(text)
    assert json.loads(account().verify(form(text, sign(text).lower()), KIND)) == json.loads(text)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", KIND),
        (b"param", KIND),
        (b"param=%ff%fe&sign=1", KIND),
        (b"\xff\xfe", KIND),
        (b"&".join([b"a=1"] * 21), KIND),
        (form("{}") + b"&param=2", KIND),
        (form("{}"), "application/json"),
        (form("{}"), ""),
        (form("[" * 5000), KIND),
    ],
)
def test_what_is_no_form_is_malformed(body: bytes, kind: str) -> None:
    with pytest.raises((Malformed, NotSigned)):
        account().verify(body, kind)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.pop("lastResult"),
        lambda said: said.update(lastResult=[]),
        lambda said: said["lastResult"].update(nu=None),
        lambda said: said["lastResult"].update(nu="9" * 81),
        lambda said: said["lastResult"].update(com="顺 丰 ?"),
        lambda said: said["lastResult"].update(data={"a": 1}),
        lambda said: said["lastResult"].update(data=["x"]),
        lambda said: said["lastResult"]["data"][0].update(ftime="yesterday"),
        lambda said: said["lastResult"]["data"][0].update(ftime="2026-02-30 00:00:00"),
        lambda said: said["lastResult"]["data"][0].update(context=7),
    ],
)
def test_what_names_no_parcel_or_no_time_is_malformed(change: Any) -> None:
    said = json.loads(param("shunfeng", "SF1", HISTORY))
    change(said)
    with pytest.raises(Malformed):
        read(json.dumps(said))


def test_long_words_are_cut_and_empty_ones_filled() -> None:
    history = [("arrived", "长" * 500, MORNING), ("picked_up", " ", MORNING)]
    words = {one.code: one.text for one in read(param("jd", "JD1", history)).events}
    assert words == {TrackingCode.ARRIVED: "长" * 400, TrackingCode.PICKED_UP: "picked_up"}


def test_nothing_shows_the_secrets() -> None:
    shown = repr(account())
    assert KEY not in shown
    assert SALT not in shown


def test_without_a_salt_the_door_is_closed_and_without_a_key_nobody_is_asked() -> None:
    assert connected(Settings()) == {}
    assert connected(configured(kuaidi100_salt="")) == {}
    silent = connected(configured(kuaidi100_key=""))
    assert who_serves(silent, "shunfeng") is None
    [service] = connected(configured()).values()
    assert isinstance(service, Kuaidi100)
    assert service.callback_url == "https://mall.test/webhooks/carriers/kuaidi100"
    assert who_serves({"kuaidi100": service}, "shunfeng") is service


def test_names_of_carriers() -> None:
    names = [
        "顺丰",
        " SF ",
        "sf  express",
        "SHUNFENG",
        "圆通速递",
        "huitongkuaidi",
        "自有车队",
        "our own truck",
        "",
        None,
    ]
    assert [carrier_code(one) for one in names] == [*["shunfeng"] * 4, "yuantong", "huitongkuaidi", *[None] * 4]
    assert [waybill_number(one) for one in (" sf 12 ", " ", None)] == ["SF12", None, None]
