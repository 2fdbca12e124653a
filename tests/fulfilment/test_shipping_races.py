"""Two members act on one order at once: one outcome, books that add up, and no deadlock reaches anybody."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.ship import ship_order
from app.kernel.refusal import MoveNotAllowed
from app.ordering.act_refusals import MoreThanOpen
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.grant_discount import grant_discount
from app.ordering.reject import reject_order
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import Goods, Shop, balances, line_rows, open_shop, order_row, timeline
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")

GOODS = [Goods("10", 10000), Goods("10", 54500, rate_bp=900)]


async def at_once(*calls: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Every call's answer, or the exception it raised."""
    barrier = asyncio.Barrier(len(calls))

    async def one(call: Callable[[], Awaitable[Any]]) -> Any:
        await barrier.wait()
        return await call()

    return await asyncio.gather(*(one(call) for call in calls), return_exceptions=True)


async def confirmed_order(shop: Shop, freight: int = 0) -> tuple[UUID, list[UUID]]:
    order_id = await shop.place(GOODS, freight=freight)
    await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    return order_id, [line["id"] for line in await line_rows(order_id)]


def confirm(shop: Shop, order_id: UUID) -> Callable[[], Awaitable[UUID]]:
    return lambda: confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())


def ship(shop: Shop, order_id: UUID, line: UUID | None, quantity: str = "0") -> Callable[[], Awaitable[UUID]]:
    lines = None if line is None else [(line, Decimal(quantity))]
    return lambda: ship_order(
        shop.storeman.viewer,
        order_id=order_id,
        lines=lines,
        carrier=None,
        tracking_number=None,
        client_key=new_key(),
    )


def cancel(
    shop: Shop, order_id: UUID, *, by_seller: bool, line: UUID | None = None, quantity: str = "0"
) -> Callable[[], Awaitable[UUID]]:
    party = shop.clerk if by_seller else shop.purchaser
    lines = None if line is None else [(line, Decimal(quantity))]
    return lambda: cancel_order(party.viewer, order_id=order_id, lines=lines, reason="race", client_key=new_key())


def reject(shop: Shop, order_id: UUID) -> Callable[[], Awaitable[UUID]]:
    return lambda: reject_order(shop.clerk.viewer, order_id=order_id, reason="race", client_key=new_key())


def grant(shop: Shop, order_id: UUID) -> Callable[[], Awaitable[UUID]]:
    return lambda: grant_discount(
        shop.clerk.viewer, order_id=order_id, amount=Decimal("9.99"), reason="race", client_key=new_key()
    )


def won(answers: list[Any]) -> int:
    assert all(isinstance(one, UUID | MoveNotAllowed | MoreThanOpen) for one in answers), answers
    return sum(isinstance(one, UUID) for one in answers)


async def test_confirm_reject_and_cancel_at_once_have_one_outcome() -> None:
    shop = await open_shop()
    for _ in range(8):
        order_id = await shop.place(GOODS)
        answers = await at_once(
            confirm(shop, order_id),
            cancel(shop, order_id, by_seller=False),
            reject(shop, order_id),
            confirm(shop, order_id),
        )
        assert won(answers) == 1
        order = await order_row(order_id)
        assert order["status"] in ("confirmed", "cancelled", "rejected")
        assert order["version"] == 2
    assert await wrong_books() == []


async def test_two_ships_of_the_same_rest_are_one() -> None:
    shop = await open_shop()
    for _ in range(5):
        order_id, lines = await confirmed_order(shop, freight=700)
        answers = await at_once(*[ship(shop, order_id, lines[0], "6") for _ in range(4)])
        assert won(answers) == 1
        [refused, *_] = [one for one in answers if isinstance(one, MoreThanOpen)]
        assert [int(one.open) for one in refused.lines] == [4]
        answers = await at_once(*[ship(shop, order_id, None) for _ in range(3)])
        assert won(answers) == 1
        assert (await order_row(order_id))["shipped_minor"] == 65200
    assert await wrong_books() == []


async def test_cancel_against_ship_divides_what_there_is() -> None:
    shop = await open_shop(funding="prepayment")
    for _ in range(5):
        order_id, lines = await confirmed_order(shop, freight=700)
        calls = []
        for _ in range(6):
            calls.append(ship(shop, order_id, lines[0], "3"))
            calls.append(cancel(shop, order_id, by_seller=True, line=lines[0], quantity="3"))
        assert won(await at_once(*calls)) == 3
        [line, _] = await line_rows(order_id)
        assert line["shipped"] + line["cancelled"] == 9
        answers = await at_once(ship(shop, order_id, None), cancel(shop, order_id, by_seller=True))
        assert won(answers) == 1
        order = await order_row(order_id)
        assert order["shipped_minor"] + order["cancelled_minor"] == order["gross_minor"]
        assert order["status"] in ("cancelled", "closed_short", "fulfilling")
    assert await wrong_books() == []
    assert (await balances(shop.relation_id))["prepayment"][1] == 0


async def test_many_orders_of_the_same_goods_move_at_once() -> None:
    """Discounts, confirmations, cancellations and shipments of one relation meet on its accounts."""
    shop = await open_shop()
    orders = [await shop.place(GOODS, freight=100) for _ in range(6)]
    calls: list[Callable[[], Awaitable[Any]]] = []
    for order_id in orders:
        calls.append(confirm(shop, order_id))
        calls.append(cancel(shop, order_id, by_seller=False))
        calls.append(grant(shop, order_id))
        calls.append(ship(shop, order_id, None))
    won(await at_once(*calls))
    assert await wrong_books() == []


async def test_one_key_many_times_at_once_is_one_shipment() -> None:
    shop = await open_shop()
    order_id, lines = await confirmed_order(shop)
    key = new_key()
    answers = await at_once(
        *[
            lambda: ship_order(
                shop.storeman.viewer,
                order_id=order_id,
                lines=[(lines[0], Decimal(1))],
                carrier=None,
                tracking_number=None,
                client_key=key,
            )
            for _ in range(10)
        ]
    )
    assert len(set(answers)) == 1
    assert isinstance(answers[0], UUID)
    assert await timeline(order_id) == ["placed", "confirmed", "shipped"]
    arrived = await at_once(
        *[
            lambda: confirm_delivery(shop.purchaser.viewer, shipment_id=answers[0], client_key=new_key())
            for _ in range(4)
        ]
    )
    assert won(arrived) == 1
    assert await wrong_books() == []
