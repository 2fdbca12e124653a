"""Every dependency is pinned with hashes, and no lock names a registry, a host or a path of somebody's machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON_LOCKS = ["requirements.lock", "requirements-dev.lock"]
ADDRESS = re.compile(r"https?:|//|index-url|find-links|trusted-host|resolved|@ |/(home|root|tmp|opt|work|Users)/")


def _tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "--", pattern], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split()]


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / name).read_text().replace("\\\n", "")
    requirements = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert len(requirements) > 50
    assert [
        line[:60] for line in requirements if not re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ] == []


def test_no_lock_holds_an_address() -> None:
    locks = [ROOT / name for name in PYTHON_LOCKS] + _tracked("*package-lock.json")
    found = []
    for lock in locks:
        for number, line in enumerate(lock.read_text().splitlines(), 1):
            if ADDRESS.search(line.split("--hash")[0]) and '"url": "https://' not in line:
                found.append(f"{lock.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == []


def test_the_dev_lock_pins_the_same_versions() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: (version, dev.get(name)) for name, version in run.items() if dev.get(name) != version} == {}


def test_npm_writes_locks_without_addresses() -> None:
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text().split()
