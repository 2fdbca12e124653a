"""Stock is locked, promised, allocated, given back and issued; what is cached always equals what adds up."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from app import database
from app.inventory.allocate import allocate
from app.inventory.free_stock import free_stock
from app.inventory.issue import Issued, issue
from app.inventory.lock import lock_stock
from app.inventory.refusals import NotAllocated
from app.inventory.release import release
from app.inventory.reserve import reserve
from app.inventory.rules import LinePick, StockRow
from app.inventory.save_warehouse import WarehouseInput, save_warehouse
from app.inventory.sql import FREE
from app.kernel import clock
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from tests.inventory.shop import STOCK_ALONE, Shop, cached_is_recomputed, open_shop
from tests.worlds import new_key

pytestmark = [pytest.mark.usefixtures("database"), STOCK_ALONE]

D = Decimal
Counted = Callable[[], AbstractAsyncContextManager[list[str]]]


@pytest.fixture(autouse=True)
async def _recomputed(database: str) -> AsyncIterator[None]:
    yield
    await cached_is_recomputed()


@act
async def locked(work: Work, shop: Shop, *codes: str) -> list[StockRow]:
    return await lock_stock(
        work,
        network_id=shop.world.network_id,
        seller_id=shop.brand.company_id,
        sku_ids=[shop.skus[code] for code in codes],
    )


@act
async def confirmed(work: Work, order_id: UUID) -> dict[UUID, Decimal]:
    return await allocate(work, order_id=order_id)


@act
async def given_back(work: Work, order_id: UUID, lines: Mapping[UUID, Decimal] | None = None) -> dict[UUID, Decimal]:
    return await release(work, order_id=order_id, lines=lines)


@act
async def shipped(
    work: Work, order_id: UUID, lines: Mapping[UUID, Decimal], warehouse_id: UUID | None = None
) -> list[Issued]:
    return await issue(work, order_id=order_id, shipment_id=uuid7(), lines=lines, warehouse_id=warehouse_id)


async def free(shop: Shop, code: str) -> Decimal:
    """Free stock of a SKU as the storefront's fragment counts it."""
    statement = FREE.format(network="$1", seller="$2", sku="$3", region="NULL::text", now="$4")
    row = await database.row(
        f"SELECT {statement} AS free", shop.world.network_id, shop.brand.company_id, shop.skus[code], clock.now()
    )
    assert row is not None
    found: Decimal = row["free"]
    return found


async def test_an_order_is_promised_from_several_warehouses_and_lines() -> None:
    shop = await open_shop("A", "B")
    await shop.stock(W1={"A": 5, "B": 1}, W2={"A": 4})
    order_id, [first, second, third], answer = await shop.order(("A", 6), ("B", 1), ("A", 2))
    assert answer.shortages == {}
    assert await shop.levels() == {"W1/A": (5, 5, 0), "W1/B": (1, 1, 0), "W2/A": (4, 3, 0)}
    promised = await shop.promised(order_id)
    assert sorted(promised) == sorted(
        [
            (first, D(5), "reserved"),
            (first, D(1), "reserved"),
            (second, D(1), "reserved"),
            (third, D(2), "reserved"),
        ]
    )
    assert [await free(shop, "A"), await free(shop, "B")] == [1, 0]


async def test_a_short_order_writes_nothing_and_names_what_there_is() -> None:
    shop = await open_shop("A", "B")
    await shop.stock(W1={"A": 2}, W3={"A": 1, "B": 9})
    order_id, _, answer = await shop.order(("A", 4), ("B", 1))
    assert answer.shortages == {shop.skus["A"]: D(3)}
    assert await shop.levels() == {"W1/A": (2, 0, 0), "W3/A": (1, 0, 0), "W3/B": (9, 0, 0)}
    assert await shop.promised(order_id) == []


