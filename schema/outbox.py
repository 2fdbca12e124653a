"""What waits to be sent to one socket, bounded in messages and bytes.

Where the server offers it (`app.http.frames`), messages go straight to the transport, which holds what the client has
not read. Elsewhere they wait here, and a task that lives only while something waits sends them by ASGI.

`put_now` never waits: it sends, or says that there is no room. `put` waits for room; one that waits longer than
`patience_s` gets SlowReader, and the socket is closed with 1013.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

SLOW: Final = 1013  # "try again later"
AHEAD: Final = 64 * 1024
"""So many bytes `put` leaves to the transport before it waits, as transports themselves ask to."""

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class SlowReader(Exception):
    """The client did not read for too long while its buffer was full."""


class Gone(Exception):
    """Nobody listens any more."""


class Frames(Protocol):
    """The short way out that a server may offer."""

    @property
    def waiting(self) -> int:
        """Bytes that the client has not read."""

    def write(self, text: bytes) -> bool:
        """Send a text frame; False when the connection is not open."""

    def offer(self, text: bytes, most_waiting: int) -> bool:
        """The same unless the client has left more bytes than that unread: False. What is not open takes anything."""

    async def drained(self) -> None:
        """Until the client has read enough, or is gone."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """How much may wait for one socket, and for how long it may stand still.

    `patience_s` plus `farewell_s` stay below the server's ping timeout, which would close with 1011.
    """

    messages: int = 256
    bytes: int = 4 * 1024 * 1024
    patience_s: float = 5.0
    farewell_s: float = 10.0


class Queue:
    """Messages on their way out by ASGI; there only while some are."""

    __slots__ = ("messages", "room", "size", "writer")

    def __init__(self) -> None:
        self.messages: deque[bytes] = deque()
        self.size = 0
        self.room = asyncio.Event()
        self.writer: asyncio.Task[None] | None = None


class Outbox:
    """The messages of one socket on their way out, in order."""

    __slots__ = ("buffer", "closed", "frames", "queue", "send")

    def __init__(self, send: Send, frames: Frames | None, buffer: Buffer) -> None:
        self.send = send
        self.frames = frames
        self.buffer = buffer
        self.queue: Queue | None = None
        self.closed = False

    def put_now(self, text: bytes) -> bool:
        """Send without waiting. False: there is no room for it; what is closed takes anything."""
        if self.closed:
            return True
        if self.frames is not None:
            return self.frames.offer(text, self.buffer.bytes)
        if self._is_full():
            return False
        self._enqueue(text)
        return True

    async def put(self, text: bytes) -> None:
        """Send, after waiting for room. SlowReader when none is made in time, Gone when nobody listens."""
        try:
            if self.frames is not None:
                if self.frames.waiting > AHEAD:
                    async with asyncio.timeout(self.buffer.patience_s):
                        await self.frames.drained()
            elif self._is_full():
                async with asyncio.timeout(self.buffer.patience_s):
                    while self.queue is not None and self._is_full():  # another sender may have taken the room
                        self.queue.room.clear()
                        await self.queue.room.wait()
        except TimeoutError:
            raise SlowReader from None
        if self.closed:
            raise Gone
        if self.frames is None:
            self._enqueue(text)
        elif not self.frames.write(text):
            raise Gone

    def _is_full(self) -> bool:
        queue = self.queue
        return queue is not None and (len(queue.messages) >= self.buffer.messages or queue.size >= self.buffer.bytes)

    def _enqueue(self, text: bytes) -> None:
        queue = self.queue
        if queue is None:
            queue = self.queue = Queue()
            queue.writer = asyncio.create_task(self._write(queue))
        queue.messages.append(text)
        queue.size += len(text)

    async def _write(self, queue: Queue) -> None:
        """Send until nothing waits."""
        try:
            while queue.messages:
                text = queue.messages[0]
                await self.send({"type": "websocket.send", "text": text.decode()})
                if queue.messages:  # not dropped meanwhile
                    queue.messages.popleft()
                    queue.size -= len(text)
                queue.room.set()
        except (OSError, RuntimeError):  # the client is gone; the server has closed
            self.shut()
        finally:
            if self.queue is queue:
                self.queue = None

    def shut(self) -> None:
        """Nothing goes out any more; whoever waits for room is told."""
        self.closed = True
        if self.queue is not None:
            self.queue.messages.clear()
            self.queue.size = 0
            self.queue.room.set()

    async def close(self, code: int, reason: str) -> bool:
        """Send what waits (except to a slow reader), then the close frame. False when the client does not take it."""
        if self.closed:  # somebody else is closing, or nobody is there
            return True
        self.closed = True
        writer = None
        if self.queue is not None:
            writer = self.queue.writer
            self.queue.room.set()
            if code == SLOW:
                self.queue.messages.clear()
        try:
            async with asyncio.timeout(self.buffer.farewell_s):
                if writer is not None:
                    await asyncio.wait([writer])
                await self.send({"type": "websocket.close", "code": code, "reason": reason})
        except (TimeoutError, OSError, RuntimeError):  # the last two: the client is gone, the server has closed
            return False
        finally:
            self.shut()
            if writer is not None:
                writer.cancel()
        return True
