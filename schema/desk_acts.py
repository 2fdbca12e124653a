"""More of the order desk: ordering on behalf of a buyer, notes and tags."""

import decimal
from typing import Annotated

import strawberry

from app.kernel.text import text
from app.network.roles import Permission
from app.ordering import queries
from app.ordering.annotate import note_order, tag_order
from app.ordering.place_on_behalf import place_on_behalf
from schema.access import access
from schema.context import Info
from schema.order_actions import client_key
from schema.ordering.desk import DeskOrder
from schema.ordering.preview import OrderInput
from schema.ordering.problems import OrderRefused
from schema.ordering.types import Order
from schema.refusals import KeyReused
from schema.scalars import uuid_of


@strawberry.input(description="An order that the seller places for a buyer.")
class PlaceOnBehalfInput:
    """Input of `placeOnBehalf`."""

    client_key: str = client_key()
    buyer_id: strawberry.ID = strawberry.field(description="The buyer, in my scope.")
    order: OrderInput = strawberry.field(description="The order; its seller is my company.")
    expected_total: decimal.Decimal = strawberry.field(description="The gross total that was agreed.")
    accept_price_changes: bool | None = strawberry.field(
        default=False, description="Order also where prices are others than were agreed."
    )


@strawberry.input(description="A note about an order.")
class NoteOrderInput:
    """Input of `noteOrder`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    text: str = strawberry.field(description="What to remember.")


@strawberry.input(description="The tags of an order; it has no others from then on.")
class TagOrderInput:
    """Input of `tagOrder`."""

    client_key: str = client_key()
    order_id: strawberry.ID = strawberry.field(description="The order.")
    tags: list[str] = strawberry.field(description="At most 20, each of at most 40 characters; none clears them.")


PlaceOnBehalfResult = Annotated[
    Order | OrderRefused | KeyReused, strawberry.union("PlaceOnBehalfResult", description="The order, or why not.")
]
AnnotateOrderResult = Annotated[
    DeskOrder | KeyReused,
    strawberry.union("AnnotateOrderResult", description="The order with its notes and tags, or why not."),
]


@strawberry.type
class Mutations:
    """Acts of the seller's desk."""

    @strawberry.field(
        description="Order for one of my buyers (代客下单): the same checks as the buyer's own. The buyer is told, and "
        "the timeline says who did it."
    )
    @access(Permission.ORDER_DECIDE)
    async def place_on_behalf(
        self,
        info: Info,
        input: Annotated[PlaceOnBehalfInput, strawberry.argument(description="For whom, and what.")],
    ) -> PlaceOnBehalfResult | None:
        placed = await place_on_behalf(
            info.context.viewer,
            client_key=text("clientKey", input.client_key, 200),
            buyer_id=uuid_of(input.buyer_id, "company"),
            order=input.order.read(),
            expected_total=input.expected_total,
            accept_price_changes=bool(input.accept_price_changes),
        )
        return Order.of(placed, info.context)

    @strawberry.field(description="As its seller: write a note about an order, for my company only.")
    @access(Permission.ORDER_DECIDE)
    async def note_order(
        self,
        info: Info,
        input: Annotated[NoteOrderInput, strawberry.argument(description="Which order, and what.")],
    ) -> AnnotateOrderResult | None:
        viewer = info.context.viewer
        order_id = await note_order(
            viewer, order_id=uuid_of(input.order_id, "order"), said=input.text, client_key=input.client_key
        )
        return DeskOrder.of(await queries.order_by_id(viewer, order_id), info)

    @strawberry.field(description="As its seller: say which tags an order has, for my company only.")
    @access(Permission.ORDER_DECIDE)
    async def tag_order(
        self,
        info: Info,
        input: Annotated[TagOrderInput, strawberry.argument(description="Which order, and all of its tags.")],
    ) -> AnnotateOrderResult | None:
        viewer = info.context.viewer
        order_id = await tag_order(
            viewer, order_id=uuid_of(input.order_id, "order"), tags=input.tags, client_key=input.client_key
        )
        return DeskOrder.of(await queries.order_by_id(viewer, order_id), info)
