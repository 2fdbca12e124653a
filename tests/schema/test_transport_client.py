"""The real npm graphql-ws client against a real server: it resumes after a kill and comes back with a fresh token."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.schema.serving import NODE, free_port, install_packages, serving, tool


@contextmanager
def following(url: str, *tokens: str) -> Iterator[Iterator[dict[str, Any]]]:
    """What the client says, line by line, until the test has heard enough."""
    install_packages()
    command = [tool("node"), "follow.mjs", url, json.dumps(tokens)]
    with subprocess.Popen(command, cwd=NODE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield (json.loads(line) for line in process.stdout)
        finally:
            process.kill()


def ticks_until(said: Iterator[dict[str, Any]], count: int, others: list[dict[str, Any]]) -> list[str]:
    """The next `count` cursors; everything else that is said meanwhile goes into `others`."""
    ticks: list[str] = []
    for one in said:
        if "tick" in one:
            ticks.append(one["tick"])
            if len(ticks) == count:
                return ticks
        else:
            others.append(one)
    raise AssertionError(f"the client ended after {len(ticks)} ticks, saying {others}")


def numbered(first: int, last: int) -> list[str]:
    return [f"e{number}" for number in range(first, last + 1)]


def test_it_resumes_after_the_server_was_killed() -> None:
    port = free_port()
    happened: list[dict[str, Any]] = []
    with serving(port=port) as first, following(first.ws_url, "good") as said:
        ticks = ticks_until(said, 20, happened)
        first.stop(signal.SIGKILL)
        with serving(port=port):
            while len(happened) < 3:  # connected, closed, …, connected again
                ticks += ticks_until(said, 1, happened)
            ticks += ticks_until(said, 20, happened)
    assert ticks == numbered(1, len(ticks))
    assert happened[0] == {"connected": 1}
    assert set(map(str, happened[1:-1])) == {"{'closed': 1006}"}
    assert "connected" in happened[-1]


def test_it_comes_back_with_a_fresh_token_after_4403() -> None:
    happened: list[dict[str, Any]] = []
    with serving() as server, following(server.ws_url, "brief:0.7", "good") as said:
        ticks = ticks_until(said, 120, happened)
        assert "Traceback" not in server.logged()
    assert ticks == numbered(1, 120)
    assert happened == [{"connected": 1}, {"closed": 4403}, {"connected": 2}]


def test_it_gives_up_when_its_credentials_never_counted() -> None:
    with serving() as server, following(server.ws_url, "stolen") as said:
        assert list(said) == [{"closed": 4401}, {"failed": 4401}]


def test_a_restart_is_a_pause() -> None:
    port = free_port()
    happened: list[dict[str, Any]] = []
    with serving(port=port) as first, following(first.ws_url, "good") as said:
        ticks = ticks_until(said, 10, happened)
        first.stop(signal.SIGTERM)
        with serving(port=port):
            while not any("connected" in one for one in happened[1:]):
                ticks += ticks_until(said, 1, happened)
    assert ticks == numbered(1, len(ticks))
    assert happened[:2] == [{"connected": 1}, {"closed": 1012}]
