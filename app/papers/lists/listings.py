"""What a company offers: its listings, one row each."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.catalog.queries import listings, search_terms, skus_by_ids
from app.kernel.page import Page
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.papers.lists.entry import (
    Column,
    ExportList,
    Kind,
    Reader,
    Row,
    counted,
    flag_in,
    in_pages,
    text,
    text_in,
    uuid_in,
)

_COUNTED: Final = """SELECT FROM listing l JOIN sku s ON s.id = l.sku_id
WHERE l.seller_id = $1 AND ($2::uuid IS NULL OR l.network_id = $2) AND ($3::bool IS NULL OR l.on_sale = $3)
  AND ($4::text IS NULL OR s.search @@ $4::tsquery OR lower(s.code) LIKE $5) LIMIT $6"""
_YES: Final = Said("yes", "是")
_NO: Final = Said("no", "否")


@dataclass(frozen=True, slots=True)
class ListingsWanted:
    """Which listings; None does not narrow."""

    network_id: UUID | None
    search: str | None
    on_sale: bool | None


def _filters(said: Mapping[str, Any]) -> ListingsWanted:
    return ListingsWanted(uuid_in(said, "networkId"), text_in(said, "search"), flag_in(said, "onSale"))


def _pages(viewer: Viewer, wanted: ListingsWanted) -> AsyncGenerator[Sequence[Row], None]:
    async def read(page: Page) -> Sequence[Row]:
        found = await listings(viewer, page, network_id=wanted.network_id, search=wanted.search, on_sale=wanted.on_sale)
        skus = await skus_by_ids(viewer, [row["sku_id"] for row in found])
        return [{**dict(skus[row["sku_id"]]), **dict(row)} for row in found if row["sku_id"] in skus]

    return in_pages(read, lambda row: (row["id"],))


async def _count(viewer: Viewer, wanted: ListingsWanted, most: int) -> int:
    words = search_terms(wanted.search)
    return await counted(_COUNTED, viewer.company_id, wanted.network_id, wanted.on_sale, *words, most)


def _yes(column: str) -> Any:
    def of(row: Row, reader: Reader) -> str:
        return reader.say(_YES if row[column] else _NO)

    return of


LISTINGS: Final = ExportList(
    name="listings",
    title=Said("Listings", "上架商品"),
    needs=(Permission.BACKOFFICE_READ,),
    columns=(
        Column(Said("SKU", "商品编码"), text("code"), width=18),
        Column(Said("Chinese name", "中文名称"), text("name_zh"), width=32),
        Column(Said("English name", "英文名称"), text("name_en"), width=32),
        Column(Said("On sale", "在售"), _yes("on_sale"), width=8),
        Column(Said("Unit", "销售单位"), lambda row, reader: reader.unit(row["unit"]), width=8),
        Column(Said("Base unit", "基本单位"), lambda row, reader: reader.unit(row["base_unit"]), width=8),
        Column(Said("Minimum", "起订量"), text("minimum"), Kind.QUANTITY),
        Column(Said("Multiple", "订货倍数"), text("multiple"), Kind.QUANTITY),
        Column(Said("Maximum", "最大订量"), text("maximum"), Kind.QUANTITY),
        Column(Said("Restricted", "限定客户"), _yes("restricted"), width=10),
        Column(Said("Shown to", "可见客户数"), text("shown_to"), Kind.WHOLE, 10),
        Column(Said("Tax class", "税率类别"), text("tax_class")),
    ),
    filters=_filters,
    pages=_pages,
    count=_count,
)
