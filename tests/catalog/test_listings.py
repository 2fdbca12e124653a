"""Every seller lists what it may offer; who sees a listing is the seller's to say."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from uuid import UUID

import pytest

from app import database
from app.catalog import queries
from app.catalog.inputs import ListingInput, Saved
from app.catalog.refusals import ItemsRefused
from app.catalog.restrict_listing import restrict_listing
from app.catalog.save_listing import save_listings
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from tests.catalog.goods import counts, facts, list_goods, save_goods
from tests.worlds import Party, World, new_key, open_world

pytestmark = pytest.mark.usefixtures("database")

D = Decimal
Counted = Callable[[], AbstractAsyncContextManager[list[str]]]


async def save(world: World, seller: Party, *items: ListingInput) -> Saved:
    return await save_listings(seller.viewer, network_id=world.network_id, items=items, client_key=new_key())


async def listing_id(world: World, seller: Party, code: str) -> UUID:
    [row] = await queries.listings_by_skus(seller.viewer, world.network_id, [code])
    found: UUID = row["id"]
    return found


async def restrict(seller: Party, listing: UUID, *relations: UUID, everybody: bool = False) -> None:
    await restrict_listing(
        seller.viewer, listing_id=listing, relation_ids=None if everybody else relations, client_key=new_key()
    )


async def test_a_listing_is_saved_changed_and_told_to_its_seller() -> None:
    world = await open_world()
    await save_goods(world, "A1", "A2")
    saved = await save(world, world.brand, ListingInput("A1", "箱", minimum=D(2), multiple=D(2)), ListingInput("A2"))
    assert saved.created == ("A1", "A2")
    saved = await save(world, world.brand, ListingInput("A1", "箱", minimum=D(4), multiple=D(2)), ListingInput("A2"))
    assert (saved.created, saved.changed, saved.unchanged) == ((), ("A1",), ("A2",))
    [first, second] = await queries.listings(world.brand.viewer, Page())
    assert (first["unit"], first["minimum"], first["multiple"], first["maximum"], first["version"]) == (
        "箱",
        D(4),
        D(2),
        None,
        2,
    )
    assert (second["unit"], second["version"]) == ("桶", 1)
    seller = [world.brand.company_id]
    told = await facts(world, "listing")
    assert sorted(told[:2], key=lambda one: one[2]) == sorted(
        [("listed", 1, first["id"], seller), ("listed", 1, second["id"], seller)], key=lambda one: one[2]
    )
    assert told[2:] == [("changed", 2, first["id"], seller)]


async def test_bad_rules_are_refused_together_and_nothing_is_saved() -> None:
    world = await open_world()
    await save_goods(world, "A1", "A2", "A3")
    before = await counts(world)
    with pytest.raises(ItemsRefused) as refused:
        await save(
            world,
            world.brand,
            ListingInput("A1", minimum=D(10), multiple=D(12)),
            ListingInput("A2", "托"),
            ListingInput("A3"),
            ListingInput("A4"),
        )
    assert [(one.position, one.field, one.why.code) for one in refused.value.problems] == [
        (0, "minimum", "MINIMUM_NOT_MULTIPLE"),
        (1, "unit", "UNIT_UNKNOWN"),
        (3, "sku", "UNKNOWN_CODE"),
    ]
    assert refused.value.problems[1].why.message("en") == "This SKU has no unit 托. It has: 桶, 箱."
    assert await counts(world) == before


async def test_a_dealer_lists_what_it_is_offered_with_the_very_same_act() -> None:
    world, other = await open_world(), await open_world("Other")
    await save_goods(world, "A1", "A2")
    dealer = await world.buyer(world.brand)
    sub = await world.buyer(dealer, "Sub")
    await list_goods(world, world.brand, "A1")
    assert (await save(world, dealer, ListingInput("A1"))).created == ("A1",)
    assert (await save(world, sub, ListingInput("A1"))).created == ("A1",)
    with pytest.raises(ItemsRefused) as refused:
        await save(world, dealer, ListingInput("A2"))
    assert refused.value.problems[0].why.code == "UNKNOWN_CODE"
    with pytest.raises(NotFound):
        await save(world, other.brand, ListingInput("A1"))
    assert [row["seller_id"] for row in await database.rows("SELECT seller_id FROM listing ORDER BY id")].count(
        other.brand.company_id
    ) == 0


async def test_a_restricted_listing_is_out_of_reach_of_the_others() -> None:
    world = await open_world()
    await save_goods(world, "A1")
    north, south = await world.buyer(world.brand, "North"), await world.buyer(world.brand, "South")
    await list_goods(world, world.brand, "A1")
    listing = await listing_id(world, world.brand, "A1")

    async def seen(party: Party) -> int:
        return len(await queries.products(party.viewer, Page()))

    await restrict(world.brand, listing, world.relation(world.brand, north))
    assert (await seen(north), await seen(south)) == (1, 0)
    with pytest.raises(ItemsRefused):
        await save(world, south, ListingInput("A1"))
    row = await queries.listing(world.brand.viewer, listing)
    assert (row["restricted"], row["shown_to"], row["version"]) == (True, 1, 2)
    await restrict(world.brand, listing)
    assert (await seen(north), await seen(south)) == (0, 0)
    await restrict(world.brand, listing, everybody=True)
    assert (await seen(north), await seen(south)) == (1, 1)
    await restrict(world.brand, listing, everybody=True)
    assert (await queries.listing(world.brand.viewer, listing))["version"] == 4
    assert [what for what, *_ in await facts(world, "listing")] == ["listed", "restricted", "restricted", "restricted"]


async def test_only_own_listings_and_own_relations_count() -> None:
    world, other = await open_world(), await open_world("Other")
    await save_goods(world, "A1")
    dealer = await world.buyer(world.brand)
    sub = await world.buyer(dealer, "Sub")
    foreign = await other.buyer(other.brand, "Foreign")
    await list_goods(world, world.brand, "A1")
    listing = await listing_id(world, world.brand, "A1")
    with pytest.raises(NotFound):
        await restrict(dealer, listing)
    for relation in (world.relation(dealer, sub), other.relation(other.brand, foreign)):
        with pytest.raises(NotFound):
            await restrict(world.brand, listing, world.relation(world.brand, dealer), relation)
    row = await queries.listing(world.brand.viewer, listing)
    assert (row["restricted"], row["version"]) == (False, 1)
    assert await database.rows("SELECT 1 FROM listing_audience WHERE listing_id = $1", listing) == []
    with pytest.raises(NotFound):
        await queries.listing(dealer.viewer, listing)


async def test_listings_are_found_by_words_codes_and_state() -> None:
    world = await open_world()
    await save_goods(world, "WQ-500", "DQ-100")
    await list_goods(world, world.brand, "WQ-500", "DQ-100")
    await save(world, world.brand, ListingInput("DQ-100", on_sale=False))
    viewer = world.brand.viewer

    async def found(**more: object) -> int:
        return len(await queries.listings(viewer, Page(), **more))  # type: ignore[arg-type]

    assert await found(search="乳胶") == 2
    assert await found(search="wq-5") == 1
    assert await found(search="wq500") == 1
    assert await found(search="木器") == 0
    assert await found(search="！？") == 0
    assert await found(search="'; --") == 0
    assert await found(on_sale=True) == 1


async def test_round_trips_do_not_grow_with_the_batch(counted: Counted) -> None:
    world = await open_world()
    codes = [f"A{n:03}" for n in range(300)]
    await save_goods(world, *codes)
    async with counted() as one:
        await list_goods(world, world.brand, codes[0])
    async with counted() as many:
        await list_goods(world, world.brand, *codes[1:])
    assert len(one) == len(many) <= 7
