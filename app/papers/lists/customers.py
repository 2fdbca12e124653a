"""Companies that buy from a company, with their terms, and with where they stand for those who may see money."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
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
    moment,
    text,
    text_in,
    uuid_in,
    zone_column,
)

_COUNTED: Final = f"""SELECT FROM trade_relation r WHERE r.seller_id = $1 AND {in_scope("r", 2)}
    AND ($4::uuid IS NULL OR r.network_id = $4) AND ($5::text IS NULL OR r.status = $5) LIMIT $6"""
_FUNDINGS: Final = {"credit": Said("on account", "赊销"), "prepayment": Said("prepayment", "预存款")}


@dataclass(frozen=True, slots=True)
class RelationsWanted:
    """Which relations; None does not narrow."""

    network_id: UUID | None
    status: str | None


def relation_filters(said: Mapping[str, Any]) -> RelationsWanted:
    """The filter of every list of relations, from JSON values."""
    return RelationsWanted(uuid_in(said, "networkId"), text_in(said, "status"))


def _pages(viewer: Viewer, wanted: RelationsWanted) -> AsyncGenerator[Sequence[Row], None]:
    async def read(page: Page) -> Sequence[Row]:
        found = await customers(viewer, page, network_id=wanted.network_id, status=wanted.status)
        return await with_standing(viewer, found)

    return in_pages(read, lambda row: (row["id"],))


async def _count(viewer: Viewer, wanted: RelationsWanted, most: int) -> int:
    narrowed = (wanted.network_id, wanted.status)
    return await counted(_COUNTED, viewer.company_id, *viewer.scope, *narrowed, most)


async def with_standing(viewer: Viewer, relations: Sequence[Row]) -> list[Row]:
    """The relations, each with where its buyer stands for a viewer who may see money."""
    if not viewer.may(Permission.MONEY_READ):
        return list(relations)
    accounts = await accounts_by_relations(viewer, [row["id"] for row in relations])
    return [{**dict(row), "stands": accounts[row["id"]].position} for row in relations]


def region_of(row: Row, reader: Reader) -> str | None:
    return None if row["code"] is None else reader.name(row)


def stands(title: Said, minor: Callable[[Position], int | None]) -> Column:
    """An amount of where a relation's buyer stands, for those who may see money."""

    def of(row: Row, reader: Reader) -> Money | None:
        position: Position = row["stands"]
        amount = minor(position)
        return None if amount is None else Money(amount, position.currency)

    return Column(title, of, Kind.MONEY, 16, needs=Permission.MONEY_READ, summed=True)


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
        stands(Said("Receivable", "应收"), lambda at: at.receivable_minor),
        stands(Said("Overdue", "逾期"), lambda at: at.overdue_minor),
        stands(Said("Held by orders", "订单占用"), lambda at: at.held_minor),
        stands(Said("Credit available", "可用额度"), lambda at: at.available_at(now())),
        stands(Said("Prepaid", "预存款"), lambda at: at.prepaid_minor),
        zone_column(),
    ),
    filters=relation_filters,
    pages=_pages,
    count=_count,
    per=lambda row, reader: row["currency"],
)
