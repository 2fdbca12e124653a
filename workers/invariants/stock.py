"""What must hold of stock: what lies there, and to whom it is promised."""

from workers.invariants.check import OF_ORDERS, Check

# What leaves a line takes the base units up to the sum of what has left, rounded; the rest is promised.
_OPEN_BASE_UNITS = "round(l.ordered * l.factor, 6) - round((l.cancelled + l.shipped) * l.factor, 6)"

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
        f"""
        SELECT l.id AS subject, coalesce(r.quantity, 0) AS found, e.expected
        FROM sales_order_line l
        JOIN sales_order o ON o.id = l.order_id
        LEFT JOIN (SELECT order_line_id, sum(quantity) AS quantity FROM reservation GROUP BY order_line_id) r
            ON r.order_line_id = l.id
        CROSS JOIN LATERAL (SELECT CASE WHEN l.stocked THEN {_OPEN_BASE_UNITS} ELSE 0 END AS expected) e
        WHERE coalesce(r.quantity, 0) <> e.expected
          AND NOT (o.status IN ('submitted', 'change_proposed')
              AND o.reservation_expires_at <= $1 AND coalesce(r.quantity, 0) < e.expected)
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "line_knows_its_allocation",
        "What a line says is allocated to it is open, and is what its allocations say.",
        f"""
        SELECT l.id AS subject, l.allocated || ' allocated' AS found,
               coalesce(r.quantity, 0) || ' base units' AS expected
        FROM sales_order_line l
        LEFT JOIN (SELECT order_line_id, sum(quantity) AS quantity FROM reservation WHERE stage = 'allocated'
                   GROUP BY order_line_id) r ON r.order_line_id = l.id
        WHERE l.allocated NOT IN (0, l.ordered - l.cancelled - l.shipped)
           OR coalesce(r.quantity, 0) <> CASE WHEN l.allocated > 0 THEN {_OPEN_BASE_UNITS} ELSE 0 END
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "promise_stands_as_its_order",
        "A promise is reserved until its order is confirmed and lapses with it; then it is allocated and stands.",
        """
        SELECT r.id AS subject, r.stage || ' until ' || coalesce(r.expires_at::text, 'shipped') AS found,
               e.stage || ' until ' || coalesce(e.expires_at::text, 'shipped') AS expected
        FROM reservation r JOIN sales_order o ON o.id = r.order_id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN o.confirmed_at IS NULL THEN 'reserved' ELSE 'allocated' END AS stage,
                   CASE WHEN o.confirmed_at IS NULL THEN o.reservation_expires_at END AS expires_at
        ) e
        WHERE r.quantity > 0 AND (r.stage <> e.stage OR r.expires_at IS DISTINCT FROM e.expires_at)
        """,
        lately=OF_ORDERS,
    ),
)
