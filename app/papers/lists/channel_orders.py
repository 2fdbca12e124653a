"""Orders at every level below a brand; money only where a relation grants it, as in the brand's own list."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from app.kernel.money import Money
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.channel import channel_orders, count_channel_orders
from app.ordering.queries import OrderFilter
from app.papers.lists.entry import Column, ExportList, Kind, Reader, Row, in_pages, moment, text, zone_column
from app.papers.lists.orders import read_order_filter
from app.papers.wording import DELIVERY_METHODS


def _pages(viewer: Viewer, wanted: OrderFilter) -> AsyncGenerator[Sequence[Row], None]:
    return in_pages(lambda page: channel_orders(viewer, wanted, page), lambda row: (row["id"],))


def _granted(title: Said, column: str) -> Column:
    def of(row: Row, reader: Reader) -> Money | None:
        return None if row[column] is None else Money(row[column], row["currency"])

    return Column(title, of, Kind.MONEY, 16, needs=Permission.MONEY_READ, summed=True)


CHANNEL_ORDERS: Final = ExportList(
    name="channel_orders",
    title=Said("Channel orders", "渠道订单"),
    needs=(Permission.ORDER_READ,),
    columns=(
        Column(Said("Order no.", "订单编号"), text("number"), width=20),
        Column(Said("Status", "状态"), lambda row, reader: reader.status(row["status"]), width=16),
        Column(Said("Order time", "下单时间"), moment("placed_at"), Kind.MOMENT, 18),
        Column(Said("Seller", "供货方"), text("seller_name"), width=24),
        Column(Said("Buyer", "购货方"), text("buyer_name"), width=24),
        Column(Said("Confirmed", "确认时间"), moment("confirmed_at"), Kind.MOMENT, 18),
        Column(Said("Closed", "关闭时间"), moment("closed_at"), Kind.MOMENT, 18),
        Column(Said("Requested for", "要求到货"), text("requested_on"), Kind.DAY, 12),
        Column(
            Said("Delivery", "交货方式"),
            lambda row, reader: reader.say(DELIVERY_METHODS[row["delivery_method"]]),
            width=20,
        ),
        Column(Said("Currency", "币种"), text("currency"), width=8),
        _granted(Said("Discount", "优惠"), "discount_minor"),
        _granted(Said("Freight", "运费"), "freight_gross_minor"),
        _granted(Said("Net", "未税金额"), "net_minor"),
        _granted(Said("Tax", "税额"), "tax_minor"),
        _granted(Said("Total", "价税合计"), "gross_minor"),
        _granted(Said("Cancelled", "已取消金额"), "cancelled_minor"),
        zone_column(),
    ),
    filters=read_order_filter,
    pages=_pages,
    count=count_channel_orders,
    per=lambda row, reader: row["currency"],
)
