"""What lies in a company's warehouses, one row for each SKU in each of them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.catalog.queries import skus_by_ids
from app.inventory.queries import stock, warehouses_by_ids
from app.kernel.page import Page
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.papers.lists.entry import Column, ExportList, Kind, Row, counted, in_pages, uuid_in

_COUNTED: Final = """SELECT FROM stock_level s JOIN warehouse w ON w.id = s.warehouse_id
WHERE w.company_id = $1 AND ($2::uuid IS NULL OR w.network_id = $2) AND ($3::uuid IS NULL OR s.warehouse_id = $3)
  AND ($4::uuid IS NULL OR s.sku_id = $4) LIMIT $5"""


@dataclass(frozen=True, slots=True)
class StockWanted:
    """Which stock; None does not narrow."""

    network_id: UUID | None
    warehouse_id: UUID | None
    sku_id: UUID | None


def _filters(said: Mapping[str, Any]) -> StockWanted:
    return StockWanted(uuid_in(said, "networkId"), uuid_in(said, "warehouseId"), uuid_in(said, "skuId"))


def _pages(viewer: Viewer, wanted: StockWanted) -> AsyncGenerator[Sequence[Row], None]:
    async def read(page: Page) -> Sequence[Row]:
        found = await stock(
            viewer, page, network_id=wanted.network_id, warehouse_id=wanted.warehouse_id, sku_id=wanted.sku_id
        )
        skus = await skus_by_ids(viewer, [row["sku_id"] for row in found])
        places = await warehouses_by_ids(viewer, list({row["warehouse_id"] for row in found}))
        return [
            {
                **dict(skus[row["sku_id"]]),
                **dict(row),
                "warehouse": places[row["warehouse_id"]]["name"],
                "warehouse_code": places[row["warehouse_id"]]["code"],
            }
            for row in found
        ]

    return in_pages(read, lambda row: (row["warehouse_id"], row["sku_id"]))


async def _count(viewer: Viewer, wanted: StockWanted, most: int) -> int:
    narrowed = (wanted.network_id, wanted.warehouse_id, wanted.sku_id)
    return await counted(_COUNTED, viewer.company_id, *narrowed, most)


def _quantity(title: Said, column: str) -> Column:
    return Column(title, lambda row, reader: row[column], Kind.QUANTITY, summed=True)


STOCK: Final = ExportList(
    name="stock",
    title=Said("Stock", "库存"),
    needs=(Permission.BACKOFFICE_READ,),
    columns=(
        Column(Said("Warehouse", "仓库"), lambda row, reader: row["warehouse"], width=20),
        Column(Said("Warehouse code", "仓库编码"), lambda row, reader: row["warehouse_code"]),
        Column(Said("SKU", "商品编码"), lambda row, reader: row["code"], width=18),
        Column(Said("Description", "品名"), lambda row, reader: reader.name(row), width=32),
        Column(Said("Base unit", "基本单位"), lambda row, reader: reader.unit(row["base_unit"]), width=8),
        _quantity(Said("On hand", "现存量"), "on_hand"),
        _quantity(Said("Reserved", "已预留"), "reserved"),
        _quantity(Said("Allocated", "已分配"), "allocated"),
        _quantity(Said("Held", "冻结"), "held"),
        _quantity(Said("Free", "可用量"), "free"),
    ),
    filters=_filters,
    pages=_pages,
    count=_count,
    per=lambda row, reader: reader.unit(row["base_unit"]),
)
