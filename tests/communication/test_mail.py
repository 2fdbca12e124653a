"""E-mail against a real mail server: what it says, to whom, what is done when it is refused, and how it is stopped."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import httpx
import pytest

from app import database as db
from app.asgi import create_application
from app.communication.deliver import forget_old
from app.kernel import clock
from app.network.choose_language import choose_language
from app.network.roles import Role
from app.settings import settings
from tests.communication.mailbox import Mailbox, body_of, mailbox
from tests.communication.telling import deliveries, delivery_rows, environment, kinds_told, send, tell
from tests.ordering_lifecycle.orders import Goods, Shop, open_shop

pytestmark = pytest.mark.usefixtures("database")

PAINT = [Goods("2", 20000)]
SMTP_ONLY = pytest.mark.usefixtures("by_mail")


@pytest.fixture
def by_mail(mail: Mailbox, redis_url: str, set_up: Callable[..., None]) -> None:
    set_up(**environment(None, mail, redis_url))


async def quiet_shop() -> Shop:
    shop = await open_shop()
    await tell()
    return shop


async def placed(shop: Shop) -> tuple[str, str]:
    """Id and number of an order that was told."""
    order_id = await shop.place(PAINT)
    await tell()
    row = await db.row("SELECT number FROM sales_order WHERE id = $1", order_id)
    assert row is not None
    return str(order_id), row["number"]


def stop_address(mail: EmailMessage) -> str:
    found = re.fullmatch(
        r"<https://mall\.example\.com(/notifications/unsubscribe\?token=[^>]+)>", mail["List-Unsubscribe"]
    )
    assert found is not None
    return found[1]


@SMTP_ONLY
async def test_in_both_languages_where_nobody_knows_which(mail: Mailbox) -> None:
    shop = await quiet_shop()
    order_id, number = await placed(shop)
    await send(shop.clerk)
    [came] = mail.came
    [row] = await delivery_rows(shop.clerk)
    assert mail.to == [shop.clerk.login]
    assert came["Subject"] == "新订单 / New order"
    assert (came["From"], came["To"]) == ("mall@example.com", shop.clerk.login)
    assert came["Message-ID"] == f"<{row['id']}@example.com>"
    assert (came["Auto-Submitted"], came["Content-Language"]) == ("auto-generated", "zh, en")
    assert came["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        body = body_of(came, kind)
        assert f"Outlet的新订单 {number}，请确认。" in body
        assert f"The order {number} of Outlet came in: please confirm it." in body
        assert f"https://mall.example.com/order/{order_id}" in body


@SMTP_ONLY
async def test_in_the_readers_language(mail: Mailbox) -> None:
    shop = await quiet_shop()
    await choose_language(shop.clerk.viewer, locale="en")
    await choose_language(shop.seller.viewer, locale="en")
    await db.rows(
        "INSERT INTO notification_setting (member_id, locale) VALUES ($1, 'zh')", shop.seller.viewer.membership_id
    )
    await placed(shop)
    await send(shop.clerk, shop.seller)
    assert [came["Subject"] for came in mail.came] == ["New order", "新订单"]
    assert "请确认" not in body_of(mail.came[0], "plain")


@SMTP_ONLY
async def test_a_name_cannot_break_out(mail: Mailbox) -> None:
    shop = await quiet_shop()
    name = "Evil\r\nBcc: all@example.com <script>alert(1)</script>"
    await db.rows("UPDATE company SET name = $2 WHERE id = $1", shop.buyer.company_id, name)
    await placed(shop)
    await send(shop.clerk)
    [came] = mail.came
    assert came["Bcc"] is None
    assert mail.to == [shop.clerk.login]
    assert "<script>" not in body_of(came, "html")
    assert "&lt;script&gt;" in body_of(came, "html")


@SMTP_ONLY
async def test_try_later_is_tried_again_under_the_same_id(mail: Mailbox) -> None:
    shop = await quiet_shop()
    await placed(shop)
    mail.refuse_next = ["451 try later"]
    await send(shop.clerk)
    assert await deliveries(shop.clerk) == [("order_placed", "email", "waiting", "smtp_451")]
    with clock.travel(timedelta(minutes=1)):
        await send(shop.clerk)
        await send(shop.clerk)
    assert await deliveries(shop.clerk) == [("order_placed", "email", "sent", None)]
    assert len(mail.came) == 1


@SMTP_ONLY
async def test_an_unknown_address_is_not_tried_again(mail: Mailbox) -> None:
    shop = await quiet_shop()
    await placed(shop)
    mail.refuse_next = ["550 unknown"]
    await send(shop.clerk)
    with clock.travel(timedelta(hours=3)):
        await send(shop.clerk)
    assert mail.came == []
    assert await deliveries(shop.clerk) == [("order_placed", "email", "failed", "smtp_550")]


async def test_a_server_that_is_away_is_waited_for(redis_url: str, set_up: Callable[..., None]) -> None:
    with mailbox() as gone:
        said = environment(None, gone, redis_url)
    set_up(**said)
    shop = await quiet_shop()
    await placed(shop)
    await send(shop.clerk)
    assert await deliveries(shop.clerk) == [("order_placed", "email", "waiting", "no_connection")]
    await db.rows(
        "DELETE FROM notification_delivery WHERE member_id = ANY($1)",
        [shop.clerk.viewer.membership_id, shop.seller.viewer.membership_id],
    )


async def test_with_user_and_password(redis_url: str, set_up: Callable[..., None]) -> None:
    with mailbox("let me in") as box:
        said = environment(None, box, redis_url)
        set_up(**said, TRIBUTARY_SMTP_USER="mall", TRIBUTARY_SMTP_PASSWORD="wrong")
        shop = await quiet_shop()
        await placed(shop)
        await send(shop.clerk)
        assert await deliveries(shop.clerk) == [("order_placed", "email", "waiting", "smtp_log_in")]
        set_up(TRIBUTARY_SMTP_PASSWORD="let me in")
        with clock.travel(timedelta(minutes=1)):
            await send(shop.clerk)
        assert await deliveries(shop.clerk) == [("order_placed", "email", "sent", None)]
        assert box.logged_in == ["mall"]


async def test_closed_channels_leave_the_inbox_only(redis_url: str, set_up: Callable[..., None]) -> None:
    set_up(REDIS_URL=redis_url)
    shop = await quiet_shop()
    await placed(shop)
    await send(shop.clerk)
    assert await kinds_told(shop.clerk) == ["order_placed"]
    assert await deliveries(shop.clerk) == []


@SMTP_ONLY
async def test_a_phone_number_is_no_address(mail: Mailbox) -> None:
    shop = await quiet_shop()
    await db.rows("UPDATE person SET login = '13800138000' WHERE id = $1", shop.clerk.viewer.person_id)
    await placed(shop)
    await send(shop.clerk)
    assert await deliveries(shop.clerk) == []
    assert await kinds_told(shop.clerk) == ["order_placed"]


@SMTP_ONLY
async def test_who_is_no_longer_allowed_gets_no_email(mail: Mailbox) -> None:
    shop = await quiet_shop()
    await placed(shop)
    await db.rows(
        "UPDATE membership SET roles = $2 WHERE id = $1", shop.clerk.viewer.membership_id, [Role.WAREHOUSE.value]
    )
    await send(shop.clerk)
    assert await deliveries(shop.clerk) == [("order_placed", "email", "dropped", "not_allowed")]
    assert mail.came == []


@SMTP_ONLY
async def test_the_button_of_an_email_stops_its_kind(mail: Mailbox) -> None:
    shop = await quiet_shop()
    await placed(shop)
    await send(shop.clerk)
    address = stop_address(mail.came[0])
    transport = httpx.ASGITransport(app=create_application(settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://mall.test") as client:
        looked = await client.get(address)
        assert looked.status_code == 200
        assert '<form method="post"' in looked.text
        await placed(shop)
        await send(shop.clerk)
        assert len(mail.came) == 2  # a look stops nothing
        for wrong in (
            address[:-1] + ("A" if address[-1] != "A" else "B"),
            address.replace("order_placed", "order_expired"),
        ):
            assert (await client.post(wrong)).status_code == 404
        assert (await client.get("/notifications/unsubscribe")).status_code == 404
        done = await client.post(address, data={"List-Unsubscribe": "One-Click"})
        assert (done.status_code, "你" in done.text or "您" in done.text) == (200, True)
    await placed(shop)
    await send(shop.clerk, shop.seller)
    assert await deliveries(shop.clerk) == [("order_placed", "email", "sent", None)] * 2
    assert mail.to.count(shop.seller.login) == 3
    assert len(await kinds_told(shop.clerk)) == 3


@SMTP_ONLY
async def test_what_was_sent_is_forgotten_in_time(mail: Mailbox) -> None:
    shop = await quiet_shop()
    await placed(shop)
    await placed(shop)
    await send(shop.clerk)
    rows = await db.rows(
        "SELECT id FROM notification WHERE member_id = $1 ORDER BY id", shop.clerk.viewer.membership_id
    )
    await db.rows("UPDATE notification SET read_at = now() WHERE id = $1", rows[0]["id"])
    with clock.travel(timedelta(days=29)):
        assert await forget_old() == 0
    with clock.travel(timedelta(days=31)):
        assert await forget_old() == 1
    assert len(await kinds_told(shop.clerk)) == len(await deliveries(shop.clerk)) == 1
    with clock.travel(timedelta(days=181)):
        assert await forget_old() >= 1
    assert await kinds_told(shop.clerk) == []
