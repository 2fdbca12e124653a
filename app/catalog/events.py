"""What the catalog tells."""

from dataclasses import dataclass
from typing import ClassVar

from app.kernel.outbox import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingChanged(Fact):
    """A seller's listing was made (`listed`), changed (`changed`), or shown to other relations (`restricted`).

    Only the seller hears it: buyers learn what they may see by reading.
    """

    kind: ClassVar[str] = "listing"
