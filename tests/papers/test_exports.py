"""Lists as XLSX: every list with its own filters, what is in the file, and who may have it."""

import io
import shutil
import subprocess
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app import database as db
from app.network.roles import Role
from app.network.rules import Scope
from app.ordering.cancel import cancel_order
from app.papers.lists import LISTS
from tests.api import Api
from tests.ordering.market import Market, open_market
from tests.papers.exporting import EXPORT, EXPORTS, START, Wanted, asked, column, fetched, listed, written
from tests.papers.reading import cells
from tests.papers.trade import named_order, number_of, shipped
from tests.worlds import new_key
from workers.exports import write_what_waits

pytestmark = pytest.mark.usefixtures("database")

SOLD: dict[str, dict[str, Any]] = {"orders": {"side": "SELLING"}}
BOUGHT: dict[str, dict[str, Any]] = {"orders": {"side": "BUYING"}}


async def three_orders(market: Market) -> list[str]:
    """Of 2,000.00, 2,041.00 and 816.40, the last one cancelled; their numbers."""
    ids = [await named_order(market)]
    skus = await db.rows("SELECT id FROM sku WHERE network_id = $1 ORDER BY code", market.world.network_id)
    ids.append(await market.place([(skus[0]["id"], "2"), (skus[1]["id"], "3")]))
    ids.append(await market.place([(skus[0]["id"], "2")]))
    await cancel_order(market.buyer.viewer, order_id=ids[2], lines=None, reason="重复", client_key=new_key())
    return [await number_of(one) for one in ids]


async def test_orders_with_numbers_dates_and_a_total() -> None:
    api, market = Api(), await open_market()
    numbers = await three_orders(market)
    export = await written(api, market.seller, SOLD)
    file = await fetched(api, export)
    assert (export["list"], export["title"], export["rowsDone"], export["rowsTotal"]) == ("orders", "Orders", 3, 3)
    assert export["progress"] == 1.0
    rows = cells(file)
    assert column(rows, "Order no.") == [*reversed(numbers), "Total CNY (3 rows)"]
    assert column(rows, "Total") == [816.4, 2041, 2000, 4857.4]
    assert column(rows, "Cancelled") == [816.4, 0, 0, 816.4]
    assert column(rows, "Status") == ["cancelled", "waiting for confirmation", "waiting for confirmation", None]
    assert all(isinstance(one, datetime) for one in column(rows, "Order time")[:3])
    assert column(rows, "Time zone")[:3] == ["Asia/Shanghai"] * 3
    (sheet,) = openpyxl.load_workbook(io.BytesIO(file)).worksheets
    assert sheet.freeze_panes == "A2"
    assert sheet.cell(2, rows[0].index("Total") + 1).number_format == "#,##0.00"
    placed = await db.rows(
        "SELECT to_char(placed_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') AS at FROM sales_order"
        " WHERE seller_id = $1 ORDER BY id DESC",
        market.seller.company_id,
    )
    assert [f"{one:%Y-%m-%d %H:%M}" for one in column(rows, "Order time")[:3]] == [row["at"] for row in placed]


async def test_headings_are_in_the_readers_language() -> None:
    api, market = Api(), await open_market()
    await three_orders(market)
    rows = await listed(api, market.buyer, BOUGHT, "zh")
    assert rows[0][:4] == ["订单编号", "状态", "下单时间", "供货方"]
    assert column(rows, "状态")[0] == "已取消"
    assert column(rows, "订单编号")[-1] == "合计 CNY（3 行）"
    assert column(rows, "价税合计")[-1] == 4857.4


