"""Root fields of ordering, and what it adds to Storefront and Backoffice."""

import decimal
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.kernel.page import Page
from app.kernel.text import text
from app.network.roles import Permission
from app.ordering import cart as carts
from app.ordering import changes, channel, queries
from app.ordering.lifecycle import OrderStatus
from app.ordering.place import place_order
from app.ordering.preview import preview_order
from app.ordering.statuses import FulfilmentStatus, PaymentStatus
from app.ordering.worklist_filter import Sort
from app.storefront.narrowing import Mall
from schema.access import access
from schema.context import Info
from schema.ordering.amendments import DeskLimit
from schema.ordering.cart import Cart, ChangeCartInput, ChangeCartResult, changed_cart
from schema.ordering.channel import ChannelOrder
from schema.ordering.desk import DeskOrder, WorklistCount, desk_counts, desk_page
from schema.ordering.desk import Filter as DeskFilter
from schema.ordering.freight import FreightRule, SaveFreightRuleInput, SaveFreightRuleResult, saved_freight_rule
from schema.ordering.preview import Ordered, OrderInput, OrderPreview
from schema.ordering.problems import CartChangedMeanwhile, OrderRefused
from schema.ordering.types import Order, Row, line_columns
from schema.page import After, Connection, First, connection
from schema.refusals import KeyReused
from schema.scalars import uuid_of
from schema.selection import asked_below

OrderId = Annotated[strawberry.ID, strawberry.argument(description="The order's id.")]
OrderNumber = Annotated[str, strawberry.argument(description="The order's number.")]


@strawberry.input(description="What orders must be like; what is null does not narrow.")
class OrderFilter:
    """See `app.ordering.queries.OrderFilter`."""

    statuses: list[OrderStatus] | None = strawberry.field(default=None, description="Any of these.")
    payment_statuses: list[PaymentStatus] | None = strawberry.field(default=None, description="Any of these.")
    fulfilment_statuses: list[FulfilmentStatus] | None = strawberry.field(default=None, description="Any of these.")
    number: str | None = strawberry.field(default=None, description="Exactly this number.")
    buyer_reference: str | None = strawberry.field(default=None, description="Exactly this number of the buyer's.")
    buyer_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this buyer.")
    placed_from: datetime | None = strawberry.field(default=None, description="Placed then or later.")
    placed_before: datetime | None = strawberry.field(default=None, description="Placed earlier.")

    def read(self) -> queries.OrderFilter:
        return queries.OrderFilter(
            statuses=_values(self.statuses),
            payment_statuses=_values(self.payment_statuses),
            fulfilment_statuses=_values(self.fulfilment_statuses),
            number=self.number,
            buyer_reference=self.buyer_reference,
            party_id=None if self.buyer_id is None else uuid_of(self.buyer_id, "company"),
            placed_from=self.placed_from,
            placed_before=self.placed_before,
        )


Filter = Annotated[OrderFilter | None, strawberry.argument(description="What they must be like; null: all.")]


def _values(
    statuses: list[OrderStatus] | list[PaymentStatus] | list[FulfilmentStatus] | None,
) -> tuple[str, ...] | None:
    return None if statuses is None else tuple(status.value for status in statuses)


def _page(first: int | None, after: str | None) -> Page:
    return Page.of(first, after, kinds=[UUID], order="orders")


async def _orders(info: Info, rows: Sequence[Row], page: Page) -> Connection[Order]:
    """A page of orders; where their lines are asked for, they are read at once for all of them."""
    context, lines = info.context, {}
    of_lines = asked_below(info, "edges", "node", "lines")
    if of_lines:
        ids = [row["id"] for row in rows[: page.first]]
        lines = await queries.lines_by_orders(context.viewer, ids, line_columns(of_lines))
    return connection(
        rows,
        page.first,
        sort=lambda row: [row["id"]],
        node=lambda row: Order.of(row, context, lines.get(row["id"])),
        order="orders",
        placed="cursor" in asked_below(info, "edges"),
    )


@strawberry.type
class Queries:
    """Root fields of ordering."""

    @strawberry.field(description="An order in which my company is buyer or seller.")
    @access(Permission.ORDER_READ)
    async def order(self, info: Info, id: OrderId) -> Order | None:
        return Order.of(await queries.order_by_id(info.context.viewer, uuid_of(id, "order")), info.context)

    @strawberry.field(description="An order below my brand: who, what, how much and how far; no money unless granted.")
    @access(Permission.ORDER_READ)
    async def channel_order(self, info: Info, id: OrderId) -> ChannelOrder | None:
        return ChannelOrder.of(await channel.channel_order(info.context.viewer, uuid_of(id, "order")))

    @strawberry.field(description="What an order would come to: the same checks and arithmetic as placeOrder.")
    @access(Permission.STOREFRONT_READ)
    async def preview_order(self, info: Info, input: Ordered) -> OrderPreview | None:
        preview = await preview_order(info.context.viewer, input.read())
        return OrderPreview.of(preview, info.context.locale)


@strawberry.input(description="An order to place.")
class PlaceOrderInput:
    """Input of `placeOrder`."""

    client_key: str = strawberry.field(description="Same key and input: the same order; other input: KeyReused.")
    order: OrderInput = strawberry.field(description="The order.")
    expected_total: decimal.Decimal = strawberry.field(
        description="The gross total that I saw; another one now is PriceChanged."
    )
    accept_price_changes: bool | None = strawberry.field(
        default=False, description="Order also where prices are others than I saw."
    )
    cart_version: int | None = strawberry.field(
        default=None,
        description="Order what is in my cart with this seller at this version; the order then names no lines. "
        "The cart is emptied in the same act; another version by now is CartChangedMeanwhile.",
    )


