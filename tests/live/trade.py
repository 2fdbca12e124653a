"""Many changes of orders, told as the mall tells them; and what a company should have heard of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from app import database
from app.kernel.clock import travel
from app.kernel.event_log import publish
from app.network.tokens import access_token
from app.ordering.grant_discount import grant_discount
from app.settings import settings
from tests.ordering_lifecycle.orders import Goods, Shop
from tests.worlds import Party, new_key

A_LOT = [Goods("10", 10_000_000)]
CENT = Decimal("0.01")


async def orders(shop: Shop, count: int) -> list[UUID]:
    """Placed orders that bear many changes."""
    return [await shop.place(A_LOT) for _ in range(count)]


async def change(shop: Shop, order_id: UUID) -> None:
    """One change of one order: a cent off."""
    await grant_discount(shop.clerk.viewer, order_id=order_id, amount=CENT, reason="抹零", client_key=new_key())


async def change_often(shop: Shop, order_ids: Sequence[UUID], times: int) -> None:
    """`times` changes of each order, one order's in turn, different orders' at once."""

    async def one(order_id: UUID) -> None:
        for _ in range(times):
            await change(shop, order_id)

    await asyncio.gather(*(one(order_id) for order_id in order_ids))


def brief_token(party: Party, seconds: float) -> str:
    """An access token of this member's session that runs out soon."""
    with travel(timedelta(seconds=seconds - settings().access_token_seconds)):
        token, _ = access_token(party.viewer.session_id, party.viewer.membership_id)
    return token


async def heard_by(company_id: UUID, after: int, kinds: Sequence[str] | None = None) -> list[int]:
    """The delivery numbers of what was told to a company after a number."""
    rows = await database.rows(
        "SELECT e.delivery_no FROM event e JOIN event_audience a ON a.delivery_no = e.delivery_no"
        " WHERE a.company_id = $1 AND e.delivery_no > $2 AND ($3::text[] IS NULL OR e.kind = ANY($3))"
        " ORDER BY e.delivery_no",
        company_id,
        after,
        kinds,
    )
    return [row["delivery_no"] for row in rows]


async def publish_everything() -> None:
    """Publish in this process, without a worker."""
    while (await publish()).moved:
        pass


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 60) -> None:
    """Wait for what another process does."""
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


_TOLD = """
SELECT p.last_no FROM publisher p, event_reader r
WHERE r.name = 'notifications' AND r.last_no = p.last_no AND NOT EXISTS (SELECT FROM outbox)
"""


async def until_published() -> int:
    """Wait for the worker to publish everything, what it tells members because of it too; the last number."""

    async def nothing_waits() -> bool:
        return await database.row(_TOLD) is not None

    await until(nothing_waits)
    row = await database.row("SELECT last_no FROM publisher")
    assert row is not None
    last: int = row["last_no"]
    return last
