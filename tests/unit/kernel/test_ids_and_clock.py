"""Ids that only grow, and one clock that tests may hold still."""

import asyncio
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from uuid import RFC_4122, UUID, uuid4

import pytest

from app.kernel import clock
from app.kernel.ids import Sequence7, moment_of, uuid7

ROOT = Path(__file__).parents[3]


def test_ids_are_version_7_and_tell_their_moment() -> None:
    before = datetime.now(UTC)
    made = [uuid7() for _ in range(1000)]
    after = datetime.now(UTC)
    for one in made:
        assert one.version == 7
        assert one.variant == RFC_4122
        assert before - timedelta(milliseconds=1) <= moment_of(one) <= after + timedelta(milliseconds=1)


def test_reads_the_moment_of_the_example_in_the_rfc() -> None:
    example = UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    assert moment_of(example) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    with pytest.raises(ValueError):
        moment_of(uuid4())


def test_ids_only_grow() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert all(one < other for one, other in pairwise(made))


def test_ids_grow_within_each_thread_and_none_is_made_twice() -> None:
    made: list[list[UUID]] = [[] for _ in range(8)]

    def draw(mine: list[UUID]) -> None:
        mine.extend(uuid7() for _ in range(5000))

    threads = [threading.Thread(target=draw, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine in made:
        assert all(one < other for one, other in pairwise(mine))
    assert len({one for mine in made for one in mine}) == 40_000


def test_ids_grow_though_the_wall_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = iter([1_000_000, 999_000, 5, 1_000_000, 1_000_001])
    monkeypatch.setattr(clock, "wall_ms", lambda: next(hours))
    sequence = Sequence7()
    made = [sequence.next() for _ in range(5)]
    assert all(one < other for one, other in pairwise(made))
    assert [one.int >> 80 for one in made] == [1_000_000] * 4 + [1_000_001]


def test_a_full_counter_borrows_the_next_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "wall_ms", lambda: 77)
    sequence = Sequence7()
    sequence.next()
    sequence._counter = (1 << 42) - 2
    last, borrowed, following = sequence.next(), sequence.next(), sequence.next()
    assert last < borrowed < following
    assert [one.int >> 80 for one in (last, borrowed, following)] == [77, 78, 78]


FORKING = """
import os
from app.kernel import ids
ids.uuid7()
before = ids._sequence
with ids._sequence._lock:
    child = os.fork()
    if child == 0:
        # The parent's lock is held for ever in here: only a sequence of its own can draw.
        print(ids._sequence is before, ids.uuid7().version, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_a_forked_child_draws_ids_of_its_own() -> None:
    # In a process of its own: forking the threads of a test run would be asking for trouble.
    told = subprocess.run([sys.executable, "-c", FORKING], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (told.stdout, told.stderr) == ("False 7\n", "")


def test_now_is_aware_and_real() -> None:
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().tzinfo is UTC


def test_the_clock_stands_until_it_is_moved() -> None:
    start = datetime(2026, 3, 1, 8, tzinfo=UTC)
    with clock.at(start) as story:
        assert clock.now() == start == clock.now()
        assert story.forward(timedelta(weeks=2)) == start + timedelta(weeks=2) == clock.now()
        with clock.at(start - timedelta(days=1)):
            assert clock.now() == start - timedelta(days=1)
        assert clock.now() == start + timedelta(weeks=2)
        assert story.to(start) == start == clock.now()
    assert clock.now() > start


def test_a_moment_needs_a_zone_and_is_told_in_utc() -> None:
    with pytest.raises(ValueError), clock.at(datetime(2026, 3, 1)):  # noqa: DTZ001  (the point of the test)
        pass
    shanghai = timezone(timedelta(hours=8))
    with clock.at(datetime(2026, 3, 1, 8, tzinfo=shanghai)):
        assert clock.now().isoformat() == "2026-03-01T00:00:00+00:00"


def test_a_travelling_clock_runs_on() -> None:
    with clock.travel(timedelta(days=10)) as story:
        first = clock.now()
        assert timedelta(days=9, hours=23) < first - datetime.now(UTC) <= timedelta(days=10)
        story.forward(timedelta(days=1))
        assert timedelta(days=1) <= clock.now() - first < timedelta(days=1, minutes=1)


def test_the_clock_is_put_back_after_a_failure() -> None:
    with pytest.raises(RuntimeError), clock.at(datetime(2020, 1, 1, tzinfo=UTC)):
        raise RuntimeError("the story breaks off")
    assert clock.now().year > 2020


async def test_tasks_started_inside_see_the_clock_move_and_others_do_not() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    moved = asyncio.Event()

    async def look() -> datetime:
        await moved.wait()
        return clock.now()

    outside = asyncio.create_task(look())
    with clock.at(start) as story:
        inside = asyncio.create_task(look())
        story.forward(timedelta(days=7))
        moved.set()
        assert await inside == start + timedelta(days=7)
    assert abs(await outside - datetime.now(UTC)) < timedelta(minutes=1)


def test_ids_do_not_follow_a_simulated_clock() -> None:
    first = uuid7()
    with clock.at(datetime(2001, 1, 1, tzinfo=UTC)):
        assert uuid7() > first
