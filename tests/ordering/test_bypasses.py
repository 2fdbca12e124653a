"""Ways around a credit limit that worked in other systems, and what a credit limit must not stand in the way of."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app import database
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.ship import ship_order
from app.kernel import clock
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.ledger.rules import ReceiptTo
from app.network.change_relation import change_relation, end_relation
from app.network.open_relation import Buyer, open_relation
from app.network.rules import Terms
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.grant_discount import grant_discount
from app.ordering.reject import reject_order
from tests.ordering.market import Market, open_market
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import balances
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")


async def codes(market: Market, sku: UUID, quantity: str = "1") -> list[str]:
    """What stands in the way of an order."""
    return [problem.code for problem in (await market.preview([(sku, quantity)])).judged.problems]


async def confirm(market: Market, order_id: UUID) -> UUID:
    return await confirm_order(market.seller.viewer, order_id=order_id, client_key=new_key())


async def ship(market: Market, order_id: UUID, key: str = "") -> UUID:
    return await ship_order(
        market.seller.viewer,
        order_id=order_id,
        lines=None,
        carrier=None,
        tracking_number=None,
        client_key=key or new_key(),
    )


async def receive(market: Market, amount_minor: int, to: ReceiptTo = ReceiptTo.RECEIVABLE, key: str = "") -> UUID:
    return await record_receipt(
        market.seller.viewer,
        client_key=key or new_key(),
        relation_id=market.relation_id,
        amount_minor=amount_minor,
        method=ReceiptMethod.CASH,
        reference="x",
        to=to,
    )


async def agree(market: Market, **terms: Any) -> None:
    await change_relation(
        market.seller.viewer,
        client_key=new_key(),
        relation_id=market.relation_id,
        terms=Terms(currency=market.currency, **terms),
    )


async def test_an_ended_order_never_comes_back_beside_the_one_that_took_its_credit() -> None:
    market = await open_market(credit=10_00)
    paint = await market.sku("PAINT", price="10.00")
    ended = await market.place([(paint, "1")])
    await cancel_order(market.buyer.viewer, order_id=ended, lines=None, reason="x", client_key=new_key())
    second = await market.place([(paint, "1")])
    answers = await asyncio.gather(
        confirm(market, ended),
        ship(market, ended),
        cancel_order(market.buyer.viewer, order_id=ended, lines=None, reason="x", client_key=new_key()),
        reject_order(market.seller.viewer, order_id=ended, reason="x", client_key=new_key()),
        grant_discount(market.seller.viewer, order_id=ended, amount=Decimal(1), reason="x", client_key=new_key()),
        return_exceptions=True,
    )
    assert [getattr(one, "code", one) for one in answers] == ["MOVE_NOT_ALLOWED"] * 5
    assert await balances(market.relation_id) == {"receivable": (0, 10_00)}
    await confirm(market, second)
    assert await codes(market, paint) == ["CREDIT_SHORT"]


async def test_ending_and_opening_a_relation_again_forgives_nothing() -> None:
    market = await open_market(credit=20_00)
    paint = await market.sku("PAINT", price="10.00")
    shipped, standing = await market.place([(paint, "1")]), await market.place([(paint, "1")])
    await confirm(market, shipped)
    await ship(market, shipped)
    await end_relation(market.seller.viewer, client_key=new_key(), relation_id=market.relation_id)
    assert await codes(market, paint) == ["RELATION_NOT_ACTIVE", "CREDIT_SHORT"]
    await open_relation(
        market.seller.viewer,
        client_key=new_key(),
        network_id=market.world.network_id,
        buyer=Buyer(company_id=market.buyer.company_id),
        terms=Terms(currency=market.currency),
    )
    assert await codes(market, paint) == ["CREDIT_SHORT"]
    await confirm(market, standing)
    await ship(market, standing)
    assert await balances(market.relation_id) | {"revenue": 0, "output_tax": 0} == {
        "receivable": (20_00, 0), "revenue": 0, "output_tax": 0
    }  # fmt: skip


async def test_turning_to_prepayment_and_back_forgives_nothing_and_touches_no_placed_order() -> None:
    market = await open_market(credit=10_00)
    paint = await market.sku("PAINT", price="10.00")
    on_credit = await market.place([(paint, "1")])
    await agree(market, funding="prepayment")
    assert await codes(market, paint) == ["PREPAYMENT_SHORT"]
    await receive(market, 10_00, ReceiptTo.PREPAYMENT)
    prepaid = await market.place([(paint, "1")])
    await agree(market, funding="credit")
    assert await codes(market, paint) == ["CREDIT_SHORT"]
    for order_id in (on_credit, prepaid):
        await confirm(market, order_id)
        await ship(market, order_id)
    assert (await balances(market.relation_id))["receivable"] == (10_00, 0)
    assert "prepayment" not in await balances(market.relation_id)
    assert await wrong_books() == []


async def test_a_block_stands_in_the_way_of_new_orders_on_credit_and_of_nothing_else() -> None:
    """Not of goods that were promised, of money that comes, or of who pays ahead (ERPNext#37888)."""
    market = await open_market(net_days=0)
    paint = await market.sku("PAINT", price="10.00")
    owed, confirmed, placed = [await market.place([(paint, "1")]) for _ in range(3)]
    await confirm(market, owed)
    shipment_id = await ship(market, owed)
    await confirm(market, confirmed)
    await market.credit(0, overdue_block_days=0)
    with clock.travel(timedelta(days=1)):
        assert await codes(market, paint) == ["CREDIT_SHORT", "CREDIT_BLOCKED"]
        await confirm_delivery(market.buyer.viewer, shipment_id=shipment_id, client_key=new_key())
        await ship(market, confirmed)
        await confirm(market, placed)
        await agree(market, funding="prepayment", net_days=0)
        await receive(market, 10_00, ReceiptTo.PREPAYMENT)
        await market.place([(paint, "1")])
        await agree(market, funding="credit", net_days=0)
        await receive(market, 20_00)
        assert await codes(market, paint) == ["CREDIT_SHORT"]
    assert await balances(market.relation_id) | {"revenue": 0, "output_tax": 0, "clearing": 0} == {
        "receivable": (0, 10_00),
        "prepayment": (-10_00, 10_00),
        "revenue": 0,
        "output_tax": 0,
        "clearing": 0,
    }


async def test_money_that_comes_twice_with_one_key_came_once() -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00")
    order_id = await market.place([(paint, "3")])
    await confirm(market, order_id)
    shipped, paid = new_key(), new_key()
    shipments = await asyncio.gather(*(ship(market, order_id, shipped) for _ in range(10)))
    receipts = await asyncio.gather(*(receive(market, 12_00, key=paid) for _ in range(10)))
    assert len(set(shipments)) == len(set(receipts)) == 1
    assert (await balances(market.relation_id))["receivable"] == (18_00, 0)
    rows = await database.rows("SELECT kind FROM ledger_transfer WHERE relation_id = $1", market.relation_id)
    assert sorted(row["kind"] for row in rows) == ["receipt", "shipment"]


async def test_an_order_of_no_value_lives_without_money() -> None:
    market = await open_market(credit=0)
    gift = await market.sku("GIFT", price="0")
    order_id = await market.place([(gift, "3")])
    await confirm(market, order_id)
    await confirm_delivery(market.buyer.viewer, shipment_id=await ship(market, order_id), client_key=new_key())
    row = await database.row("SELECT status, payment_status, gross_minor FROM sales_order WHERE id = $1", order_id)
    assert row is not None
    assert tuple(row) == ("completed", "unpaid", 0)
    assert await balances(market.relation_id) == {}
    second = await market.place([(gift, "3")])
    await cancel_order(market.buyer.viewer, order_id=second, lines=None, reason="x", client_key=new_key())
    assert await wrong_books() == []
