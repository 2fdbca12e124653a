"""The catalog on the wire: products, SKUs, units, categories, tax classes, listings, and the seller's lists of them."""

import decimal
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import orjson
import strawberry

from app.catalog import queries
from app.catalog.rules import localised
from app.kernel.page import Page
from schema.context import Info
from schema.page import After, Connection, First, connection
from schema.scalars import uuid_of
from schema.units import named_base_unit, named_unit

Row = Mapping[str, Any]

InNetwork = Annotated[strawberry.ID | None, strawberry.argument(description="Only this network; null: all of mine.")]
Search = Annotated[str | None, strawberry.argument(description="Words in Chinese or English, or the start of a code.")]
InCategory = Annotated[strawberry.ID | None, strawberry.argument(description="This category and all below it.")]
OnSale = Annotated[bool | None, strawberry.argument(description="Only what is, or is not, on sale.")]


@strawberry.enum(description="How a seller shows its stock to buyers.")
class AvailabilityDisplay(Enum):
    """See `app.inventory.rules.shown_availability`."""

    EXACT = strawberry.enum_value("exact", description="The free quantity.")
    STEPS = strawberry.enum_value("steps", description="None, low or plenty, without a number.")


@strawberry.type(description="A unit of measure in which a SKU may be ordered.")
class SkuUnit:
    """One row of `sku_unit`."""

    unit: str = strawberry.field(description="The unit's code, such as piece, carton or pallet.")
    unit_name: str = named_unit()
    factor: decimal.Decimal = strawberry.field(description="Base units in one of it.")
    weight_g: int = strawberry.field(description="Weight of one, in grams.")
    volume_cm3: int = strawberry.field(description="Volume of one, in cubic centimetres.")
    barcode: str | None = strawberry.field(description="Its barcode.")


@strawberry.type(description="A picture, video or document of a product.")
class Media:
    """One row of `media`."""

    kind: str = strawberry.field(description="image, video or document.")
    url: str = strawberry.field(description="Where it is.")


@strawberry.type(description="A property of a product, such as its finish.")
class ProductAttribute:
    """One entry of `product.attributes`."""

    name: str = strawberry.field(description="What it says something about.")
    value: str = strawberry.field(description="What it says.")

    @classmethod
    def all(cls, said: str | None) -> "list[ProductAttribute]":
        """By name, of the JSON of a product."""
        attributes = orjson.loads(said or "{}")
        return [cls(name=name, value=attributes[name]) for name in sorted(attributes)]


