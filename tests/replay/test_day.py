"""One real day, 10 December 2010, which holds every trap of the data, is replayed on a running mall."""

import asyncio
import json
import sys
from decimal import Decimal
from pathlib import Path

from app import database as db
from bench.wholesale.plan import PlannedCancellation, PlannedOrder, is_service, plan
from bench.wholesale.rows import Row, read
from tests.replay.serving import ROOT, mall
from workers.invariants import audit

DAY = Path(__file__).with_name("online-retail-2010-12-10.csv")
PUBLISHED_SECONDS = 30
WAITING = "SELECT count(*) AS waiting FROM outbox"


def test_the_day_holds_every_trap() -> None:
    rows = [row for row in read(DAY) if isinstance(row, Row)]
    made = plan(rows)
    steps = [step for steps in made.steps.values() for step in steps]
    raw = DAY.read_text().splitlines()
    assert (len(rows), made.rows, made.unreadable) == (2758, 2758, [])
    assert sum(row.price <= 0 for row in rows) == 7
    assert sum(row.quantity < 0 and not row.cancels for row in rows) == 3
    assert sum(row.dealer.startswith("Counter sales") for row in rows) == 1309
    assert sum(not row.description for row in rows) == 6
    assert max(len(step.lines) for step in steps if isinstance(step, PlannedOrder)) == 607
    two_prices = [step for step in steps if isinstance(step, PlannedOrder) and step.part == 2]
    assert len(two_prices) == 2
    split = [take.row for step in steps if isinstance(step, PlannedCancellation) for take in step.takes]
    assert len(split) > len(set(split))
    assert {code for code in made.names if is_service(code)} == {"POST", "DOT", "M"}
    codes = {line.split(",")[1] for line in raw[1:]}
    assert len(codes) - len({code.upper() for code in codes}) == 7
    assert any(line.split(",")[2].endswith(" ") for line in raw)


async def test_the_mall_comes_to_the_file_to_the_penny(database: str, redis_url: str, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    with mall(database, redis_url, tmp_path) as url:
        command = ["-m", "bench.replay", str(DAY), "--url", url, "--concurrency", "4", "--json", str(out)]
        replay = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, complained = await replay.communicate()
        assert replay.returncode == 0, (said.decode()[-2000:], complained.decode()[-2000:])
        await until_published()
    found = json.loads(out.read_text())
    measured = ("orders_per_s", "p50_ms", "p99_ms", "seconds")
    assert all(found.pop(name) > 0 for name in measured)
    assert found == {
        "rows": 2758,
        "rows_applied": 2722,
        "applied_share": 0.989458,
        "orders": 79,
        "lines": 2681,
        "cancelled_lines": 43,
        "value_file": 57404.91,
        "value_mall": 57777.19,
        "skipped": {
            "price_not_positive": {"rows": 7, "value": 0.0},
            "negative_without_c": {"rows": 0, "value": 0.0},  # all three have no price either
            "cancels_no_open_line": {"rows": 29, "value": -372.28},
        },
        "rows_unaccounted": 0,
        "complaints": [],
    }
    assert await in_the_books() == Decimal(str(found["value_mall"]))
    assert await audit() == []


async def in_the_books() -> Decimal:
    """What the orders come to by their lines, in pounds: past the API and past the cached totals."""
    found = await db.row("SELECT sum(gross_minor - cancelled_minor) AS minor FROM sales_order_line")
    assert found is not None
    return Decimal(found["minor"]) / 100


async def until_published() -> None:
    """Wait for the worker to have told every fact."""
    async with asyncio.timeout(PUBLISHED_SECONDS):
        while (found := await db.row(WAITING)) and found["waiting"]:  # noqa: ASYNC110  another process publishes
            await asyncio.sleep(0.1)
