"""The statuses of a shipment, what a carrier may say, and what one side may do. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.lifecycle import Lifecycle, Move
from app.kernel.refusal import BadRequest
from app.kernel.text import optional_text, text
from app.kernel.wording import Said
from app.network.roles import Permission

MOST_EVENTS: Final = 100
CLOCK_SKEW: Final = timedelta(days=1)
LONGEST_TEXT: Final = 400
LONGEST_PLACE: Final = 120
LONGEST_CARRIER: Final = 60
LONGEST_TRACKING_NUMBER: Final = 80


class ShipmentStatus(StrEnum):
    """Where a shipment is."""

    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"


SHIPMENT: Final = Lifecycle(
    "shipment",
    initial=ShipmentStatus.SHIPPED,
    moves={
        "track": Move(from_=(ShipmentStatus.SHIPPED, ShipmentStatus.IN_TRANSIT), to=ShipmentStatus.IN_TRANSIT),
        "deliver": Move(from_=(ShipmentStatus.SHIPPED, ShipmentStatus.IN_TRANSIT), to=ShipmentStatus.DELIVERED),
    },
    final=(ShipmentStatus.DELIVERED,),
    states=ShipmentStatus,
)


class TrackingCode(StrEnum):
    """What a carrier says happened."""

    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ARRIVED = "arrived"  # by the carrier's word; a party of the order confirms the delivery itself
    EXCEPTION = "exception"


class ShipmentAction(StrEnum):
    """What can be done with a shipment."""

    RECORD_TRACKING = "record_tracking"
    CONFIRM_DELIVERY = "confirm_delivery"


@dataclass(frozen=True, slots=True)
class TrackingSaid:
    """One event as a carrier reports it."""

    code: TrackingCode
    text: str
    place: str | None
    at: datetime


def allowed(status: ShipmentStatus, *, is_seller: bool, permissions: Collection[Permission]) -> list[ShipmentAction]:
    """What a member of a party may do with the shipment now. A carrier may be late: its word is always recorded."""
    possible = []
    if is_seller and Permission.SHIPMENT_MANAGE in permissions:
        possible.append(ShipmentAction.RECORD_TRACKING)
    if SHIPMENT.allows(status, "deliver") and Permission.DELIVERY_CONFIRM in permissions:
        possible.append(ShipmentAction.CONFIRM_DELIVERY)
    return possible


def after_tracking(status: ShipmentStatus) -> ShipmentStatus:
    """A carrier's word sets a shipment on its way; one that comes after the delivery changes nothing."""
    return SHIPMENT.after(status, "track") if SHIPMENT.allows(status, "track") else status


def judged(events: Sequence[TrackingSaid], now: datetime) -> list[TrackingSaid]:
    """The events without repetitions, in order of time. BadRequest for none, too many, too long texts, or events of
    the future (a day of difference between clocks is allowed)."""
    if not 1 <= len(events) <= MOST_EVENTS:
        raise BadRequest("events", len(events), Said(f"1 to {MOST_EVENTS} events", f" 1 到 {MOST_EVENTS} 条物流记录"))
    first: dict[tuple[datetime, TrackingCode], TrackingSaid] = {}
    for one in events:
        if one.at > now + CLOCK_SKEW:
            raise BadRequest("at", one.at.isoformat(), Said("a moment that has been", "已经发生的时间"))
        said = TrackingSaid(
            one.code, text("text", one.text, LONGEST_TEXT), optional_text("place", one.place, LONGEST_PLACE), one.at
        )
        first.setdefault((said.at, said.code), said)
    return sorted(first.values(), key=lambda one: (one.at, one.code))
