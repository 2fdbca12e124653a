"""The data: one seller, 2,000 dealers, a million orders with two and a half million lines, nine in ten of them closed.

Ids are by time, as the mall makes them. Few dealers and few SKUs have most of the orders. Foreign keys are not asked:
what is not read is not there.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from app import tables
from app.network.tokens import access_token
from bench.data.build import at

ORDERS, DEALERS, SKUS = 1_000_000, 2_000, 500
SELLER, NETWORK, CLERK, SESSION = (UUID(int=n) for n in range(1, 5))
DEALER_1, RELATION_1, SHIP_TO_1, SKU_1 = 101, 1_000_101, 2_000_101, 3_000_000
"""Ids that others follow, as numbers."""
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=30)
_PREFIX = "bench_desk_"
_MIGRATIONS = Path(__file__).parents[2] / "migrations"
_BEGAN_MS = int(BEGAN.timestamp() * 1000)


def order_id(n: int) -> UUID:
    """Of the nth order."""
    return UUID(f"{_BEGAN_MS + n * 30_000:012x}70008000{n:012x}")


_FILL = f"""
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT lpad(to_hex(n), 32, '0')::uuid $$;
INSERT INTO company (id, name) SELECT pg_temp.id(n), 'Company ' || n
    FROM (SELECT 1 UNION ALL SELECT generate_series({DEALER_1}, {DEALER_1 + DEALERS})) c(n);
INSERT INTO network (id, name, brand_id, currency, time_zone)
    VALUES ('{NETWORK}', 'Tributary', '{SELLER}', 'CNY', 'Asia/Shanghai');
INSERT INTO person (id, name, locale) VALUES ('{CLERK}', 'Clerk', 'en');
INSERT INTO membership (id, person_id, company_id, roles) VALUES ('{CLERK}', '{CLERK}', '{SELLER}', '{{order_clerk}}');
INSERT INTO session (id, person_id, membership_id, refresh_hash, expires_at)
    VALUES ('{SESSION}', '{CLERK}', '{CLERK}', repeat('0', 64), '2100-01-01');
INSERT INTO trade_relation (id, network_id, seller_id, buyer_id, level, currency)
    SELECT pg_temp.id({RELATION_1} + n), '{NETWORK}', '{SELLER}', pg_temp.id({DEALER_1} + n), 1, 'CNY'
    FROM generate_series(0, {DEALERS}) n;
INSERT INTO sales_order (id, network_id, number, relation_id, seller_id, buyer_id, placed_by, status, currency,
        tax_mode, funding, goods_gross_minor, net_minor, tax_minor, gross_minor, placed_at, ship_to_id, delivery_method,
        change_expires_at)
    SELECT o.id, '{NETWORK}', 'SO-' || lpad(n::text, 7, '0'), pg_temp.id({RELATION_1} + dealer), '{SELLER}',
        pg_temp.id({DEALER_1} + dealer), '{CLERK}', status, 'CNY', 'included', 'credit', amount, amount, 0, amount,
        timestamptz '{BEGAN.isoformat()}' + n * interval '30 seconds', pg_temp.id({SHIP_TO_1} + dealer),
        CASE n % 10 WHEN 0 THEN 'pickup' ELSE 'delivery' END,
        CASE status WHEN 'change_proposed' THEN timestamptz '2030-01-01' END
    FROM (SELECT n, (lpad(to_hex({_BEGAN_MS} + n * 30000::bigint), 12, '0') || '70008000'
            || lpad(to_hex(n), 12, '0'))::uuid AS id,
            (random() * random() * {DEALERS - 1})::int AS dealer, (random() * 1000000)::bigint AS amount,
            CASE WHEN random() < 0.9 THEN (ARRAY['completed', 'completed', 'completed', 'cancelled', 'rejected'])
                    [1 + (random() * 4)::int]
                 ELSE (ARRAY['submitted', 'change_proposed', 'confirmed', 'fulfilling', 'cancel_requested'])
                    [1 + (random() * 4)::int] END AS status
        FROM generate_series(1, {ORDERS}) n) o;
INSERT INTO sales_order_line (id, order_id, seller_id, position, sku_id, sku_code, name_zh, name_en, unit, factor,
        unit_price, tax_class, tax_rate_bp, gross_minor, net_minor, tax_minor, ordered)
    SELECT gen_random_uuid(), o.id, '{SELLER}', p, pg_temp.id({SKU_1} + (random() * random() * {SKUS})::int), 'SKU', '',
        '', 'piece', 1, 1, 'vat13', 1300, 1, 1, 0, 1
    FROM sales_order o, generate_series(0, 1 + (gross_minor % 2)::int) p;
INSERT INTO order_tag (id, order_id, seller_id, tag, tagged_by, tagged_at)
    SELECT gen_random_uuid(), id, '{SELLER}', (ARRAY['urgent', 'vip', 'call'])[1 + (random() * 2)::int], '{CLERK}',
        now()
    FROM sales_order WHERE random() < 0.1;
INSERT INTO order_tally (seller_id, relation_id, status, orders)
    SELECT seller_id, relation_id, status, count(*) FROM sales_order GROUP BY 1, 2, 3;
"""


async def filled(server_url: str) -> str:
    """The URL of the database with the orders, made now if it is not there or the tables have changed since."""
    parts = [path.read_bytes() for path in sorted(_MIGRATIONS.glob("*.py"))]
    name = f"{_PREFIX}{hashlib.sha256(b''.join([*parts, _FILL.encode()])).hexdigest()[:12]}"
    admin = await asyncpg.connect(server_url)
    try:
        known = [row["datname"] for row in await admin.fetch("SELECT datname FROM pg_database")]
        if name not in known:
            for other in known:
                if other.startswith(_PREFIX):
                    await admin.execute(f"DROP DATABASE {other} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {name}_half")
            await tables.migrate(at(server_url, f"{name}_half"))
            filling = await asyncpg.connect(at(server_url, f"{name}_half"))
            await filling.execute(_FILL)
            await filling.execute("VACUUM ANALYZE")
            await filling.close()
            await admin.execute(f"ALTER DATABASE {name}_half RENAME TO {name}")
    finally:
        await admin.close()
    return at(server_url, name)


def clerk_token() -> str:
    """The clerk's. The process must hold the mall's secret key."""
    return access_token(SESSION, CLERK)[0]
