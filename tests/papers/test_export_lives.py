"""The life of an export: workers that die in the middle, members that cancel, time that passes, orders that change."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from app import database as db
from app.kernel.clock import travel
from app.network.roles import Role
from app.papers.forget_exports import ROWS_KEPT, forget_exports
from app.papers.make_export import make_export
from app.papers.write_export import LEASE, MOST_ATTEMPTS, Attempt, begin_export
from app.settings import settings
from tests.api import Api
from tests.live.trade import until
from tests.ordering.market import Market, open_market
from tests.papers.exporting import CANCEL, EXPORT, START, asked, column, fetched, publish_everything, written
from tests.papers.reading import cells
from tests.worlds import Party, new_key
from workers.exports import write_what_waits

pytestmark = pytest.mark.usefixtures("database")

SOLD: dict[str, dict[str, Any]] = {"orders": {"side": "SELLING"}}


async def many_orders(market: Market, count: int) -> None:
    """Copies of one order, so that a list has several pages."""
    sku = await market.sku("PAINT", stock="100000")
    for _ in range(count):
        await market.place([(sku, "1")])


class Gate:
    """Holds the reading of a list at its first page until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()
        self.reads = 0
        real = db.rows

        async def rows(sql: str, *params: Any) -> Sequence[Any]:
            found = await real(sql, *params)
            if "ORDER BY o.id DESC LIMIT" in sql:
                self.reads += 1
                self.reached.set()
                await self.opened.wait()
            return found

        monkeypatch.setattr("app.papers.lists.orders.database.rows", rows)


async def begun() -> Attempt:
    attempt = await begin_export()
    assert attempt is not None
    return attempt


async def chunks() -> int:
    found = await db.row("SELECT count(*) AS n FROM export_chunk")
    assert found is not None
    return int(found["n"])


