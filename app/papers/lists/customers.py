"""Companies that buy from a company, with their terms and figures, as its channel managers find and sort them."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.insight.customers import CustomerFilter, CustomerSort, Wanted, count_customers, customers, place_of
from app.insight.rules import Lagging, days_between
from app.kernel.clock import now
from app.kernel.money import Money
from app.kernel.page import Page
from app.kernel.wording import Said
from app.ledger.accounts import position_of
from app.ledger.rules import Position
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.papers.lists.entry import (
    Column,
    ExportList,
    Kind,
    Reader,
    Row,
    codes_in,
    flag_in,
    in_pages,
    moment,
    number_in,
    text,
    text_in,
    uuid_in,
    zone_column,
)

_FUNDINGS: Final = {"credit": Said("on account", "赊销"), "prepayment": Said("prepayment", "预存款")}


@dataclass(frozen=True, slots=True)
class CustomersWanted:
    """Which customers, in which order."""

    filter: CustomerFilter
    sort: CustomerSort


def _filters(said: Mapping[str, Any]) -> CustomersWanted:
    below = number_in(said, "lagsBelowBp")
    lagging = None
    if below is not None:
        lagging = Lagging(below, number_in(said, "lagsMonths") or 0, number_in(said, "lagsBaseMonths") or 0)
    wanted = CustomerFilter(
        network_id=uuid_in(said, "networkId"),
        statuses=codes_in(said, "statuses"),
        region_code=text_in(said, "regionCode"),
        currency=text_in(said, "currency"),
        text=text_in(said, "text"),
        silent_days=number_in(said, "silentDays"),
        overdue=bool(flag_in(said, "overdue")),
        lagging=lagging,
    )
    return CustomersWanted(wanted.checked(), CustomerSort(said.get("sort", CustomerSort.OPENED)))


def _pages(viewer: Viewer, wanted: CustomersWanted) -> AsyncGenerator[Sequence[Row], None]:
    shown = Wanted(money=True, leads=True)

    async def read(page: Page) -> Sequence[Row]:
        found = await customers(viewer, wanted.filter, wanted.sort, page, shown)
        return [{**dict(row), "stands": position_of(row)} if "accounts" in row else dict(row) for row in found]

    return in_pages(read, lambda row: tuple(place_of(wanted.sort, row)))


async def _count(viewer: Viewer, wanted: CustomersWanted, most: int) -> int:
    return await count_customers(viewer, wanted.filter, wanted.sort, most)


def region_of(row: Row, reader: Reader) -> str | None:
    """The name of the row's region."""
    return None if row["code"] is None else reader.name(row)


def stands(title: Said, minor: Callable[[Position], int | None]) -> Column:
    """An amount of where a relation's buyer stands, for those who may see money."""

    def of(row: Row, reader: Reader) -> Money | None:
        position: Position = row["stands"]
        amount = minor(position)
        return None if amount is None else Money(amount, position.currency)

    return Column(title, of, Kind.MONEY, 16, needs=Permission.MONEY_READ, summed=True)


def _turnover(title: Said, column: str) -> Column:
    def of(row: Row, reader: Reader) -> Money:
        return Money(row[column], row["currency"])

    return Column(title, of, Kind.MONEY, 16, needs=Permission.MONEY_READ, summed=True)


def _leads(title: Said, outcome: str) -> Column:
    return Column(title, lambda row, reader: row.get(f"leads_{outcome}"), Kind.WHOLE, 10, needs=Permission.LEAD_MANAGE)


TERMS: Final = (
    Column(Said("Network", "渠道网络"), text("network_name"), width=20),
    Column(Said("Status", "状态"), lambda row, reader: reader.status(row["status"])),
    Column(Said("Level", "级别"), text("level"), Kind.WHOLE, 8),
    Column(Said("Region", "区域"), region_of),
    Column(Said("Since", "开始时间"), moment("created_at"), Kind.MOMENT, 18),
    Column(Said("Funding", "结算方式"), lambda row, reader: reader.say(_FUNDINGS[row["funding"]])),
    Column(Said("Net days", "账期（天）"), text("net_days"), Kind.WHOLE, 10),
    Column(Said("Currency", "币种"), text("currency"), width=8),
)
"""What a relation says of itself, to both of its parties."""

CUSTOMERS: Final = ExportList(
    name="customers",
    title=Said("Customers", "客户"),
    needs=(Permission.BACKOFFICE_READ,),
    columns=(
        Column(Said("Customer", "客户"), text("buyer_name"), width=28),
        Column(Said("Customer code", "客户编码"), text("customer_code")),
        Column(Said("Registration code", "统一社会信用代码"), text("buyer_registration_code"), width=22),
        *TERMS,
        Column(Said("Orders this month", "本月订单数"), text("this_orders"), Kind.WHOLE, 10),
        _turnover(Said("Turnover this month", "本月销售额"), "this_minor"),
        Column(Said("Orders last month", "上月订单数"), text("last_orders"), Kind.WHOLE, 10),
        _turnover(Said("Turnover last month", "上月销售额"), "last_minor"),
        Column(Said("Last order", "最近订单"), text("last_number"), width=20),
        Column(Said("Placed", "最近下单时间"), moment("last_at"), Kind.MOMENT, 18),
        Column(
            Said("Days silent", "未下单天数"),
            lambda row, reader: days_between(row["silent_since"], now(), row["time_zone"]),
            Kind.WHOLE,
            10,
        ),
        stands(Said("Receivable", "应收"), lambda at: at.receivable_minor),
        stands(Said("Overdue", "逾期"), lambda at: at.overdue_minor),
        stands(Said("Held by orders", "订单占用"), lambda at: at.held_minor),
        stands(Said("Credit available", "可用额度"), lambda at: at.available_at(now())),
        stands(Said("Prepaid", "预存款"), lambda at: at.prepaid_minor),
        _leads(Said("Leads accepted", "接收线索"), "accepted"),
        _leads(Said("Leads won", "成交线索"), "won"),
        _leads(Said("Leads lost", "流失线索"), "lost"),
        zone_column(),
    ),
    filters=_filters,
    pages=_pages,
    count=_count,
    per=lambda row, reader: row["currency"],
)
