"""The WebSocket engine of `tributary serve`: uvicorn's wsproto engine, with a short way out, and smaller.

The short way out stands in the ASGI scope: `scope["extensions"]["tributary.frames"]` is a `Frames`, which writes a
whole text frame to the transport at once, without a task and without awaiting anything. It may be mixed with
`websocket.send`; frames leave in the order of the calls.

It also says why it hangs up: text that is no UTF-8 is closed with 1007, a broken frame with 1002, a message that is too
large with 1009, where the engine beneath drops the connection, or closes it so fast that the reason is lost on its way.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.websockets.wsproto_impl import FrameTooLargeError, WebsocketBuffer, WSProtocol
from wsproto.connection import ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Request, TextMessage

EXTENSION: Final = "tributary.frames"

TEXT_FRAME: Final = 0x81
"""One whole message (FIN) of text, by RFC 6455, 5.2. A server does not mask."""
LONGEST_TINY, LONGEST_SHORT = 125, 0xFFFF
MESSAGE_TOO_BIG: Final = 1009
LARGEST_CHARACTER: Final = 4  # bytes of UTF-8


class Frames:
    """Text frames straight to the transport of one socket."""

    __slots__ = ("_engine",)

    def __init__(self, engine: "FramesProtocol") -> None:
        self._engine = engine

    def write(self, text: bytes) -> bool:
        """Send one whole text message, UTF-8 that the caller vouches for. False: the connection is not open (any more),
        and nothing was sent."""
        engine = self._engine
        if not engine.is_open:
            return False
        engine.transport.write(header_of(len(text)) + text)
        return True

    def offer(self, text: bytes, most_waiting: int) -> bool:
        """The same if the client has left no more than so many bytes unread; False: it has left more, and nothing was
        sent. Who is gone takes anything. (`waiting` and `write` in one step: thousands are offered the same.)"""
        engine = self._engine
        transport = engine.transport
        if transport.get_write_buffer_size() > most_waiting:
            return False
        if engine.accepted and not engine.close_sent and not transport.is_closing():
            transport.write(header_of(len(text)) + text)
        return True

    @property
    def waiting(self) -> int:
        """Bytes that the transport holds because the client has not read them yet."""
        return self._engine.transport.get_write_buffer_size()

    async def drained(self) -> None:
        """Until the client has read enough that writing is welcome, or is gone."""
        await self._engine.writable.wait()


def header_of(size: int) -> bytes:
    """What stands in front of a text of so many bytes."""
    if size <= LONGEST_TINY:
        return bytes((TEXT_FRAME, size))
    if size <= LONGEST_SHORT:
        return bytes((TEXT_FRAME, 126, size >> 8, size & 0xFF))
    return bytes((TEXT_FRAME, 127)) + size.to_bytes(8, "big")


class Received:
    """What the application has not taken yet, for one reader. Seldom more than a message: reading pauses after each."""

    __slots__ = ("_messages", "_waiter")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:
        """Add a message, and wake the reader."""
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def empty(self) -> bool:
        """Nothing to take."""
        return not self._messages

    async def get(self) -> Any:
        """Take the oldest message, or wait for it."""
        while not self._messages:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._messages.pop(0)


WRITABLE: Final = asyncio.Event()
"""What every socket that is not paused shares."""
WRITABLE.set()


class FramesProtocol(WSProtocol):
    """One connection.

    What the engine beneath keeps of a connection moves into slots; what only the handshake needs is dropped after it.
    """

    __slots__ = (
        *(
            "app",
            "app_state",
            "asgi_version",
            "buffer",
            "client",
            "close_sent",
            "close_timeout",
            "close_timer",
            "config",
        ),
        *("conn", "connections", "default_headers", "disconnected", "handshake_complete", "last_ping_rtt", "logger"),
        *("loop", "pending_ping_payload", "ping_interval", "ping_sent_at", "ping_timeout", "ping_timer", "pong_timer"),
        *("queue", "read_paused", "response_started", "root_path", "scheme", "scope", "server", "tasks", "transport"),
        *("writable", "accepted", "hung_up"),
    )

    queue: Received  # type: ignore[assignment]
    buffer: WebsocketBuffer | None  # type: ignore[assignment]
    """Made for a message in fragments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue = Received()
        self.buffer = None
        self.writable = WRITABLE
        self.accepted = False
        self.hung_up = False

    @property
    def is_open(self) -> bool:
        """Accepted, and neither side has begun to close: where the client begins, `handle_close` follows at once."""
        return self.accepted and not self.close_sent and not self.transport.is_closing()

    # --- the handshake ----------------------------------------------------------------------------------------------

    def handle_connect(self, event: Request) -> None:
        """Offer the short way out to the application, which starts after this."""
        super().handle_connect(event)
        self.scope["extensions"][EXTENSION] = Frames(self)  # type: ignore[assignment]

    def start_keepalive(self) -> None:
        """The socket is accepted: from here on the handshake, with its HTTP parser and headers, is not needed."""
        if self.conn.connection is not None:
            self.conn = self.conn.connection  # type: ignore[assignment]  # it sends and receives events just so
            self.accepted = True
        super().start_keepalive()

    # --- what comes in ----------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """What is sent after we have hung up is dropped unread."""
        if not self.hung_up:
            super().data_received(data)

    def handle_message(self, event: TextMessage | BytesMessage) -> None:
        """A message, or a fragment of one. No more is read until the application has taken it."""
        largest = self.config.ws_max_size
        message: Any
        if event.message_finished and self.buffer is None and len(event.data) * LARGEST_CHARACTER <= largest:
            kind = "text" if isinstance(event, TextMessage) else "bytes"
            message = {"type": "websocket.receive", kind: event.data}
        else:
            if self.buffer is None:
                self.buffer = WebsocketBuffer(largest)
            try:
                self.buffer.extend(event)
            except FrameTooLargeError:
                self.hang_up(MESSAGE_TOO_BIG, f"A message may have {largest} bytes")
                return
            if not event.message_finished:
                return
            message = self.buffer.to_message()
            self.buffer = None
        self.queue.put_nowait(message)
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def handle_close(self, event: CloseConnection) -> None:
        """The client closes; or it broke the protocol, which wsproto tells as a close while the connection is open."""
        if not self.close_sent and self.conn.state is ConnectionState.OPEN:
            self.hang_up(event.code, event.reason or "")
        else:
            super().handle_close(event)

    def hang_up(self, code: int, reason: str) -> None:
        """Say why, and that nothing follows. The connection ends when the client has closed it too, ten seconds later
        at the latest: closed at once, what it is still sending would be answered by a reset, and the reason be lost."""
        self.stop_keepalive()
        self.hung_up = self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.transport.is_closing():
            return
        self.transport.write(self.conn.send(CloseConnection(code, reason)))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    # --- what goes out ----------------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """The client does not read: whoever sends by ASGI waits, and so does `drained`."""
        self.writable = asyncio.Event()

    def resume_writing(self) -> None:
        """The client has read."""
        paused, self.writable = self.writable, WRITABLE
        paused.set()
