"""An order whose time is over holds no credit and no prepayment at the next command, whether or not a worker lives."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.kernel import clock
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.ledger.rules import ReceiptTo
from app.ordering.confirm import confirm_order
from app.ordering.place import place_order
from app.ordering.refusals import CreditShort, OrderRefused, PrepaymentShort
from tests.ordering.market import Market, open_market
from tests.ordering_lifecycle.books import wrong_books
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")

LATER = timedelta(minutes=11)


async def market_with(funding: str, minor: int) -> Market:
    market = await open_market(funding=funding, credit=minor if funding == "credit" else 0, reservation_minutes=10)
    if funding == "prepayment":
        await record_receipt(
            market.seller.viewer,
            client_key=new_key(),
            relation_id=market.relation_id,
            amount_minor=minor,
            method=ReceiptMethod.TRANSFER,
            reference="BOC",
            to=ReceiptTo.PREPAYMENT,
        )
    return market


async def statuses(market: Market) -> list[str]:
    rows = await database.rows("SELECT status FROM sales_order WHERE relation_id = $1 ORDER BY id", market.relation_id)
    return [row["status"] for row in rows]


@pytest.mark.parametrize("funding", ["credit", "prepayment"])
async def test_money_of_a_lapsed_order_is_there_for_the_next_one(funding: str) -> None:
    market = await market_with(funding, 15_00)
    paint = await market.sku("PAINT", price="10.00")
    await market.place([(paint, "1")])
    assert [type(one) for one in (await market.preview([(paint, "1")])).judged.problems] == [
        CreditShort if funding == "credit" else PrepaymentShort
    ]
    with clock.travel(LATER):
        assert (await market.preview([(paint, "1")])).judged.problems == []
        await market.place([(paint, "1")])
        assert await statuses(market) == ["expired", "submitted"]
    assert await wrong_books() == []


@pytest.mark.parametrize("funding", ["credit", "prepayment"])
async def test_money_of_a_confirmed_order_is_not(funding: str) -> None:
    market = await market_with(funding, 15_00)
    paint = await market.sku("PAINT", price="10.00")
    order_id: UUID = await market.place([(paint, "1")])
    await confirm_order(market.seller.viewer, order_id=order_id, client_key=new_key())
    with clock.travel(LATER), pytest.raises(OrderRefused) as refused:
        await place_order(
            market.buyer.viewer,
            client_key=new_key(),
            order=market.asked([(paint, "1")]),
            expected_total=Decimal(10),
        )
    short = [CreditShort if funding == "credit" else PrepaymentShort]
    assert [type(one) for one in refused.value.problems] == short
    assert await statuses(market) == ["confirmed"]
