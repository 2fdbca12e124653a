"""What a carrier may say, and what a party may do with a shipment."""

from datetime import UTC, datetime, timedelta

import pytest

from app.fulfilment.rules import (
    ShipmentAction,
    ShipmentStatus,
    TrackingCode,
    TrackingSaid,
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
        (ShipmentStatus.SHIPPED, True, set(Permission), ["record_tracking", "correct_packages", "confirm_delivery"]),
        (ShipmentStatus.RETURNED_TO_SENDER, False, set(Permission), ["confirm_delivery"]),
        (ShipmentStatus.IN_TRANSIT, False, set(Permission), ["confirm_delivery"]),
        (ShipmentStatus.DELIVERED, True, set(Permission), ["record_tracking"]),
        (ShipmentStatus.DELIVERED, False, set(Permission), []),
        (ShipmentStatus.SHIPPED, True, {Permission.SHIPMENT_MANAGE}, ["record_tracking", "correct_packages"]),
        (ShipmentStatus.SHIPPED, True, {Permission.DELIVERY_CONFIRM}, ["confirm_delivery"]),
        (ShipmentStatus.SHIPPED, False, {Permission.ORDER_READ}, []),
    ],
)
def test_allowed(status: ShipmentStatus, is_seller: bool, permissions: set[Permission], expected: list[str]) -> None:
    assert allowed(status, is_seller=is_seller, permissions=permissions) == [ShipmentAction(one) for one in expected]


def test_one_whose_time_is_over_counts_as_signed_for() -> None:
    def may(signs_at: datetime) -> list[ShipmentAction]:
        return allowed(ShipmentStatus.ARRIVED, is_seller=True, permissions=set(Permission), signs_at=signs_at, now=NOW)

    assert may(NOW) == [ShipmentAction.RECORD_TRACKING]
    assert may(NOW + timedelta(seconds=1)) == list(ShipmentAction)


def test_events_are_sorted_and_said_once() -> None:
    late, early = said(TrackingCode.ARRIVED, -1), said(TrackingCode.PICKED_UP, -9)
    other = said(TrackingCode.PICKED_UP, -9, "in other words")
    assert judged([late, early, late, other, early], NOW) == [other, early, late]
    assert judged([said(TrackingCode.EXCEPTION, 24)], NOW)[0].code is TrackingCode.EXCEPTION


@pytest.mark.parametrize("events", [[], [said(TrackingCode.ARRIVED, 25)], [said(TrackingCode.ARRIVED, 0, " ")]])
def test_what_cannot_be_is_refused(events: list[TrackingSaid]) -> None:
    with pytest.raises(BadRequest):
        judged(events, NOW)