async def test_the_lists_own_filters_narrow_the_file() -> None:
    api, market = Api(), await open_market()
    numbers = await three_orders(market)
    of = {"orders": {"side": "SELLING", "filter": {"statuses": ["CANCELLED"]}}}
    assert column(await listed(api, market.seller, of), "Order no.") == [numbers[2], "Total CNY (1 rows)"]
    of = {"orders": {"side": "SELLING", "filter": {"buyerReference": "PO-2026-7"}}}
    assert column(await listed(api, market.seller, of), "Order no.") == [numbers[0], "Total CNY (1 rows)"]
    of = {"orders": {"side": "BUYING", "sellerId": str(market.buyer.company_id)}}
    assert len(await listed(api, market.buyer, of)) == 1
    of = {"orders": {"side": "SELLING", "filter": {"placedBefore": "2020-01-01T00:00:00Z"}}}
    export = await written(api, market.seller, of)
    assert (export["status"], export["rowsTotal"]) == ("DONE", 0)


async def test_order_lines() -> None:
    api, market = Api(), await open_market()
    await three_orders(market)
    rows = await listed(api, market.buyer, {"orderLines": {"side": "BUYING"}})
    assert column(rows, "Ordered") == [2, 2, 3, 2, 3, None]
    assert column(rows, "Cancelled") == [2, 0, 0, 0, 0, None]
    assert column(rows, "Unit price")[:2] == [408.2, 408.2]
    assert column(rows, "Tax %")[0] == 0.13
    assert column(rows, "Amount") == [816.4, 816.4, 1224.6, 800, 1200, 4857.4]
    assert column(rows, "Discount")[-1] == 41
    assert column(rows, "Unit")[0] == "carton"


async def test_shipments_stock_listings_customers_and_a_price_list() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    await shipped(market, order_id)
    number = await number_of(order_id)
    rows = await listed(api, market.seller, {"shipments": {"side": "SELLING"}})
    assert column(rows, "Shipment no.")[0] == f"{number}-1"
    assert (column(rows, "Value"), column(rows, "Lines")) == ([2000, 2000], [2, None])
    assert column(rows, "Tracking no.")[0] == "SF1234567890"
    of: Wanted = {"shipments": {"side": "SELLING", "filter": {"number": "SF1234567890", "stalled": False}}}
    assert len(await listed(api, market.seller, of)) == 3
    of = {"shipments": {"side": "SELLING", "filter": {"rejected": True}}}
    assert len(await listed(api, market.seller, of)) == 1
    rows = await listed(api, market.seller, {"stock": {}})
    assert column(rows, "On hand") == [99992, 99988, 199980]
    assert column(rows, "Warehouse")[2] == "Total piece (2 rows)"
    rows = await listed(api, market.seller, {"listings": {"onSale": True}})
    assert len(rows) == 4
    assert column(rows, "English name")[:2] == ["Exterior emulsion"] * 2
    rows = await listed(api, market.seller, {"customers": {}})
    assert (column(rows, "Customer")[0], column(rows, "Receivable")) == ("Outlet", [2000, 2000])
    assert (column(rows, "Orders this month")[0], column(rows, "Turnover this month")) == (1, [2000, 2000])
    assert (column(rows, "Last order")[0], column(rows, "Days silent")[0]) == (number, 0)
    of = {"customers": {"filter": {"text": "outl"}, "sort": "MOST_TURNOVER"}}
    assert len(await listed(api, market.seller, of)) == 3
    nobody: list[dict[str, Any]] = [{"silentDays": 1}, {"overdue": True}, {"statuses": ["ENDED"]}, {"lagging": {}}]
    for narrowed in nobody:
        assert len(await listed(api, market.seller, {"customers": {"filter": narrowed}})) == 1
    rows = await listed(api, market.buyer, {"offers": {"sellerId": str(market.seller.company_id)}})
    assert column(rows, "My price") == [408.2, 408.2, None]
    assert column(rows, "SKU")[2] == "Total (2 rows)"


async def test_every_list_has_a_field_and_every_field_a_list() -> None:
    api, market = Api(), await open_market()
    known = await api.data(market.seller, '{ __type(name: "ExportOf") { inputFields { name } } }')
    assert {field["name"] for field in known["inputFields"]} == {one.key for one in LISTS.values()}


