"""One seller's mall as my company sees it: offers with my price and what is available, facets, categories."""

import decimal
from enum import Enum
from functools import lru_cache
from sys import getsizeof
from typing import Annotated, Final

import strawberry

from app.catalog.rules import localised
from app.inventory.rules import AvailabilityState
from app.kernel.page import cut, encode_cursor
from app.kernel.quantity import parse_quantity
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.remembered import Remembered
from app.kernel.text import text
from app.kernel.wording import OTHERWISE, Said
from app.network.queries import relations_by_ids
from app.network.roles import Permission
from app.storefront import queries
from app.storefront.narrowing import Mall, Narrowed
from app.storefront.offer_row import CategoryFacts, Columns, OfferRow
from app.storefront.offers import list_offers, read_offer_of
from app.storefront.sorting import OfferSort
from schema.access import access
from schema.catalog import Category, Product, ProductAttribute, QuantityRule, Sku, SkuUnit, maybe_uuid
from schema.context import Info
from schema.execution import Unchanging
from schema.network.types import TradeRelation
from schema.ordering import StorefrontOrdering
from schema.page import After, Connection, Edge, First, PageInfo
from schema.pricing import Price
from schema.scalars import uuid_of
from schema.selection import asked_names

WEIGHT: Final = 6_000
"""Bytes of a remembered offer beside the values of its row: measured on a catalog page, its answer included."""
CATEGORIES: Final = 1_000
"""Nodes of the tree that are remembered, by what was read of them; every offer shows one."""
MOST_FILTERS = 20
MOST_VALUES = 50

strawberry.enum(
    AvailabilityState,
    description="NONE: nothing is free; LOW; PLENTY; NOT_STOCKED: a service, which never runs out.",
)
strawberry.enum(
    OfferSort,
    description="RELEVANCE ends after the first 1,000; PRICE sorts at most 2,000 offers, those without a price last.",
)

_READS = {
    "price": Columns.PRICE,
    "listPrice": Columns.LIST_PRICE,
    "breaks": Columns.BREAKS,
    "priceFor": Columns.PRICE | Columns.UNITS,
    "availability": Columns.AVAILABILITY,
    "units": Columns.UNITS,
    "taxClass": Columns.TAX,
    "product": Columns.PRODUCT,
    "description": Columns.TEXTS,
    "descriptionZh": Columns.TEXTS,
    "descriptionEn": Columns.TEXTS,
    "category": Columns.CATEGORY,
}


@lru_cache(maxsize=256)
def columns_of(names: frozenset[str]) -> Columns:
    """What the statement must read for the fields that were asked for."""
    asked = Columns.NONE
    for name in names:
        asked |= _READS.get(name, Columns.NONE)
    return asked


@strawberry.type(description="What I may know of a SKU's stock, as the seller chose to show it.")
class Availability:
    """See `app.inventory.rules.ShownAvailability`."""

    state: AvailabilityState = strawberry.field(description="In steps.")
    quantity: decimal.Decimal | None = strawberry.field(
        description="In base units; null where the seller shows steps only, and for services."
    )


@strawberry.type(description="A SKU that this seller offers to me.")
class Offer(Unchanging):
    """One row of the storefront's statement. What was not asked for was not read, and is left empty.

    It never changes, and neither does what is said of it: another reader of the same content is given the same offer.
    """

    row: strawberry.Private[OfferRow]
    id: strawberry.ID = strawberry.field(description="The listing's id.")
    sku: Sku = strawberry.field(description="The SKU.")
    product: Product = strawberry.field(description="The product that the SKU belongs to.")
    category: Category = strawberry.field(description="The product's category.")
    price: Price = strawberry.field(description="My price at the smallest quantity that may be ordered, with breaks.")
    availability: Availability = strawberry.field(description="What I may know of the stock.")
    quantity_rule: QuantityRule = strawberry.field(description="What may be ordered at once, in the ordering unit.")

    @strawberry.field(description="My price at another quantity: the sum of my lines of this SKU and unit.")
    def price_for(
        self,
        quantity: Annotated[decimal.Decimal, strawberry.argument(description="How much of the unit.")],
        unit: Annotated[str | None, strawberry.argument(description="Null: the ordering unit.")] = None,
    ) -> Price:
        return Price.of(self.row.price_for(parse_quantity(quantity), unit))

    @classmethod
    def of(cls, row: OfferRow, locale: str, names: frozenset[str]) -> "Offer":
        """The offer of a row, for a reader who asks for fields of these names: the same one again where it was made
        before of the same content."""
        marks = (*row.marks, locale, names)
        known = _OFFERS.get(marks)
        if known is not None and row.says_the_same_as(known.row):
            return known
        made = cls._made(row, locale, names)
        if _OFFERS.put(marks, made, WEIGHT + sum(map(getsizeof, row.content))):
            made.keep_answers()
        return made

    @classmethod
    def _made(cls, row: OfferRow, locale: str, names: frozenset[str]) -> "Offer":
        shown, price, rule, category = row.availability, row.price, row.rule, row.category
        return cls(
            row=row,
            id=strawberry.ID(str(row.listing_id)),
            sku=_sku(row, locale),
            product=_product(row, locale, names) if row.has_product else None,  # type: ignore[arg-type]
            category=_category(category, locale) if category else None,  # type: ignore[arg-type]
            price=Price.of(price, names) if price else None,  # type: ignore[arg-type]
            availability=Availability(state=shown.state, quantity=shown.quantity) if shown else None,  # type: ignore[arg-type]
            quantity_rule=QuantityRule(
                unit=row.unit, minimum=rule.minimum, multiple=rule.multiple, maximum=rule.maximum
            ),
        )


