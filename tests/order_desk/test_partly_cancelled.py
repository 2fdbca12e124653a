"""Changes of lines that were cancelled in part: what left before keeps its value, and the price stays."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app import database
from app.kernel.refusal import BadRequest
from app.ordering.act_refusals import ChangeMakesDearer, PriceAfterCancellation
from app.ordering.amendment import LineChange
from app.ordering.asked_change import AskedChange
from tests.order_desk.changing import accept, cancel, down_to, line_ids, only_change, propose, refused
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import Goods, balances, facts, line_rows, open_shop, order_row

pytestmark = pytest.mark.usefixtures("database")

THREE_ODD = [Goods("3", 1000), Goods("2", 400)]  # 3 for 10.00: no third is a whole number of fen


async def test_what_will_come_less_is_cancelled_too_with_its_share_of_the_value() -> None:
    shop = await open_shop()
    order_id = await shop.place([Goods("10", 113000), Goods("7", 54500)], freight=1000, expires_in=timedelta(hours=1))
    first, _ = await line_ids(order_id)
    await cancel(shop, order_id, (first, "3"))
    held = (await balances(shop.relation_id))["receivable"][1]
    await propose(shop, order_id, down_to(first, "5"))
    change = await only_change(shop, order_id)
    assert change["dearer"] is False
    await accept(shop, order_id)

    line, _ = await line_rows(order_id)
    assert (line["ordered"], line["cancelled"], line["allocated"]) == (10, 5, 5)
    assert (line["gross_minor"], line["cancelled_minor"]) == (113000, 56500)
    assert await balances(shop.relation_id) == {"receivable": (0, held - 22600)}
    order = await order_row(order_id)
    assert (order["status"], order["gross_minor"]) == ("confirmed", 168500)
    rows = await database.rows(
        "SELECT quantity, amount_minor, reason, by FROM cancellation WHERE order_id = $1 ORDER BY at", order_id
    )
    buyer = shop.purchaser.viewer.membership_id
    assert [tuple(row) for row in rows] == [(3, 33900, "other plans", buyer), (2, 22600, "short", buyer)]
    stock = await database.row("SELECT reserved, allocated FROM stock_level WHERE sku_id = $1", line["sku_id"])
    assert stock is not None
    assert tuple(stock) == (0, 5)
    assert (await facts(order_id, "order"))[-1][0] == "change_accepted"
    assert await wrong_books() == []


@pytest.mark.parametrize("tax_mode", ["included", "excluded"])
@pytest.mark.parametrize("funding", ["credit", "prepayment"])
async def test_a_line_is_taken_apart_to_the_fen(funding: str, tax_mode: str) -> None:
    shop = await open_shop(funding=funding, tax_mode=tax_mode, warehouses=2)
    order_id = await shop.place(THREE_ODD, freight=100)
    first, second = await line_ids(order_id)
    await cancel(shop, order_id, (first, "1"))
    await propose(shop, order_id, AskedChange([LineChange(first, Decimal(1))], round_off=Decimal("0.01")))
    await accept(shop, order_id)
    assert await wrong_books() == []
    line, _ = await line_rows(order_id)
    assert (line["ordered"], line["cancelled"], line["settled"]) == (3, 2, 2)

    order_id = await shop.place(THREE_ODD, freight=100)
    first, second = await line_ids(order_id)
    await cancel(shop, order_id, (first, "1"))
    await propose(shop, order_id, AskedChange([LineChange(first, Decimal(0)), LineChange(second, Decimal(1))]))
    await accept(shop, order_id)
    line, other = await line_rows(order_id)
    assert (line["ordered"], line["cancelled"], line["cancelled_minor"]) == (3, 3, line["gross_minor"])
    assert (other["ordered"], other["cancelled"]) == (1, 0)  # nothing of it had left: it becomes smaller
    assert await wrong_books() == []


async def test_its_price_stays_and_the_refusal_says_why() -> None:
    shop = await open_shop()
    order_id = await shop.place([Goods("10", 113000), Goods("7", 54500)])
    first, second = await line_ids(order_id)
    sku = (await line_rows(order_id))[0]["sku_code"]
    await cancel(shop, order_id, (first, "3"))
    said = await refused(shop, order_id, AskedChange([LineChange(first, Decimal(5), Decimal("100"))]))
    assert isinstance(said, PriceAfterCancellation)
    assert (said.sku_code, said.cancelled) == (sku, Decimal(3))
    assert said.message("en") == (
        f"{sku}: its price stays, because a part of it (3 pieces) was cancelled at that price. Lower its quantity."
    )
    assert said.message("zh") == f"{sku}：已有 3 个按原单价取消，单价不能再改，可减少数量。"
    same = AskedChange([LineChange(first, Decimal(5), Decimal("113")), LineChange(second, None, Decimal("70"))])
    await propose(shop, order_id, same)
    await accept(shop, order_id)
    assert await wrong_books() == []


async def test_more_than_is_open_and_nothing_at_all_are_no_changes() -> None:
    shop = await open_shop()
    order_id = await shop.place([Goods("10", 113000)])
    (line,) = await line_ids(order_id)
    await cancel(shop, order_id, (line, "3"))
    for quantity, field in (("8", "lines[0].quantity"), ("7", "change"), ("0", "lines")):
        said = await refused(shop, order_id, down_to(line, quantity))
        assert isinstance(said, BadRequest)
        assert said.field == field
    assert "0 to 7, never more" in (await refused(shop, order_id, down_to(line, "8"))).message("en")


async def test_what_is_dearer_is_measured_by_what_is_to_be_paid() -> None:
    shop = await open_shop()
    order_id = await shop.place([Goods("10", 100000)], freight=1000)
    (line,) = await line_ids(order_id)
    await cancel(shop, order_id, (line, "5"))  # 500.00 of goods and 5.00 of freight are left
    dearer = AskedChange(freight=Decimal("10.01"))
    said = await refused(shop, order_id, dearer)
    assert isinstance(said, ChangeMakesDearer)
    assert (said.before.minor, said.after.minor) == (50500, 50501)
    less = AskedChange([LineChange(line, Decimal(4))], freight=Decimal("5"))
    await propose(shop, order_id, less)
    await accept(shop, order_id)
    order = await order_row(order_id)
    assert order["gross_minor"] - order["cancelled_minor"] == 40000
    assert await wrong_books() == []
