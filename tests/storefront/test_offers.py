"""What a buyer sees of a seller: visibility, order, pages, filters, facets; and what it does not see."""

from decimal import Decimal as D
from uuid import UUID, uuid4

import pytest

from app import database
from app.catalog.inputs import ListingInput
from app.catalog.restrict_listing import restrict_listing
from app.kernel.page import cut, encode_cursor
from app.kernel.refusal import BadRequest, NotFound
from app.network.change_relation import end_relation, suspend_relation
from app.pricing.inputs import AssignmentInput
from app.pricing.rules import PriceState, Scope
from app.storefront import queries
from app.storefront.narrowing import Mall, Narrowed
from app.storefront.offer_facts import RelationFacts, offer_facts
from app.storefront.offer_row import Columns
from app.storefront.offers import OfferPage, list_offers, read_offer_of
from app.storefront.sorting import OfferSort, TooManyToSort
from tests.storefront.mall import offer, open_catalogue, open_mall, price, put_stock, sku_id
from tests.worlds import Party, World, new_key, open_world


@pytest.fixture(scope="module")
async def market(database: str) -> tuple[World, Party, Party]:
    """A brand with the whole catalogue, and two of its dealers."""
    world = await open_world()
    await world.regions()
    await open_catalogue(world)
    await open_mall(world)
    return world, await world.buyer(world.brand, "North", region="3301"), await world.buyer(world.brand, "South")


def mall_of(world: World, seller: Party | None = None) -> Mall:
    return Mall((seller or world.brand).company_id, world.network_id)


async def codes(viewer: Party, mall: Mall, narrowed: Narrowed | None = None, **more: object) -> list[str]:
    page = await list_offers(viewer.viewer, mall, narrowed, asked=Columns.NONE, **more)  # type: ignore[arg-type]
    return [row.sku_code for row, _ in page.rows[: page.first]]


def cursor(page: OfferPage) -> str | None:
    kept, more = cut(page.rows, page.first)
    return encode_cursor(kept[-1][1], page.order) if more else None


async def relation_facts(world: World, buyer: Party) -> RelationFacts:
    found = await database.row(
        """SELECT r.*, g.path FROM trade_relation r LEFT JOIN region g ON g.code = r.region_id WHERE r.id = $1""",
        world.relation(world.brand, buyer),
    )
    assert found is not None
    return RelationFacts(
        found["id"], world.network_id, found["seller_id"], found["level"], found["path"], found["currency"], True
    )


@pytest.mark.parametrize("sort", list(OfferSort))
@pytest.mark.parametrize("search", [None, "漆", "外墙漆", "wq", "exterior emulsoin"])
async def test_the_pages_of_every_order_are_the_whole_list_once(
    market: tuple[World, Party, Party], sort: OfferSort, search: str | None
) -> None:
    world, dealer, _ = market
    narrowed = Narrowed(search=search)
    whole = await list_offers(dealer.viewer, mall_of(world), narrowed, sort=sort, first=100, locale="zh")
    seen: list[str] = []
    after: str | None = None
    while True:
        page = await list_offers(dealer.viewer, mall_of(world), narrowed, sort=sort, first=37, after=after, locale="zh")
        seen += [row.sku_code for row, _ in page.rows[: page.first]]
        after = cursor(page)
        if after is None:
            break
    assert len(seen) == len(set(seen)) == (301 if search is None else (await facets_count(dealer, world, search)))
    assert seen[:100] == [row.sku_code for row, _ in whole.rows[:100]]


async def facets_count(dealer: Party, world: World, search: str) -> int | None:
    return (await queries.read_facets(dealer.viewer, mall_of(world), Narrowed(search=search))).count


async def test_orders_are_what_they_say(market: tuple[World, Party, Party]) -> None:
    world, dealer, _ = market
    everything = {"first": 100, "asked": Columns.PRICE}
    by_code = await list_offers(dealer.viewer, mall_of(world), sort=OfferSort.SKU, **everything)  # type: ignore[arg-type]
    assert [row.sku_code for row, _ in by_code.rows] == sorted(row.sku_code for row, _ in by_code.rows)
    by_name = await list_offers(dealer.viewer, mall_of(world), sort=OfferSort.NAME, locale="zh", **everything)  # type: ignore[arg-type]
    assert [row.name_zh for row, _ in by_name.rows] == sorted(row.name_zh for row, _ in by_name.rows)
    by_price = await list_offers(dealer.viewer, mall_of(world), sort=OfferSort.PRICE, **everything)  # type: ignore[arg-type]
    amounts = [row.price.unit_price.amount for row, _ in by_price.rows if row.price and row.price.unit_price]
    assert len(amounts) == len(by_price.rows)
    assert amounts == sorted(amounts)
    newest = await list_offers(dealer.viewer, mall_of(world), sort=OfferSort.NEWEST, **everything)  # type: ignore[arg-type]
    ids = [row.listing_id for row, _ in newest.rows]
    assert ids == sorted(ids, reverse=True)


