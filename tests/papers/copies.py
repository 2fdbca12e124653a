"""Very many orders, copied from one by a statement: for lists only, their books are nobody's."""

from uuid import UUID

from app import database

_COPY = """
INSERT INTO sales_order
SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'number', o.number || '-' || n,
    'gross_minor', o.net_minor + n, 'net_minor', o.net_minor, 'tax_minor', n, 'goods_gross_minor', o.net_minor + n))).*
FROM sales_order o, generate_series(1, $2) AS n WHERE o.id = $1
"""


async def copies_of(order_id: UUID, count: int) -> int:
    """Copies whose tax is 1, 2, 3 … minor units; what all orders of this seller then come to, in minor units."""
    await database.rows("ALTER TABLE sales_order DISABLE TRIGGER USER")  # their figures and tallies are nobody's either
    await database.rows(_COPY, order_id, count)
    await database.rows("ALTER TABLE sales_order ENABLE TRIGGER USER")
    await database.rows("ANALYZE sales_order")
    found = await database.row(
        "SELECT sum(gross_minor)::bigint AS total FROM sales_order"
        " WHERE seller_id = (SELECT seller_id FROM sales_order WHERE id = $1)",
        order_id,
    )
    assert found is not None
    return int(found["total"])
