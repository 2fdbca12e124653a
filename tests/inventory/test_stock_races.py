"""Many at once: never over-sold, no deadlock, and nothing lost, whatever the order of SKUs and of acts."""

import asyncio
import random
from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.inventory.adjust_stock import adjust_stock
from app.inventory.allocate import allocate
from app.inventory.inputs import StockInput
from app.inventory.issue import issue
from app.inventory.release import release
from app.kernel import act as acts
from app.kernel import clock
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from tests.inventory.shop import STOCK_ALONE, Shop, cached_is_recomputed, open_shop
from tests.worlds import new_key

pytestmark = [pytest.mark.usefixtures("database"), STOCK_ALONE]


@pytest.fixture(autouse=True)
def _a_deadlock_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acts run again on a deadlock; here the first one must fail the test."""
    monkeypatch.setattr(acts, "TRIES", 1)


@act
async def live(work: Work, order_id: UUID, lines: list[UUID], fate: str) -> None:
    """What may happen to a placed order."""
    if fate == "cancelled":
        await release(work, order_id=order_id, lines=None)
        return
    moved = await allocate(work, order_id=order_id)
    if fate == "shipped":
        parts = {line: quantity - 1 for line, quantity in moved.items() if quantity > 1}
        await issue(work, order_id=order_id, shipment_id=uuid7(), lines=parts)
        await release(work, order_id=order_id, lines={line: Decimal(1) for line in lines})


async def at_once(*calls: Awaitable[object]) -> list[object]:
    return list(await asyncio.gather(*calls))


async def test_the_last_fifty_go_to_exactly_fifty() -> None:
    shop = await open_shop("A")
    await shop.stock(W1={"A": 20}, W2={"A": 20}, W3={"A": 10})
    answers = await asyncio.gather(*(shop.order(("A", 1)) for _ in range(200)))
    placed = [answer for _, _, answer in answers if not answer.shortages]
    assert len(placed) == 50
    assert {tuple(answer.shortages.values()) for _, _, answer in answers if answer.shortages} == {(Decimal(0),)}
    assert await shop.levels() == {"W1/A": (20, 20, 0), "W2/A": (20, 20, 0), "W3/A": (10, 10, 0)}
    await cached_is_recomputed()


async def test_orders_of_twenty_skus_in_random_order_never_deadlock() -> None:
    """Three warehouses, 20 SKUs in random order, one of them on three lines, and every fate at the same time."""
    codes = [f"S{n:02}" for n in range(20)]
    shop = await open_shop(*codes)
    for warehouse in ("W1", "W2", "W3"):
        await shop.stock(**{warehouse: dict.fromkeys(codes, 40)})
    chance = random.Random(7)

    async def one(fate: str) -> bool:
        lines = [(code, chance.randint(1, 6)) for code in codes] + [(chance.choice(codes), 1)] * 2
        chance.shuffle(lines)
        order_id, line_ids, answer = await shop.order(*lines, minutes=30)
        if answer.shortages:
            return False
        await live(order_id, line_ids, fate)
        return True

    async def count_again() -> None:
        items = [StockInput("W2", code, delta=Decimal(1)) for code in codes]
        chance.shuffle(items)
        await adjust_stock(shop.brand.viewer, network_id=shop.world.network_id, items=items, client_key=new_key())

    fates = ["cancelled", "confirmed", "shipped"] * 20
    done = await at_once(*(one(fate) for fate in fates), *(count_again() for _ in range(5)))
    assert any(done)
    await cached_is_recomputed()
    wrong = await database.rows(
        "SELECT 1 FROM stock_level WHERE network_id = $1 AND reserved + allocated + held > on_hand",
        shop.world.network_id,
    )
    assert wrong == []
    assert {row[1] for row in (await shop.levels()).values()} == {0}  # every order met its fate


async def test_expired_reservations_are_given_back_once_by_whoever_comes_first() -> None:
    """Orders whose time is up are freed by the buyers who need the stock, while their own expiry releases them."""
    codes = [f"S{n}" for n in range(6)]
    shop = await open_shop(*codes)
    await shop.stock(W1=dict.fromkeys(codes, 10), W3=dict.fromkeys(codes, 5))
    chance = random.Random(11)
    old = [await shop.order(*((code, 5) for code in codes), minutes=10) for _ in range(3)]
    assert await available(shop) == 0

    @act
    async def expire(work: Work, order_id: UUID) -> None:
        await release(work, order_id=order_id, lines=None)

    async def buy() -> int:
        lines = [(code, 1) for code in codes]
        chance.shuffle(lines)
        _, _, answer = await shop.order(*lines, minutes=10)
        return 0 if answer.shortages else 1

    with clock.travel(timedelta(minutes=11)):
        bought = await at_once(*(buy() for _ in range(30)), *(expire(order_id) for order_id, _, _ in old))
    assert sum(one for one in bought if isinstance(one, int)) == 15
    assert {level[1] for level in (await shop.levels()).values()} == {10, 5}
    await cached_is_recomputed()


async def available(shop: Shop) -> Decimal:
    row = await database.row(
        "SELECT sum(on_hand - reserved - allocated - held) AS free FROM stock_level WHERE network_id = $1",
        shop.world.network_id,
    )
    assert row is not None
    free: Decimal = row["free"]
    return free


async def test_a_confirmation_and_an_expiry_never_both_win() -> None:
    """At the moment of expiry an order is allocated or its stock goes to others, never both."""
    shop = await open_shop("A")
    await shop.stock(W1={"A": 8})
    old = [await shop.order(("A", 1), minutes=10) for _ in range(8)]
    allocated: dict[UUID, Decimal] = {}

    @act
    async def confirm(work: Work, order_id: UUID) -> None:
        allocated.update(await allocate(work, order_id=order_id))

    async def buy() -> int:
        _, _, answer = await shop.order(("A", 1))
        return 0 if answer.shortages else 1

    async def late() -> int:
        with clock.travel(timedelta(minutes=11)):
            return await buy()

    done = await at_once(*(confirm(order_id) for order_id, _, _ in old), *(late() for _ in range(8)))
    bought = sum(one for one in done if isinstance(one, int))
    assert bought + len(allocated) == 8
    assert await shop.levels() == {"W1/A": (8, bought, len(allocated))}
    await cached_is_recomputed()
