"""A seller's price lists: saved, priced in batches, assigned and ended; and what is refused, with nothing changed."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from uuid import UUID, uuid4

import pytest

from app import database
from app.catalog.inputs import ListingInput
from app.catalog.refusals import ItemsRefused
from app.kernel import clock
from app.kernel.page import Page
from app.kernel.refusal import BadRequest, Forbidden, KeyReused, MoveNotAllowed, NotFound
from app.network.roles import Role
from app.network.rules import Scope as ManagerScope
from app.pricing import queries
from app.pricing.assign_price_list import assign_price_list
from app.pricing.end_price_list import end_price_list
from app.pricing.inputs import AssignmentInput, PriceInput, PriceListInput, PricesSaved
from app.pricing.rules import Scope
from app.pricing.save_price_list import save_price_list
from app.pricing.set_prices import set_prices
from app.storefront.narrowing import Mall
from app.storefront.offers import read_offer_of
from tests.storefront.mall import offer, open_catalogue, price
from tests.worlds import Party, World, new_key, open_world

EVERYBODY = AssignmentInput(Scope.EVERYBODY)
Counted = Callable[[], AbstractAsyncContextManager[list[str]]]


@pytest.fixture(scope="module")
async def world(database: str) -> World:
    world = await open_world()
    await world.regions()
    await open_catalogue(world)
    return world


@pytest.fixture
async def dealer(world: World) -> Party:
    return await world.buyer(world.brand, "Dealer", region="4401")


async def state_of(list_id: UUID) -> tuple[object, ...]:
    """Everything there is of a list, so that "nothing changed" can be said."""
    found = await database.row(
        """SELECT l.status, l.version, l.name, l.priority, l.valid_from, l.valid_to,
           (SELECT array_agg(r::text ORDER BY r.id) FROM price_row r WHERE r.price_list_id = l.id),
           (SELECT array_agg(a::text ORDER BY a.id) FROM price_assignment a WHERE a.price_list_id = l.id)
           FROM price_list l WHERE l.id = $1""",
        list_id,
    )
    assert found is not None
    return tuple(found)


async def told(list_id: UUID) -> list[str]:
    rows = await database.rows("SELECT what, kind FROM outbox WHERE subject_id = $1 ORDER BY id", list_id)
    assert {row["kind"] for row in rows} <= {"prices"}
    return [row["what"] for row in rows]


async def new_list(world: World, seller: Party | None = None, **more: object) -> UUID:
    code = f"L{uuid4().hex[:8]}"
    said = PriceListInput(code, "A list", "CNY", **more)  # type: ignore[arg-type]
    viewer = (seller or world.brand).viewer
    return await save_price_list(viewer, network_id=world.network_id, said=said, client_key=new_key())


async def put(world: World, list_id: UUID, *items: PriceInput, seller: Party | None = None) -> PricesSaved:
    viewer = (seller or world.brand).viewer
    return await set_prices(viewer, price_list_id=list_id, items=items, client_key=new_key())


async def unit_price(world: World, dealer: Party, sku: str) -> D | None:
    found = await read_offer_of(dealer.viewer, Mall(world.brand.company_id, world.network_id), code=sku)
    assert found is not None
    assert found.price is not None
    return found.price.unit_price.amount if found.price.unit_price else None


async def test_a_list_is_saved_by_its_code_and_the_same_again_changes_nothing(world: World) -> None:
    said = PriceListInput("SAVED", "First", "CNY", priority=3)
    viewer, network_id = world.brand.viewer, world.network_id
    list_id = await save_price_list(viewer, network_id=network_id, said=said, client_key="saved-1")
    assert await save_price_list(viewer, network_id=network_id, said=said, client_key="saved-1") == list_id
    assert await save_price_list(viewer, network_id=network_id, said=said, client_key=new_key()) == list_id
    assert await told(list_id) == ["saved"]
    with pytest.raises(KeyReused):
        await save_price_list(
            viewer, network_id=network_id, said=PriceListInput("SAVED", "Other", "CNY"), client_key="saved-1"
        )
    renamed = PriceListInput("SAVED", "Second", "CNY", priority=4)
    assert await save_price_list(viewer, network_id=network_id, said=renamed, client_key=new_key()) == list_id
    found = await queries.own_price_list(viewer, list_id)
    assert (found["name"], found["priority"], found["version"]) == ("Second", 4, 2)
    assert await told(list_id) == ["saved", "saved"]


async def test_a_wrong_list_is_refused_with_every_problem(world: World) -> None:
    start = datetime(2026, 1, 2, tzinfo=UTC)
    said = PriceListInput(" X", "", "XXX", priority=10**7, valid_from=start, valid_to=start - timedelta(days=1))
    with pytest.raises(ItemsRefused) as refused:
        await save_price_list(world.brand.viewer, network_id=world.network_id, said=said, client_key=new_key())
    assert {one.field for one in refused.value.problems} == {"code", "name", "currency", "priority", "validTo"}
    rows = await queries.price_lists(world.brand.viewer, Page(100), code=" X")
    assert rows == []


async def test_currency_and_tax_mode_are_fixed_afterwards(world: World) -> None:
    list_id = await price(world, world.brand, {}, code="FIXED")
    before = await state_of(list_id)
    said = PriceListInput("FIXED", "List FIXED", "USD", tax_included=False)
    with pytest.raises(ItemsRefused) as refused:
        await save_price_list(world.brand.viewer, network_id=world.network_id, said=said, client_key=new_key())
    assert [(one.field, one.why.code) for one in refused.value.problems] == [
        ("currency", "FIXED_AFTERWARDS"),
        ("taxIncluded", "FIXED_AFTERWARDS"),
    ]
    assert await state_of(list_id) == before


async def test_rows_are_created_changed_and_left_alone(world: World) -> None:
    list_id = await new_list(world)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        PriceInput("WQ-500-5L", D("150"), valid_from=start),
        PriceInput("WQ-500-5L", D("140"), min_quantity=D(10), valid_from=start),
        PriceInput("WQ-500-5L", D("560"), unit="carton", valid_from=start),
        PriceInput("TS-900", on_request=True, valid_from=start),
    ]
    assert await put(world, list_id, *rows) == PricesSaved(list_id, 4, 0, 0)
    assert await put(world, list_id, *rows) == PricesSaved(list_id, 0, 0, 4)
    cheaper = PriceInput("WQ-500-5L", D("139"), min_quantity=D(10), valid_from=start)
    assert await put(world, list_id, *rows[:1], cheaper) == PricesSaved(list_id, 0, 1, 1)
    found = await queries.price_rows(world.brand.viewer, list_id, Page(100), sku="WQ-500-5L")
    assert [(row["unit"], row["min_quantity"], row["unit_price"]) for row in found] == [
        ("piece", D(0), D(150)),
        ("piece", D(10), D(139)),
        ("carton", D(0), D(560)),
    ]
    assert await told(list_id) == ["saved", "prices_set", "prices_set"]


async def test_a_price_without_a_date_holds_from_now_on_unless_it_holds_already(world: World, dealer: Party) -> None:
    sku = "GT-100-4IN"
    await offer(world, world.brand, [ListingInput(sku)])
    list_id = await price(world, world.brand, {}, AssignmentInput(Scope.RELATION, world.relation(world.brand, dealer)))
    with clock.at(datetime(2026, 3, 1, tzinfo=UTC)) as journey:
        assert await put(world, list_id, PriceInput(sku, D(7))) == PricesSaved(list_id, 1, 0, 0)
        journey.forward(timedelta(days=1))
        assert await put(world, list_id, PriceInput(sku, D(7))) == PricesSaved(list_id, 0, 0, 1)
        assert await put(world, list_id, PriceInput(sku, D(8))) == PricesSaved(list_id, 1, 0, 0)
        assert await unit_price(world, dealer, sku) == D(8)
        later = PriceInput(sku, D(9), valid_from=journey.now() + timedelta(days=5))
        promotion = PriceInput(
            sku, D(6), valid_from=journey.now() + timedelta(days=1), valid_to=journey.now() + timedelta(days=3)
        )
        await put(world, list_id, later, promotion)
        seen = []
        for _ in range(6):
            seen.append(await unit_price(world, dealer, sku))
            journey.forward(timedelta(days=1))
        assert seen == [D(8), D(6), D(6), D(8), D(8), D(9)]


async def test_wrong_rows_are_refused_together_and_nothing_is_written(world: World) -> None:
    await offer(world, world.brand, [ListingInput("MF-100-WHT", multiple=D(20))])
    list_id = await new_list(world)
    before = await state_of(list_id)
    now = datetime.now(UTC)
    rows = [
        PriceInput("NOPE", D(1)),
        PriceInput("WQ-500-5L", D("1.00001")),
        PriceInput("WQ-500-5L", D(-1), min_quantity=D(1)),
        PriceInput("WQ-500-5L", None, min_quantity=D(2)),
        PriceInput("WQ-500-5L", D(1), on_request=True, min_quantity=D(3)),
        PriceInput("WQ-500-5L", D(1), unit="bucket"),
        PriceInput("WQ-500-5L", D(1), min_quantity=D("0.0000001")),
        PriceInput("WQ-500-5L", D(1), min_quantity=D(5), valid_from=now, valid_to=now),
        PriceInput("MF-100-WHT", D(1), min_quantity=D(30)),
        PriceInput("WQ-500-20L", D(1)),
        PriceInput("WQ-500-20L", D(2)),
        PriceInput("WQ-500-20L", D("NaN"), min_quantity=D(1)),
    ]
    with pytest.raises(ItemsRefused) as refused:
        await put(world, list_id, *rows)
    assert [(one.position, one.field, one.why.code) for one in refused.value.problems] == [
        (0, "sku", "UNKNOWN_CODE"),
        (1, "unitPrice", "VALUE_NOT_ALLOWED"),
        (2, "unitPrice", "VALUE_NOT_ALLOWED"),
        (3, "unitPrice", "VALUE_NOT_ALLOWED"),
        (4, "unitPrice", "VALUE_NOT_ALLOWED"),
        (5, "unit", "UNIT_UNKNOWN"),
        (6, "minQuantity", "VALUE_NOT_ALLOWED"),
        (7, "validTo", "VALUE_NOT_ALLOWED"),
        (8, "minQuantity", "BREAK_NOT_MULTIPLE"),
        (10, "sku", "NAMED_TWICE"),
        (11, "unitPrice", "VALUE_NOT_ALLOWED"),
    ]
    assert await state_of(list_id) == before
    for size in (0, 1001):
        with pytest.raises(BadRequest):
            await put(world, list_id, *[PriceInput("WQ-500-5L", D(1), min_quantity=D(n)) for n in range(size)])


async def test_a_thousand_rows_take_the_round_trips_of_one(world: World, counted: Counted) -> None:
    list_id = await new_list(world)
    many = [PriceInput("WQ-500-5L", D(n + 1), min_quantity=D(n)) for n in range(1000)]
    async with counted() as one_row:
        await put(world, list_id, PriceInput("WQ-500-1L", D(1)))
    async with counted() as all_rows:
        assert await put(world, list_id, *many) == PricesSaved(list_id, 1000, 0, 0)
    assert len(one_row) == len(all_rows) == 8, all_rows  # with BEGIN, COMMIT, the client key and the outbox


async def test_the_same_key_gets_the_same_answer_once(world: World) -> None:
    list_id = await new_list(world)
    items = [PriceInput("WQ-500-5L", D(5))]
    viewer = world.brand.viewer
    first = await set_prices(viewer, price_list_id=list_id, items=items, client_key="prices-1")
    again = await set_prices(viewer, price_list_id=list_id, items=items, client_key="prices-1")
    assert (first, again) == (PricesSaved(list_id, 1, 0, 0), PricesSaved(list_id, 0, 0, 1))
    with pytest.raises(KeyReused):
        await set_prices(viewer, price_list_id=list_id, items=[PriceInput("WQ-500-5L", D(6))], client_key="prices-1")
    assert len(await queries.price_rows(viewer, list_id, Page(100))) == 1


async def test_a_list_is_assigned_and_withdrawn(world: World, dealer: Party) -> None:
    sku = "GT-200-4IN"
    await offer(world, world.brand, [ListingInput(sku)])
    list_id = await price(world, world.brand, {sku: D(3)}, code=f"A{uuid4().hex[:6]}")
    viewer = world.brand.viewer
    seen: list[D | None] = [await unit_price(world, dealer, sku)]
    relation = AssignmentInput(Scope.RELATION, relation_id=world.relation(world.brand, dealer))
    for scope in (relation, AssignmentInput(Scope.LEVEL, level=1), AssignmentInput(Scope.REGION, region_code="44")):
        await assign_price_list(viewer, price_list_id=list_id, assign=[scope, scope], client_key=new_key())
        seen.append(await unit_price(world, dealer, sku))
        before = await state_of(list_id)
        await assign_price_list(viewer, price_list_id=list_id, assign=[scope], client_key=new_key())
        assert await state_of(list_id) == before
        await assign_price_list(viewer, price_list_id=list_id, withdraw=[scope], client_key=new_key())
        seen.append(await unit_price(world, dealer, sku))
    assert seen == [None, D(3), None, D(3), None, D(3), None]
    elsewhere = AssignmentInput(Scope.REGION, region_code="33")
    await assign_price_list(viewer, price_list_id=list_id, assign=[elsewhere], client_key=new_key())
    assert await unit_price(world, dealer, sku) is None
    rows = await queries.price_assignments(viewer, list_id, Page(100))
    assert [(row["scope"], row["region_id"]) for row in rows] == [("region", "33")]


async def test_wrong_assignments_are_refused_and_nothing_is_written(world: World, dealer: Party) -> None:
    list_id = await new_list(world)
    before = await state_of(list_id)
    viewer, relation_id = world.brand.viewer, world.relation(world.brand, dealer)
    misshapen = [
        AssignmentInput(Scope.RELATION),
        AssignmentInput(Scope.EVERYBODY, level=1),
        AssignmentInput(Scope.LEVEL, level=0),
        AssignmentInput(Scope.REGION, relation_id=relation_id),
    ]
    with pytest.raises(ItemsRefused) as refused:
        await assign_price_list(viewer, price_list_id=list_id, assign=misshapen, client_key=new_key())
    assert [(one.position, one.field) for one in refused.value.problems] == [
        (0, "relationId"),
        (1, "level"),
        (2, "level"),
        (3, "relationId"),
        (3, "regionCode"),
    ]
    unknown = [EVERYBODY, AssignmentInput(Scope.REGION, region_code="99")]
    with pytest.raises(ItemsRefused):
        await assign_price_list(viewer, price_list_id=list_id, assign=unknown, client_key=new_key())
    sub = await world.buyer(dealer, "Sub-dealer")
    foreign = AssignmentInput(Scope.RELATION, relation_id=world.relation(dealer, sub))
    with pytest.raises(NotFound):
        await assign_price_list(viewer, price_list_id=list_id, assign=[EVERYBODY, foreign], client_key=new_key())
    assert await state_of(list_id) == before


async def test_an_ended_list_prices_nothing_and_takes_nothing(world: World, dealer: Party) -> None:
    sku = "GT-300-4IN"
    await offer(world, world.brand, [ListingInput(sku)])
    list_id = await price(world, world.brand, {sku: D(3)}, EVERYBODY, code="ENDS")
    assert await unit_price(world, dealer, sku) == D(3)
    viewer = world.brand.viewer
    assert await end_price_list(viewer, price_list_id=list_id, client_key="end-1") == list_id
    assert await end_price_list(viewer, price_list_id=list_id, client_key="end-1") == list_id
    assert await unit_price(world, dealer, sku) is None
    assert (await told(list_id))[-1] == "ended"
    before = await state_of(list_id)
    with pytest.raises(MoveNotAllowed):
        await end_price_list(viewer, price_list_id=list_id, client_key=new_key())
    with pytest.raises(MoveNotAllowed):
        await put(world, list_id, PriceInput(sku, D(4)))
    with pytest.raises(MoveNotAllowed):
        await assign_price_list(viewer, price_list_id=list_id, withdraw=[EVERYBODY], client_key=new_key())
    said = PriceListInput("ENDS", "Again", "CNY")
    with pytest.raises(MoveNotAllowed):
        await save_price_list(viewer, network_id=world.network_id, said=said, client_key=new_key())
    assert await state_of(list_id) == before


async def test_nobody_else_reads_or_writes_a_list(world: World, dealer: Party) -> None:
    list_id = await price(world, world.brand, {}, code=f"N{uuid4().hex[:6]}")
    before = await state_of(list_id)
    stranger = (await open_world("Stranger")).brand
    for other in (dealer, stranger):
        with pytest.raises(NotFound):
            await queries.own_price_list(other.viewer, list_id)
        with pytest.raises(NotFound):
            await set_prices(
                other.viewer, price_list_id=list_id, items=[PriceInput("WQ-500-5L", D(1))], client_key=new_key()
            )
        with pytest.raises(NotFound):
            await assign_price_list(other.viewer, price_list_id=list_id, assign=[EVERYBODY], client_key=new_key())
        with pytest.raises(NotFound):
            await end_price_list(other.viewer, price_list_id=list_id, client_key=new_key())
        assert await queries.price_rows(other.viewer, list_id, Page(10)) == []
        assert await queries.price_assignments(other.viewer, list_id, Page(10)) == []
    with pytest.raises(NotFound):
        await new_list(world, stranger)
    buyer = await world.member(dealer, [Role.BUYER])
    with pytest.raises(Forbidden):
        await new_list(world, buyer)
    assert await state_of(list_id) == before


async def test_a_channel_manager_prices_only_inside_the_scope(world: World, dealer: Party) -> None:
    other = await world.buyer(world.brand, "Elsewhere", region="3301")
    inside = AssignmentInput(Scope.RELATION, relation_id=world.relation(world.brand, dealer))
    outside = AssignmentInput(Scope.RELATION, relation_id=world.relation(world.brand, other))
    scope = ManagerScope(relation_ids=None, region_codes=("44",))
    manager = await world.member(world.brand, [Role.CHANNEL_MANAGER], scope=scope)
    own = await new_list(world, manager)
    guangzhou = AssignmentInput(Scope.REGION, region_code="4401")
    await assign_price_list(manager.viewer, price_list_id=own, assign=[inside, guangzhou], client_key=new_key())
    await put(world, own, PriceInput("WQ-500-5L", D(1)), seller=manager)
    before = await state_of(own)
    with pytest.raises(NotFound):
        await assign_price_list(manager.viewer, price_list_id=own, assign=[outside], client_key=new_key())
    for beyond in (EVERYBODY, AssignmentInput(Scope.LEVEL, level=1), AssignmentInput(Scope.REGION, region_code="33")):
        with pytest.raises(Forbidden):
            await assign_price_list(manager.viewer, price_list_id=own, assign=[beyond], client_key=new_key())
    assert await state_of(own) == before
    for wider in (outside, EVERYBODY):
        theirs = await price(world, world.brand, {}, wider, code=f"W{uuid4().hex[:6]}")
        with pytest.raises(Forbidden):
            await put(world, theirs, PriceInput("WQ-500-5L", D(1)), seller=manager)


async def test_the_database_keeps_an_assignment_with_its_list(world: World) -> None:
    """A list's network and seller stand on its assignments, and cannot be others."""
    list_id = await new_list(world)
    stranger = await open_world("Stranger")
    with pytest.raises(Exception, match="price_assignment_of_seller"):
        await database.row(
            "INSERT INTO price_assignment (id, network_id, seller_id, price_list_id, scope)"
            " VALUES ($1, $2, $3, $4, 'everybody') RETURNING id",
            uuid4(),
            stranger.network_id,
            stranger.brand.company_id,
            list_id,
        )
