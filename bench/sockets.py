"""Thousands of WebSocket clients in one process, as light as they can be: handshake, a few texts, frames counted.

    python -m bench.sockets

It is told what to do line by line on standard input, and answers line by line, in JSON (`Crowd` is the parent's side).
A client masks with zeros, answers pings, and looks into a message only for the id of its order or lead. What says that
a client has caught up is not counted.
"""

import asyncio
import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, cast

import psutil
import uvloop

from bench.cores import on
from bench.measured import CannotMeasure

AT_ONCE = 50
"""So many handshakes are under way at a time."""
PATIENCE_S = 120.0
ORDER_ID, LEAD_ID = b'"order":{"id":"', b'"lead":{"id":"'
CAUGHT_UP, LOOKED_AT = b'"CaughtUp"', 200


@dataclass(frozen=True, slots=True)
class Client:
    """One socket: where it connects, what it says (each text after an answer), and which group it belongs to."""

    path: str
    says: Sequence[str]
    group: int


class Crowd:
    """The parent's side: a process with its sockets."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.process = psutil.Process(process.pid)

    def open(self, port: int, clients: Sequence[Client], protocol: str = "") -> int:
        """Open them all and wait until each has had its last answer; how many there are."""
        told = self._ask("open", port=port, clients=[asdict(one) for one in clients], protocol=protocol)
        return int(told["open"])

    def expect(self, messages: int) -> None:
        """Forget what was received; `arrived` waits for this many messages."""
        self._ask("expect", messages=messages)

    def arrived(self, patience_s: float) -> dict[str, Any]:
        """When the first and the last of them arrived (seconds of the wall clock), how many, and their bytes; how many
        sockets were lost, and why the last one was."""
        return self._ask("arrived", patience_s=patience_s)

    def texts(self) -> list[str]:
        """The last message of each group."""
        found: list[str] = self._ask("texts")["texts"]
        return found

    def orders(self) -> list[tuple[str, float]]:
        """Every order heard of since `expect`, with the moment."""
        found: list[tuple[str, float]] = self._ask("orders")["orders"]
        return found

    def _ask(self, command: str, **told: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, **told}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise CannotMeasure(f"the clients ended at {command!r}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise CannotMeasure(f"the clients at {command!r}: {answer['error']}")
        return answer


@contextmanager
def crowd(cores: frozenset[int]) -> Iterator[Crowd]:
    """A process for sockets on these cores; it ends with the block, or with its standard input."""
    with on(cores):
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bench.sockets"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    try:
        yield Crowd(process)
    finally:
        process.kill()
        process.communicate()


class _Heard:
    """What all sockets have received."""

    def __init__(self) -> None:
        self.expected = self.received = self.bytes = 0
        self.first = self.last = 0.0
        self.texts: dict[int, bytes] = {}
        self.orders: list[tuple[bytes, float]] = []
        self.enough = asyncio.Event()
        self.lost = 0
        self.why = ""

    def expect(self, messages: int) -> None:
        self.expected, self.received, self.bytes = messages, 0, 0
        self.orders.clear()
        self.enough.clear()

    def message(self, group: int, text: bytes) -> None:
        now = time.time()
        if CAUGHT_UP in text[:LOOKED_AT]:
            return
        if not self.received:
            self.first = now
        self.received += 1
        self.bytes += len(text)
        self.last = now
        self.texts[group] = text
        place = text.find(ORDER_ID)
        if place < 0:
            place = text.find(LEAD_ID) + len(LEAD_ID) - len(ORDER_ID) if LEAD_ID in text else -1
        if place >= 0:
            place += len(ORDER_ID)
            self.orders.append((text[place : place + 36], now))
        if self.received == self.expected:
            self.enough.set()


class _Socket(asyncio.Protocol):
    """One client."""

    def __init__(self, heard: _Heard, client: Client, port: int, protocol: str, ready: "asyncio.Future[None]") -> None:
        self.heard = heard
        self.group = client.group
        self.says = [text.encode() for text in reversed(client.says)]
        self.ready = ready
        self.buffer = b""
        self.head = (
            f"GET {client.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{protocol}\r\n"
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.head.encode())

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        if self.head:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self.buffer.startswith(b"HTTP/1.1 101"):
                self.fail(self.buffer[:300].decode(errors="replace"))
                return
            self.head, self.buffer = "", self.buffer[end + 4 :]
            self.next_step()
        for kind, payload in self.frames():
            if kind == 9:
                self.send(10, payload)
            elif kind == 8:
                self.fail(f"closed: {payload!r}")
            elif self.ready.done():
                self.heard.message(self.group, payload)
            else:
                self.next_step()

    def next_step(self) -> None:
        """Say the next text; when the last one was answered, it is ready."""
        if self.says:
            self.send(1, self.says.pop())
        elif not self.ready.done():
            self.ready.set_result(None)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        data, place, size = self.buffer, 0, len(self.buffer)
        while size - place >= 2:
            length, start = data[place + 1] & 127, place + 2
            if length == 126:
                start += 2
                if size < start:
                    break
                length = int.from_bytes(data[place + 2 : start], "big")
            elif length == 127:
                start += 8
                if size < start:
                    break
                length = int.from_bytes(data[place + 2 : start], "big")
            if size < start + length:
                break
            yield data[place] & 15, data[start : start + length]
            place = start + length
        self.buffer = data[place:]

    def send(self, kind: int, payload: bytes) -> None:
        short, size = len(payload) < 126, len(payload)
        head = struct.pack("!BB", 128 | kind, 128 | size) if short else struct.pack("!BBH", 128 | kind, 254, size)
        self.transport.write(head + b"\0\0\0\0" + payload)

    def fail(self, why: str) -> None:
        self.heard.why = why
        self.transport.close()
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(why))

    def connection_lost(self, error: Exception | None) -> None:
        self.heard.lost += 1
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"lost: {error}"))


async def _open(heard: _Heard, told: dict[str, Any]) -> int:
    loop = asyncio.get_running_loop()
    slots = asyncio.Semaphore(AT_ONCE)
    port = told["port"]
    protocol = f"Sec-WebSocket-Protocol: {told['protocol']}\r\n" if told["protocol"] else ""

    async def one(client: Client) -> None:
        async with slots, asyncio.timeout(PATIENCE_S):
            ready: asyncio.Future[None] = loop.create_future()
            await loop.create_connection(lambda: _Socket(heard, client, port, protocol, ready), "127.0.0.1", port)
            await ready

    async with asyncio.TaskGroup() as group:
        for client in told["clients"]:
            group.create_task(one(Client(**client)))
    return len(told["clients"])


async def _obey(heard: _Heard, told: dict[str, Any]) -> dict[str, Any]:
    match told["command"]:
        case "open":
            return {"open": await _open(heard, told)}
        case "expect":
            heard.expect(told["messages"])
            return {}
        case "arrived":
            try:
                async with asyncio.timeout(told["patience_s"]):
                    await heard.enough.wait()
            except TimeoutError:
                pass
            seen = {"first": heard.first, "last": heard.last, "received": heard.received, "bytes": heard.bytes}
            return {**seen, "lost": heard.lost, "why": heard.why}
        case "texts":
            return {"texts": [heard.texts[group].decode() for group in sorted(heard.texts)]}
        case "orders":
            return {"orders": [(order.decode(), at) for order, at in heard.orders]}
        case other:
            raise ValueError(other)


async def _serve() -> None:
    heard = _Heard()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        try:
            answer = await _obey(heard, json.loads(line))
        except (OSError, TimeoutError, ExceptionGroup) as error:
            first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            answer = {"error": repr(first)}
        print(json.dumps(answer), flush=True)


def main() -> None:
    """Serve until standard input ends."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())
    os._exit(0)  # no farewell to ten thousand servers


if __name__ == "__main__":
    main()
