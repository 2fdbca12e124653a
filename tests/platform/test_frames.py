"""The WebSocket engine on a real server, spoken to byte by byte, and by the Autobahn cases."""

import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from kosoku import run_fuzzingclient
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from app.commands.serve import ENGINE

LARGEST = 1_000_000
MASK = b"\x11\x22\x33\x44"
PATIENCE_S = 20
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: mall\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@contextmanager
def serving(*options: str) -> Iterator[int]:
    """The port of `frames_app` on uvicorn with our engine; nothing it does may end in a traceback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "tests.platform.frames_app:application", "--port", str(port)]
    command += ["--loop", "uvloop", "--ws", ENGINE, "--ws-max-size", str(LARGEST), "--lifespan", "off", *options]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, cwd=Path(__file__).parents[2], env=os.environ, stderr=log, stdout=log)
        try:
            while server.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    continue
            yield port
        finally:
            server.terminate()
            server.wait(PATIENCE_S)
            log.seek(0)
            assert b"Traceback" not in log.read()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving("--ws-per-message-deflate", "false") as one:
        yield one


@dataclass
class Wire:
    """A client that sends what it is told, right or wrong."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def frame(self, opcode: int, payload: bytes, *, fin: bool = True, mask: bool = True, reserved: int = 0) -> None:
        """One frame."""
        size, flag = len(payload), 0x80 if mask else 0
        head = bytes([(0x80 if fin else 0) | reserved | opcode])
        if size < 126:
            head += bytes([flag | size])
        elif size < 65_536:
            head += bytes([flag | 126]) + struct.pack("!H", size)
        else:
            head += bytes([flag | 127]) + struct.pack("!Q", size)
        if mask:
            key = int.from_bytes((MASK * (size // 4 + 1))[:size])
            head, payload = head + MASK, (int.from_bytes(payload) ^ key).to_bytes(size)
        self.writer.write(head + payload)

    def order(self, *order: object) -> None:
        """Tell the application what to do."""
        self.frame(TEXT, json.dumps(order).encode())

    async def heard(self) -> tuple[int, bytes]:
        """The next frame of the server: one that is whole and not masked. EOF is an opcode of -1."""
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.read(1)
            if not head:
                return -1, b""
            assert head[0] & 0xF0 == 0x80
            (size,) = await self.reader.readexactly(1)
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return head[0] & 0x0F, await self.reader.readexactly(size)

    async def closed(self) -> tuple[int, str]:
        """The code and reason of the server's close, which is the last that it sends."""
        while (frame := await self.heard())[0] != CLOSE:
            assert frame[0] != -1, "the connection was lost without a close"
        payload = frame[1]
        self.frame(CLOSE, payload[:2])
        assert (await self.heard())[0] == -1
        return struct.unpack("!H", payload[:2])[0], payload[2:].decode()


@asynccontextmanager
async def opened(port: int, path: str = "/orders") -> AsyncIterator[Wire]:
    """A connection after its handshake."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HANDSHAKE.format(path=path).encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer  # the accept key of RFC 6455, 1.3
    yield Wire(reader, writer)
    writer.close()


async def test_a_frame_of_any_size_is_one_whole_text(port: int) -> None:
    sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 3_000_000]
    async with opened(port) as wire:
        wire.order("sizes", *sizes)
        for size in sizes:
            assert await wire.heard() == (TEXT, b"x" * size)


async def test_both_ways_out_keep_one_order(port: int) -> None:
    async with opened(port) as wire:
        wire.order("mixed", 501)
        assert [await wire.heard() for _ in range(501)] == [(TEXT, b"%d" % number) for number in range(501)]


async def test_nothing_is_written_after_our_close(port: int) -> None:
    async with opened(port) as wire:
        wire.order("close", 4403)
        assert await wire.heard() == (TEXT, b"the last")
        assert await wire.closed() == (4403, "as told")


@pytest.mark.parametrize("goodbye", [True, False])
async def test_nothing_is_written_after_the_client_has_left(port: int, goodbye: bool) -> None:
    async with opened(port) as wire:
        if goodbye:
            wire.frame(CLOSE, struct.pack("!H", 1000) + b"bye")
            assert await wire.heard() == (CLOSE, struct.pack("!H", 1000) + b"bye")
            assert await wire.heard() == (-1, b"")
        else:
            wire.writer.transport.abort()


async def test_a_socket_that_is_refused_is_not_written_to(port: int) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(f"ws://127.0.0.1:{port}/refuse"):
            pass


async def test_what_waits_is_counted_and_can_be_waited_for(port: int) -> None:
    async with opened(port) as slow, opened(port) as other:
        slow.order("flood", "slow", 5_000_000)
        waited = None
        while waited is None:
            other.order("outcome", "slow")
            waited = json.loads((await other.heard())[1])
        assert waited["waited"] >= 5_000_000
        assert "left" not in waited
        count = 0
        while (frame := await slow.heard()) == (TEXT, b"y" * 10_000):
            count += 1
        assert frame == (TEXT, b"written %d" % count)
        other.order("outcome", "slow")
        assert json.loads((await other.heard())[1])["left"] < 100_000


async def test_who_waits_for_a_client_that_disappears_goes_on(port: int) -> None:
    async with opened(port) as slow, opened(port) as other:
        slow.order("flood", "gone", 5_000_000)
        outcome: dict[str, int] = {}
        while "waited" not in outcome:
            other.order("outcome", "gone")
            outcome = json.loads((await other.heard())[1]) or {}
        slow.writer.transport.abort()
        while "left" not in outcome:
            other.order("outcome", "gone")
            outcome = json.loads((await other.heard())[1])


async def test_fragments_are_one_message_and_may_be_interrupted_by_a_ping(port: int) -> None:
    async with opened(port, "/echo") as wire:
        text = "外墙乳胶漆 🎨".encode()
        wire.frame(TEXT, text[:2], fin=False)  # in the middle of a character
        wire.frame(PING, b"there?")
        wire.frame(CONTINUATION, text[2:7], fin=False)
        wire.frame(CONTINUATION, b"", fin=False)
        wire.frame(CONTINUATION, text[7:])
        wire.frame(BINARY, b"\xff", fin=False)
        wire.frame(CONTINUATION, b"\xfe")
        assert [await wire.heard() for _ in range(3)] == [(PONG, b"there?"), (TEXT, text), (BINARY, b"\xff\xfe")]


INVALID = {
    "alone": [b"\xff\xfe"],
    "after text": [b"a\xc3("],
    "cut off": ["外".encode()[:2]],
    "later": [b"good", b"\xf8"],
}


@pytest.mark.parametrize("name", INVALID)
async def test_text_that_is_no_utf8_is_closed_with_1007(port: int, name: str) -> None:
    *before, last = INVALID[name]
    async with opened(port, "/echo") as wire:
        for number, piece in enumerate(before):
            wire.frame(CONTINUATION if number else TEXT, piece, fin=False)
        wire.frame(CONTINUATION if before else TEXT, last)
        wire.frame(TEXT, b"never heard")
        code, reason = await wire.closed()
        assert code == 1007
        assert "utf-8" in reason


async def test_a_broken_frame_is_closed_with_1002(port: int) -> None:
    broken: list[Callable[[Wire], None]] = [
        lambda wire: wire.frame(TEXT, b"x", mask=False),
        lambda wire: wire.frame(TEXT, b"x", reserved=0x40),
        lambda wire: wire.frame(3, b"x"),
        lambda wire: wire.frame(PING, b"x", fin=False),
        lambda wire: wire.frame(PING, b"x" * 126),
        lambda wire: wire.frame(CONTINUATION, b"x"),
        lambda wire: wire.frame(CLOSE, b"\x03"),
        lambda wire: wire.frame(CLOSE, struct.pack("!H", 1005)),
    ]
    for number, send in enumerate(broken):
        async with opened(port, "/echo") as wire:
            send(wire)
            assert (await wire.closed())[0] == 1002, number


async def test_a_message_that_is_too_large_is_closed_with_1009_while_it_is_still_sent(port: int) -> None:
    said = (1009, f"A message may have {LARGEST} bytes")
    for kind in (TEXT, BINARY):
        async with opened(port, "/echo") as wire:
            wire.frame(kind, b"x" * LARGEST)
            assert await wire.heard() == (kind, b"x" * LARGEST)
            wire.frame(kind, b"x" * 20_000_000)
            assert await wire.closed() == said
        async with opened(port, "/echo") as wire:
            for number in range(11):
                wire.frame(CONTINUATION if number else kind, b"x" * 100_000, fin=number == 10)
            assert await wire.closed() == said
    async with opened(port, "/echo") as wire:
        wire.frame(TEXT, "漆".encode() * (LARGEST // 3 + 1))  # characters are counted as bytes
        assert await wire.closed() == said


async def test_compression_does_not_hinder_the_short_way() -> None:
    with serving("--ws-per-message-deflate", "true") as port:
        async with connect(f"ws://127.0.0.1:{port}/orders", compression="deflate") as client:
            await client.send(json.dumps(["mixed", 101]))
            assert [await client.recv() for _ in range(101)] == [f"{number}" for number in range(101)]


async def test_the_autobahn_cases_pass(port: int) -> None:
    """All but 9, which measures, and 12 and 13, which are about compression."""
    results = await run_fuzzingclient(f"ws://127.0.0.1:{port}/echo", exclude_cases=["9.*", "12.*", "13.*"])
    assert len(results) == 247
