"""`tributary audit`: exit 0 only when all is clean; findings name the row, in words or as JSON."""

import json
import subprocess

import pytest

from app import database as db
from tests.live.processes import Running, tributary
from tests.live.trade import change, orders, publish_everything
from tests.ordering_lifecycle.orders import Shop, open_shop
from workers.invariants import CHECKS

pytestmark = pytest.mark.unaudited


def audit(database: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        tributary("audit", *options),
        env=Running([], DATABASE_URL=database, COLUMNS="200").environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
async def shop(database: str) -> Shop:
    shop = await open_shop()
    for order_id in await orders(shop, 3):
        await change(shop, order_id)
    await publish_everything()
    return shop


async def test_clean_is_exit_0(database: str, shop: Shop) -> None:
    said = audit(database)
    assert (said.returncode, said.stdout) == (0, f"Clean: {len(CHECKS)} invariants hold.\n")
    as_json = audit(database, "--json")
    assert as_json.returncode == 0
    assert json.loads(as_json.stdout) == {"clean": True, "checks": len(CHECKS), "findings": []}


async def test_a_finding_is_exit_1_and_names_the_row(database: str, shop: Shop) -> None:
    account = await db.row(
        "UPDATE ledger_account SET balance_minor = balance_minor + 7 WHERE relation_id = $1 AND kind = 'receivable'"
        " RETURNING id, balance_minor",
        shop.relation_id,
    )
    assert account is not None
    try:
        said, as_json = audit(database), audit(database, "--json")
    finally:
        await db.rows("UPDATE ledger_account SET balance_minor = balance_minor - 7 WHERE id = $1", account["id"])
    assert said.returncode == as_json.returncode == 1
    assert "The balance of an account is the sum of its entries." in said.stdout
    assert str(account["id"]) in said.stdout
    found = json.loads(as_json.stdout)
    assert found["clean"] is False
    assert {
        "check": "balance_is_sum_of_entries",
        "subject": str(account["id"]),
        "found": "7",
        "expected": "0",
    } in found["findings"]
    assert audit(database).returncode == 0


async def test_a_database_that_cannot_be_reached_is_no_clean_one(database: str) -> None:
    said = audit("postgres://nobody:nothing@127.0.0.1:1/nowhere", "--json")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("Error: PostgreSQL does not answer: ")
    assert said.stderr.count("\n") == 1
