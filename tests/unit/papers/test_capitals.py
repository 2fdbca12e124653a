"""Amounts in Chinese capital numerals: the examples of the rule, and that each amount can be read back."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.papers.capitals import DIGITS, MOST_FEN, PLACES, in_capitals

EXAMPLES = {
    0: "零元整",
    1: "壹分",
    5: "伍分",
    50: "伍角整",
    55: "伍角伍分",
    100: "壹元整",
    101: "壹元零壹分",
    1_000: "壹拾元整",
    100_000: "壹仟元整",
    100_500: "壹仟零伍元整",
    140_950: "壹仟肆佰零玖元伍角整",
    600_714: "陆仟零柒元壹角肆分",
    1_640_902: "壹万陆仟肆佰零玖元零贰分",
    32_504: "叁佰贰拾伍元零肆分",
    10_700_053: "壹拾万柒仟元伍角叁分",
    1_000_000_00: "壹佰万元整",
    1_000_100_00: "壹佰万零壹佰元整",
    10_0012_0000_00: "壹拾亿零壹拾贰万元整",
    1_0000_0001_00: "壹亿零壹元整",
    -1_230: "负壹拾贰元叁角整",
    MOST_FEN: "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
}


@pytest.mark.parametrize(("fen", "said"), EXAMPLES.items())
def test_examples(fen: int, said: str) -> None:
    assert in_capitals(fen) == said


def read(said: str) -> int:
    """Fen, from the words alone: zeros say nothing, 万 and 亿 lift what stands before them."""
    if said.startswith("负"):
        return -read(said[1:])
    yuan, _, rest = said.removesuffix("整").rpartition("元")
    fen = 0
    for digit, unit in pairwise(rest):
        fen += {"角": 10, "分": 1}.get(unit, 0) * max(DIGITS.find(digit), 0)
    return _whole(yuan) * 100 + fen


def _whole(said: str) -> int:
    for name, size in (("亿", 10**8), ("万", 10**4)):
        above, found, below = said.rpartition(name)
        if found:
            return _whole(above) * size + _whole(below)
    total, digit = 0, 0
    for one in said:
        if one in DIGITS:
            digit = DIGITS.index(one)
        else:
            total += digit * 10 ** PLACES.index(one)
            digit = 0
    return total + digit


@given(st.integers(-MOST_FEN, MOST_FEN) | st.integers(0, 10**7))
@example(10**16)
@example(10**10)
def test_what_is_written_can_be_read(fen: int) -> None:
    said = in_capitals(fen)
    assert read(said) == fen
    assert "零零" not in said
    assert said.endswith("分") != said.endswith("整")


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_no_two_amounts_are_written_alike(one: int, other: int) -> None:
    assert (in_capitals(one) == in_capitals(other)) == (one == other)


@pytest.mark.parametrize("fen", [MOST_FEN + 1, -MOST_FEN - 1])
def test_what_the_mall_does_not_hold_is_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="18 digits"):
        in_capitals(fen)