PlaceOrderResult = Annotated[
    Order | OrderRefused | CartChangedMeanwhile | KeyReused, strawberry.union("PlaceOrderResult")
]


@strawberry.type
class Mutations:
    """Mutations of ordering up to the placed order, and of freight."""

    @strawberry.mutation(description="Change my company's cart with a seller. A lost update is refused.")
    @access(Permission.ORDER_PLACE)
    async def change_cart(self, info: Info, input: ChangeCartInput) -> ChangeCartResult | None:
        return await changed_cart(info, input)

    @strawberry.mutation(description="Order from a seller: everything is checked at once, frozen, held and promised.")
    @access(Permission.ORDER_PLACE)
    async def place_order(self, info: Info, input: PlaceOrderInput) -> PlaceOrderResult | None:
        viewer = info.context.viewer
        placed = await place_order(
            viewer,
            client_key=text("clientKey", input.client_key, 200),
            order=input.order.read(),
            expected_total=input.expected_total,
            accept_price_changes=bool(input.accept_price_changes),
            cart_version=input.cart_version,
        )
        return Order.of(placed, info.context)

    @strawberry.mutation(description="Say what delivery to a region costs, for orders from now on.")
    @access(Permission.PRICE_MANAGE)
    async def save_freight_rule(self, info: Info, input: SaveFreightRuleInput) -> SaveFreightRuleResult | None:
        return await saved_freight_rule(info, input)


@strawberry.type
class StorefrontOrdering:
    """What ordering adds to Storefront."""

    mall: strawberry.Private[Mall]

    @strawberry.field(description="My company's cart with this seller.")
    async def cart(self, info: Info) -> Cart:
        facts = await carts.cart_with(info.context.viewer, self.mall.seller_id, self.mall.network_id)
        return Cart.of(facts, info.context.locale)

    @strawberry.field(description="My company's orders with this seller, newest first.")
    async def orders(
        self, info: Info, filter: Filter = None, first: First = None, after: After = None
    ) -> Connection[Order]:
        page, wanted = _page(first, after), (filter or OrderFilter()).read()
        rows = await queries.purchases(info.context.viewer, self.mall.seller_id, self.mall.network_id, wanted, page)
        return await _orders(info, rows, page)

    @strawberry.field(description="One of them, by its number; null where there is none.")
    async def order(self, info: Info, number: OrderNumber) -> Order | None:
        wanted = queries.OrderFilter(number=number)
        viewer = info.context.viewer
        rows = await queries.purchases(viewer, self.mall.seller_id, self.mall.network_id, wanted, Page(first=1))
        return Order.of(rows[0], info.context) if rows else None


@strawberry.type
class BackofficeOrdering:
    """What ordering adds to Backoffice."""

    @strawberry.field(description="Orders that my company sells, newest first.")
    async def orders(
        self, info: Info, filter: Filter = None, first: First = None, after: After = None
    ) -> Connection[Order]:
        page, wanted = _page(first, after), (filter or OrderFilter()).read()
        return await _orders(info, await queries.incoming(info.context.viewer, wanted, page), page)

    @strawberry.field(description="One of them, by its number; null where there is none.")
    async def order(self, info: Info, number: OrderNumber) -> Order | None:
        viewer = info.context.viewer
        rows = await queries.incoming(viewer, queries.OrderFilter(number=number), Page(first=1))
        return Order.of(rows[0], info.context) if rows else None

    @strawberry.field(
        description="Orders that my company sells, by whatever its desk looks for. A page may be short "
        "although more follows, where that is rare among many."
    )
    async def worklist(
        self,
        info: Info,
        filter: DeskFilter = None,
        sort: Annotated[Sort, strawberry.argument(description="In which order.")] = Sort.NEWEST,
        first: First = None,
        after: After = None,
    ) -> Connection[DeskOrder]:
        return await desk_page(info, filter, sort, first, after)

    @strawberry.field(description="How many of them are in each state; ask again when something happened.")
    async def worklist_counts(self, info: Info, filter: DeskFilter = None) -> list[WorklistCount]:
        return await desk_counts(info, filter)

    @strawberry.field(description="How far my company's roles may go by hand; a role that is not named has no limit.")
    async def desk_limits(self, info: Info) -> list[DeskLimit]:
        return [DeskLimit.of(row) for row in await changes.desk_limits(info.context.viewer)]

    @strawberry.field(description="Orders at every level below my brand, newest first.")
    async def channel_orders(
        self, info: Info, filter: Filter = None, first: First = None, after: After = None
    ) -> Connection[ChannelOrder]:
        page, wanted = _page(first, after), (filter or OrderFilter()).read()
        rows = await channel.channel_orders(info.context.viewer, wanted, page)
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=ChannelOrder.of, order="orders")

    @strawberry.field(description="What my company charges for delivery, oldest rule first.")
    async def freight_rules(
        self,
        info: Info,
        network_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only in this network; null: in all of mine.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[FreightRule]:
        page = Page.of(first, after, kinds=[UUID], order="freight-rules")
        only = None if network_id is None else uuid_of(network_id, "network")
        rows = await carts.freight_rules(info.context.viewer, only, page)
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=FreightRule.of, order="freight-rules")
