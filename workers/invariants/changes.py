"""What must hold of changes that were proposed of orders, and of what became of them."""

from workers.invariants.check import Check

CHANGES = (
    Check(
        "change_waits_with_its_order",
        "While, and only while, an order waits for its buyer, one change of it is proposed, and both lapse together.",
        """
        SELECT o.id AS subject, o.status || ' with ' || count(a.id) || ' proposed' AS found,
               CASE o.status WHEN 'change_proposed' THEN 1 ELSE 0 END || ' proposed' AS expected
        FROM sales_order o
        LEFT JOIN order_amendment a ON a.order_id = o.id AND a.status = 'proposed'
            AND a.expires_at IS NOT DISTINCT FROM o.change_expires_at
        GROUP BY o.id HAVING count(a.id) <> CASE o.status WHEN 'change_proposed' THEN 1 ELSE 0 END
        """,
    ),
    Check(
        "accepted_change_is_the_order",
        "An order whose change was accepted is what the change says, in every sum and in every line.",
        """
        SELECT a.order_id AS subject, e.found, e.expected
        FROM order_amendment a JOIN sales_order o ON o.id = a.order_id
        CROSS JOIN LATERAL (
            SELECT concat_ws('/', o.gross_minor, o.net_minor, o.tax_minor, o.discount_minor, o.goods_gross_minor,
                             o.freight_gross_minor, o.freight_tax_minor, o.ship_to_id, o.requested_on) AS found,
                   concat_ws('/', a.after ->> 'gross_minor', a.after ->> 'net_minor', a.after ->> 'tax_minor',
                             a.after ->> 'discount_minor', a.after ->> 'goods_minor',
                             a.after ->> 'freight_gross_minor', a.after ->> 'freight_tax_minor',
                             a.after ->> 'ship_to_id', a.after ->> 'requested_on') AS expected
            UNION ALL
            SELECT concat_ws('/', l.id, trim_scale(l.ordered), trim_scale(l.unit_price), l.gross_minor, l.tax_minor,
                             l.discount_minor),
                   concat_ws('/', s.line_id, trim_scale(s.quantity + s.cancelled), trim_scale(s.unit_price),
                             s.gross_minor, s.tax_minor, s.discount_minor)
            FROM jsonb_to_recordset(a.after -> 'lines') AS s(line_id uuid, quantity numeric, cancelled numeric,
                unit_price numeric, gross_minor bigint, tax_minor bigint, discount_minor bigint)
            JOIN sales_order_line l ON l.id = s.line_id
        ) e
        WHERE a.status = 'accepted' AND (e.found <> e.expected OR o.confirmed_at IS NULL)
        """,
    ),
    Check(
        "change_is_in_the_timeline",
        "A change stands in its order's timeline at the version at which it was proposed, and so does its outcome.",
        """
        SELECT a.order_id AS subject, coalesce(e.what, 'nothing') AS found, 'change_proposed' AS expected
        FROM order_amendment a
        LEFT JOIN sales_order_event e ON e.order_id = a.order_id AND e.version = a.version
            AND e.details ->> 'changeId' = a.id::text
        WHERE e.what IS DISTINCT FROM 'change_proposed'
        UNION ALL
        SELECT a.order_id, a.status, 'a timeline that says so'
        FROM order_amendment a
        WHERE a.status <> 'proposed' AND NOT EXISTS (
            SELECT FROM sales_order_event e WHERE e.order_id = a.order_id AND e.version = a.version + 1
                AND e.details ->> 'changeId' = a.id::text AND (e.what = 'change_' || a.status
                    OR (a.status = 'void' AND e.what IN ('cancelled', 'lines_cancelled', 'expired'))))
        """,
    ),
)
