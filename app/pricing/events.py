"""What pricing tells."""

from dataclasses import dataclass
from typing import ClassVar

from app.kernel.outbox import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesChanged(Fact):
    """A price list was saved (`saved`), given prices (`prices_set`), assigned (`assigned`) or ended (`ended`).

    Only the seller hears it: a buyer learns its prices by reading them.
    """

    kind: ClassVar[str] = "prices"