async def test_closed_warehouses_and_other_sellers_promise_nothing() -> None:
    shop, other = await open_shop("A"), await open_shop("A")
    await shop.stock(W1={"A": 2}, W2={"A": 3})
    await other.stock(W1={"A": 50})
    closed = WarehouseInput("W2", "Closed", status="closed")
    await save_warehouse(shop.brand.viewer, network_id=shop.world.network_id, warehouse=closed, client_key=new_key())
    _, _, answer = await shop.order(("A", 3))
    assert answer.shortages == {shop.skus["A"]: D(2)}
    assert await free(shop, "A") == 2


async def test_confirming_allocates_and_shipping_takes_it_out() -> None:
    shop = await open_shop("A")
    await shop.stock(W1={"A": 5}, W2={"A": 4})
    order_id, [line], _ = await shop.order(("A", 7), minutes=30)
    assert await confirmed(order_id) == {line: D(7)}
    assert await shop.levels() == {"W1/A": (5, 0, 5), "W2/A": (4, 0, 2)}
    assert await confirmed(order_id) == {}

    issued = await shipped(order_id, {line: D(6)})
    assert [one.quantity for one in issued] == [5, 1]
    assert await shop.levels() == {"W1/A": (0, 0, 0), "W2/A": (3, 0, 1)}
    moves = await database.rows(
        "SELECT quantity FROM stock_move WHERE network_id = $1 AND reason = 'shipment' ORDER BY seq",
        shop.world.network_id,
    )
    assert sorted(row["quantity"] for row in moves) == [-5, -1]
    await shipped(order_id, {line: D(1)})
    assert await shop.levels() == {"W1/A": (0, 0, 0), "W2/A": (2, 0, 0)}


async def test_shipping_more_than_is_allocated_is_refused_and_takes_nothing() -> None:
    shop = await open_shop("A")
    await shop.stock(W1={"A": 5}, W2={"A": 4})
    order_id, [line], _ = await shop.order(("A", 7))
    with pytest.raises(NotAllocated) as refused:
        await shipped(order_id, {line: D(1)})
    assert refused.value.allocated == 0
    await confirmed(order_id)
    w2 = (await database.rows("SELECT id FROM warehouse WHERE network_id = $1 AND code = 'W2'", shop.world.network_id))[
        0
    ]
    with pytest.raises(NotAllocated) as refused:
        await shipped(order_id, {line: D(3)}, w2["id"])
    assert [refused.value.asked, refused.value.allocated] == [3, 2]
    with pytest.raises(NotAllocated):
        await shipped(order_id, {line: D(8)})
    assert await shop.levels() == {"W1/A": (5, 0, 5), "W2/A": (4, 0, 2)}
    assert [one.warehouse_id for one in await shipped(order_id, {line: D(2)}, w2["id"])] == [w2["id"]]


async def test_part_of_a_line_is_given_back_from_the_last_resort_first() -> None:
    shop = await open_shop("A", "B")
    await shop.stock(W1={"A": 5, "B": 5}, W2={"A": 4})
    order_id, [first, second], _ = await shop.order(("A", 7), ("B", 2))
    assert await given_back(order_id, {first: D(3)}) == {first: D(3)}
    assert await shop.levels() == {"W1/A": (5, 4, 0), "W1/B": (5, 2, 0), "W2/A": (4, 0, 0)}
    await confirmed(order_id)
    assert await given_back(order_id, {first: D(9), second: D(1)}) == {first: D(4), second: D(1)}
    assert await shop.levels() == {"W1/A": (5, 0, 0), "W1/B": (5, 0, 1), "W2/A": (4, 0, 0)}
    assert await given_back(order_id) == {second: D(1)}
    assert await given_back(order_id) == {}
    assert await given_back(order_id, {}) == {}
    assert await shop.levels() == {"W1/A": (5, 0, 0), "W1/B": (5, 0, 0), "W2/A": (4, 0, 0)}


