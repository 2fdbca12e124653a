"""Prices on the wire: what a buyer gets and why, and the seller's price lists."""

import decimal
from collections.abc import Container, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.catalog.queries import skus_by_ids
from app.kernel.page import Page
from app.network.queries import relations_by_ids
from app.pricing import queries, rules
from app.pricing.lifecycle import PriceListStatus
from app.pricing.rules import PriceState, Scope
from schema.catalog import InNetwork, Sku, maybe_uuid
from schema.context import Info
from schema.money import UnitPrice
from schema.network.types import TradeRelation
from schema.page import After, Connection, First, connection
from schema.price_trace import PriceStep
from schema.scalars import uuid_of
from schema.units import named_unit

Row = Mapping[str, Any]
EVERYTHING = frozenset({"listPrice", "breaks", "trace"})

strawberry.enum(PriceListStatus, description="An ended list prices nothing any more.")


@strawberry.type(description="From this quantity on, this price.")
class QuantityBreak:
    """See `app.pricing.rules.QuantityBreak`."""

    min_quantity: decimal.Decimal = strawberry.field(description="In the ordered unit.")
    unit_price: UnitPrice | None = strawberry.field(description="Null: on request.")


@strawberry.type(description="What a SKU costs me at a quantity, and why. No price is a state, not zero.")
class Price:
    """See `app.pricing.rules.ResolvedPrice`."""

    state: PriceState = strawberry.field(description="Whether there is a price.")
    unit_price: UnitPrice | None = strawberry.field(description="The price of one unit; null unless PRICED.")
    list_price: UnitPrice | None = strawberry.field(description="The seller's price for everybody, without breaks.")
    breaks: list[QuantityBreak] = strawberry.field(description="The prices of the chosen list by rising quantity.")
    trace: list[PriceStep] = strawberry.field(description="Every list considered, in order of precedence.")

    @classmethod
    def of(cls, price: rules.ResolvedPrice, names: Container[str] = EVERYTHING) -> "Price":
        """With what is asked for by these names of fields; the rest is left empty, for nobody will see it."""
        listed = price.list_price if "listPrice" in names else None
        return cls(
            state=price.state,
            unit_price=None if price.unit_price is None else UnitPrice.of(price.unit_price),
            list_price=None if listed is None else UnitPrice.of(listed),
            breaks=[
                QuantityBreak(
                    min_quantity=one.min_quantity,
                    unit_price=None if one.unit_price is None else UnitPrice.of(one.unit_price),
                )
                for one in (price.breaks if "breaks" in names else ())
            ],
            trace=[PriceStep.of(step) for step in (price.trace if "trace" in names else ())],
        )