@strawberry.type(description="A category of a network's tree.")
class Category:
    """One row of `category`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    parent_id: strawberry.ID | None = strawberry.field(description="The category above; null for a root.")
    code: str = strawberry.field(description="Its code, unique in the network.")
    name: str = strawberry.field(description="Its name in the reader's language.")
    name_zh: str = strawberry.field(description="Its Chinese name.")
    name_en: str = strawberry.field(description="Its English name.")
    depth: int = strawberry.field(description="0 for a root.")
    position: int = strawberry.field(description="Its place among its siblings, lowest first.")

    @classmethod
    def of(cls, row: Row, locale: str) -> "Category":
        return cls(
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            parent_id=_maybe_id(row["parent_id"]),
            code=row["code"],
            name=localised(row["name_zh"], row["name_en"], locale),
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            depth=row["path"].count("."),
            position=row["position"],
        )


@strawberry.type(description="What is stocked, priced and ordered.")
class Sku:
    """One row of `sku` with its units."""

    product_id: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    code: str = strawberry.field(description="Its code, unique in the network.")
    name: str = strawberry.field(description="Its name in the reader's language.")
    name_zh: str = strawberry.field(description="Its Chinese name.")
    name_en: str = strawberry.field(description="Its English name.")
    base_unit: str = strawberry.field(description="The unit in which its stock counts.")
    base_unit_name: str = named_base_unit()
    stocked: bool = strawberry.field(description="False: a service, which never runs out.")
    tax_class: str = strawberry.field(description="The code of its tax class.")
    units: list[SkuUnit] = strawberry.field(description="The units in which it may be ordered, smallest first.")

    @strawberry.field(description="The product that it belongs to.")
    async def product(self, info: Info) -> "Product | None":
        row = await info.context.loader(queries.products_by_ids).load(self.product_id)
        return Product.of(row, info.context.locale) if row else None

    @classmethod
    def of(cls, row: Row, locale: str) -> "Sku":
        return cls(
            product_id=row["product_id"],
            id=strawberry.ID(str(row["id"])),
            code=row["code"],
            name=localised(row["name_zh"], row["name_en"], locale),
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            base_unit=row["base_unit"],
            stocked=row["stocked"],
            tax_class=row["tax_class"],
            units=[
                SkuUnit(**{**unit, "factor": decimal.Decimal(unit["factor"])})
                for unit in orjson.loads(row["units"] or "[]")
            ],
        )


@strawberry.type(description="What is described once and sold as one or more SKUs.")
class Product:
    """One row of `product`."""

    category_id: strawberry.Private[UUID]
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    code: str = strawberry.field(description="Its code, unique in the network.")
    name: str = strawberry.field(description="Its name in the reader's language.")
    name_zh: str = strawberry.field(description="Its Chinese name.")
    name_en: str = strawberry.field(description="Its English name.")
    description: str = strawberry.field(description="Its description in the reader's language.")
    description_zh: str = strawberry.field(description="Its Chinese description.")
    description_en: str = strawberry.field(description="Its English description.")
    brand: str | None = strawberry.field(description="The brand on it.")
    attributes: list[ProductAttribute] = strawberry.field(description="Its properties, by name.")
    version: int = strawberry.field(description="Grows with every change.")

    @strawberry.field(description="Its category.")
    async def category(self, info: Info) -> Category | None:
        row = await info.context.loader(queries.categories_by_ids).load(self.category_id)
        return Category.of(row, info.context.locale) if row else None

    @strawberry.field(description="Its SKUs that my company offers or is offered, by code.")
    async def skus(self, info: Info) -> list[Sku]:
        rows = await info.context.loader(queries.skus_of_products).load(self.key)
        return [Sku.of(row, info.context.locale) for row in rows or []]

    @strawberry.field(description="Its pictures, videos and documents, in order.")
    async def media(self, info: Info) -> list[Media]:
        rows = await info.context.loader(queries.media_of_products).load(self.key)
        return [Media(kind=row["kind"], url=row["url"]) for row in rows or []]

    @classmethod
    def of(cls, row: Row, locale: str) -> "Product":
        return cls(
            category_id=row["category_id"],
            key=row["id"],
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            code=row["code"],
            name=localised(row["name_zh"], row["name_en"], locale),
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            description=localised(row["description_zh"], row["description_en"], locale),
            description_zh=row["description_zh"],
            description_en=row["description_en"],
            brand=row["brand"],
            attributes=ProductAttribute.all(row["attributes"]),
            version=row["version"],
        )


@strawberry.type(description="A rate of a tax class for a span of time.")
class TaxRate:
    """One row of `tax_rate`."""

    rate_bp: int = strawberry.field(description="Basis points: 1300 is 13 %.")
    valid_from: datetime = strawberry.field(description="From when it holds.")
    valid_to: datetime | None = strawberry.field(description="Until when, exclusive; null: still.")


@strawberry.type(description="A tax class of a network with its dated rates.")
class TaxClass:
    """One row of `tax_class` with its rates."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    code: str = strawberry.field(description="Its code, unique in the network.")
    name: str = strawberry.field(description="Its name in the reader's language.")
    rates: list[TaxRate] = strawberry.field(description="Its rates, earliest first; they never overlap.")

    @classmethod
    def of(cls, row: Row, locale: str) -> "TaxClass":
        return cls(
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            code=row["code"],
            name=localised(row["name_zh"], row["name_en"], locale),
            rates=[
                TaxRate(
                    rate_bp=rate["rate_bp"],
                    valid_from=datetime.fromisoformat(rate["valid_from"]),
                    valid_to=datetime.fromisoformat(rate["valid_to"]) if rate["valid_to"] else None,
                )
                for rate in orjson.loads(row["rates"] or "[]")
            ],
        )


@strawberry.type(description="What may be ordered at once, in the ordering unit. Null is no limit, 0 is nothing.")
class QuantityRule:
    """The three limits of a listing."""

    unit: str = strawberry.field(description="The ordering unit.")
    unit_name: str = named_unit()
    minimum: decimal.Decimal | None = strawberry.field(description="The least.")
    multiple: decimal.Decimal | None = strawberry.field(
        description="Only multiples of this. What is counted, such as pieces and cartons, is offered in whole numbers, "
        "unless its seller says otherwise."
    )
    maximum: decimal.Decimal | None = strawberry.field(description="The most.")


