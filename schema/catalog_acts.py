"""Writing the catalog: inputs, results and mutations. Every batch is saved whole or refused with all its problems."""

import decimal
from datetime import datetime
from typing import Annotated

import strawberry

from app.catalog import inputs, queries, refusals
from app.catalog.refusals import ItemProblem as Problem
from app.catalog.restrict_listing import restrict_listing
from app.catalog.save_category import save_categories
from app.catalog.save_listing import save_listings
from app.catalog.save_product import save_products
from app.catalog.save_tax_class import save_tax_class
from app.kernel.refusal import Refusal
from app.kernel.wording import in_locale
from app.network.roles import Permission
from schema.access import access
from schema.catalog import AvailabilityDisplay, Category, Listing, Product, TaxClass
from schema.context import Info
from schema.refusals import KeyReused, Refused
from schema.scalars import uuid_of, uuids_of


@strawberry.type(description="What is wrong with one item of a batch, and what would be valid.")
class ItemProblem:
    """See `app.catalog.refusals.ItemProblem`."""

    position: int = strawberry.field(description="The item's zero-based position in the input.")
    field: str = strawberry.field(description='The field, as a path: "skus.0.units.1.factor".')
    code: str = strawberry.field(description="Stable, for programs.")
    message: str = strawberry.field(description="For people, in the reader's language.")
    expected: str | None = strawberry.field(description="What would be valid, in words.")
    known: list[str] | None = strawberry.field(description="The values that would be valid, where they are few.")
    lower: decimal.Decimal | None = strawberry.field(description="The nearest valid quantity below.")
    upper: decimal.Decimal | None = strawberry.field(description="The nearest valid quantity above.")

    @classmethod
    def of(cls, problem: Problem, locale: str) -> "ItemProblem":
        why = problem.why
        return cls(
            position=problem.position,
            field=problem.field,
            code=why.code,
            message=why.message(locale),
            expected=None if (expected := getattr(why, "expected", None)) is None else in_locale(expected, locale),
            known=getattr(why, "known", None),
            lower=getattr(why, "lower", None),
            upper=getattr(why, "upper", None),
        )


@strawberry.type(description="Some items cannot be saved, so nothing was: all problems at once.")
class ItemsRefused(Refused):
    """See `app.catalog.refusals.ItemsRefused`."""

    problems: list[ItemProblem] = strawberry.field(description="Every problem of every item, in the input's order.")

    @classmethod
    def of(cls, refusal: refusals.ItemsRefused, locale: str) -> "ItemsRefused":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            problems=[ItemProblem.of(problem, locale) for problem in refusal.problems],
        )


REFUSALS: dict[type[Refusal], type] = {refusals.ItemsRefused: ItemsRefused}

_CLIENT_KEY = "Chosen by the client, one per request: the same key and input gets the same answer and is done once."


def client_key() -> str:
    """The field `clientKey` of an input."""
    field: str = strawberry.field(description=_CLIENT_KEY)
    return field


@strawberry.input(description="A rate of a tax class for a span of time.")
class TaxRateInput:
    """See `app.catalog.inputs.TaxRateInput`."""

    rate_bp: int = strawberry.field(description="Basis points: 1300 is 13 %.")
    valid_from: datetime = strawberry.field(description="From when it holds.")
    valid_to: datetime | None = strawberry.field(default=None, description="Until when, exclusive; null: still.")


@strawberry.input(description="A tax class with all of its dated rates; they replace the earlier ones.")
class SaveTaxClassInput:
    """Input of `saveTaxClass`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="The network, of which my company is the brand.")
    code: str = strawberry.field(description="Its code; an existing one is changed.")
    name_zh: str = strawberry.field(default="", description="Its Chinese name.")
    name_en: str = strawberry.field(default="", description="Its English name.")
    rates: list[TaxRateInput] = strawberry.field(description="All of its rates; at any moment at most one may hold.")


@strawberry.input(description="A category, by its code.")
class CategoryInput:
    """See `app.catalog.inputs.CategoryInput`."""

    code: str = strawberry.field(description="Its code; an existing one is changed.")
    parent: str | None = strawberry.field(default=None, description="The code of the category above; null: a root.")
    name_zh: str = strawberry.field(default="", description="Its Chinese name.")
    name_en: str = strawberry.field(default="", description="Its English name.")
    position: int = strawberry.field(default=0, description="Its place among its siblings, lowest first.")


@strawberry.input(description="Categories to save; a moved one takes everything below it along.")
class SaveCategoriesInput:
    """Input of `saveCategories`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="The network, of which my company is the brand.")
    categories: list[CategoryInput] = strawberry.field(description="1 to 500 categories.")


