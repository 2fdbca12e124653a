"""The statuses of a shipment, what a carrier may say, and what one side may do. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from app.kernel.lifecycle import Lifecycle, Move
from app.kernel.refusal import BadRequest
from app.kernel.text import optional_text, text
from app.kernel.wording import Said
from app.network.roles import Permission

MOST_EVENTS: Final = 100
CLOCK_SKEW: Final = timedelta(days=1)
OLDEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Carriers' systems write 0001-01-01 or 1970-01-01 for a time that they do not know."""
LONGEST_TEXT: Final = 400
LONGEST_PLACE: Final = 120


class ShipmentStatus(StrEnum):
    """Where a shipment is. All but `delivered` follow from what was said of its packages."""

    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ARRIVED = "arrived"  # by the carrier's word; nobody has signed for quantities yet
    EXCEPTION = "exception"
    RETURNED_TO_SENDER = "returned_to_sender"
    DELIVERED = "delivered"  # a party of the order signed for it, or its time for that was over


_S = ShipmentStatus
OPEN: Final = tuple(one for one in ShipmentStatus if one is not _S.DELIVERED)

SHIPMENT: Final = Lifecycle(
    "shipment",
    initial=_S.SHIPPED,
    moves={
        # the news of a number that was corrected are news of another parcel
        "forget_news": Move(from_=OPEN, to=_S.SHIPPED),
        "set_off": Move(from_=OPEN, to=_S.IN_TRANSIT),
        "go_out": Move(from_=OPEN, to=_S.OUT_FOR_DELIVERY),
        "arrive": Move(from_=OPEN, to=_S.ARRIVED),
        "go_wrong": Move(from_=OPEN, to=_S.EXCEPTION),
        "come_back": Move(from_=OPEN, to=_S.RETURNED_TO_SENDER),
        "deliver": Move(from_=OPEN, to=_S.DELIVERED),
    },
    final=(_S.DELIVERED,),
    states=ShipmentStatus,
)


class TrackingCode(StrEnum):
    """What a carrier says happened. The later in this list, the more it says of two that happened at one moment."""

    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    EXCEPTION = "exception"
    RETURNING = "returning"  # on its way back to the sender
    ARRIVED = "arrived"  # by the carrier's word; a party of the order confirms the delivery itself
    RETURNED = "returned"  # the sender has it again


RANK: Final = {code: rank for rank, code in enumerate(TrackingCode)}


class RejectReason(StrEnum):
    """Why a shipped quantity was not signed for."""

    SHORT = "short"  # 短少: it was not there
    DAMAGED = "damaged"  # 破损
    REFUSED = "refused"  # 拒收
    RETURNED = "returned"  # 退回: the carrier brought it back


class ShipmentAction(StrEnum):
    """What can be done with a shipment."""

    RECORD_TRACKING = "record_tracking"
    CORRECT_PACKAGES = "correct_packages"
    CONFIRM_DELIVERY = "confirm_delivery"


def can_have_happened(at: datetime, now: datetime) -> bool:
    """A moment that news may name: not before there were such news, nor after now (a day of difference between clocks
    is allowed)."""
    return OLDEST <= at <= now + CLOCK_SKEW


@dataclass(frozen=True, slots=True)
class TrackingSaid:
    """One event as a carrier reports it."""

    code: TrackingCode
    text: str
    place: str | None
    at: datetime


def allowed(
    status: ShipmentStatus,
    *,
    is_seller: bool,
    permissions: Collection[Permission],
    signs_at: datetime | None = None,
    now: datetime | None = None,
) -> list[ShipmentAction]:
    """What a member of a party may do with the shipment now. A carrier may be late: its word is always recorded.

    One whose time for signing is over counts as signed for, whether or not a worker was alive.
    """
    is_open = status in OPEN and not counts_as_signed(signs_at, now)
    possible = []
    if is_seller and Permission.SHIPMENT_MANAGE in permissions:
        possible.append(ShipmentAction.RECORD_TRACKING)
        if is_open:
            possible.append(ShipmentAction.CORRECT_PACKAGES)
    if is_open and Permission.DELIVERY_CONFIRM in permissions:
        possible.append(ShipmentAction.CONFIRM_DELIVERY)
    return possible


def counts_as_signed(signs_at: datetime | None, now: datetime | None) -> bool:
    """Its time for signing is over."""
    return signs_at is not None and now is not None and signs_at <= now


def is_stalled(stalls_at: datetime | None, now: datetime) -> bool:
    """Nothing was heard of it for too long, or what was heard is that something is wrong."""
    return stalls_at is not None and stalls_at <= now


def judged(events: Sequence[TrackingSaid], now: datetime) -> list[TrackingSaid]:
    """The events without repetitions, in order of time. BadRequest for none, too many, too long texts, or events of
    times that cannot be."""
    if not 1 <= len(events) <= MOST_EVENTS:
        raise BadRequest("events", len(events), Said(f"1 to {MOST_EVENTS} events", f" 1 到 {MOST_EVENTS} 条物流记录"))
    first: dict[tuple[datetime, TrackingCode, str], TrackingSaid] = {}
    for one in events:
        if not can_have_happened(one.at, now):
            raise BadRequest("at", one.at.isoformat(), Said("a moment that has been", "已经发生的时间"))
        said = TrackingSaid(
            one.code, text("text", one.text, LONGEST_TEXT), optional_text("place", one.place, LONGEST_PLACE), one.at
        )
        first.setdefault((said.at, said.code, said.text), said)
    return sorted(first.values(), key=lambda one: (one.at, RANK[one.code], one.text))
