"""What is on the stack, every millisecond of processor time, by part of the program and by function.

    python -m bench.sampling FILE serve --port 8000

runs a command of the mall, and samples it from SIGUSR1 to SIGUSR2; then FILE has what was seen, as JSON.
"""

import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from app.cli import main as tributary

EVERY_S = 0.001
LONGEST = 70

PARTS = (
    ("app/pricing", "prices: reading and resolving"),
    ("app/storefront", "offers: composing SQL, reading rows"),
    ("app/ordering", "orders: reading rows"),
    ("app/network", "session: token and viewer"),
    ("jwt/", "session: token and viewer"),
    ("app/kernel/page", "cursors"),
    ("asyncpg", "database driver"),
    ("app/database", "database driver"),
    ("schema/execution", "execution, ours"),
    ("graphql/", "execution, graphql-core"),
    ("strawberry", "Strawberry"),
    ("schema/documents", "documents"),
    ("schema/limits", "documents"),
    ("schema/trusted", "documents"),
    ("schema/endpoint", "endpoint: body and answer"),
    ("schema/socket", "sockets"),
    ("schema/outbox", "sockets"),
    ("schema/operation", "sockets"),
    ("app/http/frames", "sockets"),
    ("uvicorn", "server"),
    ("wsproto", "server"),
    ("starlette", "endpoint: body and answer"),
    ("schema/live", "live: waking and replaying"),
    ("schema/audience", "live: audiences"),
    ("schema/question", "live: audiences"),
    ("schema/event", "live: objects of events"),
    ("app/kernel/event_log", "live: waking and replaying"),
    ("schema/", "objects of the schema"),
)
"""Part of a path -> part of the program; the innermost frame that is named here gets the sample."""


class Samples:
    """Counted stacks, and the processor time in which they were counted."""

    def __init__(self) -> None:
        self.parts: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()
        self.spent_s = 0.0
        self._since = 0.0

    def start(self) -> None:
        """Count from here on."""
        signal.signal(signal.SIGPROF, self._take)
        self._since = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)

    def stop(self) -> None:
        """Count no more."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        self.spent_s += time.process_time() - self._since if self._since else 0.0

    def _take(self, _: int, frame: FrameType | None) -> None:
        part, where = "the rest", ""
        while frame is not None:
            name = frame.f_code.co_filename
            found = next((named for path, named in PARTS if path in name), None)
            if not where and (found or "site-packages" not in name):
                where = f"{'/'.join(Path(name).parts[-2:])} {frame.f_code.co_qualname}"[:LONGEST]
            if found is not None:
                part = found
                break
            frame = frame.f_back
        self.parts[part] += 1
        self.functions[where] += 1

    @classmethod
    def read(cls, path: Path) -> "Samples":
        """What another process has counted."""
        said, samples = json.loads(path.read_text(encoding="utf-8")), cls()
        samples.parts, samples.functions = Counter(said["parts"]), Counter(said["functions"])
        samples.spent_s = said["spent_s"]
        return samples

    def write(self, path: Path) -> None:
        said = {"parts": self.parts, "functions": self.functions, "spent_s": self.spent_s}
        new = path.with_suffix(".new")
        new.write_text(json.dumps(said), encoding="utf-8")
        new.rename(path)


def main() -> None:
    """Run a command of the mall under samples."""
    samples, path = Samples(), Path(sys.argv[1])

    def end(*_: object) -> None:
        samples.stop()
        samples.write(path)

    signal.signal(signal.SIGUSR1, lambda *_: samples.start())
    signal.signal(signal.SIGUSR2, end)
    tributary(sys.argv[2:])


if __name__ == "__main__":
    main()
