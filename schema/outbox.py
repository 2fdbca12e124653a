"""What waits to be sent to one socket, bounded in messages and bytes.

Senders wait while it is full; one that waits longer than `patience_s` for room gets SlowReader, and the socket is
closed with 1013. An idle socket costs no task: the task that writes lives only while something waits.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketDisconnected as WebSocketClosed
from strawberry.http.exceptions import WebSocketDisconnected

SLOW: Final = 1013  # "try again later"


class SlowReader(Exception):
    """The client did not read for too long while its buffer was full."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """How much may wait for one socket, and for how long it may stand still.

    `patience_s` plus `farewell_s` stay below the server's ping timeout, which would close with 1011.
    """

    messages: int = 256
    bytes: int = 4 * 1024 * 1024
    patience_s: float = 5.0
    farewell_s: float = 10.0


class Outbox:
    """The messages of one socket on their way out, in order."""

    def __init__(self, websocket: WebSocket, buffer: Buffer) -> None:
        self.websocket = websocket
        self.buffer = buffer
        self.waiting: deque[str] = deque()
        self.size = 0
        self.room = asyncio.Event()
        self.room.set()
        self.writer: asyncio.Task[None] | None = None
        self.closed = False

    async def put(self, text: str) -> None:
        """Queue a message. SlowReader when no room is made in time, WebSocketDisconnected when nobody listens."""
        if not self.room.is_set():
            try:
                async with asyncio.timeout(self.buffer.patience_s):
                    while not self.room.is_set():  # another sender may have taken the room
                        await self.room.wait()
            except TimeoutError:
                raise SlowReader from None
        if self.closed:
            raise WebSocketDisconnected
        self.waiting.append(text)
        self.size += len(text)
        if len(self.waiting) >= self.buffer.messages or self.size >= self.buffer.bytes:
            self.room.clear()
        if self.writer is None:
            self.writer = asyncio.create_task(self.write())

    async def write(self) -> None:
        """Send until nothing waits."""
        try:
            while self.waiting:
                text = self.waiting[0]
                await self.websocket.send_text(text)
                if self.waiting:  # not dropped meanwhile
                    self.waiting.popleft()
                    self.size -= len(text)
                if len(self.waiting) < self.buffer.messages and self.size < self.buffer.bytes:
                    self.room.set()
        except (WebSocketDisconnect, WebSocketClosed, OSError):
            self.shut()
        finally:
            self.writer = None

    def shut(self) -> None:
        """Nothing goes out any more; whoever waits for room is told."""
        self.closed = True
        self.waiting.clear()
        self.size = 0
        self.room.set()

    async def close(self, code: int, reason: str) -> bool:
        """Send what waits (except to a slow reader), then the close frame. False when the client does not take it."""
        if self.closed:  # somebody else is closing, or nobody is there
            return True
        self.closed = True
        self.room.set()
        if code == SLOW:
            self.waiting.clear()
        try:
            async with asyncio.timeout(self.buffer.farewell_s):
                if self.writer is not None:
                    await asyncio.wait([self.writer])
                await self.websocket.close(code, reason)
        except (TimeoutError, WebSocketDisconnect, WebSocketClosed, OSError):
            return False
        finally:
            self.shut()
            if self.writer is not None:
                self.writer.cancel()
        return True
