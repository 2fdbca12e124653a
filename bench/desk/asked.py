"""Every way of looking for orders, alone and together, each time for something else: filters as a client sends them.

Among them what is hard for a list: two things that many orders have and hardly any has both, numbers and tags of
nothing, amounts that hardly any order has, days long ago.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.ordering.lifecycle import OPEN, OrderStatus
from bench.desk.orders import BEGAN, DEALER_1, DEALERS, EVERY, ORDERS, SHIP_TO_1, SKU_1, SKUS

Filter = dict[str, Any]


def _dealer() -> int:
    return int(random.random() * random.random() * DEALERS)


def _of_dealer() -> Filter:
    return {"buyerId": str(UUID(int=DEALER_1 + _dealer()))}


def _biggest() -> Filter:
    return {"buyerId": str(UUID(int=DEALER_1))}


def _sku() -> Filter:
    return {"skuId": str(UUID(int=SKU_1 + random.randrange(SKUS)))}


def _often() -> Filter:
    """One of the SKUs that most orders have."""
    return {"skuId": str(UUID(int=SKU_1 + random.randrange(1, 10)))}


def _ship_to() -> Filter:
    return {"shipToId": str(UUID(int=SHIP_TO_1 + _dealer()))}


def _number() -> Filter:
    return {"numberPrefix": f"SO-{random.randrange(ORDERS):07}"[: random.randint(3, 10)]}


def _nothing() -> Filter:
    return {"numberPrefix": f"XX-{random.randrange(100)}"}


def _tag() -> Filter:
    return {"tag": random.choice(["urgent", "vip", "call", "none such"])}


def _days(begin: datetime, days: int) -> Filter:
    return {"placedFrom": begin.isoformat(), "placedBefore": (begin + timedelta(days=days)).isoformat()}


def _week() -> Filter:
    return _days(BEGAN + EVERY * random.randrange(ORDERS), 7)


def _months() -> Filter:
    """Half of all days, the older ones: nothing new is among them."""
    return _days(BEGAN, (EVERY * ORDERS).days // 2)


def _amounts(width: int) -> Filter:
    low = random.randrange(900_000)
    return {"currency": "CNY", "grossFrom": f"{low / 100:.2f}", "grossTo": f"{(low + width) / 100:.2f}"}


def _many() -> Filter:
    return _amounts(100_000)


def _few() -> Filter:
    return _amounts(3)


def _foreign() -> Filter:
    return {"currency": "USD", "grossFrom": "1.00"}


def _states(*states: OrderStatus) -> Filter:
    return {"statuses": [one.name for one in states]}


def _state() -> Filter:
    return _states(random.choice(list(OrderStatus)))


def _submitted() -> Filter:
    return _states(OrderStatus.SUBMITTED)


def _open() -> Filter:
    return _states(*sorted(OPEN))


def _never() -> Filter:
    """Statuses that hardly anything has."""
    return _states(OrderStatus.EXPIRED, OrderStatus.CLOSED_SHORT)


def _turn() -> Filter:
    return {"waitsFor": random.choice(["SELLER", "BUYER"])}


def _pickup() -> Filter:
    return {"deliveryMethod": "PICKUP"}


_TOGETHER: Final[dict[str, tuple[Callable[[], Filter], ...]]] = {
    "everything": (),
    "open": (_open,),
    "one state": (_state,),
    "states of hardly any": (_never,),
    "whose turn": (_turn,),
    "dealer": (_of_dealer,),
    "dealer, open": (_of_dealer, _open),
    "biggest dealer, amounts": (_biggest, _many),
    "biggest dealer, SKU": (_biggest, _often),
    "dealer, week": (_of_dealer, _week),
    "SKU": (_sku,),
    "frequent SKU": (_often,),
    "SKU, one state": (_sku, _submitted),
    "frequent SKU, open": (_often, _open),
    "frequent SKU, amounts": (_often, _many),
    "frequent SKU, amounts, one state": (_often, _many, _submitted),
    "frequent SKU, few amounts, one state": (_often, _few, _submitted),
    "frequent SKU, tag": (_often, _tag),
    "frequent SKU, old days": (_often, _months),
    "ship-to": (_ship_to,),
    "ship-to, one state": (_ship_to, _submitted),
    "number": (_number,),
    "number of nothing": (_nothing,),
    "number of nothing, frequent SKU, open": (_nothing, _often, _open),
    "number, amounts": (_number, _many),
    "tag": (_tag,),
    "tag, one state": (_tag, _submitted),
    "week": (_week,),
    "week, one state": (_week, _submitted),
    "old days, frequent SKU, amounts, open": (_months, _often, _many, _open),
    "amounts": (_many,),
    "few amounts": (_few,),
    "amounts, one state": (_many, _submitted),
    "amounts of nothing": (_foreign,),
    "amounts, picked up": (_many, _pickup),
    "picked up, one state": (_pickup, _submitted),
    "picked up": (_pickup,),
}
LISTS: Final = tuple(_TOGETHER)


def filter_of(name: str) -> Filter:
    """What this list is asked for, this time."""
    said: Filter = {}
    for part in _TOGETHER[name]:
        said |= part()
    return said
