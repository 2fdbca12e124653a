"""Five hundred orders confirmed in one batch at one API process while their buyer cancels them at both: one outcome
each, and both sides are told of it, in the log of events, in their inboxes and on their sockets."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from app import database
from tests.live.follower import EVENTS, Follower
from tests.live.processes import Working
from tests.live.trade import until_published
from tests.ordering_lifecycle.orders import Goods, Shop, balances, open_shop
from tests.races.processes import Apis
from tests.scenarios.audited import assert_clean
from tests.worlds import Party, new_key

pytestmark = pytest.mark.usefixtures("database")

COUNT = 500
AT_ONCE = 6  # the buyer's requests that are open
CONFIRM = """mutation($input: ConfirmOrdersInput!) { confirmOrders(input: $input) { confirmed
    results { orderId order { status version } problem { __typename ... on Refused { code message } } } } }"""
CANCEL = """mutation($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename
    ... on Order { status version } ... on Refused { code } } }"""


async def ask(client: httpx.AsyncClient, party: Party, document: str, said: dict[str, Any]) -> Any:
    """The value of the only root field."""
    body = {"query": document, "variables": {"input": {"clientKey": new_key(), **said}}}
    response = await client.post("/graphql", json=body, headers=party.headers)
    answer = response.json()
    assert "errors" not in answer, answer["errors"]
    (value,) = answer["data"].values()
    return value


async def cancel_all(clients: Sequence[httpx.AsyncClient], buyer: Party, orders: Sequence[UUID]) -> dict[UUID, Any]:
    """What the buyer was answered to cancelling each of these, at the processes in turn."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(n: int, order_id: UUID) -> tuple[UUID, Any]:
        async with turn:
            said = {"orderId": str(order_id), "reason": "too late"}
            return order_id, await ask(clients[n % len(clients)], buyer, CANCEL, said)

    return dict(await asyncio.gather(*(one(n, order_id) for n, order_id in enumerate(orders))))


@asynccontextmanager
async def at_each(apis: Apis) -> AsyncIterator[list[httpx.AsyncClient]]:
    clients = [
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) for port in apis.ports
    ]
    try:
        yield clients
    finally:
        for client in clients:
            await client.aclose()


def heard(follower: Follower) -> Counter[tuple[UUID, str]]:
    """Order and what became of it, of everything that came over a socket."""
    events = (one["event"] for one in follower.seen)
    return Counter((UUID(one["order"]["id"]), one["what"]) for one in events if one["what"] != "placed")


async def told(party: Party) -> Counter[tuple[UUID, str]]:
    """Order and kind, of everything about decisions in an inbox."""
    rows = await database.rows(
        "SELECT link_id, kind FROM notification WHERE member_id = $1 AND kind = ANY($2)",
        party.viewer.membership_id,
        ["order_confirmed", "order_cancelled"],
    )
    return Counter((row["link_id"], row["kind"].removeprefix("order_")) for row in rows)


async def filled(shop: Shop) -> list[UUID]:
    return [await shop.place([Goods("1", 100)]) for _ in range(COUNT)]


async def test_five_hundred_confirmed_while_they_are_cancelled(apis: Apis, database: str, redis_url: str) -> None:
    shop = await open_shop()
    orders = await filled(shop)
    with Working(database, redis_url):
        await until_published()
        sockets = [f"ws://127.0.0.1:{port}/graphql" for port in apis.ports]
        only = {"topics": ["ORDERS"]}
        async with (
            at_each(apis) as clients,
            Follower(sockets[1], shop.clerk.token, EVENTS, **only) as clerk,
            Follower(sockets[0], shop.purchaser.token, EVENTS, **only) as purchaser,
        ):
            batch = {"orderIds": [str(one) for one in orders]}
            confirmed, cancelled = await asyncio.gather(
                ask(clients[0], shop.clerk, CONFIRM, batch), cancel_all(clients, shop.purchaser, orders[::-1])
            )
            await until_published()
            for follower in (clerk, purchaser):
                await follower.until(lambda one: sum(heard(one).values()) >= COUNT)
    became = await agreed(orders, confirmed, cancelled)
    assert set(became.values()) == {"confirmed", "cancelled"}
    one_each = Counter(became.items())
    assert heard(clerk) == heard(purchaser) == one_each
    await told_to_both(shop, became)
    left = sum(100 for what in became.values() if what == "confirmed")
    assert await balances(shop.relation_id) == {"receivable": (0, left)}
    await assert_clean()


async def agreed(orders: Sequence[UUID], confirmed: Any, cancelled: dict[UUID, Any]) -> dict[UUID, str]:
    """What became of each order, as the seller, the buyer and the database say it."""
    became: dict[UUID, str] = {}
    assert [UUID(one["orderId"]) for one in confirmed["results"]] == list(orders)
    for one in confirmed["results"]:
        order_id, answer = UUID(one["orderId"]), cancelled[UUID(one["orderId"])]
        if one["problem"] is None:
            assert (one["order"], answer["code"]) == ({"status": "CONFIRMED", "version": 2}, "MOVE_NOT_ALLOWED")
            became[order_id] = "confirmed"
        else:
            assert one["problem"] == {
                "__typename": "MoveNotAllowed",
                "code": "MOVE_NOT_ALLOWED",
                "message": "This order is cancelled: confirming is not possible. Possible now: nothing.",
            }
            assert (one["order"], answer["status"]) == ({"status": "CANCELLED", "version": 2}, "CANCELLED")
            became[order_id] = "cancelled"
    assert confirmed["confirmed"] == sum(what == "confirmed" for what in became.values())
    rows = await database.rows("SELECT id, status, version FROM sales_order WHERE id = ANY($1)", list(orders))
    assert {row["id"]: (row["status"], row["version"]) for row in rows} == {
        order_id: (what, 2) for order_id, what in became.items()
    }
    return became


async def told_to_both(shop: Shop, became: dict[UUID, str]) -> None:
    """A fact for both companies, and a line in the inbox of everybody who waits for it and did not do it."""
    facts = await database.rows(
        """SELECT e.subject_id, e.what, array_agg(a.company_id) AS audience
        FROM event e JOIN event_audience a ON a.delivery_no = e.delivery_no
        WHERE e.kind = 'order' AND e.version = 2 AND e.subject_id = ANY($1) GROUP BY e.delivery_no""",
        list(became),
    )
    parties = {shop.seller.company_id, shop.buyer.company_id}
    assert Counter((row["subject_id"], row["what"]) for row in facts) == Counter(became.items())
    assert all(set(row["audience"]) == parties for row in facts)
    of_confirmed = Counter({(one, what): 1 for one, what in became.items() if what == "confirmed"})
    of_cancelled = Counter({(one, what): 1 for one, what in became.items() if what == "cancelled"})
    assert await told(shop.clerk) == await told(shop.seller) == of_cancelled
    assert await told(shop.purchaser) == of_confirmed
    assert await told(shop.buyer) == of_confirmed + of_cancelled
