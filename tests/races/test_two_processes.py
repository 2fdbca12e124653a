"""Two API processes, one database, and everybody at once: the last of a stock, of a credit line and of a prepayment,
one client key twenty times, lines in random order, and deciding what others decide."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from app import database
from tests.leads.desk import SUBMIT, open_desk
from tests.ordering.market import Market, open_market
from tests.races.processes import Apis, Request, values_at_once
from tests.scenarios.audited import assert_clean
from tests.worlds import Party, World, new_key

pytestmark = pytest.mark.usefixtures("database")

PLACE = """mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename
    ... on Order { id number status totals { gross { amount } } }
    ... on OrderRefused { code problems { __typename lines
        ... on StockShort { skuId asked available missing }
        ... on CreditShort { sum: asked { amount } limit { amount } shortBy { amount }
            parts { kind amount { amount } } }
        ... on PrepaymentShort { sum: asked { amount } shortBy { amount } } } }
    ... on KeyReused { key } } }"""


def order(
    market: Market, buyer: Party, lines: Sequence[tuple[UUID, str]], total: str, key: str | None = None
) -> Request:
    said = {
        "clientKey": key or new_key(),
        "order": {
            "sellerId": str(market.seller.company_id),
            "lines": [{"skuId": str(sku_id), "quantity": quantity} for sku_id, quantity in lines],
        },
        "expectedTotal": total,
    }
    return Request(buyer, PLACE, {"input": said})


async def further_buyers(market: Market, count: int) -> list[Party]:
    """The market's buyer and so many more, with credit without limit."""
    buyers = [market.buyer]
    for number in range(count):
        buyer = await market.world.buyer(market.seller, f"Buyer {number}")
        await credit(market.world, market.seller, buyer, None)
        buyers.append(buyer)
    return buyers


async def credit(world: World, seller: Party, buyer: Party, limit_minor: int | None) -> None:
    other = Market(world, seller, buyer, world.currency, UUID(int=0), UUID(int=0), [])
    await other.credit(limit_minor)


async def held(relation_id: UUID, kind: str = "receivable") -> int:
    found = await database.row(
        "SELECT held_minor FROM ledger_account WHERE relation_id = $1 AND kind = $2", relation_id, kind
    )
    assert found is not None
    minor: int = found["held_minor"]
    return minor


