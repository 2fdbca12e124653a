"""Small amounts, odd factors, half-freed promises: legal corners, in which the books add up and the audit is calm."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app import database
from app.fulfilment.ship import ship_order
from app.inventory.adjust_stock import adjust_stock
from app.inventory.inputs import StockInput
from app.kernel import clock
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.expire import expire_order
from app.ordering.grant_discount import grant_discount
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import Goods, Shop, balances, line_rows, open_shop, order_row
from tests.worlds import new_key
from workers.invariants import audit

# Time is simulated here: to the audit, which lives now, stock was given back too early
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.unaudited("line_is_promised_what_is_open")]


async def calm() -> None:
    assert [str(one) for one in await audit(unpublished_after=timedelta(days=1))] == []
    assert await wrong_books() == []


async def call_off(shop: Shop, order_id: object, quantity: str, *, by_seller: bool = False) -> None:
    viewer = (shop.clerk if by_seller else shop.purchaser).viewer
    (line,) = await line_rows(order_id)  # type: ignore[arg-type]
    lines = [(line["id"], Decimal(quantity))]
    await cancel_order(viewer, order_id=order_id, lines=lines, reason="x", client_key=new_key())  # type: ignore[arg-type]


async def test_a_discount_of_all_that_is_left_in_net_prices_leaves_the_cancelled_part_its_tax() -> None:
    shop = await open_shop(tax_mode="excluded")
    order_id = await shop.place([Goods("5", 4)])  # net 0.04, tax 0.01
    await call_off(shop, order_id, "4")  # takes 0.04 with 0.01 tax in it
    await grant_discount(
        shop.clerk.viewer, order_id=order_id, amount=Decimal("0.01"), reason="gift", client_key=new_key()
    )
    order = await order_row(order_id)
    assert (order["gross_minor"], order["cancelled_minor"], order["discount_minor"]) == (4, 4, 1)
    assert await balances(shop.relation_id) == {}
    await calm()
    await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    await calm()


@pytest.mark.parametrize(("ordered", "factor", "part"), [("1", "0.333333", "0.5"), ("1", "0.000001", "0.5")])
async def test_parts_of_a_unit_that_is_no_round_number_of_base_units(ordered: str, factor: str, part: str) -> None:
    shop = await open_shop()
    order_id = await shop.place([Goods(ordered, 1000, factor=factor)])
    await call_off(shop, order_id, part)
    await calm()
    await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    await calm()
    (line,) = await line_rows(order_id)
    await ship_order(
        shop.storeman.viewer,
        order_id=order_id,
        lines=[(line["id"], Decimal("0.25"))],
        carrier=None,
        tracking_number=None,
        client_key=new_key(),
    )
    await calm()
    await call_off(shop, order_id, "0.25", by_seller=True)
    await calm()
    assert (await order_row(order_id))["status"] == "closed_short"


async def test_a_lapsed_order_whose_promise_was_freed_in_one_of_two_warehouses() -> None:
    shop = await open_shop(warehouses=2)
    order_id = await shop.place([Goods("1", 100), Goods("10", 1000)], expires_in=timedelta(minutes=10))
    (row,) = await database.rows(
        "SELECT k.code AS sku, w.code AS warehouse FROM reservation r JOIN sku k ON k.id = r.sku_id"
        " JOIN warehouse w ON w.id = r.warehouse_id WHERE r.order_id = $1 AND w.code = 'W2'",
        order_id,
    )
    with clock.travel(timedelta(minutes=11)):
        await adjust_stock(
            shop.seller.viewer,
            network_id=shop.world.network_id,
            items=[StockInput(row["warehouse"], row["sku"], delta=Decimal(1))],
            client_key=new_key(),
        )
        await calm()
        assert await expire_order(order_id=order_id)
        await calm()
