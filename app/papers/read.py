"""What a paper is written from, read in one snapshot and scoped to its reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app import database
from app.fulfilment.package_queries import packages_by_shipments
from app.fulfilment.queries import lines_by_shipments, shipment_by_id
from app.network.roles import Permission
from app.network.sql import readable
from app.network.viewer import Viewer
from app.ordering.queries import lines_by_orders, order_by_id

Row = Mapping[str, Any]


def _names(region: str) -> str:
    """The names of a region from the largest to itself, the country left out: [[zh …], [en …]]."""
    return f"""(SELECT jsonb_build_array(jsonb_agg(part.name_zh ORDER BY length(part.path)),
            jsonb_agg(part.name_en ORDER BY length(part.path)))
        FROM region place JOIN region part ON starts_with(place.path, part.path) AND part.parent_code IS NOT NULL
        WHERE place.code = {region})"""


_ABOUT: Final = f"""
SELECT n.time_zone, r.customer_code, {_names("seller.region_id")} AS seller_region,
    {_names("buyer.region_id")} AS buyer_region, {_names("o.ship_to_snapshot->>'regionCode'")} AS ship_to_region
FROM sales_order o
JOIN trade_relation r ON r.id = o.relation_id
JOIN network n ON n.id = o.network_id
JOIN company seller ON seller.id = o.seller_id
JOIN company buyer ON buyer.id = o.buyer_id
WHERE o.id = $4 AND {readable("r", 1, 2)}
"""
# A line's specification is what its product says of itself beside its name.
_SPECS: Final = """
SELECT l.id, l.factor, s.base_unit, p.attributes FROM sales_order_line l
JOIN sku s ON s.id = l.sku_id JOIN product p ON p.id = s.product_id
WHERE l.order_id = $1
"""


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order whole, as one of its parties may read it. `specs` are by line."""

    order: Row
    about: Row
    lines: Sequence[Row]
    specs: Mapping[UUID, Row]

    @property
    def zone(self) -> ZoneInfo:
        """The network's: dates on papers are its days."""
        return ZoneInfo(self.about["time_zone"])


@dataclass(frozen=True, slots=True)
class ShipmentFacts:
    """A shipment with its packages and its order."""

    shipment: Row
    lines: Sequence[Row]
    packages: Sequence[Row]
    of: OrderFacts


async def read_order(viewer: Viewer, order_id: UUID) -> OrderFacts:
    """Forbidden without `order.read` and `money.read`; NotFound for whoever is no party of the order."""
    viewer.require(Permission.MONEY_READ)
    async with database.snapshot():
        return await _read_order(viewer, order_id)


async def read_shipment(viewer: Viewer, shipment_id: UUID, *, priced: bool = False) -> ShipmentFacts:
    """Forbidden without `order.read`, or for a note with prices without `money.read`; NotFound for whoever is no party
    of the order."""
    if priced:
        viewer.require(Permission.MONEY_READ)
    async with database.snapshot():
        shipment = await shipment_by_id(viewer, shipment_id)
        lines = (await lines_by_shipments(viewer, [shipment_id]))[shipment_id]
        packages = (await packages_by_shipments(viewer, [shipment_id]))[shipment_id]
        return ShipmentFacts(shipment, lines, packages, await _read_order(viewer, shipment["order_id"]))


async def _read_order(viewer: Viewer, order_id: UUID) -> OrderFacts:
    order = await order_by_id(viewer, order_id)
    about = await database.row(_ABOUT, viewer.company_id, *viewer.scope, order_id)
    assert about is not None
    lines = (await lines_by_orders(viewer, [order_id]))[order_id]
    specs = {row["id"]: row for row in await database.rows(_SPECS, order_id)}
    return OrderFacts(order, about, lines, specs)
