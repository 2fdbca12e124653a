"""/graphql over graphql-transport-ws, frame by frame, against real servers: every end is a close of its own code."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from app.commands.serve import ENGINE
from tests.schema.serving import Server, serving

TRANSPORT_WS = [Subprotocol("graphql-transport-ws")]
GOOD = {"type": "connection_init", "payload": {"authorization": "Bearer good"}}
TICKS = "subscription($after:Cursor){ticks(after:$after){cursor}}"


@pytest.fixture(scope="module", params=[ENGINE, "websockets-sansio"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serving(request.param, SMALL_INIT_TIMEOUT="3") as started:
        yield started
        assert "Traceback" not in started.logged()
        assert "Exception in ASGI" not in started.logged()


@asynccontextmanager
async def opened(server: Server, init: Any = GOOD) -> AsyncIterator[ClientConnection]:
    """A socket; initialised unless `init` is None."""
    async with connect(server.ws_url, subprotocols=TRANSPORT_WS, max_size=None, max_queue=None) as socket:
        if init is not None:
            await socket.send(json.dumps(init))
            assert await heard(socket) == {"type": "connection_ack"}
        yield socket


async def heard(socket: ClientConnection) -> Any:
    async with asyncio.timeout(10):
        return json.loads(await socket.recv())


async def closed_with(socket: ClientConnection) -> int | None:
    """The close code that the server sends, whatever it says before."""
    try:
        async with asyncio.timeout(10):
            while True:
                await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def subscribe(query: str = TICKS, operation_id: Any = "1", **payload: Any) -> str:
    return json.dumps({"type": "subscribe", "id": operation_id, "payload": {"query": query, **payload}})


DEEP = "[" * 200_000
MALFORMED: dict[str, str | bytes] = {
    "a list": "[]",
    "a text": '"x"',
    "null": "null",
    "a number": "1",
    "no JSON": "{",
    "nothing": "",
    "no type": "{}",
    "a type that is a list": '{"type":[]}',
    "a type that is an object": '{"type":{"a":1}}',
    "an unknown type": '{"type":"start"}',
    "an unknown type of the legacy protocol": '{"type":"stop","id":"1"}',
    "a list as payload": '{"type":"subscribe","id":"1","payload":[]}',
    "a text as payload": '{"type":"subscribe","id":"1","payload":"{hello}"}',
    "no payload": '{"type":"subscribe","id":"1"}',
    "a payload that is null": '{"type":"subscribe","id":"1","payload":null}',
    "no query": '{"type":"subscribe","id":"1","payload":{}}',
    "a query that is a list": subscribe([TICKS]),  # type: ignore[arg-type]
    "variables that are a list": subscribe(variables=[1]),
    "an operation name that is an object": subscribe(operationName={"a": 1}),
    "extensions that are a text": subscribe(extensions="x"),
    "a list as id": subscribe(operation_id=["1"]),
    "an object as id": subscribe(operation_id={"a": 1}),
    "a number as id": subscribe(operation_id=1),
    "an empty id": subscribe(operation_id=""),
    "an id of 1,000 characters": subscribe(operation_id="x" * 1000),
    "an id with a lone surrogate": subscribe(operation_id="\ud800"),
    "complete without id": '{"type":"complete"}',
    "complete with a list as id": '{"type":"complete","id":[]}',
    "ping with a list as payload": '{"type":"ping","payload":[]}',
    "pong with a text as payload": '{"type":"pong","payload":"x"}',
    "init with a list as payload": '{"type":"connection_init","payload":[1]}',
    "lists 200,000 deep": DEEP,
    "closed lists 200,000 deep": DEEP + "]" * 200_000,
    "deep variables": '{"type":"subscribe","id":"1","payload":{"query":"{hello}","variables":{"v":' + DEEP,
    "an integer of 5,000 digits": "9" * 5000,
    "such an integer inside": '{"type":"ping","payload":{"v":' + "9" * 5000 + "}}",
    "NaN": '{"type":"ping","payload":{"v":NaN}}',
    "a binary frame": b'{"type":"ping"}',
    "a binary frame that is no text": b"\xff\xfe\x00",
    "2 megabytes": '{"type":"ping","payload":{"v":"' + "x" * 2_000_000 + '"}}',
    "10 megabytes": '{"type":"ping","payload":{"v":"' + "x" * 10_000_000 + '"}}',
}


@pytest.mark.parametrize("ready", [False, True], ids=["before init", "after init"])
@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_frame_closes_with_4400(server: Server, name: str, ready: bool) -> None:
    async with opened(server, GOOD if ready else None) as socket:
        await socket.send(MALFORMED[name])
        assert await closed_with(socket) == 4400


async def test_only_the_current_protocol_is_spoken(server: Server) -> None:
    for offered in ([Subprotocol("graphql-ws")], None):
        async with connect(server.ws_url, subprotocols=offered) as socket:
            assert await closed_with(socket) == 4406
    both = [Subprotocol("graphql-ws"), *TRANSPORT_WS]
    async with connect(server.ws_url, subprotocols=both) as socket:
        assert socket.subprotocol == "graphql-transport-ws"
    with pytest.raises(InvalidStatus):
        async with connect(server.ws_url + "/elsewhere", subprotocols=TRANSPORT_WS):
            pass


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, 4401),
        (None, 4401),
        ({"authorization": "Bearer stolen"}, 4401),
        ({"authorization": ["Bearer good"]}, 4401),
        ({"authorization": "good"}, 4401),
        ({"authorization": "Bearer forbidden"}, 4403),
    ],
)
async def test_credentials_are_looked_at_when_connecting(server: Server, payload: Any, code: int) -> None:
    async with opened(server, None) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert await closed_with(socket) == code


async def test_nothing_may_be_asked_before_init(server: Server) -> None:
    async with opened(server, None) as socket:
        await socket.send(subscribe())
        assert await closed_with(socket) == 4401


async def test_init_must_come_in_time_and_once(server: Server) -> None:
    async with opened(server, None) as socket:
        assert await closed_with(socket) == 4408
    async with opened(server) as socket:
        await socket.send(json.dumps(GOOD))
        assert await closed_with(socket) == 4429


async def test_an_id_in_use_closes_with_4409(server: Server) -> None:
    async with opened(server) as socket:
        await socket.send(subscribe())
        await heard(socket)
        await socket.send(subscribe())
        assert await closed_with(socket) == 4409


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "SYNTAX_ERROR"),
        ("subscription{nothing}", "BAD_REQUEST"),
        ("subscription{ticks{cursor} breaks}", "BAD_REQUEST"),
        ("", "BAD_REQUEST"),
        ("query A{hello} query B{hello}", "BAD_REQUEST"),
        ("subscription{forbidden}", "FORBIDDEN"),
        ('mutation{a:note(input:{text:"a"}) b:note(input:{text:"b"})}', "TOO_MANY_MUTATIONS"),
        ('{hello(name:"\\u0000")}', "BAD_REQUEST"),
        ('{hello(name:"\x00")}', "BAD_REQUEST"),
        ('{hello(name:"\ud800")}', "BAD_REQUEST"),
        ("{" * 10_000, "SYNTAX_ERROR"),
    ],
)
async def test_a_mistake_in_one_operation_leaves_its_siblings_alone(server: Server, query: str, code: str) -> None:
    async with opened(server) as socket:
        await socket.send(subscribe(operation_id="sibling"))
        await heard(socket)
        for _ in range(2):  # a text that was seen before is answered the same
            await socket.send(subscribe(query, operation_id="mistaken"))
            while (message := await heard(socket))["id"] == "sibling":
                pass
            assert (message["id"], message["type"]) == ("mistaken", "error")
            assert message["payload"][0]["extensions"]["code"] == code
        for _ in range(5):
            assert (await heard(socket))["id"] == "sibling"


async def test_a_text_no_database_takes_is_named_by_its_field(server: Server) -> None:
    query = "mutation($input:NoteInput!){note(input:$input)}"
    async with opened(server) as socket:
        for text in ("a\x00", "a\ud800"):
            await socket.send(subscribe(query, variables={"input": {"text": text}}))
            message = await heard(socket)
            assert (message["type"], message["id"]) == ("error", "1")
            assert message["payload"][0]["extensions"]["field"] == "variables.input.text"


async def test_queries_and_mutations_work_too(server: Server) -> None:
    async with opened(server) as socket:
        await socket.send(subscribe('mutation{note(input:{text:"外墙 🎨"})}'))
        assert await heard(socket) == {"id": "1", "type": "next", "payload": {"data": {"note": "外墙 🎨"}}}
        assert await heard(socket) == {"id": "1", "type": "complete"}
        await socket.send('{"type":"ping"}')
        assert await heard(socket) == {"type": "pong"}


async def test_the_hundred_and_first_operation_is_refused(server: Server) -> None:
    async with opened(server) as socket:
        for number in range(100):
            await socket.send(subscribe("{slow(seconds:5)}", operation_id=f"n{number}"))
        await socket.send(subscribe(operation_id="one more"))
        message = await heard(socket)
        assert (message["type"], message["id"]) == ("error", "one more")
        assert message["payload"][0]["extensions"] == {"code": "TOO_MANY_OPERATIONS", "limit": 100}
        await socket.send('{"type":"complete","id":"n7"}')
        await socket.send(subscribe(operation_id="instead"))
        assert (await heard(socket))["id"] == "instead"


async def test_a_subscription_goes_on_from_its_cursor(server: Server) -> None:
    async with opened(server) as socket:
        await socket.send(subscribe(variables={"after": "e41"}))
        seen = [(await heard(socket))["payload"]["data"]["ticks"]["cursor"] for _ in range(3)]
        assert seen == ["e42", "e43", "e44"]
        await socket.send(subscribe(variables={"after": "44"}, operation_id="2"))
        while (message := await heard(socket))["id"] == "1":
            pass
        assert message["type"] == "error"
        assert "a cursor that this API gave out" in message["payload"][0]["message"]
