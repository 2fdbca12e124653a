"""Sales orders and delivery notes: what stands on them in both languages, and who may have them."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

import pypdf
import pytest
from PIL import ImageChops, ImageStat

from app import database as db
from app.fulfilment.confirm_delivery import confirm_delivery
from app.fulfilment.packages import PackageSaid
from app.fulfilment.rules import RejectReason
from app.fulfilment.ship import ship_order
from app.fulfilment.signed import SignedSaid
from app.kernel.clock import at
from app.network.roles import Role
from app.network.rules import Scope
from app.ordering.annotate import note_order, tag_order
from app.ordering.cancel import cancel_order
from app.ordering.confirm import confirm_order
from tests.api import Api
from tests.ordering.market import open_market
from tests.papers.reading import NOTE, ORDER_PAPER, PRICED, glyph_boxes, pages, picture, printed, words
from tests.papers.trade import named_order, number_of, shipped
from tests.worlds import new_key, registration_code

pytestmark = pytest.mark.usefixtures("database")

EVENING = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # the 22nd in Shanghai


async def test_a_sales_order_in_chinese_says_everything_to_the_cent() -> None:
    api, market = Api(), await open_market()
    code = await registration_code(market.buyer)
    with at(EVENING):
        order_id = await named_order(market)
    number = await number_of(order_id)
    said = words(await printed(api, market.buyer, ORDER_PAPER, order_id, "zh"))
    for expected in (
        f"销售单 {number}",
        "下单日期 2026-11-22",
        "客户单号 PO-2026-7",
        "状态 待确认",
        "结算方式 赊销，账期 30 天",
        "供货方 Brand",
        f"购货方 Outlet 统一社会信用代码 {code}",
        "收货信息 佛山收货点 Li Lei 13800000000 广东省佛山市1 Harbour Road",
        "序号 商品编码 品名 规格 单位 数量 含税单价 优惠 税率 税额 价税合计",
        "外墙乳胶漆 哑光 matt; 1 箱 = 4 个 箱 2 408.20 16.40 13% 92.04 800.00",
        "外墙乳胶漆 哑光 matt; 1 箱 = 4 个 箱 3 408.20 24.60 13% 138.05 1,200.00",
        "数量合计 5 箱 货款 2,000.00 元 优惠（已扣） 41.00 元 运费 0.00 元",
        "未税金额 1,769.91 元 税额 230.09 元 合计 2,000.00 元",
        "制单 购货方（签字盖章） 日期",
        "人民币大写 贰仟元整",
        "备注 请于上午送货，谢谢。",
        "第 1 页，共 1 页",
    ):
        assert expected in said, expected


async def test_a_sales_order_in_english_and_in_the_readers_own_language() -> None:
    api, market = Api(), await open_market()
    with at(EVENING):
        order_id = await named_order(market)
    said = words(await printed(api, market.seller, ORDER_PAPER, order_id))
    for expected in (
        f"Sales order {await number_of(order_id)}",
        "Order date 2026-11-22",
        "Status waiting for confirmation",
        "Payment on account, 30 days net",
        "1 Harbour Road, Foshan, Guangdong",
        "Exterior emulsion 哑光 matt; 1 carton = 4 pieces carton 2 408.20 16.40 13% 92.04 800.00",
        "Net 1,769.91 CNY Tax 230.09 CNY Total 2,000.00 CNY Total in words (人民币大写) 贰仟元整",
        "Page 1 of 1",
    ):
        assert expected in said, expected
    await db.rows("UPDATE person SET locale = 'zh' WHERE id = $1", market.seller.viewer.person_id)
    assert "销售单" in words(await printed(api, market.seller, ORDER_PAPER, order_id))


async def test_prices_without_tax_and_cancelled_quantities_are_named_as_such() -> None:
    api, market = Api(), await open_market(tax_mode="excluded")
    order_id = await named_order(market, discount=None)
    row = await db.row("SELECT id FROM sales_order_line WHERE order_id = $1 ORDER BY position LIMIT 1", order_id)
    assert row is not None
    lines = [(row["id"], Decimal(1))]
    await cancel_order(market.buyer.viewer, order_id=order_id, lines=lines, reason="多订了", client_key=new_key())
    said = words(await printed(api, market.buyer, ORDER_PAPER, order_id, "zh"))
    assert "未税单价" in said
    assert "已取消 1 箱 箱 2 408.20 0.00 13% 106.13 922.53" in said
    assert "合计 2,306.33 元 人民币大写 贰仟叁佰零陆元叁角叁分 已取消金额 461.27 元" in said


async def test_a_delivery_note_has_no_price_and_leaves_room_to_sign() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    shipment_id = await shipped(market, order_id)
    pdf = await printed(api, market.seller, NOTE, shipment_id, "zh")
    said = words(pdf)
    for expected in (
        f"送货单 {await number_of(order_id)}-1",
        "承运商 顺丰",
        "运单号 SF1234567890",
        "单位 数量 实收数量",
        "外墙乳胶漆 哑光 matt; 1 箱 = 4 个 箱 2",
        "行数 2 数量合计 5 箱",
        "请当面清点验收",
        "制单 送货人 收货人（签字盖章） 签收日期",
    ):
        assert expected in said, expected
    for price in ("408.20", "800.00", "1,200.00", "2,000.00", "102.05", "元", "CNY"):
        assert price not in said, price
    assert "Delivery note" in words(await printed(api, market.buyer, NOTE, shipment_id, "en"))


async def test_a_delivery_note_with_prices_is_for_whoever_may_see_money() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    shipment_id = await shipped(market, order_id)
    storeman = await market.world.member(market.seller, [Role.WAREHOUSE])
    for party in (market.seller, market.buyer):
        said = words(await printed(api, party, PRICED, shipment_id, "zh"))
        for expected in (
            "单位 数量 含税单价 实收数量",
            "外墙乳胶漆 哑光 matt; 1 箱 = 4 个 箱 2 408.20",
            "本次发货金额（含税、已扣优惠、含运费） 2,000.00 元 人民币大写 贰仟元整",
        ):
            assert expected in said, expected
    assert await api.code(storeman, PRICED, id=str(shipment_id)) == "FORBIDDEN"
    clerk = await market.world.member(market.seller, [Role.ORDER_CLERK])
    link = (await api.data(clerk, PRICED, id=str(shipment_id)))["url"]
    await db.rows("UPDATE membership SET roles = '{warehouse}' WHERE id = $1", clerk.viewer.membership_id)
    assert (await api.get(link)).status_code == 404
    assert "408.20" not in words(await printed(api, clerk, NOTE, shipment_id, "zh"))


async def test_a_delivery_note_names_every_package_and_what_was_signed_for() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    await confirm_order(market.seller.viewer, order_id=order_id, client_key=new_key())
    packages = [PackageSaid("顺丰", f"SF10000000000{n:02}", weight_g=12_500, pieces=4) for n in range(20)] + [
        PackageSaid("德邦", "DPK2026112200001", weight_g=250_000, pieces=20)
    ]
    shipment_id = await ship_order(
        market.seller.viewer, order_id=order_id, lines=None, packages=packages, client_key=new_key()
    )
    said = words(await printed(api, market.seller, NOTE, shipment_id, "zh"))
    for package in packages:
        assert str(package.tracking_number) in said.replace(" ", "")
    assert "承运商 顺丰, 德邦" in said
    assert "包裹数 21（共 100 件）" in said
    assert "重量 500 kg" in said
    assert "客户单号 PO-2026-7" in said
    line = await db.row("SELECT order_line_id FROM shipment_line WHERE shipment_id = $1 AND quantity = 3", shipment_id)
    assert line is not None
    signed = [SignedSaid(line["order_line_id"], Decimal(1), RejectReason.DAMAGED)]
    await confirm_delivery(market.buyer.viewer, shipment_id=shipment_id, lines=signed, client_key=new_key())
    said = words(await printed(api, market.buyer, NOTE, shipment_id, "zh"))
    assert "1 箱 = 4 个 箱 2 2" in said
    assert "1 箱 = 4 个 箱 3 1" in said


async def test_what_a_seller_notes_for_itself_is_on_no_paper() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    await note_order(market.seller.viewer, order_id=order_id, said="内部：客户常拖款", client_key=new_key())
    await tag_order(market.seller.viewer, order_id=order_id, tags=["重点关注"], client_key=new_key())
    shipment_id = await shipped(market, order_id)
    for document, one in ((ORDER_PAPER, order_id), (NOTE, shipment_id), (PRICED, shipment_id)):
        said = words(await printed(api, market.buyer, document, one, "zh"))
        assert "内部" not in said
        assert "重点关注" not in said


async def test_who_may_have_which_paper() -> None:
    api, market = Api(), await open_market(levels=2)
    order_id = await named_order(market)
    shipment_id = await shipped(market, order_id)
    world = market.world
    storeman = await world.member(market.seller, [Role.WAREHOUSE])
    elsewhere = await world.member(market.seller, [Role.CHANNEL_MANAGER], scope=Scope(region_codes=("33",)))
    sibling = await world.buyer(market.seller, "Sibling")
    for party in (market.buyer, market.seller):
        assert (await api.data(party, ORDER_PAPER, id=str(order_id)))["url"].startswith("/files/")
        assert (await api.data(party, NOTE, id=str(shipment_id)))["url"].startswith("/files/")
    assert await api.code(storeman, ORDER_PAPER, id=str(order_id)) == "FORBIDDEN"
    assert "送货单" in words(await printed(api, storeman, NOTE, shipment_id, "zh"))
    for stranger in (world.brand, sibling, elsewhere):
        assert await api.code(stranger, ORDER_PAPER, id=str(order_id)) == "NOT_FOUND"
        assert await api.code(stranger, NOTE, id=str(shipment_id)) == "NOT_FOUND"
    assert await api.code(market.buyer, ORDER_PAPER, id="nonsense") == "NOT_FOUND"
    assert await api.code(market.buyer, ORDER_PAPER, id=str(order_id), locale="de") == "BAD_REQUEST"
    assert await api.code(None, ORDER_PAPER, id=str(order_id)) == "UNAUTHENTICATED"


async def test_five_hundred_lines_repeat_the_heading_and_count_the_pages() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market, lines=500, discount=None)
    pdf = await printed(api, market.buyer, ORDER_PAPER, order_id, "zh")
    found = pages(pdf)
    assert len(found) > 10
    for number, text in enumerate(found, 1):
        assert f"第 {number} 页，共 {len(found)} 页" in text
        assert "商品编码" in text
    codes = [f"WQ-{str(market.relation_id)[-4:]}-{n}" for n in range(500)]
    said = " ".join(" ".join(found).split())
    assert [code for code in codes if f" {code} " not in said] == []
    total = await db.row("SELECT gross_minor FROM sales_order WHERE id = $1", order_id)
    assert total is not None
    assert f"合计 {total['gross_minor'] // 100:,}.{total['gross_minor'] % 100:02} 元" in said


async def test_chinese_is_drawn_and_not_as_empty_boxes() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    pdf = await printed(api, market.buyer, ORDER_PAPER, order_id, "zh")
    image, boxes, scale = picture(pdf, scale=8), glyph_boxes(pdf), 8

    def glyph(character: str):  # type: ignore[no-untyped-def]
        left, bottom, right, top = boxes[character]
        return image.crop(
            (int(left * scale), int(image.height - top * scale), int(right * scale), int(image.height - bottom * scale))
        )

    shapes = {character: glyph(character) for character in "外墙乳胶漆销售单"}
    for character, shape in shapes.items():
        ink = ImageStat.Stat(shape).mean[0]
        assert 60 < ink < 245, f"{character} is {ink} grey: blank, or a black box"
    for one in "外墙乳胶漆":
        for other in "外墙乳胶漆":
            if one != other:
                same_size = shapes[other].resize(shapes[one].size)
                different = ImageStat.Stat(ImageChops.difference(shapes[one], same_size)).mean[0]
                assert different > 15, f"{one} looks like {other}"


async def test_fonts_are_embedded_subsets_that_say_their_characters() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    pdf = await printed(api, market.buyer, ORDER_PAPER, order_id, "zh")
    assert len(pdf) < 150_000
    fonts = {}
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            fonts[str(font.get_object()["/BaseFont"])] = font.get_object()
    used = {name: font for name, font in fonts.items() if "+" in name}
    assert any("DroidSansFallback" in name for name in used)
    for font in used.values():
        assert "/ToUnicode" in font
        assert "/FontFile2" in font["/FontDescriptor"]


async def test_a_file_comes_with_its_name_and_is_nobodys_to_keep() -> None:
    api, market = Api(), await open_market()
    order_id = await named_order(market)
    link = await api.data(market.buyer, ORDER_PAPER, id=str(order_id), locale="zh")
    response = await api.get(link["url"])
    number = await number_of(order_id)
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-disposition"] == (
        f"inline; filename=\"sales-order-{number}.pdf\"; filename*=UTF-8''{quote(f'销售单-{number}.pdf')}"
    )
    assert int(response.headers["content-length"]) == len(response.content)
