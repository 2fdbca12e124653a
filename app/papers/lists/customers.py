"""Companies that buy from a company, with their terms, and with where they stand for those who may see money."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.kernel.clock import now
from app.kernel.money import Money
from app.kernel.page import Page
from app.kernel.wording import Said
from app.ledger.queries import accounts_by_relations
from app.ledger.rules import Position
from app.network.queries import customers
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.papers.lists.entry import (
    Column,
    ExportList,
    Kind,
    Reader,
    Row,
    counted,
    in_pages,
    local,
    text_in,
    uuid_in,
)

_COUNTED: Final = f"""SELECT FROM trade_relation r WHERE r.seller_id = $1 AND {in_scope("r", 2)}
    AND ($4::uuid IS NULL OR r.network_id = $4) AND ($5::text IS NULL OR r.status = $5) LIMIT $6"""
_FUNDINGS: Final = {"credit": Said("on account", "赊销"), "prepayment": Said("prepayment", "预存款")}


@dataclass(frozen=True, slots=True)
class CustomersWanted:
    """Which relations; None does not narrow."""

    network_id: UUID | None
    status: str | None


def _filters(said: Mapping[str, Any]) -> CustomersWanted:
    return CustomersWanted(uuid_in(said, "networkId"), text_in(said, "status"))


def _pages(viewer: Viewer, wanted: CustomersWanted) -> AsyncGenerator[Sequence[Row], None]:
    async def read(page: Page) -> Sequence[Row]:
        found = await customers(viewer, page, network_id=wanted.network_id, status=wanted.status)
        stands = {}
        if viewer.may(Permission.MONEY_READ):
            stands = await accounts_by_relations(viewer, [row["id"] for row in found])
        return [{**dict(row), "stands": stands[row["id"]].position if stands else None} for row in found]

    return in_pages(read, lambda row: (row["id"],))


async def _count(viewer: Viewer, wanted: CustomersWanted, most: int) -> int:
    narrowed = (wanted.network_id, wanted.status)
    return await counted(_COUNTED, viewer.company_id, *viewer.scope, *narrowed, most)


def _text(column: str) -> Any:
    return lambda row, reader: row[column]


def _region(row: Row, reader: Reader) -> str | None:
    return None if row["code"] is None else reader.name(row)


def _stands(title: Said, minor: Any) -> Column:
    def of(row: Row, reader: Reader) -> Money | None:
        position: Position = row["stands"]
        amount: int | None = minor(position)
        return None if amount is None else Money(amount, position.currency)

    return Column(title, of, Kind.MONEY, 16, needs=Permission.MONEY_READ, summed=True)


CUSTOMERS: Final = ExportList(
    name="customers",
    title=Said("Customers", "客户"),
    needs=(Permission.BACKOFFICE_READ,),
    columns=(
        Column(Said("Customer", "客户"), _text("buyer_name"), width=28),
        Column(Said("Customer code", "客户编码"), _text("customer_code")),
        Column(Said("Registration code", "统一社会信用代码"), _text("buyer_registration_code"), width=22),
        Column(Said("Network", "渠道网络"), _text("network_name"), width=20),
        Column(Said("Status", "状态"), lambda row, reader: reader.status(row["status"])),
        Column(Said("Level", "级别"), _text("level"), Kind.WHOLE, 8),
        Column(Said("Region", "区域"), _region),
        Column(
            Said("Since", "开始时间"), lambda row, reader: local(row["created_at"], row["time_zone"]), Kind.MOMENT, 18
        ),
        Column(Said("Funding", "结算方式"), lambda row, reader: reader.say(_FUNDINGS[row["funding"]])),
        Column(Said("Net days", "账期（天）"), _text("net_days"), Kind.WHOLE, 10),
        Column(Said("Currency", "币种"), _text("currency"), width=8),
        _stands(Said("Receivable", "应收"), lambda at: at.receivable_minor),
        _stands(Said("Overdue", "逾期"), lambda at: at.overdue_minor),
        _stands(Said("Held by orders", "订单占用"), lambda at: at.held_minor),
        _stands(Said("Credit available", "可用额度"), lambda at: at.available_at(now())),
        _stands(Said("Prepaid", "预存款"), lambda at: at.prepaid_minor),
    ),
    filters=_filters,
    pages=_pages,
    count=_count,
    per=lambda row, reader: row["currency"],
)
