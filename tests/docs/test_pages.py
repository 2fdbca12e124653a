"""Every command and every GraphQL document of the documentation is run, each page against a fresh demo; every answer
that is shown is the real one. `TRIBUTARY_DOCS_WRITE=1` replaces shown answers by real ones: look at the difference."""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from redis import Redis

from schema.graphiql import EXAMPLES
from tests.conftest import TestServers
from tests.docs.demo import Demo, demo, new_name
from tests.docs.markdown import ROOT, Block, blocks, pages, table
from tests.docs.money_walk import Trade
from tests.docs.running import Play

WRITE = os.environ.get("TRIBUTARY_DOCS_WRITE") == "1"
MONEY = ROOT / "docs" / "money.md"
PARTS = ("step", "left so far", "of", "line", "left in all", "this part")
OPERATION = re.compile(r"^(?:query|mutation|subscription) (\w+)", re.MULTILINE)
WITH_BLOCKS = [page for page in pages() if blocks(page)]


@pytest.fixture(scope="module")
def story(servers: TestServers, redis_url: str) -> Iterator[str]:
    """A database in which the demo has told its story, for others to be cloned from."""
    name = new_name()
    administer(servers.database_url, f"CREATE DATABASE {name} TEMPLATE {servers.template}")
    with demo(named(servers.database_url, name), redis_url):
        until_told(named(servers.database_url, name))
    yield name
    administer(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def running(servers: TestServers, story: str, redis_url: str) -> Iterator[Demo]:
    """The demo as a reader finds it who has just started it."""
    name = new_name()
    administer(servers.database_url, f"CREATE DATABASE {name} TEMPLATE {story}")
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    with demo(named(servers.database_url, name), redis_url) as started:
        yield started
    administer(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("page", WITH_BLOCKS, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_true(page: Path, running: Demo, tmp_path: Path) -> None:
    found = blocks(page)
    play = Play(running, tmp_path, WRITE)
    try:
        for block in found:
            if block.not_run is None:
                try:
                    play.take(block)
                except (AssertionError, KeyError, ValueError, TimeoutError) as error:
                    pytest.fail(f"{block.where}: {error}")
        play.done()
    finally:
        play.close()
        if WRITE:
            write(page, found)


def test_the_order_of_the_money_page_is_traded_as_shown(running: Demo, tmp_path: Path) -> None:
    play = Play(running, tmp_path)
    try:
        seen = Trade(running, play).play_out()
    finally:
        play.close()
    steps = table(MONEY, "step", "pending", "open", "receivable", "exposure", "available")
    assert [[step, *amounts] for step, amounts in seen.account] == [_plain(row) for row in steps]
    taxed = table(MONEY, "line", "gross", "rate", "net", "tax")
    totals = ("gross", "net", "tax")
    shown = [[_amount(row[column]) for column in (1, 3, 4)] for row in taxed]
    lines = [[line[name]["amount"] for name in totals] for line in seen.before["lines"]]
    assert [shown[0], shown[1], shown[3]] == [*lines, [seen.before["totals"][name]["amount"] for name in totals]]
    assert shown[2][0] == seen.before["totals"]["freight"]["amount"]
    shared = table(MONEY, "line", "gross before", "share", "gross after", "net", "tax")
    after = [
        [line["discounts"][0]["amount"]["amount"], *(line[name]["amount"] for name in totals)]
        for line in seen.after["lines"]
    ]
    assert [[_amount(cell) for cell in row[2:]] for row in shared] == after
    parts = [Decimal(_amount(row[5])) for row in table(MONEY, *PARTS)]
    freight = Decimal(seen.after["totals"]["freight"]["amount"])
    assert [Decimal(amount) for amount in seen.shipped] == [parts[0] + freight, parts[1] + parts[3]]


def test_the_ready_queries_of_the_query_page_make_an_order(running: Demo, tmp_path: Path) -> None:
    play = Play(running, tmp_path)
    buyer, clerk = "buyer@yuecai.example", "clerk@huacai.example"
    answers = {}
    try:
        for example in EXAMPLES:
            name = OPERATION.findall(example["query"])[0]
            login = {"LogIn": "nobody", "OrderDesk": clerk, "Confirm": clerk}.get(name, buyer)
            play.asked = (login, example["query"], json.loads(example["variables"] or "{}"))
            play.ask()
            if name == "Follow":
                continue
            assert "errors" not in play.answer, (name, play.answer)
            (answers[name],) = play.answer["data"].values()
            play.bound |= _ids(name, answers[name])
        assert answers["LogIn"]["accessToken"]
        assert [one["node"]["number"] for one in answers["OrderDesk"]["orders"]["edges"]] == [
            answers["Place"]["number"]
        ]
        assert answers["Confirm"]["status"] == "CONFIRMED"
    finally:
        play.close()


def _ids(name: str, answer: Any) -> dict[str, str]:
    """What the answer of a ready query tells the next ones."""
    if name == "WhoAmI":
        supplier = answer["suppliers"]["edges"][0]["node"]
        ship_to = supplier["shipTos"]["edges"][0]["node"]
        return {"<seller id>": supplier["seller"]["id"], "<ship-to id>": ship_to["id"]}
    if name == "MyPrice":
        return {"<sku id>": answer["offers"]["edges"][0]["node"]["sku"]["id"]}
    if name == "Preview":
        return {"<gross total>": answer["totals"]["gross"]["amount"]}
    return {"<order id>": answer["id"]} if name == "Place" else {}


def _amount(cell: str) -> str:
    return cell.replace(",", "")


def _plain(row: list[str]) -> list[str]:
    return [row[0], *map(_amount, row[1:])]


def write(page: Path, found: list[Block]) -> None:
    """The page with its blocks as they are now."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for before, block in zip(reversed(blocks(page)), reversed(found), strict=True):
        lines[before.first + 1 : before.first + 1 + len(before.lines)] = block.lines
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def administer(url: str, statement: str) -> None:
    """In a thread of its own: the tests' event loop stays untouched."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(lambda: asyncio.run(run())).result()


def until_told(url: str) -> None:
    """Wait until everybody was told of the story, so that what a page hears is its own."""
    done = """SELECT NOT EXISTS (SELECT FROM outbox) AND r.last_no = p.last_no
        FROM event_reader r, publisher p WHERE r.name = 'notifications'"""

    async def wait() -> None:
        connection = await asyncpg.connect(url)
        try:
            async with asyncio.timeout(30):
                while not await connection.fetchval(done):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(lambda: asyncio.run(wait())).result()


def named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
