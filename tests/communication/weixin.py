"""A WeChat of the test's own: a real HTTP server that keeps the published contract of `stable_token` and
`message/subscribe/send`, limits of fields included. JSON as text/plain, status 200 also for errors, as WeChat does."""

import json
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

APP_ID, SECRET = "wx1234567890abcdef", "f00dfacef00dfacef00dface"

# The limits as the platform's table of parameters gives them, written down apart from the code that keeps them
LIMITS = {
    "thing": r".{1,20}",
    "number": r"-?[0-9]{1,32}(\.[0-9]+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^0-9A-Za-z\u4e00-\u9fff\s]{1,5}",
    "character_string": r"[!-~]{1,32}",
    "time": r"([0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日 )?[0-9]{2}:[0-9]{2}",
    "date": r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日",
    "amount": r"[¥$€£]?-?[0-9]{1,10}(\.[0-9]{1,9})?元?",
    "phone_number": r"[0-9+\-]{1,17}",
    "car_number": r"\w{1,8}",
    "name": r"[^\x00-\x1f]{1,10}|[!-~ ]{1,20}",
    "phrase": r"[\u3400-\u4dbf\u4e00-\u9fff]{1,5}",
}


def takes(name: str, value: str) -> bool:
    """Whether the platform takes this value in this field; lengths are counted in UTF-16 units."""
    kind = re.sub(r"[0-9]+$", "", name)
    if kind not in LIMITS or any(ord(one) < 32 or 0xD800 <= ord(one) <= 0xDFFF for one in value):
        return False
    # one unit per character, for the pattern to count: whatever lies beyond the basic plane counts twice
    counted = "".join(one if ord(one) < 0x10000 else "\u2603\u2603" for one in value)
    if kind == "amount" and sum(one.isdigit() for one in value) > 10:
        return False
    return re.fullmatch(LIMITS[kind], counted, re.DOTALL) is not None


@dataclass
class Said:
    """A message that reached the phone."""

    open_id: str
    template_id: str
    data: dict[str, str]
    page: str | None
    lang: str


@dataclass
class State:
    """What WeChat knows, and how it is told to behave."""

    allowed: dict[tuple[str, str], int] = field(default_factory=dict)  # what the users really accepted
    sent: list[Said] = field(default_factory=list)
    tokens: list[tuple[str, float]] = field(default_factory=list)
    asked_for_tokens: list[bool] = field(default_factory=list)  # force_refresh, of each
    sends: int = 0
    expires_s: int = 7200
    token_takes_s: float = 0.0
    refuse_next: list[int] = field(default_factory=list)  # error codes for the next messages
    lose_answers: bool = False  # take the message, then close the connection
    hold: threading.Event | None = None  # take the message, then answer when this is set
    holding: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)


class Weixin(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = State()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def token(self, *, force: bool) -> dict[str, Any]:
        state = self.state
        time.sleep(state.token_takes_s)
        with state.lock:
            state.asked_for_tokens.append(force)
            now = time.monotonic()
            if force:
                state.tokens.clear()
            live = [(token, until) for token, until in state.tokens if until > now]
            if not live:
                live = [(f"TOKEN-{secrets.token_hex(20)}", now + state.expires_s)]
                state.tokens.append(live[0])
            return {"access_token": live[-1][0], "expires_in": int(live[-1][1] - now)}

    def take(self, token: str, said: dict[str, Any]) -> dict[str, Any]:
        state = self.state
        with state.lock:
            state.sends += 1
            found = [until for known, until in state.tokens if known == token]
            if not found:
                return {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest"}
            if found[0] <= time.monotonic():
                return {"errcode": 42001, "errmsg": "access_token expired"}
            if state.refuse_next:
                return {"errcode": state.refuse_next.pop(0), "errmsg": f"for {said['touser']}"}
            data = {name: one["value"] for name, one in said["data"].items()}
            for name, value in data.items():
                if not isinstance(value, str) or not takes(name, value):
                    return {"errcode": 47003, "errmsg": f"argument invalid! data.{name}.value invalid"}
            key = (said["touser"], said["template_id"])
            if state.allowed.get(key, 0) <= 0:
                return {"errcode": 43101, "errmsg": "user refuse to accept the msg"}
            state.allowed[key] -= 1
            state.sent.append(Said(*key, data, said.get("page"), said["lang"]))
            return {"errcode": 0, "errmsg": "ok", "msgid": len(state.sent)}


class Handler(BaseHTTPRequestHandler):
    server: Weixin

    def do_POST(self) -> None:
        url, state = urlsplit(self.path), self.server.state
        said = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if url.path == "/cgi-bin/stable_token":
            right = said["appid"] == APP_ID and said["secret"] == SECRET
            right = right and said["grant_type"] == "client_credential"
            answer = self.server.token(force=said.get("force_refresh", False)) if right else {"errcode": 40125}
        elif url.path == "/cgi-bin/message/subscribe/send":
            answer = self.server.take(parse_qs(url.query)["access_token"][0], said)
            if state.hold is not None:
                state.holding.set()
                state.hold.wait(60)
            if state.lose_answers:
                self.close_connection = True
                return
        else:
            answer = {"errcode": 40066, "errmsg": "invalid url"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def weixin() -> Iterator[Weixin]:
    """A WeChat that listens."""
    server = Weixin()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        if server.state.hold is not None:
            server.state.hold.set()
        server.shutdown()
        server.server_close()
