"""One tokenizer for texts and queries: whatever a text contains can be asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.search import MOST_TERMS, latin_text, parse_query, search_text, tokens

CHINESE = st.text(alphabet="外墙乳胶漆水性木器底面桶装白色哑光", min_size=1, max_size=8)
WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)


def test_a_chinese_run_is_cut_into_characters_and_overlapping_pairs() -> None:
    assert tokens("外墙漆") == ["外", "墙", "漆", "外墙", "墙漆"]


def test_latin_words_stay_whole_in_lower_case() -> None:
    assert tokens("Exterior WALL Paint") == ["exterior", "wall", "paint"]


def test_scripts_are_told_apart_where_they_touch() -> None:
    assert tokens("5L装") == ["5l", "装"]


def test_a_code_is_found_with_and_without_its_dashes() -> None:
    assert tokens("WQ-500_A") == ["wq", "500", "a", "wq500a"]


def test_full_width_letters_are_the_same_letters() -> None:
    assert tokens("ＷＱ－５００") == tokens("WQ-500")


def test_a_decimal_is_one_word() -> None:
    assert tokens("2.5L") == ["2d5l"]
    assert "'5l':*" not in parse_query("2.5L").every


def test_each_term_is_written_once() -> None:
    assert search_text(["乳胶漆", "乳胶漆 漆", None, ""]) == "乳 胶 漆 乳胶 胶漆"


def test_latin_text_keeps_codes_as_they_are_written() -> None:
    assert latin_text(["WQ-500", "Wall Paint", "外墙漆 5L装"]) == "wq-500 wall paint 5l"


@pytest.mark.parametrize(
    ("asked", "every"),
    [
        ("漆", "'漆'"),
        ("乳胶", "'乳胶'"),
        ("乳胶漆", "'乳胶' & '胶漆'"),
        ("外墙 paint", "'外墙' & 'paint':*"),
        ("wq-5", "'wq':* & '5':*"),
        ("", ""),
        ("  ！？ ", ""),
        ("' & ! | ( ) : * \\", ""),
    ],
)
def test_a_query_asks_for_pairs_and_beginnings(asked: str, every: str) -> None:
    assert parse_query(asked).every == every
    assert parse_query(asked).is_empty is (every == "")


def test_like_wildcards_in_a_query_mean_themselves() -> None:
    assert parse_query("a_b%c\\").prefix == "a\\_b\\%c\\\\%"


def test_a_second_try_asks_for_any_of_the_terms() -> None:
    assert parse_query("乳胶 paint").some == "'乳胶' | 'paint':*"


@given(st.text(max_size=400))
def test_no_text_breaks_a_query(text: str) -> None:
    query = parse_query(text)
    terms = query.every.split(" & ") if query.every else []
    assert len(terms) <= MOST_TERMS
    for term in terms:
        bare = term.removesuffix(":*")
        assert bare[0] == bare[-1] == "'"
        assert bare[1:-1].replace("'", "") == bare[1:-1] != ""


@given(st.lists(st.one_of(CHINESE, WORDS), min_size=1, max_size=6), st.data())
def test_every_part_of_a_text_finds_it(parts: list[str], data: st.DataObject) -> None:
    """A text has every exact term of a query for any stretch of it, and a word for every beginning."""
    indexed = set(search_text([" ".join(parts)]).split())
    part = data.draw(st.sampled_from(parts))
    start = data.draw(st.integers(0, len(part) - 1)) if part[0] > "z" else 0
    asked = part[start : data.draw(st.integers(start + 1, len(part)))]
    for term in parse_query(asked).every.split(" & "):
        bare = term.removesuffix(":*").strip("'")
        if term.endswith(":*"):
            assert any(one.startswith(bare) for one in indexed)
        else:
            assert bare in indexed
