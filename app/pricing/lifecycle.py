"""What may happen to a price list."""

from enum import StrEnum
from typing import Final

from app.kernel.lifecycle import Lifecycle, Move


class PriceListStatus(StrEnum):
    """An ended list prices nothing any more; the orders that it priced keep their prices."""

    ACTIVE = "active"
    ENDED = "ended"


_A, _E = PriceListStatus.ACTIVE, PriceListStatus.ENDED

PRICE_LIST: Final = Lifecycle(
    "price list",
    initial=_A,
    moves={
        "save": Move(from_=_A, to=_A),
        "set_prices": Move(from_=_A, to=_A),
        "assign": Move(from_=_A, to=_A),
        "end": Move(from_=_A, to=_E),
    },
    final=(_E,),
    states=PriceListStatus,
)
