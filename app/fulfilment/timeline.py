"""Where a parcel is, from everything that was said of it: pure, and the same in whatever order it was said.

Events count in the order in which they happened, so old news that come late never move a parcel back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from app.fulfilment.rules import RANK, ShipmentStatus, TrackingCode, TrackingSaid

_C, _S = TrackingCode, ShipmentStatus

_STATUS: Final = {
    _C.PICKED_UP: _S.IN_TRANSIT,
    _C.IN_TRANSIT: _S.IN_TRANSIT,
    _C.OUT_FOR_DELIVERY: _S.OUT_FOR_DELIVERY,
    _C.ARRIVED: _S.ARRIVED,
    _C.EXCEPTION: _S.EXCEPTION,
    _C.RETURNING: _S.EXCEPTION,
    _C.RETURNED: _S.RETURNED_TO_SENDER,
}
_ON_THE_WAY: Final = frozenset({_C.PICKED_UP, _C.IN_TRANSIT, _C.OUT_FOR_DELIVERY})
# Scans on the way back, or behind the door, do not say that it is coming again.
_STANDS: Final = frozenset({_C.ARRIVED, _C.RETURNING})
_PROGRESS: Final = (_S.SHIPPED, _S.IN_TRANSIT, _S.OUT_FOR_DELIVERY, _S.ARRIVED)


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of a parcel: when it happened, and when we came to know of it."""

    code: TrackingCode
    at: datetime
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one parcel is. `arrived_at`: since when its arrival is known, None while it has not arrived."""

    status: ShipmentStatus
    news_at: datetime | None = None
    arrived_at: datetime | None = None


def standing(events: Iterable[Heard]) -> Standing:
    """From all events of a parcel, in any order.

    The newest event says where it is, but: what was returned to its sender stays so, and after an arrival or a turning
    back only an arrival, an exception or a return says something new.
    """
    told = sorted(events, key=lambda one: (one.at, RANK[one.code]))
    if not told:
        return Standing(_S.SHIPPED)
    telling = [one for one in told if one.code not in _ON_THE_WAY]
    said = telling[-1] if telling and telling[-1].code in _STANDS else told[-1]
    if any(one.code is _C.RETURNED for one in told):
        return Standing(_S.RETURNED_TO_SENDER, told[-1].at)
    if said.code is not _C.ARRIVED:
        return Standing(_STATUS[said.code], told[-1].at)
    before = [one.code is _C.ARRIVED for one in telling]
    first = max((n + 1 for n, arrived in enumerate(before) if not arrived), default=0)
    return Standing(_S.ARRIVED, told[-1].at, min(max(one.at, one.heard_at) for one in telling[first:]))


def together(packages: Collection[ShipmentStatus]) -> ShipmentStatus:
    """Where a shipment is whose packages are there: something wrong with one of them is the first thing to say; else
    it is as far as the last of them, and on its way as soon as one is."""
    statuses = set(packages)
    if statuses == {_S.RETURNED_TO_SENDER}:
        return _S.RETURNED_TO_SENDER
    if statuses & {_S.EXCEPTION, _S.RETURNED_TO_SENDER}:
        return _S.EXCEPTION
    last = min(_PROGRESS.index(one) for one in statuses)
    return _PROGRESS[last] if last or statuses == {_S.SHIPPED} else _S.IN_TRANSIT


def event_id(about: UUID, said: TrackingSaid) -> UUID:
    """The id of an event: the same whenever and however often it is said, and sorted as the events happened.

    A version 7 UUID (RFC 9562) of the moment of the event; where others have chance, it has a rank and a digest.
    """
    at = said.at.astimezone(UTC)
    ms = int(at.timestamp()) * 1000 + at.microsecond // 1000
    words = hashlib.sha256(f"{at.isoformat()}\0{said.text}".encode()).digest()
    whole = hashlib.sha256(words + about.bytes).digest()
    tail = (int.from_bytes(words[:4], "big") >> 2) << 32 | int.from_bytes(whole[:4], "big")
    return UUID(int=max(ms, 0) << 80 | 0x7 << 76 | RANK[said.code] << 64 | 0b10 << 62 | tail)
