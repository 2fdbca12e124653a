"""An order is placed: what is frozen, held and promised; and what refuses it, all at once."""

import pytest

from app import database
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.ledger.rules import ReceiptTo
from tests.ordering.market import open_market
from tests.worlds import new_key

pytestmark = pytest.mark.usefixtures("database")


async def test_what_was_agreed_is_frozen_held_and_promised() -> None:
    market = await open_market(warehouses=2)
    paint = await market.sku("PAINT", price="11.30", stock=["30", "100"])
    book = await market.sku("BOOK", price="10.90", rate_bp=900)
    order_id = await market.place([(paint, "50"), (book, "10")], buyer_reference="PO-1")

    order = await database.row("SELECT * FROM sales_order WHERE id = $1", order_id)
    assert order is not None
    assert (order["status"], order["payment_status"], order["fulfilment_status"]) == ("submitted", "unpaid", "none")
    assert (order["goods_gross_minor"], order["gross_minor"]) == (56500 + 10900, 67400)
    assert (order["net_minor"], order["tax_minor"]) == (50000 + 10000, 6500 + 900)
    assert order["buyer_reference"] == "PO-1"
    promised = await database.rows(
        "SELECT sku_id, quantity, stage FROM reservation WHERE order_id = $1 ORDER BY quantity", order_id
    )
    assert [(row["sku_id"], int(row["quantity"]), row["stage"]) for row in promised] == [
        (book, 10, "reserved"),
        (paint, 20, "reserved"),
        (paint, 30, "reserved"),
    ]
    hold = await database.row("SELECT * FROM ledger_hold WHERE order_id = $1", order_id)
    assert hold is not None
    assert (hold["remaining_minor"], hold["stage"]) == (67400, "pending")
