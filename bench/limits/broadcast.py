"""A bare broadcaster: the package `websockets`, its own `broadcast`, no compression, the texts given beforehand.

    python -m bench.limits.broadcast PORT

A client says which group it is in by its path, /GROUP. The socket at /control sends the texts as one JSON list, which
is answered, and then anything else: each group is sent its text.
"""

import asyncio
import json
import sys
from collections import defaultdict
from http import HTTPStatus

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.http11 import Request, Response


class Broadcaster:
    """The open sockets by group, and what to send them."""

    def __init__(self) -> None:
        self.groups: defaultdict[int, set[ServerConnection]] = defaultdict(set)
        self.texts: list[str] = []

    async def handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        where = connection.request.path.strip("/")
        if where == "control":
            await self.control(connection)
            return
        group = self.groups[int(where)]
        group.add(connection)
        try:
            await connection.wait_closed()
        finally:
            group.discard(connection)

    async def control(self, connection: ServerConnection) -> None:
        async for message in connection:
            if message[0] == "[":
                self.texts = json.loads(message)
                await connection.send("ready")
            else:
                for group, text in enumerate(self.texts):
                    broadcast(self.groups[group], text)


def health(connection: ServerConnection, request: Request) -> Response | None:
    """It serves."""
    return connection.respond(HTTPStatus.OK, "ok") if request.path == "/health/ready" else None


async def main(port: int) -> None:
    """Serve until somebody kills it."""
    told = Broadcaster()
    async with serve(
        told.handle,
        "127.0.0.1",
        port,
        compression=None,
        ping_interval=25,
        ping_timeout=25,
        max_size=None,
        backlog=1000,
        process_request=health,
    ) as server:
        await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
