"""What the order desk's lists cost at a million orders: `python -m bench.worklist`.

One seller with 2,000 dealers and a million orders of two SKUs each, nine in ten of them closed. Every way of looking
for orders, its first page and three behind it, and its counts, are asked one after another by the functions that the
API asks. The table says milliseconds from the question to the rows, the slowest of a hundred last.
"""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import click

from app import database, embedded, tables
from app.kernel.page import Page
from app.network.roles import Role
from app.network.viewer import Viewer
from app.ordering.lifecycle import OPEN, OrderStatus
from app.ordering.worklist import Sort, WaitsFor, WorklistFilter, worklist, worklist_counts
from app.settings import settings
from bench.__main__ import POSTGRES
from bench.cores import on, shared_out
from bench.data.build import at
from bench.stage import ENVIRONMENT

ORDERS, DEALERS, SKUS = 1_000_000, 2_000, 500
SELLER, NETWORK = UUID(int=1), UUID(int=2)
ASKED = 100
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=30)

# Ids as UUIDv7 are: by the time they were made. Foreign keys are not asked: what is not read is not there.
_FILL = f"""
SET session_replication_role = replica;
INSERT INTO company (id, name, registration_code)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'Company ' || n, 'C' || n FROM generate_series(1, {DEALERS + 100}) n;
INSERT INTO trade_relation (id, network_id, seller_id, buyer_id, level, currency)
    SELECT lpad(to_hex(n + 1000000), 32, '0')::uuid, '{NETWORK}', '{SELLER}', lpad(to_hex(n), 32, '0')::uuid, 1,
        'CNY'
    FROM generate_series(101, {DEALERS + 100}) n;
INSERT INTO sales_order (id, network_id, number, relation_id, seller_id, buyer_id, placed_by, status, currency,
        tax_mode, funding, goods_gross_minor, net_minor, tax_minor, gross_minor, placed_at, ship_to_id, delivery_method,
        change_expires_at)
    SELECT o.id, '{NETWORK}', 'SO-' || lpad(n::text, 7, '0'), lpad(to_hex(dealer + 1000000), 32, '0')::uuid, '{SELLER}',
        lpad(to_hex(dealer), 32, '0')::uuid, '{SELLER}', status, 'CNY', 'included', 'credit', amount, amount, 0, amount,
        timestamptz '{BEGAN.isoformat()}' + n * interval '30 seconds', lpad(to_hex(dealer + 2000000), 32, '0')::uuid,
        CASE n % 10 WHEN 0 THEN 'pickup' ELSE 'delivery' END,
        CASE status WHEN 'change_proposed' THEN timestamptz '2030-01-01' END
    FROM (SELECT n, (lpad(to_hex(1735689600000 + n * 30000::bigint), 12, '0') || '70008000'
            || lpad(to_hex(n), 12, '0'))::uuid AS id,
            101 + (random() * random() * {DEALERS - 1})::int AS dealer, (random() * 1000000)::bigint AS amount,
            CASE WHEN random() < 0.9 THEN (ARRAY['completed', 'completed', 'completed', 'cancelled', 'rejected'])
                    [1 + (random() * 4)::int]
                 ELSE (ARRAY['submitted', 'change_proposed', 'confirmed', 'fulfilling', 'cancel_requested'])
                    [1 + (random() * 4)::int] END AS status
        FROM generate_series(1, {ORDERS}) n) o;
INSERT INTO sales_order_line (id, order_id, position, sku_id, sku_code, name_zh, name_en, unit, factor, unit_price,
        tax_class, tax_rate_bp, gross_minor, net_minor, tax_minor, ordered)
    SELECT gen_random_uuid(), o.id, p, lpad(to_hex(3000000 + (random() * random() * {SKUS})::int), 32, '0')::uuid,
        'SKU', '', '', 'piece', 1, 1, 'vat13', 1300, 1, 1, 0, 1
    FROM sales_order o, generate_series(0, 1) p;
INSERT INTO order_tag (id, order_id, seller_id, tag, tagged_by, tagged_at)
    SELECT gen_random_uuid(), id, '{SELLER}', (ARRAY['urgent', 'vip', 'call'])[1 + (random() * 2)::int], '{SELLER}',
        now()
    FROM sales_order WHERE random() < 0.1;
"""


