"""A person at a phone: logs in, asks, acts, and hears events. Knows the public API and nothing else."""

import asyncio
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.tour import documents

HEARD_WITHIN_S = 10.0


class TourFailed(Exception):
    """A step's effect was not seen from outside."""


def expect(holds: object, otherwise: str) -> None:
    """Fail the step unless what it claims was seen."""
    if not holds:
        raise TourFailed(otherwise)


def new_key() -> str:
    """A client key: the same key and input gets the same answer, so a lost answer may be asked for again."""
    return f"tour-{secrets.token_hex(8)}"


@dataclass(slots=True)
class Person:
    """Somebody logged in, acting for a company."""

    url: str
    login: str
    http: httpx.AsyncClient
    company: str = ""
    company_id: str = ""
    token: str = ""

    @classmethod
    async def log_in(cls, url: str, http: httpx.AsyncClient, login: str, password: str) -> "Person":
        """Log in by password, and look who we are."""
        person = cls(url, login, http)
        said = await person.act(documents.LOG_IN, {"login": login, "password": password, "device": "tour"})
        expect(said["__typename"] == "Session", f"{login} could not log in: {said.get('message')}")
        person.token = said["accessToken"]
        viewer = (await person.ask(documents.VIEWER))["viewer"]
        person.company, person.company_id = viewer["company"]["name"], viewer["company"]["id"]
        return person

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """Run a query; an error fails the step."""
        answer = await self.answer(document, **variables)
        expect(not answer.get("errors"), f"{self.login}: {_first(answer)}")
        found: dict[str, Any] = answer["data"]
        return found

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors included."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        response = await self.http.post("/graphql", json={"query": document, "variables": variables}, headers=headers)
        expect(response.status_code < 500, f"{self.login}: HTTP {response.status_code}")
        said: dict[str, Any] = response.json()
        return said

    async def act(self, document: str, said: dict[str, Any]) -> dict[str, Any]:
        """Run a mutation with one root field; returns its result, a refusal included."""
        data = await self.ask(document, input=said)
        (result,) = data.values()
        expect(result is not None, f"{self.login}: no answer")
        answered: dict[str, Any] = result
        return answered

    async def fetch(self, link: str) -> bytes:
        """The file behind a link. No credentials go with it: the link is the right to fetch."""
        response = await self.http.get(link)
        expect(response.status_code == 200, f"{self.login}: the link answers {response.status_code}")
        return response.content

    async def listen(self, after: str | None = None, document: str = documents.EVENTS, **variables: Any) -> "Ear":
        """Open a socket and follow a subscription, from a cursor or from now; without one, everything there is."""
        ear = Ear(self, document, variables)
        await ear.open(after)
        return ear


@dataclass(slots=True)
class Ear:
    """One subscription on one socket."""

    person: Person
    document: str
    variables: dict[str, Any]
    cursor: str | None = None
    heard: list[dict[str, Any]] = field(default_factory=list)
    _socket: ClientConnection | None = None
    _reading: asyncio.Task[None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, after: str | None) -> None:
        """Connect, subscribe, and wait until everything missed has been replayed."""
        parts = urlsplit(self.person.url)
        address = urlunsplit(parts._replace(scheme="wss" if parts.scheme == "https" else "ws", path="/graphql"))
        self._socket = await connect(address, subprotocols=[Subprotocol("graphql-transport-ws")])
        await self._say({"type": "connection_init", "payload": {"authorization": f"Bearer {self.person.token}"}})
        acknowledged = json.loads(await self._socket.recv())
        expect(acknowledged["type"] == "connection_ack", f"the socket was not accepted: {acknowledged}")
        payload = {"query": self.document, "variables": {**self.variables, "after": after}}
        await self._say({"type": "subscribe", "id": "events", "payload": payload})
        self.cursor = None
        self._reading = asyncio.create_task(self._read())
        await self._until(lambda: self.cursor is not None, "the socket to catch up")

    async def close(self) -> None:
        """Hang up, as a phone does that goes to sleep."""
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        if self._socket is not None:
            await self._socket.close()

    async def until(self, kind: str, what: str, subject: str) -> dict[str, Any]:
        """The event of this kind that says `what` of a number or an id."""
        return await self.hears(f"{kind} {what} of {subject}", lambda one: _says(one, kind, what, subject))

    async def hears(self, wanted: str, match: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The first message like that; fails when none comes within ten seconds."""
        found: list[dict[str, Any]] = []

        def seen() -> bool:
            found[:] = [one for one in self.heard if match(one)][:1]
            return bool(found)

        await self._until(seen, wanted)
        return found[0]

    async def _until(self, seen: Callable[[], bool], wanted: str) -> None:
        try:
            async with asyncio.timeout(HEARD_WITHIN_S):
                while not seen():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TourFailed(f"{self.person.login} waited for {wanted} and heard nothing") from None

    async def _say(self, message: dict[str, Any]) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(message))

    async def _read(self) -> None:
        assert self._socket is not None
        with suppress(ConnectionClosed):
            async for frame in self._socket:
                message = json.loads(frame)
                if message["type"] == "ping":
                    await self._say({"type": "pong"})
                elif message["type"] == "next":
                    self._take(message["payload"])
                elif message["type"] == "error":
                    raise TourFailed(f"the subscription was refused: {message['payload'][0]['message']}")

    def _take(self, payload: dict[str, Any]) -> None:
        (said,) = (payload.get("data") or {"": None}).values()
        if said is None:
            return
        if said["__typename"] in ("CaughtUp", "Resync"):
            self.cursor = said["cursor"]
        else:
            self.heard.append({"cursor": said["cursor"], **said.get("event", said)})
        self._news.set()


def _says(event: dict[str, Any], kind: str, what: str, subject: str) -> bool:
    about = event.get("order") or event.get("channelOrder") or event.get("shipment") or event.get("lead") or {}
    is_it = subject in (about.get("number"), about.get("id"))
    return event["__typename"] == kind and event.get("what") == what and is_it


def _first(answer: dict[str, Any]) -> str:
    error = (answer.get("errors") or [{"message": ""}])[0]
    return f"{error.get('extensions', {}).get('code', '')} {error['message']}".strip()
