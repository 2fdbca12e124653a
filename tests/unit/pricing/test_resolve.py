"""Which price a buyer gets: the rules of precedence, breaks and dates, by example and as properties."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.money import UnitPrice
from app.pricing.rules import (
    AssignedList,
    Candidate,
    CandidateRow,
    Outcome,
    PriceState,
    QuantityBreak,
    ResolvedPrice,
    Scope,
    resolve,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(days=1)
_ids = iter(range(1, 10**9))


def uid() -> UUID:
    return UUID(int=next(_ids))


def row(
    price: str | None,
    minimum: str = "0",
    unit: str = "piece",
    valid_from: datetime = NOW - DAY,
    valid_to: datetime | None = None,
) -> CandidateRow:
    return CandidateRow(uid(), unit, D(minimum), None if price is None else D(price), valid_from, valid_to)


def listed(
    *rows: CandidateRow,
    scope: Scope = Scope.EVERYBODY,
    code: str = "A",
    priority: int = 0,
    currency: str = "CNY",
    tax_included: bool = True,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    depth: int = 0,
) -> Candidate:
    head = AssignedList(uid(), code, code, scope, priority, currency, tax_included, valid_from, valid_to, depth)
    return Candidate(head, rows)


def ask(*candidates: Candidate, quantity: str = "1", unit: str = "piece", factor: str = "1") -> ResolvedPrice:
    return resolve(
        candidates,
        quantity=D(quantity),
        unit=unit,
        base_unit="piece",
        factor=D(factor),
        currency="CNY",
        tax_included=True,
        now=NOW,
    )


def amount(price: ResolvedPrice) -> D | None:
    return price.unit_price.amount if price.unit_price else None


def outcomes(price: ResolvedPrice) -> dict[str, Outcome]:
    return {step.list_code: step.outcome for step in price.trace}


def test_no_list_is_no_price_and_not_zero() -> None:
    assert ask() == ResolvedPrice(PriceState.NO_PRICE, None, None, (), ())


def test_the_first_list_with_a_row_wins_and_not_the_cheapest() -> None:
    price = ask(
        listed(row("1"), scope=Scope.EVERYBODY, code="E"),
        listed(row("3"), scope=Scope.LEVEL, code="L"),
        listed(row("4"), scope=Scope.RELATION, code="R"),
        listed(row("2"), scope=Scope.REGION, code="G", depth=3),
    )
    assert amount(price) == D(4)
    assert price.list_price is not None
    assert price.list_price.amount == D(1)
    assert [step.list_code for step in price.trace] == ["R", "L", "G", "E"]
    assert outcomes(price) == {
        "R": Outcome.CHOSEN,
        "L": Outcome.LOWER_PRECEDENCE,
        "G": Outcome.LOWER_PRECEDENCE,
        "E": Outcome.LOWER_PRECEDENCE,
    }


def test_the_nearest_region_comes_first_whatever_its_priority() -> None:
    province = listed(row("1"), scope=Scope.REGION, code="P", depth=6, priority=9)
    city = listed(row("2"), scope=Scope.REGION, code="C", depth=11)
    assert amount(ask(province, city)) == D(2)


def test_within_a_scope_priority_then_the_newer_then_the_code_decide() -> None:
    old = listed(row("1"), code="A", valid_from=NOW - 9 * DAY)
    new = listed(row("2"), code="B", valid_from=NOW - DAY)
    undated = listed(row("3"), code="0")
    high = listed(row("4"), code="Z", priority=1)
    assert amount(ask(old, new, undated, high)) == D(4)
    assert amount(ask(old, new, undated)) == D(2)
    assert amount(ask(old, undated)) == D(1)
    assert amount(ask(listed(row("5"), code="B"), listed(row("6"), code="A"))) == D(6)


def test_hard_filters_and_gaps_are_named_in_the_trace() -> None:
    price = ask(
        listed(row("1"), code="USD", scope=Scope.RELATION, currency="USD"),
        listed(row("1"), code="NET", scope=Scope.RELATION, tax_included=False),
        listed(row("1"), code="OLD", scope=Scope.RELATION, valid_to=NOW),
        listed(row("1"), code="SOON", scope=Scope.RELATION, valid_from=NOW + DAY),
        listed(code="EMPTY", scope=Scope.LEVEL),
        listed(row("1", unit="carton"), code="CARTON", scope=Scope.LEVEL),
        listed(row("1", minimum="10"), code="MANY", scope=Scope.LEVEL),
        listed(row("1", valid_from=NOW + DAY), code="LATER", scope=Scope.LEVEL),
        listed(row("9"), code="BASE"),
    )
    assert amount(price) == D(9)
    assert outcomes(price) == {
        "USD": Outcome.OTHER_CURRENCY,
        "NET": Outcome.OTHER_TAX_MODE,
        "OLD": Outcome.NOT_VALID_NOW,
        "SOON": Outcome.NOT_VALID_NOW,
        "EMPTY": Outcome.NO_ROW,
        "CARTON": Outcome.OTHER_UNIT,
        "MANY": Outcome.BELOW_FIRST_BREAK,
        "LATER": Outcome.NOT_VALID_NOW,
        "BASE": Outcome.CHOSEN,
    }


def test_a_break_starts_at_its_minimum() -> None:
    base = listed(row("10"), row("9", "10"), row("8.5", "100"))
    at = {quantity: amount(ask(base, quantity=quantity)) for quantity in ("1", "9.999999", "10", "99", "100", "5000")}
    assert at == {"1": D(10), "9.999999": D(10), "10": D(9), "99": D(9), "100": D("8.5"), "5000": D("8.5")}
    price = ask(base, quantity="100")
    assert [(one.min_quantity, one.unit_price and one.unit_price.amount) for one in price.breaks] == [
        (D(0), D(10)),
        (D(10), D(9)),
        (D(100), D("8.5")),
    ]
    assert price.list_price is not None
    assert price.list_price.amount == D(10)


def test_of_dated_rows_the_last_started_wins_and_an_ended_one_gives_way() -> None:
    old = row("10", valid_from=NOW - 9 * DAY)
    promotion = row("7", valid_from=NOW - 5 * DAY, valid_to=NOW)
    running = row("8", valid_from=NOW - 3 * DAY, valid_to=NOW + DAY)
    future = row("1", valid_from=NOW + DAY)
    assert amount(ask(listed(future, old, running, promotion))) == D(8)
    assert amount(ask(listed(promotion, future, old))) == D(10)


def test_a_row_of_the_ordered_unit_beats_the_base_unit_times_factor() -> None:
    base = listed(row("2.5", unit="piece"), row("28", unit="carton"))
    assert amount(ask(base, unit="carton", factor="12")) == D(28)
    assert amount(ask(listed(row("2.5")), unit="carton", factor="12")) == D(30)


def test_a_converted_price_rounds_half_up_and_its_breaks_are_of_the_ordered_unit() -> None:
    base = listed(row("0.3333", "0"), row("0.3", "25"))
    price = ask(base, quantity="2", unit="carton", factor="12.5")
    assert price.unit_price == UnitPrice(D("3.75"), "CNY", "carton", True)
    assert price.breaks == (
        QuantityBreak(D(0), UnitPrice(D("4.1663"), "CNY", "carton", True)),  # 4.16625 rounds half up
        QuantityBreak(D(2), UnitPrice(D("3.75"), "CNY", "carton", True)),
    )
    thirds = ask(listed(row("1"), row("0.9", "10")), quantity="4", unit="carton", factor="3")
    assert [one.min_quantity for one in thirds.breaks] == [D(0), D("3.333334")]


def test_a_price_on_request_is_a_state_that_wins_like_a_price() -> None:
    price = ask(listed(row(None), scope=Scope.RELATION, code="R"), listed(row("5"), code="E"))
    assert price.state is PriceState.ON_REQUEST
    assert price.unit_price is None
    assert outcomes(price) == {"R": Outcome.CHOSEN, "E": Outcome.LOWER_PRECEDENCE}


# --- properties ----------------------------------------------------------------------------------------------------

moments = st.integers(-3, 3).map(lambda days: NOW + days * DAY)
rows = st.builds(
    lambda unit, minimum, price, start, length: CandidateRow(
        uid(), unit, minimum, price, start, None if length is None else start + length * DAY
    ),
    st.sampled_from(["piece", "carton", "pallet"]),
    st.sampled_from([D(0), D(1), D(5), D(12), D(100)]),
    st.none() | st.decimals(0, 1000, places=4),
    moments,
    st.none() | st.integers(1, 4),
)
lists = st.builds(
    lambda scope, priority, currency, included, start, length, depth, some: Candidate(
        AssignedList(
            uid(),
            f"L{priority}",
            "A list",
            scope,
            priority,
            currency,
            included,
            start,
            None if length is None else (start or NOW) + length * DAY,
            depth if scope is Scope.REGION else 0,
        ),
        tuple(some),
    ),
    st.sampled_from(list(Scope)),
    st.integers(0, 2),
    st.sampled_from(["CNY", "CNY", "USD"]),
    st.sampled_from([True, True, False]),
    st.none() | moments,
    st.none() | st.integers(1, 4),
    st.integers(0, 3),
    st.lists(rows, max_size=6),
)
quantities = st.sampled_from([D("0.5"), D(1), D(4), D(5), D(11), D(12), D(99), D(100), D(1000)])
units = st.sampled_from([("piece", D(1)), ("carton", D(12))])


def find(candidates: list[Candidate], quantity: D, unit: tuple[str, D]) -> ResolvedPrice:
    return ask(*candidates, quantity=str(quantity), unit=unit[0], factor=str(unit[1]))


def eligible(one: Candidate, quantity: D, unit: tuple[str, D]) -> list[CandidateRow]:
    """Said once more, in the words of the rule: the eligible rows of a list, of the ordered unit or else the base."""
    head = one.list
    started = head.valid_from is None or head.valid_from <= NOW
    running = head.valid_to is None or head.valid_to > NOW
    if head.currency != "CNY" or not head.tax_included or not started or not running:
        return []
    now = [each for each in one.rows if each.valid_from <= NOW and (each.valid_to is None or each.valid_to > NOW)]
    own = [each for each in now if each.unit == unit[0] and each.min_quantity <= quantity]
    return own or [each for each in now if each.unit == "piece" and each.min_quantity <= quantity * unit[1]]


@settings(max_examples=300)
@given(st.lists(lists, max_size=6), quantities, units, st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_lists_or_rows(candidates, quantity, unit, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = [Candidate(one.list, tuple(random.sample(one.rows, len(one.rows)))) for one in candidates]
    random.shuffle(shuffled)
    assert find(candidates, quantity, unit) == find(shuffled, quantity, unit)


@settings(max_examples=300)
@given(st.lists(lists, max_size=6), quantities, units)
def test_the_first_eligible_list_gives_the_price_and_its_row_is_valid(candidates, quantity, unit) -> None:  # type: ignore[no-untyped-def]
    price = find(candidates, quantity, unit)
    ordered = sorted(candidates, key=lambda one: one.list.place)
    winner = next((one for one in ordered if eligible(one, quantity, unit)), None)
    chosen = [step for step in price.trace if step.outcome is Outcome.CHOSEN]
    if winner is None:
        assert price.state is PriceState.NO_PRICE
        assert price.unit_price is None
        assert chosen == []
        return
    assert [step.list_id for step in chosen] == [winner.list.list_id]
    possible = eligible(winner, quantity, unit)
    (row_used,) = [each for each in possible if each.row_id == chosen[0].row_id]
    assert row_used.min_quantity == max(each.min_quantity for each in possible)
    rivals = [each for each in possible if each.min_quantity == row_used.min_quantity and each.unit == row_used.unit]
    assert row_used.valid_from == max(each.valid_from for each in rivals)
    assert (price.state is PriceState.ON_REQUEST) == (row_used.unit_price is None)


@settings(max_examples=300)
@given(st.lists(lists, max_size=6), quantities, units)
def test_the_trace_names_every_list_once_in_order_of_precedence(candidates, quantity, unit) -> None:  # type: ignore[no-untyped-def]
    price = find(candidates, quantity, unit)
    expected = [one.list.list_id for one in sorted(candidates, key=lambda one: one.list.place)]
    assert [step.list_id for step in price.trace] == expected
    places = [(list(Scope).index(step.scope)) for step in price.trace]
    assert places == sorted(places)


@settings(max_examples=300)
@given(lists, st.lists(quantities, min_size=2, max_size=6), units)
def test_within_a_list_a_larger_quantity_never_takes_an_earlier_break(one, asked, unit) -> None:  # type: ignore[no-untyped-def]
    taken: dict[str, list[D]] = {}
    for quantity in sorted(asked):
        for step in find([one], quantity, unit).trace:
            if step.outcome is Outcome.CHOSEN and step.unit is not None and step.min_quantity is not None:
                taken.setdefault(step.unit, []).append(step.min_quantity)
    for minima in taken.values():
        assert minima == sorted(minima)


@settings(max_examples=200)
@given(st.lists(lists, max_size=5), quantities, units)
def test_breaks_rise_and_hold_the_price_that_was_found(candidates, quantity, unit) -> None:  # type: ignore[no-untyped-def]
    price = find(candidates, quantity, unit)
    minima = [one.min_quantity for one in price.breaks]
    assert minima == sorted(minima)
    if price.state is not PriceState.NO_PRICE:
        reached = [one for one in price.breaks if one.min_quantity <= quantity]
        assert reached[-1].unit_price == price.unit_price
