"""A manual discount before confirmation: frozen shares that sum to it, a smaller hold, tax after it."""

from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.fulfilment.ship import ship_order
from app.kernel.refusal import BadRequest, Forbidden, MoveNotAllowed
from app.ordering.act_refusals import DiscountTooLarge
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.grant_discount import grant_discount
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import (
    Goods,
    balances,
    everything,
    line_rows,
    open_shop,
    order_row,
    timeline,
)
from tests.worlds import Party, new_key

pytestmark = pytest.mark.usefixtures("database")

MIXED = [Goods("10", 113000, rate_bp=1300), Goods("7", 54500, rate_bp=900)]


async def grant(party: Party, order_id: UUID, amount: str) -> None:
    await grant_discount(
        party.viewer,
        order_id=order_id,
        amount=Decimal(amount),
        reason="opening gift",
        client_key=new_key(),
    )


async def test_a_hundred_off_lines_of_13_and_9_percent_lowers_the_gross_by_exactly_a_hundred() -> None:
    shop = await open_shop()
    order_id = await shop.place(MIXED, freight=1000)
    await grant(shop.clerk, order_id, "100.00")
    order = await order_row(order_id)
    assert (order["gross_minor"], order["discount_minor"], order["version"]) == (168500 - 10000, 10000, 2)
    shares = await database.rows(
        "SELECT amount_minor, kind, granted_by, grant_id FROM sales_order_line_discount WHERE order_id = $1"
        " ORDER BY amount_minor DESC",
        order_id,
    )
    assert [row["amount_minor"] for row in shares] == [6746, 3254]
    assert {(row["kind"], row["granted_by"]) for row in shares} == {("manual", shop.clerk.viewer.membership_id)}
    assert len({row["grant_id"] for row in shares}) == 1
    lines = await line_rows(order_id)
    assert [(line["gross_minor"], line["net_minor"], line["tax_minor"]) for line in lines] == [
        (106254, 94030, 12224),
        (51246, 47015, 4231),
    ]
    assert await balances(shop.relation_id) == {"receivable": (0, 158500)}
    assert await timeline(order_id) == ["placed", "discount_granted"]
    assert await wrong_books() == []


async def test_twice_and_then_shipped_in_parts_and_cancelled_in_parts() -> None:
    shop = await open_shop(funding="prepayment")
    order_id = await shop.place(MIXED, freight=1000)
    lines = [line["id"] for line in await line_rows(order_id)]
    await grant(shop.clerk, order_id, "33.33")
    await cancel_order(
        shop.purchaser.viewer, order_id=order_id, lines=[(lines[0], Decimal(3))], reason="less", client_key=new_key()
    )
    await grant(shop.clerk, order_id, "66.67")
    assert (await order_row(order_id))["discount_minor"] == 10000
    assert await wrong_books() == []
    await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    for parts in ([(lines[0], Decimal(2))], [(lines[0], Decimal(1)), (lines[1], Decimal("3.5"))], None):
        await ship_order(
            shop.storeman.viewer,
            order_id=order_id,
            lines=parts,
            carrier=None,
            tracking_number=None,
            client_key=new_key(),
        )
        assert await wrong_books() == []
    order = await order_row(order_id)
    assert order["gross_minor"] == 158500 == order["shipped_minor"] + order["cancelled_minor"]


async def test_on_net_prices_it_is_net() -> None:
    shop = await open_shop(tax_mode="excluded")
    order_id = await shop.place([Goods("10", 100000, rate_bp=1300), Goods("10", 50000, rate_bp=900)])
    before = await order_row(order_id)
    await grant(shop.clerk, order_id, "100")
    after = await order_row(order_id)
    assert before["net_minor"] - after["net_minor"] == 10000
    assert [(line["net_minor"], line["tax_minor"]) for line in await line_rows(order_id)] == [
        (93333, 12133),
        (46667, 4200),
    ]
    assert await balances(shop.relation_id) == {"receivable": (0, after["gross_minor"])}
    assert await wrong_books() == []


async def test_down_to_nothing_and_not_below() -> None:
    shop = await open_shop()
    order_id = await shop.place(MIXED)
    before = await everything()
    with pytest.raises(DiscountTooLarge) as refused:
        await grant(shop.clerk, order_id, "1675.01")
    assert (str(refused.value.discount), str(refused.value.most)) == ("1675.01", "1675.00")
    for amount in ("0", "-1", "0.001", "NaN"):
        with pytest.raises(BadRequest):
            await grant(shop.clerk, order_id, amount)
    assert await everything() == before
    await grant(shop.clerk, order_id, "1675")
    assert (await order_row(order_id))["gross_minor"] == 0
    await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    await ship_order(
        shop.storeman.viewer, order_id=order_id, lines=None, carrier=None, tracking_number=None, client_key=new_key()
    )
    assert await balances(shop.relation_id) == {}
    assert await wrong_books() == []


async def test_only_the_sellers_clerks_and_only_before_confirmation() -> None:
    shop = await open_shop()
    order_id = await shop.place(MIXED)
    with pytest.raises(MoveNotAllowed):
        await grant(shop.buyer, order_id, "1")
    with pytest.raises(Forbidden):
        await grant(shop.storeman, order_id, "1")
    await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    with pytest.raises(MoveNotAllowed):
        await grant(shop.clerk, order_id, "1")
    assert (await order_row(order_id))["discount_minor"] == 0
