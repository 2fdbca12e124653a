"""Keeps child processes running: one that ends starts again, after a pause that grows while it keeps failing."""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from app.leash import Leashed

SHORTEST_PAUSE = 0.5  # seconds
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0  # a child that ran this long starts again without a pause
LOOK_EVERY = 0.2

Tell = Callable[[str], None]


class StopRequested(KeyboardInterrupt):
    """Somebody pressed Ctrl-C or sent SIGTERM: a wish, not an error, that no `except Exception` may swallow."""


@dataclass(slots=True)
class Supervised:
    """One child: what it is called, how it is started, and where it writes (None: where we do)."""

    name: str
    command: Sequence[str]
    log: Path | None = None
    _child: Leashed | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _pause: float = field(default=0.0, init=False)
    _next: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start the child now."""
        output: IO[bytes] | None = self.log.open("ab") if self.log else None
        try:
            self._child = Leashed(self.command, output=output)
        finally:
            if output is not None:
                output.close()
        self._started = time.monotonic()

    @property
    def exit_code(self) -> int | None:
        """How the child ended; None while it runs."""
        return self._child.exit_code if self._child is not None else None

    def look(self, tell: Tell) -> None:
        """Start the child again when it has ended and its pause is over."""
        now = time.monotonic()
        if self._child is not None and self.exit_code is not None:
            healthy = now - self._started > HEALTHY_AFTER
            self._pause = SHORTEST_PAUSE if healthy else min(max(self._pause * 2, SHORTEST_PAUSE), LONGEST_PAUSE)
            self._next = now + self._pause
            where = f"; see {self.log}" if self.log else ""
            tell(f"The {self.name} stopped (exit {self.exit_code}) and starts again in {self._pause:g} s{where}")
            self._child.stop()
            self._child = None
        elif self._child is None and now >= self._next:
            self.start()

    def let_go(self) -> None:
        """Ask the child to end, without waiting."""
        if self._child is not None:
            self._child.let_go()

    def stop(self) -> None:
        """Ask the child to end, and wait for it."""
        if self._child is not None:
            self._child.stop()


def supervise(children: Sequence[Supervised], tell: Tell, wanted: Callable[[], bool] = lambda: True) -> None:
    """Keep `children` running until SIGINT, SIGTERM or SIGHUP, or until they are not `wanted` any more; then stop them.

    Starts those not yet started.
    """
    try:
        with_signals()
        while wanted():
            for child in children:
                child.look(tell)
            time.sleep(LOOK_EVERY)
    except StopRequested:
        pass
    finally:
        for child in children:
            child.let_go()
        for child in children:
            child.stop()


def with_signals() -> None:
    """Turn SIGINT, SIGTERM and SIGHUP into `StopRequested`, once; further ones while stopping are ignored.

    Set even where the shell started us with SIGINT ignored, as it does for jobs in the background.
    """
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise StopRequested

    for each in signals:
        signal.signal(each, stop)