_OFFERS: Final[Remembered[tuple[object, ...], Offer]] = Remembered(share=0.75)


def _sku(row: OfferRow, locale: str) -> Sku:
    name_zh, name_en = row.name_zh, row.name_en
    return Sku(
        product_id=row.product_id,
        id=strawberry.ID(str(row.sku_id)),
        code=row.sku_code,
        name=localised(name_zh, name_en, locale),
        name_zh=name_zh,
        name_en=name_en,
        base_unit=row.base_unit,
        stocked=row.stocked,
        tax_class=row.tax_class,
        units=[SkuUnit(unit=unit, **facts._asdict()) for unit, facts in (row.units or {}).items()],
    )


def _product(row: OfferRow, locale: str, names: frozenset[str]) -> Product:
    """Descriptions and attributes are left empty where they are not asked for."""
    found = row.row
    zh, en = found["product_zh"], found["product_en"]
    about_zh, about_en = (found["description_zh"], found["description_en"]) if row.has_texts else ("", "")
    return Product(
        category_id=found["category_id"],
        key=found["product_id"],
        id=strawberry.ID(str(found["product_id"])),
        network_id=strawberry.ID(str(found["network_id"])),
        code=found["product_code"],
        name=localised(zh, en, locale),
        name_zh=zh,
        name_en=en,
        description=localised(about_zh, about_en, locale),
        description_zh=about_zh,
        description_en=about_en,
        brand=found["brand"],
        attributes=ProductAttribute.all(found["attributes"]) if "attributes" in names else [],
        version=found["product_version"],
    )


@lru_cache(maxsize=CATEGORIES)
def _category(facts: CategoryFacts, locale: str) -> Category:
    return Category.of(facts._asdict(), locale)


@strawberry.type(description="A value that offers have, and how many do.")
class FacetValue:
    """See `app.storefront.queries.FacetValue`."""

    value: str = strawberry.field(description="What to filter by: the brand, the attribute's value, the category's id.")
    name: str = strawberry.field(description="For people, in the reader's language.")
    count: int = strawberry.field(description="How many offers have it.")


@strawberry.enum(description="By what offers differ.")
class FacetKind(Enum):
    """See `app.storefront.queries.Facet`."""

    CATEGORY = strawberry.enum_value("category", description="Their category; narrow with `categoryId`.")
    BRAND = strawberry.enum_value("brand", description="The brand on them; narrow with `filter.brands`.")
    ATTRIBUTE = strawberry.enum_value("attribute", description="A property; narrow with `filter.attributes`.")


@strawberry.type(description="One thing by which offers differ.")
class Facet:
    """See `app.storefront.queries.Facet`."""

    kind: FacetKind = strawberry.field(description="By what.")
    name: str | None = strawberry.field(description="The attribute's name; only for ATTRIBUTE.")
    values: list[FacetValue] = strawberry.field(description="The most frequent first.")


@strawberry.type(description="What offers can be narrowed down by.")
class Facets:
    """See `app.storefront.queries.Facets`."""

    too_many: bool = strawberry.field(description="More than 2,000 offers: they are not counted. Narrow them down.")
    count: int | None = strawberry.field(description="How many offers there are; null when there are too many.")
    facets: list[Facet] = strawberry.field(description="Empty when there are too many.")


@strawberry.input(description="An attribute, and the values of which any will do.")
class AttributeFilter:
    """One entry of `Narrowed.attributes`."""

    name: str = strawberry.field(description="The attribute.")
    values: list[str] = strawberry.field(description="Any of these.")


@strawberry.input(description="What offers must be like; every condition that is given must hold.")
class OfferFilter:
    """See `app.storefront.narrowing.Narrowed`."""

    brands: list[str] | None = strawberry.field(default=None, description="Any of these brands.")
    attributes: list[AttributeFilter] | None = strawberry.field(default=None, description="All of these attributes.")
    in_stock: bool = strawberry.field(default=False, description="Only what has free stock, and services.")


Search = Annotated[
    str | None, strawberry.argument(description="Words in Chinese or English, or the beginning of a SKU's code.")
]
InCategory = Annotated[strawberry.ID | None, strawberry.argument(description="This category and all below it.")]
Filter = Annotated[OfferFilter | None, strawberry.argument(description="What offers must be like.")]


