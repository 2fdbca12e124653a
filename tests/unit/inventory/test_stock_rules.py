"""What is taken from which warehouse, what is short, and what a buyer is told."""

from collections import defaultdict
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inventory.inputs import StockInput
from app.inventory.rules import (
    Adjustment,
    AvailabilityState,
    LinePick,
    Pick,
    StockCount,
    StockRow,
    adjusted,
    serves,
    shown_availability,
    split,
    spread,
)
from app.kernel.ids import uuid7

D = Decimal
GUANGDONG, FOSHAN, ZHEJIANG = "CN/44/", "CN/44/4406/", "CN/33/"
PAINT, PRIMER = uuid7(), uuid7()
WAREHOUSES = {code: uuid7() for code in ("A", "B", "C")}


def row(
    warehouse: str, free: int, *, sku: UUID = PAINT, priority: int = 0, regions: tuple[str, ...] | None = None
) -> StockRow:
    return StockRow(uuid7(), WAREHOUSES[warehouse], warehouse, priority, regions, sku, D(free))


def taken(rows: list[StockRow], quantity: int, region: str | None = None) -> dict[str, Decimal]:
    answer = split(rows, {PAINT: D(quantity)}, region)
    assert not answer.shortages
    codes = {warehouse_id: code for code, warehouse_id in WAREHOUSES.items()}
    return {codes[pick.warehouse_id]: pick.quantity for pick in answer.picks}


def test_lower_priority_comes_first_then_the_code() -> None:
    assert taken([row("A", 5, priority=2), row("C", 5), row("B", 5)], 12) == {"B": 5, "C": 5, "A": 2}


def test_a_warehouse_that_does_not_serve_the_region_is_left_out() -> None:
    rows = [row("A", 9, regions=(ZHEJIANG,)), row("B", 3, priority=5)]
    assert taken(rows, 3, FOSHAN) == {"B": 3}
    assert split(rows, {PAINT: D(4)}, FOSHAN).shortages == {PAINT: D(3)}
    assert taken(rows, 4) == {"A": 4}  # fetched by the buyer: any warehouse


def test_among_equals_the_warehouse_that_names_the_region_more_closely_is_preferred() -> None:
    rows = [row("A", 5), row("B", 5, regions=(GUANGDONG,)), row("C", 5, regions=(ZHEJIANG, FOSHAN))]
    assert taken(rows, 11, FOSHAN) == {"C": 5, "B": 5, "A": 1}


@pytest.mark.parametrize(
    ("regions", "region", "closeness"),
    [
        (None, FOSHAN, 0),
        (None, None, 0),
        ((GUANGDONG,), FOSHAN, len(GUANGDONG)),
        ((GUANGDONG, FOSHAN), FOSHAN, len(FOSHAN)),
        ((FOSHAN,), GUANGDONG, None),
        (("CN/4/",), GUANGDONG, None),
        ((), FOSHAN, None),
        ((), None, 0),
    ],
)
def test_a_warehouse_serves_what_lies_inside_its_regions(
    regions: tuple[str, ...] | None, region: str | None, closeness: int | None
) -> None:
    assert serves(regions, region) == closeness


def test_every_shortage_is_named_and_a_short_sku_is_taken_from_nowhere() -> None:
    rows = [row("A", 5), row("B", 2), row("A", 1, sku=PRIMER)]
    unknown = uuid7()
    answer = split(rows, {PAINT: D(8), PRIMER: D(1), unknown: D(1)})
    assert answer.shortages == {PAINT: D(7), unknown: D(0)}
    assert answer.picks == [Pick(PRIMER, WAREHOUSES["A"], D(1))]


FREE = st.integers(0, 2000).map(lambda n: D(n) / 100)
STOCK = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), FREE, st.integers(-1, 1)), max_size=20)


