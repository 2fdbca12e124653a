"""Real workers, killed where it hurts: everybody is told once, and one message leaves."""

import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from app import database as db
from tests.communication.mailbox import Mailbox
from tests.communication.telling import ORDERS, bind, deliveries, environment, kinds_told
from tests.communication.weixin import Weixin
from tests.live.processes import Valkey, Working
from tests.live.trade import until, until_published
from tests.ordering_lifecycle.orders import Goods, Shop, open_shop
from tests.worlds import Party

pytestmark = pytest.mark.usefixtures("database")

PAINT = [Goods("2", 20000)]


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with TemporaryDirectory(prefix="tributary-valkey-") as folder, Valkey(Path(folder)) as started:
        yield started


def settings_of(wx: Weixin, mail: Mailbox, redis_url: str) -> dict[str, str]:
    return {name: value for name, value in environment(wx, mail, redis_url).items() if name != "REDIS_URL"}


async def subscribed(wx: Weixin, party: Party, open_id: str, remaining: int) -> None:
    identity_id = await bind(party, open_id)
    await db.rows(
        "INSERT INTO wx_subscribe_quota (id, identity_id, template_id, remaining, changed_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, now())",
        identity_id,
        ORDERS,
        remaining,
    )
    wx.state.allowed[open_id, ORDERS] = remaining


async def until_told(*parties: Party, times: int = 1) -> None:
    async def everybody_is() -> bool:
        return all([len(await kinds_told(one)) >= times for one in parties])

    await until(everybody_is)


async def until_settled(party: Party) -> None:
    async def nothing_waits() -> bool:
        found = await deliveries(party)
        return bool(found) and not {"waiting", "sending"} & {one[2] for one in found}

    await until(nothing_waits)


async def test_an_order_reaches_the_phone_and_the_letter_box(
    database: str, valkey: Valkey, wx: Weixin, mail: Mailbox
) -> None:
    shop = await open_shop()
    await subscribed(wx, shop.clerk, "o-clerk", 1)
    with Working(database, valkey.url, **settings_of(wx, mail, valkey.url)) as worker:
        await shop.place(PAINT)
        await until_told(shop.clerk, shop.seller)
        await until_settled(shop.clerk)
        await until_settled(shop.seller)
        logged = worker.logged()
    assert await deliveries(shop.clerk) == [("order_placed", "wechat", "sent", None)]
    assert [one.open_id for one in wx.state.sent] == ["o-clerk"]
    assert mail.to == [shop.seller.login]
    for private in ("o-clerk", shop.seller.login, wx.state.tokens[0][0]):
        assert private not in logged


async def test_a_worker_killed_while_wechat_answers_says_it_once(
    database: str, valkey: Valkey, wx: Weixin, mail: Mailbox
) -> None:
    shop = await open_shop()
    await subscribed(wx, shop.clerk, "o-killed", 3)
    wx.state.hold = threading.Event()
    with Working(database, valkey.url, **settings_of(wx, mail, valkey.url)) as worker:
        await shop.place(PAINT)

        async def wechat_has_it() -> bool:
            return wx.state.holding.is_set()

        await until(wechat_has_it)
        worker.kill()
        wx.state.hold.set()
        assert await deliveries(shop.clerk) == [("order_placed", "wechat", "sending", None)]
        await db.rows("UPDATE notification_delivery SET claimed_at = claimed_at - interval '3 minutes'")
        with (
            Working(database, valkey.url, **settings_of(wx, mail, valkey.url)),
            Working(database, valkey.url, **settings_of(wx, mail, valkey.url)),
        ):
            await until_settled(shop.clerk)
    assert [one.open_id for one in wx.state.sent].count("o-killed") == 1
    assert await deliveries(shop.clerk) == [
        ("order_placed", "wechat", "unknown", "worker_died"),
        ("order_placed", "email", "sent", None),
    ]
    assert mail.to.count(shop.clerk.login) == 1


async def test_workers_killed_again_and_again_tell_everything_once(
    database: str, valkey: Valkey, wx: Weixin, mail: Mailbox
) -> None:
    shop = await open_shop()
    placed = 0
    for _ in range(4):
        with Working(database, valkey.url) as worker, Working(database, valkey.url):
            for _ in range(10):
                await shop.place(PAINT)
                placed += 1
            worker.kill()
    with Working(database, valkey.url):
        await until_told(shop.clerk, shop.seller, times=placed)
        await until_published()
    assert await told_orders(shop, shop.clerk) == await told_orders(shop, shop.seller) == placed


async def told_orders(shop: Shop, party: Party) -> int:
    """How many orders this member was told of, each once."""
    rows = await db.rows(
        "SELECT count(*) AS lines, count(DISTINCT link_id) AS orders FROM notification"
        " WHERE member_id = $1 AND kind = 'order_placed'",
        party.viewer.membership_id,
    )
    assert rows[0]["lines"] == rows[0]["orders"]
    return int(rows[0]["orders"])


async def test_without_redis_inboxes_fill_and_messages_follow_when_it_is_back(
    database: str, valkey: Valkey, wx: Weixin, mail: Mailbox
) -> None:
    shop = await open_shop()
    with Working(database, valkey.url, **settings_of(wx, mail, valkey.url)) as worker:
        await until_published()
        valkey.kill()
        await shop.place(PAINT)
        await until_told(shop.clerk)
        assert [one[2] for one in await deliveries(shop.clerk)] == ["waiting"]
        valkey.start()
        await until_settled(shop.clerk)
        assert not worker.ended()
    assert await deliveries(shop.clerk) == [("order_placed", "email", "sent", None)]
