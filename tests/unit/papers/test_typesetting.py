"""Breaking text into lines: nothing is lost, nothing is too wide, and punctuation does not begin a line."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.papers.typesetting import NO_BREAK_BEFORE, broken, set_in, width

TEXTS = st.text(st.sampled_from("外墙乳胶漆，。（）AVWil5 -/x、升🎨"), max_size=60)


@given(TEXTS, st.floats(30, 300))
@settings(deadline=None)
def test_every_character_is_there_once_and_fits(text: str, room: float) -> None:
    lines = broken(text, 8.5, room)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line, 8.5) <= room or len(line) == 1 for line in lines)


def test_where_lines_end() -> None:
    assert broken("外墙乳胶漆，耐候型", 10, 51) == ["外墙乳胶", "漆，耐候型"]
    assert broken("Weatherproof exterior paint", 10, 110) == ["Weatherproof exterior", "paint"]
    assert broken("first\nsecond", 10, 500) == ["first", "second"]
    assert broken("", 10, 500) == [""]
    assert broken("WQ500-5L/WHITE", 10, 55) == ["WQ500-5L/", "WHITE"]
    assert all(line[0] not in NO_BREAK_BEFORE for line in broken("好，" * 30, 10, 45))


def test_each_character_has_a_face() -> None:
    assert set_in("A", False)[:2] == ("NotoSans-Regular", "A")
    assert set_in("A", True)[:2] == ("NotoSans-Bold", "A")
    assert set_in("漆", False)[:2] == ("DroidSansFallbackFull", "漆")
    assert set_in("¥", False)[:2] == ("NotoSans-Regular", "¥")
    assert set_in("🎨", False)[:2] == ("DroidSansFallbackFull", "〓")
