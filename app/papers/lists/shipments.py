"""Shipments of orders that a company sells or buys, one row each."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app import database
from app.fulfilment.queries import ShipmentFilter
from app.kernel.clock import now
from app.kernel.money import Money
from app.kernel.page import Page
from app.kernel.refusal import BadRequest
from app.kernel.wording import Said, one_of
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.papers.lists.entry import (
    Column,
    ExportList,
    Kind,
    Row,
    codes_in,
    counted,
    flag_in,
    in_pages,
    moment,
    moment_in,
    text,
    text_in,
    uuid_in,
    zone_column,
)
from app.papers.lists.orders import SIDES

_MINE: Final = {
    "selling": f"o.seller_id = $1 AND {in_scope('r', 2)}",
    "buying": "o.buyer_id = $1 AND ($2::uuid[] IS NULL OR true) AND ($3::text[] IS NULL OR true)",
}
_ABOUT: Final = """s.id, s.number, s.status, p.carriers, p.tracking_numbers, s.amount_minor, s.shipped_at,
    s.delivered_at, o.number AS order_number, o.currency, o.ship_to_snapshot->>'name' AS ship_to_name,
    o.ship_to_snapshot->>'address' AS ship_to_address, seller.name AS seller_name, buyer.name AS buyer_name,
    n.time_zone, (SELECT count(*) FROM shipment_line g WHERE g.shipment_id = s.id) AS lines"""
_PACKAGES: Final = """CROSS JOIN LATERAL (
    SELECT string_agg(DISTINCT k.carrier, ', ') AS carriers,
        string_agg(k.tracking_number, ', ' ORDER BY k.position) AS tracking_numbers
    FROM shipment_package k WHERE k.shipment_id = s.id AND k.removed_at IS NULL) p"""
# As in the list of the back office
_STALLED: Final = {
    None: "$6::timestamptz IS NOT NULL",
    True: "s.stalls_at <= $6::timestamptz",
    False: "(s.stalls_at IS NULL OR s.stalls_at > $6::timestamptz)",
}


@dataclass(frozen=True, slots=True)
class ShipmentsWanted:
    """Which shipments; None does not narrow. `party_id` is the other side."""

    side: str
    filter: ShipmentFilter
    party_id: UUID | None
    shipped_from: datetime | None
    shipped_before: datetime | None


def _filters(said: Mapping[str, Any]) -> ShipmentsWanted:
    side = said.get("side", "selling")
    if side not in SIDES:
        raise BadRequest("side", side, one_of(*SIDES))
    return ShipmentsWanted(
        side,
        ShipmentFilter(
            codes_in(said, "statuses"), flag_in(said, "stalled"), flag_in(said, "rejected"), text_in(said, "number")
        ),
        uuid_in(said, "partyId"),
        moment_in(said, "shippedFrom"),
        moment_in(said, "shippedBefore"),
    )


def _chosen(wanted: ShipmentsWanted, columns: str) -> str:
    other = "o.buyer_id" if wanted.side == "selling" else "o.seller_id"
    return f"""SELECT {columns} FROM shipment s
JOIN sales_order o ON o.id = s.order_id
JOIN trade_relation r ON r.id = o.relation_id
JOIN network n ON n.id = o.network_id
JOIN company seller ON seller.id = o.seller_id
JOIN company buyer ON buyer.id = o.buyer_id
{_PACKAGES}
WHERE {_MINE[wanted.side]} AND ($4::text[] IS NULL OR s.status = ANY($4)) AND ($5::uuid IS NULL OR {other} = $5)
  AND {_STALLED[wanted.filter.stalled]}
  AND ($7::bool IS NULL OR EXISTS (SELECT FROM shipment_line g WHERE g.shipment_id = s.id AND g.rejected > 0) = $7)
  AND ($8::text IS NULL OR s.number = $8 OR EXISTS (SELECT FROM shipment_package k
       WHERE k.shipment_id = s.id AND k.removed_at IS NULL AND k.tracking_number = $8))
  AND ($9::timestamptz IS NULL OR s.shipped_at >= $9) AND ($10::timestamptz IS NULL OR s.shipped_at < $10)
  AND ($11::uuid IS NULL OR s.id < $11)
ORDER BY s.id DESC LIMIT $12"""


def _values(viewer: Viewer, wanted: ShipmentsWanted, page: Page) -> tuple[Any, ...]:
    asked = wanted.filter
    statuses = None if asked.statuses is None else list(asked.statuses)
    narrowed = (statuses, wanted.party_id, now(), asked.rejected, asked.number)
    shipped = (wanted.shipped_from, wanted.shipped_before)
    return (viewer.company_id, *viewer.scope, *narrowed, *shipped, page.after[0] if page.after else None, page.limit)


def _pages(viewer: Viewer, wanted: ShipmentsWanted) -> AsyncGenerator[Sequence[Row], None]:
    async def read(page: Page) -> Sequence[Row]:
        return await database.rows(_chosen(wanted, _ABOUT), *_values(viewer, wanted, page))

    return in_pages(read, lambda row: (row["id"],))


async def _count(viewer: Viewer, wanted: ShipmentsWanted, most: int) -> int:
    return await counted(_chosen(wanted, "1 AS one"), *_values(viewer, wanted, Page(most - 1)))


SHIPMENTS: Final = ExportList(
    name="shipments",
    title=Said("Shipments", "发货单"),
    needs=(Permission.ORDER_READ,),
    columns=(
        Column(Said("Shipment no.", "发货单号"), text("number"), width=22),
        Column(Said("Status", "状态"), lambda row, reader: reader.status(row["status"])),
        Column(Said("Order no.", "订单编号"), text("order_number"), width=20),
        Column(Said("Shipped", "发货时间"), moment("shipped_at"), Kind.MOMENT, 18),
        Column(Said("Delivered", "签收时间"), moment("delivered_at"), Kind.MOMENT, 18),
        Column(Said("Seller", "供货方"), text("seller_name"), width=24),
        Column(Said("Buyer", "购货方"), text("buyer_name"), width=24),
        Column(Said("Ship to", "收货点"), text("ship_to_name"), width=20),
        Column(Said("Address", "收货地址"), text("ship_to_address"), width=32),
        Column(Said("Carrier", "承运商"), text("carriers")),
        Column(Said("Tracking no.", "运单号"), text("tracking_numbers"), width=20),
        Column(Said("Lines", "行数"), text("lines"), Kind.WHOLE, 8),
        Column(Said("Currency", "币种"), text("currency"), width=8),
        Column(
            Said("Value", "发货金额"),
            lambda row, reader: Money(row["amount_minor"], row["currency"]),
            Kind.MONEY,
            16,
            needs=Permission.MONEY_READ,
            summed=True,
        ),
        zone_column(),
    ),
    filters=_filters,
    pages=_pages,
    count=_count,
    per=lambda row, reader: row["currency"],
)
