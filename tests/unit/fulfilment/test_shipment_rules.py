"""What a carrier may say, and what a party may do with a shipment."""

from datetime import UTC, datetime, timedelta

import pytest

from app.fulfilment.rules import (
    ShipmentAction,
    ShipmentStatus,
    TrackingCode,
    TrackingSaid,
    after_tracking,
    allowed,
    judged,
)
from app.kernel.refusal import BadRequest
from app.network.roles import Permission

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def said(code: TrackingCode, hours: int, text: str = "seen") -> TrackingSaid:
    return TrackingSaid(code, text, None, NOW + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("status", "is_seller", "permissions", "expected"),
    [
        (ShipmentStatus.SHIPPED, True, set(Permission), ["record_tracking", "confirm_delivery"]),
        (ShipmentStatus.IN_TRANSIT, False, set(Permission), ["confirm_delivery"]),
        (ShipmentStatus.DELIVERED, True, set(Permission), ["record_tracking"]),
        (ShipmentStatus.DELIVERED, False, set(Permission), []),
        (ShipmentStatus.SHIPPED, True, {Permission.SHIPMENT_MANAGE}, ["record_tracking"]),
        (ShipmentStatus.SHIPPED, True, {Permission.DELIVERY_CONFIRM}, ["confirm_delivery"]),
        (ShipmentStatus.SHIPPED, False, {Permission.ORDER_READ}, []),
    ],
)
def test_allowed(status: ShipmentStatus, is_seller: bool, permissions: set[Permission], expected: list[str]) -> None:
    assert allowed(status, is_seller=is_seller, permissions=permissions) == [ShipmentAction(one) for one in expected]


def test_a_carriers_word_sets_it_on_its_way_and_never_back() -> None:
    assert after_tracking(ShipmentStatus.SHIPPED) is ShipmentStatus.IN_TRANSIT
    assert after_tracking(ShipmentStatus.IN_TRANSIT) is ShipmentStatus.IN_TRANSIT
    assert after_tracking(ShipmentStatus.DELIVERED) is ShipmentStatus.DELIVERED


def test_events_are_sorted_and_said_once() -> None:
    late, early = said(TrackingCode.ARRIVED, -1), said(TrackingCode.PICKED_UP, -9)
    assert judged([late, early, late, said(TrackingCode.PICKED_UP, -9, "again")], NOW) == [early, late]
    assert judged([said(TrackingCode.EXCEPTION, 24)], NOW)[0].code is TrackingCode.EXCEPTION


@pytest.mark.parametrize("events", [[], [said(TrackingCode.ARRIVED, 25)], [said(TrackingCode.ARRIVED, 0, " ")]])
def test_what_cannot_be_is_refused(events: list[TrackingSaid]) -> None:
    with pytest.raises(BadRequest):
        judged(events, NOW)
