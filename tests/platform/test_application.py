"""The application as it is served: health, GraphQL over HTTP and WebSocket, and sockets that end with their session."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.commands.serve import ENGINE
from app.network.change_member import change_member, suspend_member
from app.network.log_out import log_out
from app.network.roles import Role
from app.network.rules import Scope
from tests.worlds import Party, new_key, open_world

WHO = "{ viewer { company { name } } }"


@pytest.fixture(scope="module")
async def served(database: str, redis_url: str) -> AsyncIterator[str]:
    """The address of a real server on the module's database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"DATABASE_URL": database, "REDIS_URL": redis_url}
    command = [sys.executable, "-m", "uvicorn", "app.asgi:application", "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen([*command, "--ws", ENGINE], env=environment)
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(30):
            while True:
                try:
                    if (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


async def opened(served: str, params: dict[str, str] | None) -> ClientConnection:
    socket = await connect(f"ws://{served}/graphql", subprotocols=["graphql-transport-ws"])  # type: ignore[list-item]
    await socket.send(orjson.dumps({"type": "connection_init", "payload": params}).decode())
    return socket


async def acknowledged(served: str, party: Party) -> ClientConnection:
    socket = await opened(served, {"authorization": f"Bearer {party.token}"})
    assert orjson.loads(await socket.recv()) == {"type": "connection_ack"}
    return socket


async def code_of_closing(socket: ClientConnection) -> int:
    async with asyncio.timeout(10):
        while True:
            try:
                await socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006


async def test_health(served: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{served}") as client:
        for path in ("/health/live", "/health/ready"):
            response = await client.get(path)
            assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_graphql_over_http_and_websocket(served: str) -> None:
    world = await open_world("Served")
    async with httpx.AsyncClient() as client:
        response = await client.post(f"http://{served}/graphql", json={"query": WHO}, headers=world.brand.headers)
    expected = {"data": {"viewer": {"company": {"name": "Served"}}}}
    assert response.json() == expected
    socket = await acknowledged(served, world.brand)
    await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": WHO}}).decode())
    assert orjson.loads(await socket.recv()) == {"id": "1", "type": "next", "payload": expected}
    await socket.close()


@pytest.mark.parametrize("params", [None, {}, {"authorization": "Bearer nonsense"}, {"authorization": ""}])
async def test_a_socket_without_credentials_is_closed_with_4401(served: str, params: dict[str, str] | None) -> None:
    assert await code_of_closing(await opened(served, params)) == 4401


async def test_a_session_that_has_ended_is_closed_with_4401(served: str) -> None:
    world = await open_world()
    await log_out(world.brand.viewer, everywhere=False)
    assert await code_of_closing(await opened(served, {"accessToken": world.brand.token})) == 4401


async def test_log_out_suspension_and_role_change_end_open_sockets_with_4403(served: str) -> None:
    world = await open_world()
    leaving = await world.member(world.brand, [Role.FINANCE])
    suspended = await world.member(world.brand, [Role.FINANCE])
    changed = await world.member(world.brand, [Role.FINANCE])
    sockets = [await acknowledged(served, one) for one in (leaving, suspended, changed)]
    staying = await acknowledged(served, world.brand)
    owner = world.brand.viewer
    await log_out(leaving.viewer, everywhere=True)
    await suspend_member(owner, client_key=new_key(), member_id=suspended.viewer.membership_id)
    await change_member(
        owner, client_key=new_key(), member_id=changed.viewer.membership_id, roles=[Role.BUYER], scope=Scope()
    )
    assert [await code_of_closing(one) for one in sockets] == [4403, 4403, 4403]
    await staying.send(orjson.dumps({"type": "ping"}).decode())
    assert orjson.loads(await staying.recv())["type"] == "pong"
    await staying.close()
