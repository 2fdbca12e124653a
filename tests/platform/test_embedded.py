"""The embedded servers: two homes side by side, one launcher to a home, data that stays, and nothing left running."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from redis.asyncio import Redis

from app import embedded

LAUNCHER = """
import sys, time
from pathlib import Path
from app import embedded
with embedded.start(Path(sys.argv[1])) as servers:
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def launcher(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A launcher in a process of its own, with its servers up."""
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.stdin.close()
    process.wait(30)
    process.stdout.close()


def _servers_of(launcher: subprocess.Popen[bytes]) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(launcher.pid).children(recursive=True)
    names = {process.name() for process in found}
    assert "postgres" in names
    assert "valkey-server" in names
    return found


def _programs_below(parent: psutil.Process) -> set[Path]:
    """What runs below `parent`; a server's short-lived workers may end while we look."""
    found: set[Path] = set()
    for process in parent.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if program := process.exe():
                found.add(Path(program))
    return found


async def _ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_data_ports_and_passwords_stay(home: Path) -> None:
    with embedded.start(home) as first:
        await _ask(first.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        async with Redis.from_url(first.redis_url) as redis:
            await redis.set("kept", "42")
    with embedded.start(home) as second:
        assert second == first
        assert await _ask(second.database_url, "SELECT answer FROM kept") == 42
        async with Redis.from_url(second.redis_url) as redis:
            assert await redis.get("kept") == b"42"


async def test_the_servers_ask_for_their_password_and_listen_here_only(home: Path) -> None:
    with embedded.start(home) as servers:
        password = servers.database_url.split(":")[2].split("@")[0]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _ask(servers.database_url.replace(password, "wrong"), "SELECT 1")
        assert await _ask(servers.database_url, "SHOW listen_addresses") == "127.0.0.1"
        assert await _ask(servers.database_url, "SHOW unix_socket_directories") == ""
        assert await _ask(servers.database_url, "SHOW shared_preload_libraries") == "pg_stat_statements"
        async with Redis.from_url(servers.redis_url) as redis:
            assert await redis.config_get("appendonly", "bind", "protected-mode") == {
                "appendonly": "yes",
                "bind": "127.0.0.1",
                "protected-mode": "yes",
            }
    assert (home / "servers.json").stat().st_mode & 0o777 == 0o600


async def test_chinese_text_is_made_of_letters(home: Path) -> None:
    with embedded.start(home) as servers:
        assert await _ask(servers.database_url, "SELECT datctype FROM pg_database WHERE datname = 'tributary'") in (
            "C.UTF-8",
            "C",
        )
        assert await _ask(servers.database_url, "SELECT '墙' ~ '^\\w$'") is True
        await _ask(servers.database_url, "CREATE EXTENSION pg_trgm")
        trigrams = await _ask(servers.database_url, "SELECT cardinality(show_trgm('外墙乳胶漆'))")
        assert trigrams == 6


async def test_two_homes_run_side_by_side(home: Path) -> None:
    with embedded.start(home / "one") as one, embedded.start(home / "two") as two:
        await _ask(one.database_url, "CREATE TABLE mine (id int)")
        assert await _ask(one.database_url, "SELECT to_regclass('mine')::text") == "mine"
        assert await _ask(two.database_url, "SELECT to_regclass('mine')::text") is None


def test_a_second_launcher_on_the_same_home_is_told_so(home: Path, launcher: subprocess.Popen[bytes]) -> None:
    said = pytest.raises(embedded.HomeInUse, match=rf"process {launcher.pid}\) is running.*TRIBUTARY_HOME=")
    with said, embedded.start(home):
        pass


async def test_a_command_uses_running_servers_and_leaves_them(home: Path, launcher: subprocess.Popen[bytes]) -> None:
    with embedded.use(home) as servers:
        assert await _ask(servers.database_url, "SELECT 1") == 1
    assert all(process.is_running() for process in _servers_of(launcher))


async def test_a_command_without_running_servers_starts_and_stops_them(home: Path) -> None:
    with embedded.use(home) as servers:
        assert await _ask(servers.database_url, "SELECT 1") == 1
    with pytest.raises(OSError, match="Connect call failed"):
        await _ask(servers.database_url, "SELECT 1")


def test_killing_the_launcher_leaves_nothing_running(home: Path, launcher: subprocess.Popen[bytes]) -> None:
    processes = _servers_of(launcher)
    launcher.kill()
    gone, alive = psutil.wait_procs(processes, timeout=20)
    assert alive == []
    assert len(gone) >= 4  # a keeper and a server, twice
    with embedded.start(home):  # and the home is free again
        pass


def test_the_home_is_free_again_at_once_after_a_kill(home: Path, launcher: subprocess.Popen[bytes]) -> None:
    launcher.kill()
    launcher.wait()
    with embedded.start(home) as servers:
        assert servers.database_url


def test_a_keeper_that_is_killed_takes_its_server_along_on_linux(launcher: subprocess.Popen[bytes]) -> None:
    """Only Linux tells a child of its parent's death; elsewhere the next start finds the port taken and moves on."""
    processes = _servers_of(launcher) if sys.platform == "linux" else []
    for keeper in psutil.Process(launcher.pid).children() if processes else []:
        keeper.kill()
        processes.remove(keeper)  # the launcher has yet to bury it
    _, alive = psutil.wait_procs(processes, timeout=20)
    assert alive == []


def test_an_interrupt_at_the_terminal_reaches_the_launcher_first(launcher: subprocess.Popen[bytes]) -> None:
    """Ctrl-C goes to the terminal's whole process group; the servers are in none of the launcher's."""
    group = os.getpgid(launcher.pid)
    assert [process for process in _servers_of(launcher) if os.getpgid(process.pid) == group] == []
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(30) != 0


def test_a_taken_port_is_replaced(home: Path) -> None:
    with embedded.start(home) as first:
        pass
    port = int(first.redis_url.rsplit(":", 1)[1].split("/")[0])
    with socket.create_server(("127.0.0.1", port)), embedded.start(home) as second:
        assert second.database_url == first.database_url
        assert second.redis_url != first.redis_url


async def test_root_s_closed_folders_are_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home and an environment that `nobody` cannot enter; an ordinary user owns both and needs no other place."""
    private = tmp_path / "private"
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for parent in (tmp_path, *list(tmp_path.parents)[:-2]):
        if parent.stat().st_uid == os.geteuid() and parent != Path(tempfile.gettempdir()):
            parent.chmod(0o755)
    monkeypatch.setattr(embedded, "PRIVATE", private)
    enterable = embedded._can_enter
    monkeypatch.setattr(
        embedded, "_can_enter", lambda user, folder: "-packages/" not in str(folder) and enterable(user, folder)
    )
    with embedded.start(closed / "home") as first:
        assert await _ask(first.database_url, "SELECT 1") == 1
        running = _programs_below(psutil.Process())
    with embedded.start(closed / "home") as second:
        assert second == first
    if os.geteuid() == 0:
        assert len(list((private / "homes").rglob("postgresql.conf"))) == 1
        assert {path.name for path in running if private in path.parents} == {"postgres", "valkey-server"}
        assert sorted(path.name for path in (closed / "home").iterdir()) == ["lock", "servers.json"]
    else:
        assert (closed / "home" / "postgres" / "PG_VERSION").exists()
