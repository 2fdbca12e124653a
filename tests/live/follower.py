"""A subscriber as a phone would be: it loses its socket, comes back with its cursor, and keeps what it has seen."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
EVENTS = """subscription($after: Cursor, $topics: [Topic!]) { events(after: $after, topics: $topics) { __typename
    ... on EventEnvelope { cursor at event { __typename
        ... on OrderChanged { what version order { id status version totals { gross { amount } } } }
        ... on ChannelOrderChanged { what version channelOrder { id status totals { gross { amount } } } }
        ... on ShipmentProgressed { what version shipment { id status } }
        ... on LeadChanged { what version lead { id status contact { isRevealed name phone } } }
        ... on AccountChanged { what relation { id account { credit { exposure { amount } } } } }
        ... on RelationChanged { what version relation { id status } }
        ... on MemberChanged { what member { id status } }
        ... on ListingChanged { what version listing { id onSale } }
        ... on PricesChanged { what priceList { id } }
        ... on StockChanged { what stock { id onHand } } } }
    ... on CaughtUp { cursor }
    ... on Resync { reason cursor } } }"""
ORDER = """subscription($after: Cursor, $id: ID!) { orderChanged(orderId: $id, after: $after) { __typename
    ... on OrderChanged { cursor what version order { id version status } }
    ... on CaughtUp { cursor }
    ... on Resync { reason cursor } } }"""


def number(cursor: str) -> int:
    """The delivery number in a cursor; clients never look into it, tests do."""
    return int(cursor.removeprefix("e"))


class Socket:
    """One connection, for tests that say every word themselves."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    @classmethod
    async def open(cls, url: str, token: str) -> "Socket":
        """Connected and acknowledged."""
        socket = cls(await connect(url, subprotocols=[PROTOCOL]))
        await socket.send(type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert (await socket.next())["type"] == "connection_ack"
        return socket

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def subscribe(self, document: str, operation_id: str = "1", **variables: Any) -> None:
        await self.send(type="subscribe", id=operation_id, payload={"query": document, "variables": variables})

    async def next(self, within_s: float = 20) -> dict[str, Any]:
        """The next message; ConnectionClosed when there is none any more."""
        async with asyncio.timeout(within_s):
            message: dict[str, Any] = json.loads(await self.connection.recv())
        return message

    async def told(self, within_s: float = 20) -> dict[str, Any]:
        """What the only root field of the next result says."""
        message = await self.next(within_s)
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        (said,) = message["payload"]["data"].values()
        assert isinstance(said, dict)
        return said

    async def code(self, within_s: float = 20) -> int:
        """The code with which the server closes; whatever it says before is dropped."""
        async with asyncio.timeout(within_s):
            await self.connection.wait_closed()
        code = self.connection.close_code
        assert code is not None
        return code

    async def close(self) -> None:
        await self.connection.close()


class Follower:
    """Follows `document` through any number of sockets. `token` is asked before each connection."""

    def __init__(
        self,
        url: str,
        token: Callable[[], Awaitable[str]] | str,
        document: str = EVENTS,
        **variables: Any,
    ) -> None:
        self.url = url
        self.token = token
        self.document = document
        self.variables = variables
        self.cursor: str | None = None
        self.seen: list[dict[str, Any]] = []
        self.resyncs: list[str] = []
        self.closes: list[int] = []
        self.caught_up = asyncio.Event()
        self.progress = asyncio.Event()
        self.socket: ClientConnection | None = None

    async def run(self) -> None:
        """Follow until cancelled; every loss of the socket is followed by a new one."""
        while True:
            try:
                async with connect(self.url, subprotocols=[PROTOCOL], open_timeout=5) as self.socket:
                    await self._follow(self.socket)
            except ConnectionClosed as closed:
                self.closes.append(closed.rcvd.code if closed.rcvd else 1006)
            except (OSError, InvalidHandshake, InvalidMessage, EOFError, TimeoutError):
                pass  # the server is away
            finally:
                self.socket = None
            await asyncio.sleep(0.05)

    def drop(self) -> None:
        """Lose the connection without a word, as in a lift."""
        if self.socket is not None:
            self.socket.transport.abort()

    async def _follow(self, socket: ClientConnection) -> None:
        token = self.token if isinstance(self.token, str) else await self.token()
        said = {"authorization": f"Bearer {token}"}
        await socket.send(json.dumps({"type": "connection_init", "payload": said}))
        async for frame in socket:
            message = json.loads(frame)
            if message["type"] == "connection_ack":
                variables = {**self.variables, "after": self.cursor}
                payload = {"query": self.document, "variables": variables}
                await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            elif message["type"] == "next":
                self._take(message["payload"])
            else:
                raise AssertionError(message)
        raise ConnectionClosed(None, None)

    def _take(self, payload: dict[str, Any]) -> None:
        assert "errors" not in payload, payload
        (said,) = payload["data"].values()
        self.cursor = said["cursor"]
        if said["__typename"] == "CaughtUp":
            self.caught_up.set()
        elif said["__typename"] == "Resync":
            self.resyncs.append(said["reason"])
        else:
            self.seen.append(said)
        self.progress.set()

    @property
    def numbers(self) -> list[int]:
        """The delivery numbers of what was seen, in the order of seeing."""
        return [number(one["cursor"]) for one in self.seen]

    async def until(self, condition: Callable[["Follower"], bool], within_s: float = 60) -> None:
        """Wait until this follower has seen enough."""
        async with asyncio.timeout(within_s):
            while not condition(self):
                self.progress.clear()
                progress = asyncio.create_task(self.progress.wait())
                await asyncio.wait([self.task, progress], return_when=asyncio.FIRST_COMPLETED)
                progress.cancel()
                if self.task.done():
                    self.task.result()

    async def __aenter__(self) -> "Follower":
        self.task = asyncio.create_task(self.run())
        caught_up = asyncio.create_task(self.caught_up.wait())
        await asyncio.wait([self.task, caught_up], return_when=asyncio.FIRST_COMPLETED, timeout=30)
        caught_up.cancel()
        if self.task.done():
            self.task.result()
        assert self.caught_up.is_set()
        return self

    async def __aexit__(self, *_: object) -> None:
        failed = self.task.done() and self.task.exception()
        self.task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self.task
        if failed:
            raise failed