async def state(api: Api, party: Party, export: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await api.data(party, EXPORT, id=export["id"])
    return found


async def test_a_worker_that_is_gone_leaves_nothing_and_another_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    api, market = Api(), await open_market()
    await many_orders(market, 2)
    export = await asked(api, market.seller, SOLD)
    before, gate = await chunks(), Gate(monkeypatch)
    dead = await begun()
    writing = asyncio.create_task(make_export(dead))
    await gate.reached.wait()
    assert (await state(api, market.seller, export))["status"] == "RUNNING"
    assert await begin_export() is None  # its lease holds
    with travel(LEASE + timedelta(seconds=1)):
        living = await begun()
        assert (living.export_id, living.number) == (dead.export_id, 2)
        gate.opened.set()
        await make_export(living)
    await writing  # comes back late, finds that it is not its own any more, and stops
    done = await state(api, market.seller, export)
    assert (done["status"], done["rowsDone"]) == ("DONE", 2)
    file = await fetched(api, done)
    assert await chunks() == before + 1
    row = await db.row("SELECT digest, attempt FROM export_job WHERE id = $1::uuid", export["id"])
    assert row is not None
    assert tuple(row) == (hashlib.sha256(file).hexdigest(), 2)


async def test_a_worker_holds_what_takes_long_though_nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """As while a long file is closed: the lease is renewed, and nobody else begins."""
    api, market = Api(), await open_market()
    await many_orders(market, 1)
    export, gate = await asked(api, market.seller, SOLD), Gate(monkeypatch)
    monkeypatch.setattr("app.papers.make_export.STEP_S", 0.01)
    monkeypatch.setattr("app.papers.make_export.HOLD_S", 0.0)
    writing = asyncio.create_task(make_export(await begun()))
    await gate.reached.wait()

    async def lease() -> Any:
        row = await db.row("SELECT lease_until FROM export_job WHERE id = $1::uuid", export["id"])
        assert row is not None
        return row["lease_until"]

    first = await lease()

    async def is_renewed() -> bool:
        return bool(await lease() > first)

    await until(is_renewed)
    gate.opened.set()
    await writing
    assert (await state(api, market.seller, export))["status"] == "DONE"


async def test_a_worker_that_hangs_lets_go_and_another_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    api, market = Api(), await open_market()
    await many_orders(market, 1)
    export, gate = await asked(api, market.seller, SOLD), Gate(monkeypatch)
    with monkeypatch.context() as short:
        short.setattr("app.papers.make_export.LONGEST_S", 0.05)
        with pytest.raises(TimeoutError):
            await make_export(await begun())
    gate.opened.set()
    assert await write_what_waits() == 0
    with travel(LEASE + timedelta(seconds=1)):
        assert await write_what_waits() == 1
    assert (await state(api, market.seller, export))["status"] == "DONE"


async def test_a_worker_that_is_asked_to_stop_gives_it_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    api, market = Api(), await open_market()
    await many_orders(market, 1)
    export, gate = await asked(api, market.seller, SOLD), Gate(monkeypatch)
    writing = asyncio.create_task(make_export(await begun()))
    await gate.reached.wait()
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    assert (await state(api, market.seller, export))["status"] == "WAITING"
    gate.opened.set()
    assert await write_what_waits() == 1
    assert (await state(api, market.seller, export))["status"] == "DONE"


async def test_an_export_that_is_cancelled_while_it_is_written_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    api, market = Api(), await open_market()
    await many_orders(market, 1)
    export, before, gate = await asked(api, market.seller, SOLD), await chunks(), Gate(monkeypatch)
    writing = asyncio.create_task(make_export(await begun()))
    await gate.reached.wait()
    said = {"clientKey": new_key(), "exportId": export["id"]}
    for _ in range(2):  # the same request again
        cancelled = await api.data(market.seller, CANCEL, input=said)
        assert (cancelled["status"], cancelled["canCancel"], cancelled["url"]) == ("CANCELLED", False, None)
    assert await api.code(market.buyer, CANCEL, input={**said, "clientKey": new_key()}) == "NOT_FOUND"
    refused = await api.data(market.seller, CANCEL, input={**said, "clientKey": new_key()})
    assert refused["code"] == "MOVE_NOT_ALLOWED"
    gate.opened.set()
    await writing
    assert (await state(api, market.seller, export))["status"] == "CANCELLED"
    assert await chunks() == before
    assert await write_what_waits() == 0


async def test_a_file_is_one_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is placed while the file is written is in the next one."""
    api, market = Api(), await open_market()
    await many_orders(market, 3)
    export, gate = await asked(api, market.seller, SOLD), Gate(monkeypatch)
    monkeypatch.setattr("app.papers.lists.entry.PAGE", 2)
    writing = asyncio.create_task(make_export(await begun()))
    await gate.reached.wait()
    await db.rows("UPDATE sales_order SET remarks = 'changed' WHERE seller_id = $1", market.seller.company_id)
    gate.opened.set()
    await writing
    assert gate.reads == 2
    rows = cells(await fetched(api, await state(api, market.seller, export)))
    assert column(rows, "Notes") == [None] * 4
    again = await written(api, market.seller, SOLD)
    assert column(cells(await fetched(api, again)), "Notes")[:3] == ["changed"] * 3


async def test_rights_that_change_in_the_middle_begin_it_again_with_the_new_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api, market = Api(), await open_market()
    await many_orders(market, 1)
    clerk = await market.world.member(market.seller, [Role.ORDER_CLERK])
    export, gate = await asked(api, clerk, SOLD), Gate(monkeypatch)
    writing = asyncio.create_task(make_export(await begun()))
    await gate.reached.wait()
    await db.rows(
        "UPDATE membership SET roles = '{warehouse}', version = version + 1 WHERE id = $1", clerk.viewer.membership_id
    )
    gate.opened.set()
    await writing
    assert (await state(api, clerk, export))["status"] == "WAITING"
    await write_what_waits()
    rows = cells(await fetched(api, await state(api, clerk, export)))
    assert "Total" not in rows[0]


async def test_one_that_never_comes_to_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    api, market = Api(), await open_market()
    export = await asked(api, market.seller, SOLD)

    async def broken(*_: Any) -> int:
        raise RuntimeError("a bug")

    monkeypatch.setattr("app.papers.lists.orders.counted", broken)
    assert await write_what_waits() == MOST_ATTEMPTS
    found = await state(api, market.seller, export)
    assert (found["status"], found["problem"]["code"]) == ("FAILED", "GAVE_UP")
    assert found["problem"]["message"] == "It could not be written. Try it again."


async def test_what_is_too_long_or_too_large_fails_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    api, market = Api(), await open_market()
    await many_orders(market, 3)
    for limit, code in (({"export_most_rows": 2}, "TOO_MANY_ROWS"), ({"export_most_mb": 0}, "TOO_LARGE")):
        limited = settings().model_copy(update=limit)
        monkeypatch.setattr("app.papers.make_export.settings", lambda limited=limited: limited)
        found = await written(api, market.seller, SOLD)
        assert (found["status"], found["problem"]["code"], found["url"]) == ("FAILED", code, None)
    monkeypatch.setattr(
        "app.papers.make_export.settings", lambda: settings().model_copy(update={"export_most_rows": 3})
    )
    assert (await written(api, market.seller, SOLD))["status"] == "DONE"


async def test_a_file_is_kept_as_long_as_it_says() -> None:
    api, market = Api(), await open_market()
    await many_orders(market, 1)
    done = await written(api, market.seller, SOLD)
    waiting = await asked(api, market.seller, SOLD)
    kept, before = timedelta(hours=settings().export_hours), await chunks()
    with travel(kept - timedelta(minutes=1)):
        assert (await api.get(done["url"])).status_code == 200
    with travel(kept + timedelta(minutes=1)):
        assert (await api.get(done["url"])).status_code == 410
        row = await db.row("SELECT status FROM export_job WHERE id = $1::uuid", done["id"])
        assert row is not None
        assert row["status"] == "done"  # nobody has come by, and yet it is over
        assert await write_what_waits() == 0
        await forget_exports()
        assert await chunks() < before
        assert (await api.get(done["url"])).status_code == 410
    for one in (done, waiting):
        row = await db.row("SELECT status FROM export_job WHERE id = $1::uuid", one["id"])
        assert row is not None
        assert row["status"] == "expired"
    with travel(kept + ROWS_KEPT + timedelta(hours=1)):
        await forget_exports()
    assert await api.code(market.seller, EXPORT, id=done["id"]) == "NOT_FOUND"


async def test_the_same_request_is_one_export_and_three_at_once_are_the_most() -> None:
    api, market = Api(), await open_market()
    said = {"clientKey": new_key(), "of": SOLD}
    first, again = [await api.data(market.seller, START, input=said) for _ in range(2)]
    assert first["id"] == again["id"]
    other = await api.data(market.seller, START, input={**said, "of": {"stock": {}}})
    assert other["code"] == "KEY_REUSED"
    answers = await asyncio.gather(
        *(api.data(market.seller, START, input={"clientKey": new_key(), "of": SOLD}) for _ in range(6))
    )
    assert sorted(one["__typename"] for one in answers) == ["Export"] * 2 + ["TooManyExports"] * 4
    refused = next(one for one in answers if one["__typename"] == "TooManyExports")
    assert refused["most"] == 3
    assert await write_what_waits() == 3
    assert (await written(api, market.seller, SOLD))["status"] == "DONE"


async def test_many_workers_write_each_export_once() -> None:
    api, market = Api(), await open_market()
    await many_orders(market, 1)
    exports = [
        await asked(api, party, {"orders": {"side": side}})
        for party, side in ((market.seller, "SELLING"), (market.buyer, "BUYING"), (market.seller, "BUYING"))
    ]
    begun_by_each = await asyncio.gather(*(write_what_waits() for _ in range(5)))
    assert sum(begun_by_each) == 3
    rows = await db.rows(
        "SELECT status, attempt FROM export_job WHERE id = ANY($1::uuid[])", [e["id"] for e in exports]
    )
    assert [tuple(row) for row in rows] == [("done", 1)] * 3
    await publish_everything()


@pytest.fixture(autouse=True)
async def nothing_waits(database: str) -> AsyncIterator[None]:
    """Each test finds an empty queue."""
    yield
    await db.rows(
        "UPDATE export_job SET status = 'cancelled', lease_until = NULL WHERE status IN ('waiting', 'running')"
    )
