"""Random acts on random orders, three at a time: the books add up afterwards, by two sets of checks."""

import asyncio
import random
from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.ship import ship_order
from app.kernel.refusal import BadRequest, Refusal
from app.ordering.accept_change import accept_change
from app.ordering.amendment import LineChange
from app.ordering.answer_change import refuse_change, withdraw_change
from app.ordering.asked_change import AskedChange
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.decide_cancellation import decide_cancellation
from app.ordering.grant_discount import grant_discount
from app.ordering.lifecycle import CLOSED
from app.ordering.propose_change import propose_change
from app.ordering.reject import reject_order
from app.ordering.request_cancellation import request_cancellation
from app.ordering.wanted import LineQuantities
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import Goods, Shop, line_rows, open_shop, order_row
from tests.worlds import new_key
from workers.invariants import audit

pytestmark = pytest.mark.usefixtures("database")

STEPS = 14
DECIDED_BY = 3
AT_ONCE = 3
CHOICES = ["confirm", "discount", "ship", "ship", "ship", "buyer", "seller", "request", "decide", "deliver", "reject",
           "propose", "propose", "accept", "accept", "answer"]  # fmt: skip


def some_goods(chance: random.Random) -> list[Goods]:
    return [
        Goods(
            chance.choice(["1", "3", "7.5", "10", "0.333333", "48"]),
            chance.choice([0, 1, 99, 1000, 12345, 1_000_000]),
            rate_bp=chance.choice([0, 600, 900, 1300]),
            factor=chance.choice(["1", "12", "0.5"]) if chance.random() < 0.3 else "1",
            stocked=chance.random() > 0.2,
        )
        for _ in range(chance.randint(1, 4))
    ]


async def some_lines(chance: random.Random, order_id: UUID) -> LineQuantities | None:
    """Usually parts of what is open, now and then everything, or more than there is."""
    if chance.random() < 0.05:
        return None
    asked = []
    for line in await line_rows(order_id):
        share = Decimal(chance.choice(["0.1", "0.1", "0.25", "0.5", "1"]))
        quantity = ((line["ordered"] - line["cancelled"] - line["shipped"]) * share).quantize(Decimal("0.000001"))
        if quantity > 0 and chance.random() < 0.7:
            asked.append((line["id"], quantity))
    return asked or None


async def some_change(chance: random.Random, order_id: UUID) -> AskedChange:
    """Less of some lines, other prices, another freight, and the total rounded off; dearer or not."""
    lines = []
    for line in await line_rows(order_id):
        left = line["ordered"] - line["cancelled"]
        quantity = chance.choice([None, Decimal(0), Decimal(int(left / 2)), Decimal(int(left)), left])
        price = None if chance.random() < 0.7 else Decimal(chance.choice(["0", "0.01", "33.3333", "1000"]))
        if chance.random() < 0.7:
            lines.append(LineChange(line["id"], quantity, price))
    off = chance.choice([None, None, Decimal("0.01"), Decimal("9.99")])
    freight = chance.choice([None, None, Decimal(0), Decimal("10.01")])
    return AskedChange(lines, freight=freight, round_off=off, dearer=chance.random() < 0.8)


async def some_act(chance: random.Random, shop: Shop, order_id: UUID) -> Awaitable[object]:
    clerk, buyer, storeman = shop.clerk.viewer, shop.purchaser.viewer, shop.storeman.viewer
    lines, key = await some_lines(chance, order_id), new_key()
    shipments = await database.rows("SELECT id FROM shipment WHERE order_id = $1", order_id)
    choice = chance.choice(CHOICES)
    if choice == "propose":
        change = await some_change(chance, order_id)
        return propose_change(clerk, order_id=order_id, change=change, reason="x", client_key=key)
    if choice == "accept":
        return accept_change(buyer, order_id=order_id, client_key=key)
    if choice == "answer":
        answer, viewer = chance.choice([(refuse_change, buyer), (withdraw_change, clerk)])
        return answer(viewer, order_id=order_id, reason=None, client_key=key)
    if choice == "confirm":
        return confirm_order(clerk, order_id=order_id, client_key=key)
    if choice == "reject" and chance.random() < 0.05:
        return reject_order(clerk, order_id=order_id, reason="x", client_key=key)
    if choice == "discount":
        amount = Decimal(chance.choice(["0.01", "0.99", "33.33", "500"]))
        return grant_discount(clerk, order_id=order_id, amount=amount, reason="x", client_key=key)
    if choice in ("buyer", "seller"):
        viewer = buyer if choice == "buyer" else clerk
        return cancel_order(viewer, order_id=order_id, lines=lines, reason="x", client_key=key)
    if choice == "request":
        return request_cancellation(buyer, order_id=order_id, lines=lines, reason="x", client_key=key)
    if choice == "decide":
        accept = chance.random() < 0.6
        return decide_cancellation(clerk, order_id=order_id, accept=accept, reason="x", client_key=key)
    if choice == "deliver" and shipments:
        return confirm_delivery(buyer, shipment_id=chance.choice(shipments)["id"], client_key=key)
    return ship_order(storeman, order_id=order_id, lines=lines, carrier=None, tracking_number=None, client_key=key)


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_is_done_the_books_add_up(seed: int) -> None:
    chance = random.Random(seed)
    shop = await open_shop(
        funding=chance.choice(["credit", "prepayment"]),
        tax_mode=chance.choice(["included", "excluded"]),
        warehouses=chance.randint(1, 3),
    )
    orders = [await shop.place(some_goods(chance), freight=chance.choice([0, 1, 1001])) for _ in range(3)]
    done = 0
    for step in range(STEPS):
        acts = [await some_act(chance, shop, chance.choice(orders)) for _ in range(AT_ONCE)]
        if step == DECIDED_BY:
            acts += [confirm_order(shop.clerk.viewer, order_id=one, client_key=new_key()) for one in orders]
        for answer in await asyncio.gather(*acts, return_exceptions=True):
            assert isinstance(answer, UUID | Refusal | BadRequest), answer  # some changes are none
            done += isinstance(answer, UUID)
        assert await wrong_books() == []
    assert done >= len(orders)
    for order_id in orders:
        order = await order_row(order_id)
        if order["status"] not in CLOSED:
            continue
        assert order["cancelled_minor"] + order["shipped_minor"] == order["gross_minor"]
    assert await audit(unpublished_after=timedelta(days=1)) == []
