"""An order that waited for a lock is judged by what is true when its turn comes, not by what was when it asked."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app import database as db
from app.fulfilment.ship import ship_order
from app.kernel import clock
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.ledger.set_credit_line import set_credit_line
from app.network.change_relation import change_relation, suspend_relation
from app.network.rules import Terms
from app.ordering.change_cart import CartLineChange, change_cart
from app.ordering.confirm import confirm_order
from app.ordering.place import place_order
from app.ordering.refusals import CreditBlocked, OrderRefused, RelationNotActive
from app.ordering.save_freight_rule import FreightTerms, save_freight_rule
from tests.ordering.line import standing_in_line
from tests.ordering.market import Market, open_market
from tests.ordering_lifecycle.books import wrong_books
from tests.worlds import new_key

ACCOUNTS = "SELECT 1 FROM ledger_account WHERE relation_id = $1 ORDER BY id FOR UPDATE"
CART = "SELECT 1 FROM cart WHERE relation_id = $1 FOR UPDATE"
RELATION = "SELECT 1 FROM trade_relation WHERE id = $1 FOR UPDATE"
DAY = timedelta(days=1)


async def place(market: Market, sku: UUID, quantity: str, total: str, **more: Any) -> UUID:
    placed = await place_order(
        market.buyer.viewer,
        client_key=new_key(),
        order=market.asked([(sku, quantity)]),
        expected_total=Decimal(total),
        **more,
    )
    return UUID(str(placed["id"]))


async def owe(market: Market, sku: UUID, quantity: str) -> None:
    """A shipped order: its value is owed, and due after the relation's net days."""
    order_id = await market.place([(sku, quantity)])
    await confirm_order(market.seller.viewer, order_id=order_id, client_key=new_key())
    await ship(market, order_id)


async def ship(market: Market, order_id: UUID) -> UUID:
    return await ship_order(
        market.seller.viewer, client_key=new_key(), order_id=order_id, lines=None, carrier=None, tracking_number=None
    )


async def pay(market: Market, amount_minor: int) -> UUID:
    return await record_receipt(
        market.seller.viewer,
        client_key=new_key(),
        relation_id=market.relation_id,
        amount_minor=amount_minor,
        method=ReceiptMethod.TRANSFER,
        reference="BOC",
    )


async def lend(market: Market, overdue_block_days: int | None) -> UUID:
    return await set_credit_line(
        market.seller.viewer,
        client_key=new_key(),
        relation_id=market.relation_id,
        limit_minor=None,
        overdue_block_days=overdue_block_days,
    )


async def test_a_debt_paid_while_the_order_waited_blocks_it_no_more(database: str) -> None:
    market = await open_market(net_days=0)
    paint = await market.sku("PAINT", price="10.00")
    await owe(market, paint, "5")
    await lend(market, 0)
    with clock.travel(DAY):
        async with standing_in_line(database, ACCOUNTS, market.relation_id) as line:
            await line.join(pay(market, 50_00))
            await line.join(place(market, paint, "1", "10"))
    paid, placed = line.answers
    assert isinstance(paid, UUID), line.answers
    assert isinstance(placed, UUID), line.answers
    assert await wrong_books() == []


async def test_a_block_set_while_the_order_waited_holds(database: str) -> None:
    market = await open_market(net_days=0)
    paint = await market.sku("PAINT", price="10.00")
    await owe(market, paint, "5")
    await lend(market, 30)
    with clock.travel(DAY):
        async with standing_in_line(database, ACCOUNTS, market.relation_id) as line:
            await line.join(lend(market, 0))
            await line.join(place(market, paint, "1", "10"))
    _, refused = line.answers
    assert isinstance(refused, OrderRefused), line.answers
    assert [(type(one), one.days) for one in refused.problems if isinstance(one, CreditBlocked)] == [(CreditBlocked, 0)]
    assert len(await db.rows("SELECT 1 FROM sales_order WHERE relation_id = $1", market.relation_id)) == 1


async def test_a_debt_that_came_due_while_the_order_waited_blocks_it(database: str) -> None:
    market = await open_market(net_days=0)
    paint = await market.sku("PAINT", price="10.00")
    order_id = await market.place([(paint, "5")])
    await confirm_order(market.seller.viewer, order_id=order_id, client_key=new_key())
    await lend(market, 0)
    async with standing_in_line(database, ACCOUNTS, market.relation_id) as line:
        await line.join(ship(market, order_id))
        await line.join(place(market, paint, "1", "10"))
    _, refused = line.answers
    assert isinstance(refused, OrderRefused), line.answers
    assert [type(one) for one in refused.problems] == [CreditBlocked]


