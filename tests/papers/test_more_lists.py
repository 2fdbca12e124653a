"""The lists of the desk, of a brand, of accounts and of leads as files: what is in them, and for whom."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from app import database as db
from app.kernel.clock import now
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.ledger.rules import ReceiptTo
from app.network.roles import Role
from app.network.rules import Scope
from app.ordering.annotate import note_order, tag_order
from tests.api import Api
from tests.leads.desk import open_desk
from tests.ordering.market import open_market
from tests.papers.exporting import START, Wanted, column, listed, written
from tests.papers.trade import named_order, number_of, shipped
from tests.worlds import new_key, ship_to

pytestmark = pytest.mark.usefixtures("database")


async def test_a_worklist_is_narrowed_and_sorted_as_on_the_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.papers.lists.entry.PAGE", 2)
    monkeypatch.setattr("app.papers.lists.worklist.COUNTED_AT_A_TIME", 2)
    api, market = Api(), await open_market()
    sku = await market.sku("PAINT", price="10.00")
    orders = [await market.place([(sku, str(n))]) for n in (3, 1, 5, 2, 4)]
    await tag_order(market.seller.viewer, order_id=orders[2], tags=["加急", "VIP"], client_key=new_key())
    await note_order(market.seller.viewer, order_id=orders[2], said="internal", client_key=new_key())
    numbers = [await number_of(one) for one in orders]

    async def found(**said: Any) -> list[str]:
        rows = await listed(api, market.seller, {"worklist": said})
        return [str(one) for one in column(rows, "Order no.")[:-1]] if len(rows) > 1 else []

    assert await found() == numbers[::-1]
    assert await found(sort="OLDEST") == numbers
    assert await found(sort="LARGEST") == [numbers[n] for n in (2, 4, 0, 3, 1)]
    assert await found(filter={"tag": "VIP"}) == [numbers[2]]
    assert await found(filter={"numberPrefix": numbers[0]}) == [numbers[0]]
    assert await found(filter={"skuId": str(sku), "waitsFor": "SELLER"}) == numbers[::-1]
    assert await found(filter={"waitsFor": "BUYER"}) == []
    assert await found(filter={"currency": "CNY", "grossFrom": "20.00", "grossTo": "40.00"}, sort="LARGEST") == [
        numbers[n] for n in (4, 0, 3)
    ]
    assert await found(filter={"buyerId": str(market.buyer.company_id), "statuses": ["SUBMITTED"]}) == numbers[::-1]
    assert await found(filter={"buyerId": str(uuid4())}) == []
    rows = await listed(api, market.seller, {"worklist": {}})
    assert column(rows, "Tags")[2] in ("VIP, 加急", "加急, VIP")
    assert column(rows, "Total")[-1] == 150
    assert "internal" not in str(rows)
    assert len(await listed(api, market.buyer, {"worklist": {}})) == 1


async def test_a_brands_channel_orders_have_money_only_where_it_is_granted() -> None:
    api, market = Api(), await open_market(levels=2)
    order_id = await named_order(market)
    of: Wanted = {"channelOrders": {}}
    brand = market.world.brand
    rows = await listed(api, brand, of)
    assert column(rows, "Order no.") == [await number_of(order_id), "Total CNY (1 rows)"]
    assert column(rows, "Total") == [None, None]
    assert 2000 not in {cell for row in rows for cell in row}
    await db.rows("UPDATE trade_relation SET grants_money_to_brand = true WHERE id = $1", market.relation_id)
    assert column(await listed(api, brand, of), "Total") == [2000, 2000]
    elsewhere = await market.world.member(brand, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("33",)))
    for party in (elsewhere, market.seller, market.buyer):
        assert len(await listed(api, party, of)) == 1


async def test_a_statement_of_account_ends_with_what_is_owed() -> None:
    api, market = Api(), await open_market()
    await shipped(market, await named_order(market))
    relation_id = market.relation_id
    for minor, to in ((50_000, ReceiptTo.RECEIVABLE), (30_000, ReceiptTo.PREPAYMENT)):
        await record_receipt(
            market.seller.viewer,
            client_key=new_key(),
            relation_id=relation_id,
            amount_minor=minor,
            method=ReceiptMethod.TRANSFER,
            reference=f"R{minor}",
            to=to,
        )
    of: Wanted = {"accountEntries": {"relationId": str(relation_id)}}
    for party in (market.seller, market.buyer):
        rows = await listed(api, party, of, "zh")
        assert column(rows, "业务类型")[:3] == ["发货", "收款", "收款"]
        assert column(rows, "账户")[:3] == ["应收", "应收", "预存款"]
        assert column(rows, "发生额") == [2000, -500, -300, 1200]
        assert column(rows, "应收余额")[:3] == [2000, 1500, 1500]
        assert column(rows, "预存款余额")[:3] == [0, 0, 300]
        assert column(rows, "时区")[0] == "Asia/Shanghai"
    posted = await db.rows(
        "SELECT posted_at FROM ledger_transfer WHERE relation_id = $1 ORDER BY posted_at", relation_id
    )
    later = {**of["accountEntries"], "postedFrom": posted[1]["posted_at"].isoformat()}
    rows = await listed(api, market.seller, {"accountEntries": later})
    assert column(rows, "Amount") == [-500, -300, -800]
    assert column(rows, "Owed afterwards")[:2] == [1500, 1500]
    future = {**of["accountEntries"], "postedFrom": (now() + timedelta(days=1)).isoformat()}
    assert len(await listed(api, market.seller, {"accountEntries": future})) == 1
    storeman = await market.world.member(market.seller, [Role.WAREHOUSE])
    assert await api.code(storeman, START, input={"clientKey": new_key(), "of": of}) == "FORBIDDEN"
    stranger = await market.world.buyer(market.seller, "Sibling")
    found = await written(api, stranger, of)
    assert (found["status"], found["problem"]["code"]) == ("FAILED", "NO_RIGHT")


async def test_price_rows_suppliers_and_addresses() -> None:
    api, market = Api(), await open_market()
    await market.sku("PAINT", price="10.0050", breaks={"100": "9.5"})
    of: Wanted = {"priceRows": {"priceListId": str(market.price_list)}}
    rows = await listed(api, market.seller, of)
    assert column(rows, "SKU")[:2] == ["PAINT", "PAINT"]
    assert column(rows, "Unit price")[:2] == [10.005, 9.5]
    assert column(rows, "From quantity")[:2] == [0, 100]
    assert column(rows, "Tax")[0] == "with tax"
    assert column(rows, "Price list")[2] == "Total (2 rows)"
    foreign = await written(api, market.buyer, of)
    assert (foreign["status"], foreign["problem"]["code"]) == ("FAILED", "NO_RIGHT")
    await shipped(market, await named_order(market))
    rows = await listed(api, market.buyer, {"suppliers": {"status": "ACTIVE"}})
    assert (column(rows, "Supplier")[0], column(rows, "Payable")) == ("Brand", [2000, 2000])
    assert len(await listed(api, market.buyer, {"suppliers": {"status": "ENDED"}})) == 1
    purchaser = await market.world.member(market.buyer, [Role.WAREHOUSE])
    assert "Payable" not in (await listed(api, purchaser, {"suppliers": {}}))[0]
    await ship_to(market.buyer, region="4406", name="佛山收货点")
    rows = await listed(api, market.buyer, {"shipTos": {"isOpen": True}}, "zh")
    assert "佛山收货点" in column(rows, "收货点")
    assert set(column(rows, "状态")) <= {"启用", None}
    assert len(await listed(api, market.buyer, {"shipTos": {"isOpen": False}})) == 1
    assert "佛山收货点" not in str(await listed(api, market.seller, {"shipTos": {}}))


async def test_leads_are_masked_in_every_file() -> None:
    desk = await open_desk(dealers=1)
    api, (dealer,) = desk.api, desk.dealers
    secrets = {"name": "欧阳修远", "phone": "139 7777 8888", "email": "ouyang@secret-mail.example"}
    taken = await desk.submit(**secrets, address="秘密路 99 号", note="请打我老婆电话", source="fair")
    await desk.does(dealer, "acceptLead", leadId=taken["id"])
    offered = await desk.submit(name="王小明", phone="138 0013 8000")
    pooled = await desk.submit(regionCode="3301")
    of: Wanted = {"leads": {"networkId": desk.network_id}}
    rows = await listed(api, desk.brand, of, "zh")
    assert column(rows, "姓名（已脱敏）")[:3] == ["王**", "王**", "欧**"]
    assert column(rows, "电话（已脱敏）")[1:3] == ["138****8000", "139****8888"]
    assert column(rows, "状态")[:3] == ["线索池", "待接收", "已接收"]
    assert column(rows, "入池原因")[0] == "无经销商覆盖"
    assert column(rows, "经销商")[1] == column(rows, "经销商")[2] is not None
    mine = await listed(api, dealer, {"myLeads": {}}, "zh")
    assert column(mine, "姓名（已脱敏）")[:2] == ["王**", "欧**"]
    assert len(await listed(api, dealer, {"myLeads": {"states": ["ACCEPTED"]}})) == 3
    for said in ("欧阳", "7777", "ouyang", "secret-mail", "秘密路", "老婆", "小明"):
        assert said not in str(rows) + str(mine)
    by_phone = {"leads": {**of["leads"], "filter": {"phone": "139-7777-8888"}}}
    rows = await listed(api, desk.brand, by_phone)
    assert (column(rows, "Source")[0], len(rows)) == ("fair", 3)
    stored = await db.rows("SELECT filters::text AS said FROM export_job")
    assert not any("7777" in row["said"] for row in stored)
    assert len(await listed(api, dealer, of)) == 1
    clerk = await desk.world.member(desk.brand, [Role.ORDER_CLERK])
    assert await api.code(clerk, START, input={"clientKey": new_key(), "of": of}) == "FORBIDDEN"
    elsewhere = await desk.world.member(desk.brand, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("33",)))
    rows = await listed(api, elsewhere, of)
    assert (len(rows), column(rows, "Status")[0]) == (3, "in the pool")
    assert {taken["id"], offered["id"], pooled["id"]}.isdisjoint(str(rows))


async def test_a_filter_that_cannot_be_is_refused_when_it_is_asked_for() -> None:
    api, market = Api(), await open_market()
    wanted: list[Wanted] = [
        {"priceRows": {"priceListId": "x"}},
        {"accountEntries": {"relationId": "x"}},
        {"leads": {"networkId": "x"}},
        {"worklist": {"filter": {"grossFrom": "1"}}},
        {"worklist": {"filter": {"skuId": "x"}}},
        {"channelOrders": {"filter": {"buyerId": "x"}}},
    ]
    for of in wanted:
        code = await api.code(market.seller, START, input={"clientKey": new_key(), "of": of})
        assert code in ("BAD_REQUEST", "NOT_FOUND"), of
    unknown: Wanted = {"priceRows": {"priceListId": str(uuid4())}}
    found = await written(api, market.seller, unknown)
    assert (found["status"], found["problem"]["code"]) == ("FAILED", "NO_RIGHT")
    assert Decimal(found["rowsDone"]) == 0
