"""Subscribe messages of WeChat's, against a real server of that protocol: what is sent, what it costs, what fails."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis

from app import database as db
from app.communication.access_token import NoToken
from app.communication.channels import open_channels
from app.communication.deliver import Message, release_orphans, take_due
from app.communication.mark_read import mark_read
from app.communication.wechat import WeChat
from app.kernel import clock
from app.network.change_relation import change_relation
from app.network.rules import Terms
from app.ordering.confirm import confirm_order
from app.ordering.reject import reject_order
from app.settings import settings
from tests.communication.telling import (
    NEWS,
    ORDERS,
    Outside,
    bind,
    deliveries,
    delivery_rows,
    quota,
    send,
    tell,
)
from tests.communication.weixin import APP_ID, SECRET
from tests.ordering_lifecycle.orders import Goods, Shop, open_shop
from tests.worlds import Party, new_key

pytestmark = pytest.mark.usefixtures("database")

PAINT = [Goods("2", 20000)]


async def subscribed(outside: Outside, party: Party, open_id: str, remaining: int, template: str = ORDERS) -> UUID:
    """A bound account that has accepted so many messages, here and at WeChat."""
    rows = await db.rows("SELECT id FROM identity WHERE open_id = $1", open_id)
    identity_id: UUID = rows[0]["id"] if rows else await bind(party, open_id)
    await db.rows(
        "INSERT INTO wx_subscribe_quota (id, identity_id, template_id, remaining, changed_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, now())",
        identity_id,
        template,
        remaining,
    )
    outside.wx.state.allowed[open_id, template] = remaining
    return identity_id


async def placed(shop: Shop, times: int = 1) -> list[UUID]:
    orders = [await shop.place(PAINT) for _ in range(times)]
    await tell()
    return orders


async def quiet_shop() -> Shop:
    """A shop of whose opening everybody has been told."""
    shop = await open_shop()
    await tell()
    return shop


async def test_a_message_as_wechat_wants_it(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-1", 2)
    [order_id] = await placed(shop)
    await send(shop.clerk)
    [said] = outside.wx.state.sent
    order = await db.row("SELECT number FROM sales_order WHERE id = $1", order_id)
    assert order is not None
    assert (said.open_id, said.template_id, said.lang) == ("o-clerk-1", ORDERS, "zh_CN")
    assert said.page == f"pages/order/index?id={order_id}"
    assert {name: said.data[name] for name in ("thing1", "character_string2")} == {
        "thing1": "新订单",
        "character_string2": order["number"],
    }
    assert said.data["thing4"].startswith("Outlet的新订单 ")
    assert set(said.data) == {"thing1", "character_string2", "time3", "thing4"}
    assert await deliveries(shop.clerk) == [("order_placed", "wechat", "sent", None)]
    assert await quota(shop.clerk) == {ORDERS: 1}
    assert outside.mail.came == []
    await send(shop.clerk)
    assert outside.wx.state.sends == 1


async def test_without_subscriptions_an_email_stands_in(outside: Outside) -> None:
    shop = await quiet_shop()
    await bind(shop.clerk, "o-clerk-2")
    await placed(shop)
    await send(shop.clerk)
    assert outside.wx.state.sends == 0
    assert outside.mail.to == [shop.clerk.login]
    assert await deliveries(shop.clerk) == [
        ("order_placed", "wechat", "dropped", "no_quota"),
        ("order_placed", "email", "sent", None),
    ]


async def test_wechat_says_that_nothing_is_left(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-3", 5)
    outside.wx.state.allowed["o-clerk-3", ORDERS] = 0
    await placed(shop, 2)
    await send(shop.clerk)
    assert outside.wx.state.sends == 1  # the second knows already
    assert await quota(shop.clerk) == {ORDERS: 0}
    assert len(outside.mail.came) == 2
    assert [one[1:] for one in await deliveries(shop.clerk)] == [
        ("wechat", "dropped", "no_quota"),
        ("email", "sent", None),
        ("wechat", "dropped", "no_quota"),
        ("email", "sent", None),
    ]


async def test_the_last_messages_go_to_what_is_most_urgent(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.purchaser, "o-purchaser-4", 2)
    terms = Terms(currency="CNY", net_days=45)
    row = await db.row("SELECT version FROM trade_relation WHERE id = $1", shop.relation_id)
    assert row is not None
    await change_relation(
        shop.seller.viewer,
        client_key=new_key(),
        relation_id=shop.relation_id,
        terms=terms,
        expected_version=row["version"],
    )
    first, second, third = [await shop.place(PAINT) for _ in range(3)]
    for order_id in (first, second):
        await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    await reject_order(shop.clerk.viewer, order_id=third, reason="no stock", client_key=new_key())
    await db.rows(
        "INSERT INTO notification_preference (id, member_id, kind, channel, enabled)"
        " VALUES (gen_random_uuid(), $1, 'relation_terms_changed', 'wechat', true)",
        shop.purchaser.viewer.membership_id,
    )
    await tell()
    await send(shop.purchaser)
    assert [one.data["thing1"] for one in outside.wx.state.sent] == ["订单被拒绝", "订单已确认"]
    assert await quota(shop.purchaser) == {ORDERS: 0}


async def test_what_is_low_leaves_the_last_message(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.purchaser, "o-purchaser-5", 1)
    await db.rows(
        "INSERT INTO notification_preference (id, member_id, kind, channel, enabled)"
        " VALUES (gen_random_uuid(), $1, 'relation_terms_changed', 'wechat', true)",
        shop.purchaser.viewer.membership_id,
    )
    row = await db.row("SELECT version FROM trade_relation WHERE id = $1", shop.relation_id)
    assert row is not None
    await change_relation(
        shop.seller.viewer,
        client_key=new_key(),
        relation_id=shop.relation_id,
        terms=Terms(currency="CNY", net_days=45),
        expected_version=row["version"],
    )
    await tell()
    await send(shop.purchaser)
    assert outside.wx.state.sends == 0
    assert await quota(shop.purchaser) == {ORDERS: 1}
    assert await deliveries(shop.purchaser) == [("relation_terms_changed", "wechat", "dropped", "no_quota")]


async def test_busy_is_tried_again_and_costs_nothing(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-6", 1)
    await placed(shop)
    outside.wx.state.refuse_next = [-1, 45009]
    await send(shop.clerk)
    assert await deliveries(shop.clerk) == [("order_placed", "wechat", "waiting", "wechat_-1")]
    assert await quota(shop.clerk) == {ORDERS: 1}
    await send(shop.clerk)
    assert outside.wx.state.sends == 1  # not before its pause is over
    with clock.travel(timedelta(seconds=31)):
        await send(shop.clerk)
        assert await deliveries(shop.clerk) == [("order_placed", "wechat", "waiting", "wechat_45009")]
    with clock.travel(timedelta(minutes=3)):
        await send(shop.clerk)
    assert await deliveries(shop.clerk) == [("order_placed", "wechat", "sent", None)]
    assert len(outside.wx.state.sent) == 1


async def test_tries_are_bounded_then_another_way(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-7", 1)
    await placed(shop)
    outside.wx.state.refuse_next = [-1] * 20
    with clock.travel(timedelta(0)) as journey:
        for _ in range(12):
            await send(shop.clerk)
            journey.forward(timedelta(hours=2))
    assert outside.wx.state.sends == 6
    assert await quota(shop.clerk) == {ORDERS: 1}
    assert await deliveries(shop.clerk) == [
        ("order_placed", "wechat", "failed", "wechat_-1"),
        ("order_placed", "email", "sent", None),
    ]


@pytest.mark.parametrize("code", [40003, 40037, 41030, 47003])
async def test_what_wechat_refuses_for_good_goes_another_way(outside: Outside, code: int) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, f"o-clerk-{code}", 3)
    await placed(shop)
    outside.wx.state.refuse_next = [code]
    await send(shop.clerk)
    assert await quota(shop.clerk) == {ORDERS: 3}
    assert await deliveries(shop.clerk) == [
        ("order_placed", "wechat", "failed", f"wechat_{code}"),
        ("order_placed", "email", "sent", None),
    ]


async def test_a_lost_answer_is_never_said_again(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-8", 3)
    await placed(shop)
    outside.wx.state.lose_answers = True
    await send(shop.clerk)
    with clock.travel(timedelta(hours=3)):
        await send(shop.clerk)
    assert len(outside.wx.state.sent) == outside.wx.state.sends == 1
    assert await quota(shop.clerk) == {ORDERS: 2}
    assert await deliveries(shop.clerk) == [
        ("order_placed", "wechat", "unknown", "no_answer"),
        ("order_placed", "email", "sent", None),
    ]


async def test_what_a_dead_worker_was_sending(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-9", 3)
    await placed(shop)
    taken = await take_due(shop.clerk.viewer.membership_id, open_channels())
    assert isinstance(taken, Message)
    assert "o-clerk-9" not in repr(taken)
    assert await release_orphans(open_channels()) == 0
    with clock.travel(timedelta(minutes=3)):
        assert await release_orphans(open_channels()) == 1
        assert await release_orphans(open_channels()) == 0
        await send(shop.clerk)
        again = await take_due(shop.clerk.viewer.membership_id, open_channels())
    assert again is None
    assert outside.wx.state.sends == 0
    assert await deliveries(shop.clerk) == [
        ("order_placed", "wechat", "unknown", "worker_died"),
        ("order_placed", "email", "sent", None),
    ]


async def test_what_was_read_meanwhile_costs_nothing(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-10", 1)
    await placed(shop)
    [row] = await delivery_rows(shop.clerk)
    await mark_read(shop.clerk.viewer, ids=[row["notification_id"]])
    await send(shop.clerk)
    assert await deliveries(shop.clerk) == [("order_placed", "wechat", "dropped", "read")]
    assert await quota(shop.clerk) == {ORDERS: 1}


async def test_quiet_hours_end_before_anything_is_sent(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-11", 1)
    night = (clock.now() + timedelta(days=1)).replace(
        hour=16, minute=0, second=0, microsecond=0
    )  # midnight in Shanghai
    await db.rows(
        "INSERT INTO notification_setting (member_id, quiet_from, quiet_until, time_zone)"
        " VALUES ($1, '22:00', '07:30', 'Asia/Shanghai')",
        shop.clerk.viewer.membership_id,
    )
    with clock.at(night) as journey:
        await placed(shop)
        [row] = await delivery_rows(shop.clerk)
        assert row["due_at"] == night + timedelta(hours=7, minutes=30)
        await send(shop.clerk)
        assert outside.wx.state.sends == 0
        journey.forward(timedelta(hours=7, minutes=30))
        await send(shop.clerk)
    assert len(outside.wx.state.sent) == 1


async def test_what_waited_a_day_stays_in_the_inbox(outside: Outside) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-12", 1)
    await placed(shop)
    with clock.travel(timedelta(hours=25)):
        await send(shop.clerk)
    assert await deliveries(shop.clerk) == [("order_placed", "wechat", "dropped", "too_late")]


async def test_one_token_for_all_processes(outside: Outside, redis_url: str) -> None:
    """Twenty processes ask at once; each has a connection to Redis of its own."""
    outside.wx.state.token_takes_s = 0.2
    connections = [Redis.from_url(redis_url) for _ in range(20)]
    await connections[0].flushdb()
    senders = [WeChat(redis, settings()) for redis in connections]
    tokens = await asyncio.gather(*(sender._token.get() for sender in senders))
    assert len(set(tokens)) == 1
    assert outside.wx.state.asked_for_tokens == [False]
    left = await connections[0].ttl(f"tributary:wechat:token:{APP_ID}")
    assert 6800 <= left <= 6900  # five minutes before it expires
    await close(connections)


async def test_a_token_that_wechat_no_longer_takes_is_renewed_once_for_all(outside: Outside, redis_url: str) -> None:
    state = outside.wx.state
    connections = [Redis.from_url(redis_url) for _ in range(10)]
    await connections[0].flushdb()
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-13", 3)
    await placed(shop, 2)
    await send(shop.clerk)
    assert len(state.sent) == 2
    state.tokens.clear()  # somebody fetched a token with force_refresh: ours counts for nothing (40001)
    await placed(shop)
    await send(shop.clerk)
    assert len(state.sent) == 3
    assert state.asked_for_tokens == [False, False]
    stale = state.tokens[0][0]
    senders = [WeChat(redis, settings()) for redis in connections]
    state.tokens[:] = []
    renewed = await asyncio.gather(*(sender._token.renewed(stale) for sender in senders))
    assert len(set(renewed)) == 1
    assert renewed[0] != stale
    assert len(state.asked_for_tokens) == 3
    await close(connections)


async def test_an_expired_token_is_renewed(outside: Outside, redis_url: str) -> None:
    state = outside.wx.state
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-14", 3)
    await placed(shop)
    await send(shop.clerk)
    token, until = state.tokens[0]
    state.tokens[:] = [(token, until - 10_000)]  # 42001
    await placed(shop)
    await send(shop.clerk)
    assert len(state.sent) == 2
    assert state.asked_for_tokens == [False, False]


async def test_a_token_that_wechat_refuses_and_gives_out_again_is_forced_once(outside: Outside, redis_url: str) -> None:
    state = outside.wx.state
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
        token = WeChat(redis, settings())._token
        first = await token.get()
        second = await token.renewed(first)
        assert (second != first, state.asked_for_tokens) == (True, [False, False, True])
        with pytest.raises(NoToken, match="token_refused"):
            await token.renewed(second)
    assert state.asked_for_tokens == [False, False, True, False]


async def test_a_wrong_secret_waits_and_is_not_shown(
    outside: Outside, redis_url: str, set_up: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
    set_up(TRIBUTARY_WECHAT_SECRET="no-such-secret")
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-15", 1)
    await placed(shop)
    with caplog.at_level(logging.DEBUG):
        await send(shop.clerk)
    assert await deliveries(shop.clerk) == [("order_placed", "wechat", "waiting", "token_40125")]
    assert await quota(shop.clerk) == {ORDERS: 1}
    assert "no-such-secret" not in caplog.text


async def test_logs_and_rows_hold_no_secret_and_nobody(
    outside: Outside, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop = await quiet_shop()
    await subscribed(outside, shop.clerk, "o-clerk-16", 3)
    await subscribed(outside, shop.purchaser, "o-purchaser-16", 1, NEWS)
    outside.wx.state.refuse_next = [-1, 47003]
    outside.mail.refuse_next = ["451 try later", f"550 {shop.clerk.login} is unknown"]
    with caplog.at_level(logging.DEBUG), clock.travel(timedelta(0)) as journey:
        await placed(shop, 3)
        for _ in range(6):
            await send(shop.clerk, shop.purchaser)
            journey.forward(timedelta(minutes=11))
    tokens = [token for token, _ in outside.wx.state.tokens]
    rows = await db.rows(
        "SELECT d::text AS said FROM notification_delivery d UNION ALL SELECT n::text FROM notification n"
    )
    told = "\n".join(row["said"] for row in rows)
    ours = "\n".join(
        record.getMessage()
        for record in caplog.records
        if "smtpd" not in record.name.lower() and record.name != "mail.log"
    )
    for secret in (SECRET, *tokens, "o-clerk-16", shop.clerk.login):
        assert secret not in ours
        assert secret not in told
    assert {one[2] for one in await deliveries(shop.clerk)} == {"sent", "failed"}


async def close(connections: Sequence[Redis]) -> None:
    for one in connections:
        await one.aclose()
