"""A whole life of an order, placed and shipped, in every tax mode, funding and kind of currency, with units that are no
round number, a free line, a service and freight; at the second level too, and after the relation has ended."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest

from app import database
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.ship import ship_order
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.ledger.rules import ReceiptTo
from app.network.change_relation import end_relation
from app.ordering.asked import AskedLine
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from app.ordering.decide_cancellation import decide_cancellation
from app.ordering.grant_discount import grant_discount
from app.ordering.request_cancellation import request_cancellation
from app.ordering.save_freight_rule import FreightTerms, save_freight_rule
from tests.ordering.market import Market, open_market
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import balances, line_rows, order_row
from tests.worlds import new_key
from workers.invariants import audit

pytestmark = pytest.mark.usefixtures("database")

RICH = 10**12
SMALLEST = {"JPY": "1", "CNY": "0.01", "KWD": "0.001"}


async def calm() -> None:
    assert [str(one) for one in await audit(unpublished_after=timedelta(days=1))] == []
    assert await wrong_books() == []


async def stocked_market(currency: str, tax_mode: str, funding: str) -> Market:
    market = await open_market(
        levels=2, warehouses=2, currency=currency, tax_mode=tax_mode, funding=funding, region="4406"
    )
    await market.sku("BOOK", rate_bp=900)
    await save_freight_rule(
        market.seller.viewer,
        client_key=new_key(),
        network_id=market.world.network_id,
        region_code="44",
        tax_class="vat900",
        terms=FreightTerms(base_minor=1001, per_kg_minor=7),
    )
    if funding == "prepayment":
        await receive(market, RICH, ReceiptTo.PREPAYMENT)
    return market


async def receive(market: Market, amount_minor: int, to: ReceiptTo) -> None:
    await record_receipt(
        market.seller.viewer,
        client_key=new_key(),
        relation_id=market.relation_id,
        amount_minor=amount_minor,
        method=ReceiptMethod.CASH,
        reference="counter",
        to=to,
    )


async def ship(market: Market, order_id: UUID, lines: Sequence[tuple[UUID, Decimal]] | None) -> UUID:
    return await ship_order(
        market.seller.viewer,
        order_id=order_id,
        lines=lines,
        carrier=None,
        tracking_number=None,
        client_key=new_key(),
    )


@pytest.mark.parametrize(
    ("currency", "tax_mode", "funding"),
    list(product(SMALLEST, ("included", "excluded"), ("credit", "prepayment"))),
)
async def test_every_part_of_an_order_adds_up(currency: str, tax_mode: str, funding: str) -> None:
    market = await stocked_market(currency, tax_mode, funding)
    seller, buyer = market.seller.viewer, market.buyer.viewer
    loose = (None, "0.000001", None)
    third = await market.sku(
        "THIRD", price="9.9999", stock=["2", "50"], units={"third": "0.333333"}, weight_g=333, rule=loose
    )
    free = await market.sku("FREE", price="0", stock=["1000", "0"])
    service = await market.sku("HELP", price="333.3333", stock=None, rate_bp=600, rule=loose)
    book = await market.sku("BOOKS", price="1.2345", stock=["7", "1000"], rate_bp=900)
    order_id = await market.place(
        [
            AskedLine(third, Decimal("7"), "third"),
            AskedLine(third, Decimal("3"), "third"),
            AskedLine(free, Decimal("3")),
            AskedLine(service, Decimal("1.25")),
            AskedLine(book, Decimal("70")),
        ]
    )
    await calm()
    one, two, gift, helped, books = [line["id"] for line in await line_rows(order_id)]

    async def call_off(*lines: tuple[UUID, str]) -> None:
        asked = [(line, Decimal(quantity)) for line, quantity in lines]
        await cancel_order(buyer, order_id=order_id, lines=asked, reason="x", client_key=new_key())
        await calm()

    async def take_off(amount: str) -> None:
        await grant_discount(seller, order_id=order_id, amount=Decimal(amount), reason="x", client_key=new_key())
        await calm()

    await call_off((one, "0.5"), (gift, "1"))
    await take_off(SMALLEST[currency])
    await call_off((two, "0.333333"), (books, "1"))
    await take_off("17")
    await confirm_order(seller, order_id=order_id, client_key=new_key())
    await end_relation(seller, client_key=new_key(), relation_id=market.relation_id)
    await calm()
    first = await ship(market, order_id, [(one, Decimal("2.25")), (helped, Decimal("0.25")), (books, Decimal(11))])
    await calm()
    await request_cancellation(
        buyer, order_id=order_id, lines=[(two, Decimal("1.111111"))], reason="late", client_key=new_key()
    )
    await confirm_delivery(buyer, shipment_id=first, client_key=new_key())
    await calm()
    await decide_cancellation(seller, order_id=order_id, accept=True, reason=None, client_key=new_key())
    await calm()
    second = await ship(market, order_id, None)
    await confirm_delivery(seller, shipment_id=second, client_key=new_key())
    await calm()

    order = await order_row(order_id)
    assert order["status"] == "completed"
    assert order["gross_minor"] == order["cancelled_minor"] + order["shipped_minor"]
    books_now = await balances(market.relation_id)
    shipped = order["shipped_minor"]
    if funding == "credit":
        assert books_now["receivable"] == (shipped, 0)
        await receive(market, shipped + 5, ReceiptTo.RECEIVABLE)
        assert (await balances(market.relation_id)).get("receivable", (0, 0)) == (0, 0)
        assert (await balances(market.relation_id))["prepayment"] == (-5, 0)
    else:
        assert books_now["prepayment"] == (shipped - RICH, 0)
        assert "receivable" not in books_now
    stock = await database.rows(
        "SELECT s.reserved, s.allocated FROM stock_level s JOIN warehouse w ON w.id = s.warehouse_id"
        " WHERE w.company_id = $1",
        market.seller.company_id,
    )
    assert {tuple(row) for row in stock} == {(0, 0)}
    await calm()
