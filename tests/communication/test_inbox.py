"""A member's inbox: who is told of what, once, in which language; and what a member may do with it."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar
from uuid import UUID

import pytest

from app import database as db
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.ship import ship_order
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.outbox import Fact
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.network.change_member import change_member, suspend_member
from app.network.change_relation import change_relation, suspend_relation
from app.network.roles import Role
from app.network.rules import Scope, Terms
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from tests.api import Api
from tests.communication.telling import INBOX, MARK, kinds_told, tell
from tests.live.trade import publish_everything
from tests.ordering_lifecycle.orders import Goods, Shop, open_shop
from tests.worlds import Party, new_key, open_world

pytestmark = pytest.mark.usefixtures("database")

PAINT = [Goods("2", 20000)]


@pytest.fixture(scope="module")
def api(database: str) -> Api:
    return Api()


async def confirmed(shop: Shop) -> UUID:
    order_id = await shop.place(PAINT)
    await confirm_order(shop.clerk.viewer, order_id=order_id, client_key=new_key())
    return order_id


async def inbox(api: Api, party: Party, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await api.data(party, INBOX, **more)
    return answer


async def number_of(order_id: UUID) -> str:
    row = await db.row("SELECT number FROM sales_order WHERE id = $1", order_id)
    assert row is not None
    return str(row["number"])


async def test_an_order_is_told_to_those_who_decide_in_their_language(api: Api) -> None:
    shop = await open_shop()
    await tell()
    order_id = await shop.place(PAINT)
    await tell()
    number = await number_of(order_id)
    [edge] = (await inbox(api, shop.clerk))["notifications"]["edges"]
    notification = edge["node"]
    assert {name: notification[name] for name in ("kind", "priority", "title", "text", "linkType", "linkId")} == {
        "kind": "ORDER_PLACED",
        "priority": "HIGH",
        "title": "New order",
        "text": f"The order {number} of Outlet came in: please confirm it.",
        "linkType": "ORDER",
        "linkId": str(order_id),
    }
    assert notification["readAt"] is None
    chinese = await api.data(shop.clerk, INBOX, language="zh-CN")
    [edge] = chinese["notifications"]["edges"]
    assert (edge["node"]["title"], edge["node"]["text"]) == ("新订单", f"Outlet的新订单 {number}，请确认。")
    assert await kinds_told(shop.seller) == ["order_placed"]
    assert await kinds_told(shop.storeman) == []
    assert await kinds_told(shop.purchaser) == ["relation_opened"]


async def test_a_fact_that_is_met_again_is_told_once(api: Api) -> None:
    shop = await open_shop()
    await confirmed(shop)
    await tell()
    before = await db.row("SELECT last_no FROM event_reader WHERE name = 'notifications'")
    assert before is not None
    await db.rows("UPDATE event_reader SET last_no = 0 WHERE name = 'notifications'")
    await tell()
    after = await db.row(
        "SELECT last_no, (SELECT last_no FROM publisher) AS end FROM event_reader WHERE name = $1", "notifications"
    )
    assert after is not None
    assert before["last_no"] <= after["last_no"] <= after["end"]
    assert (await kinds_told(shop.purchaser)).count("order_confirmed") == 1
    assert (await kinds_told(shop.clerk)).count("order_placed") == 1


async def test_the_badge_the_pages_and_reading(api: Api) -> None:
    shop = await open_shop()
    await tell()
    orders = [await shop.place(PAINT) for _ in range(5)]
    await tell()
    first = await inbox(api, shop.clerk, first=2)
    assert first["unread"] == 5
    links = [edge["node"]["linkId"] for edge in first["notifications"]["edges"]]
    page = first["notifications"]["pageInfo"]
    assert page["hasNextPage"]
    rest = await inbox(api, shop.clerk, first=100, after=page["endCursor"])
    links += [edge["node"]["linkId"] for edge in rest["notifications"]["edges"]]
    assert links == [str(one) for one in reversed(orders)]
    chosen = [edge["node"]["id"] for edge in first["notifications"]["edges"]]
    assert await api.data(shop.clerk, MARK, input={"ids": chosen}) == {"marked": 2, "unread": 3}
    assert await api.data(shop.clerk, MARK, input={"ids": chosen}) == {"marked": 0, "unread": 3}
    left = await inbox(api, shop.clerk, unreadOnly=True)
    assert [edge["node"]["linkId"] for edge in left["notifications"]["edges"]] == links[2:]
    second = left["notifications"]["edges"][1]["cursor"]
    assert await api.data(shop.clerk, MARK, input={"upTo": second}) == {"marked": 2, "unread": 1}
    assert [
        edge["node"]["linkId"] for edge in (await inbox(api, shop.clerk, unreadOnly=True))["notifications"]["edges"]
    ] == links[2:3]
    assert (await inbox(api, shop.seller))["unread"] == 5


async def test_nobody_reads_or_marks_anothers_inbox(api: Api) -> None:
    shop = await open_shop()
    await shop.place(PAINT)
    await tell()
    [mine] = (await inbox(api, shop.clerk))["notifications"]["edges"]
    colleague = await shop.world.member(shop.seller, [Role.ORDER_CLERK])
    assert await api.code(colleague, MARK, input={"ids": [mine["node"]["id"]]}) == "NOT_FOUND"
    said = {"ids": [mine["node"]["id"], str(uuid7())]}
    assert await api.code(shop.clerk, MARK, input=said) == "NOT_FOUND"
    assert await api.data(colleague, MARK, input={"upTo": mine["cursor"]}) == {"marked": 0, "unread": 0}
    assert (await inbox(api, shop.clerk))["unread"] == 1
    assert (await inbox(api, colleague))["notifications"]["edges"] == []


@pytest.mark.parametrize("said", [{}, {"ids": [], "upTo": None}, {"upTo": "nonsense"}, {"ids": ["x"]}])
async def test_what_cannot_be_marked(api: Api, said: dict[str, Any]) -> None:
    world = await open_world()
    code = await api.code(world.brand, MARK, input=said)
    assert code == ("NOT_FOUND" if said.get("ids") else "BAD_REQUEST")


async def test_both_at_once_is_refused(api: Api) -> None:
    shop = await open_shop()
    await shop.place(PAINT)
    await tell()
    [one] = (await inbox(api, shop.clerk))["notifications"]["edges"]
    said = {"ids": [one["node"]["id"]], "upTo": one["cursor"]}
    assert await api.code(shop.clerk, MARK, input=said) == "BAD_REQUEST"
    assert (await inbox(api, shop.clerk))["unread"] == 1


async def test_who_did_it_is_not_told_of_it() -> None:
    shop = await open_shop()
    await tell()
    for party in (shop.buyer, shop.purchaser):
        await forget(party)
    order_id = await confirmed(shop)
    shipment_id = await ship_order(
        shop.storeman.viewer, order_id=order_id, lines=None, carrier=None, tracking_number=None, client_key=new_key()
    )
    await confirm_delivery(shop.purchaser.viewer, shipment_id=shipment_id, client_key=new_key())
    mine = await shop.place(PAINT)
    await cancel_order(shop.purchaser.viewer, order_id=mine, lines=None, reason="too many", client_key=new_key())
    await tell()
    assert await kinds_told(shop.clerk) == ["order_placed", "shipment_delivered", "order_placed", "order_cancelled"]
    assert await kinds_told(shop.storeman) == ["shipment_delivered"]
    assert await kinds_told(shop.purchaser) == ["order_confirmed", "shipment_sent"]
    assert await kinds_told(shop.buyer) == ["order_confirmed", "shipment_sent", "order_cancelled"]


async def test_a_channel_manager_is_told_of_what_is_in_scope() -> None:
    shop = await open_shop()
    await shop.world.regions()
    roles = [Role.CHANNEL_MANAGER, Role.ORDER_CLERK]
    here = await shop.world.member(shop.seller, roles, scope=Scope(region_codes=("44",)))
    elsewhere = await shop.world.member(shop.seller, roles, scope=Scope(region_codes=("33",)))
    chosen = await shop.world.member(shop.seller, roles, scope=Scope(relation_ids=(shop.relation_id,)))
    nothing = await shop.world.member(shop.seller, roles, scope=Scope(relation_ids=()))
    terms = Terms(currency="CNY", region_code="4401")
    row = await db.row("SELECT version FROM trade_relation WHERE id = $1", shop.relation_id)
    assert row is not None
    await change_relation(
        shop.seller.viewer,
        client_key=new_key(),
        relation_id=shop.relation_id,
        terms=terms,
        expected_version=row["version"],
    )
    await shop.place(PAINT)
    await tell()
    assert [await kinds_told(one) for one in (here, elsewhere, chosen, nothing)] == [
        ["order_placed"],
        [],
        ["order_placed"],
        [],
    ]


async def test_money_and_relations_are_told_to_whom_they_concern() -> None:
    shop = await open_shop()
    approver = await shop.world.member(shop.buyer, [Role.APPROVER])
    storeman = await shop.world.member(shop.buyer, [Role.WAREHOUSE])
    await tell()
    for party in (shop.buyer, shop.purchaser):
        await forget(party)
    await record_receipt(
        shop.seller.viewer,
        client_key=new_key(),
        relation_id=shop.relation_id,
        amount_minor=100,
        method=ReceiptMethod.CASH,
        reference="desk",
    )
    await suspend_relation(shop.seller.viewer, client_key=new_key(), relation_id=shop.relation_id)
    await tell()
    assert await kinds_told(shop.purchaser) == ["account_received", "relation_suspended"]
    assert await kinds_told(approver) == ["account_received"]
    assert await kinds_told(storeman) == []
    assert await kinds_told(shop.seller) == []


async def test_a_lost_right_takes_its_notifications_along(api: Api) -> None:
    shop = await open_shop()
    await shop.place(PAINT)
    await tell()
    assert (await inbox(api, shop.clerk))["unread"] == 1
    member_id = shop.clerk.viewer.membership_id
    await change_member(
        shop.seller.viewer, client_key=new_key(), member_id=member_id, roles=(Role.FINANCE,), scope=Scope()
    )
    answer = await inbox(api, shop.clerk)
    assert (answer["unread"], answer["notifications"]["edges"]) == (0, [])


async def test_a_suspended_member_is_not_told() -> None:
    shop = await open_shop()
    member_id = shop.clerk.viewer.membership_id
    await suspend_member(shop.seller.viewer, client_key=new_key(), member_id=member_id)
    await shop.place(PAINT)
    await tell()
    assert await kinds_told(shop.clerk) == []
    assert await kinds_told(shop.seller) == ["order_placed"]


class Elsewhere(Fact):
    """A fact of a domain that this one does not know: it says itself who is who."""

    kind: ClassVar[str] = "lead"
    __slots__ = ()


class Exported(Fact):
    kind: ClassVar[str] = "export"
    __slots__ = ()


@act
async def happened(work: Work, kind: type[Fact], what: str, audience: UUID, payload: dict[str, str]) -> UUID:
    subject_id = uuid7()
    work.tell(
        kind(
            network_id=uuid7(),
            subject_id=subject_id,
            version=1,
            what=what,
            audience=(audience,),
            payload=payload,
        )
    )
    return subject_id


async def test_a_fact_that_says_itself_who_is_who(api: Api) -> None:
    shop = await open_shop()
    clerk = str(shop.clerk.viewer.membership_id)
    said = {"memberId": clerk, "number": "orders.xlsx"}
    export_id = await happened(Exported, "ready", shop.seller.company_id, said)
    await tell()
    [edge] = (await inbox(api, shop.clerk))["notifications"]["edges"]
    assert (edge["node"]["text"], edge["node"]["linkId"]) == (
        "The file orders.xlsx can be downloaded.",
        str(export_id),
    )
    assert await kinds_told(shop.seller) == []


async def test_a_fact_that_cannot_be_told_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    shop = await open_shop()
    await shop.place(PAINT)
    await happened(Elsewhere, "offered", shop.buyer.company_id, {"buyerId": "nobody"})
    await shop.place(PAINT)
    with caplog.at_level(logging.ERROR):
        await tell()
    assert await kinds_told(shop.clerk) == ["order_placed", "order_placed"]
    assert [record.message.partition(" of ")[0] for record in caplog.records] == ["nobody was told"]


async def test_statements_are_few(api: Api, counted: Callable[[], AbstractAsyncContextManager[list[str]]]) -> None:
    shop = await open_shop()
    await tell()
    for _ in range(3):
        await shop.place(PAINT)
    await inbox(api, shop.clerk)
    async with counted() as badge:
        await api.data(shop.clerk, "{ viewer { unread } }")
    assert len(badge) == 2  # who asks, and how many

    await publish_everything()
    async with counted() as few:
        await tell()
    for _ in range(30):
        await shop.place(PAINT)
    await publish_everything()
    async with counted() as many:
        await tell()
    assert len(many) == len(few)
    assert len(await kinds_told(shop.clerk)) == 33


async def forget(party: Party) -> None:
    """An empty inbox to begin with."""
    member_id = party.viewer.membership_id
    await db.rows("DELETE FROM notification_delivery WHERE member_id = $1", member_id)
    await db.rows("DELETE FROM notification WHERE member_id = $1", member_id)
