"""A worklist of the order desk: orders with their tags, narrowed and sorted as the desk does it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app import database
from app.kernel.page import Page
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.annotate import tags_by_orders
from app.ordering.lifecycle import OrderStatus
from app.ordering.worklist import Place, worklist_places
from app.ordering.worklist_filter import Sort, WaitsFor, WorklistFilter
from app.papers.lists import entry
from app.papers.lists.entry import Column, ExportList, Row, codes_in, moment_in, number_in, text_in, uuid_in
from app.papers.lists.orders import ABOUT, ORDER, ORDERS

COUNTED_AT_A_TIME: Final = 5_000

_ROWS: Final = f"SELECT {ABOUT} {ORDER} WHERE o.id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class WorklistWanted:
    """Which orders, in which order."""

    filter: WorklistFilter
    sort: Sort


def _filters(said: Mapping[str, Any]) -> WorklistWanted:
    statuses, turn = codes_in(said, "statuses"), text_in(said, "waitsFor")
    wanted = WorklistFilter(
        statuses=None if statuses is None else frozenset(OrderStatus(one) for one in statuses),
        waits_for=None if turn is None else WaitsFor(turn),
        buyer_id=uuid_in(said, "buyerId"),
        sku_id=uuid_in(said, "skuId"),
        ship_to_id=uuid_in(said, "shipToId"),
        number_prefix=text_in(said, "numberPrefix"),
        tag=text_in(said, "tag"),
        placed_from=moment_in(said, "placedFrom"),
        placed_before=moment_in(said, "placedBefore"),
        currency=text_in(said, "currency"),
        gross_from_minor=number_in(said, "grossFromMinor"),
        gross_to_minor=number_in(said, "grossToMinor"),
        delivery_method=text_in(said, "deliveryMethod"),
    )
    return WorklistWanted(wanted, Sort(said.get("sort", Sort.NEWEST)))


async def _places(viewer: Viewer, wanted: WorklistWanted, at_a_time: int) -> AsyncGenerator[list[Place], None]:
    """All positions, page by page; a page may be short, or empty, where what is looked for is rare."""
    page = Page(at_a_time)
    while True:
        places, end = await worklist_places(viewer, wanted.filter, wanted.sort, page)
        if places:
            yield places
        if end is None:
            return
        page = Page(at_a_time, end)


async def _pages(viewer: Viewer, wanted: WorklistWanted) -> AsyncGenerator[Sequence[Row], None]:
    async for places in _places(viewer, wanted, entry.PAGE):
        ids = [UUID(str(place[-1])) for place in places]
        rows = {row["id"]: row for row in await database.rows(_ROWS, ids)}
        tags = await tags_by_orders(viewer, list(rows))
        yield [{**dict(rows[one]), "tags": ", ".join(tag["tag"] for tag in tags[one])} for one in ids if one in rows]


async def _count(viewer: Viewer, wanted: WorklistWanted, most: int) -> int:
    found = 0
    async for places in _places(viewer, wanted, COUNTED_AT_A_TIME):
        found += len(places)
        if found >= most:
            return most
    return found


WORKLIST: Final = ExportList(
    name="worklist",
    title=Said("Worklist", "订单工作台"),
    needs=(Permission.ORDER_READ,),
    columns=(*ORDERS.columns, Column(Said("Tags", "标签"), entry.text("tags"), width=20)),
    filters=_filters,
    pages=_pages,
    count=_count,
    per=ORDERS.per,
)
