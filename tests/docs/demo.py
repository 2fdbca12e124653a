"""`tributary demo` for the documentation's tests: on a database of ours, beside a WeChat that knows who logs in."""

import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import CONTACT_KEYS
from tests.network.test_wechat import WeChatServer
from tests.schema.serving import free_port


class Demo:
    """`tributary demo` on a database of ours, and what it said until it was ready."""

    def __init__(self, database_url: str, redis_url: str, home: Path, we_chat_url: str) -> None:
        self.port = free_port()
        told = {name: value for name, value in os.environ.items() if not name.startswith("TRIBUTARY_")}
        self.environment = told | {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "TRIBUTARY_HOME": str(home),
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            "COLUMNS": "120",
            "TRIBUTARY_CONTACT_KEYS": CONTACT_KEYS,
            "TRIBUTARY_WECHAT_APP_ID": "wx1234",
            "TRIBUTARY_WECHAT_SECRET": "known to WeChat and us",
            "TRIBUTARY_WECHAT_API_URL": we_chat_url,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "app.cli", "demo"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        self.said = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Logs are in"):
                return
        raise AssertionError(self.said)

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def demo(database_url: str, redis_url: str) -> Iterator[Demo]:
    """A demo that is ready, with a home of its own."""
    with TemporaryDirectory(prefix="tributary-docs-") as home, we_chat() as address:
        started = Demo(database_url, redis_url, Path(home), address)
        try:
            started.wait_until_ready()
            yield started
        finally:
            started.close()


@contextmanager
def we_chat() -> Iterator[str]:
    """A WeChat that knows who logs in; its address."""
    server = WeChatServer()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.stop.set()
        server.shutdown()
        server.server_close()


def new_name() -> str:
    """The name of a new database."""
    return f"tributary_docs_{secrets.token_hex(5)}"
