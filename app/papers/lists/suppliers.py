"""Companies that a company buys from, with its terms there, and where it stands for those who may see money."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.wording import Said
from app.ledger.queries import accounts_by_relations
from app.network.queries import suppliers
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.papers.lists.customers import TERMS, stands
from app.papers.lists.entry import Column, ExportList, Row, counted, in_pages, text, text_in, uuid_in, zone_column

_COUNTED: Final = """SELECT FROM trade_relation r WHERE r.buyer_id = $1
    AND ($2::uuid IS NULL OR r.network_id = $2) AND ($3::text IS NULL OR r.status = $3) LIMIT $4"""


@dataclass(frozen=True, slots=True)
class RelationsWanted:
    """Which relations; None does not narrow."""

    network_id: UUID | None
    status: str | None


def _filters(said: Mapping[str, Any]) -> RelationsWanted:
    return RelationsWanted(uuid_in(said, "networkId"), text_in(said, "status"))


async def _with_standing(viewer: Viewer, relations: Sequence[Row]) -> list[Row]:
    if not viewer.may(Permission.MONEY_READ):
        return list(relations)
    accounts = await accounts_by_relations(viewer, [row["id"] for row in relations])
    return [{**dict(row), "stands": accounts[row["id"]].position} for row in relations]


def _pages(viewer: Viewer, wanted: RelationsWanted) -> AsyncGenerator[Sequence[Row], None]:
    async def read(page: Page) -> Sequence[Row]:
        found = await suppliers(viewer, page, network_id=wanted.network_id, status=wanted.status)
        return await _with_standing(viewer, found)

    return in_pages(read, lambda row: (row["id"],))


async def _count(viewer: Viewer, wanted: RelationsWanted, most: int) -> int:
    return await counted(_COUNTED, viewer.company_id, wanted.network_id, wanted.status, most)


SUPPLIERS: Final = ExportList(
    name="suppliers",
    title=Said("Suppliers", "供应商"),
    needs=(Permission.STOREFRONT_READ,),
    columns=(
        Column(Said("Supplier", "供应商"), text("seller_name"), width=28),
        Column(Said("My customer code", "我的客户编码"), text("customer_code")),
        Column(Said("Registration code", "统一社会信用代码"), text("seller_registration_code"), width=22),
        *TERMS,
        stands(Said("Payable", "应付"), lambda at: at.receivable_minor),
        stands(Said("Overdue", "逾期"), lambda at: at.overdue_minor),
        stands(Said("Held by orders", "订单占用"), lambda at: at.held_minor),
        stands(Said("Credit available", "可用额度"), lambda at: at.available_at(now())),
        stands(Said("Prepaid", "预存款"), lambda at: at.prepaid_minor),
        zone_column(),
    ),
    filters=_filters,
    pages=_pages,
    count=_count,
    per=lambda row, reader: row["currency"],
)