async def test_a_cursor_of_another_order_is_refused(market: tuple[World, Party, Party]) -> None:
    world, dealer, _ = market
    page = await list_offers(dealer.viewer, mall_of(world), sort=OfferSort.SKU, first=2)
    with pytest.raises(BadRequest):
        await list_offers(dealer.viewer, mall_of(world), sort=OfferSort.NEWEST, after=cursor(page))
    with pytest.raises(BadRequest):
        await list_offers(dealer.viewer, mall_of(world), first=101)


async def test_categories_brands_attributes_and_stock_narrow_down(market: tuple[World, Party, Party]) -> None:
    world, dealer, _ = market
    tree = {one.code: one.id for one in await queries.read_categories(dealer.viewer, mall_of(world))}
    tools = await codes(dealer, mall_of(world), Narrowed(category_id=tree["tools"]), first=100)
    rollers = await codes(dealer, mall_of(world), Narrowed(category_id=tree["roller"]), first=100)
    assert set(rollers) < set(tools)
    assert {code[:2] for code in tools} == {"GT", "SZ", "ZB"}
    assert {code[:2] for code in rollers} == {"GT"}
    assert await codes(dealer, mall_of(world), Narrowed(category_id=uuid4())) == []
    assert await codes(dealer, mall_of(world), Narrowed(brands=("Nobody's",))) == []
    gloss = Narrowed(attributes={"finish": ("高光 gloss",)}, category_id=tree["exterior"])
    assert {code.rsplit("-", 1)[0] for code in await codes(dealer, mall_of(world), gloss)} == {"WQ-900", "WZ-100"}
    await put_stock(world, world.brand, {"WQ-900-1L": D(0)})
    in_stock = await codes(dealer, mall_of(world), Narrowed(search="WQ-900", in_stock=True))
    assert sorted(in_stock) == ["WQ-900-15L", "WQ-900-20L", "WQ-900-5L"]
    assert await codes(dealer, mall_of(world), Narrowed(search="TS-900", in_stock=True)) == ["TS-900"]


async def test_the_tree_has_parents_before_children(market: tuple[World, Party, Party]) -> None:
    world, dealer, _ = market
    tree = await queries.read_categories(dealer.viewer, mall_of(world))
    seen: set[UUID | None] = {None}
    for node in tree:
        assert node.parent_id in seen
        seen.add(node.id)
    assert [node.code for node in tree[:3]] == ["coatings", "exterior", "interior"]


async def test_facets_count_what_the_list_holds(market: tuple[World, Party, Party]) -> None:
    world, dealer, _ = market
    found = await queries.read_facets(dealer.viewer, mall_of(world))
    assert (found.too_many, found.count) == (False, 301)
    by_kind = {(one.kind, one.name): {value.name_en: value.offers for value in one.values} for one in found.facets}
    assert by_kind["brand", ""] == {"虹彩 Iris": 301}
    assert sum(by_kind["category", ""].values()) == 301
    assert by_kind["category", ""]["Rollers"] == 13
    assert sum(by_kind["attribute", "finish"].values()) == 301


