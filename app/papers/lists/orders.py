"""Orders that a company sells or buys, one row each."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app import database
from app.kernel.money import Money
from app.kernel.page import Page
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said, one_of
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.ordering.queries import FILTER, OrderFilter, filter_values
from app.papers.lists.entry import (
    Column,
    ExportList,
    Kind,
    Reader,
    Row,
    codes_in,
    counted,
    in_pages,
    moment,
    moment_in,
    text,
    text_in,
    uuid_in,
    zone_column,
)
from app.papers.wording import DELIVERY_METHODS

SIDES: Final = ("selling", "buying")

# $1 company, $2 and $3 scope, then FILTER's own, then one seller among those that the company buys from
_SELLER: Final = f"${4 + len(filter_values(OrderFilter(), Page()))}::uuid"
_MINE: Final = {
    "selling": f"o.seller_id = $1 AND {in_scope('r', 2)}",
    # a scope narrows the seller's side only; its parameters are named to have a type
    "buying": "o.buyer_id = $1 AND ($2::uuid[] IS NULL OR true) AND ($3::text[] IS NULL OR true)",
}


ORDER: Final = """FROM sales_order o
JOIN trade_relation r ON r.id = o.relation_id
JOIN network n ON n.id = o.network_id
JOIN company seller ON seller.id = o.seller_id
JOIN company buyer ON buyer.id = o.buyer_id"""


def chosen(side: str, columns: str) -> str:
    """Orders of one side that match, newest first: the statement, with `$1` … as `values` gives them."""
    return f"""SELECT {columns} {ORDER}
WHERE {_MINE[side]} AND ({_SELLER} IS NULL OR o.seller_id = {_SELLER}) AND {FILTER}"""


ABOUT: Final = """o.id, o.number, o.status, o.placed_at, o.confirmed_at, o.requested_on, o.buyer_reference, o.currency,
    o.delivery_method, o.goods_gross_minor, o.discount_minor, o.freight_gross_minor, o.net_minor, o.tax_minor,
    o.gross_minor, o.cancelled_minor, o.shipped_minor, o.remarks, o.ship_to_snapshot->>'name' AS ship_to_name,
    o.ship_to_snapshot->>'address' AS ship_to_address, seller.name AS seller_name, buyer.name AS buyer_name,
    r.customer_code, n.time_zone"""


@dataclass(frozen=True, slots=True)
class OrdersWanted:
    """Which orders: those that the company sells or those that it buys."""

    side: str
    filter: OrderFilter
    seller_id: UUID | None

    def values(self, viewer: Viewer, page: Page) -> tuple[Any, ...]:
        """The parameters of `chosen`."""
        return (viewer.company_id, *viewer.scope, *filter_values(self.filter, page), self.seller_id)


def read_filters(said: Mapping[str, Any]) -> OrdersWanted:
    """From JSON values. BadRequest for a side or an id that is none."""
    side = said.get("side", "selling")
    if side not in SIDES:
        raise BadRequest("side", side, one_of(*SIDES))
    return OrdersWanted(side, read_order_filter(said), uuid_in(said, "sellerId"))


def read_order_filter(said: Mapping[str, Any]) -> OrderFilter:
    """The filter of every list of orders, from JSON values."""
    return OrderFilter(
        statuses=codes_in(said, "statuses"),
        payment_statuses=codes_in(said, "paymentStatuses"),
        fulfilment_statuses=codes_in(said, "fulfilmentStatuses"),
        number=text_in(said, "number"),
        buyer_reference=text_in(said, "buyerReference"),
        party_id=uuid_in(said, "buyerId"),
        placed_from=moment_in(said, "placedFrom"),
        placed_before=moment_in(said, "placedBefore"),
    )


async def _read(viewer: Viewer, wanted: OrdersWanted, page: Page) -> Sequence[Row]:
    return await database.rows(chosen(wanted.side, ABOUT), *wanted.values(viewer, page))


def _pages(viewer: Viewer, wanted: OrdersWanted) -> AsyncGenerator[Sequence[Row], None]:
    return in_pages(lambda page: _read(viewer, wanted, page), lambda row: (row["id"],))


async def _count(viewer: Viewer, wanted: OrdersWanted, most: int) -> int:
    return await counted(chosen(wanted.side, "1 AS one"), *wanted.values(viewer, Page(most - 1)))


def _money(column: str) -> Any:
    return lambda row, reader: Money(row[column], row["currency"])


def _delivery(row: Row, reader: Reader) -> str:
    return reader.say(DELIVERY_METHODS[row["delivery_method"]])


def money_column(title: Said, column: str, *, summed: bool = True) -> Column:
    """An amount of the row's currency, for those who may see money."""
    return Column(title, _money(column), Kind.MONEY, 16, needs=Permission.MONEY_READ, summed=summed)


COMMON: Final = (
    Column(Said("Order no.", "订单编号"), text("number"), width=20),
    Column(Said("Status", "状态"), lambda row, reader: reader.status(row["status"]), width=16),
    Column(Said("Order time", "下单时间"), moment("placed_at"), Kind.MOMENT, 18),
    Column(Said("Seller", "供货方"), text("seller_name"), width=24),
    Column(Said("Buyer", "购货方"), text("buyer_name"), width=24),
    Column(Said("Customer code", "客户编码"), text("customer_code")),
    Column(Said("Buyer's reference", "客户单号"), text("buyer_reference"), width=18),
)

ORDERS: Final = ExportList(
    name="orders",
    title=Said("Orders", "订单"),
    needs=(Permission.ORDER_READ,),
    columns=(
        *COMMON,
        Column(Said("Confirmed", "确认时间"), moment("confirmed_at"), Kind.MOMENT, 18),
        Column(Said("Requested for", "要求到货"), text("requested_on"), Kind.DAY, 12),
        Column(Said("Delivery", "交货方式"), _delivery, width=20),
        Column(Said("Ship to", "收货点"), text("ship_to_name"), width=20),
        Column(Said("Address", "收货地址"), text("ship_to_address"), width=32),
        Column(Said("Currency", "币种"), text("currency"), width=8),
        money_column(Said("Goods", "货款"), "goods_gross_minor"),
        money_column(Said("Discount", "优惠"), "discount_minor"),
        money_column(Said("Freight", "运费"), "freight_gross_minor"),
        money_column(Said("Net", "未税金额"), "net_minor"),
        money_column(Said("Tax", "税额"), "tax_minor"),
        money_column(Said("Total", "价税合计"), "gross_minor"),
        money_column(Said("Cancelled", "已取消金额"), "cancelled_minor"),
        money_column(Said("Shipped", "已发货金额"), "shipped_minor"),
        Column(Said("Notes", "备注"), text("remarks"), width=32),
        zone_column(),
    ),
    filters=read_filters,
    pages=_pages,
    count=_count,
    per=lambda row, reader: row["currency"],
)