async def test_of_two_hundred_open_at_once_exactly_fifty_get_the_last_fifty(apis: Apis) -> None:
    market = await open_market()
    buyers = await further_buyers(market, 3)
    paint = await market.sku("PAINT", price="10.00", stock="50")
    answers = await values_at_once(apis, [order(market, buyers[n // 2 % 4], [(paint, "1")], "10") for n in range(200)])

    placed = [one for one in answers if one["__typename"] == "Order"]
    refused = [one for one in answers if one["__typename"] == "OrderRefused"]
    assert (len(placed), len(refused)) == (50, 150)
    assert len({one["id"] for one in placed}) == len({one["number"] for one in placed}) == 50
    shortage = {
        "__typename": "StockShort",
        "lines": [0],
        "skuId": str(paint),
        "asked": "1",
        "available": "0",
        "missing": "1",
    }
    assert [one["problems"] for one in refused] == [[shortage]] * 150

    stock = await database.row("SELECT on_hand, reserved, allocated FROM stock_level WHERE sku_id = $1", paint)
    assert stock is not None
    assert tuple(stock) == (50, 50, 0)
    orders = await database.rows(
        "SELECT buyer_id, count(*) AS n, sum(gross_minor) AS gross FROM sales_order WHERE seller_id = $1 GROUP BY 1",
        market.seller.company_id,
    )
    assert sum(row["n"] for row in orders) == 50
    value = {row["buyer_id"]: row["gross"] for row in orders}
    for buyer in buyers:
        assert await held(market.world.relation(market.seller, buyer)) == value.get(buyer.company_id, 0)
    assert sum(value.values()) == 50 * 10_00
    assert await database.rows("SELECT 1 FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
                               " WHERE a.relation_id = $1", market.relation_id) == []  # fmt: skip
    await assert_clean()


async def test_sixty_leads_at_once_are_shared_fairly_and_within_what_dealers_may_have(apis: Apis) -> None:
    desk = await open_desk(dealers=4)
    await desk.capacity(desk.dealers[0], 6)

    def lead(source: str, number: int) -> Request:
        said = {"source": source, "externalId": f"{number}", "name": "Li", "phone": desk.phone(), "regionCode": "4401"}
        told = {"networkId": desk.network_id, "clientKey": new_key(), "lead": said}
        return Request(desk.brand, SUBMIT, {"input": told})

    answers = await values_at_once(apis, [lead("web", number) for number in range(60)])
    assert {(one["wasKnown"], one["lead"]["status"]) for one in answers} == {(False, "OFFERED")}
    given = Counter(desk.dealers.index(desk.holder(one["lead"])) for one in answers)
    assert given == {0: 6, 1: 18, 2: 18, 3: 18}
    twins = await values_at_once(apis, [lead("fair", 1) for _ in range(20)])
    assert Counter(one["wasKnown"] for one in twins) == {False: 1, True: 19}
    assert len({one["lead"]["id"] for one in twins}) == 1
    await assert_clean()


async def test_the_same_key_twenty_times_is_one_order_and_twenty_answers(apis: Apis) -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00", stock="100")
    key = new_key()
    answers = await values_at_once(apis, [order(market, market.buyer, [(paint, "3")], "30", key) for _ in range(20)])
    assert Counter(one["__typename"] for one in answers) == {"Order": 20}
    rows = await database.rows("SELECT id FROM sales_order WHERE relation_id = $1", market.relation_id)
    assert [str(row["id"]) for row in rows] == [answers[0]["id"]]
    assert {one["id"] for one in answers} == {answers[0]["id"]}
    stock = await database.row("SELECT reserved FROM stock_level WHERE sku_id = $1", paint)
    assert stock is not None
    assert (stock["reserved"], await held(market.relation_id)) == (3, 30_00)
    (other,) = await values_at_once(apis, [order(market, market.buyer, [(paint, "4")], "40", key)])
    assert other == {"__typename": "KeyReused", "key": key}
    await assert_clean()


async def test_twenty_skus_in_random_line_order_over_three_warehouses_never_deadlock(apis: Apis) -> None:
    market = await open_market(warehouses=3)
    buyers = await further_buyers(market, 3)
    scarce = await market.sku("SCARCE", price="10.00", stock=["100", "100", "40"])
    skus = [scarce, *[await market.sku(f"SKU-{n}", price="10.00", stock=["7", "7", "1000"]) for n in range(19)]]

    def one(n: int) -> tuple[Request, list[int]]:
        lines = [(sku, "2") for sku in [*skus, scarce, scarce]]
        random.Random(n).shuffle(lines)
        positions = [position for position, (sku, _) in enumerate(lines) if sku == scarce]
        return order(market, buyers[n % 4], lines, "440"), positions

    asked = [one(n) for n in range(60)]
    answers = await values_at_once(apis, [request for request, _ in asked])
    assert Counter(answer["__typename"] for answer in answers) == {"Order": 40, "OrderRefused": 20}
    for (_, positions), answer in zip(asked, answers, strict=True):
        if answer["__typename"] == "Order":
            assert answer["totals"] == {"gross": {"amount": "440.00"}}
        else:
            (problem,) = answer["problems"]
            assert (problem["skuId"], problem["lines"]) == (str(scarce), positions)
            assert (problem["asked"], problem["available"]) == ("6", "0")
    reserved = await database.rows(
        "SELECT sku_id, sum(reserved) AS reserved FROM stock_level WHERE sku_id = ANY($1) GROUP BY sku_id", skus
    )
    assert {row["sku_id"]: row["reserved"] for row in reserved} == dict.fromkeys(skus, 80) | {scarce: 240}
    await assert_clean()


async def test_of_two_orders_for_the_last_of_a_credit_line_one_is_placed(apis: Apis) -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00", stock="1000")
    for number in range(5):
        buyer = await market.world.buyer(market.seller, f"Short of credit {number}")
        await credit(market.world, market.seller, buyer, 15_00)
        answers = await values_at_once(apis, [order(market, buyer, [(paint, "1")], "10") for _ in range(2)])
        placed, refused = sorted(answers, key=lambda one: str(one["__typename"]))
        assert placed["__typename"] == "Order"
        (problem,) = refused["problems"]
        assert problem == {
            "__typename": "CreditShort",
            "lines": [],
            "sum": {"amount": "10.00"},
            "limit": {"amount": "15.00"},
            "shortBy": {"amount": "5.00"},
            "parts": [
                {"kind": "PENDING", "amount": {"amount": "10.00"}},
                *({"kind": kind, "amount": {"amount": "0.00"}} for kind in ("OPEN", "SHIPPED", "RECEIVABLE")),
            ],
        }
        assert await held(market.world.relation(market.seller, buyer)) == 10_00
    await assert_clean()


RECEIPT = """mutation($input: RecordReceiptInput!) { recordReceipt(input: $input) {
    ... on Receipt { toPrepayment { amount } } } }"""


async def test_of_two_orders_for_the_last_of_a_prepayment_one_is_placed(apis: Apis) -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00", stock="1000")
    for number in range(5):
        buyer = await market.world.buyer(market.seller, f"Prepays {number}", funding="prepayment")
        relation_id = market.world.relation(market.seller, buyer)
        said = {
            "clientKey": new_key(),
            "relationId": str(relation_id),
            "amount": "15.00",
            "method": "TRANSFER",
            "reference": "BOC",
            "to": "PREPAYMENT",
        }
        (receipt,) = await values_at_once(apis, [Request(market.seller, RECEIPT, {"input": said})])
        assert receipt == {"toPrepayment": {"amount": "15.00"}}
        answers = await values_at_once(apis, [order(market, buyer, [(paint, "1")], "10") for _ in range(2)])
        placed, refused = sorted(answers, key=lambda one: str(one["__typename"]))
        assert placed["__typename"] == "Order"
        assert refused["problems"] == [
            {
                "__typename": "PrepaymentShort",
                "lines": [],
                "sum": {"amount": "10.00"},
                "shortBy": {"amount": "5.00"},
            }
        ]
        assert await held(relation_id, "prepayment") == 10_00
    await assert_clean()


def decide(name: str, party: Party, order_id: str, **said: Any) -> Request:
    """An act on an order; its value has the type, and the status of an order."""
    kind = name[0].upper() + name[1:]
    seen = "status version"
    done = f"ShipmentMoved {{ order {{ {seen} }} }}" if name == "shipOrder" else f"Order {{ {seen} }}"
    document = f"""mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename
        ... on {done} ... on Refused {{ code }} }} }}"""
    return Request(party, document, {"input": {"clientKey": new_key(), "orderId": order_id, **said}})


async def placed_orders(apis: Apis, market: Market, sku: UUID, count: int) -> list[str]:
    answers = await values_at_once(apis, [order(market, market.buyer, [(sku, "4")], "40") for _ in range(count)])
    return [one["id"] for one in answers]


async def row_of(order_id: str) -> tuple[str, int, int, int, int]:
    """Status, version, and in base units what is cancelled, shipped and allocated."""
    found = await database.row(
        """SELECT o.status, o.version, l.cancelled::int, l.shipped::int, l.allocated::int
           FROM sales_order o JOIN sales_order_line l ON l.order_id = o.id WHERE o.id = $1""",
        UUID(order_id),
    )
    assert found is not None
    status, version, cancelled, shipped, allocated = found
    return status, version, cancelled, shipped, allocated


async def test_confirm_reject_cancel_and_discount_at_once(apis: Apis) -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00", stock="1000")
    order_ids = await placed_orders(apis, market, paint, 12)
    requests = []
    for order_id in order_ids:
        requests += [
            decide("confirmOrder", market.seller, order_id),
            decide("cancelOrder", market.buyer, order_id, reason="changed my mind"),
            decide("rejectOrder", market.seller, order_id, reason="closed"),
            decide("grantDiscount", market.seller, order_id, amount="1.00", reason="gift"),
            decide("confirmOrder", market.seller, order_id),
        ]
    random.Random(7).shuffle(requests)
    answers = await values_at_once(apis, requests)
    said: dict[str, list[dict[str, Any]]] = {order_id: [] for order_id in order_ids}
    for request, answer in zip(requests, answers, strict=True):
        said[request.variables["input"]["orderId"]].append(answer)
    for order_id, outcomes in said.items():
        # Of confirm, cancel and reject one wins; the discount may come before it
        kinds = Counter(one["__typename"] for one in outcomes)
        assert set(kinds) == {"Order", "MoveNotAllowed"}
        assert kinds["Order"] in (1, 2)
        status, version, *quantities = await row_of(order_id)
        assert version == 1 + kinds["Order"]
        assert (status, quantities) in (
            ("confirmed", [0, 0, 4]),
            ("cancelled", [4, 0, 0]),
            ("rejected", [4, 0, 0]),
        )
        assert status.upper() in {one.get("status") for one in outcomes}
    await assert_clean()


async def test_ship_and_cancel_at_once(apis: Apis) -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00", stock="1000")
    order_ids = await placed_orders(apis, market, paint, 12)
    confirmed = await values_at_once(apis, [decide("confirmOrder", market.seller, one) for one in order_ids])
    assert {one["status"] for one in confirmed} == {"CONFIRMED"}
    requests = []
    for order_id in order_ids:
        requests += [
            decide("shipOrder", market.seller, order_id),
            decide("shipOrder", market.seller, order_id),
            decide("cancelOrder", market.seller, order_id, reason="sold out"),
            decide("requestCancellation", market.buyer, order_id, reason="too late"),
        ]
    random.Random(11).shuffle(requests)
    answers = await values_at_once(apis, requests)
    won: dict[str, Counter[str]] = {order_id: Counter() for order_id in order_ids}
    for request, answer in zip(requests, answers, strict=True):
        assert answer["__typename"] in ("Order", "ShipmentMoved", "MoveNotAllowed", "MoreThanOpen"), answer
        won[request.variables["input"]["orderId"]][answer["__typename"]] += 1
    for order_id, outcomes in won.items():
        status, version, *quantities = await row_of(order_id)
        assert version == 2 + outcomes["Order"] + outcomes["ShipmentMoved"]
        assert outcomes["ShipmentMoved"] in (0, 1)
        assert (status, quantities) in (
            ("fulfilling", [0, 4, 0]),
            ("cancelled", [4, 0, 0]),
            ("cancel_requested", [0, 0, 4]),
        )
        assert (quantities[1] == 4) is (outcomes["ShipmentMoved"] == 1)
    stock = await database.row("SELECT on_hand, reserved, allocated FROM stock_level WHERE sku_id = $1", paint)
    states = [await row_of(order_id) for order_id in order_ids]
    assert stock is not None
    shipped, allocated = sum(one[3] for one in states), sum(one[4] for one in states)
    assert tuple(stock) == (1000 - shipped, 0, allocated)
    await assert_clean()


async def test_twenty_shipments_of_one_order_at_once_leave_what_was_ordered(apis: Apis) -> None:
    market = await open_market()
    paint = await market.sku("PAINT", price="10.00", stock="100")
    (placed,) = await values_at_once(apis, [order(market, market.buyer, [(paint, "10")], "100")])
    await values_at_once(apis, [decide("confirmOrder", market.seller, placed["id"])])
    (line,) = await database.rows("SELECT id FROM sales_order_line WHERE order_id = $1", UUID(placed["id"]))
    lines = [{"lineId": str(line["id"]), "quantity": "1"}]
    requests = [decide("shipOrder", market.seller, placed["id"], lines=lines) for _ in range(20)]
    answers = await values_at_once(apis, requests)
    assert Counter(one["__typename"] for one in answers) == {"ShipmentMoved": 10, "MoveNotAllowed": 10}
    assert await row_of(placed["id"]) == ("fulfilling", 12, 0, 10, 0)
    posted = await database.rows("SELECT amount_minor FROM shipment WHERE order_id = $1", UUID(placed["id"]))
    assert [row["amount_minor"] for row in posted] == [10_00] * 10
    await assert_clean()
