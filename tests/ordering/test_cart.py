"""Carts: two people edit one, a lost update is refused, and an order takes what is in it in the same act."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.kernel.refusal import BadRequest, NotFound
from app.network.roles import Role
from app.ordering.cart import cart_with
from app.ordering.change_cart import CartLineChange, change_cart
from app.ordering.place import place_order
from app.ordering.preview import preview_order
from app.ordering.refusals import CartChangedMeanwhile, OrderRefused
from tests.ordering.market import Market, open_market
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")


async def put(market: Market, version: int, *lines: tuple[UUID, str], clear: bool = False, key: str = "") -> None:
    await change_cart(
        market.buyer.viewer,
        client_key=key or new_key(),
        seller_id=market.seller.company_id,
        expected_version=version,
        changes=[CartLineChange(sku_id, Decimal(quantity)) for sku_id, quantity in lines],
        clear=clear,
    )


async def contents(market: Market) -> tuple[int, list[tuple[str, float]]]:
    cart = await cart_with(market.buyer.viewer, market.seller.company_id)
    return cart.version, [(line.sku_code, float(line.quantity)) for line in cart.lines]


async def test_lines_are_set_added_and_taken_out() -> None:
    market = await open_market()
    a, b, c = [await market.sku(code) for code in "ABC"]
    assert await contents(market) == (0, [])
    await put(market, 0, (a, "2"), (b, "1.5"))
    await put(market, 1, (c, "3"), (a, "4"))
    assert await contents(market) == (2, [("A", 4), ("B", 1.5), ("C", 3)])
    await put(market, 2, (b, "0"))
    assert await contents(market) == (3, [("A", 4), ("C", 3)])
    await put(market, 3, (b, "1"), clear=True)
    assert await contents(market) == (4, [("B", 1)])


async def test_a_lost_update_is_refused_and_changes_nothing() -> None:
    market = await open_market()
    a = await market.sku("A")
    await put(market, 0, (a, "2"))
    with pytest.raises(CartChangedMeanwhile) as caught:
        await put(market, 0, (a, "9"))
    assert (caught.value.expected_version, caught.value.version) == (0, 1)
    assert await contents(market) == (1, [("A", 2)])
    both = await asyncio.gather(put(market, 1, (a, "5")), put(market, 1, (a, "6")), return_exceptions=True)
    assert sorted(type(one).__name__ for one in both) == ["CartChangedMeanwhile", "NoneType"]
    assert (await contents(market))[0] == 2


async def test_the_same_request_is_done_once() -> None:
    market = await open_market()
    a = await market.sku("A")
    await put(market, 0, (a, "2"), key="once")
    await put(market, 0, (a, "2"), key="once")
    assert await contents(market) == (1, [("A", 2)])


async def test_only_what_is_offered_comes_in_but_anything_goes_out() -> None:
    market = await open_market()
    a, hidden = await market.sku("A"), await market.sku("HIDDEN", listed=False)
    with pytest.raises(NotFound):
        await put(market, 0, (hidden, "1"))
    with pytest.raises(BadRequest):
        await put(market, 0, *[(a, "1")] * 1001)
    await put(market, 0, (a, "1"))
    await database.rows("UPDATE listing SET on_sale = false WHERE sku_id = $1", a)
    await put(market, 1, (a, "0"))
    assert await contents(market) == (2, [])


async def test_an_order_takes_the_cart_in_the_same_act() -> None:
    market = await open_market()
    a, b = await market.sku("A", price="1.00"), await market.sku("B", price="2.00", stock="1")
    colleague = await market.world.member(market.buyer, [Role.BUYER])
    await put(market, 0, (a, "3"), (b, "2"))
    order = market.asked([])

    async def place(version: int, total: str, key: str = "") -> UUID:
        placed = await place_order(
            colleague.viewer,
            client_key=key or new_key(),
            order=order,
            expected_total=Decimal(total),
            cart_version=version,
        )
        return UUID(str(placed["id"]))

    with pytest.raises(OrderRefused):  # one of B is short: the cart stays
        await place(1, "7.00")
    with pytest.raises(CartChangedMeanwhile):
        await place(0, "7.00")
    assert await contents(market) == (1, [("A", 3), ("B", 2)])
    await put(market, 1, (b, "1"))
    order_id = await place(2, "5.00", "from the cart")
    assert await contents(market) == (3, [])
    assert await place(2, "5.00", "from the cart") == order_id
    lines = await database.rows(
        "SELECT sku_code, ordered FROM sales_order_line WHERE order_id = $1 ORDER BY position", order_id
    )
    assert [(row["sku_code"], row["ordered"]) for row in lines] == [("A", 3), ("B", 1)]
    with pytest.raises(BadRequest):  # lines of its own beside the cart's
        await place_order(
            colleague.viewer,
            client_key=new_key(),
            order=market.asked([(a, "1")]),
            expected_total=Decimal(1),
            cart_version=3,
        )


async def test_a_cart_previews_as_the_order_it_would_be() -> None:
    market = await open_market()
    a = await market.sku("A", price="1.50")
    await put(market, 0, (a, "3"))
    cart = await cart_with(market.buyer.viewer, market.seller.company_id)
    shown = await preview_order(market.buyer.viewer, market.asked(list(cart.asked())))
    assert (shown.judged.totals.gross_minor, shown.judged.problems) == (450, [])
