"""The load: keep-alive HTTP/1.1 clients that each ask again as soon as they are answered, in a process of their own.

    python -m bench.load < ORDER > RESULT

Both are JSON; see `Load` and `Answered`. Only answers with status 200, without errors and with the expected text count.
The client writes prepared bytes and looks for the end of the answer, so that it costs a small part of what it measures.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import cast

import uvloop

from bench.cores import on
from bench.measured import CannotMeasure

KEY = "{a key of its own for each request.}"
"""Where a body holds this text, each sending has its own (36 characters, as a UUID)."""
GIVE_UP_S = 30.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request: its access token and body."""

    token: str
    body: str


@dataclass(frozen=True, slots=True)
class Load:
    """So many clients for so long. The first `warm_s` seconds do not count. `rate`: requests a second of all clients
    together, evenly; 0: each asks again as soon as it is answered."""

    port: int
    path: str
    requests: Sequence[Prepared]
    expected: str
    clients: int
    warm_s: float
    seconds: float
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it. `sent` includes the warm-up; milliseconds are from asking to the whole answer."""

    answers: int
    seconds: float
    sent: int
    failures: int
    first_failure: str
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


class LoadFailed(CannotMeasure):
    """Requests were not answered as expected; nothing can be said about speed."""


def run(load: Load, cores: frozenset[int]) -> Answered:
    """Run the load in a process on these cores. Raises LoadFailed when any answer was not as expected."""
    with on(cores):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "bench.load"],
            input=json.dumps(asdict(load)),
            capture_output=True,
            text=True,
            timeout=load.warm_s + load.seconds + 2 * GIVE_UP_S,
            check=False,
        )
    if done.returncode != 0:
        raise LoadFailed(done.stderr[-2000:])
    answered = Answered(**json.loads(done.stdout))
    if answered.failures or not answered.answers:
        raise LoadFailed(
            f"{answered.failures} of {answered.sent} answers were not as expected: {answered.first_failure}"
        )
    return answered


class _Tally:
    """What all clients have seen."""

    def __init__(self, load: Load, heads: list[tuple[bytes, bool]]) -> None:
        self.expected = load.expected.encode()
        self.requests = heads
        self.from_ = self.until = 0.0
        self.answers: list[tuple[float, float]] = []
        self.sent = self.failures = 0
        self.first_failure = ""
        self.keys = count(time.time_ns())
        self.pause = load.clients / load.rate if load.rate else 0.0
        self.between = 1 / load.rate if load.rate else 0.0


class _Client(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self, tally: _Tally, number: int, place: int, done: "asyncio.Future[None]") -> None:
        self.tally = tally
        self.place = place
        self.done = done
        self.buffer = bytearray()
        self.size = 0
        self.asked = 0.0
        self.next = tally.from_ + number * tally.between

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.go_on()

    def go_on(self) -> None:
        """Ask now, or when it is this client's turn."""
        if self.tally.pause:
            wait = self.next - time.perf_counter()
            self.next += self.tally.pause
            asyncio.get_running_loop().call_later(max(wait, 0.0), self.ask)
        else:
            self.ask()

    def ask(self) -> None:
        tally = self.tally
        request, keyed = tally.requests[self.place % len(tally.requests)]
        self.place += 1
        tally.sent += 1
        if keyed:
            request = request.replace(KEY.encode(), f"{next(tally.keys):036d}".encode())
        self.asked = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.size:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self.size = end + 4 + content_length(bytes(self.buffer[:end]))
        if len(self.buffer) >= self.size:
            self.answered(bytes(self.buffer[: self.size]))

    def answered(self, answer: bytes) -> None:
        now = time.perf_counter()
        tally = self.tally
        self.buffer.clear()
        self.size = 0
        fine = answer.startswith(b"HTTP/1.1 200") and b'"errors":[' not in answer and tally.expected in answer
        if not fine:
            tally.failures += 1
            tally.first_failure = tally.first_failure or answer.decode(errors="replace")[:1500]
        else:
            tally.answers.append((self.asked, now))
        if now >= tally.until or tally.failures > 20:
            self.transport.close()
        else:
            self.go_on()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self.tally.failures += 1
            self.tally.first_failure = self.tally.first_failure or repr(error)
        if not self.done.done():
            self.done.set_result(None)


def content_length(head: bytes) -> int:
    """Of an answer's head; 0 where it has none."""
    place = head.lower().find(b"\r\ncontent-length:")
    if place < 0:
        return 0
    return int(head[place + 17 :].split(b"\r\n", 1)[0])


async def _serve(load: Load) -> Answered:
    tally = _Tally(load, [_bytes(load, one) for one in load.requests])
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    tally.from_, tally.until = began + load.warm_s, began + load.warm_s + load.seconds
    ends = []
    for number in range(load.clients):
        done: asyncio.Future[None] = loop.create_future()
        ends.append(done)
        place = number * len(tally.requests) // load.clients
        await loop.create_connection(lambda n=number, p=place, d=done: _Client(tally, n, p, d), "127.0.0.1", load.port)  # type: ignore[misc]
    async with asyncio.timeout(load.warm_s + load.seconds + GIVE_UP_S):
        await asyncio.gather(*ends)
    seconds, counted = load.seconds, [one for one in tally.answers if one[0] >= tally.from_ and one[1] <= tally.until]
    if not counted:  # a smoke run on a machine that is very busy: better everything than nothing
        seconds, counted = time.perf_counter() - began, tally.answers
    times = sorted(end - start for start, end in counted)
    return Answered(
        answers=len(times),
        seconds=seconds,
        sent=tally.sent,
        failures=tally.failures,
        first_failure=tally.first_failure,
        p50_ms=_percentile(times, 0.5),
        p99_ms=_percentile(times, 0.99),
    )


def _percentile(times: list[float], part: float) -> float:
    return times[min(int(len(times) * part), len(times) - 1)] * 1000 if times else 0.0


def _bytes(load: Load, one: Prepared) -> tuple[bytes, bool]:
    body = one.body.encode()
    head = (
        f"POST {load.path} HTTP/1.1\r\nHost: 127.0.0.1:{load.port}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nAuthorization: Bearer {one.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body, KEY in one.body


def main() -> None:
    """One load from standard input to standard output."""
    told = json.load(sys.stdin)
    load = Load(**{**told, "requests": [Prepared(**one) for one in told["requests"]]})
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answered = runner.run(_serve(load))
    print(json.dumps(asdict(answered)))


if __name__ == "__main__":
    main()
