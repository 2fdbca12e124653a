"""What a product, a listing, a tree and a dated rate may be."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.inputs import CategoryInput, ListingInput, MediaInput, ProductInput, SkuInput, TaxRateInput, UnitInput
from app.catalog.rules import (
    CategoryNode,
    break_problem,
    grown_tree,
    listing_problems,
    localised,
    product_problems,
    tax_rate_problems,
    units_of,
)
from app.kernel.ids import uuid7
from app.kernel.quantity import QuantityRule

D = Decimal
DAY = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 29)]


def product(**more: object) -> ProductInput:
    said: dict[str, object] = {"code": "P1", "name_zh": "外墙漆", "name_en": "Exterior paint", "category": "paint"}
    return ProductInput(**{**said, **more})  # type: ignore[arg-type]


def sku(**more: object) -> SkuInput:
    said: dict[str, object] = {"code": "S1", "name_zh": "", "name_en": "", "base_unit": "桶", "tax_class": "standard"}
    return SkuInput(**{**said, **more})  # type: ignore[arg-type]


def codes(problems: object) -> list[tuple[str, str]]:
    return [(field, why.code) for field, why in problems]  # type: ignore[attr-defined]


def test_a_sound_product_has_no_problem() -> None:
    units = (UnitInput("桶", D(1), 5200, 6000, "6901234567890"), UnitInput("箱", D(4)), UnitInput("托", D("96.5")))
    sound = product(
        skus=(sku(units=units),), media=(MediaInput("https://x.example/1.png"),), attributes={"光泽": "哑光"}
    )
    assert list(product_problems(sound)) == []


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"code": ""}, "code", "VALUE_NOT_ALLOWED"),
        ({"code": " P1"}, "code", "VALUE_NOT_ALLOWED"),
        ({"code": "P" * 61}, "code", "VALUE_NOT_ALLOWED"),
        ({"code": "P\x001"}, "code", "VALUE_NOT_ALLOWED"),
        ({"name_zh": "", "name_en": " "}, "nameZh", "VALUE_NOT_ALLOWED"),
        ({"name_en": "x" * 201}, "nameEn", "VALUE_NOT_ALLOWED"),
        ({"description_zh": "\x00"}, "descriptionZh", "VALUE_NOT_ALLOWED"),
        ({"attributes": {"": "x"}}, "attributes", "VALUE_NOT_ALLOWED"),
        ({"media": (MediaInput("javascript:alert(1)"),)}, "media.0.url", "VALUE_NOT_ALLOWED"),
        ({"media": (MediaInput("/a.png", "hologram"),)}, "media.0.kind", "VALUE_NOT_ALLOWED"),
        ({"skus": (sku(), sku())}, "skus.1.code", "NAMED_TWICE"),
        ({"skus": (sku(base_unit=""),)}, "skus.0.baseUnit", "VALUE_NOT_ALLOWED"),
        ({"skus": (sku(units=(UnitInput("箱", D(0)),)),)}, "skus.0.units.0.factor", "VALUE_NOT_ALLOWED"),
        ({"skus": (sku(units=(UnitInput("箱", D("NaN")),)),)}, "skus.0.units.0.factor", "VALUE_NOT_ALLOWED"),
        ({"skus": (sku(units=(UnitInput("桶", D(2)),)),)}, "skus.0.units.0.factor", "VALUE_NOT_ALLOWED"),
        ({"skus": (sku(units=(UnitInput("箱", D(4), -1),)),)}, "skus.0.units.0.weightG", "VALUE_NOT_ALLOWED"),
        ({"skus": (sku(units=(UnitInput("箱", D(4)), UnitInput("箱", D(5)))),)}, "skus.0.units.1.unit", "NAMED_TWICE"),
    ],
)
def test_a_problem_is_named_by_its_field(wrong: dict[str, object], field: str, code: str) -> None:
    assert codes(product_problems(product(**wrong))) == [(field, code)]


def test_all_problems_come_at_once() -> None:
    wrong = product(code="", skus=(sku(code="", base_unit=""),))
    assert [field for field, _ in product_problems(wrong)] == ["code", "skus.0.code", "skus.0.baseUnit"]


def test_the_base_unit_is_a_unit_by_itself() -> None:
    assert units_of(sku(units=(UnitInput("箱", D(4)),))) == (UnitInput("桶", D(1)), UnitInput("箱", D(4)))
    weighed = UnitInput("桶", D(1), 5200)
    assert units_of(sku(units=(weighed,))) == (weighed,)


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        (ListingInput("S1"), []),
        (ListingInput("S1", "箱", minimum=D(2), multiple=D(2), maximum=D(10)), []),
        (ListingInput("S1", minimum=D(0), multiple=D(3), maximum=D(0)), []),
        (ListingInput("S1", maximum=D(5)), []),
        (ListingInput("S1", "托"), [("unit", "UNIT_UNKNOWN")]),
        (ListingInput("S1", multiple=D(0)), [("multiple", "VALUE_NOT_ALLOWED")]),
        (ListingInput("S1", minimum=D(-1)), [("minimum", "VALUE_NOT_ALLOWED")]),
        (ListingInput("S1", minimum=D(10), multiple=D(12)), [("minimum", "MINIMUM_NOT_MULTIPLE")]),
        (ListingInput("S1", minimum=D(12), maximum=D(11)), [("maximum", "MAXIMUM_TOO_SMALL")]),
        (ListingInput("S1", minimum=D(1), maximum=D(0)), [("maximum", "MAXIMUM_TOO_SMALL")]),
        (ListingInput("S1", multiple=D(12), maximum=D(11)), [("maximum", "MAXIMUM_TOO_SMALL")]),
        (ListingInput("S1", availability_display="rough"), [("availabilityDisplay", "VALUE_NOT_ALLOWED")]),
    ],
)
def test_a_quantity_rule_must_allow_what_it_says(listing: ListingInput, expected: list[tuple[str, str]]) -> None:
    assert codes(listing_problems(listing, "桶", ["桶", "箱"])) == expected


def test_a_refused_minimum_names_the_nearest_valid_ones() -> None:
    [(_, why)] = listing_problems(ListingInput("S1", minimum=D(10), multiple=D(12)), "桶", ["桶"])
    assert (why.lower, why.upper) == (None, D(12))  # type: ignore[attr-defined]
    [(_, why)] = listing_problems(ListingInput("S1", minimum=D(30), multiple=D(12)), "桶", ["桶"])
    assert (why.lower, why.upper) == (D(24), D(36))  # type: ignore[attr-defined]
    assert why.message("en") == "The minimum 30 is not a multiple of 12. Valid nearby: 24, 36."


def test_a_refused_maximum_names_the_smallest_valid_one() -> None:
    [(_, why)] = listing_problems(ListingInput("S1", multiple=D(12), maximum=D(11)), "桶", ["桶"])
    assert why.upper == D(12)  # type: ignore[attr-defined]


LIMITS = st.one_of(st.none(), st.integers(0, 40).map(Decimal), st.sampled_from([D("0.5"), D("2.5")]))


@given(LIMITS, LIMITS.filter(lambda value: value != 0), LIMITS)
def test_an_accepted_rule_lets_its_minimum_be_ordered(
    minimum: Decimal | None, multiple: Decimal | None, maximum: Decimal | None
) -> None:
    listing = ListingInput("S1", minimum=minimum, multiple=multiple, maximum=maximum)
    accepted = not list(listing_problems(listing, "桶", ["桶"]))
    rule = QuantityRule(minimum, multiple, maximum)
    if accepted and maximum != 0:
        least = minimum or multiple or min(D(1), maximum or D(1))
        assert rule.allows(least)
    if not accepted:
        assert not rule.allows(minimum or multiple or D("0.000001"))


def test_a_break_must_be_a_quantity_that_can_be_ordered() -> None:
    assert break_problem(D(24), D(12)) is None
    assert break_problem(D(0), D(12)) is None
    assert break_problem(D(7), None) is None
    refused = break_problem(D(30), D(12))
    assert refused is not None
    assert (refused.lower, refused.upper) == (D(24), D(36))  # type: ignore[attr-defined]


# --- the tree ------------------------------------------------------------------------------------------------------


def node(code: str, parent: CategoryNode | None = None) -> CategoryNode:
    made = uuid7()
    path = f"{parent.path}.{made}" if parent else str(made)
    return CategoryNode(made, code, parent.id if parent else None, path, code, code, 0)


def test_a_moved_category_takes_everything_below_it_along() -> None:
    paint, wood = node("paint"), node("wood")
    wall = node("wall", paint)
    outer = node("outer", wall)
    after, problems = grown_tree([paint, wood, wall, outer], [CategoryInput("wall", "墙", "Wall", "wood")], {})
    assert problems == []
    assert after["wall"].path == f"{wood.id}.{wall.id}"
    assert after["outer"].path == f"{wood.id}.{wall.id}.{outer.id}"
    assert (after["wall"].name_zh, after["wall"].parent_id) == ("墙", wood.id)
    assert after["paint"] == paint


def test_a_category_cannot_move_below_itself() -> None:
    paint = node("paint")
    wall = node("wall", paint)
    outer = node("outer", wall)
    tree = [paint, wall, outer]
    for parent in ("paint", "wall", "outer"):
        _, [problem] = grown_tree(tree, [CategoryInput("paint", "", "Paint", parent)], {})
        assert (problem.field, problem.why.code) == ("parent", "MOVED_INTO_ITSELF")


def test_two_moves_that_make_a_ring_are_refused_together() -> None:
    a, b = node("a"), node("b")
    _, problems = grown_tree([a, b], [CategoryInput("a", "", "A", "b"), CategoryInput("b", "", "B", "a")], {})
    assert [problem.position for problem in problems] == [0, 1]


def test_parents_may_come_after_their_children() -> None:
    ids = {"leaf": uuid7(), "root": uuid7()}
    asked = [CategoryInput("leaf", "", "Leaf", "root"), CategoryInput("root", "", "Root")]
    after, problems = grown_tree([], asked, ids)
    assert problems == []
    assert after["leaf"].path == f"{ids['root']}.{ids['leaf']}"


def test_an_unknown_parent_is_named() -> None:
    _, [problem] = grown_tree([], [CategoryInput("leaf", "", "Leaf", "nowhere")], {"leaf": uuid7()})
    assert problem.why.message("en") == "There is no category nowhere here."


@given(st.data())
def test_a_tree_stays_a_tree(data: st.DataObject) -> None:
    """Whatever moves are asked for: refused, or every path is the path of its parent and its own id."""
    names = [f"c{n}" for n in range(7)]
    ids: dict[str, UUID] = {name: uuid7() for name in names}
    tree: list[CategoryNode] = []
    for _ in range(3):
        asked = [
            CategoryInput(name, "", name, data.draw(st.sampled_from([None, *names])))
            for name in data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
        ]
        after, problems = grown_tree(tree, asked, ids)
        if problems:
            continue
        tree = list(after.values())
        by_id = {one.id: one for one in tree}
        for one in tree:
            above = by_id[one.parent_id].path + "." if one.parent_id else ""
            assert one.path == f"{above}{one.id}"


# --- tax -----------------------------------------------------------------------------------------------------------


def test_rates_may_touch_but_not_overlap() -> None:
    first, second = TaxRateInput(1600, DAY[0], DAY[9]), TaxRateInput(1300, DAY[9])
    assert tax_rate_problems([second, first]) == []
    [problem] = tax_rate_problems([TaxRateInput(1600, DAY[0]), second])
    assert (problem.position, problem.field, problem.why.code) == (1, "validFrom", "RATES_OVERLAP")


@given(st.lists(st.tuples(st.integers(0, 27), st.one_of(st.none(), st.integers(0, 27))), max_size=5))
def test_accepted_rates_hold_one_at_a_time(spans: list[tuple[int, int | None]]) -> None:
    rates = [TaxRateInput(1300, DAY[start], None if end is None else DAY[end]) for start, end in spans]
    problems = tax_rate_problems(rates)
    holding = [sum(r.valid_from <= day and (r.valid_to is None or day < r.valid_to) for r in rates) for day in DAY]
    backwards = any(rate.valid_to is not None and rate.valid_to <= rate.valid_from for rate in rates)
    if not problems:
        assert max(holding, default=0) <= 1
        assert not backwards
    elif not backwards:
        assert max(holding) > 1


def test_a_rate_is_between_nothing_and_everything() -> None:
    assert [p.field for p in tax_rate_problems([TaxRateInput(-1, DAY[0], DAY[1]), TaxRateInput(10_001, DAY[1])])] == [
        "rateBp",
        "rateBp",
    ]


@pytest.mark.parametrize(
    ("zh", "en", "locale", "shown"),
    [
        ("漆", "Paint", "zh", "漆"),
        ("漆", "Paint", "zh-CN", "漆"),
        ("漆", "Paint", "en", "Paint"),
        ("", "Paint", "zh", "Paint"),
        ("漆", " ", "en", "漆"),
    ],
)
def test_a_text_is_shown_in_the_readers_language_or_the_other(zh: str, en: str, locale: str, shown: str) -> None:
    assert localised(zh, en, locale) == shown
