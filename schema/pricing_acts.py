"""Writing prices: inputs, results and mutations."""

import decimal
from datetime import datetime
from typing import Annotated

import strawberry

from app.kernel.refusal import Refusal
from app.network.roles import Permission
from app.pricing import inputs, queries
from app.pricing.assign_price_list import assign_price_list
from app.pricing.end_price_list import end_price_list
from app.pricing.rules import Scope
from app.pricing.save_price_list import save_price_list
from app.pricing.set_prices import set_prices
from schema.access import access
from schema.catalog import maybe_uuid
from schema.catalog_acts import ItemsRefused, client_key
from schema.context import Info
from schema.pricing import PriceList
from schema.refusals import KeyReused, MoveNotAllowed
from schema.scalars import uuid_of

REFUSALS: dict[type[Refusal], type] = {}


@strawberry.input(description="A price list, by its code. A new one applies to nobody until it is assigned.")
class SavePriceListInput:
    """See `app.pricing.inputs.PriceListInput`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="The network.")
    code: str = strawberry.field(description="Its code; an existing one is changed.")
    name: str = strawberry.field(description="Its name.")
    currency: str = strawberry.field(description="ISO 4217, such as CNY; fixed afterwards.")
    tax_included: bool = strawberry.field(default=True, description="Its prices include tax (含税); fixed afterwards.")
    priority: int = strawberry.field(default=0, description="Among lists of the same scope the higher one wins.")
    valid_from: datetime | None = strawberry.field(default=None, description="From when it holds; null: at once.")
    valid_to: datetime | None = strawberry.field(default=None, description="Until when, exclusive; null: no end.")


@strawberry.input(description="The price of a SKU from a quantity on: either unitPrice or onRequest.")
class PriceInput:
    """See `app.pricing.inputs.PriceInput`."""

    sku: str = strawberry.field(description="The SKU's code.")
    unit: str | None = strawberry.field(default=None, description="A unit of the SKU; null: its base unit.")
    min_quantity: decimal.Decimal = strawberry.field(
        default=decimal.Decimal(0), description="From this quantity of the unit on."
    )
    unit_price: decimal.Decimal | None = strawberry.field(
        default=None, description="Per unit, with at most four decimals."
    )
    on_request: bool = strawberry.field(default=False, description="There is no price: the buyer asks for one.")
    valid_from: datetime | None = strawberry.field(
        default=None, description="From when it holds; null: from now on, unless it is the price already."
    )
    valid_to: datetime | None = strawberry.field(
        default=None, description="Until when, exclusive; null: until a later row."
    )

    def read(self) -> inputs.PriceInput:
        return inputs.PriceInput(
            sku=self.sku,
            unit_price=self.unit_price,
            on_request=self.on_request,
            unit=self.unit,
            min_quantity=self.min_quantity,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


@strawberry.input(description="Prices of a list; rows that are not named stay as they are.")
class SetPricesInput:
    """Input of `setPrices`."""

    client_key: str = client_key()
    price_list_id: strawberry.ID = strawberry.field(description="The price list.")
    prices: list[PriceInput] = strawberry.field(description="1 to 1,000 rows.")


@strawberry.input(description="To whom a list applies: the value that the scope needs, none for EVERYBODY.")
class PriceAssignmentInput:
    """See `app.pricing.inputs.AssignmentInput`."""

    scope: Scope = strawberry.field(description="One relation, a level, a region and all inside it, or everybody.")
    relation_id: strawberry.ID | None = strawberry.field(default=None, description="For RELATION.")
    level: int | None = strawberry.field(default=None, description="For LEVEL: 1 buys from the brand.")
    region_code: str | None = strawberry.field(default=None, description="For REGION.")

    def read(self) -> inputs.AssignmentInput:
        relation_id = maybe_uuid(self.relation_id, "relation")
        return inputs.AssignmentInput(self.scope, relation_id, self.level, self.region_code)


@strawberry.input(description="To whom a list applies from now on, and to whom no longer.")
class AssignPriceListInput:
    """Input of `assignPriceList`."""

    client_key: str = client_key()
    price_list_id: strawberry.ID = strawberry.field(description="The price list.")
    assign: list[PriceAssignmentInput] = strawberry.field(default_factory=list, description="It applies to these.")
    withdraw: list[PriceAssignmentInput] = strawberry.field(
        default_factory=list, description="It applies to these no longer. At most 1,000 in both lists together."
    )


@strawberry.input(description="A price list that shall price nothing any more.")
class EndPriceListInput:
    """Input of `endPriceList`."""

    client_key: str = client_key()
    price_list_id: strawberry.ID = strawberry.field(description="The price list.")


@strawberry.type(description="What became of the rows of a batch.")
class PricesSet:
    """See `app.pricing.inputs.PricesSaved`."""

    price_list: PriceList = strawberry.field(description="The list as it is now.")
    created: int = strawberry.field(description="Rows that are new.")
    changed: int = strawberry.field(description="Rows that were there with another price or end.")
    unchanged: int = strawberry.field(description="Rows that said nothing new, and all rows of a repeated request.")


SavePriceListResult = Annotated[
    PriceList | ItemsRefused | MoveNotAllowed | KeyReused, strawberry.union("SavePriceListResult")
]
SetPricesResult = Annotated[PricesSet | ItemsRefused | MoveNotAllowed | KeyReused, strawberry.union("SetPricesResult")]
AssignPriceListResult = Annotated[
    PriceList | ItemsRefused | MoveNotAllowed | KeyReused, strawberry.union("AssignPriceListResult")
]
EndPriceListResult = Annotated[PriceList | MoveNotAllowed | KeyReused, strawberry.union("EndPriceListResult")]


@strawberry.type
class Mutations:
    """Mutations on prices. Orders that were placed keep theirs."""

    @strawberry.mutation(description="Make a price list of my company, or change the one of this code.")
    @access(Permission.PRICE_MANAGE)
    async def save_price_list(self, info: Info, input: SavePriceListInput) -> SavePriceListResult | None:
        said = inputs.PriceListInput(
            code=input.code,
            name=input.name,
            currency=input.currency,
            tax_included=input.tax_included,
            priority=input.priority,
            valid_from=input.valid_from,
            valid_to=input.valid_to,
        )
        list_id = await save_price_list(
            info.context.viewer,
            network_id=uuid_of(input.network_id, "network"),
            said=said,
            client_key=input.client_key,
        )
        return PriceList.of(await queries.own_price_list(info.context.viewer, list_id))

    @strawberry.mutation(description="Set prices in a list: all rows or, with every problem named, none.")
    @access(Permission.PRICE_MANAGE)
    async def set_prices(self, info: Info, input: SetPricesInput) -> SetPricesResult | None:
        saved = await set_prices(
            info.context.viewer,
            price_list_id=uuid_of(input.price_list_id, "price list"),
            items=[one.read() for one in input.prices],
            client_key=input.client_key,
        )
        price_list = PriceList.of(await queries.own_price_list(info.context.viewer, saved.price_list_id))
        return PricesSet(price_list=price_list, created=saved.created, changed=saved.changed, unchanged=saved.unchanged)

    @strawberry.mutation(description="Say to whom a price list applies, and to whom no longer.")
    @access(Permission.PRICE_MANAGE)
    async def assign_price_list(self, info: Info, input: AssignPriceListInput) -> AssignPriceListResult | None:
        list_id = await assign_price_list(
            info.context.viewer,
            price_list_id=uuid_of(input.price_list_id, "price list"),
            assign=[one.read() for one in input.assign],
            withdraw=[one.read() for one in input.withdraw],
            client_key=input.client_key,
        )
        return PriceList.of(await queries.own_price_list(info.context.viewer, list_id))

    @strawberry.mutation(description="End a price list for good.")
    @access(Permission.PRICE_MANAGE)
    async def end_price_list(self, info: Info, input: EndPriceListInput) -> EndPriceListResult | None:
        list_id = await end_price_list(
            info.context.viewer,
            price_list_id=uuid_of(input.price_list_id, "price list"),
            client_key=input.client_key,
        )
        return PriceList.of(await queries.own_price_list(info.context.viewer, list_id))
