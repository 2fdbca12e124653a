"""The database's constraints and indexes, compared with the list in `constraints.txt`.

Tortoise drops `Meta.constraints` without a word, and a missing constraint is missed only when it is too late: so every
one of them is written down. After a migration write the list anew, and read the difference in the commit:

    TRIBUTARY_WRITE_CONSTRAINTS=1 .venv/bin/pytest tests/architecture/test_constraints.py

Left out are NOT NULL (PostgreSQL 18 counts them as constraints, 15 does not), partitions, which have what their parents
have, and the tables of Tortoise and of extensions.
"""

import os
from pathlib import Path

import pytest

from app import database

pytestmark = pytest.mark.usefixtures("database")

LIST = Path(__file__).with_name("constraints.txt")

OURS = """c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relname NOT LIKE 'tortoise%'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"""
CONSTRAINTS = f"""
SELECT c.relname || ': ' || k.conname || ' ' || pg_get_constraintdef(k.oid) AS line
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE {OURS} AND k.contype <> 'n'
"""
INDEXES = f"""
SELECT c.relname || ': ' || regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE ', '') AS line
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE {OURS} AND NOT EXISTS (
    SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
"""
# What points at these is looked for by them. Networks, regions, tax classes, SKUs, warehouses and companies are named
# by everything, never deleted, and never asked what names them.
LOOKED_FROM = [
    "cart", "category", "ledger_account", "ledger_transfer", "listing", "membership", "person", "price_list", "product",
    "sales_order", "sales_order_line", "shipment", "trade_relation",
]  # fmt: skip
FOREIGN_KEYS_WITHOUT_INDEX = f"""
SELECT c.relname || '.' || a.attname AS name
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
WHERE {OURS} AND k.contype = 'f' AND k.confrelid = ANY($1::text[]::regclass[])
  AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = ANY(k.conkey))
"""
NEVER_LOOKED_FOR = {
    "cancellation.order_line_id": "cancelled quantities are read by order, or from the line itself",
    "lead.category_id": "a lead is matched by its category, never looked for by it",
    "lead_rule.category_id": "the rules of a network are few, and read together",
    "ledger_transfer.reversal_of_id": "a reversal names what it reverses; nobody asks the other way",
}
GOES_WITH = {"cart_line_cart_id_fkey": "a cart's lines go when the cart goes"}


async def written() -> list[str]:
    rows = [*await database.rows(CONSTRAINTS), *await database.rows(INDEXES)]
    return sorted(row["line"] for row in rows)


async def test_constraints_and_indexes_are_those_of_the_list() -> None:
    found = await written()
    if os.environ.get("TRIBUTARY_WRITE_CONSTRAINTS"):
        LIST.write_text("\n".join(found) + "\n", encoding="utf-8")
    listed = LIST.read_text(encoding="utf-8").splitlines()
    assert {"missing": sorted(set(listed) - set(found)), "unlisted": sorted(set(found) - set(listed))} == {
        "missing": [],
        "unlisted": [],
    }
    assert len(listed) == len(found)


async def test_no_foreign_key_cascades() -> None:
    rows = await database.rows(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        " AND confdeltype NOT IN ('r', 'a')"
    )
    assert {row["conname"] for row in rows} == set(GOES_WITH)


async def test_what_hangs_on_a_document_is_found_by_an_index() -> None:
    rows = await database.rows(FOREIGN_KEYS_WITHOUT_INDEX, LOOKED_FROM)
    assert {row["name"] for row in rows} == set(NEVER_LOOKED_FOR)
