"""The addresses of a company to which goods are sent."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final

from app.kernel.page import Page
from app.kernel.wording import Said
from app.network.places import ship_tos
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.papers.lists.customers import region_of
from app.papers.lists.entry import Column, ExportList, Row, counted, flag_in, in_pages, text

_COUNTED: Final = (
    "SELECT FROM ship_to s WHERE s.company_id = $1 AND ($2::bool IS NULL OR (s.status = 'active') = $2) LIMIT $3"
)

_OPEN, _CLOSED = Said("open", "启用"), Said("closed", "停用")


def _filters(said: Mapping[str, Any]) -> bool | None:
    return flag_in(said, "isOpen")


def _pages(viewer: Viewer, is_open: bool | None) -> AsyncGenerator[Sequence[Row], None]:
    async def read(page: Page) -> Sequence[Row]:
        return await ship_tos(viewer, page, is_open=is_open)

    return in_pages(read, lambda row: (row["id"],))


async def _count(viewer: Viewer, is_open: bool | None, most: int) -> int:
    return await counted(_COUNTED, viewer.company_id, is_open, most)


SHIP_TOS: Final = ExportList(
    name="ship_tos",
    title=Said("Ship-to addresses", "收货地址"),
    needs=(Permission.STOREFRONT_READ,),
    columns=(
        Column(Said("Ship to", "收货点"), text("name"), width=24),
        Column(Said("Contact", "联系人"), text("contact"), width=16),
        Column(Said("Phone", "电话"), text("phone"), width=18),
        Column(Said("Region", "区域"), region_of),
        Column(Said("Address", "地址"), text("address"), width=40),
        Column(Said("Status", "状态"), lambda row, reader: reader.say(_OPEN if row["status"] == "active" else _CLOSED)),
    ),
    filters=_filters,
    pages=_pages,
    count=_count,
)
