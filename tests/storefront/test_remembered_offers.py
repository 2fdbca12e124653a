"""An offer is the same object again for the same content, and another one as soon as anything in it has changed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from app.catalog.inputs import ListingInput
from app.kernel import clock
from app.pricing.inputs import AssignmentInput, PriceInput
from app.pricing.rules import Scope
from app.pricing.set_prices import set_prices
from app.settings import settings
from app.storefront.narrowing import Mall, Narrowed
from app.storefront.offers import list_offers, read_offer_of
from schema import storefront
from schema.storefront import Offer, columns_of
from tests.api import Api
from tests.storefront.mall import offer, open_catalogue, open_mall, price, put_stock
from tests.worlds import Party, World, new_key, open_world

CODE = "WQ-500-20L"
NAMES = frozenset({"sku", "code", "product", "name", "price", "state", "unitPrice", "amount", "availability"})
PAGE = """query ($sellerId: ID!, $search: String) { storefront(sellerId: $sellerId) {
  offers(search: $search, first: 3) { edges { node {
    id sku { code nameZh nameEn baseUnit } availability { state quantity } quantityRule { minimum }
    price { state unitPrice { amount } listPrice { amount } trace { listCode outcome } }
    few: priceFor(quantity: "12") { unitPrice { amount } } } } } } }"""


@pytest.fixture(scope="module")
async def market(database: str) -> tuple[World, Party, Party, Party]:
    """A brand with the whole catalogue; two dealers who see the same, and one with a price of its own."""
    world = await open_world()
    await open_catalogue(world)
    await open_mall(world)
    one, two, other = [await world.buyer(world.brand, name) for name in ("One", "Two", "Other")]
    own = AssignmentInput(Scope.RELATION, relation_id=world.relation(world.brand, other))
    await price(world, world.brand, {CODE: D("1.23")}, own, code="OTHER")
    return world, one, two, other


async def seen(world: World, dealer: Party, names: frozenset[str] = NAMES, locale: str = "en") -> Offer:
    row = await read_offer_of(
        dealer.viewer, Mall(world.brand.company_id, world.network_id), code=CODE, asked=columns_of(names)
    )
    assert row is not None
    return Offer.of(row, locale, names)


async def test_buyers_who_see_the_same_share_an_offer(market: tuple[World, Party, Party, Party]) -> None:
    world, one, two, other = market
    first = await seen(world, one)
    assert await seen(world, one) is first
    assert await seen(world, two) is first
    theirs = await seen(world, other)
    assert theirs is not first
    assert theirs.price.unit_price is not None
    assert first.price.unit_price is not None
    assert (theirs.price.unit_price.amount, theirs.id) == (D("1.23"), first.id)
    assert await seen(world, one, locale="zh") is not first
    more = await seen(world, one, NAMES | {"listPrice"})
    assert more is not first
    assert more.price.list_price is not None
    assert first.price.list_price is None


async def test_whatever_place_it_has_on_a_page(market: tuple[World, Party, Party, Party]) -> None:
    world, one, two, _ = market
    mall = Mall(world.brand.company_id, world.network_id)
    found = []
    for dealer, search in ((one, CODE), (two, "WQ-500")):
        page = await list_offers(dealer.viewer, mall, Narrowed(search=search), first=100, asked=columns_of(NAMES))
        offers = [Offer.of(row, "en", NAMES) for row, _ in page.rows]
        places = [place for place, one_offer in enumerate(offers) if one_offer.sku.code == CODE]
        found.append((places, offers[places[0]]))
    assert found[0][0] != found[1][0]
    assert found[0][1] is found[1][1]


async def test_a_change_is_seen_by_the_next_reader(market: tuple[World, Party, Party, Party]) -> None:
    world, one, _, _ = market
    before = await seen(world, one)
    await put_stock(world, world.brand, {CODE: D(7)})
    short = await seen(world, one)
    assert (before.availability.quantity, short.availability.quantity) == (D(1000), D(7))
    await offer(world, world.brand, [ListingInput(CODE, minimum=D(4))])
    assert (await seen(world, one)).quantity_rule.minimum == D(4)
    await offer(world, world.brand, [ListingInput(CODE)])
    await put_stock(world, world.brand, {CODE: D(1000)})
    assert await seen(world, one) is before


async def test_a_price_changes_at_its_moment(market: tuple[World, Party, Party, Party]) -> None:
    world, one, _, _ = market
    start = datetime(2027, 1, 1, tzinfo=UTC)
    now_at = AssignmentInput(Scope.EVERYBODY)
    list_id = await price(world, world.brand, {CODE: D("70.00")}, now_at, code="NEW", priority=9)
    new = [PriceInput(CODE, D("80.00"), valid_from=start)]
    await set_prices(world.brand.viewer, price_list_id=list_id, items=new, client_key=new_key())
    told = []
    tick = timedelta(microseconds=1)
    for moment in (start - tick, start, start + tick, start - tick, start):
        with clock.at(moment):
            shown = (await seen(world, one)).price.unit_price
            assert shown is not None
            told.append(shown.amount)
    assert told == [D("70.00"), D("80.00"), D("80.00"), D("70.00"), D("80.00")]


@pytest.mark.parametrize("search", [None, "外墙", "WQ-500"])
async def test_the_answers_are_the_same_without_memory(
    market: tuple[World, Party, Party, Party], monkeypatch: pytest.MonkeyPatch, search: str | None
) -> None:
    world, one, two, other = market
    asked = {"sellerId": str(world.brand.company_id), "search": search}
    api = Api()
    remembered = [await api.data(dealer, PAGE, **asked) for _ in range(3) for dealer in (one, two, other)]
    without = settings().model_copy(update={"remembered_mb": 0})
    monkeypatch.setattr("app.kernel.remembered.settings", lambda: without)
    storefront._OFFERS.forget()
    assert [await api.data(dealer, PAGE, **asked) for _ in range(3) for dealer in (one, two, other)] == remembered
    assert len(storefront._OFFERS) == 0
