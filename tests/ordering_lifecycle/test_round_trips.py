"""Every act on an order takes the same number of round trips for one line and for a hundred over three warehouses."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.record_tracking import record_tracking
from app.fulfilment.rules import TrackingCode, TrackingSaid
from app.fulfilment.ship import ship_order
from app.kernel import clock
from app.ordering.accept_change import accept_change
from app.ordering.amendment import LineChange
from app.ordering.annotate import note_order, tag_order
from app.ordering.answer_change import withdraw_change
from app.ordering.asked_change import AskedChange
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.decide_cancellation import decide_cancellation
from app.ordering.expire import expire_order
from app.ordering.grant_discount import grant_discount
from app.ordering.propose_change import propose_change
from app.ordering.reject import reject_order
from app.ordering.request_cancellation import request_cancellation
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import Goods, Shop, line_rows, open_shop
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]


async def trips(counted: Counted, call: Callable[[], Awaitable[object]]) -> int:
    async with counted() as statements:
        await call()
    assert statements[0].startswith("BEGIN")
    assert statements[-1] == "COMMIT;"
    return len(statements)


async def walk(counted: Counted, shop: Shop, lines: int) -> dict[str, int]:
    """Everything that can happen to orders of so many lines, counted."""
    goods = [Goods("6", 1000 + n) for n in range(lines)]
    one, two, three = [await shop.place(goods, freight=900, expires_in=timedelta(hours=1)) for _ in range(3)]
    found: dict[str, int] = {}
    clerk, buyer, storeman = shop.clerk.viewer, shop.purchaser.viewer, shop.storeman.viewer
    half = [(row["id"], Decimal(3)) for row in await line_rows(one)]
    little = [(row["id"], Decimal(1)) for row in await line_rows(one)]
    found["discount"] = await trips(
        counted,
        lambda: grant_discount(clerk, order_id=one, amount=Decimal("5.55"), reason="gift", client_key=new_key()),
    )
    found["cancel"] = await trips(
        counted,
        lambda: cancel_order(buyer, order_id=one, lines=little, reason="less", client_key=new_key()),
    )
    found["confirm"] = await trips(counted, lambda: confirm_order(clerk, order_id=one, client_key=new_key()))
    found["ship"] = await trips(
        counted,
        lambda: ship_order(
            storeman, order_id=one, lines=half, carrier="SF", tracking_number=new_key(), client_key=new_key()
        ),
    )
    found["request"] = await trips(
        counted,
        lambda: request_cancellation(buyer, order_id=one, lines=little, reason="less", client_key=new_key()),
    )
    found["accept"] = await trips(
        counted, lambda: decide_cancellation(clerk, order_id=one, accept=True, reason=None, client_key=new_key())
    )
    shipment = await database.row("SELECT id FROM shipment WHERE order_id = $1", one)
    assert shipment is not None
    shipment_id: UUID = shipment["id"]
    said = [TrackingSaid(TrackingCode.IN_TRANSIT, "on the road", None, clock.now())]
    found["track"] = await trips(
        counted, lambda: record_tracking(storeman, shipment_id=shipment_id, events=said, client_key=new_key())
    )
    found["deliver"] = await trips(
        counted, lambda: confirm_delivery(buyer, shipment_id=shipment_id, client_key=new_key())
    )
    found["reject"] = await trips(counted, lambda: reject_order(clerk, order_id=two, reason="no", client_key=new_key()))
    with clock.travel(timedelta(hours=1)):
        found["expire"] = await trips(counted, lambda: expire_order(order_id=three))
    return found


async def desk(counted: Counted, shop: Shop, lines: int) -> dict[str, int]:
    """What the desk does with an order of so many lines, counted: less of every line, and the total rounded off."""
    order_id = await shop.place([Goods("6", 6000 + 600 * n) for n in range(lines)], expires_in=timedelta(hours=1))
    clerk, buyer = shop.clerk.viewer, shop.purchaser.viewer
    less = [LineChange(row["id"], Decimal(5)) for row in await line_rows(order_id)]
    change = AskedChange(less, round_off=Decimal("0.07"))

    def propose() -> Awaitable[object]:
        return propose_change(clerk, order_id=order_id, change=change, reason="short", client_key=new_key())

    return {
        "note": await trips(
            counted, lambda: note_order(clerk, order_id=order_id, said="rings twice", client_key=new_key())
        ),
        "tag": await trips(
            counted, lambda: tag_order(clerk, order_id=order_id, tags=["vip", "urgent"], client_key=new_key())
        ),
        "propose": await trips(counted, propose),
        "withdraw": await trips(
            counted, lambda: withdraw_change(clerk, order_id=order_id, reason=None, client_key=new_key())
        ),
        "propose again": await trips(counted, propose),
        "accept": await trips(counted, lambda: accept_change(buyer, order_id=order_id, client_key=new_key())),
    }


async def test_the_desks_round_trips_do_not_grow_with_the_order(counted: Counted) -> None:
    await desk(counted, await open_shop(), 1)
    small = await desk(counted, await open_shop(), 1)
    large = await desk(counted, await open_shop(warehouses=3), 100)
    # propose: key, open, what is frozen, limits, terms; accept: key, open, the change, accounts, hold, stock, given
    # back, allocated, what was agreed
    assert small == large == {"note": 5, "tag": 5, "propose": 8, "withdraw": 6, "propose again": 8, "accept": 12}
    assert await wrong_books() == []


async def test_round_trips_do_not_grow_with_the_order(counted: Counted) -> None:
    await walk(counted, await open_shop(), 1)  # the driver asks once per connection what an array is
    small = await walk(counted, await open_shop(), 1)
    large = await walk(counted, await open_shop(warehouses=3), 100)
    # BEGIN, key, open, …, what is written last together with the facts, COMMIT
    assert (
        small
        == large
        == {
            "confirm": 7,
            "reject": 9,
            "expire": 8,
            "cancel": 9,
            "discount": 8,
            "request": 5,
            "accept": 10,
            "ship": 13,
            "track": 9,
            "deliver": 8,
        }
    )
    assert await wrong_books() == []
