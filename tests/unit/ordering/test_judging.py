"""The arithmetic of an order, pure: lines, totals, freight, problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inventory.rules import StockRow
from app.kernel.money import Money, UnitPrice
from app.kernel.quantity import QuantityRule
from app.kernel.refusal import BadRequest
from app.kernel.tax import TaxMode
from app.ledger.rules import CreditTerms, Funding, Position
from app.ordering.asked import AskedLine, AskedOrder, DeliveryMethod
from app.ordering.freight import FreightRule, freight, rule_for
from app.ordering.refusals import BelowOrderMinimum, CreditShort, NoPrice, PriceChanged, QuantityNotAllowed, StockShort
from app.ordering.rules import Judged, judge, line_picks
from app.ordering.terms import Terms
from app.pricing.rules import PriceState, ResolvedPrice

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SELLER, WAREHOUSE = uuid4(), uuid4()


class Measure(NamedTuple):
    factor: Decimal
    weight_g: int = 0
    volume_cm3: int = 0


@dataclass(frozen=True)
class Goods:
    """An offer, with the price it has in each unit."""

    sku_id: UUID = field(default_factory=uuid4)
    sku_code: str = "PAINT"
    name_zh: str = "乳胶漆"
    name_en: str = "Paint"
    base_unit: str = "piece"
    unit: str = "piece"
    units: Mapping[str, Measure] = field(default_factory=lambda: {"piece": Measure(Decimal(1))})
    rule: QuantityRule = field(default_factory=QuantityRule)
    stocked: bool = True
    tax_rate_bp: int = 1300
    prices: Mapping[str, str] = field(default_factory=lambda: {"piece": "10.00"})


def terms(**more: object) -> Terms:
    position = Position("CNY", CreditTerms(limit_minor=None))
    stated: dict[str, object] = {
        "relation_id": uuid4(),
        "network_id": uuid4(),
        "seller_id": SELLER,
        "buyer_id": uuid4(),
        "brand_id": SELLER,
        "level": 1,
        "region_path": None,
        "currency": "CNY",
        "mode": TaxMode.INCLUDED,
        "time_zone": "Asia/Shanghai",
        "status": "active",
        "seller_status": "active",
        "buyer_status": "active",
        "funding": Funding.CREDIT,
        "net_days": 30,
        "order_minimum_minor": None,
        "reservation_minutes": None,
        "ship_to_approval": False,
        "position": position,
        "ship_to": None,
        "freight_rules": (),
    }
    return Terms(**(stated | more))  # type: ignore[arg-type]


def judged(goods: list[Goods], lines: list[AskedLine], stock: str = "1000000", **more: object) -> Judged:
    offers = {one.sku_id: one for one in goods}
    mode = more.get("mode", TaxMode.INCLUDED)

    def price_of(sku_id: UUID, quantity: Decimal, unit: str) -> ResolvedPrice:
        amount = offers[sku_id].prices.get(unit)
        if amount is None:
            return ResolvedPrice(PriceState.NO_PRICE, None, None, (), ())
        price = UnitPrice(Decimal(amount), "CNY", unit, mode is TaxMode.INCLUDED)
        return ResolvedPrice(PriceState.PRICED, price, None, (), ())

    expected = more.pop("expected_total", None)
    assert expected is None or isinstance(expected, Money)
    return judge(
        AskedOrder(SELLER, tuple(lines)).checked(),
        terms=terms(**more),
        offers=offers,
        price_of=price_of,
        stock=[StockRow(uuid4(), WAREHOUSE, "W", 0, None, one.sku_id, Decimal(stock)) for one in goods],
        now=NOW,
        expected_total=expected,
    )


def line(goods: Goods, quantity: str, **more: object) -> AskedLine:
    return AskedLine(goods.sku_id, Decimal(quantity), **more)  # type: ignore[arg-type]


def test_gross_lines_of_two_rates_are_net_and_tax_each() -> None:
    paint, book = Goods(prices={"piece": "9.99"}), Goods(tax_rate_bp=900, prices={"piece": "1.2345"})
    found = judged([paint, book], [line(paint, "3"), line(book, "7")])
    taxed = [one.taxed for one in found.lines if one.taxed]
    assert [(one.gross, one.net, one.tax) for one in taxed] == [(2997, 2652, 345), (864, 793, 71)]
    assert (found.totals.gross_minor, found.totals.net_minor, found.totals.tax_minor) == (3861, 3445, 416)
    assert found.problems == []


@given(
    st.lists(
        st.tuples(
            st.decimals("0.000001", "9999", places=6),
            st.decimals("0", "9999", places=4),
            st.sampled_from([0, 600, 900, 1300]),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(TaxMode),
)
def test_an_order_is_the_sum_of_its_lines(wanted: list[tuple[Decimal, Decimal, int]], mode: TaxMode) -> None:
    goods = [Goods(tax_rate_bp=rate, prices={"piece": str(price)}) for _, price, rate in wanted]
    found = judged(goods, [line(one, str(q)) for one, (q, _, _) in zip(goods, wanted, strict=True)], mode=mode)
    taxed = [one.taxed for one in found.lines if one.taxed]
    assert len(taxed) == len(wanted)
    assert all(one.gross == one.net + one.tax for one in taxed)
    assert found.totals.gross_minor == sum(one.gross for one in taxed)
    assert found.totals.goods_minor == found.totals.gross_minor
    picked = line_picks(found, [uuid4() for _ in found.lines])
    assert sum(pick.quantity for pick in picked) == sum(quantity for quantity, _, _ in wanted)


def test_lines_of_one_sku_share_its_stock_and_are_short_together() -> None:
    paint = Goods(units={"piece": Measure(Decimal(1)), "box": Measure(Decimal(6))}, prices={"piece": "1", "box": "6"})
    found = judged([paint], [line(paint, "5"), line(paint, "1", unit="box")], stock="10")
    (short,) = found.problems
    assert isinstance(short, StockShort)
    assert (short.lines, short.unit, short.asked, short.available) == ([0, 1], "piece", Decimal(11), Decimal(10))
    (short,) = judged([paint], [line(paint, "2", unit="box")], stock="10").problems
    assert isinstance(short, StockShort)
    assert (short.unit, short.asked, short.available) == ("box", Decimal(2), Decimal(1))  # there is no half box


def test_a_rule_in_an_odd_unit_is_judged_in_base_units_where_lines_come_in_both() -> None:
    units = {"piece": Measure(Decimal(1)), "sack": Measure(Decimal("0.333333"))}
    goods = Goods(
        unit="sack",
        units=units,
        rule=QuantityRule(multiple=Decimal("0.1"), minimum=Decimal("0.5")),
        prices={"piece": "10.00", "sack": "3.00"},
    )
    found = judged([goods], [line(goods, "1", unit="sack"), line(goods, "0.000001", unit="piece")])
    (problem,) = found.problems
    assert isinstance(problem, QuantityNotAllowed)
    # 0.1 sacks are 0.0333333 pieces, which nobody can order; a whole sack can be
    assert (problem.unit, problem.multiple, problem.minimum) == ("piece", Decimal("0.333333"), Decimal("0.166667"))
    assert (problem.lower, problem.upper) == (Decimal("0.333333"), Decimal("0.666666"))


def test_what_has_no_price_is_named_and_the_rest_is_judged_all_the_same() -> None:
    paint, rare = Goods(), Goods(prices={})
    position = Position("CNY", CreditTerms(limit_minor=500))
    found = judged(
        [paint, rare],
        [line(paint, "1"), line(rare, "1")],
        order_minimum_minor=2000,
        position=position,
        expected_total=Money(1, "CNY"),
    )
    assert [type(one) for one in found.problems] == [NoPrice, BelowOrderMinimum, CreditShort]
    assert found.totals.gross_minor == 1000


def test_prices_are_compared_line_by_line_where_lines_say_what_they_saw() -> None:
    paint = Goods()
    same = judged([paint], [line(paint, "1", expected_unit_price=Decimal("10.0000"))])
    assert same.problems == []
    found = judged(
        [paint],
        [line(paint, "1", expected_unit_price=Decimal("9.5")), line(paint, "2", expected_unit_price=Decimal("9.5"))],
        expected_total=Money(2850, "CNY"),
    )
    (changed,) = found.problems
    assert isinstance(changed, PriceChanged)
    assert (changed.lines, changed.message("en")) == (
        [0, 1],
        "The price of Paint (PAINT) changed since you looked: you saw 9.50 CNY/piece, it is now 10.00 CNY/piece.",
    )


def test_a_value_beyond_what_the_mall_holds_is_no_order() -> None:
    gold = Goods(prices={"piece": "999999999999.99"})
    with pytest.raises(Exception, match="too large"):
        judged([gold], [line(gold, "999999999999")])
    pallet = Goods(unit="pallet", units={"pallet": Measure(Decimal(999_999))}, prices={"pallet": "1"})
    with pytest.raises(BadRequest):
        judged([pallet], [line(pallet, "999999999999")])


def rule(path: str | None, base: int = 0, **more: int | None) -> FreightRule:
    named = {"per_kg_minor": 0, "per_m3_minor": 0, "free_above_minor": None} | more
    return FreightRule(path, base, tax_class="freight", tax_rate_bp=900, **named)  # type: ignore[arg-type]


def test_the_nearest_region_counts_and_everywhere_only_without_one() -> None:
    rules = [rule(None, 3), rule("CN/44/", 2), rule("CN/44/4406/", 1)]
    found = [rule_for(rules, path) for path in ("CN/44/4406/", "CN/44/4401/", "CN/33/", None)]
    assert [one.base_minor for one in found if one] == [1, 2, 3, 3]
    assert rule_for(rules[1:], "CN/33/") is None


@pytest.mark.parametrize(
    ("weight_g", "volume_cm3", "gross"),
    [(0, 0, 1000), (1, 0, 1000), (10, 0, 1001), (1_000, 1_000_000, 1000 + 50 + 20_000), (2_500, 40_000, 1925)],
)
def test_weight_and_volume_are_charged_exactly_and_rounded_once(weight_g: int, volume_cm3: int, gross: int) -> None:
    found = freight(
        [rule(None, 1000, per_kg_minor=50, per_m3_minor=20_000)],
        method=DeliveryMethod.DELIVERY,
        region_path=None,
        weight_g=weight_g,
        volume_cm3=volume_cm3,
        goods_minor=1,
        mode=TaxMode.INCLUDED,
    )
    assert found.taxed.gross == gross
