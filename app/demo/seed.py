"""Tell the story: everything is made by the mall's own acts, and only once per database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from app import database
from app.catalog.inputs import CategoryInput, ListingInput, ProductInput, SkuInput, TaxRateInput, UnitInput
from app.catalog.save_category import save_categories
from app.catalog.save_listing import save_listings
from app.catalog.save_product import save_products
from app.catalog.save_tax_class import save_tax_class
from app.demo import catalogue, desks, story
from app.demo.cast import Cast, enter, minor
from app.demo.story import Bond, Colleague, Firm, Prices, Store
from app.inventory.adjust_stock import adjust_stock
from app.inventory.inputs import StockInput, StockReason
from app.inventory.save_warehouse import WarehouseInput, save_warehouse
from app.ledger.record_receipt import ReceiptMethod, record_receipt
from app.ledger.rules import ReceiptTo
from app.ledger.set_credit_line import set_credit_line
from app.network.accept_invitation import Proof, accept_invitation
from app.network.invite_member import invite_member
from app.network.log_out import log_out
from app.network.open_network import open_network
from app.network.open_relation import Buyer, open_relation
from app.network.passwords import hash_password
from app.network.rules import NewCompany, NewPerson, Scope, Terms
from app.network.save_regions import save_regions
from app.network.save_ship_to import ShipToFields, save_ship_to
from app.network.tokens import invitation_code
from app.ordering.save_freight_rule import FreightTerms, save_freight_rule
from app.pricing.assign_price_list import assign_price_list
from app.pricing.inputs import AssignmentInput, PriceInput, PriceListInput
from app.pricing.rules import Scope as PriceScope
from app.pricing.save_price_list import save_price_list
from app.pricing.set_prices import set_prices

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
CURRENCY = catalogue.CURRENCY
WATERPROOF = ("waterproof",)  # what the other brand makes


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody of the story who can log in."""

    who: str
    company: str
    login: str
    password: str

    def __str__(self) -> str:
        return f"{self.login:<28} {self.password}   {self.who}, {self.company}"


async def seed() -> list[Login]:
    """The logins of the story, which is told first if this database has not heard it to the end.

    Every act has a client key of its own, so a story that was cut short is told on from where it stopped.
    """
    if not await desks.is_told():
        await _tell()
    return logins()


def logins() -> list[Login]:
    """Who can log in."""
    firms = {firm.key: firm for firm in _firms()}
    owners = [Login("owner", firm.name, firm.login, story.PASSWORD) for firm in firms.values()]
    others = [Login(", ".join(one.roles), firms[one.firm].name, one.login, story.PASSWORD) for one in story.COLLEAGUES]
    return owners + others


async def _tell() -> None:
    cast = Cast(await hash_password(story.PASSWORD))
    for brand in (story.BRAND, story.OTHER_BRAND):
        await _open_network(cast, brand)
    for colleague in story.COLLEAGUES:
        if colleague.firm == story.BRAND.key:
            await _invite(cast, colleague)
    await _fill_catalogue(cast, story.BRAND.key, list(catalogue.products()))
    waterproof = [product for product in catalogue.products() if product.category in WATERPROOF]
    await _fill_catalogue(cast, story.OTHER_BRAND.key, waterproof)
    for bond in (*story.BONDS, story.OTHER_DEALER):
        await _bond(cast, bond)
    await _bond_outlet_of_both(cast)
    for store in story.STORES:
        await _stock(cast, store)
    for prices in story.PRICES:
        await _price(cast, prices)
    for colleague in story.COLLEAGUES:
        if colleague.firm != story.BRAND.key:
            await _invite(cast, colleague)
    await desks.furnish(cast)
    for viewer in (*cast.owners.values(), *cast.colleagues.values()):
        await log_out(viewer, everywhere=True)


async def _open_network(cast: Cast, firm: Firm) -> None:
    cast.networks[firm.key] = await open_network(
        client_key=f"demo-{firm.key}",
        name=firm.name,
        currency=CURRENCY,
        time_zone="Asia/Shanghai",
        brand=NewCompany(firm.name, firm.registration_code),
        owner=_owner(cast, firm),
    )
    await _enter(cast, firm)
    await save_regions(cast.owners[firm.key], regions=story.REGIONS)


