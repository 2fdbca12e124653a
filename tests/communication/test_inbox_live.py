"""A member's own inbox, followed live through real processes: heard by that member alone, on every device."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from app.communication.mark_read import mark_read
from app.network.roles import Role
from tests.live.follower import EVENTS, Socket, number
from tests.live.processes import Serving, mall
from tests.live.trade import until_published
from tests.ordering_lifecycle.orders import Goods, open_shop

PAINT = [Goods("2", 20000)]
FOLLOW = """subscription($after: Cursor) { inboxChanged(after: $after) { __typename
    ... on InboxChanged { cursor what unread notification { id kind text readAt } }
    ... on CaughtUp { cursor } ... on Resync { reason } } }"""


@pytest.fixture(scope="module")
async def api(database: str, redis_url: str) -> AsyncIterator[Serving]:
    with mall(database, redis_url) as (serving, _):
        yield serving


async def test_the_badge_moves_on_all_of_my_devices_and_on_nobody_elses(api: Serving) -> None:
    shop = await open_shop()
    colleague = await shop.world.member(shop.seller, [Role.ORDER_CLERK])
    await until_published()
    phone, desk, other, company = [
        await Socket.open(api.ws_url, party.token) for party in (shop.clerk, shop.clerk, colleague, shop.clerk)
    ]
    for socket, document in ((phone, FOLLOW), (desk, FOLLOW), (other, FOLLOW), (company, EVENTS)):
        await socket.subscribe(document)
        assert (await socket.told())["__typename"] == "CaughtUp"
    await shop.place(PAINT)
    heard = [await socket.told() for socket in (phone, desk, other)]
    assert [(one["what"], one["unread"], one["notification"]["kind"]) for one in heard] == [
        ("told", 1, "ORDER_PLACED")
    ] * 3
    mine, theirs = heard[0]["notification"]["id"], heard[2]["notification"]["id"]
    assert (heard[1]["notification"]["id"], theirs == mine) == (mine, False)
    await mark_read(shop.clerk.viewer, up_to=None, ids=[UUID(mine)])
    for socket in (phone, desk):
        read = await socket.told()
        assert (read["what"], read["unread"], read["notification"]["id"]) == ("read", 0, mine)
        assert read["notification"]["readAt"] is not None
    await shop.place(PAINT)
    assert [(await socket.told())["unread"] for socket in (phone, other)] == [1, 2]
    told = [(await company.told())["event"]["__typename"] for _ in range(4)]
    assert told == ["OrderChanged", "AccountChanged"] * 2  # nothing of anybody's inbox on the company's stream
    for socket in (phone, desk, other, company):
        await socket.close()


async def test_what_was_missed_comes_after_the_cursor(api: Serving) -> None:
    shop = await open_shop()
    await until_published()
    socket = await Socket.open(api.ws_url, shop.clerk.token)
    await socket.subscribe(FOLLOW)
    start = (await socket.told())["cursor"]
    await socket.close()
    await shop.place(PAINT)
    await until_published()
    again = await Socket.open(api.ws_url, shop.clerk.token)
    await again.subscribe(FOLLOW, after=start)
    heard = await again.told()
    while heard["__typename"] == "CaughtUp":
        heard = await again.told()
    assert (heard["what"], heard["unread"]) == ("told", 1)
    assert number(heard["cursor"]) > number(start)
    await again.close()
