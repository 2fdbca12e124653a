"""Carriers' pushes: who may push, what is kept, and how it becomes one timeline that both sides read."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from app import database
from app.fulfilment.take_push import forget_news_of_nobody
from app.http.carriers import LARGEST_PUSH
from app.kernel import clock
from tests.fulfilment.kuaidi import KEY, SALT, configured, form, param, sign
from tests.fulfilment.parcels import SIGN, TRACK, Depot, ago, codes, open_depot, story, taken_in, words
from tests.ordering_lifecycle.orders import facts
from tests.worlds import new_key
from workers.clock import NEWS_KEPT, forget_keys_and_jobs

WHOLE = ("picked_up", "in_transit", "out_for_delivery", "arrived")
ACKNOWLEDGED = '{"result":true,"returnCode":"200","message":"成功"}'


@pytest.fixture
async def depot(database: str) -> Depot:
    return await open_depot()


async def kept() -> list[Any]:
    return [tuple(row) for row in await database.rows("SELECT message_id, done_at IS NULL FROM inbox ORDER BY 1")]


async def news() -> list[Any]:
    return [tuple(row) for row in await database.rows("SELECT id, heard_at FROM tracking_event ORDER BY 1")]


async def subscribed(number: str) -> None:
    await database.rows(
        "UPDATE waybill SET subscribed_at = now(), subscribe_at = NULL WHERE number = $1", number.upper()
    )


async def test_a_push_is_acknowledged_at_once_and_takes_effect_in_a_worker(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "顺丰", "trackingNumber": number})
    history = story(*WHOLE)
    answer = await depot.push(number, history)
    assert (answer.status_code, answer.text) == (200, ACKNOWLEDGED)
    assert (await depot.read(shipment))["status"] == "SHIPPED"
    assert await taken_in() == 1
    for party in (depot.market.buyer, depot.storeman):
        seen = await depot.read(shipment, party)
        assert (seen["status"], codes(seen), words(seen)) == ("ARRIVED", list(WHOLE), [one[1] for one in history])
        [package] = seen["packages"]
        assert (package["status"], package["carrierCode"], package["trackingNumber"]) == ("ARRIVED", "shunfeng", number)
        assert [edge["node"]["text"] for edge in package["tracking"]["edges"]] == words(seen)[::-1]
        newest = seen["tracking"]["edges"][0]["node"]
        assert (newest["byCarrier"], newest["packageId"], newest["place"]) == (True, package["id"], "广东,佛山市")
        assert newest["at"] == history[-1][2].isoformat().replace("+00:00", "Z")
    assert [one[:2] for one in await facts(shipment["id"], "shipment")] == [("shipped", 1), ("tracked", 2)]
    sides = {depot.market.seller.company_id, depot.market.buyer.company_id}
    assert (await facts(shipment["id"], "shipment"))[1][2] == sides


async def test_the_same_news_again_and_in_any_order_change_nothing(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    history = story(*WHOLE)
    for n in (4, 2, 4, 1, 3):
        assert (await depot.push(number, history[:n])).status_code == 200
    assert await taken_in() == 4  # one came twice
    done = await depot.read(shipment)
    assert (done["status"], codes(done)) == ("ARRIVED", list(WHOLE))
    version = done["version"]
    for more in ({"message": "again"}, {"message": "and again"}):
        await depot.push(number, history[:2], **more)
    assert await taken_in() == 2
    assert (await depot.read(shipment))["version"] == version
    assert await taken_in() == 0


@pytest.mark.parametrize("signature", ["", "0" * 32, sign("{}"), None])
async def test_a_wrong_signature_leaves_nothing(
    depot: Depot, signature: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    before = [await kept(), await news(), await depot.read(shipment)]
    text = param("shunfeng", number.upper(), story("arrived"))
    signed = sign(text, "another salt") if signature is None else signature
    answer = await depot.post(form(text, signed))
    assert (answer.status_code, answer.json()["result"], answer.json()["returnCode"]) == (403, False, "403")
    assert await taken_in() == 0
    assert [await kept(), await news(), await depot.read(shipment)] == before
    assert "refused" in caplog.text
    told = caplog.text + answer.text
    assert not any(secret in told for secret in (SALT, KEY, number, number.upper(), sign(text)))


async def test_what_cannot_be_read_is_refused_and_nothing_is_kept(depot: Depot) -> None:
    before = [await kept(), await news()]
    told = json.loads(param("shunfeng", "SF1", story("arrived")))
    told["lastResult"]["data"][0]["context"] = "a NUL \x00 in it"
    refused: list[tuple[bytes, int]] = [
        (b"", 400),
        (b"param", 400),
        (b"\xff\xfe\x00", 400),
        (form("no JSON"), 400),
        (form("[]"), 400),
        (form("{}"), 400),
        (form('{"lastResult": {"nu": 1}}'), 400),
        (form("[" * 50_000), 400),
        (form(json.dumps(told)), 400),
        (b"x" * (LARGEST_PUSH + 1), 413),
        (form(json.dumps(told | {"more": "x" * LARGEST_PUSH})), 413),
    ]
    for body, status in refused:
        answer = await depot.post(body)
        assert (answer.status_code, answer.json()["result"]) == (status, False), body[:80]
    json_kind = await depot.post(form("{}"), **{"content-type": "application/json"})
    assert json_kind.status_code == 400
    assert [await kept(), await news()] == before


async def test_a_door_that_is_not_open_is_not_there(depot: Depot) -> None:
    closed = await open_depot(configured(kuaidi100_salt=""))
    body = form(param("shunfeng", "SF1", story("arrived")), sign("", ""))
    before = await kept()
    for answer in (await closed.post(body), await depot.post(body, name="nobody")):
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    chinese = await depot.post(body, name="nobody", **{"accept-language": "zh-CN"})
    assert chinese.json()["message"] == "未找到承运商 nobody。"
    assert await kept() == before


async def test_news_that_come_before_the_number_are_kept_for_it(depot: Depot) -> None:
    number = new_key()
    await depot.push(number, story(*WHOLE[:2]))
    assert await taken_in() == 1
    shipment = await depot.shipped({"carrier": "顺丰速运", "trackingNumber": f" {number[:4]} {number[4:]} "})
    seen = await depot.read(shipment)
    assert (seen["status"], codes(seen)) == ("IN_TRANSIT", list(WHOLE[:2]))


async def test_news_of_nobody_are_forgotten_after_a_month(depot: Depot) -> None:
    number, borne = new_key(), new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": borne})
    for one in (number, borne):
        await depot.push(one, story("in_transit"))
    assert await taken_in() == 2
    from_clock = "SELECT count(*) FROM waybill WHERE number = $1"
    with clock.travel(timedelta(days=31)):
        await forget_news_of_nobody(older_than=NEWS_KEPT)
        await forget_keys_and_jobs()
    assert [row[0] for row in await database.rows(from_clock, number.upper())] == [0]
    assert codes(await depot.read(shipment)) == ["in_transit"]
    assert await database.rows("SELECT 1 FROM inbox") == []


async def test_several_packages_have_one_timeline_each_and_one_together(depot: Depot) -> None:
    first, second = new_key(), new_key()
    shipment = await depot.shipped(
        {"carrier": "顺丰", "trackingNumber": first, "weightG": 12500, "volumeCm3": 40000, "pieces": 2},
        {"carrier": "圆通", "trackingNumber": second},
    )
    assert [(one["weightG"], one["volumeCm3"], one["pieces"]) for one in shipment["packages"]] == [
        (12500, 40000, 2),
        (None, None, None),
    ]
    await depot.push(first, story(*WHOLE, hours=9))
    await taken_in()
    assert (await depot.read(shipment))["status"] == "IN_TRANSIT"
    await depot.push(second, story("picked_up", "out_for_delivery", hours=8.5), company="yuantong")
    await taken_in()
    seen = await depot.read(shipment)
    assert (seen["status"], [one["status"] for one in seen["packages"]]) == (
        "OUT_FOR_DELIVERY",
        ["ARRIVED", "OUT_FOR_DELIVERY"],
    )
    assert codes(seen) == ["picked_up", "picked_up", "in_transit", "out_for_delivery", "out_for_delivery", "arrived"]
    page = """query($id: ID!, $after: String) { shipment(id: $id) { tracking(first: 4, after: $after) {
        edges { node { text } } pageInfo { hasNextPage endCursor } } } }"""
    one = (await depot.api.data(depot.storeman, page, id=shipment["id"]))["tracking"]
    two = await depot.api.data(depot.storeman, page, id=shipment["id"], after=one["pageInfo"]["endCursor"])
    paged = [edge["node"]["text"] for edge in (*one["edges"], *two["tracking"]["edges"])]
    assert paged == words(seen)[::-1]
    await depot.push(second, story("returned", hours=1), company="yuantong")
    await taken_in()
    assert (await depot.read(shipment))["status"] == "EXCEPTION"


async def test_one_number_on_two_shipments_moves_both(depot: Depot) -> None:
    """Two orders in one box."""
    number = new_key()
    both = [await depot.shipped({"carrier": "sf", "trackingNumber": number}) for _ in range(2)]
    await depot.push(number, story(*WHOLE))
    await taken_in()
    assert [(await depot.read(one))["status"] for one in both] == ["ARRIVED", "ARRIVED"]


async def test_by_hand_and_by_push_are_one_timeline(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number}, {"carrier": "our own truck"})
    by_hand = [{"code": "IN_TRANSIT", "text": "on our truck", "at": ago(2).isoformat()}]
    truck = shipment["packages"][1]["id"]
    moved = await depot.act(depot.storeman, TRACK, shipmentId=shipment["id"], packageId=truck, events=by_hand)
    assert [one["status"] for one in moved["shipment"]["packages"]] == ["SHIPPED", "IN_TRANSIT"]
    everywhere = [{"code": "EXCEPTION", "text": "the road is closed", "at": ago(1).isoformat()}]
    moved = await depot.act(depot.storeman, TRACK, shipmentId=shipment["id"], events=everywhere)
    assert [one["status"] for one in moved["shipment"]["packages"]] == ["EXCEPTION", "EXCEPTION"]
    await depot.push(number, [("in_transit", "off again", ago(0.75)), ("arrived", "there", ago(0.5))])
    await taken_in()
    seen = await depot.read(shipment)
    assert [one["status"] for one in seen["packages"]] == ["ARRIVED", "EXCEPTION"]
    assert words(seen) == ["on our truck", "the road is closed", "off again", "there"]


async def test_news_after_the_signature_are_kept_and_move_nothing(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    signed = await depot.act(depot.market.buyer, SIGN, shipmentId=shipment["id"])
    assert (signed["shipment"]["status"], signed["order"]["status"]) == ("DELIVERED", "COMPLETED")
    await depot.push(number, story(*WHOLE, "exception"))
    await taken_in()
    seen = await depot.read(shipment)
    assert (seen["status"], seen["stalled"], codes(seen)) == ("DELIVERED", False, [*WHOLE, "exception"])
    assert [one[0] for one in await facts(shipment["id"], "shipment")] == ["shipped", "delivered", "tracked"]


async def test_what_lies_in_the_future_is_left_out(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    await depot.push(number, [("picked_up", "seen", ago(1)), ("arrived", "tomorrow's", ago(-48))])
    await taken_in()
    seen = await depot.read(shipment)
    assert (seen["status"], words(seen)) == ("IN_TRANSIT", ["seen"])


async def test_a_time_that_nobody_knows_keeps_no_other_news_out(depot: Depot) -> None:
    """Systems write the first moment that they can for a time that they do not know."""
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    told = json.loads(param("shunfeng", number.upper(), story("picked_up", "in_transit", "arrived")))
    for row, never in zip(told["lastResult"]["data"], ("0001-01-01 00:00:00", "1970-01-01 08:00:00"), strict=False):
        row["time"] = row["ftime"] = never
    assert (await depot.post(form(json.dumps(told)))).status_code == 200
    assert await taken_in() == 1
    seen = await depot.read(shipment)
    assert (seen["status"], codes(seen)) == ("IN_TRANSIT", ["picked_up"])


async def test_a_new_salt_leaves_the_parcels_of_the_old_one_on_their_way(depot: Depot) -> None:
    both = await open_depot(configured(kuaidi100_salt=f"a newer one, {SALT}"))
    number = new_key()
    shipment = await both.shipped({"carrier": "sf", "trackingNumber": number})
    for salt, code, status in ((SALT, "picked_up", 200), ("a newer one", "arrived", 200), ("another", "returned", 403)):
        text = param("shunfeng", number.upper(), story(code))
        assert (await both.post(form(text, sign(text, salt)))).status_code == status
    assert await taken_in() == 2
    assert codes(await both.read(shipment)) == ["picked_up", "arrived"]
    nothing = await open_depot(configured(kuaidi100_salt=" , "))
    assert (await nothing.post(form(text, sign(text, "")))).status_code == 404


async def test_news_after_all_end_the_trouble(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    await subscribed(number)
    await depot.push(number, story("picked_up"), status="abort", message="3天查询无记录")
    await taken_in()
    assert (await depot.read(shipment))["packages"][0]["news"] == "REFUSED"
    await depot.push(number, story("picked_up"), message="an old one that was late")
    await taken_in()
    assert (await depot.read(shipment))["packages"][0]["news"] == "REFUSED"
    await depot.push(number, story("picked_up", "in_transit"))
    await taken_in()
    [sold] = (await depot.read(shipment, depot.storeman))["packages"]
    assert (sold["news"], sold["trouble"], sold["status"]) == ("COMING", None, "IN_TRANSIT")


async def test_a_carrier_that_gave_up_says_so_to_the_seller(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    await subscribed(number)
    assert (await depot.read(shipment))["packages"][0]["news"] == "COMING"
    await depot.push(number, [], status="abort", message="3天查询无记录")
    await taken_in()
    [sold] = (await depot.read(shipment, depot.storeman))["packages"]
    [bought] = (await depot.read(shipment))["packages"]
    assert (sold["news"], sold["trouble"]) == ("REFUSED", "3天查询无记录")
    assert (bought["news"], bought["trouble"]) == ("REFUSED", None)


async def test_one_that_cannot_be_taken_waits_and_stands_in_nobodys_way(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": number})
    await database.rows(
        "INSERT INTO inbox (source, message_id, payload, received_at) VALUES ('carrier:kuaidi100', 'broken', '[]',"
        " now() - interval '1 hour')"
    )
    await depot.push(number, story("in_transit"))
    assert await taken_in() == 1
    assert codes(await depot.read(shipment)) == ["in_transit"]
    for hours in range(1, 8):
        with clock.travel(timedelta(hours=hours)):
            assert await taken_in() == 0
    [row] = await database.rows("SELECT tries, trouble, done_at IS NULL FROM inbox WHERE message_id = 'broken'")
    assert tuple(row) == (8, "Malformed", False)