async def _bond(cast: Cast, bond: Bond) -> None:
    seller, firm = cast.owners[bond.seller], bond.buyer
    terms = Terms(
        currency=CURRENCY,
        funding="credit" if bond.prepaid is None else "prepayment",
        order_minimum_minor=None if bond.order_minimum is None else minor(bond.order_minimum),
        reservation_minutes=bond.reservation_minutes,
        region_code=firm.region,
    )
    relation_id = await open_relation(
        seller,
        client_key=f"demo-{firm.key}",
        network_id=cast.networks[bond.seller],
        buyer=Buyer(company=NewCompany(firm.name, firm.registration_code, firm.region), owner=_owner(cast, firm)),
        terms=terms,
    )
    await _enter(cast, firm)
    cast.networks[firm.key] = cast.networks[bond.seller]
    cast.relations[bond.seller, firm.key] = relation_id
    await _lend(cast, bond, relation_id)
    address = ShipToFields(f"{firm.owner}收货点", firm.owner, "13800000000", firm.region, f"{firm.name} 1号库")
    await save_ship_to(cast.owners[firm.key], client_key="demo-ship-to", fields=address)


async def _bond_outlet_of_both(cast: Cast) -> None:
    """The outlet buys in the second brand's network too; neither brand sees its trade with the other."""
    outlet = next(bond.buyer for bond in story.BONDS if bond.buyer.key == story.OUTLET_OF_BOTH)
    seller = story.OTHER_DEALER.buyer.key
    relation_id = await open_relation(
        cast.owners[seller],
        client_key=f"demo-{outlet.key}",
        network_id=cast.networks[seller],
        buyer=Buyer(registration_code=outlet.registration_code),
        terms=Terms(currency=CURRENCY, region_code=outlet.region),
    )
    await _lend(cast, Bond(seller, outlet, "8000"), relation_id)


async def _lend(cast: Cast, bond: Bond, relation_id: UUID) -> None:
    seller = cast.owners[bond.seller]
    limit = None if bond.limit is None else minor(bond.limit)
    await set_credit_line(
        seller, client_key=f"demo-{relation_id}", relation_id=relation_id, limit_minor=limit, overdue_block_days=30
    )
    if bond.prepaid is not None:
        await record_receipt(
            seller,
            client_key=f"demo-{relation_id}",
            relation_id=relation_id,
            amount_minor=minor(bond.prepaid),
            method=ReceiptMethod.TRANSFER,
            reference="开户预存 opening deposit",
            to=ReceiptTo.PREPAYMENT,
        )


async def _invite(cast: Cast, one: Colleague) -> None:
    if await _is_known(one.login):
        cast.colleagues[one.login] = await enter(one.login)
        return
    invitation_id = await invite_member(
        cast.owners[one.firm],
        client_key=f"demo-{one.login}",
        name=one.name,
        login=one.login,
        roles=one.roles,
        scope=Scope(region_codes=one.regions),
    )
    person = NewPerson(one.name, one.login, cast.password_hash, one.speaks)
    await accept_invitation(code=invitation_code(invitation_id), proof=Proof(person=person))
    cast.colleagues[one.login] = await enter(one.login)


async def _fill_catalogue(cast: Cast, brand: str, products: Sequence[catalogue.CatalogueProduct]) -> None:
    viewer, network_id = cast.owners[brand], cast.networks[brand]
    for tax in catalogue.TAX_CLASSES:
        await save_tax_class(
            viewer,
            network_id=network_id,
            code=tax.code,
            name_zh=tax.name_zh,
            name_en=tax.name_en,
            rates=[TaxRateInput(tax.rate_bp, SINCE)],
            client_key=f"demo-{tax.code}",
        )
    categories = [
        CategoryInput(one.code, one.name_zh, one.name_en, one.parent or None, position)
        for position, one in enumerate(catalogue.CATEGORIES)
    ]
    await save_categories(viewer, network_id=network_id, items=categories, client_key="demo-categories")
    await save_products(
        viewer, network_id=network_id, items=[_product(one) for one in products], client_key="demo-products"
    )
    freight = FreightTerms(base_minor=3000, per_kg_minor=20, per_m3_minor=8000, free_above_minor=500_000)
    await save_freight_rule(
        viewer,
        client_key="demo-freight",
        network_id=network_id,
        region_code=None,
        tax_class="low",
        terms=freight,
    )
    await save_freight_rule(
        viewer,
        client_key="demo-freight-33",
        network_id=network_id,
        region_code="33",
        tax_class="low",
        terms=replace(freight, base_minor=1500, free_above_minor=300_000),
    )