@strawberry.type(description="What my company offers to its buyers (上架).")
class Listing:
    """One row of `listing`."""

    sku_id: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    on_sale: bool = strawberry.field(description="False: nobody sees it.")
    quantity_rule: QuantityRule = strawberry.field(description="What may be ordered at once.")
    availability_display: AvailabilityDisplay = strawberry.field(description="How the stock is shown.")
    restricted: bool = strawberry.field(description="True: only chosen relations see it.")
    shown_to: int = strawberry.field(description="How many relations see it while it is restricted; else 0.")
    version: int = strawberry.field(description="Grows with every change.")

    @strawberry.field(description="The SKU that is offered.")
    async def sku(self, info: Info) -> Sku | None:
        row = await info.context.loader(queries.skus_by_ids).load(self.sku_id)
        return Sku.of(row, info.context.locale) if row else None

    @classmethod
    def of(cls, row: Row) -> "Listing":
        return cls(
            sku_id=row["sku_id"],
            id=strawberry.ID(str(row["id"])),
            network_id=strawberry.ID(str(row["network_id"])),
            on_sale=row["on_sale"],
            quantity_rule=QuantityRule(
                unit=row["unit"], minimum=row["minimum"], multiple=row["multiple"], maximum=row["maximum"]
            ),
            availability_display=AvailabilityDisplay(row["availability_display"]),
            restricted=row["restricted"],
            shown_to=row["shown_to"],
            version=row["version"],
        )


@strawberry.type(description="The catalog as my company sees it as a seller.")
class BackofficeCatalog:
    """Fields of `Backoffice`."""

    @strawberry.field(description="Products that my company writes, offers or is offered, oldest first.")
    async def products(
        self,
        info: Info,
        network_id: InNetwork = None,
        search: Search = None,
        category_id: InCategory = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Product]:
        page = Page.of(first, after, kinds=[UUID], order="products")
        rows = await queries.products(
            info.context.viewer,
            page,
            network_id=maybe_uuid(network_id, "network"),
            search=search,
            category_id=maybe_uuid(category_id, "category"),
        )
        return connection(
            rows,
            page.first,
            sort=lambda row: [row["id"]],
            node=lambda row: Product.of(row, info.context.locale),
            order="products",
        )

    @strawberry.field(description="What my company offers to its buyers, oldest first.")
    async def listings(
        self,
        info: Info,
        network_id: InNetwork = None,
        search: Search = None,
        on_sale: OnSale = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Listing]:
        page = Page.of(first, after, kinds=[UUID], order="listings")
        rows = await queries.listings(
            info.context.viewer,
            page,
            network_id=maybe_uuid(network_id, "network"),
            search=search,
            on_sale=on_sale,
        )
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=Listing.of, order="listings")

    @strawberry.field(description="The category trees of my networks, parents before their children.")
    async def categories(
        self,
        info: Info,
        network_id: InNetwork = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Category]:
        page = Page.of(first, after, kinds=[str, UUID], order="categories")
        rows = await queries.categories(info.context.viewer, page, network_id=maybe_uuid(network_id, "network"))
        return connection(
            rows,
            page.first,
            sort=lambda row: [row["path"], row["id"]],
            node=lambda row: Category.of(row, info.context.locale),
            order="categories",
        )

    @strawberry.field(description="The tax classes of my networks, oldest first.")
    async def tax_classes(
        self,
        info: Info,
        network_id: InNetwork = None,
        first: First = None,
        after: After = None,
    ) -> Connection[TaxClass]:
        page = Page.of(first, after, kinds=[UUID], order="taxClasses")
        rows = await queries.tax_classes(info.context.viewer, page, network_id=maybe_uuid(network_id, "network"))
        return connection(
            rows,
            page.first,
            sort=lambda row: [row["id"]],
            node=lambda row: TaxClass.of(row, info.context.locale),
            order="taxClasses",
        )


def _maybe_id(value: UUID | None) -> strawberry.ID | None:
    return None if value is None else strawberry.ID(str(value))


def maybe_uuid(value: str | None, what: str) -> UUID | None:
    return None if value is None else uuid_of(value, what)