@strawberry.type(description="A price list of my company (价目表).")
class PriceList:
    """One row of `price_list`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    code: str = strawberry.field(description="Its code, unique among my lists in the network.")
    name: str = strawberry.field(description="Its name.")
    currency: str = strawberry.field(description="Its prices are in it; relations of other currencies never get them.")
    tax_included: bool = strawberry.field(description="Its prices include tax (含税).")
    priority: int = strawberry.field(description="Among lists of the same scope the higher one wins.")
    valid_from: datetime | None = strawberry.field(description="From when it holds; null: always did.")
    valid_to: datetime | None = strawberry.field(description="Until when, exclusive; null: still.")
    status: PriceListStatus = strawberry.field(description="Whether it prices anything.")
    version: int = strawberry.field(description="Rises with every change, of its rows and assignments too.")

    @classmethod
    def of(cls, row: Row) -> "PriceList":
        return cls(
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            code=row["code"],
            name=row["name"],
            currency=row["currency"],
            tax_included=row["tax_included"],
            priority=row["priority"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            status=PriceListStatus(row["status"]),
            version=row["version"],
        )


@strawberry.type(description="The price of a SKU in a list, from a quantity and from a moment on.")
class PriceRow:
    """One row of `price_row`."""

    sku_key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    sku_code: str = strawberry.field(description="The SKU's code.")
    unit: str = strawberry.field(description="The unit that the price is for.")
    unit_name: str = named_unit()
    min_quantity: decimal.Decimal = strawberry.field(description="From this quantity of the unit on.")
    unit_price: UnitPrice | None = strawberry.field(description="Null: on request.")
    valid_from: datetime = strawberry.field(description="From when it holds.")
    valid_to: datetime | None = strawberry.field(description="Until when, exclusive; null: until a later row.")

    @strawberry.field(description="The SKU.")
    async def sku(self, info: Info) -> Sku | None:
        row = await info.context.loader(skus_by_ids).load(self.sku_key)
        return Sku.of(row, info.context.locale) if row else None

    @classmethod
    def of(cls, row: Row) -> "PriceRow":
        return cls(
            sku_key=row["sku_id"],
            id=strawberry.ID(str(row["id"])),
            sku_code=row["sku_code"],
            unit=row["unit"],
            min_quantity=row["min_quantity"],
            unit_price=UnitPrice.maybe(
                row["unit_price"], row["currency"], row["unit"], tax_included=row["tax_included"]
            ),
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
        )


@strawberry.type(description="To whom a price list applies.")
class PriceAssignment:
    """One row of `price_assignment`."""

    relation_key: strawberry.Private[UUID | None]
    id: strawberry.ID = strawberry.field(description="Its id.")
    scope: Scope = strawberry.field(description="One relation, a level, a region and all inside it, or everybody.")
    level: int | None = strawberry.field(description="The level, when the scope is LEVEL.")
    region_code: str | None = strawberry.field(description="The region, when the scope is REGION.")

    @strawberry.field(description="The relation, when the scope is RELATION and I may see it.")
    async def relation(self, info: Info) -> TradeRelation | None:
        if self.relation_key is None:
            return None
        row = await info.context.loader(relations_by_ids).load(self.relation_key)
        return TradeRelation.of(row, info.context.viewer, info.context.locale) if row else None

    @classmethod
    def of(cls, row: Row) -> "PriceAssignment":
        return cls(
            relation_key=row["relation_id"],
            id=strawberry.ID(str(row["id"])),
            scope=Scope(row["scope"]),
            level=row["level"],
            region_code=row["region_id"],
        )


OfList = Annotated[strawberry.ID, strawberry.argument(description="The price list.")]
ListCode = Annotated[str | None, strawberry.argument(description="Only the list of this code.")]
SkuCode = Annotated[str | None, strawberry.argument(description="Only the rows of the SKU of this code.")]


@strawberry.type(description="My company's price lists.")
class BackofficePricing:
    """Fields of `Backoffice`."""

    @strawberry.field(description="My company's price lists, oldest first.")
    async def price_lists(
        self,
        info: Info,
        network_id: InNetwork = None,
        code: ListCode = None,
        first: First = None,
        after: After = None,
    ) -> Connection[PriceList]:
        page = Page.of(first, after, kinds=[UUID], order="priceLists")
        rows = await queries.price_lists(
            info.context.viewer, page, network_id=maybe_uuid(network_id, "network"), code=code
        )
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=PriceList.of, order="priceLists")

    @strawberry.field(description="The rows of a price list, in the order in which they were set.")
    async def price_rows(
        self, info: Info, price_list_id: OfList, sku: SkuCode = None, first: First = None, after: After = None
    ) -> Connection[PriceRow]:
        page = Page.of(first, after, kinds=[UUID], order="priceRows")
        rows = await queries.price_rows(info.context.viewer, uuid_of(price_list_id, "price list"), page, sku=sku)
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=PriceRow.of, order="priceRows")

    @strawberry.field(description="To whom a price list applies, in the order in which it was assigned.")
    async def price_assignments(
        self, info: Info, price_list_id: OfList, first: First = None, after: After = None
    ) -> Connection[PriceAssignment]:
        page = Page.of(first, after, kinds=[UUID], order="priceAssignments")
        rows = await queries.price_assignments(info.context.viewer, uuid_of(price_list_id, "price list"), page)
        return connection(
            rows, page.first, sort=lambda row: [row["id"]], node=PriceAssignment.of, order="priceAssignments"
        )
