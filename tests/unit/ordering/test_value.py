"""A line taken apart in any way gives parts that sum to it; a discount lowers the gross by exactly what was said."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.tax import DiscountTooLarge, TaxMode, line_tax
from app.ordering.value import Freight, LineValue, discounted, totals

RATES = (0, 600, 900, 1300)


def line(ordered: str | Decimal, value: int, rate: int = 1300, mode: TaxMode = TaxMode.INCLUDED) -> LineValue:
    taxed = line_tax(value, rate, mode)
    return LineValue(ordered=Decimal(ordered), gross_minor=taxed.gross, tax_minor=taxed.tax, tax_rate_bp=rate)


def quantities() -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value="0.000001", max_value="9999", places=6)


def lines(mode: TaxMode) -> st.SearchStrategy[LineValue]:
    return st.builds(
        lambda ordered, value, rate: line(ordered, value, rate, mode),
        st.one_of(st.integers(1, 50).map(Decimal), quantities()),
        st.integers(0, 10**9),
        st.sampled_from(RATES),
    )


MOVES = st.lists(st.tuples(st.sampled_from(["ship", "cancel"]), st.integers(1, 1000)), max_size=12)


def part_of(quantity: Decimal, thousandths: int) -> Decimal:
    part = (quantity * thousandths / 1000).quantize(Decimal("0.000001"))
    return part or quantity


def taken_apart(one: LineValue, moves: list[tuple[str, int]]) -> tuple[LineValue, int, int]:
    """The line with nothing open, and the gross and tax that the parts took with them."""
    gross = tax = 0
    for move, thousandths in [*moves, ("ship", 1000)]:
        if not one.open:
            break
        one, share = getattr(one, move)(part_of(one.open, thousandths))
        assert 0 <= share.tax <= share.gross
        gross, tax = gross + share.gross, tax + share.tax
    return one, gross, tax


class TestParts:
    @given(lines(TaxMode.INCLUDED), MOVES)
    def test_sum_to_the_line_however_it_is_shipped_and_cancelled(
        self, one: LineValue, moves: list[tuple[str, int]]
    ) -> None:
        after, gross, tax = taken_apart(one, moves)
        assert after.open == after.open_minor == 0
        assert (gross, tax) == (one.gross_minor, one.tax_minor)
        assert after.shipped_minor + after.cancelled_minor == one.gross_minor
        assert 0 <= after.shipped_tax_minor <= after.shipped_minor

    @given(lines(TaxMode.EXCLUDED), MOVES)
    def test_sum_to_the_line_where_tax_is_on_top(self, one: LineValue, moves: list[tuple[str, int]]) -> None:
        _, gross, tax = taken_apart(one, moves)
        assert (gross, tax) == (one.gross_minor, one.tax_minor)

    @given(lines(TaxMode.INCLUDED), MOVES, st.permutations(range(4)))
    def test_what_is_left_does_not_depend_on_the_steps(
        self, one: LineValue, moves: list[tuple[str, int]], order: list[int]
    ) -> None:
        quarter = part_of(one.ordered, 200)
        if quarter * 4 > one.ordered:
            return
        at_once, _ = one.ship(quarter * 4)
        in_steps = one
        for step in order:
            in_steps, _ = in_steps.ship(quarter) if step % 2 else in_steps.cancel(quarter)
        assert at_once.open_minor == in_steps.open_minor

    def test_three_for_a_hundred(self) -> None:
        one = line("3", 10000)
        shares = []
        for _ in range(3):
            one, share = one.ship(Decimal(1))
            shares.append((share.gross, share.tax, share.net))
        assert shares == [(3333, 383, 2950), (3334, 384, 2950), (3333, 383, 2950)]
        assert one.shipped_tax_minor == 1150

    @pytest.mark.parametrize("asked", ["0", "-1", "3.000001"])
    def test_never_more_than_is_open(self, asked: str) -> None:
        with pytest.raises(ValueError, match="open"):
            line("3", 100).share(Decimal(asked))

    def test_a_free_line_ships_for_nothing(self) -> None:
        after, share = line("3", 0).ship(Decimal(3))
        assert share.gross == share.tax == after.open == 0


class TestDiscount:
    def test_a_hundred_off_lines_of_13_and_9_percent(self) -> None:
        before = [line("10", 113000, 1300), line("7", 54500, 900)]
        after, shares = discounted(before, 10000, TaxMode.INCLUDED)
        assert shares == [6746, 3254]
        assert sum(one.gross_minor for one in before) - sum(one.gross_minor for one in after) == 10000
        assert [(one.gross_minor, one.tax_minor) for one in after] == [
            (106254, line_tax(106254, 1300, TaxMode.INCLUDED).tax),
            (51246, line_tax(51246, 900, TaxMode.INCLUDED).tax),
        ]
        assert [one.discount_minor for one in after] == shares

    def test_not_more_than_is_open(self) -> None:
        half_gone, _ = line("2", 1000).cancel(Decimal(1))
        with pytest.raises(DiscountTooLarge):
            discounted([half_gone], 501, TaxMode.INCLUDED)
        [after], _ = discounted([half_gone], 500, TaxMode.INCLUDED)
        assert (after.gross_minor, after.open_minor, after.cancelled_minor) == (500, 0, 500)

    def test_what_was_cancelled_before_keeps_its_value(self) -> None:
        one, _ = line("10", 10000, 0).cancel(Decimal(5))
        [after], _ = discounted([one], 4000, TaxMode.INCLUDED)
        assert [after.share(Decimal(units)).gross for units in range(1, 6)] == [200, 400, 600, 800, 1000]

    @given(
        st.lists(lines(TaxMode.INCLUDED), min_size=1, max_size=6),
        MOVES,
        st.lists(st.integers(0, 1000), max_size=3),
        MOVES,
    )
    def test_cancel_discount_and_ship_in_any_order_sum_to_the_whole(
        self, given_lines: list[LineValue], first: list[tuple[str, int]], parts: list[int], then: list[tuple[str, int]]
    ) -> None:
        self.check(given_lines, first, parts, then, TaxMode.INCLUDED)

    @given(
        st.lists(lines(TaxMode.EXCLUDED), min_size=1, max_size=6),
        MOVES,
        st.lists(st.integers(0, 1000), max_size=3),
        MOVES,
    )
    def test_the_same_where_tax_is_on_top(
        self, given_lines: list[LineValue], first: list[tuple[str, int]], parts: list[int], then: list[tuple[str, int]]
    ) -> None:
        self.check(given_lines, first, parts, then, TaxMode.EXCLUDED)

    @staticmethod
    def check(
        goods: list[LineValue],
        first: list[tuple[str, int]],
        parts: list[int],
        then: list[tuple[str, int]],
        mode: TaxMode,
    ) -> None:
        for number, (_, thousandths) in enumerate(first):
            at = number % len(goods)
            if goods[at].open and thousandths < 1000:
                goods[at], _ = goods[at].cancel(part_of(goods[at].open, thousandths))
            if number < len(parts):
                before = totals(goods, Freight())
                amount = sum(one.worth(mode) for one in goods) * parts[number] // 1000
                goods, shares = discounted(goods, amount, mode)
                after = totals(goods, Freight())
                assert sum(shares) == amount
                assert after.cancelled_minor == before.cancelled_minor
                fell = before.gross_minor - after.gross_minor
                assert fell == amount if mode is TaxMode.INCLUDED else fell >= amount - len(goods)
                assert all(one.open_minor >= 0 and one.tax_minor >= 0 for one in goods)
        for one in goods:
            left_before = replace(one)
            after_all, gross, tax = taken_apart(one, then)
            assert gross == left_before.open_minor
            assert after_all.open_minor == 0
            assert 0 <= tax <= one.tax_minor


class TestFreight:
    @pytest.mark.parametrize("discount", [0, 4900, 5000])
    def test_a_discount_on_the_goods_gives_no_freight_back(self, discount: int) -> None:
        freight = Freight(gross_minor=1000, tax_minor=83)
        line = LineValue(ordered=Decimal(2), gross_minor=10_000, tax_minor=0)
        line, _ = line.cancel(Decimal(1))
        freight, given = freight.cancel([line])
        assert given == 500
        (line,), _ = discounted([line], discount, TaxMode.INCLUDED)
        assert freight.cancel([line]) == (freight, 0)
        line, _ = line.cancel(Decimal("0.5"))
        freight, given = freight.cancel([line])
        assert (given, freight.open_minor) == (250, 250)

    def test_leaves_with_the_first_shipment_less_what_was_cancelled_before(self) -> None:
        goods = [line("10", 10000), line("10", 30000)]
        freight = Freight(gross_minor=1001, tax_minor=83)
        goods[0], _ = goods[0].cancel(Decimal(10))
        freight, given = freight.cancel(goods)
        assert given == 250
        freight, share = freight.ship()
        assert (share.gross, share.tax) == (751, 62)
        goods[1], _ = goods[1].cancel(Decimal(3))
        assert freight.cancel(goods) == (freight, 0)
        assert freight.ship()[1].gross == 0

    def test_all_of_it_comes_back_when_everything_is_cancelled(self) -> None:
        goods = [line("3", 0), line("3", 0)]
        freight = Freight(gross_minor=999, tax_minor=82)
        goods[0], _ = goods[0].cancel(Decimal(3))
        freight, given = freight.cancel(goods)
        assert given == 0
        goods[1], _ = goods[1].cancel(Decimal(3))
        freight, given = freight.cancel(goods)
        assert (given, freight.open_minor) == (999, 0)

    @given(st.lists(lines(TaxMode.INCLUDED), min_size=1, max_size=5), st.integers(0, 10**6), MOVES)
    def test_order_totals_are_gone_when_every_line_is(
        self, goods: list[LineValue], cost: int, moves: list[tuple[str, int]]
    ) -> None:
        freight = Freight(gross_minor=cost, tax_minor=cost - line_tax(cost, 900, TaxMode.INCLUDED).net)
        gross = totals(goods, freight).gross_minor
        out = 0
        for number, (move, thousandths) in enumerate([*moves, *[("cancel", 1000)] * len(goods)]):
            at = number % len(goods) if number < len(moves) else number - len(moves)
            if not goods[at].open:
                continue
            goods[at], share = getattr(goods[at], move)(part_of(goods[at].open, thousandths))
            if move == "ship":
                freight, carried = freight.ship()
                out += share.gross + carried.gross
            else:
                freight, given = freight.cancel(goods)
                out += share.gross + given
            now = totals(goods, freight)
            assert now.open_minor == gross - out >= 0
        assert totals(goods, freight).open_minor == 0
