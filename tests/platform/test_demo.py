"""`tributary demo` as a person meets it: ready, used again, and gone without a trace however it ends."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from app.tour.steps import STEPS


class Demo:
    """One `tributary demo` in a process group of its own, as a terminal would start it."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRIBUTARY_")}
        environment |= {"TRIBUTARY_HOME": str(home), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
        for name in ("DATABASE_URL", "DIRECT_DATABASE_URL", "REDIS_URL"):
            environment.pop(name, None)
        self.environment = environment
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "app.cli", "demo"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        self.said: list[str] = []

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith("Logins"):
                break
        assert f"Tributary is ready at http://127.0.0.1:{self.port}" in self.said, "\n".join(self.said)

    def command(self, *words: str) -> str:
        """What another command says that is asked in the same home; it must end well."""
        command = [sys.executable, "-P", "-m", "app.cli", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def everything(self) -> list[psutil.Process]:
        """The launcher and all that hangs on it, once API and worker are up."""
        launcher = psutil.Process(self.process.pid)
        for _ in range(200):
            found: list[psutil.Process] = [launcher, *launcher.children(recursive=True)]
            ours = [process for process in found if {"serve", "work"} & set(_command(process))]
            if len(ours) == 4:  # each with its keeper
                break
            threading.Event().wait(0.05)
        assert len(ours) == 4
        programs = " ".join(_command(process)[0] for process in found if _command(process))
        assert "/bin/postgres" in programs
        assert "/valkey-server" in programs
        return found

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def demo(home: Path) -> Iterator[Demo]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = Demo(home, port)
    yield started
    started.close()


def test_ctrl_c_leaves_nothing_running_and_the_next_start_finds_its_data_and_shows_the_tour(demo: Demo) -> None:
    demo.wait_until_ready()
    assert httpx.get(f"http://127.0.0.1:{demo.port}/health/ready", trust_env=False).status_code == 200
    assert "Migrated 0001_initial" in demo.said
    processes = demo.everything()
    os.killpg(demo.process.pid, signal.SIGINT)
    assert demo.process.wait(60) == 0
    assert [process for process in processes if process.is_running()] == []

    again = Demo(demo.home, demo.port)
    try:
        again.wait_until_ready()
        assert [line for line in again.said if line.startswith("Migrated")] == []
        see_the_whole_tour(again)
    finally:
        again.close()


def test_killing_the_launcher_leaves_nothing_running(demo: Demo) -> None:
    demo.wait_until_ready()
    processes = demo.everything()
    demo.process.kill()
    demo.process.wait(10)
    _, alive = psutil.wait_procs(processes, timeout=40)
    assert alive == []


def test_a_home_that_goes_away_ends_the_demo(demo: Demo) -> None:
    demo.wait_until_ready()
    processes = demo.everything()
    gone = demo.home.rename(demo.home.with_name(f"{demo.home.name}-gone"))
    assert demo.process.wait(60) == 0
    assert [process for process in processes if process.is_running()] == []
    gone.rename(demo.home)


def test_a_child_that_is_killed_comes_back(demo: Demo) -> None:
    demo.wait_until_ready()
    api = next(p for p in demo.everything() if _command(p)[-1:] == ["serve"] and "--" not in _command(p))
    api.kill()
    psutil.wait_procs([api], timeout=10)
    assert _answers_within(demo.port, seconds=30)


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = Demo(tmp_path / "home", port)
        said, _ = demo.process.communicate(timeout=60)
    assert demo.process.returncode == 1
    assert said == f"Error: Port {port} is taken. Choose another: PORT={port + 1} make demo\n"
    assert not (tmp_path / "home").exists()


def see_the_whole_tour(demo: Demo) -> None:
    """Every step of the tour is seen from outside, and leaves clean books."""
    seen = demo.command("tour", "--url", f"http://127.0.0.1:{demo.port}")
    for number, step in enumerate(STEPS, start=1):
        assert f"{number:>2}. {step.title}\n" in seen
    assert "WQ-500-1L 12 → 8 piece" in seen  # confirmed with a smaller quantity
    assert (
        "the buyer's phone: 顺丰速运已收取快件 → 快件到达佛山转运中心 → 快件正在派送途中" in seen
    )  # pushed in another order
    assert "to Shunmei it is GONE, to Yuecai OFFERED" in seen  # the lead that one dealer lets lapse
    assert "the channel manager hears: won, order SO-" in seen  # and the next turns into an order
    assert seen.splitlines()[-1].startswith("The whole main job, seen from outside, in ")
    assert demo.command("audit").startswith("Clean: ")


def _command(process: psutil.Process) -> list[str]:
    try:
        words: list[str] = process.cmdline()
    except psutil.NoSuchProcess:  # PostgreSQL's own helpers come and go
        return []
    return words


def _answers_within(port: int, seconds: float) -> bool:
    transport = httpx.HTTPTransport(retries=0)
    with httpx.Client(transport=transport, trust_env=False) as client:
        for _ in range(int(seconds * 20)):
            try:
                return client.get(f"http://127.0.0.1:{port}/health/ready", timeout=1).status_code == 200
            except httpx.TransportError:
                threading.Event().wait(0.05)
    return False