async def test_a_member_without_money_gets_no_column_of_it() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    await shipped(market, order_id)
    storeman = await market.world.member(market.seller, [Role.WAREHOUSE])
    wanted: list[Wanted] = [SOLD, {"orderLines": SOLD["orders"]}, {"shipments": SOLD["orders"]}, {"customers": {}}]
    for of in wanted:
        rows = await listed(api, storeman, of)
        money = {"Goods", "Total", "Net", "Tax", "Unit price", "Amount", "Value", "Receivable", "Discount", "Overdue"}
        money |= {"Turnover this month", "Turnover last month"}
        assert not money & set(rows[0]), rows[0]
        numbers = [one for row in rows[1:] for one in row if isinstance(one, float | int)]
        assert not {2000, 408.2, 800, 1200} & set(numbers)


async def test_a_scope_narrows_what_is_sold_and_a_brand_sees_no_orders_below() -> None:
    api, market = Api(), await open_market(levels=2)
    await named_order(market)
    elsewhere = await market.world.member(market.seller, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("33",)))
    for party in (elsewhere, market.world.brand):
        for of in (SOLD, {"orderLines": {"side": "SELLING"}}):
            export = await written(api, party, of)
            assert (export["status"], export["rowsTotal"]) == ("DONE", 0)
    assert len(await listed(api, market.seller, SOLD)) == 3


async def test_an_export_is_its_members_alone() -> None:
    api, market = Api(), await open_market()
    await named_order(market)
    mine = await written(api, market.seller, SOLD)
    colleague = await market.world.member(market.seller, [Role.OWNER])
    for other in (colleague, market.buyer):
        assert await api.code(other, EXPORT, id=mine["id"]) == "NOT_FOUND"
        assert (await api.data(other, EXPORTS))["edges"] == []
    assert [edge["node"]["id"] for edge in (await api.data(market.seller, EXPORTS))["edges"]] == [mine["id"]]


async def test_rights_are_judged_when_it_is_asked_when_it_is_written_and_when_it_is_fetched() -> None:
    api, market = Api(), await open_market()
    await named_order(market)
    clerk = await market.world.member(market.seller, [Role.ORDER_CLERK])
    purchaser = await market.world.member(market.buyer, [Role.BUYER])
    said = {"clientKey": new_key(), "of": {"stock": {}}}
    assert await api.code(purchaser, START, input=said) == "FORBIDDEN"
    done, waiting = await written(api, clerk, {"stock": {}}), await asked(api, clerk, {"stock": {}})
    await _roles(clerk.viewer.membership_id, "{buyer}")
    await write_what_waits()
    failed = await db.row("SELECT status, failure FROM export_job WHERE id = $1::uuid", waiting["id"])
    assert failed is not None
    assert tuple(failed) == ("failed", "no_right")
    assert (await api.get(done["url"])).status_code == 404
    await _roles(clerk.viewer.membership_id, "{order_clerk}")
    assert (await api.get(done["url"])).status_code == 200
    found = await api.data(clerk, EXPORT, id=waiting["id"])
    assert found["problem"] == {"code": "NO_RIGHT", "message": "You may not see this list."}
    await db.rows("UPDATE membership SET status = 'suspended' WHERE id = $1", clerk.viewer.membership_id)
    assert (await api.get(done["url"])).status_code == 404


async def test_a_file_with_prices_dies_with_the_right_to_see_them() -> None:
    """The list may still be read, but no longer as this file shows it."""
    api, market = Api(), await open_market()
    await named_order(market)
    clerk = await market.world.member(market.seller, [Role.ORDER_CLERK])
    wanted: list[Wanted] = [SOLD, {"orderLines": SOLD["orders"]}, {"customers": {}}]
    files = [await written(api, clerk, of) for of in wanted]
    stock = await written(api, clerk, {"stock": {}})
    await _roles(clerk.viewer.membership_id, "{warehouse}")
    assert [(await api.get(one["url"])).status_code for one in files] == [404] * 3
    assert (await api.get(stock["url"])).status_code == 200
    without = await written(api, clerk, SOLD)
    await _roles(clerk.viewer.membership_id, "{order_clerk}")
    assert [(await api.get(one["url"])).status_code for one in (*files, without)] == [200] * 4


