"""Children on a leash end with their starter, are asked before they are killed, and start again when they fall."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from app.leash import Leashed
from app.supervise import Supervised

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
WITH_CHILD = (
    "import subprocess, sys, time; "
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True); time.sleep(600)"
)


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _wait_for(log: Path, text: str = "\n") -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if text in (said := log.read_text()):
            return said
        time.sleep(0.02)
    raise AssertionError(f"{text!r} is not in the log: {log.read_text()!r}")


def _leashed(code: str, log: Path, grace: float = 10) -> Leashed:
    with log.open("ab") as output:
        return Leashed(_python(code), output=output, grace=grace)


def test_the_child_s_exit_code_is_the_leash_s(tmp_path: Path) -> None:
    child = _leashed("raise SystemExit(7)", tmp_path / "log")
    child._keeper.wait(20)
    assert child.exit_code == 7
    child.stop()


def test_a_child_is_asked_to_stop_and_may_finish(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = _leashed(
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(print('tidy')))\n"
        "print('up', flush=True)\nsignal.pause()",
        log,
    )
    _wait_for(log, "up\n")
    child.stop()
    assert child.exit_code == 0
    assert log.read_text() == "up\ntidy\n"


def test_a_child_that_does_not_listen_is_killed_after_the_grace_period(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = _leashed(STUBBORN, log, grace=0.3)
    _wait_for(log)
    child.stop()
    assert child.exit_code == 128 + signal.SIGKILL


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = _leashed(WITH_CHILD, log)
    grandchild = psutil.Process(int(_wait_for(log)))
    child.stop()
    _, alive = psutil.wait_procs([grandchild], timeout=20)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_starter_that_ends_in_any_way_takes_its_children_along(tmp_path: Path, how: signal.Signals) -> None:
    code = (
        "import sys, time\nfrom app.leash import Leashed\n"
        "child = Leashed([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('up', flush=True)\ntime.sleep(600)"
    )
    starter = subprocess.Popen(_python(code), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert starter.stdout is not None
    with starter.stdout:
        assert starter.stdout.readline() == b"up\n"
        keeper = psutil.Process(starter.pid).children()[0]
        while not (children := keeper.children()):  # the keeper forks a moment later
            time.sleep(0.01)
        starter.send_signal(how)
        starter.wait(20)
        _, alive = psutil.wait_procs([keeper, *children], timeout=20)
        assert alive == []


def test_a_child_that_falls_starts_again_after_a_growing_pause(tmp_path: Path) -> None:
    log = tmp_path / "log"
    said: list[str] = []
    child = Supervised("worker", _python("print('fell', flush=True); raise SystemExit(3)"), log)
    child.start()
    while len(said) < 3:
        child.look(said.append)
        time.sleep(0.01)
    child.stop()
    assert said == [
        f"The worker stopped (exit 3) and starts again in {pause} s; see {log}" for pause in ("0.5", "1", "2")
    ]
    assert log.read_text() == "fell\n" * 3
