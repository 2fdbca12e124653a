"""Many at once: the last of a stock, the last of a credit line, one client key, random line order, and round trips."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.ordering.place import place_order
from app.ordering.refusals import CreditShort, OrderRefused, StockShort
from tests.ordering.market import Market, market_between, open_market
from tests.ordering_lifecycle.books import wrong_books
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")


async def attempt(market: Market, lines: list[tuple[UUID, str]], total: str, key: str | None = None) -> UUID | str:
    """The order's id, or the codes of its problems."""
    try:
        placed = await place_order(
            market.buyer.viewer,
            client_key=key or new_key(),
            order=market.asked(lines),
            expected_total=Decimal(total),
        )
    except OrderRefused as refused:
        return ",".join(problem.code for problem in refused.problems)
    return UUID(str(placed["id"]))


async def test_fifty_of_two_hundred_get_the_last_fifty() -> None:
    first = await open_market()
    markets = [first]
    for _ in range(3):
        buyer = await first.world.buyer(first.seller, "Another")
        markets.append(await _same_shop(first, await _market(first, buyer)))
    paint = await first.sku("PAINT", stock="50")
    answers = await asyncio.gather(*(attempt(markets[n % 4], [(paint, "1")], "10") for n in range(200)))
    assert sum(isinstance(answer, UUID) for answer in answers) == 50
    assert Counter(answer for answer in answers if isinstance(answer, str)) == {StockShort.code: 150}
    row = await database.row("SELECT on_hand, reserved FROM stock_level WHERE sku_id = $1", paint)
    assert row is not None
    assert tuple(row) == (50, 50)
    assert await wrong_books() == []


async def test_twenty_requests_with_one_key_are_one_order() -> None:
    market = await open_market()
    paint = await market.sku("PAINT")
    key = new_key()
    answers = await asyncio.gather(*(attempt(market, [(paint, "1")], "10", key) for _ in range(20)))
    assert len(set(answers)) == 1
    rows = await database.rows("SELECT id FROM sales_order WHERE relation_id = $1", market.relation_id)
    assert [row["id"] for row in rows] == [answers[0]]


async def test_of_two_orders_for_the_last_of_a_credit_line_one_is_placed() -> None:
    market = await open_market(credit=15_00)
    paint = await market.sku("PAINT", price="10.00")
    answers = await asyncio.gather(*(attempt(market, [(paint, "1")], "10") for _ in range(6)))
    assert sum(isinstance(answer, UUID) for answer in answers) == 1
    assert Counter(answer for answer in answers if isinstance(answer, str)) == {CreditShort.code: 5}
    assert await wrong_books() == []


async def test_orders_of_many_skus_in_random_order_never_deadlock() -> None:
    first = await open_market(warehouses=3)
    markets = [first]
    for _ in range(3):
        buyer = await first.world.buyer(first.seller, "Another")
        markets.append(await _same_shop(first, await _market(first, buyer)))
    skus = [await first.sku(f"SKU-{n}", stock=["7", "7", "1000"]) for n in range(20)]

    async def one(n: int) -> UUID | str:
        lines = [(sku, "2") for sku in [*skus, skus[0], skus[0]]]
        random.Random(n).shuffle(lines)
        return await attempt(markets[n % 4], lines, "440")

    answers = await asyncio.gather(*(one(n) for n in range(40)))
    assert all(isinstance(answer, UUID) for answer in answers)
    assert await wrong_books() == []


async def test_placing_takes_the_same_round_trips_for_one_line_and_for_a_hundred(
    counted: Callable[[], AbstractAsyncContextManager[list[str]]],
    counted_by_server: Callable[[], AbstractAsyncContextManager[dict[str, int]]],
) -> None:
    market = await open_market(warehouses=3)
    skus = [await market.sku(f"SKU-{n}", stock=["1", "1", "1000"]) for n in range(100)]
    await market.place([(skus[0], "1")])  # the relation's accounts are made with its first order

    async with counted() as one, counted_by_server() as one_by_server:
        await attempt(market, [(skus[1], "1")], "10")
    async with counted() as hundred, counted_by_server() as hundred_by_server:
        await attempt(market, [(sku, "5") for sku in skus], "5000")

    assert [_gist(sql) for sql in hundred] == [_gist(sql) for sql in one]
    assert sum(hundred_by_server.values()) == sum(one_by_server.values())
    # BEGIN, key, terms under locks, offers, stock under lock, everything that is written, COMMIT
    assert len(one) == 7


def _gist(sql: str) -> str:
    return " ".join(sql.split())[:60]


async def _market(first: Market, buyer: object) -> Market:
    """A further buyer of the same seller."""
    return await market_between(first.world, first.seller, buyer)  # type: ignore[arg-type]


async def _same_shop(first: Market, other: Market) -> Market:
    """Only the goods and warehouses of the first count: the others' own stand empty."""
    await database.rows("UPDATE warehouse SET status = 'closed' WHERE id = ANY($1::uuid[])", other.warehouses)
    return other
