"""Whatever a value is, what we give a template's field is what the platform takes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.communication.template_fields import FIELDS, fitted, units
from tests.communication.weixin import LIMITS, takes

ANYTHING = st.text(st.characters(), max_size=60) | st.from_regex(r"[0-9]{1,45}(\.[0-9]{0,9})?元?", fullmatch=True)


def test_the_server_of_the_tests_knows_the_same_fields() -> None:
    assert set(FIELDS) == set(LIMITS)


@pytest.mark.parametrize("kind", sorted(FIELDS))
@given(value=ANYTHING)
def test_what_is_given_is_taken(kind: str, value: str) -> None:
    said = fitted(f"{kind}1", value)
    assert said is None or takes(f"{kind}1", said), (value, said)


@given(value=st.text(st.characters(), max_size=60))
def test_texts_always_fit_somehow(value: str) -> None:
    for kind in ("thing", "character_string", "name", "phrase", "symbol"):
        assert fitted(f"{kind}9", value) is not None


@given(value=st.text(st.sampled_from("华彩涂料漆桶"), min_size=1, max_size=20))
def test_what_fits_is_left_as_it_is(value: str) -> None:
    assert fitted("thing1", value) == value
    assert fitted("phrase1", value) == value[:5]


@given(value=st.decimals("-9999999999", "9999999999", allow_nan=False, places=2))
def test_amounts_keep_their_whole_part(value: Decimal) -> None:
    said = fitted("amount1", f"¥{value}")
    assert said is not None
    assert Decimal(said.removeprefix("¥")) == value or str(value).startswith(said.removeprefix("¥"))
    assert int(Decimal(said.removeprefix("¥"))) == int(value)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("thing1", "华彩涂料提交了订单 SO-000123，请尽快确认并安排发货", "华彩涂料提交了订单 SO-000123…"),
        ("thing1", "", "-"),
        ("thing1", "two\nlines\tand \x00", "two lines and"),
        ("thing1", "🎨" * 12, "🎨" * 9 + "…"),
        ("character_string2", "SO-000123（加急）", "SO-000123"),
        ("character_string2", "A" * 40, "A" * 32),
        ("character_string2", "订单", "-"),
        ("time3", "2026-11-21T08:05:00+08:00", "2026年11月21日 08:05"),
        ("time3", "tomorrow", None),
        ("date3", "2026-11-21", "2026年11月21日"),
        ("amount4", "12,345.60 元", "12345.60元"),
        ("amount4", "1234567890.99", "1234567890"),
        ("amount4", "12345678901", None),
        ("amount4", "much", None),
        ("phrase5", "运输途中请等待", "运输途中请"),
        ("phrase5", "shipped", "请查看"),
        ("number6", "12.50", "12.5"),
        ("number6", "NaN", None),
        ("name7", "广东华南五金建材贸易公司", "广东华南五金建材贸…"),
        ("name7", "Guangdong Hardware Trading", "Guangdong Hardware T"),
        ("nothing1", "x", None),
        ("thing", "x", None),
    ],
)
def test_how_values_are_cut(field: str, value: str, said: str | None) -> None:
    assert fitted(field, value) == said
    assert said is None or units(said) <= 32
