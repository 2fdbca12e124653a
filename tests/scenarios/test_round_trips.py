"""What a request costs in statements, as PostgreSQL counts them: of processes just started, and of lists."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from app.ordering.annotate import note_order, tag_order
from app.ordering.asked_change import AskedChange
from app.ordering.propose_change import propose_change
from tests.api import Api
from tests.ordering.market import open_market
from tests.races.processes import Request, api_processes, values_at_once
from tests.scenarios.audited import assert_clean
from tests.worlds import Party, new_key

pytestmark = pytest.mark.usefixtures("database")

CountedByServer = Callable[[], AbstractAsyncContextManager[dict[str, int]]]
PLACE = """mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename
    ... on Order { id totals { gross { amount } } lines { id } allowedActions } ... on Refused { message } } }"""
LIST = "{ backoffice { orders(first: 20) { edges { node { id number status %s } } } } }"

CONFIRM = """mutation($input: ConfirmOrdersInput!) { confirmOrders(input: $input) { confirmed
    results { orderId order { status } problem { __typename } } } }"""
DESK = """query { backoffice { worklistCounts { status count atLeast }
    worklist(first: 20) { edges { node { tags notes { text by } order { id number %s } } } } } }"""
CHANGES = """changes { status proposedBy before { gross { amount } } lines { after { quantity } } }
    timeline(first: 5) { edges { node { what changeId } } }"""

# What a process asks now and then, whoever is served: where the stream of events stands
IDLE = "SELECT last_no, oldest_no FROM publisher"


def request(buyer: Party, seller: Party, skus: list[UUID], quantity: int) -> Request:
    lines = [{"skuId": str(sku), "quantity": str(quantity)} for sku in skus]
    order = {"sellerId": str(seller.company_id), "lines": lines}
    said = {"clientKey": new_key(), "order": order, "expectedTotal": str(10 * quantity * len(skus))}
    return Request(buyer, PLACE, {"input": said})


async def test_the_first_order_of_a_process_costs_the_same_for_one_line_and_for_a_hundred(
    database: str, redis_url: str, tmp_path: Path, counted_by_server: CountedByServer
) -> None:
    market = await open_market(warehouses=3)
    skus = [await market.sku(f"SKU-{n}", stock=["1", "1", "1000"]) for n in range(100)]
    await market.place([(skus[0], "1")])  # the relation's accounts are made with its first order
    counts: list[Counter[str]] = []
    for lines in (1, 100):
        # A process of its own for each, so that nothing is prepared, cached or taken in advance
        with api_processes(1, database, redis_url, tmp_path) as fresh:
            async with counted_by_server() as calls:
                (placed,) = await values_at_once(
                    fresh, [request(market.buyer, market.seller, skus[:lines], 3 if lines == 100 else 1)]
                )
        assert placed["__typename"] == "Order", placed
        assert len(placed["lines"]) == lines
        counts.append(Counter({sql: n for sql, n in calls.items() if IDLE not in sql}))
    one, hundred = counts
    assert one == hundred
    # session; BEGIN, key, terms under locks, offers, stock under lock, everything that is written, COMMIT; the lines of
    # the answer
    assert sum(one.values()) == 9, one
    await assert_clean()


async def test_twenty_orders_cost_no_more_with_their_allowed_actions(counted_by_server: CountedByServer) -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="1.00")
    for _ in range(20):
        await market.place([(paint, "1")])
    for party in (market.seller, await market.world.buyer(market.seller, "Somebody else")):
        async with counted_by_server() as without:
            await api.data(party, LIST % "")
        async with counted_by_server() as with_actions:
            answer = await api.data(party, LIST % "allowedActions")
        assert sum(without.values()) == sum(with_actions.values()) == 2  # the session, and the list
    answer = await api.data(market.seller, LIST % "allowedActions")
    actions = [edge["node"]["allowedActions"] for edge in answer["orders"]["edges"]]
    assert actions == [["CONFIRM", "REJECT", "GRANT_DISCOUNT", "PROPOSE_CHANGE"]] * 20


async def test_a_batch_costs_one_act_for_each_order_and_one_reading_for_all(
    counted: Callable[[], AbstractAsyncContextManager[list[str]]],
) -> None:
    api, market = Api(), await open_market()
    paint = await market.sku("PAINT", price="1.00")
    confirming: list[int] = []
    for count in (1, 2, 12):
        ids = [str(await market.place([(paint, "1")])) for _ in range(count)]
        async with counted() as statements:
            answer = await api.data(market.seller, CONFIRM, input={"clientKey": new_key(), "orderIds": ids})
        assert answer["confirmed"] == count
        confirming.append(len(statements))
    # session; of each order BEGIN, key, open, stock under lock, allocated, what is written, COMMIT; all orders read
    assert confirming == [1 + 7 * count + 1 for count in (1, 2, 12)]


async def test_a_worklist_costs_the_same_for_one_order_and_for_twenty(
    counted: Callable[[], AbstractAsyncContextManager[list[str]]],
) -> None:
    api = Api()
    costs: list[tuple[int, int]] = []
    for count in (1, 20):
        market = await open_market()
        paint = await market.sku("PAINT", price="1.00")
        for _ in range(count):
            order_id = await market.place([(paint, "2")])
            await note_order(market.seller.viewer, order_id=order_id, said="rings twice", client_key=new_key())
            await tag_order(market.seller.viewer, order_id=order_id, tags=["vip"], client_key=new_key())
            change = AskedChange(round_off=Decimal("0.01"))
            await propose_change(
                market.seller.viewer, order_id=order_id, change=change, reason="odd", client_key=new_key()
            )
        async with counted() as plain:
            answer = await api.data(market.seller, DESK % "")
        async with counted() as with_changes:
            await api.data(market.seller, DESK % CHANGES)
        assert len(answer["worklist"]["edges"]) == count
        costs.append((len(plain), len(with_changes)))
    # session, counts, ids of the page, where the walk ends, orders, tags, notes; changes and timelines
    assert costs == [(7, 9), (7, 9)]
