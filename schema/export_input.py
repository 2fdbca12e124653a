"""What can be exported: one field of `ExportOf` per list, with the list's own filters."""

import datetime as dt
from enum import Enum
from typing import Any

import strawberry

from app.insight.customers import CustomerSort
from app.network.lifecycle import RelationStatus
from app.ordering.worklist_filter import Sort
from schema.customers import CustomerFilterInput
from schema.leads.fields import LeadFilterInput
from schema.leads.types import LeadState
from schema.logistics import ShipmentFilter
from schema.ordering.desk import WorklistFilter
from schema.ordering.fields import OrderFilter
from schema.scalars import uuid_of

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
        return {"side": self.side.value, "sellerId": self.seller_id, **_order_filter(self.filter)}


@strawberry.input(description="Orders at every level below my brand.")
class ExportChannelOrders:
    """See `app.papers.lists.channel_orders`."""

    filter: OrderFilter | None = strawberry.field(default=None, description="What they must be like; null: all.")

    def said(self) -> dict[str, Any]:
        return _order_filter(self.filter)


@strawberry.input(description="Orders that my company sells, as its order desk narrows and sorts them.")
class ExportWorklist:
    """See `app.papers.lists.worklist`."""

    filter: WorklistFilter | None = strawberry.field(default=None, description="What they must be like; null: all.")
    sort: Sort = strawberry.field(default=Sort.NEWEST, description="In which order.")

    def said(self) -> dict[str, Any]:
        wanted = (self.filter or WorklistFilter()).read()
        return {
            "statuses": None if wanted.statuses is None else sorted(one.value for one in wanted.statuses),
            "waitsFor": None if wanted.waits_for is None else wanted.waits_for.value,
            "buyerId": wanted.buyer_id,
            "skuId": wanted.sku_id,
            "shipToId": wanted.ship_to_id,
            "numberPrefix": wanted.number_prefix,
            "tag": wanted.tag,
            "placedFrom": wanted.placed_from,
            "placedBefore": wanted.placed_before,
            "currency": wanted.currency,
            "grossFromMinor": wanted.gross_from_minor,
            "grossToMinor": wanted.gross_to_minor,
            "deliveryMethod": wanted.delivery_method,
            "sort": self.sort.value,
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
    filter: CustomerFilterInput | None = strawberry.field(
        default=None, description="What they must be like; null: all."
    )
    sort: CustomerSort = strawberry.field(default=CustomerSort.OPENED, description="What stands first.")

    def said(self) -> dict[str, Any]:
        network = None if self.network_id is None else uuid_of(self.network_id, "network")
        status = None if self.status is None else self.status.value
        wanted = (self.filter or CustomerFilterInput()).read(network, status)
        lags = wanted.lagging
        return {
            "networkId": network,
            "statuses": wanted.statuses,
            "regionCode": wanted.region_code,
            "currency": wanted.currency,
            "text": wanted.text,
            "silentDays": wanted.silent_days,
            "overdue": wanted.overdue or None,
            "lagsBelowBp": None if lags is None else lags.below_bp,
            "lagsMonths": None if lags is None else lags.months,
            "lagsBaseMonths": None if lags is None else lags.base_months,
            "sort": self.sort.value,
        }


@strawberry.input(description="Whom my company buys from, on which terms, and where it stands with them.")
class ExportSuppliers:
    """See `app.papers.lists.suppliers`."""

    network_id: strawberry.ID | None = strawberry.field(default=None, description="Only in this network.")
    status: RelationStatus | None = strawberry.field(default=None, description="Only with this status.")

    def said(self) -> dict[str, Any]:
        return {"networkId": self.network_id, "status": None if self.status is None else self.status.value}


@strawberry.input(description="The addresses to which goods are sent to my company.")
class ExportShipTos:
    """See `app.papers.lists.ship_tos`."""

    is_open: bool | None = strawberry.field(default=None, description="True: only open ones; false: only closed ones.")

    def said(self) -> dict[str, Any]:
        return {"isOpen": self.is_open}


@strawberry.input(description="The rows of one of my company's price lists.")
class ExportPriceRows:
    """See `app.papers.lists.price_rows`."""

    price_list_id: strawberry.ID = strawberry.field(description="The price list.")
    sku: str | None = strawberry.field(default=None, description="Only of the SKU with this code.")

    def said(self) -> dict[str, Any]:
        return {"priceListId": self.price_list_id, "sku": self.sku}


@strawberry.input(description="What was posted between a buyer and a seller, with the balance after each posting.")
class ExportAccountEntries:
    """See `app.papers.lists.account_entries`."""

    relation_id: strawberry.ID = strawberry.field(description="The relation in which my company buys or sells.")
    posted_from: dt.datetime | None = strawberry.field(default=None, description="Posted then or later.")
    posted_before: dt.datetime | None = strawberry.field(default=None, description="Posted earlier.")

    def said(self) -> dict[str, Any]:
        return {
            "relationId": self.relation_id,
            "postedFrom": self.posted_from,
            "postedBefore": self.posted_before,
        }


@strawberry.input(description="My brand's leads. Who the person is stands masked in the file.")
class ExportLeads:
    """See `app.papers.lists.leads`."""

    network_id: strawberry.ID = strawberry.field(description="My brand's network.")
    filter: LeadFilterInput | None = strawberry.field(default=None, description="What they must be like; null: all.")

    def said(self) -> dict[str, Any]:
        """A phone number is kept as the digest by which it is found."""
        wanted = (self.filter or LeadFilterInput()).read(uuid_of(self.network_id, "network"))
        return {
            "networkId": self.network_id,
            "statuses": wanted.statuses,
            "source": wanted.source,
            "campaign": wanted.campaign,
            "regionCode": wanted.region_code,
            "dealerId": wanted.dealer_id,
            "poolReasons": wanted.pool_reasons,
            "receivedFrom": wanted.received_from,
            "receivedBefore": wanted.received_before,
            "phoneKey": None if wanted.phone_key is None else wanted.phone_key.hex(),
        }


@strawberry.input(description="The leads that my company was offered. Who the person is stands masked in the file.")
class ExportMyLeads:
    """See `app.papers.lists.leads`."""

    states: list[LeadState] | None = strawberry.field(default=None, description="Only what is this to me; null: all.")

    def said(self) -> dict[str, Any]:
        return {"states": None if self.states is None else [str(one.value) for one in self.states]}


@strawberry.input(one_of=True, description="Which list, with what it must be like. Exactly one of them.")
class ExportOf:
    """One field per entry of `app.papers.lists.LISTS`, under its name."""

    orders: ExportOrders | None = strawberry.field(default=strawberry.UNSET, description="Orders, one row each.")
    order_lines: ExportOrders | None = strawberry.field(
        default=strawberry.UNSET, description="The lines of orders, one row each."
    )
    worklist: ExportWorklist | None = strawberry.field(
        default=strawberry.UNSET, description="Orders as the order desk has them, with their tags."
    )
    channel_orders: ExportChannelOrders | None = strawberry.field(
        default=strawberry.UNSET, description="Orders below my brand."
    )
    shipments: ExportShipments | None = strawberry.field(default=strawberry.UNSET, description="Shipments.")
    listings: ExportListings | None = strawberry.field(default=strawberry.UNSET, description="My listings.")
    offers: ExportOffers | None = strawberry.field(default=strawberry.UNSET, description="A seller's price list.")
    price_rows: ExportPriceRows | None = strawberry.field(
        default=strawberry.UNSET, description="Rows of one of my price lists."
    )
    stock: ExportStock | None = strawberry.field(default=strawberry.UNSET, description="My stock.")
    customers: ExportCustomers | None = strawberry.field(default=strawberry.UNSET, description="My customers.")
    suppliers: ExportSuppliers | None = strawberry.field(default=strawberry.UNSET, description="My suppliers.")
    ship_tos: ExportShipTos | None = strawberry.field(default=strawberry.UNSET, description="My ship-to addresses.")
    account_entries: ExportAccountEntries | None = strawberry.field(
        default=strawberry.UNSET, description="A statement of account (对账单)."
    )
    leads: ExportLeads | None = strawberry.field(default=strawberry.UNSET, description="My brand's leads.")
    my_leads: ExportMyLeads | None = strawberry.field(
        default=strawberry.UNSET, description="The leads that I was offered."
    )

    def read(self) -> tuple[str, dict[str, Any]]:
        """The list's name, and its filters as JSON values, without those that do not narrow."""
        ((name, wanted),) = ((name, one) for name, one in vars(self).items() if one is not strawberry.UNSET)
        return name, {field: _plain(value) for field, value in wanted.said().items() if value is not None}


def _order_filter(said: OrderFilter | None) -> dict[str, Any]:
    wanted = (said or OrderFilter()).read()
    return {
        "statuses": wanted.statuses,
        "paymentStatuses": wanted.payment_statuses,
        "fulfilmentStatuses": wanted.fulfilment_statuses,
        "number": wanted.number,
        "buyerReference": wanted.buyer_reference,
        "buyerId": wanted.party_id,
        "placedFrom": wanted.placed_from,
        "placedBefore": wanted.placed_before,
    }


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [str(one) for one in value]
    return value if isinstance(value, bool) else str(value)