@given(STOCK, st.dictionaries(st.integers(0, 4), st.integers(0, 4000).map(lambda n: D(n) / 100), max_size=5))
def test_a_split_is_exact_or_short(places: list[tuple[int, int, Decimal, int]], wanted: dict[int, Decimal]) -> None:
    """Each SKU is picked exactly as wanted, from free stock only, or named with all there is of it."""
    skus, warehouses = [uuid7() for _ in range(5)], [uuid7() for _ in range(4)]
    free = {(sku, warehouse): quantity for sku, warehouse, quantity, _ in places}
    rows = [
        StockRow(uuid7(), warehouses[w], f"W{w}", priority, None, skus[s], free[s, w])
        for (s, w), priority in {(s, w): priority for s, w, _, priority in places}.items()
    ]
    answer = split(rows, {skus[sku]: quantity for sku, quantity in wanted.items()})
    picked: dict[UUID, Decimal] = defaultdict(Decimal)
    for pick in answer.picks:
        picked[pick.sku_id] += pick.quantity
        assert 0 < pick.quantity <= free[skus.index(pick.sku_id), warehouses.index(pick.warehouse_id)]
    assert len({(pick.sku_id, pick.warehouse_id) for pick in answer.picks}) == len(answer.picks)
    for sku, quantity in wanted.items():
        available = sum((kept for (one, _), kept in free.items() if one == sku), D(0))
        if skus[sku] in answer.shortages:
            assert answer.shortages[skus[sku]] == available < quantity
            assert skus[sku] not in picked
        else:
            assert picked[skus[sku]] == quantity <= available


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.lists(st.integers(1, 30), min_size=1, max_size=4))
def test_lines_share_the_picks_of_their_sku(quantities: list[int], frees: list[int]) -> None:
    rows = [StockRow(uuid7(), uuid7(), f"W{n}", n, None, PAINT, D(free)) for n, free in enumerate(frees)]
    answer = split(rows, {PAINT: D(sum(quantities))})
    if answer.shortages:
        return
    lines = [(uuid7(), PAINT, D(quantity)) for quantity in quantities]
    shares = spread(answer.picks, lines)
    for line_id, _, quantity in lines:
        assert sum(share.quantity for share in shares if share.order_line_id == line_id) == quantity
    for pick in answer.picks:
        assert sum(share.quantity for share in shares if share.warehouse_id == pick.warehouse_id) == pick.quantity
    assert len({(share.order_line_id, share.warehouse_id) for share in shares}) == len(shares)


def test_picks_and_lines_that_do_not_match_are_an_error() -> None:
    line = uuid7()
    assert spread([Pick(PAINT, WAREHOUSES["A"], D(2))], [(line, PAINT, D(2))]) == [
        LinePick(line, WAREHOUSES["A"], PAINT, D(2))
    ]
    with pytest.raises(ValueError, match="fewer"):
        spread([Pick(PAINT, WAREHOUSES["A"], D(2))], [(line, PAINT, D(3))])
    with pytest.raises(ValueError, match="more"):
        spread([Pick(PAINT, WAREHOUSES["A"], D(2))], [(line, PAINT, D(1))])


@pytest.mark.parametrize(
    ("free", "display", "state", "quantity"),
    [
        ("0", "exact", AvailabilityState.NONE, "0"),
        ("7.5", "exact", AvailabilityState.LOW, "7.5"),
        ("20", "exact", AvailabilityState.PLENTY, "20"),
        ("0", "steps", AvailabilityState.NONE, None),
        ("0.000001", "steps", AvailabilityState.LOW, None),
        ("19.999999", "steps", AvailabilityState.LOW, None),
        ("20", "steps", AvailabilityState.PLENTY, None),
    ],
)
def test_stock_is_shown_as_the_seller_chose(
    free: str, display: str, state: AvailabilityState, quantity: str | None
) -> None:
    shown = shown_availability(D(free), display)
    assert (shown.state, shown.quantity) == (state, None if quantity is None else D(quantity))


def test_a_service_never_runs_out() -> None:
    shown = shown_availability(D(0), "exact", stocked=False)
    assert (shown.state, shown.quantity) == (AvailabilityState.NOT_STOCKED, None)


def asked(**more: Decimal) -> StockInput:
    return StockInput("A", "S1", **more)  # type: ignore[arg-type]


def test_a_count_sets_and_a_delta_moves() -> None:
    count = StockCount(on_hand=D(10), promised=D(4), held=D(1))
    assert adjusted(count, asked(on_hand=D(25))) == Adjustment(D(25), D(1), D(15))
    assert adjusted(count, asked(delta=D(-5))) == Adjustment(D(5), D(1), D(-5))
    assert adjusted(count, asked(held=D(6))) == Adjustment(D(10), D(6), D(0))


def test_what_is_promised_or_held_must_lie_there() -> None:
    count = StockCount(on_hand=D(10), promised=D(4), held=D(1))
    for wrong in (asked(on_hand=D(4)), asked(delta=D(-6)), asked(held=D(7))):
        refused = adjusted(count, wrong)
        assert not isinstance(refused, Adjustment)
        assert refused.code == "STOCK_BELOW_PROMISED"
    refused = adjusted(count, asked(on_hand=D(4)))
    assert refused.message("en") == (  # type: ignore[union-attr]
        "4 would be on hand, but 4 are promised to orders and 1 are held: at least 5."
    )
