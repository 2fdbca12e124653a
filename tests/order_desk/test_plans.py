"""Nothing that a desk looks for reads a table, or more of an index than a walk: every filter, every two, every order.

The plans are those of three thousand orders with their statistics, for anybody's parameters, as the mall has them. The
statements are run, and what each part of them really reads is counted. A walk is 40 orders here, so that what follows
the number of orders is seen.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, combinations
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app import database as db
from app.kernel.clock import now
from app.kernel.page import Page
from app.network.roles import Role
from app.network.rules import Scope
from app.network.viewer import Viewer
from app.ordering import worklist as lists
from app.ordering.lifecycle import OPEN, OrderStatus
from app.ordering.queries import OrderFilter, incoming_statement, purchases_statement
from app.ordering.tally import tally_statement
from app.ordering.walks import names, sorted_by
from app.ordering.worklist import Statement
from app.ordering.worklist_filter import Sort, WorklistFilter
from tests.ordering_lifecycle.orders import Goods, line_rows, open_shop

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.unaudited]  # copies of an order, without their books

ORDERS, WALK, FIRST = 3_000, 40, 10
BIG = {"sales_order", "sales_order_line", "order_tag", "order_tally", "order_tally_move"}
OFTEN, SELDOM = UUID(int=1), UUID(int=2)
"""Ship-to addresses of copies; who is asked for besides them is somebody else."""

_COPIES = f"""
SET LOCAL session_replication_role = replica;
INSERT INTO sales_order
SELECT copy.* FROM sales_order o, generate_series(1, {ORDERS}) n, LATERAL jsonb_populate_record(o, jsonb_build_object(
    'id', lpad(to_hex(n), 32, '0')::uuid, 'number', 'N-' || n,
    'status', (ARRAY['completed', 'completed', 'submitted', 'confirmed', 'cancelled', 'fulfilling'])[1 + n % 6],
    'gross_minor', o.net_minor + n, 'tax_minor', n, 'goods_gross_minor', o.net_minor + n,
    'buyer_id', CASE WHEN n % 300 = 0 THEN o.seller_id ELSE o.buyer_id END,
    'ship_to_id', CASE WHEN n % 500 = 0 THEN '{SELDOM}' ELSE '{OFTEN}' END, 'buyer_reference', 'R-' || n,
    'placed_at', o.placed_at - n * interval '1 minute')) copy
WHERE o.number NOT LIKE 'N-%';
INSERT INTO sales_order_line
SELECT copy.* FROM sales_order_line l, generate_series(1, {ORDERS}) n, LATERAL jsonb_populate_record(l,
    jsonb_build_object('id', gen_random_uuid(), 'order_id', lpad(to_hex(n), 32, '0')::uuid)) copy
