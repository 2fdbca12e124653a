"""The lines of orders, one row each: what was ordered, and what has become of it."""

from collections.abc import AsyncGenerator, Sequence
from decimal import Decimal
from typing import Any, Final

from app import database
from app.kernel.page import Page
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.papers.lists.entry import Column, ExportList, Kind, Row, counted, text, zone_column
from app.papers.lists.orders import ABOUT, COMMON, OrdersWanted, chosen, money_column, read_filters

ORDERS_AT_A_TIME: Final = 50
"""An order has a thousand lines at most, and few have more than fifty."""

_LINE: Final = """l.position, l.sku_code, l.name_zh, l.name_en, l.unit, l.ordered, l.cancelled, l.shipped, l.delivered,
    l.unit_price, l.tax_rate_bp, l.discount_minor AS line_discount_minor, l.net_minor AS line_net_minor,
    l.tax_minor AS line_tax_minor, l.gross_minor AS line_gross_minor"""


def _statement(wanted: OrdersWanted) -> str:
    orders = chosen(wanted.side, ABOUT)
    return f"""SELECT o.*, {_LINE} FROM ({orders}) o JOIN sales_order_line l ON l.order_id = o.id
ORDER BY o.id DESC, l.position"""


async def _pages(viewer: Viewer, wanted: OrdersWanted) -> AsyncGenerator[Sequence[Row], None]:
    after: tuple[Any, ...] | None = None
    while True:
        page = Page(ORDERS_AT_A_TIME - 1, after)
        rows = await database.rows(_statement(wanted), *wanted.values(viewer, page))
        if rows:
            yield rows
        if len({row["id"] for row in rows}) < ORDERS_AT_A_TIME:
            return
        after = (rows[-1]["id"],)


async def _count(viewer: Viewer, wanted: OrdersWanted, most: int) -> int:
    orders = chosen(wanted.side, "o.id")  # no order is without lines, so as many orders are enough
    statement = f"SELECT FROM ({orders}) o JOIN sales_order_line l ON l.order_id = o.id LIMIT {int(most)}"
    return await counted(statement, *wanted.values(viewer, Page(most - 1)))


ORDER_LINES: Final = ExportList(
    name="order_lines",
    title=Said("Order lines", "订单明细"),
    needs=(Permission.ORDER_READ,),
    columns=(
        *COMMON,
        Column(Said("Line", "行号"), lambda row, reader: row["position"], Kind.WHOLE, 6),
        Column(Said("SKU", "商品编码"), lambda row, reader: row["sku_code"], width=18),
        Column(Said("Description", "品名"), lambda row, reader: reader.name(row), width=32),
        Column(Said("Unit", "单位"), lambda row, reader: reader.unit(row["unit"]), width=8),
        Column(Said("Ordered", "订购数量"), text("ordered"), Kind.QUANTITY),
        Column(Said("Cancelled", "已取消"), text("cancelled"), Kind.QUANTITY),
        Column(Said("Shipped", "已发货"), text("shipped"), Kind.QUANTITY),
        Column(Said("Delivered", "已签收"), text("delivered"), Kind.QUANTITY),
        Column(Said("Currency", "币种"), lambda row, reader: row["currency"], width=8),
        Column(
            Said("Unit price", "单价"),
            lambda row, reader: row["unit_price"],
            Kind.PRICE,
            needs=Permission.MONEY_READ,
        ),
        Column(
            Said("Tax %", "税率"),
            lambda row, reader: Decimal(row["tax_rate_bp"]) / 10_000,
            Kind.PERCENT,
            8,
            needs=Permission.MONEY_READ,
        ),
        money_column(Said("Discount", "优惠"), "line_discount_minor"),
        money_column(Said("Net", "未税金额"), "line_net_minor"),
        money_column(Said("Tax", "税额"), "line_tax_minor"),
        money_column(Said("Amount", "价税合计"), "line_gross_minor"),
        zone_column(),
    ),
    filters=read_filters,
    pages=_pages,
    count=_count,
    per=lambda row, reader: row["currency"],
)
