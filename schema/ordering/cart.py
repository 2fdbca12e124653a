"""The cart on the wire: one per seller, shared by everybody who buys for my company."""

import decimal
from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from app.catalog.queries import shown_skus_by_ids
from app.catalog.rules import localised
from app.kernel.text import text
from app.ordering.asked import AskedOrder, DeliveryMethod
from app.ordering.cart import CartFacts, CartLineFacts, cart_with
from app.ordering.change_cart import CartLineChange, change_cart
from app.ordering.preview import preview_order
from schema.catalog import Sku
from schema.context import Info
from schema.ordering.preview import OrderPreview, PickupInput
from schema.ordering.problems import CartChangedMeanwhile
from schema.refusals import KeyReused
from schema.scalars import uuid_of
from schema.units import named_unit


@strawberry.type(description="A line of a cart.")
class CartLine:
    """One row of `cart_line`."""

    sku_key: strawberry.Private[UUID]
    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    sku_code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="Its name in the reader's language.")
    quantity: decimal.Decimal = strawberry.field(description="How much of it, in the unit.")
    unit: str = strawberry.field(description="The unit.")
    unit_name: str = named_unit()

    @strawberry.field(description="The SKU; null where it is no longer shown to me.")
    async def sku(self, info: Info) -> Sku | None:
        row = await info.context.loader(shown_skus_by_ids).load(self.sku_key)
        return None if row is None else Sku.of(row, info.context.locale)

    @classmethod
    def of(cls, line: CartLineFacts, locale: str) -> "CartLine":
        return cls(
            sku_key=line.sku_id,
            sku_id=strawberry.ID(str(line.sku_id)),
            sku_code=line.sku_code,
            name=localised(line.name_zh, line.name_en, locale),
            quantity=line.quantity,
            unit=line.unit,
        )


@strawberry.type(description="My company's cart with one seller.")
class Cart:
    """See `app.ordering.cart.CartFacts`."""

    facts: strawberry.Private[CartFacts]
    id: strawberry.ID = strawberry.field(description="The id of the trade relation: each has one cart.")
    version: int = strawberry.field(
        description="Rises with every change; 0: nobody has used it. Pass it when changing."
    )
    lines: list[CartLine] = strawberry.field(description="What is in it, in the order it was put in.")

    @strawberry.field(description="What it would come to as an order, and everything that would refuse it.")
    async def preview(
        self,
        info: Info,
        ship_to_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Where the goods would go.")
        ] = None,
        delivery_method: Annotated[
            DeliveryMethod, strawberry.argument(description="How they would reach me.")
        ] = DeliveryMethod.DELIVERY,
        pickup: Annotated[
            PickupInput | None, strawberry.argument(description="Who would fetch them; needed for PICKUP.")
        ] = None,
        requested_on: Annotated[date | None, strawberry.argument(description="The day I would want them.")] = None,
    ) -> OrderPreview:
        order = AskedOrder(
            seller_id=self.facts.seller_id,
            network_id=self.facts.network_id,
            lines=self.facts.asked(),
            ship_to_id=None if ship_to_id is None else uuid_of(ship_to_id, "ship-to address"),
            delivery_method=delivery_method,
            picker_name=pickup.picker_name if pickup else None,
            plate_number=pickup.plate_number if pickup else None,
            requested_on=requested_on,
        )
        return OrderPreview.of(await preview_order(info.context.viewer, order), info.context.locale)

    @classmethod
    def of(cls, facts: CartFacts, locale: str) -> "Cart":
        return cls(
            facts=facts,
            id=strawberry.ID(str(facts.relation_id)),
            version=facts.version,
            lines=[CartLine.of(line, locale) for line in facts.lines],
        )


@strawberry.input(description="So much of a SKU in the cart; 0 takes it out.")
class CartLineInput:
    """See `app.ordering.change_cart.CartLineChange`."""

    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    quantity: decimal.Decimal = strawberry.field(description="How much there should be then, in the unit.")
    unit: str | None = strawberry.field(
        default=None, description="One of the SKU's units; null: the listing's, and for 0 every unit."
    )


@strawberry.input(description="Changes to my company's cart with a seller; lines that are not named stay.")
class ChangeCartInput:
    """Input of `changeCart`."""

    client_key: str = strawberry.field(description="Same key and input: same answer, done once.")
    seller_id: strawberry.ID = strawberry.field(description="The seller.")
    network_id: strawberry.ID | None = strawberry.field(
        default=None, description="Needed only where I trade with this seller in several networks."
    )
    expected_version: int = strawberry.field(description="The version I saw; another one refuses the change.")
    clear: bool = strawberry.field(default=False, description="Empty the cart first.")
    lines: list[CartLineInput] = strawberry.field(default_factory=list, description="At most 1,000 lines.")


ChangeCartResult = Annotated[Cart | CartChangedMeanwhile | KeyReused, strawberry.union("ChangeCartResult")]


async def changed_cart(info: Info, input: ChangeCartInput) -> Cart:
    """Change the cart and read it again."""
    seller_id = uuid_of(input.seller_id, "seller")
    network_id = None if input.network_id is None else uuid_of(input.network_id, "network")
    await change_cart(
        info.context.viewer,
        client_key=text("clientKey", input.client_key, 200),
        seller_id=seller_id,
        network_id=network_id,
        expected_version=input.expected_version,
        clear=input.clear,
        changes=[CartLineChange(uuid_of(line.sku_id, "SKU"), line.quantity, line.unit) for line in input.lines],
    )
    return Cart.of(await cart_with(info.context.viewer, seller_id, network_id), info.context.locale)