async def test_a_region_changed_while_the_order_waited_decides_freight_and_warehouse(database: str) -> None:
    market = await open_market(warehouses=2, region="4401")
    await market.sku("BOOK", rate_bp=900)
    paint = await market.sku("PAINT", price="10.00", stock=["100", "100"])
    await db.rows("UPDATE warehouse SET serves_regions = '{CN/44/}' WHERE id = $1", market.warehouses[0])
    await db.rows("UPDATE warehouse SET serves_regions = '{CN/33/}' WHERE id = $1", market.warehouses[1])
    for region, base in ((None, 99_00), ("44", 20_00), ("33", 30_00)):
        await save_freight_rule(
            market.seller.viewer,
            client_key=new_key(),
            network_id=market.world.network_id,
            region_code=region,
            tax_class="vat900",
            terms=FreightTerms(base_minor=base),
        )
    moved = change_relation(
        market.seller.viewer,
        client_key=new_key(),
        relation_id=market.relation_id,
        terms=Terms(currency="CNY", region_code="3301"),
    )
    async with standing_in_line(database, RELATION, market.relation_id) as line:
        await line.join(moved)
        await line.join(place(market, paint, "1", "30", accept_price_changes=True))
    _, order_id = line.answers
    assert not isinstance(order_id, BaseException), line.answers
    row = await db.row(
        "SELECT o.freight_gross_minor, r.warehouse_id FROM sales_order o JOIN reservation r ON r.order_id = o.id"
        " WHERE o.id = $1",
        order_id,
    )
    assert row is not None
    assert tuple(row) == (30_00, market.warehouses[1])


async def test_a_relation_suspended_while_the_order_waited_takes_it_no_more(database: str) -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00")
    suspended = suspend_relation(market.seller.viewer, client_key=new_key(), relation_id=market.relation_id)
    async with standing_in_line(database, RELATION, market.relation_id) as line:
        await line.join(suspended)
        await line.join(place(market, paint, "1", "10"))
    _, refused = line.answers
    assert isinstance(refused, OrderRefused), line.answers
    assert [type(one) for one in refused.problems] == [RelationNotActive]


async def test_terms_changed_while_the_order_waited_are_those_it_is_placed_on(database: str) -> None:
    market = await open_market(credit=0, net_days=30)
    paint = await market.sku("PAINT", price="10.00")
    await pay(market, 10_00)
    agreed = change_relation(
        market.seller.viewer,
        client_key=new_key(),
        relation_id=market.relation_id,
        terms=Terms(currency="CNY", funding="prepayment", net_days=7, reservation_minutes=5),
    )
    async with standing_in_line(database, RELATION, market.relation_id) as line:
        await line.join(agreed)
        await line.join(place(market, paint, "1", "10"))
    _, order_id = line.answers
    assert isinstance(order_id, UUID), line.answers
    row = await db.row("SELECT funding, net_days, payment_status FROM sales_order WHERE id = $1", order_id)
    assert row is not None
    assert tuple(row) == ("prepayment", 7, "paid")
    assert await wrong_books() == []


async def test_a_cart_changed_while_the_order_waited_is_ordered_as_it_is_then(database: str) -> None:
    market = await open_market()
    paint, brush = await market.sku("PAINT", price="10.00"), await market.sku("BRUSH", price="3.00")
    await fill(market, 0, paint, "5")
    async with standing_in_line(database, CART, market.relation_id) as line:
        await line.join(fill(market, 1, brush, "2"))
        await line.join(
            place_order(
                market.buyer.viewer,
                client_key=new_key(),
                order=market.asked([]),
                expected_total=Decimal("56"),
                cart_version=2,
            )
        )
    _, placed = line.answers
    assert isinstance(placed, asyncpg.Record), line.answers
    rows = await db.rows("SELECT ordered FROM sales_order_line WHERE order_id = $1 ORDER BY position", placed["id"])
    assert [row["ordered"] for row in rows] == [5, 2]
    assert await db.rows("SELECT 1 FROM cart_line l JOIN cart c ON c.id = l.cart_id WHERE c.relation_id = $1",
                         market.relation_id) == []  # fmt: skip


async def fill(market: Market, version: int, sku: UUID, quantity: str) -> UUID:
    return await change_cart(
        market.buyer.viewer,
        client_key=new_key(),
        seller_id=market.seller.company_id,
        expected_version=version,
        changes=[CartLineChange(sku, Decimal(quantity))],
    )
