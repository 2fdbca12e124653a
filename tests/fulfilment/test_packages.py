"""Packages of a shipment: what a seller says of them, and how it is corrected, with its history."""

from typing import Any

import pytest

from tests.fulfilment.parcels import CORRECT, SHIP, SIGN, Depot, codes, open_depot, story, taken_in
from tests.ordering_lifecycle.orders import everything, facts
from tests.worlds import new_key, open_world


@pytest.fixture
async def depot(database: str) -> Depot:
    return await open_depot()


def named(package: dict[str, Any], **change: Any) -> dict[str, Any]:
    """A package as `correctPackages` takes it."""
    fields = ("id", "carrier", "trackingNumber", "weightG", "volumeCm3", "pieces")
    return {name: package[name] for name in fields} | change


async def correct(depot: Depot, shipment: Any, *packages: dict[str, Any], **more: Any) -> Any:
    said = {"shipmentId": shipment["id"], "packages": list(packages), "reason": "mistyped", **more}
    return await depot.act(depot.storeman, CORRECT, **said)


async def test_a_mistyped_number_takes_the_news_of_the_right_one(depot: Depot) -> None:
    wrong, right = new_key(), new_key()
    shipment = await depot.shipped({"carrier": "sf", "trackingNumber": wrong})
    await depot.push(wrong, story("picked_up", "arrived"))
    await depot.push(right, story("picked_up", "in_transit"))
    assert await taken_in() == 2
    assert (await depot.read(shipment))["status"] == "ARRIVED"
    moved = await correct(depot, shipment, named(shipment["packages"][0], trackingNumber=right), expectedVersion=2)
    fixed = moved["shipment"]
    assert (fixed["status"], codes(fixed), fixed["version"]) == ("IN_TRANSIT", ["picked_up", "in_transit"], 3)
    for party in (depot.market.buyer, depot.storeman):
        [change] = [edge["node"] for edge in (await depot.read(shipment, party))["packageChanges"]["edges"]]
        assert change == {
            "packageId": shipment["packages"][0]["id"],
            "what": "CHANGED",
            "reason": "mistyped",
            "before": {"trackingNumber": wrong, "weightG": None},
            "after": {"trackingNumber": right, "weightG": None},
        }
    assert [one[0] for one in await facts(shipment["id"], "shipment")] == ["shipped", "tracked", "repacked"]
    back = (await correct(depot, shipment, named(shipment["packages"][0], trackingNumber=wrong)))["shipment"]
    assert (back["status"], codes(back)) == ("ARRIVED", ["picked_up", "arrived"])
    unknown = (await correct(depot, shipment, named(shipment["packages"][0], trackingNumber=None)))["shipment"]
    assert (unknown["status"], codes(unknown), unknown["packages"][0]["newsAt"]) == ("SHIPPED", [], None)
    await depot.push(right, story("arrived", hours=1))
    await taken_in()
    assert (await depot.read(shipment))["status"] == "SHIPPED"


async def test_one_added_one_removed_one_weighed(depot: Depot) -> None:
    shipment = await depot.shipped({"carrier": "jd", "trackingNumber": new_key()}, {"carrier": "our own truck"})
    first, second = shipment["packages"]
    moved = await correct(depot, shipment, named(second, weightG=900), {"carrier": "ems", "trackingNumber": new_key()})
    now = moved["shipment"]["packages"]
    assert [(one["carrier"], one["carrierCode"], one["weightG"]) for one in now] == [
        ("our own truck", None, 900),
        ("ems", "ems", None),
    ]
    changes = [edge["node"] for edge in moved["shipment"]["packageChanges"]["edges"]]
    assert sorted((one["what"], one["packageId"]) for one in changes) == sorted(
        [("REMOVED", first["id"]), ("CHANGED", second["id"]), ("ADDED", now[1]["id"])]
    )
    assert sorted((one["before"] is None, one["after"] is None) for one in changes) == [
        (False, False),
        (False, True),
        (True, False),
    ]
    key = new_key()
    said = {"clientKey": key, "shipmentId": shipment["id"], "packages": [named(now[0])], "reason": "less"}
    once = await depot.api.data(depot.storeman, CORRECT, input=said)
    before = await everything()
    assert await depot.api.data(depot.storeman, CORRECT, input=said) == once
    same = await correct(depot, shipment, named(now[0]))
    assert same["shipment"]["version"] == once["shipment"]["version"]
    reused = await depot.api.data(depot.storeman, CORRECT, input={**said, "reason": "other"})
    assert reused["code"] == "KEY_REUSED"
    assert before != await everything()  # the key of the correction that corrected nothing


async def test_what_cannot_be_a_package_is_refused(depot: Depot) -> None:
    number = new_key()
    shipment = await depot.shipped({"carrier": "jd", "trackingNumber": number})
    other = await depot.shipped()
    order_id = await depot.confirmed()
    package = named(shipment["packages"][0])
    stranger = (await open_world()).brand
    before = await everything()
    wrong: list[Any] = [
        [],
        [{}] * 101,
        [{"carrier": "x" * 61}],
        [{"trackingNumber": "9" * 81}],
        [{"weightG": -1}],
        [{"volumeCm3": 2_000_000_001}],
        [{"pieces": 0}],
        [package, package],
        [{"carrier": "jd", "trackingNumber": "1"}, {"carrier": "京东", "trackingNumber": " 1 "}],
    ]
    for packages in wrong:
        said = {"clientKey": new_key(), "shipmentId": shipment["id"], "packages": packages, "reason": "x"}
        assert await depot.api.code(depot.storeman, CORRECT, input=said) == "BAD_REQUEST", packages
    for reason in ("", "x" * 401):
        said = {"clientKey": new_key(), "shipmentId": shipment["id"], "packages": [package], "reason": reason}
        assert await depot.api.code(depot.storeman, CORRECT, input=said) == "BAD_REQUEST"
    for party, packages, code in (
        (depot.storeman, [named(other["packages"][0])], "NOT_FOUND"),
        (depot.market.buyer, [package], "FORBIDDEN"),
        (depot.clerk, [package], "FORBIDDEN"),
        (stranger, [package], "NOT_FOUND"),
    ):
        said = {"clientKey": new_key(), "shipmentId": shipment["id"], "packages": packages, "reason": "x"}
        assert await depot.api.code(party, CORRECT, input=said) == code
    stale = await correct(depot, shipment, {**package, "weightG": 1}, expectedVersion=7)
    assert (stale["code"], stale["version"]) == ("CHANGED_MEANWHILE", 1)
    ship: list[dict[str, Any]] = [
        {"packages": [package]},
        {"packages": [{"carrier": "jd"}], "carrier": "jd"},
        {"packages": [{"carrier": "jd"}], "trackingNumber": "1"},
    ]
    for more in ship:
        said = {"clientKey": new_key(), "orderId": order_id, **more}
        assert await depot.api.code(depot.storeman, SHIP, input=said) == "BAD_REQUEST", more
    assert await everything() == before


async def test_once_signed_for_nothing_is_corrected(depot: Depot) -> None:
    shipment = await depot.shipped()
    await depot.act(depot.market.buyer, SIGN, shipmentId=shipment["id"])
    before = await everything()
    refused = await correct(depot, shipment, named(shipment["packages"][0], weightG=5))
    assert (refused["code"], refused["statusNow"], refused["allowed"]) == (
        "MOVE_NOT_ALLOWED",
        "DELIVERED",
        ["RECORD_TRACKING"],
    )
    assert await everything() == before
