"""What can be exported: one field of `ExportOf` per list, with the list's own filters."""

import datetime as dt
from enum import Enum
from typing import Any

import strawberry

from app.network.lifecycle import RelationStatus
from schema.logistics import ShipmentFilter
from schema.ordering.fields import OrderFilter

NOT_NARROWED = "Null: all."


@strawberry.enum(description="As which side of its orders a company is meant.")
class TradeSide(Enum):
    """See `app.papers.lists.orders.SIDES`."""

    SELLING = "selling"
    BUYING = "buying"


@strawberry.input(description="Orders, or their lines.")
class ExportOrders:
    """See `app.papers.lists.orders`."""

    side: TradeSide = strawberry.field(description="Those that my company sells, or those that it buys.")
    seller_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this seller.")
    filter: OrderFilter | None = strawberry.field(default=None, description="What they must be like; null: all.")

    def said(self) -> dict[str, Any]:
        wanted = (self.filter or OrderFilter()).read()
        return {
            "side": self.side.value,
            "sellerId": self.seller_id,
            "statuses": wanted.statuses,
            "paymentStatuses": wanted.payment_statuses,
            "fulfilmentStatuses": wanted.fulfilment_statuses,
            "number": wanted.number,
            "buyerReference": wanted.buyer_reference,
            "buyerId": wanted.party_id,
            "placedFrom": wanted.placed_from,
            "placedBefore": wanted.placed_before,
        }


@strawberry.input(description="Shipments of orders.")
class ExportShipments:
    """See `app.papers.lists.shipments`."""

    side: TradeSide = strawberry.field(description="Of orders that my company sells, or that it buys.")
    party_id: strawberry.ID | None = strawberry.field(default=None, description="Only with this other company.")
    filter: ShipmentFilter | None = strawberry.field(default=None, description="What they must be like; null: all.")
    shipped_from: dt.datetime | None = strawberry.field(default=None, description="Left then or later.")
    shipped_before: dt.datetime | None = strawberry.field(default=None, description="Left earlier.")

    def said(self) -> dict[str, Any]:
        wanted = (self.filter or ShipmentFilter()).read()
        return {
            "side": self.side.value,
            "partyId": self.party_id,
            "statuses": wanted.statuses,
            "stalled": wanted.stalled,
            "rejected": wanted.rejected,
            "number": wanted.number,
            "shippedFrom": self.shipped_from,
            "shippedBefore": self.shipped_before,
        }


@strawberry.input(description="What my company offers.")
class ExportListings:
    """See `app.papers.lists.listings`."""

    network_id: strawberry.ID | None = strawberry.field(default=None, description="Only in this network.")
    search: str | None = strawberry.field(default=None, description="Words of names, or the beginning of a code.")
    on_sale: bool | None = strawberry.field(default=None, description="Only those on sale, or only the others.")

    def said(self) -> dict[str, Any]:
        return {"networkId": self.network_id, "search": self.search, "onSale": self.on_sale}


@strawberry.input(description="What a seller offers to my company, at our own prices.")
class ExportOffers:
    """See `app.papers.lists.offers`."""

    seller_id: strawberry.ID = strawberry.field(description="Whose offers.")
    network_id: strawberry.ID | None = strawberry.field(default=None, description="Where we trade in several networks.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="Only in this category.")
    in_stock: bool = strawberry.field(default=False, description="Only what can be promised now.")

    def said(self) -> dict[str, Any]:
        return {
            "sellerId": self.seller_id,
            "networkId": self.network_id,
            "categoryId": self.category_id,
            "inStock": self.in_stock,
        }


@strawberry.input(description="What lies in my company's warehouses.")
class ExportStock:
    """See `app.papers.lists.stock`."""

    network_id: strawberry.ID | None = strawberry.field(default=None, description="Only in this network.")
    warehouse_id: strawberry.ID | None = strawberry.field(default=None, description="Only in this warehouse.")
    sku_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this SKU.")

    def said(self) -> dict[str, Any]:
        return {"networkId": self.network_id, "warehouseId": self.warehouse_id, "skuId": self.sku_id}


@strawberry.input(description="Who buys from my company, on which terms, and where they stand.")
class ExportCustomers:
    """See `app.papers.lists.customers`."""

    network_id: strawberry.ID | None = strawberry.field(default=None, description="Only in this network.")
    status: RelationStatus | None = strawberry.field(default=None, description="Only with this status.")

    def said(self) -> dict[str, Any]:
        return {"networkId": self.network_id, "status": None if self.status is None else self.status.value}


@strawberry.input(one_of=True, description="Which list, with what it must be like. Exactly one of them.")
class ExportOf:
    """One field per entry of `app.papers.lists.LISTS`, under its name."""

    orders: ExportOrders | None = strawberry.field(default=strawberry.UNSET, description="Orders, one row each.")
    order_lines: ExportOrders | None = strawberry.field(
        default=strawberry.UNSET, description="The lines of orders, one row each."
    )
    shipments: ExportShipments | None = strawberry.field(default=strawberry.UNSET, description="Shipments.")
    listings: ExportListings | None = strawberry.field(default=strawberry.UNSET, description="My listings.")
    offers: ExportOffers | None = strawberry.field(default=strawberry.UNSET, description="A seller's price list.")
    stock: ExportStock | None = strawberry.field(default=strawberry.UNSET, description="My stock.")
    customers: ExportCustomers | None = strawberry.field(default=strawberry.UNSET, description="My customers.")

    def read(self) -> tuple[str, dict[str, Any]]:
        """The list's name, and its filters as JSON values, without those that do not narrow."""
        ((name, wanted),) = ((name, one) for name, one in vars(self).items() if one is not strawberry.UNSET)
        return name, {field: _plain(value) for field, value in wanted.said().items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [str(one) for one in value]
    return value if isinstance(value, bool) else str(value)
