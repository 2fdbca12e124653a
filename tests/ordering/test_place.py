"""An order is placed: what is frozen, held and promised; and what refuses it, all at once."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from app import database
from app.inventory.adjust_stock import adjust_stock
from app.inventory.inputs import StockInput
from app.kernel import clock
from app.kernel.money import Money
from app.kernel.refusal import BadRequest, Forbidden, KeyReused, NotFound
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.ledger.rules import ReceiptTo
from app.network.approve_ship_to import approve_ship_to
from app.network.change_relation import suspend_relation
from app.network.roles import Role
from app.ordering.asked import AskedLine, DeliveryMethod
from app.ordering.place import place_order
from app.ordering.refusals import (
    BelowOrderMinimum,
    CreditShort,
    NoPrice,
    NotOffered,
    OrderProblem,
    OrderRefused,
    PickupIncomplete,
    PrepaymentShort,
    PriceChanged,
    QuantityNotAllowed,
    RelationNotActive,
    ShipToNotAllowed,
    StockShort,
    UnitNotOffered,
)
from tests.ordering.market import Market, market_between, open_market
from tests.ordering_lifecycle.books import wrong_books
from tests.ordering_lifecycle.orders import everything
from tests.worlds import new_key, ship_to

# Time is simulated here: to the audit, which lives now, stock was given back too early
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.unaudited("line_is_promised_what_is_open")]


async def order_row(order_id: object) -> asyncpg.Record:
    row = await database.row("SELECT * FROM sales_order WHERE id = $1", order_id)
    assert row is not None
    return row


async def refused(market: Market, lines: Sequence[tuple[UUID, str] | AskedLine], **more: object) -> list[OrderProblem]:
    """The problems with which the order is refused; nothing was changed. The preview shows the same."""
    before = await everything()
    with pytest.raises(OrderRefused) as caught:
        await market.place(lines, **more)
    assert await everything() == before
    shown = await market.preview(lines, **more)
    assert [problem.code for problem in shown.judged.problems] == [problem.code for problem in caught.value.problems]
    return list(caught.value.problems)


async def test_what_was_agreed_is_frozen_held_and_promised() -> None:
    market = await open_market(warehouses=2, reservation_minutes=30)
    paint = await market.sku("PAINT", price="11.30", stock=["30", "100"])
    book = await market.sku("BOOK", price="10.90", rate_bp=900)
    door = await ship_to(market.buyer, region="4406")
    order_id = await market.place(
        [(paint, "50"), (book, "10")], buyer_reference="PO-1", ship_to_id=door, requested_on=date(2099, 1, 1)
    )

    order = await order_row(order_id)
    assert (order["status"], order["payment_status"], order["fulfilment_status"]) == ("submitted", "unpaid", "none")
    assert (order["goods_gross_minor"], order["gross_minor"]) == (56500 + 10900, 67400)
    assert (order["net_minor"], order["tax_minor"]) == (50000 + 10000, 6500 + 900)
    assert (order["buyer_reference"], order["requested_on"]) == ("PO-1", date(2099, 1, 1))
    assert orjson.loads(order["ship_to_snapshot"])["regionCode"] == "4406"
    assert order["reservation_expires_at"] - order["placed_at"] == timedelta(minutes=30)
    lines = await database.rows(
        "SELECT sku_code, unit_price, gross_minor, net_minor, tax_minor, tax_rate_bp, price_trace FROM sales_order_line"
        " WHERE order_id = $1 ORDER BY position",
        order_id,
    )
    assert [tuple(row)[:-1] for row in lines] == [
        ("PAINT", Decimal("11.3000"), 56500, 50000, 6500, 1300),
        ("BOOK", Decimal("10.9000"), 10900, 10000, 900, 900),
    ]
    assert orjson.loads(lines[0]["price_trace"])[0]["outcome"] == "chosen"
    promised = await database.rows(
        "SELECT sku_id, quantity, stage, expires_at FROM reservation WHERE order_id = $1 ORDER BY quantity", order_id
    )
    assert [(row["sku_id"], int(row["quantity"]), row["stage"]) for row in promised] == [
        (book, 10, "reserved"),
        (paint, 20, "reserved"),
        (paint, 30, "reserved"),
    ]
    assert {row["expires_at"] for row in promised} == {order["reservation_expires_at"]}
    hold = await database.row("SELECT * FROM ledger_hold WHERE order_id = $1", order_id)
    assert hold is not None
    assert (hold["remaining_minor"], hold["stage"]) == (67400, "pending")
    facts = await database.rows("SELECT kind, what, audience FROM outbox WHERE subject_id = $1", order_id)
    assert [(row["kind"], row["what"], set(row["audience"])) for row in facts] == [
        ("order", "placed", {market.seller.company_id, market.buyer.company_id})
    ]
    assert await wrong_books() == []


async def test_every_problem_is_named_at_once() -> None:
    market = await open_market(credit=100_00, order_minimum_minor=1_000_000_00)
    rule = await market.sku("RULE", rule=("10", "12", "60"), price="10.00")
    short = await market.sku("SHORT", stock="3", price="100.00")
    priceless = await market.sku("PRICELESS", price=None)
    hidden = await market.sku("HIDDEN", listed=False)
    problems = await refused(
        market,
        [
            (rule, "5"),
            (short, "2"),
            (priceless, "1"),
            (hidden, "1"),
            AskedLine(short, Decimal(2), expected_unit_price=Decimal("99")),
            AskedLine(rule, Decimal(8), unit="pallet"),
            (rule, "8"),
        ],
        ship_to_id=market.seller.company_id,
    )
    by_kind: dict[type, Any] = {type(problem): problem for problem in problems}
    assert len(by_kind) == len(problems) == 9
    assert by_kind[ShipToNotAllowed].params == {"lines": [], "reason": "unknown"}
    unit = by_kind[UnitNotOffered]
    assert (unit.lines, unit.unit, unit.units) == ([5], "pallet", ["piece"])
    quantity = by_kind[QuantityNotAllowed]
    assert (quantity.lines, quantity.asked, quantity.lower, quantity.upper) == ([0, 6], 13, 12, 24)
    assert (by_kind[NoPrice].lines, by_kind[NotOffered].lines) == ([2], [3])
    stock = by_kind[StockShort]
    assert (stock.lines, stock.asked, stock.available, stock.missing) == ([1, 4], 4, 3, 1)
    changed = by_kind[PriceChanged]
    assert (changed.lines, changed.before.amount, changed.now.amount) == ([4], 99, 100)
    assert by_kind[BelowOrderMinimum].short_by == Money(100_000_000 - 53_000, "CNY")
    credit = by_kind[CreditShort]
    assert (credit.asked, credit.available) == (Money(53_000, "CNY"), Money(10_000, "CNY"))
    assert credit.short_by == Money(43_000, "CNY")


async def test_the_nearest_quantities_are_those_of_the_resulting_quantity_in_base_units_where_units_differ() -> None:
    market = await open_market()
    paint = await market.sku("PAINT", unit="carton", units={"carton": "12"}, rule=("2", "2", None), price="1.00")
    (problem,) = await refused(market, [AskedLine(paint, Decimal(1), "carton"), AskedLine(paint, Decimal(14), "piece")])
    assert isinstance(problem, QuantityNotAllowed)
    assert (problem.unit, problem.asked) == ("piece", Decimal(26))
    assert (problem.lower, problem.upper) == (Decimal(24), Decimal(48))
    await market.place([AskedLine(paint, Decimal(1), "carton"), AskedLine(paint, Decimal(12), "piece")])
    row = await database.row("SELECT reserved FROM stock_level WHERE sku_id = $1", paint)
    assert row is not None
    assert row["reserved"] == 24


async def test_a_break_is_reached_by_all_lines_of_a_sku_together() -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00", breaks={"10": "9.00"})
    shown = await market.preview([(paint, "4"), (paint, "6")])
    assert [line.unit_price.amount for line in shown.judged.lines if line.unit_price] == [9, 9]
    assert shown.judged.totals.gross_minor == 90_00


async def test_a_changed_price_refuses_with_old_and_new_unless_it_is_accepted() -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00")
    order = market.asked([AskedLine(paint, Decimal(3), expected_unit_price=Decimal("10.00"))])
    await market.set_price(paint, "12.50")
    with pytest.raises(OrderRefused) as caught:
        await place_order(market.buyer.viewer, client_key=new_key(), order=order, expected_total=Decimal("30.00"))
    (problem,) = caught.value.problems
    assert isinstance(problem, PriceChanged)
    assert problem.before is not None
    assert problem.now is not None
    assert (problem.before.amount, problem.now.amount) == (Decimal("10.00"), Decimal("12.5000"))
    assert (problem.total_before, problem.total_now) == (Money(3000, "CNY"), Money(3750, "CNY"))
    placed = await place_order(
        market.buyer.viewer,
        client_key=new_key(),
        order=order,
        expected_total=Decimal("30.00"),
        accept_price_changes=True,
    )
    assert (await order_row(placed["id"]))["gross_minor"] == 3750


async def test_a_total_that_nobody_saw_is_refused_even_where_lines_say_no_price() -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00")
    with pytest.raises(OrderRefused) as caught:
        await place_order(
            market.buyer.viewer,
            client_key=new_key(),
            order=market.asked([(paint, "3")]),
            expected_total=Decimal("29.99"),
        )
    (problem,) = caught.value.problems
    assert isinstance(problem, PriceChanged)
    assert (problem.lines, problem.total_before, problem.total_now) == ([], Money(2999, "CNY"), Money(3000, "CNY"))


async def test_the_same_key_and_input_is_the_same_order_and_other_input_is_refused() -> None:
    market = await open_market()
    paint = await market.sku("PAINT")
    key, order = new_key(), market.asked([(paint, "3")])
    placed = await place_order(market.buyer.viewer, client_key=key, order=order, expected_total=Decimal("30"))
    again = await place_order(market.buyer.viewer, client_key=key, order=order, expected_total=Decimal("30.00"))
    assert placed["id"] == again["id"]
    with pytest.raises(KeyReused):
        await place_order(
            market.buyer.viewer, client_key=key, order=market.asked([(paint, "4")]), expected_total=Decimal("40")
        )
    rows = await database.rows("SELECT id FROM sales_order WHERE relation_id = $1", market.relation_id)
    assert [row["id"] for row in rows] == [placed["id"]]


async def test_a_refused_order_leaves_its_key_free() -> None:
    market = await open_market()
    paint = await market.sku("PAINT", stock="1")
    key, order = new_key(), market.asked([(paint, "2")])
    with pytest.raises(OrderRefused):
        await place_order(market.buyer.viewer, client_key=key, order=order, expected_total=Decimal("20"))
    await adjust_stock(
        market.seller.viewer,
        client_key=new_key(),
        network_id=market.world.network_id,
        items=[StockInput(await market.warehouse_code(), "PAINT", delta=Decimal(1))],
    )
    await place_order(market.buyer.viewer, client_key=key, order=order, expected_total=Decimal("20"))


async def test_prepaid_money_is_promised_and_never_more_than_there_is() -> None:
    market = await open_market(funding="prepayment", credit=0)
    paint = await market.sku("PAINT", price="10.00")
    (problem,) = await refused(market, [(paint, "1")])
    assert isinstance(problem, PrepaymentShort)
    assert problem.short_by == Money(1000, "CNY")
    await record_receipt(
        market.seller.viewer,
        client_key=new_key(),
        relation_id=market.relation_id,
        amount_minor=2500,
        method=ReceiptMethod.CASH,
        reference="K-1",
        to=ReceiptTo.PREPAYMENT,
    )
    order_id = await market.place([(paint, "2")])
    assert (await order_row(order_id))["payment_status"] == "paid"
    (problem,) = await refused(market, [(paint, "1")])
    assert isinstance(problem, PrepaymentShort)
    assert (problem.available, problem.short_by) == (Money(500, "CNY"), Money(500, "CNY"))
    shown = await market.preview([(paint, "1")])
    assert shown.judged.due_now_minor(shown.terms) == 1000
    assert shown.terms.position.exposure_minor == 0


async def test_a_service_has_no_stock_and_is_ordered_all_the_same() -> None:
    market = await open_market()
    post = await market.sku("POST", stock=None, price="18.00", rate_bp=0)
    order_id = await market.place([(post, "1")])
    rows = await database.rows("SELECT id FROM reservation WHERE order_id = $1", order_id)
    assert rows == []
    assert (await order_row(order_id))["tax_minor"] == 0


async def test_who_picks_up_names_picker_and_plate_and_needs_no_address() -> None:
    market = await open_market(ship_to_approval=True)
    paint = await market.sku("PAINT")
    (problem,) = await refused(market, [(paint, "1")], delivery_method=DeliveryMethod.PICKUP)
    assert isinstance(problem, PickupIncomplete)
    order_id = await market.place(
        [(paint, "1")], delivery_method=DeliveryMethod.PICKUP, picker_name="Wang", plate_number="粤A12345"
    )
    order = await order_row(order_id)
    assert (order["picker_name"], order["plate_number"], order["ship_to_id"]) == ("Wang", "粤A12345", None)


async def test_only_approved_addresses_where_the_seller_approves_them() -> None:
    market = await open_market(ship_to_approval=True)
    paint = await market.sku("PAINT")
    door = await ship_to(market.buyer)
    assert [problem.params["reason"] for problem in await refused(market, [(paint, "1")])] == ["missing"]
    (problem,) = await refused(market, [(paint, "1")], ship_to_id=door)
    assert isinstance(problem, ShipToNotAllowed)
    assert problem.reason == "not_approved"
    await approve_ship_to(
        market.seller.viewer, client_key=new_key(), relation_id=market.relation_id, ship_to_id=door, approved=True
    )
    order_id = await market.place([(paint, "1")], ship_to_id=door)
    assert (await order_row(order_id))["ship_to_id"] == door


async def test_warehouses_that_do_not_serve_the_address_do_not_count() -> None:
    market = await open_market(warehouses=2)
    paint = await market.sku("PAINT", stock=["5", "5"])
    await database.rows("UPDATE warehouse SET serves_regions = '{CN/33/}' WHERE id = $1", market.warehouses[1])
    south = await ship_to(market.buyer, region="4406")
    (problem,) = await refused(market, [(paint, "7")], ship_to_id=south)
    assert isinstance(problem, StockShort)
    assert problem.available == 5
    east = await ship_to(market.buyer, region="3301")
    await market.place([(paint, "7")], ship_to_id=east)


async def test_a_suspended_relation_takes_no_new_order() -> None:
    market = await open_market()
    paint = await market.sku("PAINT")
    await suspend_relation(market.seller.viewer, client_key=new_key(), relation_id=market.relation_id)
    (problem,) = await refused(market, [(paint, "1")])
    assert isinstance(problem, RelationNotActive)
    assert problem.reason == "suspended"


async def test_stock_of_a_lapsed_order_is_free_at_the_next_one() -> None:
    market = await open_market(reservation_minutes=10)
    paint = await market.sku("PAINT", stock="5")
    await market.place([(paint, "5")])
    (problem,) = await refused(market, [(paint, "1")])
    assert isinstance(problem, StockShort)
    with clock.travel(timedelta(minutes=11)):
        shown = await market.preview([(paint, "5")])
        assert shown.judged.problems == []
        await market.place([(paint, "5")])


async def test_a_dealer_sells_to_its_own_buyer_with_the_very_same_acts() -> None:
    market = await open_market(levels=2)
    paint = await market.sku("PAINT")
    order_id = await market.place([(paint, "2")])
    facts = await database.rows("SELECT kind, audience FROM outbox WHERE subject_id = $1 ORDER BY kind", order_id)
    assert [(row["kind"], set(row["audience"])) for row in facts] == [
        ("channel_order", {market.world.brand.company_id}),
        ("order", {market.seller.company_id, market.buyer.company_id}),
    ]
    # and the dealer buys from the brand, in the same network, with the same acts
    above = await market_between(market.world, market.world.brand, market.seller)
    above.tax_classes = market.tax_classes
    await above.place([(await above.sku("TIN"), "1")])
    assert await wrong_books() == []


@pytest.mark.parametrize(("quantity", "field"), [("-1", "lines[0].quantity"), ("1000000000000", "lines[0].quantity")])
async def test_quantities_that_are_none_are_bad_requests(quantity: str, field: str) -> None:
    market = await open_market()
    paint = await market.sku("PAINT")
    with pytest.raises(BadRequest) as caught:
        await market.preview([AskedLine(paint, Decimal(quantity))])
    assert caught.value.field == field


async def test_what_no_order_can_be_is_a_bad_request_and_a_stranger_is_not_found() -> None:
    market, other = await open_market(), await open_market()
    paint = await market.sku("PAINT")

    async def place(order: object, viewer: object = market.buyer.viewer) -> None:
        await place_order(viewer, client_key=new_key(), order=order, expected_total=Decimal(10))  # type: ignore[arg-type]

    for order in (
        market.asked([]),
        market.asked([(paint, "1")] * 1001),
        market.asked([(paint, "1")], requested_on=date(2020, 1, 1)),
        market.asked([(paint, "1")], remarks="nul \x00"),
        market.asked([(paint, "1")], buyer_reference="x" * 121),
    ):
        with pytest.raises(BadRequest):
            await place(order)
    with pytest.raises(NotFound):
        await place(market.asked([(paint, "1")]), other.buyer.viewer)
    storeman = await market.world.member(market.buyer, [Role.WAREHOUSE])
    with pytest.raises(Forbidden):
        await place(market.asked([(paint, "1")]), storeman.viewer)
    assert await database.rows("SELECT id FROM sales_order WHERE relation_id = $1", market.relation_id) == []


async def test_tax_on_top_leaves_the_net_as_agreed() -> None:
    market = await open_market(tax_mode="excluded")
    paint = await market.sku("PAINT", price="10.00")
    book = await market.sku("BOOK", price="3.33", rate_bp=900)
    order_id = await market.place([(paint, "1"), (book, "1")])
    order = await order_row(order_id)
    assert (order["net_minor"], order["tax_minor"], order["gross_minor"]) == (1333, 130 + 30, 1493)
