"""A person at a phone: logs in, asks, acts, and hears events. Knows the public API and nothing else."""

import asyncio
import json
import secrets
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

    async def listen(self, after: str | None = None) -> "Ear":
        """Open a socket and follow everything the company may hear, from a cursor or from now."""
        ear = Ear(self)
        await ear.open(after)
        return ear


@dataclass(slots=True)
class Ear:
    """One subscription to `events` on one socket."""

    person: Person
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
        payload = {"query": documents.EVENTS, "variables": {"after": after}}
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
        """The event of this kind that says `what` of a number; fails when it does not come within ten seconds."""

        def match() -> dict[str, Any] | None:
            return next((one for one in self.heard if _says(one, kind, what, subject)), None)

        await self._until(match, f"{kind} {what} of {subject}")
        found = match()
        assert found is not None
        return found

    async def _until(self, seen: Any, wanted: str) -> None:
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
        said = (payload.get("data") or {}).get("events")
        if said is None:
            return
        if said["__typename"] == "EventEnvelope":
            self.heard.append({"cursor": said["cursor"], **said["event"]})
        else:
            self.cursor = said["cursor"]
        self._news.set()


def _says(event: dict[str, Any], kind: str, what: str, number: str) -> bool:
    document = event.get("order") or event.get("channelOrder") or event.get("shipment") or {}
    return event["__typename"] == kind and event.get("what") == what and document.get("number") == number


def _first(answer: dict[str, Any]) -> str:
    error = (answer.get("errors") or [{"message": ""}])[0]
    return f"{error.get('extensions', {}).get('code', '')} {error['message']}".strip()