async def test_more_than_two_thousand_offers_are_not_counted_and_not_sorted_by_price(
    market: tuple[World, Party, Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, dealer, _ = market
    monkeypatch.setattr("app.storefront.offers.MOST_SORTED", 300)
    monkeypatch.setattr("app.storefront.queries.MOST_COUNTED", 300)
    with pytest.raises(TooManyToSort):
        await list_offers(dealer.viewer, mall_of(world), sort=OfferSort.PRICE)
    found = await queries.read_facets(dealer.viewer, mall_of(world))
    assert (found.too_many, found.count, found.facets) == (True, None, ())
    assert len(await codes(dealer, mall_of(world), Narrowed(search="漆"), sort=OfferSort.PRICE)) == 20


async def test_a_restricted_listing_is_invisible_everywhere(market: tuple[World, Party, Party]) -> None:
    world, north, south = market
    code = "DP-700-6KG"
    the_sku = await sku_id(world, code)
    listing = await database.row(
        "SELECT id FROM listing WHERE sku_id = $1 AND seller_id = $2", the_sku, world.brand.company_id
    )
    assert listing is not None
    allowed = [world.relation(world.brand, north)]
    await restrict_listing(world.brand.viewer, listing_id=listing["id"], relation_ids=allowed, client_key=new_key())
    mall = mall_of(world)
    (floor,) = [one.id for one in await queries.read_categories(north.viewer, mall) if one.code == "floor"]
    for dealer, sees in ((north, True), (south, False)):
        facts = await relation_facts(world, dealer)
        assert (code in await codes(dealer, mall, Narrowed(search=code))) is sees
        assert (code in await codes(dealer, mall, Narrowed(search="球场丙烯酸涂料"))) is sees
        assert (
            code in await codes(dealer, mall, Narrowed(category_id=floor), sort=OfferSort.NEWEST, first=100)
        ) is sees
        assert (await read_offer_of(dealer.viewer, mall, sku_id=the_sku) is not None) is sees
        assert (await read_offer_of(dealer.viewer, mall, code=code) is not None) is sees
        assert (the_sku in await offer_facts(database.rows, facts, [the_sku])) is sees
        assert (await queries.read_facets(dealer.viewer, mall)).count == (301 if sees else 300)
    await restrict_listing(world.brand.viewer, listing_id=listing["id"], relation_ids=None, client_key=new_key())
    assert code in await codes(south, mall, Narrowed(search=code))


async def test_what_is_not_on_sale_or_not_listed_is_not_there(market: tuple[World, Party, Party]) -> None:
    world, dealer, _ = market
    await offer(world, world.brand, [ListingInput("ZB-500", on_sale=False)])
    assert await codes(dealer, mall_of(world), Narrowed(search="ZB-500")) == []
    await offer(world, world.brand, [ListingInput("ZB-500")])
    assert await codes(dealer, mall_of(world), Narrowed(search="ZB-500")) == ["ZB-500"]


async def test_who_has_no_relation_finds_no_storefront(market: tuple[World, Party, Party]) -> None:
    world, dealer, other = market
    stranger = (await open_world("Stranger")).brand
    for viewer, mall in (
        (stranger, mall_of(world)),
        (world.brand, mall_of(world)),
        (dealer, mall_of(world, other)),
        (dealer, Mall(world.brand.company_id, uuid4())),
        (dealer, Mall(uuid4())),
    ):
        with pytest.raises(NotFound):
            await list_offers(viewer.viewer, mall)
        with pytest.raises(NotFound):
            await queries.read_facets(viewer.viewer, mall)
        with pytest.raises(NotFound):
            await queries.read_categories(viewer.viewer, mall)
        with pytest.raises(NotFound):
            await read_offer_of(viewer.viewer, mall, code="WQ-500-20L")


@pytest.mark.parametrize(("status", "looks"), [("active", True), ("suspended", True), ("ended", False)])
async def test_a_suspended_relation_may_look_and_an_ended_one_may_not(
    market: tuple[World, Party, Party], status: str, looks: bool
) -> None:
    world = market[0]
    dealer = await world.buyer(world.brand, f"Dealer {status}")
    relation_id = world.relation(world.brand, dealer)
    for act in {"active": (), "suspended": (suspend_relation,), "ended": (end_relation,)}[status]:
        await act(world.brand.viewer, client_key=new_key(), relation_id=relation_id)
    if looks:
        assert len(await codes(dealer, mall_of(world))) == 20
    else:
        with pytest.raises(NotFound):
            await codes(dealer, mall_of(world))


async def test_the_network_is_named_where_two_are_possible(database: str) -> None:
    one, two = await open_world("Brand One"), await open_world("Brand Two")
    buyer = await one.buyer(one.brand, "Shared dealer")
    outlet = await one.buyer(buyer, "Outlet")
    await two.also_buys(two.brand, buyer)
    await two.also_buys(buyer, outlet)
    with pytest.raises(BadRequest):
        await codes(outlet, Mall(buyer.company_id))
    assert await codes(outlet, Mall(buyer.company_id, one.network_id)) == []
    assert await codes(outlet, Mall(buyer.company_id, two.network_id)) == []
    assert await codes(buyer, Mall(one.brand.company_id)) == []


async def test_prices_of_relation_level_region_and_everybody(market: tuple[World, Party, Party]) -> None:
    world, north, south = market
    code = "MJ-100-CLR"
    brand = world.brand
    await price(world, brand, {code: D("9.00")}, AssignmentInput(Scope.REGION, region_code="33"), code="ZJ")
    await price(world, brand, {code: D("8.80")}, AssignmentInput(Scope.REGION, region_code="3301"), code="HZ")
    seen = {name: await price_of(world, dealer, code) for name, dealer in (("north", north), ("south", south))}
    assert seen == {"north": D("8.80"), "south": D("9.50")}
    await price(world, brand, {code: D("9.20")}, AssignmentInput(Scope.LEVEL, level=1), code="L1")
    own = AssignmentInput(Scope.RELATION, relation_id=world.relation(brand, south))
    await price(world, brand, {code: D("9.90")}, own, code="SOUTH")
    assert await price_of(world, north, code) == D("9.20")
    assert await price_of(world, south, code) == D("9.90")
    found = await read_offer_of(south.viewer, mall_of(world), code=code)
    assert found is not None
    assert found.price is not None
    assert found.price.list_price is not None
    assert found.price.list_price.amount == D("9.50")
    assert [(step.list_code, step.outcome) for step in found.price.trace] == [
        ("SOUTH", "chosen"),
        ("L1", "lower_precedence"),
        ("BASE", "lower_precedence"),
    ]
    facts = (await offer_facts(database.rows, await relation_facts(world, south), [found.sku_id]))[found.sku_id]
    assert facts.candidates == found.candidates  # the page, the preview and the order see the same


async def price_of(world: World, dealer: Party, code: str) -> D | None:
    found = await read_offer_of(dealer.viewer, mall_of(world), code=code)
    assert found is not None
    assert found.price is not None
    return found.price.unit_price.amount if found.price.unit_price else None


async def test_a_dealer_sells_on_with_its_own_offers_prices_and_stock(market: tuple[World, Party, Party]) -> None:
    world, dealer, other = market
    sub = await world.buyer(dealer, "Sub-dealer")
    await offer(world, dealer, [ListingInput("WQ-500-20L", minimum=D(2), availability_display="steps")])
    await put_stock(world, dealer, {"WQ-500-20L": D(7)})
    assert await codes(sub, mall_of(world, dealer)) == ["WQ-500-20L"]
    unpriced = await read_offer_of(sub.viewer, mall_of(world, dealer), code="WQ-500-20L")
    assert unpriced is not None
    assert unpriced.price is not None
    assert unpriced.price.state is PriceState.NO_PRICE
    await price(world, dealer, {"WQ-500-20L": D("600")}, AssignmentInput(Scope.EVERYBODY))
    found = await read_offer_of(sub.viewer, mall_of(world, dealer), code="WQ-500-20L")
    assert found is not None
    assert found.price is not None
    assert found.price.unit_price is not None
    assert found.price.unit_price.amount == D(600)
    assert found.availability is not None
    assert (found.availability.state, found.availability.quantity) == ("low", None)
    assert found.price_for(D(1), "carton" if "carton" in (found.units or {}) else "pallet").state is PriceState.PRICED
    with pytest.raises(BadRequest):
        found.price_for(D(1), "bucket")
    for stranger in (other, world.brand):
        with pytest.raises(NotFound):
            await codes(stranger, mall_of(world, dealer))


async def test_what_is_available_lies_where_the_dealer_is_served(market: tuple[World, Party, Party]) -> None:
    world = await open_world()
    await world.regions()
    await open_catalogue(world)
    await offer(world, world.brand, [ListingInput("WQ-500-20L")])
    await put_stock(world, world.brand, {"WQ-500-20L": D(4)}, "EVERYWHERE")
    await put_stock(world, world.brand, {"WQ-500-20L": D(30)}, "SOUTH", serves=("44",))
    shown = []
    for region in ("4401", "3301", None):
        dealer = await world.buyer(world.brand, "Dealer", region=region)
        found = await read_offer_of(dealer.viewer, mall_of(world), code="WQ-500-20L")
        assert found is not None
        assert found.availability is not None
        facts = await offer_facts(database.rows, await relation_facts(world, dealer), [found.sku_id], with_stock=True)
        assert facts[found.sku_id].available == found.availability.quantity
        shown.append(found.availability.quantity)
    assert shown == [34, 4, 34]