@strawberry.input(description="A unit in which a SKU may be ordered.")
class SkuUnitInput:
    """See `app.catalog.inputs.UnitInput`."""

    unit: str = strawberry.field(description="The unit, such as piece, carton or pallet.")
    factor: decimal.Decimal = strawberry.field(description="Base units in one of it.")
    weight_g: int = strawberry.field(default=0, description="Weight of one, in grams.")
    volume_cm3: int = strawberry.field(default=0, description="Volume of one, in cubic centimetres.")
    barcode: str | None = strawberry.field(default=None, description="Its barcode.")


@strawberry.input(description="A SKU, by its code.")
class SkuInput:
    """See `app.catalog.inputs.SkuInput`."""

    code: str = strawberry.field(description="Its code; an existing one of this product is changed.")
    name_zh: str = strawberry.field(default="", description="Its Chinese name.")
    name_en: str = strawberry.field(default="", description="Its English name.")
    base_unit: str = strawberry.field(description="The unit in which its stock counts; fixed afterwards.")
    tax_class: str = strawberry.field(description="The code of its tax class.")
    stocked: bool = strawberry.field(default=True, description="False: a service without stock; fixed afterwards.")
    units: list[SkuUnitInput] = strawberry.field(
        default_factory=list, description="Units to save; the base unit is one by itself. Others stay as they are."
    )


@strawberry.input(description="A picture, video or document.")
class MediaInput:
    """See `app.catalog.inputs.MediaInput`."""

    url: str = strawberry.field(description="Where it is.")
    kind: str = strawberry.field(default="image", description="image, video or document.")


@strawberry.input(description="A property of a product.")
class ProductAttributeInput:
    """One entry of `ProductInput.attributes`."""

    name: str = strawberry.field(description="What it says something about.")
    value: str = strawberry.field(description="What it says.")


@strawberry.input(description="A product with SKUs, by its code.")
class ProductInput:
    """See `app.catalog.inputs.ProductInput`."""

    code: str = strawberry.field(description="Its code; an existing one is changed.")
    category: str = strawberry.field(description="The code of its category.")
    name_zh: str = strawberry.field(default="", description="Its Chinese name; one of the two languages is needed.")
    name_en: str = strawberry.field(default="", description="Its English name.")
    description_zh: str = strawberry.field(default="", description="Its Chinese description.")
    description_en: str = strawberry.field(default="", description="Its English description.")
    brand: str | None = strawberry.field(default=None, description="The brand on it.")
    attributes: list[ProductAttributeInput] = strawberry.field(default_factory=list, description="Its properties.")
    media: list[MediaInput] | None = strawberry.field(
        default=None, description="All of its media, in order; null leaves them as they are."
    )
    skus: list[SkuInput] = strawberry.field(
        default_factory=list, description="SKUs to save; those not named stay as they are."
    )

    def plain(self) -> inputs.ProductInput:
        return inputs.ProductInput(
            code=self.code,
            name_zh=self.name_zh,
            name_en=self.name_en,
            category=self.category,
            description_zh=self.description_zh,
            description_en=self.description_en,
            brand=self.brand,
            attributes={one.name: one.value for one in self.attributes},
            media=None if self.media is None else tuple(inputs.MediaInput(one.url, one.kind) for one in self.media),
            skus=tuple(
                inputs.SkuInput(
                    sku.code,
                    sku.name_zh,
                    sku.name_en,
                    sku.base_unit,
                    sku.tax_class,
                    sku.stocked,
                    tuple(
                        inputs.UnitInput(unit.unit, unit.factor, unit.weight_g, unit.volume_cm3, unit.barcode)
                        for unit in sku.units
                    ),
                )
                for sku in self.skus
            ),
        )


