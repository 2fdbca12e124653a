"""Rights at the moment of delivery: what was lost is left out, and who was changed has to come back."""

from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from app.network.change_member import change_member, suspend_member
from app.network.change_relation import change_relation
from app.network.log_out import log_out
from app.network.roles import Role
from app.network.rules import Scope, Terms
from tests.live.follower import EVENTS, Follower, Socket, number
from tests.live.processes import Serving, mall
from tests.live.trade import brief_token, change, heard_by, orders, until_published
from tests.ordering_lifecycle.orders import Shop, open_shop
from tests.worlds import Party, new_key

LOG_OUT = "mutation($input: LogOutInput!) { logOut(input: $input) { ... on LoggedOut { sessions } } }"


@pytest.fixture(scope="module")
async def api(database: str, redis_url: str) -> AsyncIterator[Serving]:
    with mall(database, redis_url) as (serving, _):
        yield serving


async def following(api: Serving, party: Party) -> Socket:
    """A socket that follows everything, caught up."""
    socket = await Socket.open(api.ws_url, party.token)
    await socket.subscribe(EVENTS)
    assert (await socket.told())["__typename"] == "CaughtUp"
    return socket


async def test_events_of_a_relation_that_left_the_scope_are_skipped_and_the_cursor_moves_on(api: Serving) -> None:
    shop = await open_shop()
    await shop.world.regions()
    await in_region(shop, "44")
    manager = await shop.world.member(shop.seller, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("44",)))
    [order_id] = await orders(shop, 1)
    await until_published()
    async with Follower(api.ws_url, manager.token, topics=["ORDERS"]) as follower:
        start = number(follower.cursor or "")
        await change(shop, order_id)
        await until_published()
        await follower.until(lambda one: len(one.seen) == 1)
        await in_region(shop, "33")
        for _ in range(3):
            await change(shop, order_id)
        await told_up_to(api, manager, await until_published())
        await in_region(shop, "4401")
        await change(shop, order_id)
        last = await until_published()
        await follower.until(lambda one: one.numbers[-1] > last - 3)
        follower.caught_up.clear()
        follower.drop()
        await follower.caught_up.wait()
    told = await heard_by(shop.seller.company_id, start, ["order"])
    assert len(told) == 5
    assert follower.numbers == [told[0], told[4]]
    assert number(follower.cursor or "") == last
    assert follower.closes == [1006]


async def test_a_brand_sees_the_money_of_orders_below_it_only_while_it_is_granted(api: Serving) -> None:
    shop = await open_shop(levels=2)
    [order_id] = await orders(shop, 1)
    await until_published()
    amounts = []
    socket = await Socket.open(api.ws_url, shop.world.brand.token)
    await socket.subscribe(EVENTS, topics=["CHANNEL_ORDERS"])
    assert (await socket.told())["__typename"] == "CaughtUp"
    for granted in (False, True, False):
        terms = Terms(currency="CNY", grants_money_to_brand=granted)
        await change_relation(
            shop.seller.viewer, client_key=new_key(), relation_id=shop.relation_id, expected_version=None, terms=terms
        )
        await change(shop, order_id)
        event = (await socket.told())["event"]
        assert event["channelOrder"]["id"] == str(order_id)
        totals = event["channelOrder"]["totals"]
        amounts.append(None if totals is None else totals["gross"]["amount"])
    assert amounts == [None, "99999.98", None]
    await socket.close()


@pytest.mark.parametrize("how", ["suspended", "changed", "logged out", "logged out over the API"])
async def test_who_loses_its_rights_is_sent_away_at_once_and_hears_nothing_more(api: Serving, how: str) -> None:
    shop = await open_shop()
    [order_id] = await orders(shop, 1)
    clerk = await shop.world.member(shop.seller, [Role.ORDER_CLERK])
    await until_published()
    socket, bystander = await following(api, clerk), await following(api, shop.purchaser)
    member_id, owner = clerk.viewer.membership_id, shop.seller.viewer
    if how == "suspended":
        await suspend_member(owner, client_key=new_key(), member_id=member_id)
    elif how == "changed":
        await change_member(owner, client_key=new_key(), member_id=member_id, roles=(Role.WAREHOUSE,), scope=Scope())
    elif how == "logged out":
        await log_out(clerk.viewer, everywhere=True)
    else:
        await say_over_http(api, clerk, LOG_OUT, input={})
    await change(shop, order_id)  # after the loss: not for the clerk any more
    with pytest.raises(ConnectionClosed, match="4403"):
        raise AssertionError(await socket.next(within_s=5))
    while (await bystander.told())["event"]["__typename"] != "OrderChanged":
        pass
    await bystander.close()


async def test_an_access_token_that_runs_out_closes_the_socket_with_4403(api: Serving) -> None:
    shop = await open_shop()
    socket = await Socket.open(api.ws_url, brief_token(shop.purchaser, seconds=3))
    await socket.subscribe(EVENTS)
    assert await socket.code(within_s=10) == 4403


@pytest.mark.parametrize("token", ["", "not a token", "of a session that ended"])
async def test_without_credentials_nobody_comes_in(api: Serving, token: str) -> None:
    if token == "of a session that ended":
        shop = await open_shop()
        await log_out(shop.purchaser.viewer, everywhere=False)
        token = shop.purchaser.token
    with pytest.raises(ConnectionClosed) as closed:
        await Socket.open(api.ws_url, token)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def told_up_to(api: Serving, party: Party, last: int) -> None:
    """Until the API process has told everything up to here to those with these rights: who joins them begins there."""
    reached = 0
    while reached < last:
        socket = await Socket.open(api.ws_url, party.token)
        await socket.subscribe(EVENTS, topics=["ORDERS"])
        reached = number((await socket.told())["cursor"])
        await socket.close()


async def in_region(shop: Shop, code: str) -> None:
    """Move the relation to a region, once everything before has been told."""
    await until_published()
    terms = Terms(currency="CNY", region_code=code)
    await change_relation(
        shop.seller.viewer, client_key=new_key(), relation_id=shop.relation_id, expected_version=None, terms=terms
    )


async def say_over_http(api: Serving, party: Party, document: str, **variables: object) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        body = {"query": document, "variables": variables}
        answer = (await client.post(f"{api.url}/graphql", json=body, headers=party.headers)).json()
    assert "errors" not in answer, answer
