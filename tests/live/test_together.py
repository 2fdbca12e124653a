"""Readings that are done together."""

import asyncio
from collections.abc import Sequence

import pytest

from schema.together import AT_ONCE, MOST, Together


class Reader:
    """Doubles numbers, when it is let; it cannot read 13."""

    def __init__(self) -> None:
        self.read: list[list[int]] = []
        self.let = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.read.append(list(numbers))
        await self.let.wait()
        if 13 in numbers:
            raise ValueError(13)
        return [2 * one for one in numbers]


def reading(together: Together[int, int], numbers: Sequence[int]) -> list["asyncio.Task[int]"]:
    return [asyncio.ensure_future(together.read(one)) for one in numbers]


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_asks_in_one_turn_shares_a_reading_and_who_comes_later_the_next() -> None:
    reader = Reader()
    together = Together(reader)
    first = reading(together, range(3))
    await turns()
    second = reading(together, range(3, 5))
    await turns()
    third = reading(together, range(5, 9))
    await turns()
    assert reader.read == [[0, 1, 2], [3, 4]]
    assert len(together.under_way) == AT_ONCE
    reader.let.set()
    assert await asyncio.gather(*first, *second, *third) == [2 * one for one in range(9)]
    assert reader.read == [[0, 1, 2], [3, 4], [5, 6, 7, 8]]
    await turns()
    assert together.under_way == set()


async def test_many_are_read_for_in_portions() -> None:
    reader = Reader()
    reader.let.set()
    together = Together(reader)
    numbers = range(100, 101 + 3 * MOST)
    assert await asyncio.gather(*reading(together, numbers)) == [2 * one for one in numbers]
    assert [len(one) for one in reader.read] == [MOST, MOST, MOST, 1]


async def test_what_is_wrong_with_one_is_its_own_affair() -> None:
    reader = Reader()
    reader.let.set()
    answers = await asyncio.gather(*reading(Together(reader), range(11, 15)), return_exceptions=True)
    assert [str(one) for one in answers] == ["22", "24", "13", "28"]
    assert reader.read == [[11, 12, 13, 14], [11], [12], [13], [14]]


async def test_a_database_that_is_away_is_asked_once_for_all() -> None:
    asked = []

    async def away(numbers: Sequence[int]) -> list[int]:
        asked.append(list(numbers))
        raise ConnectionRefusedError

    answers = await asyncio.gather(*reading(Together(away), range(3)), return_exceptions=True)
    assert {type(one) for one in answers} == {ConnectionRefusedError}
    assert asked == [[0, 1, 2]]


async def test_who_has_left_is_not_read_for() -> None:
    reader = Reader()
    together = Together(reader)
    [left, *stayed] = reading(together, range(3))
    await asyncio.sleep(0)
    left.cancel()
    gone = reading(together, [7])
    await turns()
    with pytest.raises(asyncio.CancelledError):
        await left
    gone[0].cancel()
    reader.let.set()
    assert await asyncio.gather(*stayed) == [2, 4]
    await turns()
    assert together.under_way == set()
