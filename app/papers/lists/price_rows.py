"""The rows of one of a company's own price lists."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.catalog.queries import skus_by_ids
from app.kernel.page import Page
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said
from app.network.queries import network
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.papers.lists.entry import (
    Column,
    ExportList,
    Kind,
    Row,
    counted,
    in_pages,
    moment,
    text,
    text_in,
    uuid_in,
    zone_column,
)
from app.pricing.queries import own_price_list, price_rows

_COUNTED: Final = """SELECT FROM price_list l JOIN price_row r ON r.price_list_id = l.id JOIN sku s ON s.id = r.sku_id
WHERE l.seller_id = $1 AND l.id = $2 AND ($3::text IS NULL OR s.code = $3) LIMIT $4"""
_INCLUDED: Final = {True: Said("with tax", "含税"), False: Said("without tax", "未税")}


@dataclass(frozen=True, slots=True)
class PricesWanted:
    """Of which list; one SKU's by its code, or all."""

    price_list_id: UUID
    sku: str | None


def _filters(said: Mapping[str, Any]) -> PricesWanted:
    price_list_id = uuid_in(said, "priceListId")
    if price_list_id is None:
        raise BadRequest("priceListId", None, Said("the price list", "价目表 id"))
    return PricesWanted(price_list_id, text_in(said, "sku"))


async def _pages(viewer: Viewer, wanted: PricesWanted) -> AsyncGenerator[Sequence[Row], None]:
    of = await own_price_list(viewer, wanted.price_list_id)
    zone = (await network(viewer, of["network_id"]))["time_zone"]

    async def read(page: Page) -> Sequence[Row]:
        found = await price_rows(viewer, wanted.price_list_id, page, sku=wanted.sku)
        skus = await skus_by_ids(viewer, list({row["sku_id"] for row in found}))
        return [{**dict(skus[row["sku_id"]]), **dict(row), "list": of["name"], "time_zone": zone} for row in found]

    async for rows in in_pages(read, lambda row: (row["id"],)):
        yield rows


async def _count(viewer: Viewer, wanted: PricesWanted, most: int) -> int:
    await own_price_list(viewer, wanted.price_list_id)
    return await counted(_COUNTED, viewer.company_id, wanted.price_list_id, wanted.sku, most)


PRICE_ROWS: Final = ExportList(
    name="price_rows",
    title=Said("Prices", "价目表明细"),
    needs=(Permission.BACKOFFICE_READ,),
    columns=(
        Column(Said("Price list", "价目表"), text("list"), width=20),
        Column(Said("SKU", "商品编码"), text("sku_code"), width=18),
        Column(Said("Description", "品名"), lambda row, reader: reader.name(row), width=32),
        Column(Said("Unit", "单位"), lambda row, reader: reader.unit(row["unit"]), width=8),
        Column(Said("From quantity", "起始数量"), text("min_quantity"), Kind.QUANTITY),
        Column(Said("Currency", "币种"), text("currency"), width=8),
        Column(Said("Unit price", "单价"), text("unit_price"), Kind.PRICE),
        Column(Said("Tax", "税"), lambda row, reader: reader.say(_INCLUDED[row["tax_included"]]), width=10),
        Column(Said("Valid from", "生效时间"), moment("valid_from"), Kind.MOMENT, 18),
        Column(Said("Valid until", "失效时间"), moment("valid_to"), Kind.MOMENT, 18),
        zone_column(),
    ),
    filters=_filters,
    pages=_pages,
    count=_count,
)