@strawberry.input(description="Products to save.")
class SaveProductsInput:
    """Input of `saveProducts`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="The network, of which my company is the brand.")
    products: list[ProductInput] = strawberry.field(description="1 to 500 products.")


@strawberry.input(description="What my company offers of a SKU.")
class ListingInput:
    """See `app.catalog.inputs.ListingInput`."""

    sku: str = strawberry.field(description="The SKU's code.")
    unit: str | None = strawberry.field(default=None, description="The ordering unit; null: the base unit.")
    on_sale: bool = strawberry.field(default=True, description="False: nobody sees it.")
    minimum: decimal.Decimal | None = strawberry.field(
        default=None, description="The least that may be ordered at once; a multiple of `multiple`. Null: no limit."
    )
    multiple: decimal.Decimal | None = strawberry.field(
        default=None,
        description="Only multiples of this; null: any quantity, of pieces, cartons and such any whole number.",
    )
    maximum: decimal.Decimal | None = strawberry.field(
        default=None, description="The most that may be ordered at once. Null: no limit, 0: nothing."
    )
    availability_display: AvailabilityDisplay = strawberry.field(
        default=AvailabilityDisplay.EXACT, description="How the stock is shown to buyers."
    )


@strawberry.input(description="Listings to save. To whom they are shown stays as it is.")
class SaveListingsInput:
    """Input of `saveListings`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="A network in which my company trades.")
    listings: list[ListingInput] = strawberry.field(description="1 to 500 listings.")


@strawberry.input(description="Who sees a listing.")
class RestrictListingInput:
    """Input of `restrictListing`."""

    client_key: str = client_key()
    listing_id: strawberry.ID = strawberry.field(description="One of my company's listings.")
    relation_ids: list[strawberry.ID] | None = strawberry.field(
        description="Only these relations of mine see it; an empty list: nobody; null: every buyer."
    )


@strawberry.type(description="What became of the items of a batch, by their codes.")
class BatchSaved:
    """See `app.catalog.inputs.Saved`."""

    created: list[str] = strawberry.field(description="Codes of what is new.")
    changed: list[str] = strawberry.field(description="Codes of what changed.")
    unchanged: list[str] = strawberry.field(description="Codes of what was so already.")


@strawberry.type(description="The categories were saved.")
class CategoriesSaved(BatchSaved):
    """Result of `saveCategories`."""

    categories: list[Category] = strawberry.field(description="The categories as they are now, in the input's order.")


@strawberry.type(description="The products were saved.")
class ProductsSaved(BatchSaved):
    """Result of `saveProducts`."""

    products: list[Product] = strawberry.field(description="The products as they are now, in the input's order.")


@strawberry.type(description="The listings were saved.")
class ListingsSaved(BatchSaved):
    """Result of `saveListings`."""

    listings: list[Listing] = strawberry.field(description="The listings as they are now, in the input's order.")


SaveTaxClassResult = Annotated[TaxClass | ItemsRefused | KeyReused, strawberry.union("SaveTaxClassResult")]
SaveCategoriesResult = Annotated[CategoriesSaved | ItemsRefused | KeyReused, strawberry.union("SaveCategoriesResult")]
SaveProductsResult = Annotated[ProductsSaved | ItemsRefused | KeyReused, strawberry.union("SaveProductsResult")]
SaveListingsResult = Annotated[ListingsSaved | ItemsRefused | KeyReused, strawberry.union("SaveListingsResult")]
RestrictListingResult = Annotated[Listing | KeyReused, strawberry.union("RestrictListingResult")]


