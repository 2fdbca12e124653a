"""How sockets end: slow readers, expiry, revocation, failures of ours, shutdown."""

import asyncio
import json
import os
import re
import signal

from websockets.asyncio.client import connect

from tests.schema.serving import serving
from tests.schema.test_transport_frames import TRANSPORT_WS, closed_with, heard, opened, subscribe


def init(token: str) -> dict[str, object]:
    return {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}


FLOOD = "subscription{ticks(everyMs:0,size:20000){cursor text}}"


async def test_a_slow_reader_is_closed_with_1013_and_its_siblings_read_on() -> None:
    with serving(SMALL_PATIENCE="0.5") as server:
        async with opened(server) as patient:
            await patient.send(subscribe())
            async with connect(server.ws_url, subprotocols=TRANSPORT_WS, max_queue=1, max_size=None) as lazy:
                await lazy.send(json.dumps(init("good")))
                await lazy.send(subscribe(FLOOD))
                before = memory_kb(server.process.pid)
                await asyncio.sleep(2)  # does not read: the system's buffers fill, then the bounded one
                assert await closed_with(lazy) == 1013
                assert memory_kb(server.process.pid) - before < 40_000
            for _ in range(5):
                assert (await heard(patient))["type"] == "next"
        assert "Traceback" not in server.logged()


async def test_a_burst_larger_than_the_buffer_reaches_whoever_reads() -> None:
    with serving() as server:
        async with opened(server) as socket:
            await socket.send(subscribe("subscription{ticks(everyMs:0,size:2000,until:3000){cursor text}}"))
            cursors = [(await heard(socket))["payload"]["data"]["ticks"]["cursor"] for _ in range(3000)]
            assert cursors == [f"e{number}" for number in range(1, 3001)]
            assert await heard(socket) == {"id": "1", "type": "complete"}


async def test_a_reader_that_vanished_is_let_go() -> None:
    with serving(SMALL_PATIENCE="0.2") as server:
        for _ in range(20):
            socket = await connect(server.ws_url, subprotocols=TRANSPORT_WS, max_queue=1)
            await socket.send(json.dumps(init("good")))
            await socket.send(subscribe(FLOOD))
            assert await heard(socket) == {"type": "connection_ack"}
            socket.transport.abort()
        async with opened(server) as socket:
            await socket.send(subscribe("{hello}"))
            assert (await heard(socket))["type"] == "next"
        assert "Traceback" not in server.logged()


async def test_expiry_closes_with_4403() -> None:
    with serving() as server:
        async with opened(server, init("brief:1.5")) as socket:
            await socket.send(subscribe())
            assert await closed_with(socket) == 4403
        async with opened(server, None) as socket:
            await socket.send(json.dumps(init("brief:1.5")))
            assert await closed_with(socket) == 4401


async def test_revocation_closes_every_socket_of_the_session_with_4403() -> None:
    with serving() as server:
        async with opened(server, init("revocable:a")) as first, opened(server, init("revocable:b")) as other:
            await first.send(subscribe())
            await heard(first)
            await other.send(subscribe('mutation{revoke(name:"a")}', operation_id="m"))
            assert (await heard(other))["payload"] == {"data": {"revoke": True}}
            assert await closed_with(first) == 4403
            await other.send('{"type":"ping"}')
            assert (await heard(other))["type"] in ("complete", "pong")


async def test_a_socket_that_ends_no_longer_watches_its_session() -> None:
    with serving() as server:
        async with opened(server, init("revocable:c")):
            pass
        async with opened(server) as socket:
            await socket.send(subscribe('mutation{revoke(name:"c")}'))
            assert (await heard(socket))["payload"] == {"data": {"revoke": True}}
        assert "Traceback" not in server.logged()


async def test_a_session_store_that_is_away_asks_to_try_later() -> None:
    with serving() as server:
        async with opened(server, None) as socket:
            await socket.send(json.dumps(init("broken")))
            assert await closed_with(socket) == 1013
            assert socket.close_reason is not None
            trace_id = socket.close_reason.rsplit(" ", 1)[1]
        assert f"trace {trace_id}\nTraceback" in server.logged()


async def test_a_failure_in_a_subscription_is_masked_and_ends_it_alone() -> None:
    with serving() as server:
        async with opened(server) as socket:
            await socket.send(subscribe("subscription{breaks}"))
            assert (await heard(socket))["payload"] == {"data": {"breaks": "once"}}
            failed = await heard(socket)
            assert (failed["id"], failed["type"]) == ("1", "error")
            assert failed["payload"][0]["extensions"]["code"] == "INTERNAL"
            assert "hunter2" not in json.dumps(failed)
            await socket.send('{"type":"ping"}')
            assert await heard(socket) == {"type": "pong"}


async def test_text_that_is_no_utf8_ends_its_own_socket_only() -> None:
    with serving() as server:
        async with opened(server) as socket, opened(server) as other:
            await socket.send(b"\xff\xfe", text=True)
            assert await closed_with(socket) == 1007
            await other.send('{"type":"ping"}')
            assert await heard(other) == {"type": "pong"}
        assert "Traceback" not in server.logged()


async def test_shutdown_closes_with_1012() -> None:
    with serving() as server:
        async with opened(server) as busy, opened(server) as idle:
            await busy.send(subscribe())
            await heard(busy)
            server.process.send_signal(signal.SIGTERM)
            assert await closed_with(busy) == 1012
            assert await closed_with(idle) == 1012
        assert await asyncio.to_thread(server.process.wait, 20) in (0, -signal.SIGTERM)
        assert "Traceback" not in server.logged()


def memory_kb(pid: int) -> int:
    """Resident memory of a process."""
    if not os.path.exists(f"/proc/{pid}/status"):
        return 0
    with open(f"/proc/{pid}/status") as status:
        found = re.search(r"VmRSS:\s+(\d+) kB", status.read())
    return int(found[1]) if found else 0
