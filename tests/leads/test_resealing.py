"""The keys change: everything is sealed with the new one and found by it, and the old one can be thrown away."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app import database
from app.kernel.sealed import new_key_ring
from app.leads.reseal import keys_in_use, reseal, reseal_next
from app.settings import settings
from tests.leads.desk import Desk, open_desk

pytestmark = pytest.mark.usefixtures("database")

ROOT = Path(__file__).parents[2]
NEW = new_key_ring().replace("k1:", "new:")
CONTACT = {"name": "王小明", "phone": "138 0013 8000", "email": "wang@example.com", "note": "请来电"}
NOTES = "query($id: ID!) { lead(id: $id) { orderReference timeline { edges { node { what note } } } } }"


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Say which keys this process knows."""

    def change(keys: str) -> None:
        monkeypatch.setenv("TRIBUTARY_CONTACT_KEYS", keys)
        settings.cache_clear()

    settings.cache_clear()
    yield change
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
async def desk() -> Desk:
    await database.rows("TRUNCATE lead CASCADE")
    return await open_desk(dealers=1)


def old() -> str:
    return os.environ["TRIBUTARY_CONTACT_KEYS"]


async def told(desk: Desk, lead_id: str) -> Any:
    seen = await desk.data(desk.brand, NOTES, id=lead_id)
    notes = [edge["node"]["note"] for edge in seen["timeline"]["edges"] if edge["node"]["note"]]
    return (await desk.read(desk.brand, lead_id))["contact"], notes, seen["orderReference"]


async def won(desk: Desk) -> dict[str, Any]:
    lead = await desk.submit(**CONTACT)
    [dealer] = desk.dealers
    await desk.does(dealer, "acceptLead", leadId=lead["id"])
    await desk.does(dealer, "followLead", leadId=lead["id"], note="周末有空")
    await desk.does(dealer, "winLead", leadId=lead["id"], reference="合同 42")
    return lead


async def test_the_old_key_can_be_thrown_away(desk: Desk, ring: Callable[[str], None]) -> None:
    first = old()
    lead, other = await won(desk), await desk.submit(phone="13900139000", email=None)
    before = await told(desk, lead["id"])
    versions = await database.rows("SELECT id, version FROM lead ORDER BY id")
    ring(f"{NEW},{first}")
    done = await reseal()
    assert (done.leads, done.sealed, done.digests, done.notes, done.unopened) == (2, 2, 0, 1, [])
    assert await keys_in_use() == ["new"]
    assert await told(desk, lead["id"]) == before
    assert (await desk.submit(phone="13900139000"))["duplicateOfId"] == other["id"]

    ring(NEW)  # the old key is gone altogether
    assert await told(desk, lead["id"]) == before
    assert (await desk.submit(phone="13900139001", email="li@example.com"))["duplicateOfId"] is None
    done = await reseal()
    assert (done.leads, done.sealed, done.digests, done.notes, done.unopened) == (4, 0, 3, 0, [])
    assert (await desk.submit(phone="13900139000"))["duplicateOfId"] == other["id"]
    assert await told(desk, lead["id"]) == before
    again = await reseal()
    assert (again.sealed, again.digests, again.notes) == (0, 0, 0)
    known = await database.rows("SELECT id, version FROM lead ORDER BY id")
    changed = {row["id"]: row["version"] for row in known}
    assert changed[UUID(lead["id"])] == dict(map(tuple, versions))[UUID(lead["id"])]  # nothing was told of it


async def test_what_no_key_opens_stays_and_is_named(desk: Desk, ring: Callable[[str], None]) -> None:
    lead, first = await won(desk), old()
    ring(NEW)
    newer = await desk.submit()
    rows = await database.rows("SELECT l.id, l::text FROM lead l ORDER BY id")
    done = await reseal()
    assert (done.leads, done.sealed, done.digests, done.notes) == (2, 0, 0, 0)
    assert done.unopened == [UUID(lead["id"])]
    assert await database.rows("SELECT l.id, l::text FROM lead l ORDER BY id") == rows
    assert await keys_in_use() == ["new", first.partition(":")[0]]
    ring(f"{NEW},{first}")
    assert (await reseal()).unopened == []
    assert (await told(desk, newer["id"]))[0]["name"] == "王小明"


async def test_while_it_runs_leads_go_on(desk: Desk, ring: Callable[[str], None]) -> None:
    leads = [await desk.submit() for _ in range(12)]
    ring(f"{NEW},{old()}")
    [dealer] = desk.dealers

    async def walk() -> int:
        sealed, after = 0, UUID(int=0)
        while (part := await reseal_next(after=after, most=2)).last is not None:
            sealed, after = sealed + part.sealed, part.last
        return sealed

    walks, *_ = await asyncio.gather(
        asyncio.gather(walk(), walk()),
        *(desk.does(dealer, "acceptLead", leadId=one["id"]) for one in leads),
        *(desk.submit() for _ in range(6)),
    )
    assert sum(walks) == 12  # each once, whoever comes first
    assert await keys_in_use() == ["new"]
    assert {(await desk.read(dealer, one["id"]))["contact"]["isRevealed"] for one in leads} == {True}


async def test_history_is_changed_by_nothing_else(desk: Desk) -> None:
    lead = await won(desk)
    changes = (
        "UPDATE lead_event SET note = NULL WHERE lead_id = $1",
        "UPDATE lead_event SET note = 'x' WHERE lead_id = $1 AND note IS NULL",
        "UPDATE lead_event SET note = note, what = 'lost' WHERE lead_id = $1",
        "DELETE FROM lead_event WHERE lead_id = $1",
    )
    for change in ("UPDATE lead_event SET note = note WHERE lead_id = $1", *changes):
        with pytest.raises(Exception, match="append-only"):
            await database.rows(change, UUID(lead["id"]))
    async with database.pool().acquire() as connection:
        for change in changes:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("SELECT set_config('tributary.resealing', 'on', true)")
            with pytest.raises(Exception, match="append-only"):
                await connection.execute(change, UUID(lead["id"]))
            await transaction.rollback()


async def run(database_url: str, keys: str) -> tuple[int | None, str]:
    """The command as the keeper runs it: exit code and everything it printed."""
    told = {"DATABASE_URL": database_url, "TRIBUTARY_CONTACT_KEYS": keys, "TRIBUTARY_HOME": "no-such-home"}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", "reseal"),
        cwd=ROOT,
        env={**os.environ, **told},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await child.communicate()
    return child.returncode, said.decode()


async def test_the_command_says_what_it_did(desk: Desk, database: str) -> None:
    lead = await won(desk)
    assert await run(database, f"{NEW},{old()}") == (
        0,
        "1 leads: 1 sealed anew, 0 found by a new key; 1 notes sealed anew.\nSealed with: new.\n",
    )
    code, said = await run(database, old())
    assert (code, lead["id"] in said, NEW.partition(":")[2] in said) == (1, True, False)
    code, said = await run(database, "")
    assert (code, "TRIBUTARY_CONTACT_KEYS" in said) == (2, True)
