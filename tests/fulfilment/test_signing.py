"""Signing for what arrived, line by line: what is missing has a reason, stays visible, and the order goes on."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.fulfilment.confirm_delivery import sign_what_is_due
from app.kernel import clock
from app.network.roles import Role
from tests.fulfilment.parcels import SHIP, SIGN, TRACK, Depot, ago, open_depot
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import everything, facts
from tests.worlds import new_key, open_world

DAY = timedelta(days=1)


@pytest.fixture
async def depot(database: str) -> Depot:
    return await open_depot()


async def arrived(depot: Depot, shipment: Any, hours: float = 1) -> Any:
    """By the word of a driver, whom the seller quotes."""
    event = {"code": "ARRIVED", "text": "at the door", "at": ago(hours).isoformat()}
    return (await depot.act(depot.storeman, TRACK, shipmentId=shipment["id"], events=[event]))["shipment"]


async def test_less_than_was_shipped_has_a_reason_and_stays_on_its_line(depot: Depot) -> None:
    order_id = await depot.confirmed("10", "4")
    moved = await depot.act(depot.storeman, SHIP, orderId=order_id)
    first, second = [line["orderLineId"] for line in moved["shipment"]["lines"]]
    assert [line["delivered"] for line in moved["shipment"]["lines"]] == ["0", "0"]
    short = [{"lineId": first, "signed": "7", "reason": "DAMAGED", "note": "两桶破损 "}]
    signed = await depot.act(depot.market.buyer, SIGN, shipmentId=moved["shipment"]["id"], lines=short)
    assert signed["shipment"]["lines"] == [
        {
            "orderLineId": first,
            "quantity": "10",
            "delivered": "7",
            "rejected": "3",
            "reason": "DAMAGED",
            "note": "两桶破损",
        },
        {"orderLineId": second, "quantity": "4", "delivered": "4", "rejected": "0", "reason": None, "note": None},
    ]
    order = signed["order"]
    assert (order["status"], order["fulfilmentStatus"]) == ("COMPLETED", "DELIVERED")
    assert [(line["shipped"], line["delivered"], line["rejected"]) for line in order["lines"]] == [
        ("10", "7", "3"),
        ("4", "4", "0"),
    ]
    assert [one[0] for one in await facts(moved["shipment"]["id"], "shipment")] == ["shipped", "delivered_short"]
    assert [one[0] for one in await facts(UUID(order_id), "order")][-1] == "delivered_short"
    assert await depot.worklist(rejected=True) == [moved["shipment"]["id"]]
    assert await depot.worklist(rejected=False, statuses=["DELIVERED"]) == []
    assert await wrong_books() == []


async def test_a_part_refused_of_a_part_shipped_leaves_the_rest_awaited(depot: Depot) -> None:
    order_id = await depot.confirmed("6")
    line = (await depot.api.data(depot.clerk, "query($id: ID!) { order(id: $id) { lines { id } } }", id=order_id))[
        "lines"
    ][0]["id"]
    half = [{"lineId": line, "quantity": "3"}]
    one = await depot.act(depot.storeman, SHIP, orderId=order_id, lines=half)
    none = [{"lineId": line, "signed": "0", "reason": "REFUSED"}]
    signed = await depot.act(depot.market.buyer, SIGN, shipmentId=one["shipment"]["id"], lines=none)
    assert (signed["order"]["status"], signed["order"]["fulfilmentStatus"]) == ("FULFILLING", "PARTIAL")
    two = await depot.act(depot.storeman, SHIP, orderId=order_id)
    done = await depot.act(depot.storeman, SIGN, shipmentId=two["shipment"]["id"])
    assert (done["order"]["status"], done["order"]["lines"][0]["delivered"]) == ("COMPLETED", "3")
    assert done["order"]["lines"][0]["rejected"] == "3"
    assert await wrong_books() == []


async def test_what_cannot_be_signed_changes_nothing(depot: Depot) -> None:
    order_id = await depot.confirmed("10", "4")
    moved = await depot.act(depot.storeman, SHIP, orderId=order_id)
    shipment_id = moved["shipment"]["id"]
    first, second = [line["orderLineId"] for line in moved["shipment"]["lines"]]
    stranger = (await open_world()).brand
    before = await everything()
    over = [{"lineId": first, "signed": "10.000001"}, {"lineId": second, "signed": "5", "reason": "SHORT"}]
    refused = await depot.act(depot.market.buyer, SIGN, shipmentId=shipment_id, lines=over)
    assert (refused["code"], refused["over"]) == (
        "MORE_THAN_SHIPPED",
        [
            {"skuCode": "PAINT", "unit": "piece", "signed": "10.000001", "shipped": "10"},
            {"skuCode": "PAINT", "unit": "piece", "signed": "5", "shipped": "4"},
        ],
    )
    assert refused["message"].endswith("PAINT 10.000001 of 10 pieces, PAINT 5 of 4 pieces.")
    wrong: list[list[dict[str, Any]]] = [
        [{"lineId": first, "signed": "9"}],
        [{"lineId": first, "signed": "10", "reason": "SHORT"}],
        [{"lineId": first, "signed": "-1", "reason": "SHORT"}],
        [{"lineId": first, "signed": "7.5", "reason": "SHORT"}],  # they are pieces
        [{"lineId": first, "signed": "1", "reason": "SHORT"}] * 2,
        [{"lineId": first, "signed": "1", "reason": "SHORT", "note": "x" * 401}],
    ]
    for lines in wrong:
        said = {"clientKey": new_key(), "shipmentId": shipment_id, "lines": lines}
        assert await depot.api.code(depot.market.buyer, SIGN, input=said) == "BAD_REQUEST", lines
    foreign = {"clientKey": new_key(), "shipmentId": shipment_id, "lines": [{"lineId": shipment_id, "signed": "1"}]}
    assert await depot.api.code(depot.market.buyer, SIGN, input=foreign) == "NOT_FOUND"
    assert await depot.api.code(stranger, SIGN, input={**foreign, "lines": None}) == "NOT_FOUND"
    assert await everything() == before


async def test_signed_twice_at_once_is_signed_once(depot: Depot) -> None:
    shipment = await depot.shipped(quantity="5")
    line = shipment["lines"][0]["orderLineId"]

    async def sign(signed: str) -> Any:
        said = [{"lineId": line, "signed": signed, "reason": "SHORT"}]
        return await depot.act(depot.market.buyer, SIGN, shipmentId=shipment["id"], lines=said)

    answers = await asyncio.gather(*(sign(str(n)) for n in range(4)))
    kinds = sorted(one["__typename"] for one in answers)
    assert kinds == ["MoveNotAllowed", "MoveNotAllowed", "MoveNotAllowed", "ShipmentMoved"]
    assert await wrong_books() == []


async def test_what_nobody_signs_for_in_time_counts_as_signed(depot: Depot) -> None:
    await depot.rule(carrier="顺丰", stalledAfterHours=48, autoSignDays=7)
    shipment = await depot.shipped()
    assert shipment["signsAt"] is None
    there = await arrived(depot, shipment, hours=200)  # dated back: the time runs from when it is known
    assert (there["status"], there["allowedActions"][-1]) == ("ARRIVED", "CONFIRM_DELIVERY")
    assert there["signsAt"] > (clock.now() + DAY * 6.9).isoformat()
    with clock.travel(DAY * 6.9):
        assert await sign_what_is_due() == 0
    with clock.travel(DAY * 7.1):
        token = await depot.market.world.member(depot.market.buyer, [Role.OWNER])  # a fresh log-in
        seen = await depot.read(shipment, token)
        assert (seen["status"], seen["allowedActions"]) == ("ARRIVED", [])
        late = [{"lineId": shipment["lines"][0]["orderLineId"], "signed": "1", "reason": "SHORT"}]
        refused = await depot.act(token, SIGN, shipmentId=shipment["id"], lines=late)
        assert (refused["code"], refused["statusNow"]) == ("MOVE_NOT_ALLOWED", "DELIVERED")  # no worker was needed
        done = await depot.read(shipment, token)
    assert (done["status"], done["lines"][0]["delivered"], done["lines"][0]["rejected"]) == ("DELIVERED", "2", "0")
    assert [one[0] for one in await facts(shipment["id"], "shipment")] == ["shipped", "tracked", "delivered"]
    assert await sign_what_is_due() == 0
    assert await wrong_books() == []


async def test_the_clock_signs_what_arrived_and_nothing_else(depot: Depot) -> None:
    await depot.rule(autoSignDays=0)
    on_its_way, there = [await depot.shipped() for _ in range(2)]
    await arrived(depot, there)
    back = await depot.shipped()
    event = {"code": "RETURNED", "text": "back again", "at": ago(1).isoformat()}
    await depot.act(depot.storeman, TRACK, shipmentId=back["id"], events=[event])
    with clock.travel(timedelta(minutes=1)):
        assert await sign_what_is_due() == 1
    statuses = [(await depot.read(one))["status"] for one in (on_its_way, there, back)]
    assert statuses == ["SHIPPED", "DELIVERED", "RETURNED_TO_SENDER"]
    lines = [{"lineId": back["lines"][0]["orderLineId"], "signed": "0", "reason": "RETURNED"}]
    closed = await depot.act(depot.storeman, SIGN, shipmentId=back["id"], lines=lines)
    assert (closed["shipment"]["status"], closed["order"]["status"]) == ("DELIVERED", "COMPLETED")
