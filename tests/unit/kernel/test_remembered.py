"""What is remembered is bounded in bytes, keeps what is asked for, and is nothing where nothing is to be remembered."""

from collections.abc import Callable, Iterator

import pytest

from app.kernel.remembered import MIB, Remembered
from app.settings import settings

Told = Callable[[int], None]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Sets how many megabytes are remembered."""

    def tell(megabytes: int) -> None:
        monkeypatch.setenv("TRIBUTARY_REMEMBERED_MB", str(megabytes))
        settings.cache_clear()

    yield tell
    monkeypatch.undo()
    settings.cache_clear()


def test_what_was_put_is_found(told: Told) -> None:
    told(1)
    memory: Remembered[str, str] = Remembered(share=1.0)
    assert memory.get("a") is None
    assert memory.put("a", "one", 100)
    assert memory.put("a", "two", 100)
    assert memory.get("a") == "two"
    assert len(memory) == 1


def test_it_never_weighs_more_than_its_share(told: Told) -> None:
    told(2)
    memory: Remembered[int, bytes] = Remembered(share=0.5)
    for number in range(5_000):
        assert memory.put(number, b"", 1_024)
        assert len(memory) * 1_024 <= MIB
    assert len(memory) == MIB // 1_024
    assert memory.get(4_999) == memory.get(5_000 - MIB // 1_024) == b""
    assert memory.get(5_000 - MIB // 1_024 - 1) is None


def test_what_is_asked_for_stays(told: Told) -> None:
    told(1)
    memory: Remembered[int, str] = Remembered(share=1.0)
    memory.put(-1, "asked for", 1_000)
    memory.put(-2, "never asked for", 1_000)
    for number in range(5_000):
        memory.put(number, "passing", 1_000)
        assert memory.get(-1) == "asked for"
        assert len(memory) <= MIB // 1_000
    assert memory.get(-2) is None


def test_putting_the_same_again_and_again_forgets_nothing_else(told: Told) -> None:
    told(1)
    memory: Remembered[int, int] = Remembered(share=1.0)
    memory.put(-1, -1, 1_000)
    for number in range(5_000):
        memory.put(0, number, 1_000)
    assert (memory.get(-1), memory.get(0)) == (-1, 4_999)


def test_what_is_too_large_and_what_is_switched_off_is_not_remembered(told: Told) -> None:
    told(1)
    memory: Remembered[int, int] = Remembered(share=1.0)
    assert not memory.put(1, 1, MIB + 1)
    assert memory.put(2, 2, MIB)
    told(0)
    memory.forget()
    assert not memory.put(3, 3, 1)
    assert memory.get(3) is None
    assert len(memory) == 0
