"""What must hold of orders: values, counters, and the statuses that follow from them."""

from workers.invariants.check import OF_ORDERS, Check, half_up

# Minor units in one major unit, by ISO 4217.
_MINOR_UNITS = """CASE
    WHEN o.currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV',
                        'XAF', 'XOF', 'XPF') THEN 1
    WHEN o.currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
    ELSE 100 END"""


def _tax(gross: str, net: str, rate_bp: str) -> str:
    """SQL for the tax in an amount, by the tax mode of order `o`."""
    return f"""CASE o.tax_mode
        WHEN 'included' THEN {gross} - {half_up(f"{gross} * 10000::numeric", f"10000 + {rate_bp}")}
        ELSE {half_up(f"({net}) * {rate_bp}::numeric", "10000")} END"""


ORDERS = (
    Check(
        "order_total_is_sum_of_lines",
        "An order's totals are its lines and its freight.",
        """
        SELECT o.id AS subject,
               o.goods_gross_minor || ' goods, ' || o.gross_minor || ' gross, ' || o.net_minor || ' net, '
                   || o.discount_minor || ' off, ' || o.cancelled_minor || ' cancelled, '
                   || o.shipped_minor || ' shipped' AS found,
               t.goods || ' goods, ' || t.gross || ' gross, ' || t.net || ' net, '
                   || t.discount || ' off, ' || t.cancelled || ' cancelled, ' || t.shipped || ' shipped' AS expected
        FROM sales_order o
        JOIN (
            SELECT o.id, sum(l.gross_minor) AS goods, sum(l.gross_minor) + o.freight_gross_minor AS gross,
                   sum(l.net_minor) + o.freight_gross_minor - o.freight_tax_minor AS net,
                   sum(l.discount_minor) AS discount,
                   sum(l.cancelled_minor) + o.freight_cancelled_minor AS cancelled,
                   sum(l.shipped_minor) + o.freight_shipped_minor AS shipped
            FROM sales_order o JOIN sales_order_line l ON l.order_id = o.id
            GROUP BY o.id, o.freight_gross_minor, o.freight_tax_minor, o.freight_cancelled_minor,
                     o.freight_shipped_minor
        ) t ON t.id = o.id
        WHERE (o.goods_gross_minor, o.gross_minor, o.net_minor, o.discount_minor, o.cancelled_minor, o.shipped_minor)
           <> (t.goods, t.gross, t.net, t.discount, t.cancelled, t.shipped)
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "order_has_lines",
        "No order is without lines.",
        """
        SELECT o.id AS subject, 0 AS found, 'at least 1' AS expected
        FROM sales_order o WHERE NOT EXISTS (SELECT 1 FROM sales_order_line l WHERE l.order_id = o.id)
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "line_value_is_price_times_quantity",
        "A line's value, in its price's own mode and before discounts, is its frozen price times what was ordered.",
        f"""
        SELECT l.id AS subject, e.value_minor AS found, e.expected
        FROM sales_order_line l JOIN sales_order o ON o.id = l.order_id
        CROSS JOIN LATERAL (
            SELECT CASE o.tax_mode WHEN 'included' THEN l.gross_minor ELSE l.net_minor END + l.discount_minor
                       AS value_minor,
                   {half_up(f"l.unit_price * l.ordered * {_MINOR_UNITS}", "1")} AS expected
        ) e
        WHERE e.value_minor <> e.expected
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "line_tax_follows_rate",
        "A line's tax is what its rate and its tax mode make of its value.",
        # In net mode a discount of all that was left cannot take back the tax that a cancelled part left with.
        f"""
        SELECT l.id AS subject, l.tax_minor AS found, e.expected
        FROM sales_order_line l JOIN sales_order o ON o.id = l.order_id
        CROSS JOIN LATERAL (SELECT {_tax("l.gross_minor", "l.net_minor", "l.tax_rate_bp")} AS expected) e
        WHERE l.tax_minor <> e.expected
          AND NOT (o.tax_mode = 'excluded' AND l.tax_minor > e.expected AND l.settled > 0
                   AND l.gross_minor = l.settled_minor)
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "freight_tax_follows_rate",
        "The tax of an order's freight is what its rate and its tax mode make of it.",
        f"""
        SELECT o.id AS subject, o.freight_tax_minor AS found, e.expected
        FROM sales_order o
        CROSS JOIN LATERAL (SELECT {
            _tax("o.freight_gross_minor", "o.freight_gross_minor - o.freight_tax_minor", "o.freight_tax_rate_bp")
        } AS expected
        ) e
        WHERE o.freight_tax_minor <> e.expected
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "what_left_a_line_is_its_share",
        "The value that left a line, shipped or cancelled, is that of the quantity, since the last discount.",
        f"""
        SELECT l.id AS subject, l.cancelled_minor + l.shipped_minor AS found, e.expected
        FROM sales_order_line l
        CROSS JOIN LATERAL (
            SELECT l.settled_minor + CASE WHEN l.ordered = l.settled THEN 0 ELSE {
            half_up(
                "(l.gross_minor - l.settled_minor) * (l.cancelled + l.shipped - l.settled)", "l.ordered - l.settled"
            )
        }
                END AS expected
        ) e
        WHERE l.cancelled_minor + l.shipped_minor <> e.expected
        """,
        lately=OF_ORDERS,
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
        lately=OF_ORDERS,
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
        lately=OF_ORDERS,
    ),
    Check(
        "shipped_is_sum_of_shipments",
        "What a line has shipped is in its shipments, with what of it was signed for and what was rejected.",
        """
        SELECT l.id AS subject,
               l.shipped || ' shipped, ' || l.delivered || ' delivered, ' || l.rejected || ' rejected' AS found,
               coalesce(s.shipped, 0) || ' shipped, ' || coalesce(s.delivered, 0) || ' delivered, '
                   || coalesce(s.rejected, 0) || ' rejected' AS expected
        FROM sales_order_line l
        LEFT JOIN (SELECT order_line_id, sum(quantity) AS shipped, sum(delivered) AS delivered,
                          sum(rejected) AS rejected
                   FROM shipment_line GROUP BY order_line_id) s ON s.order_line_id = l.id
        WHERE (l.shipped, l.delivered, l.rejected)
           <> (coalesce(s.shipped, 0), coalesce(s.delivered, 0), coalesce(s.rejected, 0))
        """,
        lately=OF_ORDERS,
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
        lately=OF_ORDERS,
    ),
    Check(
        "fulfilment_status_follows_counters",
        "An order's fulfilment status says what its lines' counters say.",
        """
        SELECT o.id AS subject, o.fulfilment_status AS found, e.expected
        FROM sales_order o
        JOIN (SELECT order_id, sum(ordered - cancelled) AS wanted, sum(shipped) AS shipped,
                     sum(delivered + rejected) AS delivered, sum(allocated) AS allocated
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
        lately=OF_ORDERS,
    ),
    Check(
        "payment_status_follows_counters",
        "An order's payment status says what its funding and its counters say.",
        """
        SELECT o.id AS subject, o.payment_status AS found, e.expected
        FROM sales_order o
        CROSS JOIN LATERAL (
            SELECT CASE WHEN o.funding = 'credit' THEN 'unpaid'
                        WHEN o.cancelled_minor = 0 OR o.gross_minor = 0 THEN 'paid'
                        WHEN o.cancelled_minor = o.gross_minor THEN 'refunded'
                        ELSE 'refunded_part' END AS expected
        ) e
        WHERE o.payment_status <> e.expected
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "status_agrees_with_counters",
        "What was decided about an order is possible with what was confirmed, shipped, cancelled and delivered of it.",
        """
        SELECT o.id AS subject, o.status AS found,
               'one that goes with ' || l.open || ' open, ' || l.shipped || ' shipped, ' || l.delivered
                   || ' arrived, ' || CASE WHEN o.confirmed_at IS NULL THEN 'not confirmed' ELSE 'confirmed' END
                   || CASE WHEN o.closed_at IS NULL THEN '' ELSE ', closed' END AS expected
        FROM sales_order o
        JOIN (SELECT order_id, sum(ordered - cancelled - shipped) AS open, sum(cancelled) AS cancelled,
                     sum(shipped) AS shipped, sum(delivered + rejected) AS delivered
              FROM sales_order_line GROUP BY order_id) l ON l.order_id = o.id
        WHERE NOT CASE o.status
            WHEN 'change_proposed' THEN o.confirmed_at IS NULL AND l.shipped = 0 AND l.open > 0
            WHEN 'submitted' THEN o.confirmed_at IS NULL AND l.shipped = 0 AND l.open > 0
            WHEN 'confirmed' THEN o.confirmed_at IS NOT NULL AND l.shipped = 0 AND l.open > 0
            WHEN 'cancel_requested' THEN o.confirmed_at IS NOT NULL AND l.open > 0
            WHEN 'fulfilling' THEN o.confirmed_at IS NOT NULL AND l.shipped > 0
                AND (l.open > 0 OR l.delivered < l.shipped)
            WHEN 'completed' THEN l.shipped > 0 AND l.open = 0 AND l.delivered = l.shipped
            WHEN 'closed_short' THEN l.shipped > 0 AND l.open = 0 AND l.cancelled > 0
            WHEN 'cancelled' THEN l.shipped = 0 AND l.open = 0
            ELSE o.confirmed_at IS NULL AND l.shipped = 0 AND l.open = 0 END
          OR (o.closed_at IS NULL) = (o.status IN ('completed', 'closed_short', 'cancelled', 'rejected', 'expired'))
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "closed_orders_are_done",
        "A closed order has nothing left to ship, in money neither.",
        """
        SELECT o.id AS subject, o.gross_minor - o.cancelled_minor - o.shipped_minor AS found, 0 AS expected
        FROM sales_order o
        WHERE o.status IN ('cancelled', 'rejected', 'expired', 'closed_short', 'completed')
          AND o.gross_minor <> o.cancelled_minor + o.shipped_minor
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "cancellation_is_asked_for_once",
        "While, and only while, a cancellation is asked for, there is an undecided request.",
        """
        SELECT o.id AS subject, o.status || ' with ' || count(q.id) || ' undecided' AS found,
               CASE o.status WHEN 'cancel_requested' THEN 1 ELSE 0 END || ' undecided' AS expected
        FROM sales_order o LEFT JOIN cancellation_request q ON q.order_id = o.id AND q.status = 'open'
        GROUP BY o.id, o.status HAVING count(q.id) <> CASE o.status WHEN 'cancel_requested' THEN 1 ELSE 0 END
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "timeline_reaches_version",
        "An order's timeline has an entry for each of its versions.",
        """
        SELECT o.id AS subject, count(e.version) || ' entries up to ' || coalesce(max(e.version), 0) AS found,
               o.version || ' entries up to ' || o.version AS expected
        FROM sales_order o LEFT JOIN sales_order_event e ON e.order_id = o.id
        GROUP BY o.id, o.version HAVING count(e.version) <> o.version OR max(e.version) <> o.version
        """,
        lately=OF_ORDERS,
    ),
)
