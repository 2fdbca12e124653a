"""What a seller asks to change of an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.ordering.amendment import LineChange


@dataclass(frozen=True, slots=True)
class AskedChange:
    """What is to change; None leaves it as it is.

    `freight` and `round_off` are in the order's currency and its prices' own tax mode. `dearer`: it may raise the
    total, the freight or a unit price. `until` None: two days, at most as long as the order itself stands.
    """

    lines: Sequence[LineChange] = ()
    freight: Decimal | None = None
    ship_to_id: UUID | None = None
    requested_on: date | None = None
    round_off: Decimal | None = None
    dearer: bool = False
    until: datetime | None = None

    def said(self) -> dict[str, Any]:
        """For the fingerprint of the client key."""
        return {
            "lines": [[one.line_id, one.quantity, one.unit_price] for one in self.lines],
            "freight": self.freight,
            "shipTo": self.ship_to_id,
            "requestedOn": self.requested_on,
            "roundOff": self.round_off,
            "dearer": self.dearer,
            "until": self.until,
        }
