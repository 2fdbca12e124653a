"""The port to carriers: what a service that tells where parcels are must be able to do.

To connect another one, write a class with these members (`kuaidi100.py` is one) and name it in `connected.py`. Its
pushes then come in at `POST /webhooks/carriers/<name>`; nothing else in the mall knows that it exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.fulfilment.rules import TrackingSaid

if TYPE_CHECKING:
    import httpx


class PushRefused(Exception):
    """A push that is not stored. The text says why, without anything that was in the push."""


class NotSigned(PushRefused):
    """It is not signed by who may push."""


class Malformed(PushRefused):
    """It is signed, or nobody can tell, and cannot be read."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push says: of which parcel, and everything that happened to it. `ended`: why no more news will come."""

    carrier: str
    number: str
    events: tuple[TrackingSaid, ...]
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A parcel whose news are asked for. `phone` is its recipient's, for carriers that ask for it."""

    carrier: str
    number: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered when it was asked for news of a parcel. `again`: worth another try; `why` never holds a
    secret."""

    subscribed: bool
    again: bool = False
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service wants to hear about its push: a status and a JSON body."""

    status: int
    body: bytes


class Carrier(Protocol):
    """A service that tells where parcels are."""

    @property
    def name(self) -> str:
        """Its name in the address of its pushes."""

    def serves(self, carrier: str) -> bool:
        """It can be asked for news of this carrier's parcels."""

    def verify(self, body: bytes, content_type: str) -> str:
        """The message of a push that is signed by who may push, as JSON text. Raises PushRefused."""

    def read(self, message: str) -> Pushed:
        """What such a message says. Raises Malformed."""

    def acknowledge(self) -> Reply:
        """The push was stored: do not send it again."""

    def refuse(self, status: int, why: str) -> Reply:
        """The push was not stored."""

    async def subscribe(self, http: httpx.AsyncClient, asked: Asked) -> Answer:
        """Ask for the news of a parcel from now on; asking twice is harmless. Never raises."""
