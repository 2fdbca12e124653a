"""The plan of a replay: every row has its place, and no penny is lost, whatever the history."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bench.wholesale.plan import Plan, PlannedCancellation, PlannedOrder, Skip, is_service, plan
from bench.wholesale.rows import Row, Unreadable

DAY = datetime(2010, 12, 10)  # noqa: DTZ001


def row(number: int, invoice: str, code: str, quantity: str, price: str, dealer: str = "1") -> Row:
    at = DAY + timedelta(minutes=number)
    return Row(number, invoice, code, "Thing", Decimal(quantity), at, Decimal(price), dealer, "Norway")


def history(*said: tuple[str, str, str, str]) -> Plan:
    return plan(row(number, *one) for number, one in enumerate(said, start=2))


def orders_of(made: Plan) -> list[PlannedOrder]:
    return [step for steps in made.steps.values() for step in steps if isinstance(step, PlannedOrder)]


def cancellations_of(made: Plan) -> list[PlannedCancellation]:
    return [step for steps in made.steps.values() for step in steps if isinstance(step, PlannedCancellation)]


def takes_of(made: Plan) -> list[tuple[int, int, Decimal]]:
    """(row that cancels, row that is cancelled, quantity)."""
    return [
        (take.row, step.order.lines[take.position].row.number, take.quantity)
        for step in cancellations_of(made)
        for take in step.takes
    ]


def test_a_code_at_two_prices_in_one_invoice_makes_two_orders() -> None:
    made = history(("7", "A", "1", "2.00"), ("7", "B", "1", "1.00"), ("7", "A", "3", "2.50"), ("7", "A", "4", "2.00"))
    assert [(order.part, order.rows, order.total) for order in orders_of(made)] == [
        (1, [2, 3, 5], Decimal("11.00")),
        (2, [4], Decimal("7.50")),
    ]


def test_a_long_invoice_makes_several_orders() -> None:
    made = plan(row(n, "7", f"CODE {n}", "1", "1") for n in range(2, 2502))
    assert [(order.part, len(order.lines)) for order in orders_of(made)] == [(1, 1000), (2, 1000), (3, 500)]


def test_cancellations_take_the_oldest_lines_at_the_same_price_and_split() -> None:
    made = history(
        ("1", "A", "5", "2.00"),
        ("2", "A", "5", "3.00"),
        ("3", "A", "5", "2.00"),
        ("C4", "A", "-7", "2.00"),
        ("C5", "A", "-2", "2.00"),
        ("C6", "A", "-9", "2.00"),
    )
    assert takes_of(made) == [(5, 2, Decimal(5)), (5, 4, Decimal(2)), (6, 4, Decimal(2)), (7, 4, Decimal(1))]
    assert [(step.invoice, step.order.invoice) for step in cancellations_of(made)] == [
        ("C4", "1"),
        ("C4", "3"),
        ("C5", "3"),
        ("C6", "3"),
    ]
    assert made.skipped[Skip.NO_OPEN_LINE].rows == 1
    assert made.skipped[Skip.NO_OPEN_LINE].value == Decimal("-16.00")
    assert made.partly == {7}


def test_only_earlier_lines_of_the_same_customer_code_and_price_are_cancelled() -> None:
    rows = [
        row(2, "C1", "A", "-1", "2"),
        row(3, "2", "A", "1", "2", dealer="other"),
        row(4, "3", "B", "1", "2"),
        row(5, "4", "A", "1", "2.01"),
        row(6, "C5", "A", "-1", "2"),
        row(7, "6", "A", "1", "2"),
    ]
    made = plan(rows)
    assert takes_of(made) == []
    assert made.skipped[Skip.NO_OPEN_LINE].rows == 2


def test_the_closed_list_of_skips() -> None:
    made = history(
        ("1", "A", "5", "0"), ("A2", "B", "1", "-11062.06"), ("3", "A", "-5", "1.50"), ("C4", "A", "-1", "0")
    )
    assert made.skipped[Skip.PRICE_NOT_POSITIVE].rows == 3
    assert made.skipped[Skip.PRICE_NOT_POSITIVE].value == Decimal("-11062.06")
    assert made.skipped[Skip.NEGATIVE_WITHOUT_C].rows == 1
    assert made.skipped[Skip.NEGATIVE_WITHOUT_C].value == Decimal("-7.50")
    assert made.steps == {}
    assert (made.countries, made.names) == ({"1": "Norway"}, {"A": "A", "B": "B"})


def test_unreadable_rows_are_counted_and_named() -> None:
    made = plan([row(2, "1", "A", "1", "1"), Unreadable(3, "3 cells")])
    assert (made.rows, made.unreadable) == (2, [Unreadable(3, "3 cells")])


def test_services_have_no_stock() -> None:
    assert all(
        is_service(code) for code in ("POST", "DOT", "M", "D", "C2", "BANK CHARGES", "AMAZONFEE", "S", "GIFT_0001_40")
    )
    assert not any(is_service(code) for code in ("85123A", "22423", "DCGS0076", "15056BL"))


HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "C3", "4", "C5", "C6"]),
        st.sampled_from(["A", "B"]),
        st.integers(-6, 6).filter(bool).map(str),
        st.sampled_from(["0", "1.25", "2.99", "-1"]),
        st.sampled_from(["x", "y"]),
    ),
    max_size=40,
)


@given(HISTORIES)
def test_every_row_has_one_place_and_no_penny_is_lost(said: list[tuple[str, str, str, str, str]]) -> None:
    rows = [row(number, *one) for number, one in enumerate(said, start=2)]
    made = plan(rows)
    by_number = {one.number: one for one in rows}
    ordered = [number for order in orders_of(made) for number in order.rows]
    cancelling = {taken[0] for taken in takes_of(made)} - made.partly
    assert len(ordered) == len(set(ordered))
    assert not set(ordered) & cancelling
    skipped = sum(one.rows for one in made.skipped.values())
    assert len(ordered) + len(cancelling) + skipped == len(rows) == made.rows
    in_mall = sum((order.total for order in orders_of(made)), Decimal(0))
    in_mall -= sum((quantity * by_number[source].price for source, _, quantity in takes_of(made)), Decimal(0))
    left_out = sum((one.value for one in made.skipped.values()), Decimal(0))
    assert in_mall + left_out == made.value == sum((one.quantity * one.price for one in rows), Decimal(0))


@given(HISTORIES)
def test_takes_are_what_a_slow_bookkeeper_would_find(said: list[tuple[str, str, str, str, str]]) -> None:
    rows = [row(number, *one) for number, one in enumerate(said, start=2)]
    # The plan plays an invoice at the place of its first row, whole, orders before cancellations.
    first: dict[tuple[str, str], int] = {}
    for one in rows:
        if one.price > 0 and (one.quantity > 0 or one.cancels):
            first.setdefault((one.invoice, one.dealer), one.number)
    played = [one for one in rows if one.price > 0 and (one.quantity > 0 or one.cancels)]
    played.sort(key=lambda one: (first[one.invoice, one.dealer], one.quantity < 0, one.number))
    left: dict[int, Decimal] = {}
    order: list[Row] = []
    expected: Counter[tuple[int, int]] = Counter()
    for one in played:
        if one.quantity > 0:
            left[one.number] = one.quantity
            order.append(one)
            continue
        for _ in range(int(-one.quantity)):
            fits = (
                x for x in order if left[x.number] and (x.dealer, x.code, x.price) == (one.dealer, one.code, one.price)
            )
            if (found := next(fits, None)) is not None:
                left[found.number] -= 1
                expected[one.number, found.number] += 1
    found_takes: Counter[tuple[int, int]] = Counter()
    for source, target, quantity in takes_of(plan(rows)):
        found_takes[source, target] += int(quantity)
    assert found_takes == expected


@given(HISTORIES)
def test_an_order_has_each_code_at_one_price(said: list[tuple[str, str, str, str, str]]) -> None:
    for order in orders_of(plan(row(number, *one) for number, one in enumerate(said, start=2))):
        assert len({line.row.code for line in order.lines}) == len({(x.row.code, x.row.price) for x in order.lines})
        assert len({line.row.invoice for line in order.lines}) == len({line.row.dealer for line in order.lines}) == 1
