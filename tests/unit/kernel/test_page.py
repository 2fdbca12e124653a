"""Pages are bounded, cursors come back as they were, and altered ones are refused."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.ids import uuid7
from app.kernel.page import Page, SortValue, cut, decode_cursor, encode_cursor
from app.kernel.refusal import BadRequest

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)
sort_values = st.one_of(
    texts,
    st.integers(-(2**63), 2**63 - 1),
    st.decimals(-(10**12), 10**12, places=6),
    st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.uuids(),
)
sort_rows = st.lists(sort_values, min_size=1, max_size=5)


def kinds_of(values: list[SortValue]) -> list[type[SortValue]]:
    return [type(value) for value in values]


@given(sort_rows, texts)
def test_a_cursor_comes_back_as_it_was(values: list[SortValue], order: str) -> None:
    cursor = encode_cursor(values, order)
    assert cursor.isascii()
    assert "=" not in cursor
    assert decode_cursor(cursor, kinds_of(values), order) == tuple(values)


@given(sort_rows, st.data())
def test_an_altered_cursor_is_refused(values: list[SortValue], data: st.DataObject) -> None:
    cursor = encode_cursor(values)
    place = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.sampled_from("ABab01-_=!\n 中"))
    for altered in (cursor[:place] + other + cursor[place + 1 :], cursor[:place], cursor + other, other + cursor):
        if altered != cursor:
            with pytest.raises(BadRequest) as refused:
                decode_cursor(altered, kinds_of(values))
            assert refused.value.field == "after"


@given(st.text(max_size=200))
def test_any_text_is_a_bad_request(text: str) -> None:
    with pytest.raises(BadRequest):
        decode_cursor(text, [str])


def test_a_cursor_of_another_list_is_refused() -> None:
    cursor = encode_cursor(["乳胶漆", uuid7()], "name")
    assert decode_cursor(cursor, [str, UUID], "name")[0] == "乳胶漆"
    for kinds, order in (([str, UUID], "newest"), ([str], "name"), ([UUID, str], "name"), ([datetime, UUID], "name")):
        with pytest.raises(BadRequest):
            decode_cursor(cursor, kinds, order)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (2**63, int),
        (-(2**63) - 1, int),
        ("a\0b", str),
        (Decimal("1E+50"), Decimal),
        (Decimal("1E-50"), Decimal),
    ],
)
def test_a_value_that_fits_no_column_is_refused(value: SortValue, kind: type[SortValue]) -> None:
    with pytest.raises(BadRequest):
        decode_cursor(encode_cursor([value]), [kind])


def test_a_hand_made_or_endless_cursor_is_refused() -> None:
    forged = urlsafe_b64encode(b'\0\0\0\0\0\0[["i","1"]]').decode().rstrip("=")
    for cursor in (forged, "A" * 5000, "", "[" * 3000):
        with pytest.raises(BadRequest):
            decode_cursor(cursor, [int])


@pytest.mark.parametrize("value", [1.5, True, None, datetime(2026, 1, 1), Decimal("NaN")])  # noqa: DTZ001
def test_only_sort_values_make_a_cursor(value: object) -> None:
    with pytest.raises(TypeError):
        encode_cursor([value])  # type: ignore[list-item]


def test_a_moment_is_kept_to_the_microsecond_in_utc() -> None:
    moment = datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    (back,) = decode_cursor(encode_cursor([moment]), [datetime])
    assert back == moment
    assert str(back) == "2026-03-01 00:00:00.123456+00:00"


@pytest.mark.parametrize(("first", "taken"), [(None, 20), (1, 1), (100, 100)])
def test_pages_are_bounded(first: int | None, taken: int) -> None:
    page = Page.of(first, kinds=[int])
    assert page == Page(taken, None)
    assert page.limit == taken + 1


@pytest.mark.parametrize("first", [0, -1, 101, 10**30, True, 2.0])
def test_a_page_outside_the_bounds_is_refused_with_field_and_limit(first: int) -> None:
    with pytest.raises(BadRequest) as refused:
        Page.of(first, kinds=[int])
    assert refused.value.params == {"field": "first", "value": first, "expected": "a whole number from 1 to 100"}


def test_a_list_may_have_its_own_bounds() -> None:
    assert Page.of(kinds=[int], default=50, most=500).first == 50
    assert Page.of(500, kinds=[int], most=500).first == 500
    with pytest.raises(BadRequest):
        Page.of(501, kinds=[int], most=500)


@given(st.lists(st.integers(), unique=True, max_size=60), st.integers(1, 20))
def test_pages_walk_every_row_once_in_order(rows: list[int], first: int) -> None:
    rows = [row % 10**9 for row in rows]
    ordered = sorted(set(rows))
    seen: list[int] = []
    after: str | None = None
    for _ in range(len(ordered) + 2):
        page = Page.of(first, after, kinds=[int], order="row")
        start = page.after[0] if page.after else None
        read = [row for row in ordered if start is None or row > int(str(start))][: page.limit]
        taken, more = cut(read, page.first)
        seen += taken
        if not more:
            break
        after = encode_cursor([taken[-1]], "row")
    assert seen == ordered


@pytest.mark.parametrize(
    ("rows", "taken", "more"), [([], [], False), ([1], [1], False), ([1, 2], [1, 2], False), ([1, 2, 3], [1, 2], True)]
)
def test_only_a_row_beyond_the_page_means_there_are_more(rows: list[int], taken: list[int], more: bool) -> None:
    assert cut(rows, 2) == (taken, more)