@strawberry.type
class Mutations:
    """Mutations of the catalog."""

    @strawberry.mutation(description="Save a tax class of my network with its dated rates.")
    @access(Permission.CATALOG_MANAGE)
    async def save_tax_class(
        self,
        info: Info,
        data: Annotated[SaveTaxClassInput, strawberry.argument(name="input", description="The class and its rates.")],
    ) -> SaveTaxClassResult | None:
        viewer = info.context.viewer
        saved = await save_tax_class(
            viewer,
            network_id=uuid_of(data.network_id, "network"),
            code=data.code,
            name_zh=data.name_zh,
            name_en=data.name_en,
            rates=[inputs.TaxRateInput(one.rate_bp, one.valid_from, one.valid_to) for one in data.rates],
            client_key=data.client_key,
        )
        return TaxClass.of(await queries.tax_class(viewer, saved), info.context.locale)

    @strawberry.mutation(description="Save categories of my network's tree: new ones, renamed ones, moved ones.")
    @access(Permission.CATALOG_MANAGE)
    async def save_categories(
        self,
        info: Info,
        data: Annotated[SaveCategoriesInput, strawberry.argument(name="input", description="The categories.")],
    ) -> SaveCategoriesResult | None:
        viewer, network_id = info.context.viewer, uuid_of(data.network_id, "network")
        items = [
            inputs.CategoryInput(one.code, one.name_zh, one.name_en, one.parent, one.position)
            for one in data.categories
        ]
        saved = await save_categories(viewer, network_id=network_id, items=items, client_key=data.client_key)
        rows = await queries.categories_by_codes(viewer, network_id, [one.code for one in items])
        return CategoriesSaved(
            created=list(saved.created),
            changed=list(saved.changed),
            unchanged=list(saved.unchanged),
            categories=[Category.of(row, info.context.locale) for row in rows],
        )

    @strawberry.mutation(description="Save products of my network with their SKUs, units and media.")
    @access(Permission.CATALOG_MANAGE)
    async def save_products(
        self,
        info: Info,
        data: Annotated[SaveProductsInput, strawberry.argument(name="input", description="The products.")],
    ) -> SaveProductsResult | None:
        viewer, network_id = info.context.viewer, uuid_of(data.network_id, "network")
        items = [one.plain() for one in data.products]
        saved = await save_products(viewer, network_id=network_id, items=items, client_key=data.client_key)
        rows = await queries.products_by_codes(viewer, network_id, [one.code for one in items])
        return ProductsSaved(
            created=list(saved.created),
            changed=list(saved.changed),
            unchanged=list(saved.unchanged),
            products=[Product.of(row, info.context.locale) for row in rows],
        )

    @strawberry.mutation(description="Save what my company offers to its buyers.")
    @access(Permission.CATALOG_MANAGE)
    async def save_listings(
        self,
        info: Info,
        data: Annotated[SaveListingsInput, strawberry.argument(name="input", description="The listings.")],
    ) -> SaveListingsResult | None:
        viewer, network_id = info.context.viewer, uuid_of(data.network_id, "network")
        items = [
            inputs.ListingInput(
                one.sku,
                one.unit,
                one.on_sale,
                one.minimum,
                one.multiple,
                one.maximum,
                str(one.availability_display.value),
            )
            for one in data.listings
        ]
        saved = await save_listings(viewer, network_id=network_id, items=items, client_key=data.client_key)
        rows = await queries.listings_by_skus(viewer, network_id, [one.sku for one in items])
        return ListingsSaved(
            created=list(saved.created),
            changed=list(saved.changed),
            unchanged=list(saved.unchanged),
            listings=[Listing.of(row) for row in rows],
        )

    @strawberry.mutation(description="Show a listing to chosen relations only, or to every buyer again.")
    @access(Permission.CATALOG_MANAGE)
    async def restrict_listing(
        self,
        info: Info,
        data: Annotated[RestrictListingInput, strawberry.argument(name="input", description="Who sees it.")],
    ) -> RestrictListingResult | None:
        viewer, listing_id = info.context.viewer, uuid_of(data.listing_id, "listing")
        relations = None if data.relation_ids is None else uuids_of(data.relation_ids, "relation")
        await restrict_listing(viewer, listing_id=listing_id, relation_ids=relations, client_key=data.client_key)
        return Listing.of(await queries.listing(viewer, listing_id))
