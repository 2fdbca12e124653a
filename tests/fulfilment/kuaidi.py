"""Kuaidi100 as its published contract describes it, for tests: pushes with real signatures, and a server to subscribe
at."""

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

from app.fulfilment.kuaidi100 import Kuaidi100
from app.settings import Settings, settings
from tests.schema.serving import free_port

SALT, KEY = "a salt that nobody guesses", "key-of-the-account"
BEIJING = timezone(timedelta(hours=8))
STATES = {
    "picked_up": ("1", "揽收", "103"),
    "in_transit": ("0", "在途", "1002"),
    "out_for_delivery": ("5", "派件", "5"),
    "arrived": ("3", "签收", "301"),
    "exception": ("2", "疑难", "206"),
    "returning": ("6", "退回", "6"),
    "returned": ("4", "退签", "401"),
}
History = Sequence[tuple[str, str, datetime]]
"""What happened: code, words, moment."""


def configured(url: str = "https://poll.kuaidi100.com", **more: str) -> Settings:
    """Settings with an account there."""
    told = {"public_url": "https://mall.test", "kuaidi100_key": KEY, "kuaidi100_salt": SALT, "kuaidi100_url": url}
    return settings().model_copy(update={"introspection": True, **told, **more})


def account(url: str = "https://poll.kuaidi100.com") -> Kuaidi100:
    """The account, to read what was pushed to it."""
    return Kuaidi100(KEY, (SALT,), url, "https://mall.test/webhooks/carriers/kuaidi100")


def param(company: str, number: str, history: History, **more: Any) -> str:
    """The JSON of a push: the whole history, newest first, in Beijing's time."""
    newest_first = sorted(history, key=lambda one: one[2], reverse=True)
    state = STATES[newest_first[0][0]][0] if newest_first else "0"
    data = [
        {
            "time": (moment := at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")),
            "ftime": moment,
            "context": words,
            "status": STATES[code][1],
            "statusCode": STATES[code][2],
            "areaCode": "CN440600000000",
            "areaName": "广东,佛山市",
        }
        for code, words, at in newest_first
    ]
    said: dict[str, Any] = {
        "status": "shutdown" if state == "3" else "polling",
        "billstatus": "got",
        "message": "",
        "autoCheck": "0",
        "comOld": "",
        "comNew": "",
        "lastResult": {
            "message": "ok",
            "nu": number,
            "ischeck": "1" if state == "3" else "0",
            "com": company,
            "status": "200",
            "state": state,
            "condition": "F00",
            "data": data,
        },
    }
    return json.dumps(said | more, ensure_ascii=False)


def sign(text: str, salt: str = SALT) -> str:
    return hashlib.md5((text + salt).encode()).hexdigest().upper()


def form(text: str, signature: str | None = None) -> bytes:
    """The body of a push."""
    return urlencode({"sign": sign(text) if signature is None else signature, "param": text}).encode()


FORM = {"content-type": "application/x-www-form-urlencoded"}


class Poll(ThreadingHTTPServer):
    """`POST /poll`: answers as `answers` says per number, one after the other, and 200 from then on."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", free_port()), Handler)
        self.asked: list[dict[str, Any]] = []
        self.answers: dict[str, list[tuple[int, str]]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Poll

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        asked = json.loads(body["param"][0])
        self.server.asked.append({"path": self.path, "schema": body["schema"], **asked})
        status, code = (self.server.answers.get(asked["number"]) or [(200, "200")]).pop(0)
        said = {"result": code == "200", "returnCode": code, "message": "提交成功" if code == "200" else "失败"}
        answer = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def polled() -> Iterator[Poll]:
    """A server to subscribe at."""
    server = Poll()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