async def test_an_expired_reservation_is_free_before_any_worker_comes() -> None:
    shop = await open_shop("A")
    await shop.stock(W1={"A": 5})
    order_id, _, _ = await shop.order(("A", 5), minutes=30)
    _, _, answer = await shop.order(("A", 1))
    assert answer.shortages == {shop.skus["A"]: 0}
    with clock.travel(timedelta(minutes=31)):
        assert await free(shop, "A") == 5
        seen = await free_stock(
            database.rows,
            network_id=shop.world.network_id,
            seller_id=shop.brand.company_id,
            sku_ids=[shop.skus["A"]],
            now=clock.now(),
        )
        assert [row.free for row in seen] == [5]
        assert await confirmed(order_id) == {}  # expired is expired, although nobody took it yet
        [row] = await locked(shop, "A")
        assert row.free == 5
        assert await shop.levels() == {"W1/A": (5, 0, 0)}
        later_id, [later], answer = await shop.order(("A", 4), minutes=30)
        assert answer.shortages == {}
        assert await given_back(order_id) == {}  # its expiry releases what is still promised: nothing
        assert await shop.promised(later_id) == [(later, D(4), "reserved")]
        assert await shop.levels() == {"W1/A": (5, 4, 0)}
    assert await shop.promised(order_id) == []


async def test_a_line_may_be_promised_again_after_it_was_given_back_whole() -> None:
    shop = await open_shop("A")
    await shop.stock(W1={"A": 9})
    order_id, [line], _ = await shop.order(("A", 5), minutes=30)
    await given_back(order_id)

    @act
    async def again(work: Work) -> None:
        [row] = await lock_stock(
            work,
            network_id=shop.world.network_id,
            seller_id=shop.brand.company_id,
            sku_ids=[shop.skus["A"]],
        )
        picks = [LinePick(line, row.warehouse_id, row.sku_id, D(3))]
        promise = reserve(network_id=shop.world.network_id, order_id=order_id, picks=picks, expires_at=None)
        await work.write(promise)

    await again()
    assert await shop.promised(order_id) == [(line, D(3), "reserved")]
    with pytest.raises(LookupError):
        await again()
    assert await shop.levels() == {"W1/A": (9, 3, 0)}


async def test_the_table_itself_refuses_to_be_oversold() -> None:
    shop = await open_shop("A")
    await shop.stock(W1={"A": 5})
    order_id, [line], _ = await shop.order(("A", 1))
    [row] = await locked(shop, "A")
    await given_back(order_id)

    @act
    async def careless(work: Work) -> None:
        picks = [LinePick(line, row.warehouse_id, row.sku_id, D(6))]
        promise = reserve(network_id=shop.world.network_id, order_id=order_id, picks=picks, expires_at=None)
        await work.write(promise)

    with pytest.raises(asyncpg.CheckViolationError, match="stock_level_not_oversold"):
        await careless()
    assert await shop.levels() == {"W1/A": (5, 0, 0)}


async def test_round_trips_are_the_same_for_one_line_and_for_a_hundred(counted: Counted) -> None:
    codes = [f"S{n:03}" for n in range(100)]
    shop = await open_shop(*codes)
    each = dict.fromkeys(codes, 2)
    await shop.stock(W1=each, W2=each, W3=each)
    trips: dict[int, list[int]] = {}
    for size in (1, 100):
        trips[size] = []
        async with counted() as placing:
            order_id, lines, answer = await shop.order(*((code, 3) for code in codes[:size]))
        assert answer.shortages == {}
        async with counted() as confirming:
            await confirmed(order_id)
        async with counted() as shipping:
            await shipped(order_id, {line: D(1) for line in lines})
        async with counted() as releasing:
            await given_back(order_id, {line: D(1) for line in lines})
        trips[size] = [len(one) for one in (placing, confirming, shipping, releasing)]
    # BEGIN and COMMIT are two each; placing also writes the order and its lines.
    assert trips[1] == trips[100] == [2 + 2 + 2, 2 + 2, 2 + 3, 2 + 2]