async def _stock(cast: Cast, store: Store) -> None:
    viewer, network_id = cast.owners[store.firm], cast.networks[store.firm]
    skus = _skus_of(cast, store.firm)
    await save_listings(
        viewer, network_id=network_id, items=[_listing(sku) for sku in skus], client_key=f"demo-listings-{store.code}"
    )
    warehouse = WarehouseInput(store.code, store.name, store.region, store.serves, store.priority)
    await save_warehouse(viewer, network_id=network_id, warehouse=warehouse, client_key=f"demo-{store.code}")
    counted = [
        StockInput(store.code, sku.code, on_hand=_on_hand(store, number), reason=StockReason.RECEIPT)
        for number, sku in enumerate(skus)
        if sku.stocked
    ]
    await adjust_stock(viewer, network_id=network_id, items=counted, client_key=f"demo-stock-{store.code}")


async def _price(cast: Cast, prices: Prices) -> None:
    viewer, network_id = cast.owners[prices.firm], cast.networks[prices.firm]
    price_list_id = await save_price_list(
        viewer,
        network_id=network_id,
        said=PriceListInput(prices.code, prices.name, CURRENCY),
        client_key=f"demo-{prices.code}",
    )
    rows = list(_rows(prices, _skus_of(cast, prices.firm)))
    for number, batch in enumerate(batched_rows(rows)):
        await set_prices(viewer, price_list_id=price_list_id, items=batch, client_key=f"demo-{prices.code}-{number}")
    await assign_price_list(
        viewer,
        price_list_id=price_list_id,
        assign=[_assignment(cast, prices)],
        client_key=f"demo-{prices.code}",
    )


def batched_rows(rows: Sequence[PriceInput], size: int = 1000) -> Iterable[Sequence[PriceInput]]:
    """Rows in batches that one act takes."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _rows(prices: Prices, skus: Sequence[catalogue.CatalogueSku]) -> Iterable[PriceInput]:
    for sku in skus:
        if prices.families and not sku.code.startswith(prices.families):
            continue
        price = (sku.list_price * prices.factor).quantize(Decimal("0.01"))
        yield PriceInput(sku.code, price, valid_from=SINCE)
        for least, factor in prices.breaks:
            lower = (price * factor).quantize(Decimal("0.01"))
            yield PriceInput(sku.code, lower, min_quantity=Decimal(least), valid_from=SINCE)


def _assignment(cast: Cast, prices: Prices) -> AssignmentInput:
    scope, _, value = prices.scope.partition(" ")
    return AssignmentInput(
        PriceScope(scope),
        relation_id=cast.relations[prices.firm, value] if scope == "relation" else None,
        level=int(value) if scope == "level" else None,
        region_code=value if scope == "region" else None,
    )


def _product(product: catalogue.CatalogueProduct) -> ProductInput:
    return ProductInput(
        code=product.code,
        name_zh=product.name_zh,
        name_en=product.name_en,
        category=product.category,
        skus=tuple(
            SkuInput(
                sku.code,
                sku.name_zh,
                sku.name_en,
                "piece",
                sku.tax_class,
                sku.stocked,
                tuple(UnitInput(*unit) for unit in sku.units),
            )
            for sku in product.skus
        ),
        description_zh=product.description_zh,
        description_en=product.description_en,
        attributes=dict(product.attributes),
    )


def _listing(sku: catalogue.CatalogueSku) -> ListingInput:
    """Small goods are sold in sixes; the rest by the piece. Stock of tools is shown in steps."""
    small = sku.stocked and sku.units[0].weight_g < 200
    return ListingInput(
        sku.code,
        minimum=Decimal(6) if small else None,
        multiple=Decimal(6) if small else None,
        availability_display="steps" if small else "exact",
    )


def _on_hand(store: Store, number: int) -> Decimal:
    """Some SKUs are scarce, one in forty is out of stock: a dealer should see those cases too."""
    if number % 40 == 39:
        return Decimal(0)
    return Decimal(store.share * (1 if number % 7 == 6 else 6) // 6 + number % 13)


def _skus_of(cast: Cast, firm: str) -> list[catalogue.CatalogueSku]:
    other = cast.networks[firm] == cast.networks[story.OTHER_BRAND.key]
    return [
        sku for product in catalogue.products() if not other or product.category in WATERPROOF for sku in product.skus
    ]


def _firms() -> list[Firm]:
    bonds = [bond.buyer for bond in story.BONDS]
    return [story.BRAND, *bonds, story.OTHER_BRAND, story.OTHER_DEALER.buyer]


def _owner(cast: Cast, firm: Firm) -> NewPerson:
    return NewPerson(firm.owner, firm.login, cast.password_hash)


async def _enter(cast: Cast, firm: Firm) -> None:
    """Act as the firm's owner from here on."""
    cast.owners[firm.key] = await enter(firm.login)


async def _is_known(login: str) -> bool:
    return await database.row("SELECT 1 FROM person WHERE login = $1", login) is not None
