"""Background tasks end, also those that miss the first time they are told."""

import asyncio

import pytest

from app import ending


async def test_a_forgotten_cancellation_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.01)
    missed: list[str] = []

    async def inattentive() -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if missed:
                    raise
                missed.append("once")

    async def broken() -> None:
        raise ValueError("of no interest any more")

    tasks = [asyncio.create_task(inattentive()), asyncio.create_task(broken())]
    await asyncio.sleep(0)
    await ending.end(*tasks)
    assert [task.done() for task in tasks] == [True, True]
    assert missed == ["once"]


async def test_what_is_on_its_way_out_is_let_go() -> None:
    said: list[str] = []

    async def polite() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.05)
            said.append("farewell")

    task = asyncio.create_task(polite())
    await asyncio.sleep(0)
    await ending.end(task)
    assert said == ["farewell"]
