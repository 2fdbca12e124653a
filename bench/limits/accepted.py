"""A bare accepted socket on the mall's own server: what a connection costs before anybody does anything with it.

uvicorn bench.limits.accepted:application
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket


async def accepted(websocket: WebSocket) -> None:
    """Accept, and wait for what never comes."""
    await websocket.accept()
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def alive(request: Request) -> Response:
    """It serves."""
    return Response(b"ok")


application = Starlette(routes=[Route("/health/ready", alive), WebSocketRoute("/", accepted)])
