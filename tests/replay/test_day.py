"""One real day, 10 December 2010, which holds every trap of the data, is replayed on a running mall."""

import asyncio
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

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
    with mall(database, redis_url, tmp_path) as url:
        code, said, found = await replay(DAY, url, tmp_path)
        assert code == 0, said
        await until_published()
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


async def test_traps_of_other_months(database: str, redis_url: str, tmp_path: Path) -> None:
    """What this day lacks: prices below a penny, an order of nothing, an invoice of 1,114 lines, huge quantities."""
    file = tmp_path / "month.csv"
    lines = [
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        "1,PADS,PADS TO MATCH ALL CUSHIONS,1,2011-01-07 10:00:00,0.001,14000.0,Unspecified",
        "C2,PADS,PADS TO MATCH ALL CUSHIONS,-1,2011-01-07 10:01:00,0.001,14000.0,Unspecified",
        "3,23166,MEDIUM CERAMIC TOP STORAGE JAR,74215,2011-01-18 10:01:00,1.04,12346.0,United Kingdom",
        "C4,23166,MEDIUM CERAMIC TOP STORAGE JAR,-74215,2011-01-18 10:17:00,1.04,12346.0,United Kingdom",
        "A5,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,United Kingdom",
        "A6,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom",
        "7,22423,CAF\xc9 \xa3,3,2011-08-12 14:52:00,12.75,12346.0,RSA",
        "8,22423,?,-30,2011-08-12 14:53:00,12.75,,European Community",
        "9,22423,later in the file,2,2010-01-01 00:00:00,10.00,12346.0,RSA",
        *(f"10,C{n:05d},THING {n},{n % 3 + 1},2011-10-31 14:41:00,0.{n % 90 + 10},,EIRE" for n in range(1114)),
    ]
    file.write_text("\n".join(lines), encoding="latin-1")
    with mall(database, redis_url, tmp_path) as url:
        code, said, found = await replay(file, url, tmp_path)
        assert code == 0, said
        assert (found["orders"], found["lines"], found["cancelled_lines"]) == (7, 1119, 2)
        assert found["skipped"]["price_not_positive"] == {"rows": 1, "value": -11062.06}
        assert found["skipped"]["negative_without_c"] == {"rows": 1, "value": -382.5}
        with file.open("a", encoding="latin-1") as more:
            more.write("\n11,22423,MALFORMED,three,2011-11-01 10:00:00,12.75,,EIRE\n")
        code, said, found = await replay(file, url, tmp_path)
    assert code == 1
    assert found["complaints"] == [
        "row 1125 cannot be read: 'three' is not a number",
        "1 rows are not accounted for",
    ]


async def test_a_closed_mall_ends_the_replay_with_its_own_words(tmp_path: Path) -> None:
    code, said, _ = await replay(DAY, "http://127.0.0.1:9", tmp_path)
    assert code == 1
    assert "no answer from the mall" in said
    assert "Traceback" not in said


async def replay(file: Path, url: str, folder: Path) -> tuple[int | None, str, dict[str, Any]]:
    """Exit code, everything it printed, and the JSON it wrote."""
    out = folder / "out.json"
    command = ["-m", "bench.replay", str(file), "--url", url, "--concurrency", "4", "--json", str(out)]
    child = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await child.communicate()
    return child.returncode, said.decode()[-3000:], json.loads(out.read_text()) if out.exists() else {}


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
