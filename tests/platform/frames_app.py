"""An ASGI application that does with its socket what the client's text says, for `test_frames`; by the path.

`/echo` answers by the short way, binary by ASGI. `/orders` obeys. `/refuse` closes before accepting.
"""

import asyncio
import json
from typing import Any

from app.http.frames import EXTENSION, Frames

outcomes: dict[str, Any] = {}


async def application(scope: Any, receive: Any, send: Any) -> None:
    """A socket at a time."""
    if scope["type"] != "websocket":
        return
    frames: Frames = scope["extensions"][EXTENSION]
    assert (await receive())["type"] == "websocket.connect"
    assert not frames.write(b"before the handshake")
    if scope["path"] == "/refuse":
        await send({"type": "websocket.close"})
        assert not frames.write(b"refused")
        return
    await send({"type": "websocket.accept"})
    act = echo if scope["path"] == "/echo" else obey
    await act(frames, receive, send)


async def echo(frames: Frames, receive: Any, send: Any) -> None:
    """Say what is said."""
    while (message := await receive())["type"] != "websocket.disconnect":
        if message.get("text") is not None:
            frames.write(message["text"].encode())
            await frames.drained()
        else:
            await send({"type": "websocket.send", "bytes": message["bytes"]})


async def obey(frames: Frames, receive: Any, send: Any) -> None:
    """One order a message, as JSON: a list of the order and its arguments."""
    while (message := await receive())["type"] != "websocket.disconnect":
        order, *told = json.loads(message["text"])
        if order == "sizes":
            for size in told:
                assert frames.write(b"x" * size)
        elif order == "mixed":
            for number in range(told[0]):
                if number % 2:
                    await send({"type": "websocket.send", "text": f"{number}"})
                else:
                    frames.write(f"{number}".encode())
        elif order == "close":
            frames.write(b"the last")
            await send({"type": "websocket.close", "code": told[0], "reason": "as told"})
            assert not frames.write(b"after the close")
        elif order == "flood":
            await flood(frames, *told)
        elif order == "outcome":
            frames.write(json.dumps(outcomes.get(told[0])).encode())
    await asyncio.sleep(0)
    assert not frames.write(b"after the client has left")
    await frames.drained()


async def flood(frames: Frames, name: str, size: int) -> None:
    """Write until the transport holds more than it likes, then wait until the client has read."""
    written = 0
    while frames.waiting < size:
        frames.write(b"y" * 10_000)
        written += 1
        await asyncio.sleep(0)
    outcomes[name] = {"waited": frames.waiting}
    await frames.drained()
    outcomes[name]["left"] = frames.waiting
    frames.write(f"written {written}".encode())
