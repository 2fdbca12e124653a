"""What must hold of the figures about customers, and of what was decided about relations."""

from workers.invariants.check import Check

_MONTH = """(extract(year FROM o.placed_at AT TIME ZONE n.time_zone) * 12
                + extract(month FROM o.placed_at AT TIME ZONE n.time_zone) - 1)::int"""

CUSTOMERS = (
    Check(
        "customer_has_figures",
        "Every relation has figures, under its own seller and network, in its own currency.",
        """
        SELECT r.id AS subject, coalesce(f.seller_id || ' in ' || f.network_id || ', ' || f.currency, 'none') AS found,
               r.seller_id || ' in ' || r.network_id || ', ' || r.currency AS expected
        FROM trade_relation r LEFT JOIN customer_figures f ON f.relation_id = r.id
        WHERE (f.seller_id, f.network_id, f.currency) IS DISTINCT FROM (r.seller_id, r.network_id, r.currency)
        """,
    ),
    Check(
        "customer_months_are_sums_of_orders",
        "A customer's months are the orders placed in them, and their gross less what was cancelled of it.",
        f"""
        WITH kept AS (
            SELECT f.relation_id, f.month - m.place::int + 1 AS month, m.orders, m.minor
            FROM customer_figures f
            CROSS JOIN unnest(f.orders, f.turnover_minor) WITH ORDINALITY AS m(orders, minor, place)
            WHERE m.orders <> 0 OR m.minor <> 0
        ), placed AS (
            SELECT o.relation_id, {_MONTH} AS month, count(*) AS orders, sum(o.gross_minor - o.cancelled_minor) AS minor
            FROM sales_order o JOIN network n ON n.id = o.network_id GROUP BY 1, 2
        )
        SELECT f.relation_id AS subject,
               coalesce(k.orders, 0) || ' orders of ' || coalesce(k.minor, 0) || ' in month ' || b.month AS found,
               coalesce(p.orders, 0) || ' orders of ' || coalesce(p.minor, 0) || ' in month ' || b.month AS expected
        FROM kept k FULL JOIN placed p ON p.relation_id = k.relation_id AND p.month = k.month
        CROSS JOIN LATERAL (SELECT coalesce(k.relation_id, p.relation_id) AS relation_id,
                                   coalesce(k.month, p.month) AS month) b
        JOIN customer_figures f ON f.relation_id = b.relation_id
        WHERE (k.orders, k.minor) IS DISTINCT FROM (p.orders, p.minor) AND b.month > f.month - 24
        """,
    ),
    Check(
        "customer_last_order_is_its_last",
        "A customer is silent since its last order, and where there is none since its relation was opened.",
        """
        SELECT f.relation_id AS subject,
               coalesce(f.last_order_id::text, 'no order') || ' at ' || f.silent_since AS found,
               coalesce(o.id::text, 'no order') || ' at ' || coalesce(o.placed_at, r.created_at) AS expected
        FROM customer_figures f
        JOIN trade_relation r ON r.id = f.relation_id
        LEFT JOIN (SELECT DISTINCT ON (relation_id) relation_id, id, placed_at FROM sales_order
                   ORDER BY relation_id, placed_at DESC, id DESC) o ON o.relation_id = r.id
        WHERE (f.last_order_id, f.silent_since) IS DISTINCT FROM (o.id, coalesce(o.placed_at, r.created_at))
        """,
    ),
    Check(
        "customer_owes_what_is_unpaid",
        "What a customer owes falls due with the debts due last, as far as the balance goes.",
        """
        WITH debt AS (
            SELECT a.relation_id, a.balance_minor, t.due_at, e.amount_minor, sum(e.amount_minor)
                OVER (PARTITION BY a.id ORDER BY t.due_at DESC, e.id ROWS UNBOUNDED PRECEDING) - e.amount_minor AS later
            FROM ledger_account a
            JOIN ledger_entry e ON e.account_id = a.id AND e.amount_minor > 0
            JOIN ledger_transfer t ON t.id = e.transfer_id AND t.due_at IS NOT NULL
            WHERE a.kind = 'receivable'
        ), unpaid AS (
            SELECT relation_id, due_at, sum(least(amount_minor, balance_minor - later)) AS minor
            FROM debt WHERE balance_minor > later GROUP BY relation_id, due_at
            UNION ALL
            SELECT a.relation_id, '-infinity', a.balance_minor - coalesce(d.total, 0)
            FROM ledger_account a
            LEFT JOIN (SELECT relation_id, sum(amount_minor) AS total FROM debt GROUP BY 1) d USING (relation_id)
            WHERE a.kind = 'receivable' AND a.balance_minor > coalesce(d.total, 0)
        ), kept AS (
            SELECT f.relation_id, u.due_at, sum(u.minor) AS minor, min(f.overdue_from) AS first
            FROM customer_figures f CROSS JOIN unnest(f.unpaid_due, f.unpaid_minor) AS u(due_at, minor) GROUP BY 1, 2
        )
        SELECT relation_id AS subject, coalesce(k.minor, 0) || ' due at ' || due_at || ', first ' || k.first AS found,
               coalesce(u.minor, 0) || ' due at ' || due_at || ', not before the first' AS expected
        FROM kept k FULL JOIN unpaid u USING (relation_id, due_at)
        WHERE k.minor IS DISTINCT FROM u.minor OR due_at < k.first
        """,
    ),
    Check(
        "relation_stands_as_decided",
        "A relation's status is what was decided last about it.",
        """
        SELECT r.id AS subject, r.status AS found, d.what AS expected
        FROM trade_relation r
        JOIN (SELECT DISTINCT ON (relation_id) relation_id, what FROM relation_event WHERE what <> 'terms_changed'
              ORDER BY relation_id, version DESC) d ON d.relation_id = r.id
        WHERE r.status <> CASE d.what WHEN 'suspended' THEN 'suspended' WHEN 'ended' THEN 'ended' ELSE 'active' END
        """,
    ),
)
