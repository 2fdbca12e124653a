"""What one seller offers to a company, at the company's own prices: its price list."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app import database
from app.kernel.clock import now
from app.kernel.page import MOST_FIRST, encode_cursor
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.papers.lists.entry import Column, ExportList, Kind, Row, uuid_in
from app.storefront.narrowing import SOURCE, Mall, Narrowed
from app.storefront.offer_row import Columns
from app.storefront.offers import list_offers
from app.storefront.sorting import OfferSort
from app.storefront.sql import OF_NETWORK, OFFERED, Parameters

_ASKED: Final = Columns.PRICE | Columns.LIST_PRICE | Columns.AVAILABILITY | Columns.PRODUCT
_STATES: Final = {
    "none": Said("sold out", "缺货"),
    "low": Said("low", "少量"),
    "plenty": Said("plenty", "充足"),
    "not_stocked": Said("service", "服务"),
}
_INCLUDED: Final = {True: Said("with tax", "含税"), False: Said("without tax", "未税")}


@dataclass(frozen=True, slots=True)
class OffersWanted:
    """Whose offers, and which."""

    mall: Mall
    narrowed: Narrowed


def _filters(said: Mapping[str, Any]) -> OffersWanted:
    seller_id: UUID | None = uuid_in(said, "sellerId")
    if seller_id is None:
        raise BadRequest("sellerId", None, Said("the seller", "供应商 id"))
    narrowed = Narrowed(category_id=uuid_in(said, "categoryId"), in_stock=bool(said.get("inStock")))
    return OffersWanted(Mall(seller_id, uuid_in(said, "networkId")), narrowed)


async def _pages(viewer: Viewer, wanted: OffersWanted) -> AsyncGenerator[Sequence[Row], None]:
    after: str | None = None
    while True:
        page = await list_offers(
            viewer, wanted.mall, wanted.narrowed, sort=OfferSort.SKU, first=MOST_FIRST, after=after, asked=_ASKED
        )
        placed = page.rows[: page.first]
        if placed:
            yield [{"offer": offer, "name_zh": offer.name_zh, "name_en": offer.name_en} for offer, _ in placed]
        if len(page.rows) <= page.first:
            return
        after = encode_cursor(placed[-1][1], page.order)


async def _count(viewer: Viewer, wanted: OffersWanted, most: int) -> int:
    p = Parameters()
    rel = wanted.mall.rel(p, viewer, now())
    where = f"{OF_NETWORK} AND {OFFERED}{wanted.narrowed.conditions(p)}"
    found = await database.row(
        f"""WITH {rel}, chosen AS (SELECT 1 AS one FROM {SOURCE} WHERE {where} LIMIT {int(most)})
SELECT rel.relations, (SELECT count(*) FROM chosen) AS n FROM rel""",
        *p.values,
    )
    return int(wanted.mall.check(found)["n"])


def _price(name: str) -> Any:
    def of(row: Row, reader: object) -> object:
        price = row["offer"].price
        unit_price = None if price is None else getattr(price, name)
        return None if unit_price is None else unit_price.amount

    return of


def _offer(name: str) -> Any:
    return lambda row, reader: getattr(row["offer"], name)


OFFERS: Final = ExportList(
    name="offers",
    title=Said("Price list", "商品报价"),
    needs=(Permission.STOREFRONT_READ,),
    columns=(
        Column(Said("SKU", "商品编码"), _offer("sku_code"), width=18),
        Column(Said("Description", "品名"), lambda row, reader: reader.name(row), width=32),
        Column(Said("Unit", "单位"), lambda row, reader: reader.unit(row["offer"].unit), width=8),
        Column(Said("Minimum", "起订量"), lambda row, reader: row["offer"].rule.minimum, Kind.QUANTITY),
        Column(Said("Multiple", "订货倍数"), lambda row, reader: row["offer"].rule.multiple, Kind.QUANTITY),
        Column(Said("Currency", "币种"), _offer("currency"), width=8),
        Column(Said("My price", "我的价格"), _price("unit_price"), Kind.PRICE),
        Column(Said("List price", "目录价"), _price("list_price"), Kind.PRICE),
        Column(Said("Tax", "税"), lambda row, reader: reader.say(_INCLUDED[row["offer"].tax_included]), width=10),
        Column(
            Said("Availability", "库存状态"),
            lambda row, reader: reader.say(_STATES[row["offer"].availability.state.value]),
            width=10,
        ),
        Column(Said("Available", "可订数量"), lambda row, reader: row["offer"].availability.quantity, Kind.QUANTITY),
    ),
    filters=_filters,
    pages=_pages,
    count=_count,
)