WHERE l.position = 0 OR n % 1000 = 7;
INSERT INTO order_tag (id, order_id, seller_id, tag, tagged_by, tagged_at)
SELECT gen_random_uuid(), id, seller_id, CASE WHEN number LIKE '%77' THEN 'seldom' ELSE 'often' END, seller_id, now()
FROM sales_order;
INSERT INTO order_tally (seller_id, relation_id, status, orders)
SELECT gen_random_uuid(), gen_random_uuid(), 'completed', 1 FROM generate_series(1, {ORDERS});
INSERT INTO order_tally_move (seller_id, relation_id, status, orders)
SELECT gen_random_uuid(), gen_random_uuid(), 'completed', 1 FROM generate_series(1, {ORDERS});
"""


@dataclass(slots=True)
class Desk:
    """Who looks, and what is looked for: often and seldom found."""

    clerk: Viewer
    manager: Viewer
    buyer_id: UUID
    filters: list[WorklistFilter]
    connection: asyncpg.Connection
    prepared: dict[str, str] = field(default_factory=dict)

    async def reads(self, statement: tuple[str, Sequence[Any]]) -> list[tuple[str, str, float]]:
        """What its plan reads of big tables: the kind of the scan, the table, and how many rows."""
        sql, params = statement
        if sql not in self.prepared:
            self.prepared[sql] = f"asked_{len(self.prepared)}"
            await self.connection.execute(f"PREPARE {self.prepared[sql]} AS {sql}")
        call = f"{self.prepared[sql]} ({', '.join(map(literal, params))})" if params else self.prepared[sql]
        plan = await self.connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) EXECUTE {call}")
        return [one for one in scans(json.loads(plan)[0]["Plan"]) if one[1] in BIG]


@pytest.fixture(scope="module")
async def desk(database: str) -> Any:
    shop = await open_shop()
    order_id = await shop.place([Goods("2", 1000), Goods("1", 100)])
    often, seldom = (row["sku_id"] for row in await line_rows(order_id))
    manager = await shop.world.member(
        shop.seller, [Role.CHANNEL_MANAGER], scope=Scope(relation_ids=(shop.relation_id,))
    )
    async with db.pool().acquire() as filling, filling.transaction():
        await filling.execute(_COPIES)
    connection = await asyncpg.connect(database)
    await connection.execute(f"VACUUM ANALYZE {', '.join(sorted(BIG))}")
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    moment = now() - timedelta(minutes=ORDERS)
    filters = [
        WorklistFilter(statuses=frozenset({OrderStatus.COMPLETED})),
        WorklistFilter(statuses=OPEN),
        WorklistFilter(statuses=frozenset({OrderStatus.EXPIRED, OrderStatus.REJECTED})),
        WorklistFilter(buyer_id=shop.buyer.company_id),
        WorklistFilter(buyer_id=shop.seller.company_id),
        WorklistFilter(sku_id=often),
        WorklistFilter(sku_id=seldom),
        WorklistFilter(ship_to_id=OFTEN),
        WorklistFilter(ship_to_id=SELDOM),
        WorklistFilter(number_prefix="N-1"),
        WorklistFilter(number_prefix="XX"),
        WorklistFilter(tag="often"),
        WorklistFilter(tag="seldom"),
        WorklistFilter(placed_from=moment, placed_before=moment + timedelta(minutes=ORDERS // 2)),
        WorklistFilter(placed_before=moment + timedelta(minutes=5)),
        WorklistFilter(currency="CNY", gross_from_minor=2200 + ORDERS // 2),
        WorklistFilter(currency="CNY", gross_from_minor=2200, gross_to_minor=2210),
        WorklistFilter(currency="USD"),
        WorklistFilter(delivery_method="pickup"),
    ]
    yield Desk(shop.clerk.viewer, manager.viewer, shop.buyer.company_id, filters, connection)
    await connection.close()


@pytest.mark.parametrize("sort", Sort)
async def test_every_filter_and_every_two_read_indexes_and_no_more_than_a_walk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, sort: Sort
) -> None:
    monkeypatch.setattr(lists, "WALK", WALK)
    tried = 0
    for wanted in chain([WorklistFilter()], desk.filters, pairs(desk.filters)):
        for statement in await statements(desk.clerk, wanted, sort):
            for scan, table, rows in await desk.reads(statement):
                assert scan == "Index Only Scan", (wanted, scan, table, statement)
                assert rows <= WALK + FIRST, (wanted, rows, table, statement)
            tried += 1
    assert tried > 300


async def test_who_has_a_scope_reads_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "WALK", WALK)
    for wanted in [WorklistFilter(), *desk.filters]:
        for statement in await statements(desk.manager, wanted, Sort.NEWEST):
            for scan, table, rows in await desk.reads(statement):
                assert (scan, rows <= WALK + FIRST) == ("Index Only Scan", True), (wanted, rows, table, statement)


async def test_the_plain_lists_of_both_sides_read_on_from_where_they_are(desk: Desk) -> None:
    seller, everything = desk.clerk.company_id, OrderFilter()
    buyer = replace(desk.clerk, company_id=desk.buyer_id)
    deep, first = Page(FIRST, (UUID(int=ORDERS // 2),)), Page(FIRST)
    read = []
    for wanted, page in (
        (everything, first),
        (everything, deep),
        (OrderFilter(number="N-7"), first),
        (OrderFilter(statuses=("submitted",)), deep),
        (OrderFilter(statuses=("expired",)), first),
        (OrderFilter(statuses=("expired", "fulfilling")), deep),
        (OrderFilter(buyer_reference="none"), first),
        (OrderFilter(party_id=desk.buyer_id), deep),
    ):
        read.append((wanted, page, await desk.reads(incoming_statement(desk.clerk, wanted, page))))
        if wanted.statuses is None:  # a buyer's orders by status are looked for among all of that buyer
            read.append((wanted, page, await desk.reads(purchases_statement(buyer, seller, None, wanted, page))))
    for wanted, page, found in read:
        assert all(scan.startswith("Index") and rows <= 10 * FIRST for scan, _, rows in found), (wanted, page, found)


async def test_counts_by_status_read_what_is_tallied_of_the_seller(desk: Desk) -> None:
    for viewer in (desk.clerk, desk.manager):
        for buyer_id in (None, desk.manager.company_id):
            for scan, table, rows in await desk.reads(tally_statement(viewer, list(OrderStatus), buyer_id)):
                assert table in ("order_tally", "order_tally_move")
                assert scan.startswith(("Index", "Bitmap"))
                assert rows < WALK


async def statements(viewer: Viewer, wanted: WorklistFilter, sort: Sort) -> list[Statement]:
    """What a page and its counts ask, and the page behind its first."""
    asked = names(wanted)
    narrowest = await lists.narrowest_way(viewer, wanted)
    found = [lists.look_statement(viewer, wanted), lists.count_statement(viewer, wanted, narrowest)]
    first = Page(FIRST)
    if narrowest is not None and asked and asked != [sorted_by(wanted, sort)]:
        return [*found, lists.whole_statement(viewer, wanted, sort, first, narrowest)]
    second = await db.row(*end_of(lists.end_statement(viewer, wanted, sort, first)))
    for page in (first, *([Page(FIRST, tuple(second))] if second else [])):
        found += [lists.walk_statement(viewer, wanted, sort, page), lists.end_statement(viewer, wanted, sort, page)]
    return found


def end_of(statement: Statement) -> tuple[Any, ...]:
    return statement[0], *statement[1]


def pairs(filters: list[WorklistFilter]) -> Iterator[WorklistFilter]:
    """Every two that do not ask the same thing."""
    said = [{key: value for key, value in asdict(one).items() if value is not None} for one in filters]
    for first, second in combinations(said, 2):
        if not first.keys() & second.keys():
            yield WorklistFilter(**first, **second)


def scans(node: dict[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Every scan of a plan, with the rows that it read in all its turns, those included that were not wanted."""
    if "Relation Name" in node:
        removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        yield node["Node Type"], node["Relation Name"], (node["Actual Rows"] + removed) * node["Actual Loops"]
    for child in node.get("Plans", ()):
        yield from scans(child)


def literal(value: object) -> str:
    """A parameter as SQL, of whatever type it is to be."""
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return "'{" + ", ".join(f'"{one}"' for one in value) + "}'"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return "'" + text.replace("'", "''") + "'"
