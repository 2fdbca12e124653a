"""What a page costs among many: rows read, as PostgreSQL counts them. Five sellers of one network have 400 dealers
each, with two orders each."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
import pytest

from app.insight import channel
from app.insight.channel import ChannelFilter
from app.insight.customers import CustomerFilter, CustomerSort, Wanted, customers, page_of
from app.insight.rules import Lagging
from app.kernel.clock import now
from app.kernel.page import Page
from tests.worlds import World, open_world

# Rows are written past the acts that check them: the books of these orders were never kept
pytestmark = pytest.mark.unaudited

Counted = Callable[[], AbstractAsyncContextManager[list[str]]]
SELLERS, DEALERS, FIRST = 5, 400, 20
PAGE = FIRST + 1

_FILL = f"""
INSERT INTO company (id, name, registration_code)
    SELECT gen_random_uuid(), 'Seller ' || s, 'S-' || s FROM generate_series(2, {SELLERS}) s;
INSERT INTO company (id, name, registration_code)
    SELECT gen_random_uuid(), 'Dealer ' || n, 'D-' || n FROM generate_series(1, {SELLERS * DEALERS}) n;
INSERT INTO trade_relation (id, network_id, seller_id, buyer_id, level, currency)
    SELECT gen_random_uuid(), '{{network}}', coalesce(s.id, '{{brand}}'), b.id, 1, 'CNY'
    FROM generate_series(1, {SELLERS * DEALERS}) n
    LEFT JOIN company s ON s.registration_code = 'S-' || (n % {SELLERS} + 1)
    JOIN company b ON b.registration_code = 'D-' || n;
INSERT INTO sales_order (id, network_id, number, relation_id, seller_id, buyer_id, placed_by, status, currency,
        tax_mode, funding, goods_gross_minor, net_minor, tax_minor, gross_minor, placed_at, closed_at)
    SELECT gen_random_uuid(), r.network_id, 'SO-' || row_number() OVER (), r.id, r.seller_id, r.buyer_id, r.seller_id,
        'completed', 'CNY', 'included', 'credit', a.amount, a.amount, 0, a.amount, a.placed_at, a.placed_at
    FROM trade_relation r CROSS JOIN LATERAL (
        SELECT (random() * 1000000)::bigint + r.level AS amount, now() - random() * interval '60 days' AS placed_at
        FROM generate_series(1, 2)) a;
ANALYZE;
"""


@pytest.fixture(scope="module")
async def world(database: str) -> World:
    world = await open_world()
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(_FILL.format(network=world.network_id, brand=world.brand.company_id))
    finally:
        await connection.close()
    return world


async def rows_read(url: str, statement: str, *values: object) -> Counter[str]:
    """How many rows each table's scans looked at, where it does not pay to read tables whole: they are small here."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET enable_seqscan = off")
        plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *values)
    finally:
        await connection.close()
    read: Counter[str] = Counter()
    for node in _nodes(json.loads(plan)[0]["Plan"]):
        if "Relation Name" in node:
            looked_at = sum(node.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter"))
            read[node["Relation Name"]] += round(looked_at * node["Actual Loops"])
    return read


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


async def asked(counted: Counted, ask: Callable[[], Awaitable[Any]]) -> str:
    """The last statement that this asks."""
    async with counted() as statements:
        await ask()
    return [one for one in statements if "pg_catalog" not in one][-1]


IN_ORDER = {CustomerSort.OPENED, CustomerSort.LONGEST_SILENT, CustomerSort.LATEST_ORDER}


@pytest.mark.parametrize("sort", list(CustomerSort))
async def test_a_page_reads_its_own_sellers_figures_and_the_rest_of_what_is_shown(
    world: World, database: str, counted: Counted, sort: CustomerSort
) -> None:
    viewer = world.brand.viewer
    page = page_of(sort, FIRST, None)
    statement = await asked(counted, lambda: customers(viewer, CustomerFilter(), sort, page, Wanted()))
    read = await rows_read(database, statement, viewer.company_id, now())
    figures = read.pop("customer_figures")
    # By the opening and by silence an index says who comes first; by amounts all of the seller's are compared
    assert figures <= 2 * PAGE if sort in IN_ORDER else figures <= DEALERS + PAGE
    assert read.pop("sales_order") <= 2 * PAGE
    assert all(rows <= 4 * PAGE for rows in read.values()), read


@pytest.mark.parametrize("wanted", [CustomerFilter(overdue=True), CustomerFilter(lagging=Lagging())])
async def test_filters_read_the_figures_of_the_seller(
    world: World, database: str, counted: Counted, wanted: CustomerFilter
) -> None:
    viewer, page = world.brand.viewer, page_of(CustomerSort.MOST_TURNOVER, FIRST, None)
    statement = await asked(counted, lambda: customers(viewer, wanted, CustomerSort.MOST_TURNOVER, page, Wanted()))
    read = await rows_read(database, statement, viewer.company_id, now())
    assert read["customer_figures"] <= DEALERS + PAGE
    assert read["trade_relation"] <= DEALERS + 4 * PAGE


async def test_a_page_of_the_channel_reads_what_it_shows(world: World, database: str, counted: Counted) -> None:
    viewer = world.brand.viewer
    page = Page(first=FIRST)
    statement = await asked(counted, lambda: channel.channel(viewer, world.network_id, ChannelFilter(), page))
    read = await rows_read(database, statement, viewer.company_id, now(), world.network_id, *viewer.scope)
    assert all(rows <= 4 * PAGE for rows in read.values()), read
