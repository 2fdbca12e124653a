"""The processes of a measurement, each on its cores, and what they have used of processor and memory.

All of them hang on a leash: when this process ends, however it ends, they stop.
"""

import os
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

import psutil

from app.commands.serve import ENGINE, PING_SECONDS
from app.leash import Leashed
from bench.cores import Cores, on
from bench.measured import CannotMeasure

SECRET = "the secret of a benchmark, long enough for HS256 and no secret"
CONTACT_KEYS = "bench:YSBrZXkgb2YgMzIgYnl0ZXMgZm9yIHRoZSBiZW5jaCE="
ENVIRONMENT = {
    "TRIBUTARY_SECRET_KEY": SECRET,
    "TRIBUTARY_CONTACT_KEYS": CONTACT_KEYS,
    "TRIBUTARY_ACCESS_TOKEN_SECONDS": "86400",
    "TRIBUTARY_INTROSPECTION": "false",
    "DIRECT_DATABASE_URL": "",
    "PYTHONDONTWRITEBYTECODE": "",  # as it is installed: what was compiled at the first start is kept
}
REMEMBERED = "TRIBUTARY_REMEMBERED_MB"
PATIENCE_S = 60.0
LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class DidNotStart(CannotMeasure):
    """A process ended, or did not answer in time; the message is its last output."""


@dataclass(slots=True)
class Running:
    """A process under measurement."""

    name: str
    port: int
    process: psutil.Process
    started_s: float
    """From starting it to its first answer."""

    @property
    def cpu_s(self) -> float:
        """Processor time used so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    @property
    def memory_kb(self) -> float:
        """Resident memory."""
        return float(self.process.memory_info().rss) / 1024


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the servers are, and who runs on which core.

    With `kept` the API and the worker are started once and serve every row: for smoke runs.
    """

    database_url: str
    redis_url: str
    cores: Cores
    kept: ExitStack | None = None
    _running: dict[str, Running] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the mall is told."""
        return {
            **os.environ,
            **ENVIRONMENT,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
        }

    @contextmanager
    def api(self, *, fresh: bool = False) -> Iterator[Running]:
        """`tributary serve`, one process; `fresh`: that has served nobody yet."""
        port = free_port()
        starting = self._started("API", ["-P", "-m", "app.cli", "serve", "--port", str(port)], port)
        with starting if fresh else self._perhaps_kept("API", starting) as running:
            yield running

    @contextmanager
    def forgetful_api(self) -> Iterator[Running]:
        """The API that works out every offer anew."""
        port = free_port()
        command = ["-P", "-m", "app.cli", "serve", "--port", str(port)]
        with self._perhaps_kept("cold", self._started("API", command, port, told={REMEMBERED: "0"})) as running:
            yield running

    @contextmanager
    def sampled_api(self, samples: Path) -> Iterator[Running]:
        """The API under `bench.sampling`, which writes what it saw when it is told to."""
        port = free_port()
        command = ["-P", "-m", "bench.sampling", str(samples), "serve", "--port", str(port)]
        with self._started("API", command, port) as running:
            yield running

    @contextmanager
    def limit(self, application: str, name: str, *options: str) -> Iterator[Running]:
        """A comparator on the mall's own server, told the same."""
        port = free_port()
        command = [
            *("-P", "-m", "uvicorn", application, "--port", str(port), "--host", "127.0.0.1", "--loop", "uvloop"),
            *("--http", "httptools", "--ws", ENGINE, "--ws-ping-interval", str(PING_SECONDS), "--ws-ping-timeout"),
            *(str(PING_SECONDS), "--ws-per-message-deflate", "false", "--lifespan", "on", "--no-access-log"),
            *("--log-level", "warning", *options),
        ]
        with self._started(name, command, port) as running:
            yield running

    @contextmanager
    def script(self, module: str, name: str, *arguments: str) -> Iterator[Running]:
        """A comparator that is a server of its own: `python -m MODULE PORT …`."""
        port = free_port()
        with self._started(name, ["-P", "-m", module, str(port), *arguments], port) as running:
            yield running

    @contextmanager
    def worker(self) -> Iterator[Running]:
        """`tributary work`, on the cores of everything but the API."""
        command = ["-P", "-m", "app.cli", "work", "--unsupervised"]
        with self._perhaps_kept("worker", self._started("worker", command, 0, self.cores.load)) as running:
            yield running

    @contextmanager
    def _perhaps_kept(self, name: str, starting: AbstractContextManager[Running]) -> Iterator[Running]:
        if self.kept is None:
            with starting as running:
                yield running
            return
        if name not in self._running:
            self._running[name] = self.kept.enter_context(starting)
        yield self._running[name]

    @contextmanager
    def _started(
        self,
        name: str,
        command: Sequence[str],
        port: int,
        cores: frozenset[int] | None = None,
        told: Mapping[str, str] | None = None,
    ) -> Iterator[Running]:
        before = set(psutil.Process().children())
        with TemporaryFile() as output:
            began = time.perf_counter()
            with on(self.cores.api if cores is None else cores):
                leash = Leashed(
                    [sys.executable, *command], output=output, environment={**self.environment, **(told or {})}
                )
            try:
                while port and not _answers(port):
                    if leash.exit_code is not None or time.perf_counter() - began > PATIENCE_S:
                        output.seek(0)
                        raise DidNotStart(f"{name}: {output.read().decode(errors='replace')[-4000:]}")
                    time.sleep(0.01)
                took = time.perf_counter() - began
                (keeper,) = set(psutil.Process().children()) - before
                yield Running(name, port, _child(keeper), took)
            finally:
                leash.stop()


class Database:
    """PostgreSQL as a whole: its processor time."""

    def __init__(self) -> None:
        """The server that this process has started."""
        self._postmaster = next(one for one in psutil.Process().children(recursive=True) if one.name() == "postgres")

    @property
    def cpu_s(self) -> float:
        """Processor time of the server with all its sessions, those that ended included."""
        times = self._postmaster.cpu_times()
        spent = times.user + times.system + times.children_user + times.children_system
        for session in self._postmaster.children():
            try:
                own = session.cpu_times()
            except psutil.NoSuchProcess:
                continue
            spent += own.user + own.system
        return float(spent)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _child(keeper: psutil.Process) -> psutil.Process:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if children := keeper.children():
            return children[0]
        time.sleep(0.01)
    raise DidNotStart(f"process {keeper.pid} has started nothing")


def _answers(port: int) -> bool:
    try:
        with LOCAL.open(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
