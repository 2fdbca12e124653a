"""`tributary watch`: a company's events in the terminal, over the same socket as a phone's."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import click
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from app.settings import settings

LONGEST_PAUSE_S = 10.0
FOR_GOOD = (4400, 4406)  # our own mistakes: coming back would repeat them

LOG_IN = """
mutation LogIn($input: LogInInput!) {
  logIn(input: $input) {
    __typename
    ... on Session { accessToken refreshToken }
    ... on LogInRefused { message }
  }
}
"""
REFRESH = """
mutation Refresh($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    __typename
    ... on Session { accessToken refreshToken }
    ... on LogInRefused { message }
  }
}
"""
EVENTS = """
subscription Events($after: Cursor) {
  events(after: $after) {
    __typename
    ... on EventEnvelope {
      cursor
      at
      event {
        __typename
        ... on Change { what version }
        ... on OrderChanged { order { number status totals { gross { amount currency } } } }
        ... on ChannelOrderChanged { channelOrder { number status fulfilmentStatus } }
        ... on ShipmentProgressed { shipment { number status carrier trackingNumber } }
        ... on AccountChanged { relation { seller { name } buyer { name } } }
        ... on RelationChanged { relation { seller { name } buyer { name } status } }
        ... on MemberChanged { member { name status } }
        ... on ListingChanged { listing { sku { code } onSale } }
        ... on PricesChanged { priceList { code } }
        ... on StockChanged { stock { warehouse { code } sku { code } onHand } }
      }
    }
    ... on CaughtUp { cursor }
    ... on Resync { reason cursor }
  }
}
"""


class NotLoggedIn(click.ClickException):
    """The mall did not let us in."""


@click.command()
@click.option("--url", default=lambda: f"http://{settings().host}:{settings().port}", help="Where the mall is.")
@click.option("--login", required=True, help="E-mail address or phone number of a member.")
@click.option("--password", prompt=True, hide_input=True, help="Asked for when it is not given.")
@click.option("--after", default=None, help="A cursor: first replay what came after it. Default: from now.")
@click.option("--for", "seconds", type=float, default=None, help="Stop after so many seconds.")
def command(url: str, login: str, password: str, after: str | None, seconds: float | None) -> None:
    """Follow everything a company may hear. Comes back by itself and misses nothing. Stop with Ctrl-C."""
    try:
        asyncio.run(asyncio.wait_for(Watch(url, after).run(login, password), seconds))
    except (KeyboardInterrupt, TimeoutError):
        click.echo("Stopped.", err=True)


class Watch:
    """One follower: its tokens and its cursor outlive its sockets."""

    def __init__(self, url: str, after: str | None) -> None:
        self.url = url.rstrip("/")
        self.cursor = after
        self.tokens: dict[str, str] = {}

    async def run(self, login: str, password: str) -> None:
        """Log in, then follow until cancelled, with a new socket and a fresh token whenever one is lost."""
        await self._enter(LOG_IN, {"login": login, "password": password, "device": "tributary watch"})
        pause = 0.2
        while True:
            try:
                async with connect(_socket_url(self.url), subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
                    await self._follow(socket)
                    pause = 0.2
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else 1006
                if code in FOR_GOOD:
                    raise click.ClickException(f"the mall closed the socket: {code} {closed.reason}") from closed
                click.echo(f"-- connection lost ({code}), coming back", err=True)
            except (OSError, InvalidHandshake) as error:
                click.echo(f"-- not reachable ({error}), trying again", err=True)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            await self._enter(REFRESH, {"refreshToken": self.tokens["refreshToken"]})
        except httpx.HTTPError as error:
            click.echo(f"-- not reachable ({error}), trying again", err=True)

    async def _enter(self, document: str, said: dict[str, str]) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=20, trust_env=False) as client:
            answer = (await client.post("/graphql", json={"query": document, "variables": {"input": said}})).json()
        if answer.get("errors"):
            raise NotLoggedIn(answer["errors"][0]["message"])
        (result,) = answer["data"].values()
        if result["__typename"] != "Session":
            raise NotLoggedIn(result["message"])
        self.tokens = {"accessToken": result["accessToken"], "refreshToken": result["refreshToken"]}

    async def _follow(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": self._bearer}}))
        async for frame in socket:
            message = json.loads(frame)
            if message["type"] == "connection_ack":
                said = {"query": EVENTS, "variables": {"after": self.cursor}}
                await socket.send(json.dumps({"type": "subscribe", "id": "events", "payload": said}))
            elif message["type"] == "ping":
                await socket.send(json.dumps({"type": "pong"}))
            elif message["type"] == "next":
                self._show(message["payload"])
            elif message["type"] == "error":
                raise click.ClickException(message["payload"][0]["message"])
            elif message["type"] == "complete":
                return

    @property
    def _bearer(self) -> str:
        return f"Bearer {self.tokens['accessToken']}"

    def _show(self, payload: dict[str, Any]) -> None:
        for error in payload.get("errors") or ():
            click.echo(f"!! {error['message']}", err=True)
        said = (payload.get("data") or {}).get("events")
        if said is None:
            return
        if said["__typename"] == "Resync":
            click.echo(f"-- read afresh: {said['reason']}", err=True)
        elif said["__typename"] == "EventEnvelope":
            at = datetime.fromisoformat(said["at"]).astimezone()
            click.echo(f"{at:%H:%M:%S}  {said['cursor']:>10}  {_told(said['event'])}")
        self.cursor = said["cursor"]


def _told(event: dict[str, Any]) -> str:
    """One event in one line."""
    kind = event["__typename"]
    said = _SAY[kind](event) if kind in _SAY else kind  # a newer mall may tell more
    return f"{said} ({event['what']})"


def _order(event: dict[str, Any]) -> str:
    order, total = event["order"], event["order"]["totals"]["gross"]
    return f"order {order['number']}: {order['status']}, {total['amount']} {total['currency']}"


def _channel_order(event: dict[str, Any]) -> str:
    order = event["channelOrder"]
    return f"order below {order['number']}: {order['status']}"


def _shipment(event: dict[str, Any]) -> str:
    shipment = event["shipment"]
    carried = [part for part in (shipment["carrier"], shipment["trackingNumber"]) if part]
    return " ".join([f"shipment {shipment['number']}: {shipment['status']}", *carried])


def _parties(event: dict[str, Any]) -> str:
    return f"{event['relation']['buyer']['name']} with {event['relation']['seller']['name']}"


def _stock(event: dict[str, Any]) -> str:
    stock = event["stock"]
    return f"stock of {_code(stock['sku'])} in {_code(stock['warehouse'])}: {stock['onHand']}"


def _code(thing: dict[str, str] | None) -> str:
    return thing["code"] if thing else "?"


_SAY: dict[str, Callable[[dict[str, Any]], str]] = {
    "OrderChanged": _order,
    "ChannelOrderChanged": lambda said: (
        f"order below {said['channelOrder']['number']}: {said['channelOrder']['status']}"
    ),
    "ShipmentProgressed": _shipment,
    "AccountChanged": lambda said: f"account of {_parties(said)}",
    "RelationChanged": lambda said: f"relation of {_parties(said)}: {said['relation']['status']}",
    "MemberChanged": lambda said: f"member {said['member']['name']}: {said['member']['status']}",
    "ListingChanged": lambda said: f"listing of {_code(said['listing']['sku'])}",
    "PricesChanged": lambda said: f"price list {said['priceList']['code']}",
    "StockChanged": _stock,
}


def _socket_url(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme="wss" if parts.scheme == "https" else "ws", path="/graphql"))
