"""What a worklist of the order desk is asked for."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.ordering.lifecycle import OrderStatus


class Sort(StrEnum):
    """The order of a worklist. By date of the order's making; a list by dates asks when it was placed, one by numbers
    follows the numbers."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"  # by gross total, one currency after the other


class WaitsFor(StrEnum):
    """Whose turn it is."""

    SELLER = "seller"
    BUYER = "buyer"


_S = OrderStatus
TURNS: Final = {
    WaitsFor.SELLER: frozenset({_S.SUBMITTED, _S.CANCEL_REQUESTED, _S.CONFIRMED}),
    WaitsFor.BUYER: frozenset({_S.CHANGE_PROPOSED}),
}


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """What orders must be like; None does not narrow. Amounts are minor units of `currency`, and need it."""

    statuses: frozenset[OrderStatus] | None = None
    waits_for: WaitsFor | None = None
    buyer_id: UUID | None = None
    sku_id: UUID | None = None
    ship_to_id: UUID | None = None
    number_prefix: str | None = None
    tag: str | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    currency: str | None = None
    gross_from_minor: int | None = None
    gross_to_minor: int | None = None
    delivery_method: str | None = None

    @property
    def states(self) -> frozenset[OrderStatus]:
        """The statuses that are asked for."""
        asked = frozenset(OrderStatus) if self.statuses is None else self.statuses
        return asked if self.waits_for is None else asked & TURNS[self.waits_for]

    @property
    def is_tallied(self) -> bool:
        """Only what orders are tallied by is asked: statuses, and whose orders."""
        return replace(self, statuses=None, waits_for=None, buyer_id=None) == WorklistFilter()
