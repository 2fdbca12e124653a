"""Several API processes on one database, and requests that are open in them at once."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import SECRET
from tests.schema.serving import free_port
from tests.worlds import Party

ROOT = Path(__file__).parents[2]
READY_SECONDS = 30
ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Apis:
    """The ports of API processes, and where they log."""

    ports: tuple[int, ...]
    folder: Path

    def logged(self) -> str:
        return "".join(log.read_text(errors="replace") for log in sorted(self.folder.glob("*.log")))


@dataclass(frozen=True, slots=True)
class Request:
    """What one party asks."""

    party: Party
    document: str
    variables: dict[str, Any]


@contextmanager
def api_processes(count: int, database_url: str, redis_url: str, folder: Path) -> Iterator[Apis]:
    """So many `tributary serve`, each on a port of its own, until the end of the block."""
    told = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "TRIBUTARY_SECRET_KEY": SECRET}
    apis = Apis(tuple(free_port() for _ in range(count)), folder)
    children: list[subprocess.Popen[bytes]] = []
    try:
        for port in apis.ports:
            with (folder / f"{port}.log").open("wb") as log:
                command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
                children.append(
                    subprocess.Popen(
                        command, cwd=ROOT, env={**os.environ, **told}, stdout=log, stderr=subprocess.STDOUT
                    )
                )
        for port in apis.ports:
            _wait_until_ready(port, apis)
        yield apis
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(20)


async def all_at_once(apis: Apis, requests: Sequence[Request]) -> list[dict[str, Any]]:
    """The answers, in the order of the requests, which take turns at the processes.

    Every request is sent up to its last byte; when all of them stand open, the last bytes leave together.
    """
    barrier = asyncio.Barrier(len(requests))
    turns = (_ask(apis.ports[n % len(apis.ports)], request, barrier) for n, request in enumerate(requests))
    async with asyncio.timeout(ANSWER_SECONDS):
        return await asyncio.gather(*turns)


async def values_at_once(apis: Apis, requests: Sequence[Request]) -> list[dict[str, Any]]:
    """The same, where every answer must be the value of its only root field, a refusal included."""
    values = []
    for answer in await all_at_once(apis, requests):
        assert "errors" not in answer, answer["errors"]
        (value,) = answer["data"].values()
        values.append(value)
    return values


async def _ask(port: int, request: Request, barrier: asyncio.Barrier) -> dict[str, Any]:
    body = json.dumps({"query": request.document, "variables": request.variables}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {request.party.token}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.encode() + body[:-1])
        await writer.drain()
        await barrier.wait()
        writer.write(body[-1:])
        answer = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
    status, _, said = answer.partition(b"\r\n")
    assert status == b"HTTP/1.1 200 OK", answer
    value: dict[str, Any] = json.loads(said.partition(b"\r\n\r\n")[2])
    return value


def _wait_until_ready(port: int, apis: Apis) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=2, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"an API did not start:\n{apis.logged()}")
