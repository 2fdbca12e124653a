"""A child process that cannot outlive its starter, not even one killed with -9.

`Leashed([...])` starts the command under a tiny keeper process (this file, run as a script) that holds the reading
end of a pipe. When the starter closes the pipe, or dies in any way, the keeper sees the end of it, asks the child to
stop, and after a grace period kills the child's whole process group. On Linux the kernel stops the child if the keeper
is killed.
Uses the standard library only: the keeper starts in about 20 ms.
"""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO

PR_SET_PDEATHSIG = 1


class Leashed:
    """A running child on its leash. `stop()` asks it to end and waits; forgetting to call it is safe."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        output: IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        user: str = "",
        stop_signal: signal.Signals = signal.SIGTERM,
        grace: float = 10,
        keep: Sequence[int] = (),
    ) -> None:
        """Start `command` as `user` (empty: as we are), writing to `output` (None: to our own).

        `grace` is in seconds. `keep` are file descriptors the keeper holds until the child is gone, such as a lock.
        """
        self._grace = grace
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, user, str(int(stop_signal)), str(grace), "--", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            env=dict(environment) if environment is not None else None,
            pass_fds=tuple(keep),
            start_new_session=True,
        )

    @property
    def exit_code(self) -> int | None:
        """How the child ended; None while it runs."""
        return self._keeper.poll()

    def stop(self) -> None:
        """Ask the child to end, and wait until it has."""
        self.let_go()
        self._keeper.wait(self._grace + 10)

    def let_go(self) -> None:
        """Ask the child to end, and do not wait: several can be asked first and then waited for."""
        assert self._keeper.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._keeper.stdin.close()


def keep(user: str, stop_signal: signal.Signals, grace: float, command: Sequence[str]) -> int:
    """Run `command` until it ends or standard input does; its exit code (128 + signal if killed)."""
    for harmless in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(harmless, signal.SIG_IGN)
    keeper = os.getpid()

    def before_exec() -> None:
        for ordinary in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ordinary, signal.SIG_DFL)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop_signal))
            if os.getppid() != keeper:
                os._exit(1)

    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=before_exec,
        user=user or None,
        group=_group_of(user),
        extra_groups=[] if user else None,
        cwd="/" if user else None,
    )

    def stop_when_let_go() -> None:
        while os.read(0, 1):
            pass
        child.send_signal(stop_signal)
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

    threading.Thread(target=stop_when_let_go, daemon=True).start()
    code = child.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)  # what the child itself left behind
    return code if code >= 0 else 128 - code


def _group_of(user: str) -> int | None:
    if not user:
        return None
    return pwd.getpwnam(user).pw_gid


if __name__ == "__main__":
    user, number, grace = sys.argv[1:4]
    sys.exit(keep(user, signal.Signals(int(number)), float(grace), sys.argv[5:]))
