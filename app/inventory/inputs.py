"""What the acts of stock are told: plain values, from the API or from a file that is imported."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class StockReason(StrEnum):
    """Why a seller changes what is on hand."""

    RECEIPT = "receipt"  # goods came in
    ADJUSTMENT = "adjustment"  # counted, broken, found, written off


@dataclass(frozen=True, slots=True)
class StockInput:
    """Stock of one SKU in one warehouse, by their codes, in base units.

    Either `on_hand` (what was counted) or `delta` (what came in or went); `held` sets what is not for sale. What is
    None stays as it is.
    """

    warehouse: str
    sku: str
    on_hand: Decimal | None = None
    delta: Decimal | None = None
    held: Decimal | None = None
    reason: StockReason = StockReason.ADJUSTMENT
