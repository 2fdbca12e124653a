"""The whole mall as processes of their own, for tests that reach it from outside: API and worker on one database."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.conftest import SECRET
from tests.schema.serving import free_port

ROOT = Path(__file__).parents[2]
READY_SECONDS = 30


@contextmanager
def mall(database_url: str, redis_url: str, folder: Path) -> Iterator[str]:
    """The address of an API, beside a worker, until the end of the block; both log into `folder`."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TRIBUTARY_SECRET_KEY": SECRET,
        "TRIBUTARY_REGISTRATION": "open",
    }
    commands = (["serve", "--port", str(port)], ["work", "--unsupervised"])
    children: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            with (folder / f"{command[0]}.log").open("wb") as log:
                children.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "app.cli", *command],
                        cwd=ROOT,
                        env=environment,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, folder / "serve.log")
        yield url
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(20)


def _wait_until_ready(url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health/ready", timeout=2, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"the API did not start:\n{log.read_text(errors='replace')}")
