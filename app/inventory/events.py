"""What the stock tells."""

from dataclasses import dataclass
from typing import ClassVar

from app.kernel.outbox import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjusted(Fact):
    """A seller changed the stock of a SKU in a warehouse (`receipt`, `adjustment`, `held`). Only the seller hears it.

    The subject is the stock level; it has no version of its own, so `version` is always 0. Payload: warehouseId, skuId.
    """

    kind: ClassVar[str] = "stock"