def _narrowed(search: str | None, category_id: strawberry.ID | None, filter: OfferFilter | None) -> Narrowed:
    """BadRequest for too many values, and for text that no database takes."""
    wanted = filter or OfferFilter()
    attributes = wanted.attributes or []
    if len(attributes) > MOST_FILTERS:
        raise BadRequest(
            "filter.attributes",
            len(attributes),
            Said(f"at most {MOST_FILTERS} attributes", f"最多 {MOST_FILTERS} 个属性"),
        )
    return Narrowed(
        search=search,
        category_id=maybe_uuid(category_id, "category"),
        brands=None if wanted.brands is None else _values("filter.brands", wanted.brands),
        attributes={
            text("filter.attributes.name", one.name, 60): _values("filter.attributes.values", one.values)
            for one in attributes
        },
        in_stock=wanted.in_stock,
    )


def _values(field: str, values: list[str]) -> tuple[str, ...]:
    if len(values) > MOST_VALUES:
        raise BadRequest(field, len(values), Said(f"at most {MOST_VALUES} values", f"最多 {MOST_VALUES} 个值"))
    return tuple(text(field, value, 200) for value in values)


@strawberry.type(description="One seller's mall as my company sees it: its offers, my prices, my cart.")
class Storefront(StorefrontOrdering):
    """The fields read for themselves: a list is one statement, and finds the relation in it."""

    mall: strawberry.Private[Mall]

    @strawberry.field(description="My company's relation with this seller.")
    async def relation(self, info: Info) -> TradeRelation:
        context = info.context
        relation_id = await context.loader(queries.relations_of_malls).load(self.mall)
        row = await context.loader(relations_by_ids).load(relation_id) if relation_id else None
        if row is None:
            raise NotFound("storefront", self.mall.seller_id)
        return TradeRelation.of(row, context.viewer, context.locale)

    @strawberry.field(description="The network's category tree, parents before their children, at most 10,000 nodes.")
    async def categories(self, info: Info) -> list[Category]:
        found = await queries.read_categories(info.context.viewer, self.mall)
        return [_category(one, info.context.locale) for one in found]

    @strawberry.field(description="What is offered to me: by relevance where something is searched, else by name.")
    async def offers(
        self,
        info: Info,
        search: Search = None,
        category_id: InCategory = None,
        filter: Filter = None,
        sort: Annotated[OfferSort | None, strawberry.argument(description="In which order.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Offer]:
        locale, names = info.context.locale, asked_names(info)
        page = await list_offers(
            info.context.viewer,
            self.mall,
            _narrowed(search, category_id, filter),
            sort=sort,
            first=first,
            after=after,
            asked=columns_of(names),
            locale=locale,
        )
        kept, more = cut(page.rows, page.first)
        placed = "cursor" in names  # of every edge; else only the last one's is told
        edges = [
            Edge(cursor=encode_cursor(keys, page.order) if placed else "", node=Offer.of(row, locale, names))
            for row, keys in kept
        ]
        end = encode_cursor(kept[-1][1], page.order) if kept else None
        return Connection(edges=edges, page_info=PageInfo(has_next_page=more, end_cursor=end))

    @strawberry.field(description="The offer of one SKU, by its id or its code; null when it is not offered to me.")
    async def offer(
        self,
        info: Info,
        sku_id: Annotated[strawberry.ID | None, strawberry.argument(description="The SKU's id.")] = None,
        sku: Annotated[str | None, strawberry.argument(description="The SKU's code, if not its id.")] = None,
    ) -> Offer | None:
        if (sku_id is None) == (sku is None):
            raise BadRequest("skuId", OTHERWISE, Said("exactly one of skuId and sku", " skuId、sku 二者之一"))
        names = asked_names(info)
        row = await read_offer_of(
            info.context.viewer,
            self.mall,
            sku_id=uuid_of(sku_id, "SKU") if sku_id is not None else None,
            code=text("sku", sku, 60) if sku is not None else None,
            asked=columns_of(names),
        )
        return Offer.of(row, info.context.locale, names) if row else None

    @strawberry.field(description="How many of the offers have which category, brand and attributes.")
    async def facets(
        self, info: Info, search: Search = None, category_id: InCategory = None, filter: Filter = None
    ) -> Facets:
        found = await queries.read_facets(info.context.viewer, self.mall, _narrowed(search, category_id, filter))
        locale = info.context.locale
        return Facets(
            too_many=found.too_many,
            count=found.count,
            facets=[
                Facet(
                    kind=FacetKind(one.kind),
                    name=one.name or None,
                    values=[
                        FacetValue(
                            value=each.value, name=localised(each.name_zh, each.name_en, locale), count=each.offers
                        )
                        for each in one.values
                    ],
                )
                for one in found.facets
            ],
        )


@strawberry.type
class Queries:
    """Root fields of the storefront."""

    @strawberry.field(description="One seller's mall as my company sees it. Not there without a relation.")
    @access(Permission.STOREFRONT_READ)
    def storefront(
        self,
        info: Info,
        seller_id: Annotated[strawberry.ID, strawberry.argument(description="The seller's company.")],
        network_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Needed only where I trade with this seller in several networks."),
        ] = None,
    ) -> Storefront | None:
        return Storefront(mall=Mall(uuid_of(seller_id, "storefront"), maybe_uuid(network_id, "network")))
