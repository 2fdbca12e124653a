"""How often one viewer may ask: the arithmetic, over HTTP, and over a socket."""

import json
from collections import Counter
from math import ceil
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.refusal import RateLimited
from schema.rates import FEWEST, Rates
from tests.schema.serving import serving
from tests.schema.test_transport_frames import heard, opened, subscribe

GRAPHQL_JSON = "application/graphql-response+json"


class Clock:
    """A moment that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def refused(rates: Rates, whose: str) -> int | None:
    """After how many seconds it may be asked again; None when it may now."""
    try:
        rates.take(whose)
    except RateLimited as fault:
        return fault.retry_after_s
    return None


def test_so_many_at_once_and_then_so_many_a_second() -> None:
    clock = Clock()
    rates = Rates(2, 5, clock)
    assert [refused(rates, "a") for _ in range(7)] == [None] * 5 + [1, 1]
    assert refused(rates, "b") is None  # somebody else
    clock.now += 0.5
    assert [refused(rates, "a") for _ in range(2)] == [None, 1]
    clock.now += 60
    assert [refused(rates, "a") for _ in range(6)] == [None] * 5 + [1]


def test_it_says_after_how_many_seconds() -> None:
    rates = Rates(0.1, 1, Clock())
    assert [refused(rates, "a") for _ in range(2)] == [None, 10]


@given(
    st.integers(1, 50),
    st.integers(1, 20),
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2_000)), max_size=200),
)
def test_nobody_gets_more_than_the_bucket_and_what_flowed_into_it(
    per_second: int, at_once: int, asked: list[tuple[str, int]]
) -> None:
    """Against a token bucket that is written down as one, in thousandths of a token."""
    clock, full = Clock(), at_once * 1_000
    rates = Rates(per_second, at_once, clock)
    tokens: dict[str, int] = {}
    for whose, milliseconds in asked:
        clock.now += milliseconds / 1_000
        tokens = {one: min(full, left + per_second * milliseconds) for one, left in tokens.items()}
        left = tokens.get(whose, full)
        if left >= 1_000:
            assert refused(rates, whose) is None
            tokens[whose] = left - 1_000
        else:
            assert refused(rates, whose) == ceil((1_000 - left) / (1_000 * per_second))


def test_who_has_not_asked_for_a_while_is_forgotten() -> None:
    clock = Clock()
    rates = Rates(10, 5, clock)
    for number in range(FEWEST):
        rates.take(number)
    clock.now += 1
    rates.take("one more")
    assert len(rates) == 1


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL_JSON, 429), ("application/json", 200)])
def test_one_too_many_over_http_says_when_to_come_back(accept: str, status: int) -> None:
    with serving(SMALL_RATE="0.01/3") as server, httpx.Client() as client:

        def ask(token: str) -> httpx.Response:
            headers = {"authorization": f"Bearer {token}", "accept": accept}
            return client.post(server.url, json={"query": "{hello}"}, headers=headers)

        for _ in range(3):
            assert "data" in ask("hasty:a").json()
        answer = ask("hasty:a")
        assert (answer.status_code, answer.headers["retry-after"]) == (status, "100")
        (error,) = answer.json()["errors"]
        assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfterSeconds": 100}
        assert "data" not in answer.json()
        assert "data" in ask("hasty:b").json()
        assert "Traceback" not in server.logged()


async def test_one_too_many_over_a_socket_is_an_error_of_its_own_id() -> None:
    hasty = {"type": "connection_init", "payload": {"authorization": "Bearer hasty:a"}}
    with serving(SMALL_RATE="0.01/3") as server:
        async with opened(server, hasty) as first, opened(server, hasty) as second:  # both of one session
            await first.send(subscribe(operation_id="follows"))
            assert (await heard(first))["id"] == "follows"
            for number in range(4):
                await second.send(subscribe("{hello}", operation_id=f"n{number}"))
            said: Counter[tuple[str, str]] = Counter()
            errors: list[Any] = []
            while len(errors) < 2 or sum(said.values()) < 6:
                message = await heard(second)
                said[message["id"], message["type"]] += 1
                if message["type"] == "error":
                    errors += message["payload"]
            assert said == {(id_, kind): 1 for id_ in ("n0", "n1") for kind in ("next", "complete")} | {
                ("n2", "error"): 1,
                ("n3", "error"): 1,
            }
            assert [error["extensions"] for error in errors] == [{"code": "RATE_LIMITED", "retryAfterSeconds": 100}] * 2
            assert (await heard(first))["id"] == "follows"  # what runs goes on
            await second.send(json.dumps({"type": "ping"}))
            assert await heard(second) == {"type": "pong"}


async def test_an_operation_over_a_socket_that_takes_too_long_is_stopped_alone() -> None:
    with serving(SMALL_TIMEOUT="0.5") as server:
        async with opened(server) as socket:
            await socket.send(subscribe(operation_id="follows"))
            await socket.send(subscribe("{slow(seconds:20)}", operation_id="slow"))
            while (message := await heard(socket))["id"] == "follows":
                pass
            assert (message["type"], message["id"]) == ("error", "slow")
            assert message["payload"][0]["extensions"] == {"code": "TIMEOUT"}
            assert (await heard(socket))["id"] == "follows"  # no time limit for what follows
        assert "Traceback" not in server.logged()
