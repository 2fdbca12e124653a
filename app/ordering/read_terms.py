"""The terms under which an order is judged: relation, address, freight rules and money, in one statement.

`place` reads them under locks (relation, then accounts, then credit line), `preview` and the cart without; the
statement is otherwise the same.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from app.kernel.refusal import BadRequest, NotFound
from app.kernel.tax import TaxMode
from app.kernel.wording import WHICH_NETWORK
from app.ledger import sql as ledger_sql
from app.ledger.accounts import Accounts, accounts_of, position_of
from app.ledger.rules import Funding
from app.ordering.asked import AskedOrder
from app.ordering.freight import FreightRule
from app.ordering.terms import ShipToFacts, Terms

Fetch = Callable[..., Awaitable[Sequence[Any]]]


class Read(NamedTuple):
    """What the statement found. `accounts`: locked, or None outside an act and for a relation that has none yet.
    `behind`: the lock was waited for, and what is due was summed before (see `app.ledger.sql`). `lapsed`: by funding,
    what is held for orders that nobody confirmed in time; read outside of locks only."""

    terms: Terms
    accounts: Accounts | None
    behind: bool
    lapsed: Mapping[Funding, int]


# What orders hold of the money that nobody confirmed in time and nobody has expired yet.
_LAPSED: Final = """,
    (SELECT jsonb_object_agg(o.funding, o.minor) FROM (
        SELECT funding, sum(gross_minor - cancelled_minor) AS minor FROM sales_order
        WHERE relation_id = r.id AND status IN ('submitted', 'change_proposed') AND reservation_expires_at <= $5
        GROUP BY funding
    ) o) AS lapsed"""


def _statement(*, locked: bool) -> str:
    # $1 seller, $2 buyer, $3 network or NULL, $4 ship-to or NULL, $5 moment
    # The region is a sub-select: after waiting for a lock PostgreSQL reads the relation anew, but what it had joined to
    # it before stays, and a left-joined region that is another one by now would be none.
    lapsed = "" if locked else _LAPSED
    return f"""
WITH relation AS MATERIALIZED (
    SELECT r.id, r.network_id, r.seller_id, r.buyer_id, r.status, r.level, r.currency, r.tax_mode, r.funding,
        r.net_days, r.order_minimum_minor, r.reservation_minutes, r.ship_to_approval,
        n.brand_id, n.currency AS network_currency, n.time_zone,
        (SELECT g.path FROM region g WHERE g.code = r.region_id) AS region_path,
        s.status AS seller_status, b.status AS buyer_status,
        (SELECT count(*) FROM trade_relation x WHERE x.seller_id = r.seller_id AND x.buyer_id = r.buyer_id
            AND x.status IN ('active', 'suspended')) AS relations
    FROM trade_relation r
    JOIN network n ON n.id = r.network_id
    JOIN company s ON s.id = r.seller_id
    JOIN company b ON b.id = r.buyer_id
    WHERE r.seller_id = $1 AND r.buyer_id = $2 AND ($3::uuid IS NULL OR r.network_id = $3)
    ORDER BY r.status NOT IN ('active', 'suspended'), r.id LIMIT 1
    {"FOR SHARE OF r" if locked else ""}
), {ledger_sql.position("$5", locked=locked)}, address AS (
    SELECT st.id, st.name, st.contact, st.phone, st.address, st.region_id AS region_code, g.path AS region_path,
        st.status,
        EXISTS (SELECT FROM ship_to_approval a WHERE a.ship_to_id = st.id AND a.relation_id = r.id) AS approved
    FROM relation r JOIN ship_to st ON st.id = $4 AND st.company_id = r.buyer_id
    LEFT JOIN region g ON g.code = st.region_id
), freight AS (
    SELECT g.path AS region_path, f.base_minor, f.per_kg_minor, f.per_m3_minor, f.free_above_minor,
        t.code AS tax_class, coalesce(tr.rate_bp, 0) AS tax_rate_bp
    FROM relation r
    JOIN freight_rule f ON f.network_id = r.network_id AND f.seller_id = r.seller_id
    JOIN tax_class t ON t.id = f.tax_class_id
    LEFT JOIN tax_rate tr ON tr.tax_class_id = t.id AND tr.valid_from <= $5
        AND (tr.valid_to IS NULL OR tr.valid_to > $5)
    LEFT JOIN region g ON g.code = f.region_id
    WHERE r.currency = r.network_currency AND (f.region_id IS NULL
        OR starts_with(coalesce((SELECT a.region_path FROM address a), r.region_path), g.path))
)
SELECT r.*, p.*, (SELECT to_jsonb(a) FROM address a) AS address,
    (SELECT jsonb_agg(to_jsonb(f)) FROM freight f) AS freight{lapsed}
FROM relation r JOIN position p ON p.relation_id = r.id
"""


_READ: Final = _statement(locked=False)
_LOCK: Final = _statement(locked=True)


async def read_terms(fetch: Fetch, buyer_id: UUID, order: AskedOrder, now: datetime, *, locked: bool = False) -> Read:
    """One round trip. NotFound when the two have no relation; its status is a problem for the order, not for the read.
    BadRequest when they trade in several networks and the order names none.
    """
    found = await fetch(_LOCK if locked else _READ, order.seller_id, buyer_id, order.network_id, order.ship_to_id, now)
    if not found:
        raise NotFound("seller", order.seller_id)
    if order.network_id is None and found[0]["relations"] > 1:
        raise BadRequest("networkId", None, WHICH_NETWORK)
    row = found[0]
    if locked:
        return Read(_terms(row), accounts_of(row), row["behind"], {})
    return Read(_terms(row), None, False, orjson.loads(row["lapsed"] or "{}"))


def _terms(row: Mapping[str, Any]) -> Terms:
    address = row["address"]
    return Terms(
        relation_id=row["relation_id"],
        network_id=row["network_id"],
        seller_id=row["seller_id"],
        buyer_id=row["buyer_id"],
        brand_id=row["brand_id"],
        level=row["level"],
        region_path=row["region_path"],
        currency=row["currency"],
        mode=TaxMode(row["tax_mode"]),
        time_zone=row["time_zone"],
        status=row["status"],
        seller_status=row["seller_status"],
        buyer_status=row["buyer_status"],
        funding=Funding(row["funding"]),
        net_days=row["net_days"],
        order_minimum_minor=row["order_minimum_minor"],
        reservation_minutes=row["reservation_minutes"],
        ship_to_approval=row["ship_to_approval"],
        position=position_of(row),
        ship_to=None if address is None else _ship_to(orjson.loads(address)),
        freight_rules=tuple(FreightRule(**rule) for rule in orjson.loads(row["freight"] or "[]")),
    )


def _ship_to(stored: dict[str, Any]) -> ShipToFacts:
    return ShipToFacts(**(stored | {"id": UUID(stored["id"])}))
