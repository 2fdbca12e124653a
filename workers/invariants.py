"""What must always hold, recomputed from the rows it was cached from. `tributary audit` and the clock run it.

Every check is one statement over one snapshot that returns what breaks it: nothing means it holds. None of them reads
through the code it checks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from app import database
from app.kernel.clock import now

MOST_SHOWN = 20
UNPUBLISHED_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant. `sql` returns (subject, found, expected) for each breach."""

    name: str
    says: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach: which invariant, of which row, and what was found where something else was expected."""

    check: str
    subject: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject}: found {self.found}, expected {self.expected}"


LEDGER = (
    Check(
        "entries_sum_to_zero",
        "The entries of a transfer sum to zero.",
        """
        SELECT transfer_id AS subject, sum(amount_minor) AS found, 0 AS expected
        FROM ledger_entry GROUP BY transfer_id HAVING sum(amount_minor) <> 0
        """,
    ),
    Check(
        "balance_is_sum_of_entries",
        "The balance of an account is the sum of its entries.",
        """
        SELECT a.id AS subject, a.balance_minor AS found, coalesce(sum(e.amount_minor), 0) AS expected
        FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id
        GROUP BY a.id HAVING a.balance_minor <> coalesce(sum(e.amount_minor), 0)
        """,
    ),
    Check(
        "held_is_sum_of_holds",
        "What an account holds is what its open holds still promise.",
        """
        SELECT a.id AS subject, a.held_minor AS found, coalesce(sum(h.remaining_minor), 0) AS expected
        FROM ledger_account a LEFT JOIN ledger_hold h ON h.account_id = a.id
        GROUP BY a.id HAVING a.held_minor <> coalesce(sum(h.remaining_minor), 0)
        """,
    ),
    Check(
        "hold_is_open_value_of_order",
        "An order's hold promises what is neither shipped nor cancelled, and has posted what shipped.",
        """
        SELECT o.id AS subject, coalesce(h.remaining_minor, 0) || ' held, ' || coalesce(h.posted_minor, 0) || ' posted'
                   AS found,
               o.gross_minor - o.cancelled_minor - o.shipped_minor || ' held, ' || o.shipped_minor || ' posted'
                   AS expected
        FROM sales_order o LEFT JOIN ledger_hold h ON h.order_id = o.id
        WHERE coalesce(h.remaining_minor, 0) <> o.gross_minor - o.cancelled_minor - o.shipped_minor
           OR coalesce(h.posted_minor, 0) <> o.shipped_minor
        """,
    ),
    Check(
        "hold_is_on_the_funding_account",
        "An order holds on the account of its own relation that its funding says.",
        """
        SELECT o.id AS subject, a.kind AS found, o.funding AS expected
        FROM sales_order o
        JOIN ledger_hold h ON h.order_id = o.id
        JOIN ledger_account a ON a.id = h.account_id
        WHERE a.relation_id <> o.relation_id
           OR a.kind <> CASE o.funding WHEN 'credit' THEN 'receivable' ELSE 'prepayment' END
        """,
    ),
    Check(
        "exposure_is_sum_of_orders",
        "What a buyer owes and is promised on credit is its orders' value less what it paid.",
        """
        SELECT a.id AS subject, a.balance_minor + a.held_minor AS found,
               coalesce(o.value_minor, 0) + coalesce(p.paid_minor, 0) AS expected
        FROM ledger_account a
        LEFT JOIN (SELECT relation_id, sum(gross_minor - cancelled_minor) AS value_minor
                   FROM sales_order WHERE funding = 'credit' GROUP BY relation_id) o ON o.relation_id = a.relation_id
        LEFT JOIN (SELECT e.account_id, sum(e.amount_minor) AS paid_minor
                   FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transfer_id
                   WHERE t.kind <> 'shipment' GROUP BY e.account_id) p ON p.account_id = a.id
        WHERE a.kind = 'receivable'
          AND a.balance_minor + a.held_minor <> coalesce(o.value_minor, 0) + coalesce(p.paid_minor, 0)
        """,
    ),
    Check(
        "shipment_is_posted",
        "Every shipment is posted with its value.",
        """
        SELECT s.id AS subject, coalesce(sum(e.amount_minor), 0) AS found, s.amount_minor AS expected
        FROM shipment s
        LEFT JOIN ledger_transfer t ON t.kind = 'shipment' AND t.document_id = s.id
        LEFT JOIN ledger_entry e ON e.transfer_id = t.id AND e.amount_minor > 0
        GROUP BY s.id HAVING coalesce(sum(e.amount_minor), 0) <> s.amount_minor
        """,
    ),
)

STOCK = (
    Check(
        "promised_is_sum_of_reservations",
        "What stock is reserved and allocated is what the reservations say.",
        """
        SELECT s.id AS subject, s.reserved || ' reserved, ' || s.allocated || ' allocated' AS found,
               coalesce(r.reserved, 0) || ' reserved, ' || coalesce(r.allocated, 0) || ' allocated' AS expected
        FROM stock_level s
        LEFT JOIN (
            SELECT warehouse_id, sku_id, sum(quantity) FILTER (WHERE stage = 'reserved') AS reserved,
                   sum(quantity) FILTER (WHERE stage = 'allocated') AS allocated
            FROM reservation GROUP BY warehouse_id, sku_id
        ) r ON r.warehouse_id = s.warehouse_id AND r.sku_id = s.sku_id
        WHERE s.reserved <> coalesce(r.reserved, 0) OR s.allocated <> coalesce(r.allocated, 0)
        """,
    ),
    Check(
        "reservation_has_stock",
        "A promise is on a stock row that exists.",
        """
        SELECT r.id AS subject, 'no stock row' AS found, r.warehouse_id || ' / ' || r.sku_id AS expected
        FROM reservation r
        LEFT JOIN stock_level s ON s.warehouse_id = r.warehouse_id AND s.sku_id = r.sku_id
        WHERE s.id IS NULL AND r.quantity > 0
        """,
    ),
    Check(
        "on_hand_is_sum_of_moves",
        "What lies in a warehouse is the sum of what moved in and out.",
        """
        SELECT s.id AS subject, s.on_hand AS found, coalesce(m.quantity, 0) AS expected
        FROM stock_level s
        LEFT JOIN (SELECT warehouse_id, sku_id, sum(quantity) AS quantity FROM stock_move
                   GROUP BY warehouse_id, sku_id) m ON m.warehouse_id = s.warehouse_id AND m.sku_id = s.sku_id
        WHERE s.on_hand <> coalesce(m.quantity, 0)
        """,
    ),
    Check(
        "stock_is_not_oversold",
        "Reserved, allocated and held stock is on hand.",
        """
        SELECT id AS subject, reserved + allocated + held AS found, 'at most ' || on_hand AS expected
        FROM stock_level WHERE reserved + allocated + held > on_hand
        """,
    ),
    Check(
        "line_is_promised_what_is_open",
        "An open line of goods is promised exactly what is neither shipped nor cancelled; a closed one nothing.",
        """
        SELECT l.id AS subject, coalesce(r.quantity, 0) AS found, e.expected
        FROM sales_order_line l
        JOIN sales_order o ON o.id = l.order_id
        LEFT JOIN (SELECT order_line_id, sum(quantity) AS quantity FROM reservation GROUP BY order_line_id) r
            ON r.order_line_id = l.id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN l.stocked THEN (l.ordered - l.cancelled - l.shipped) * l.factor ELSE 0 END AS expected
        ) e
        WHERE coalesce(r.quantity, 0) <> e.expected
          AND NOT (o.status = 'submitted' AND o.reservation_expires_at <= $1 AND coalesce(r.quantity, 0) = 0)
        """,
    ),
    Check(
        "line_knows_its_allocation",
        "What a line says is allocated to it is what its allocations say.",
        """
        SELECT l.id AS subject, l.allocated * l.factor AS found, coalesce(r.quantity, 0) AS expected
        FROM sales_order_line l
        LEFT JOIN (SELECT order_line_id, sum(quantity) AS quantity FROM reservation WHERE stage = 'allocated'
                   GROUP BY order_line_id) r ON r.order_line_id = l.id
        WHERE l.stocked AND l.allocated * l.factor <> coalesce(r.quantity, 0)
        """,
    ),
)

ORDERS = (
    Check(
        "order_total_is_sum_of_lines",
        "An order's totals are its lines and its freight.",
        """
        SELECT o.id AS subject,
               o.gross_minor || ' gross, ' || o.net_minor || ' net, ' || o.discount_minor || ' off, '
                   || o.cancelled_minor || ' cancelled, ' || o.shipped_minor || ' shipped' AS found,
               t.gross || ' gross, ' || t.net || ' net, ' || t.discount || ' off, '
                   || t.cancelled || ' cancelled, ' || t.shipped || ' shipped' AS expected
        FROM sales_order o
        JOIN (
            SELECT o.id, sum(l.gross_minor) + o.freight_gross_minor AS gross,
                   sum(l.net_minor) + o.freight_gross_minor - o.freight_tax_minor AS net,
                   sum(l.discount_minor) AS discount,
                   sum(l.cancelled_minor) + o.freight_cancelled_minor AS cancelled,
                   sum(l.shipped_minor) + o.freight_shipped_minor AS shipped
            FROM sales_order o JOIN sales_order_line l ON l.order_id = o.id GROUP BY o.id
        ) t ON t.id = o.id
        WHERE (o.gross_minor, o.net_minor, o.discount_minor, o.cancelled_minor, o.shipped_minor)
           <> (t.gross, t.net, t.discount, t.cancelled, t.shipped)
        """,
    ),
    Check(
        "order_has_lines",
        "No order is without lines.",
        """
        SELECT o.id AS subject, 0 AS found, 'at least 1' AS expected
        FROM sales_order o WHERE NOT EXISTS (SELECT 1 FROM sales_order_line l WHERE l.order_id = o.id)
        """,
    ),
    Check(
        "line_tax_follows_rate",
        "A line's tax is what its rate and its tax mode make of its value.",
        """
        SELECT l.id AS subject, l.tax_minor AS found, e.expected
        FROM sales_order_line l JOIN sales_order o ON o.id = l.order_id
        CROSS JOIN LATERAL (
            SELECT CASE o.tax_mode
                WHEN 'included' THEN l.gross_minor - round(l.gross_minor::numeric * 10000 / (10000 + l.tax_rate_bp))
                ELSE round(l.net_minor::numeric * l.tax_rate_bp / 10000) END AS expected
        ) e
        WHERE l.tax_minor <> e.expected
        """,
    ),
    Check(
        "discount_is_sum_of_shares",
        "A line's discount is the sum of the shares that were granted to it.",
        """
        SELECT l.id AS subject, l.discount_minor AS found, coalesce(d.amount_minor, 0) AS expected
        FROM sales_order_line l
        LEFT JOIN (SELECT order_line_id, sum(amount_minor) AS amount_minor FROM sales_order_line_discount
                   GROUP BY order_line_id) d ON d.order_line_id = l.id
        WHERE l.discount_minor <> coalesce(d.amount_minor, 0)
        """,
    ),
    Check(
        "cancelled_is_sum_of_cancellations",
        "What a line has cancelled is on record.",
        """
        SELECT l.id AS subject, l.cancelled || ' for ' || l.cancelled_minor AS found,
               coalesce(c.quantity, 0) || ' for ' || coalesce(c.amount_minor, 0) AS expected
        FROM sales_order_line l
        LEFT JOIN (SELECT order_line_id, sum(quantity) AS quantity, sum(amount_minor) AS amount_minor
                   FROM cancellation GROUP BY order_line_id) c ON c.order_line_id = l.id
        WHERE l.cancelled <> coalesce(c.quantity, 0) OR l.cancelled_minor <> coalesce(c.amount_minor, 0)
        """,
    ),
    Check(
        "shipped_is_sum_of_shipments",
        "What a line has shipped and delivered is in its shipments.",
        """
        SELECT l.id AS subject, l.shipped || ' shipped, ' || l.delivered || ' delivered' AS found,
               coalesce(s.shipped, 0) || ' shipped, ' || coalesce(s.delivered, 0) || ' delivered' AS expected
        FROM sales_order_line l
        LEFT JOIN (
            SELECT sl.order_line_id, sum(sl.quantity) AS shipped,
                   coalesce(sum(sl.quantity) FILTER (WHERE s.status = 'delivered'), 0) AS delivered
            FROM shipment_line sl JOIN shipment s ON s.id = sl.shipment_id GROUP BY sl.order_line_id
        ) s ON s.order_line_id = l.id
        WHERE l.shipped <> coalesce(s.shipped, 0) OR l.delivered <> coalesce(s.delivered, 0)
        """,
    ),
    Check(
        "order_value_shipped_is_in_shipments",
        "What an order has shipped in money is the sum of its shipments.",
        """
        SELECT o.id AS subject, o.shipped_minor AS found, coalesce(s.amount_minor, 0) AS expected
        FROM sales_order o
        LEFT JOIN (SELECT order_id, sum(amount_minor) AS amount_minor FROM shipment GROUP BY order_id) s
            ON s.order_id = o.id
        WHERE o.shipped_minor <> coalesce(s.amount_minor, 0)
        """,
    ),
    Check(
        "fulfilment_status_follows_counters",
        "An order's fulfilment status says what its lines' counters say.",
        """
        SELECT o.id AS subject, o.fulfilment_status AS found, e.expected
        FROM sales_order o
        JOIN (SELECT order_id, sum(ordered - cancelled) AS wanted, sum(shipped) AS shipped,
                     sum(delivered) AS delivered, sum(allocated) AS allocated
              FROM sales_order_line GROUP BY order_id) l ON l.order_id = o.id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN l.shipped > 0 AND l.delivered = l.shipped AND l.shipped = l.wanted THEN 'delivered'
                        WHEN l.shipped > 0 AND l.shipped = l.wanted THEN 'shipped'
                        WHEN l.shipped > 0 THEN 'partial'
                        WHEN l.allocated > 0 THEN 'allocated'
                        ELSE 'none' END AS expected
        ) e
        WHERE o.fulfilment_status <> e.expected
        """,
    ),
    Check(
        "closed_orders_are_done",
        "A cancelled, rejected or expired order has nothing left to ship.",
        """
        SELECT o.id AS subject, o.gross_minor - o.cancelled_minor - o.shipped_minor AS found, 0 AS expected
        FROM sales_order o
        WHERE o.status IN ('cancelled', 'rejected', 'expired', 'closed_short', 'completed')
          AND o.gross_minor <> o.cancelled_minor + o.shipped_minor
        """,
    ),
    Check(
        "timeline_reaches_version",
        "An order's timeline has an entry for each of its versions.",
        """
        SELECT o.id AS subject, count(e.version) || ' entries up to ' || coalesce(max(e.version), 0) AS found,
               o.version || ' entries up to ' || o.version AS expected
        FROM sales_order o LEFT JOIN sales_order_event e ON e.order_id = o.id
        GROUP BY o.id HAVING count(e.version) <> o.version OR max(e.version) <> o.version
        """,
    ),
)

NETWORK = (
    Check(
        "relations_have_no_cycle",
        "Along active and suspended relations nobody buys from itself.",
        """
        WITH RECURSIVE chain AS (
            SELECT network_id, seller_id AS start_id, buyer_id FROM trade_relation WHERE status <> 'ended'
            UNION
            SELECT c.network_id, c.start_id, r.buyer_id
            FROM chain c
            JOIN trade_relation r ON r.network_id = c.network_id AND r.seller_id = c.buyer_id AND r.status <> 'ended'
        )
        SELECT start_id AS subject, 'a cycle in network ' || network_id AS found, 'none' AS expected
        FROM chain WHERE buyer_id = start_id
        """,
    ),
)

FACTS = (
    Check(
        "no_fact_unpublished",
        "No fact waits in the outbox for long.",
        """
        SELECT id AS subject, kind || ' ' || what || ' of ' || at AS found, 'published' AS expected
        FROM outbox WHERE at < $1
        """,
    ),
    Check(
        "delivery_numbers_have_no_holes",
        "Delivery numbers are given without holes, up to the publisher's counter.",
        """
        SELECT 'event' AS subject, count(e.delivery_no) || ' events up to ' || coalesce(max(e.delivery_no), 0) AS found,
               p.last_no - p.oldest_no + 1 || ' events up to ' || p.last_no AS expected
        FROM publisher p LEFT JOIN event e ON e.delivery_no >= p.oldest_no
        GROUP BY p.last_no, p.oldest_no
        HAVING count(e.delivery_no) <> p.last_no - p.oldest_no + 1
            OR (count(e.delivery_no) > 0 AND max(e.delivery_no) <> p.last_no)
        """,
    ),
    Check(
        "facts_of_an_order_are_in_order",
        "The facts of one order are delivered in the order of its versions.",
        """
        SELECT subject_id AS subject, version AS found, 'more than ' || before AS expected
        FROM (SELECT subject_id, version, lag(version) OVER (PARTITION BY subject_id ORDER BY delivery_no) AS before
              FROM event WHERE kind = 'order') e
        WHERE version <= before
        """,
    ),
    Check(
        "event_has_audience",
        "Every kept fact is heard by somebody.",
        """
        SELECT e.delivery_no AS subject, 'nobody' AS found, 'an audience' AS expected
        FROM event e WHERE NOT EXISTS (SELECT 1 FROM event_audience a WHERE a.delivery_no = e.delivery_no)
        """,
    ),
)

CHECKS: tuple[Check, ...] = (*LEDGER, *STOCK, *ORDERS, *NETWORK, *FACTS)


async def audit(checks: Iterable[Check] = CHECKS, *, unpublished_after: timedelta = UNPUBLISHED_AFTER) -> list[Finding]:
    """Run the checks in one snapshot and return every breach, at most 20 of each kind; an empty list is clean."""
    async with database.pool().acquire() as connection:
        return await audit_on(connection, checks, unpublished_after=unpublished_after)


async def audit_on(
    connection: asyncpg.Connection, checks: Iterable[Check] = CHECKS, *, unpublished_after: timedelta
) -> list[Finding]:
    """The same on a connection of the caller's, in a transaction of its own."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return [
            finding
            for check in checks
            for finding in await breaches(connection, check, unpublished_after=unpublished_after)
        ]


async def breaches(connection: asyncpg.Connection, check: Check, *, unpublished_after: timedelta) -> list[Finding]:
    """What breaks one invariant, as the open transaction sees it."""
    moments = {"no_fact_unpublished": now() - unpublished_after, "line_is_promised_what_is_open": now()}
    params = [moments[check.name]] if check.name in moments else []
    sql = f"SELECT subject::text, found::text, expected::text FROM ({check.sql}) AS breach LIMIT {MOST_SHOWN}"
    return [Finding(check.name, *row) for row in await connection.fetch(sql, *params)]
