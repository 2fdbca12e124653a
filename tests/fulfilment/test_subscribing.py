"""Asking for the news of parcels, against a real local server that answers as Kuaidi100 documents."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app import database as db
from app.fulfilment.connected import connected
from app.kernel import clock
from tests.fulfilment.kuaidi import KEY, SALT, Poll, configured, polled
from tests.fulfilment.parcels import CORRECT, Depot, open_depot
from tests.worlds import new_key
from workers.carriers import subscribe_due


@pytest.fixture
def poll() -> Iterator[Poll]:
    with polled() as server:
        yield server


@pytest.fixture
async def depot(database: str) -> Depot:
    return await open_depot()


async def ask(poll: Poll) -> int:
    return await subscribe_due(connected(configured(poll.url)))


async def standing(number: str) -> tuple[bool, bool, int, str | None]:
    """Subscribed, to be asked again, tries, trouble."""
    row = await db.row(
        "SELECT subscribed_at IS NOT NULL, subscribe_at IS NOT NULL, tries, trouble FROM waybill WHERE number = $1",
        number.upper(),
    )
    assert row is not None
    return tuple(row)


@pytest.fixture(autouse=True)
async def nothing_else_is_due(database: str) -> None:
    await db.rows("UPDATE waybill SET subscribe_at = NULL")


async def test_what_ships_is_subscribed_to_as_the_contract_says(depot: Depot, poll: Poll) -> None:
    number = new_key()
    shipment = await depot.shipped(
        {"carrier": "圆通速递", "trackingNumber": number}, {"carrier": "our own truck", "trackingNumber": "truck 1"}
    )
    assert [one["news"] for one in shipment["packages"]] == ["ASKED", "BY_HAND"]
    assert await ask(poll) == 1
    assert poll.asked == [
        {
            "path": "/poll",
            "schema": ["json"],
            "company": "yuantong",
            "number": number.upper(),
            "key": KEY,
            "parameters": {
                "callbackurl": "https://mall.test/webhooks/carriers/kuaidi100",
                "salt": SALT,
                "resultv2": "4",
            },
        }
    ]
    assert [one["news"] for one in (await depot.read(shipment))["packages"]] == ["COMING", "BY_HAND"]
    assert await ask(poll) == 0
    assert len(poll.asked) == 1


async def test_a_phone_is_told_only_to_who_needs_it(depot: Depot, poll: Poll) -> None:
    await depot.shipped({"carrier": "sf", "trackingNumber": new_key()}, {"carrier": "ems", "trackingNumber": new_key()})
    phone = await db.row("SELECT o.ship_to_snapshot->>'phone' AS phone FROM sales_order o ORDER BY id DESC LIMIT 1")
    assert phone is not None
    assert await ask(poll) == 2
    told = {one["company"]: one["parameters"].get("phone") for one in poll.asked}
    assert told == {"shunfeng": phone["phone"], "ems": None}


async def test_what_fails_is_asked_again_later_each_time_later(
    depot: Depot, poll: Poll, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    number = new_key()
    await depot.shipped({"carrier": "yto", "trackingNumber": number})
    poll.answers[number.upper()] = [(502, "200"), (200, "500"), (200, "600")]
    for seconds, tries, trouble in ((0, 1, "no answer"), (16, 2, "refused with 500"), (47, 3, "refused with 600")):
        with clock.travel(timedelta(seconds=seconds)):
            assert await ask(poll) == 0
            assert await ask(poll) == 0  # not before its time
            assert await standing(number) == (False, True, tries, trouble)
    with clock.travel(timedelta(seconds=110)):
        assert await ask(poll) == 1
    assert await standing(number) == (True, False, 4, None)
    assert len(poll.asked) == 4
    assert not any(secret in caplog.text for secret in (KEY, SALT))


async def test_what_is_refused_for_good_is_not_asked_again_until_it_is_corrected(depot: Depot, poll: Poll) -> None:
    number, right = new_key(), new_key()
    shipment = await depot.shipped({"carrier": "yto", "trackingNumber": number})
    poll.answers[number.upper()] = [(200, "700")]
    assert await ask(poll) == 0
    assert await standing(number) == (False, False, 1, "refused with 700")
    [package] = (await depot.read(shipment, depot.storeman))["packages"]
    assert (package["news"], package["trouble"]) == ("REFUSED", "refused with 700")
    with clock.travel(timedelta(hours=12)):
        assert await ask(poll) == 0
    corrected = [{"id": package["id"], "carrier": "yto", "trackingNumber": right}]
    await depot.act(depot.storeman, CORRECT, shipmentId=shipment["id"], packages=corrected, reason="mistyped")
    assert await ask(poll) == 1
    assert [one["number"] for one in poll.asked] == [number.upper(), right.upper()]


async def test_subscribed_before_is_what_was_wanted(depot: Depot, poll: Poll) -> None:
    number = new_key()
    await depot.shipped({"carrier": "yto", "trackingNumber": number})
    poll.answers[number.upper()] = [(200, "501")]
    assert await ask(poll) == 1
    assert await standing(number) == (True, False, 1, None)


async def test_who_is_not_there_is_asked_twelve_times_in_all(depot: Depot) -> None:
    number = new_key()
    await depot.shipped({"carrier": "yto", "trackingNumber": number})
    nowhere = connected(configured("http://127.0.0.1:9"))
    for day in range(14):
        with clock.travel(timedelta(days=day)):
            assert await subscribe_due(nowhere) == 0
    assert await standing(number) == (False, False, 12, "no answer")


async def test_without_an_account_nobody_is_asked(depot: Depot, poll: Poll) -> None:
    number = new_key()
    await depot.shipped({"carrier": "yto", "trackingNumber": number})
    for told in (configured(poll.url, kuaidi100_key=""), configured(poll.url, public_url="")):
        assert await subscribe_due(connected(told)) == 0
    assert (await standing(number))[:3] == (False, True, 0)
    assert poll.asked == []
