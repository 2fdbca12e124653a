"""A reader of one page, who does against the demo what it says, from top to bottom."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
from graphql import OperationDefinitionNode, OperationType, parse
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.demo.story import PASSWORD
from tests.docs.demo import Demo
from tests.docs.markdown import ROOT, Block
from tests.docs.masks import Bound, differences, filled, fits, laid_out, masked
from tests.schema.serving import NODE, install_packages, tool

SHOWN = "127.0.0.1:8000"  # where pages say that the mall is
BY_THE_TESTS = {"make demo", "make test", "make check"}  # the demo runs already, the tests run now
WAIT_S = 20.0
LOG_IN = """
mutation ($input: LogInInput!) {
  logIn(input: $input) { ... on Session { accessToken } ... on LogInRefused { message } }
}
"""


class Terminal:
    """A command that runs beside the page."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said: list[str] = []
        self.taken = 0
        self.reading = threading.Thread(target=self._read, daemon=True)
        self.reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)
        self.reading.join(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


class Play:
    """A reader who does what one page says. With `write` the shown answers are replaced by the real ones."""

    def __init__(self, running: Demo, folder: Path, write: bool = False) -> None:
        self.demo, self.folder, self.write = running, folder, write
        self.bound: Bound = {}
        self.tokens: dict[str, str] = {}
        self.asked: tuple[str, str, dict[str, Any]] | None = None
        self.answer: Any = None
        self.printed: str | None = None
        self.files: dict[str, str] = {}
        self.terminal: Terminal | None = None
        self.socket: ClientConnection | None = None
        self.closing = ExitStack()
        for entry in ROOT.iterdir():
            if entry.name != ".venv":
                (folder / entry.name).symlink_to(entry)
        (folder / ".venv").symlink_to(sys.prefix)

    def close(self) -> None:
        self.closing.close()

    # --- blocks -----------------------------------------------------------------------------------------------------

    def take(self, block: Block) -> None:
        """Do what a block says, or compare what it shows. AssertionError where the page is wrong."""
        if not (block.language == "json" and block.info == "variables"):
            self.ask()
        match block.language, block.info:
            case "sh", "terminal":
                self.start(block)
            case "sh", _:
                self.run(block)
            case "text", "terminal":
                self.compare_terminal(block)
            case "text", _:
                self.compare_text(block, self.printed)
            case "graphql", login:
                self.asked = (login, block.text, {})
            case "json", "variables":
                assert self.asked is not None
                self.asked = (*self.asked[:2], json.loads(block.text))
            case "json", "answer":
                self.compare(block, self.answer)
            case "json", "heard":
                self.compare(block, self.hear())
            case "csv" | "js" as language, info:
                name, *as_a_page = info.split()
                self.keep(language, name, block)
                if as_a_page:
                    self.open_page(name, as_a_page[-1])
            case "", _:
                pass  # a drawing
            case language, _:
                raise AssertionError(f"nobody knows what to do with a block of {language}")

    def done(self) -> None:
        """The end of the page."""
        self.ask()

    # --- commands ---------------------------------------------------------------------------------------------------

    def run(self, block: Block) -> None:
        if block.text.strip() in BY_THE_TESTS:
            self.printed = self.demo.said if block.text.strip() == "make demo" else None
            return
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.command(block)],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        expected = 1 if "exit code 1" in block.info else 0
        assert done.returncode == expected, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        self.printed = done.stdout

    def start(self, block: Block) -> None:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {self.command(block)}"],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        self.terminal = Terminal(process)
        self.closing.callback(self.terminal.close)

    def command(self, block: Block) -> str:
        text: str = filled(block.text, self.bound)
        return text.replace(SHOWN, f"127.0.0.1:{self.demo.port}")

    def environment(self) -> dict[str, str]:
        path = f"{Path(tool('node')).parent}:{os.environ['PATH']}"
        if shutil.which("curl") is None:
            stand_in = self.folder / "curl"
            if not stand_in.exists():
                script = shlex.quote(str(Path(__file__).with_name("curl.py")))
                stand_in.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {script} "$@"\n')
                stand_in.chmod(0o755)
            path = f"{self.folder}:{path}"
        return self.demo.environment | {"PATH": path}

    # --- questions --------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Send the document that waits for its variables."""
        if self.asked is None:
            return
        login, document, variables = self.asked
        self.asked = None
        said = {"query": document, "variables": filled(variables, self.bound)}
        if _is_subscription(document):
            self.subscribe(login, said)
            return
        headers = {} if login == "nobody" else {"authorization": f"Bearer {self.token(login)}"}
        response = httpx.post(self.demo.url, json=said, headers=headers, trust_env=False, timeout=30)
        self.answer = response.json()

    def token(self, login: str) -> str:
        if login not in self.tokens:
            said = {"query": LOG_IN, "variables": {"input": {"login": login, "password": PASSWORD}}}
            answer = httpx.post(self.demo.url, json=said, trust_env=False, timeout=30).json()
            self.tokens[login] = answer["data"]["logIn"]["accessToken"]
        return self.tokens[login]

    def subscribe(self, login: str, said: dict[str, Any]) -> None:
        url = self.demo.url.replace("http", "ws", 1)
        self.socket = self.closing.enter_context(connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]))
        self.say("connection_init", payload={"authorization": f"Bearer {self.token(login)}"})
        assert json.loads(self.socket.recv(WAIT_S))["type"] == "connection_ack"
        self.say("subscribe", id="1", payload=said)

    def say(self, kind: str, **more: Any) -> None:
        assert self.socket is not None
        self.socket.send(json.dumps({"type": kind, **more}))

    def hear(self) -> Any:
        """The next message of the subscription."""
        assert self.socket is not None, "nobody has subscribed"
        while True:
            message = json.loads(self.socket.recv(WAIT_S))
            if message["type"] == "ping":
                self.say("pong")
            elif message["type"] == "next":
                return message["payload"]
            else:
                raise AssertionError(f"heard {message}")

    # --- comparing --------------------------------------------------------------------------------------------------

    def compare(self, block: Block, real: Any) -> None:
        shown = json.loads(block.text) if block.text.strip() else {}
        wrong = differences(shown, real, dict(self.bound))
        if wrong and self.write:
            text = laid_out(masked(real, shown, self.bound))
            block.lines[:] = text.splitlines()
            shown, wrong = json.loads(text), []
        assert not wrong, "\n".join(wrong)
        assert not differences(shown, real, self.bound)

    def compare_text(self, block: Block, real: str | None) -> None:
        assert real is not None, "there is no output to compare with"
        text = real.replace(f"127.0.0.1:{self.demo.port}", SHOWN).replace("\ufeff", "")
        if self.write and not fits(block.text, text, dict(self.bound)):
            block.lines[:] = text.rstrip().splitlines()
        assert fits(block.text, text, self.bound), f"it says:\n{text}"

    def compare_terminal(self, block: Block) -> None:
        terminal = self.terminal
        assert terminal is not None, "no terminal was opened"
        count = len(block.lines)
        if self.write and not count:
            time.sleep(4)
            count = len(terminal.said) - terminal.taken
        deadline = time.monotonic() + WAIT_S
        while len(terminal.said) < terminal.taken + count and time.monotonic() < deadline:
            time.sleep(0.02)
        heard = terminal.said[terminal.taken : terminal.taken + count]
        terminal.taken += count
        self.compare_text(block, "".join(heard))

    # --- files ------------------------------------------------------------------------------------------------------

    def open_page(self, name: str, lines: str) -> None:
        """Open a page of a mini-program, with `wx` as far as it needs it, and wait until it has said so many lines."""
        options = {"invitation": self.bound["<invitation code>"], "cursor": self.bound["<event cursor>"]}
        done = subprocess.run(
            [tool("node"), "-r", Path(__file__).with_name("wx.cjs"), name],
            cwd=self.folder,
            env=self.environment() | {"OPTIONS": json.dumps(options), "LINES": lines},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        self.printed = done.stdout

    def keep(self, language: str, name: str, block: Block) -> None:
        assert name, "a file needs a name"
        text = block.text + "\n"
        if language == "js":
            text = text.replace(SHOWN, f"127.0.0.1:{self.demo.port}")
            install_packages()
            modules = self.folder / "node_modules"
            if not modules.exists():
                modules.symlink_to(NODE / "node_modules")
        (self.folder / name).write_text(text, encoding="utf-8")


def _is_subscription(document: str) -> bool:
    operations = [one for one in parse(document).definitions if isinstance(one, OperationDefinitionNode)]
    return any(one.operation is OperationType.SUBSCRIPTION for one in operations)