def asked() -> dict[str, Callable[[], WorklistFilter]]:
    """Every way of looking, each time for something else."""

    def dealer() -> UUID:
        return UUID(int=101 + int(random.random() * random.random() * DEALERS))

    def day() -> datetime:
        return BEGAN + EVERY * random.randrange(ORDERS)

    def amounts(width: int) -> dict[str, object]:
        low = random.randrange(900_000)
        return {"currency": "CNY", "gross_from_minor": low, "gross_to_minor": low + width}

    def made(**said: object) -> WorklistFilter:
        return WorklistFilter(**said)  # type: ignore[arg-type]

    return {
        "everything": WorklistFilter,
        "open": lambda: made(statuses=frozenset(OPEN)),
        "one state": lambda: made(statuses=frozenset({random.choice(list(OrderStatus))})),
        "waits for the seller": lambda: made(waits_for=WaitsFor.SELLER),
        "a dealer": lambda: made(buyer_id=dealer()),
        "a dealer, open": lambda: made(buyer_id=dealer(), statuses=frozenset(OPEN)),
        "a SKU": lambda: made(sku_id=UUID(int=3000000 + random.randrange(SKUS))),
        "a SKU, one state": lambda: made(
            sku_id=UUID(int=3000000 + random.randrange(SKUS)), statuses=frozenset({OrderStatus.SUBMITTED})
        ),
        "a ship-to address": lambda: made(ship_to_id=UUID(int=dealer().int + 2000000)),
        "a number's beginning": lambda: made(number_prefix=f"SO-{random.randrange(ORDERS):07}"[: random.randint(4, 9)]),
        "a tag": lambda: made(tag=random.choice(["urgent", "vip", "call", "none such"])),
        "a tag, one state": lambda: made(tag="vip", statuses=frozenset({OrderStatus.REJECTED})),
        "a week": lambda: (lambda begin: made(placed_from=begin, placed_before=begin + timedelta(days=7)))(day()),
        "a week, one state": lambda: (
            lambda begin: made(
                placed_from=begin,
                placed_before=begin + timedelta(days=7),
                statuses=frozenset({OrderStatus.CHANGE_PROPOSED}),
            )
        )(day()),
        "amounts, many": lambda: made(**amounts(100_000)),
        "amounts, hardly any": lambda: made(**amounts(3)),
        "nothing is like this": lambda: made(currency="USD", gross_from_minor=1),
        "picked up": lambda: made(delivery_method="pickup", statuses=frozenset({OrderStatus.SUBMITTED})),
    }


async def timed(call: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await call()
    return (time.perf_counter() - started) * 1000


async def measured() -> list[tuple[str, float, float, float]]:
    """What was asked, and half of it, 99 of 100, and the slowest, in milliseconds."""
    viewer = Viewer(SELLER, SELLER, SELLER, SELLER, "Seller", "active", frozenset({Role.OWNER}))
    rows: list[tuple[str, float, float, float]] = []

    def add(name: str, times: list[float]) -> None:
        times.sort()
        rows.append((name, times[len(times) // 2], times[int(len(times) * 0.99) - 1], times[-1]))

    for name, make in asked().items():
        for sort in Sort:
            times = []
            for _ in range(ASKED // 4):
                wanted, after = make(), None
                for _ in range(4):  # the first page, and three behind it
                    page = Page(50, after)
                    started = time.perf_counter()
                    found = await worklist(viewer, wanted, sort, page)
                    times.append((time.perf_counter() - started) * 1000)
                    if found.end is None:
                        break
                    after = found.end
            add(f"{name}, {sort.value} first", times)
        add(f"{name}: counts", [await timed(lambda make=make: worklist_counts(viewer, make())) for _ in range(ASKED)])  # type: ignore[misc]
    return rows


async def filled(server_url: str) -> str:
    """The URL of the database with the orders, made now if it is not there."""
    name = "bench_worklist"
    admin = await asyncpg.connect(server_url)
    if not await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
        await admin.execute(f"CREATE DATABASE {name}_half")
        await tables.migrate(at(server_url, f"{name}_half"))
        filling = await asyncpg.connect(at(server_url, f"{name}_half"))
        await filling.execute(_FILL)
        await filling.execute("VACUUM ANALYZE")
        await filling.close()
        await admin.execute(f"ALTER DATABASE {name}_half RENAME TO {name}")
    await admin.close()
    return at(server_url, name)


async def run(server_url: str, redis_url: str) -> list[tuple[str, float, float, float]]:
    url = await filled(server_url)
    os.environ.update({"DATABASE_URL": url, "REDIS_URL": redis_url})
    settings.cache_clear()
    await database.connect(url)
    try:
        return await measured()
    finally:
        await database.disconnect()


@click.command()
@click.option("--home", type=click.Path(path_type=Path), default=Path(".tributary-bench"), help="Where the data stays.")
def main(home: Path) -> None:
    """Measure every list and count."""
    os.environ.update(ENVIRONMENT)
    cores = shared_out()
    with on(cores.database), embedded.start(home, POSTGRES) as server, on(cores.load):
        rows = asyncio.run(run(server.database_url, server.redis_url))
    click.echo("| list | half | 99 of 100 | slowest |\n|---|---|---|---|")
    for name, half, most, slowest in rows:
        click.echo(f"| {name} | {half:.1f} ms | {most:.1f} ms | {slowest:.1f} ms |")


if __name__ == "__main__":
    main()