async def test_a_file_dies_with_the_scope_that_it_was_written_in() -> None:
    api, market = Api(), await open_market()
    await named_order(market)
    manager = await market.world.member(market.seller, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("33", "44")))
    file = await written(api, manager, SOLD)
    for regions, status in (("{33}", 404), ("{44,33}", 200), ("{33,44,51}", 404), (None, 200)):
        await db.rows(
            "UPDATE membership SET scope_region_codes = $2::text::text[], version = version + 1 WHERE id = $1",
            manager.viewer.membership_id,
            regions,
        )
        assert (await api.get(file["url"])).status_code == status, regions


async def _roles(membership_id: object, roles: str) -> None:
    await db.rows(
        "UPDATE membership SET roles = $2::text::text[], version = version + 1 WHERE id = $1", membership_id, roles
    )


async def test_text_that_looks_like_a_formula_stays_text() -> None:
    api, market = Api(), await open_market()
    sku = await market.sku("PAINT")
    evil = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "=1+1" + "x" * 300]
    for remark in evil:
        await market.place([(sku, "1")], remarks=remark)
    file = await fetched(api, await written(api, market.seller, SOLD))
    rows = cells(file)
    assert {str(one).strip() for one in column(rows, "Notes")[:6]} == {one.strip() for one in evil}
    (sheet,) = openpyxl.load_workbook(io.BytesIO(file)).worksheets
    place = rows[0].index("Notes") + 1
    for row in range(2, 8):
        cell = sheet.cell(row, place)
        assert cell.data_type == "s"
        assert cell.quotePrefix
    assert not any(cell.data_type == "f" for line in sheet.iter_rows() for cell in line)


async def test_amounts_of_several_currencies_are_never_added() -> None:
    api, market = Api(), await open_market()
    await named_order(market, discount=None)
    yen = await open_market(currency="JPY")
    sku = await yen.sku("PAINT", price="1000")
    await yen.place([(sku, "3")])
    assert column(await listed(api, yen.seller, SOLD), "Total") == [3000, 3000]
    (sheet,) = openpyxl.load_workbook(io.BytesIO(await fetched(api, await written(api, yen.seller, SOLD)))).worksheets
    assert sheet.cell(2, 18).number_format == "#,##0"


async def test_it_opens_in_libreoffice_with_the_right_totals(tmp_path: Path) -> None:
    """Where LibreOffice is installed it reads the file; where it is not, pytest says so at its end, and openpyxl has
    read that the file's numbers add up to its totals."""
    api, market = Api(), await open_market()
    await three_orders(market)
    file = await fetched(api, await written(api, market.seller, SOLD, "zh"))
    rows = cells(file)
    amounts = [Decimal(str(one)) for one in column(rows, "价税合计")]
    assert sum(amounts[:-1]) == amounts[-1] == Decimal("4857.4")
    if shutil.which("soffice") is not None:
        (tmp_path / "orders.xlsx").write_bytes(file)
        home = f"-env:UserInstallation=file://{tmp_path}/home"
        # 76 is UTF-8; comma, double quote
        subprocess.run(
            [
                *("soffice", home, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76"),
                *("--outdir", str(tmp_path), str(tmp_path / "orders.xlsx")),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        lines = (tmp_path / "orders.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 5
        assert lines[0].startswith("订单编号,状态,下单时间")
        assert lines[-1].startswith("合计 CNY（3 行）")
        assert '"4,857.40"' in lines[-1]
