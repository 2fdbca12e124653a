"""What must add up between an order, its stock and its money, whatever was done; recomputed from the rows."""

from app import database

WRONG = {
    "a hold is not what its order has open": """
        SELECT h.order_id FROM ledger_hold h JOIN sales_order o ON o.id = h.order_id
        WHERE h.remaining_minor <> o.gross_minor - o.cancelled_minor - o.shipped_minor
           OR h.posted_minor <> o.shipped_minor
           OR h.amount_minor <> h.remaining_minor + h.posted_minor + h.voided_minor""",
    "held is not the sum of holds": """
        SELECT a.id FROM ledger_account a
        WHERE a.held_minor <>
            (SELECT coalesce(sum(h.remaining_minor), 0) FROM ledger_hold h WHERE h.account_id = a.id)""",
    "a balance is not the sum of its entries": """
        SELECT a.id FROM ledger_account a WHERE a.balance_minor <>
            (SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e WHERE e.account_id = a.id)""",
    "entries do not sum to zero": """
        SELECT e.transfer_id FROM ledger_entry e GROUP BY e.transfer_id HAVING sum(e.amount_minor) <> 0""",
    "stock is not what was promised of it": """
        SELECT s.id FROM stock_level s
        LEFT JOIN reservation r ON r.warehouse_id = s.warehouse_id AND r.sku_id = s.sku_id
        GROUP BY s.id
        HAVING s.reserved <> coalesce(sum(r.quantity) FILTER (WHERE r.stage = 'reserved'), 0)
            OR s.allocated <> coalesce(sum(r.quantity) FILTER (WHERE r.stage = 'allocated'), 0)""",
    "on hand is not the sum of its moves": """
        SELECT s.id FROM stock_level s WHERE s.on_hand <>
            (SELECT coalesce(sum(m.quantity), 0) FROM stock_move m
             WHERE m.warehouse_id = s.warehouse_id AND m.sku_id = s.sku_id)""",
    "a line's promise is not what it has open": """
        SELECT l.id FROM sales_order_line l JOIN sales_order o ON o.id = l.order_id
        WHERE l.stocked AND (o.reservation_expires_at IS NULL OR o.status NOT IN ('submitted', 'change_proposed'))
          AND round(l.ordered * l.factor, 6) - round((l.cancelled + l.shipped) * l.factor, 6) <>
            (SELECT coalesce(sum(r.quantity), 0) FROM reservation r WHERE r.order_line_id = l.id)""",
    "a line's allocated quantity is not what it has open": """
        SELECT l.id FROM sales_order_line l JOIN sales_order o ON o.id = l.order_id
        WHERE l.allocated <> CASE WHEN l.stocked AND o.confirmed_at IS NOT NULL
                                  THEN l.ordered - l.cancelled - l.shipped ELSE 0 END""",
    "an order is not the sum of its lines": """
        SELECT o.id FROM sales_order o JOIN sales_order_line l ON l.order_id = o.id GROUP BY o.id
        HAVING o.gross_minor <> sum(l.gross_minor) + o.freight_gross_minor
            OR o.tax_minor <> sum(l.tax_minor) + o.freight_tax_minor OR o.goods_gross_minor <> sum(l.gross_minor)
            OR o.discount_minor <> sum(l.discount_minor)
            OR o.cancelled_minor <> sum(l.cancelled_minor) + o.freight_cancelled_minor
            OR o.shipped_minor <> sum(l.shipped_minor) + o.freight_shipped_minor""",
    "what left a line is not its share": """
        SELECT l.id FROM sales_order_line l
        WHERE l.cancelled_minor + l.shipped_minor <> l.settled_minor + CASE WHEN l.ordered = l.settled THEN 0
            ELSE round((l.gross_minor - l.settled_minor) * (l.cancelled + l.shipped - l.settled)
                       / (l.ordered - l.settled)) END
           OR (l.shipped = l.ordered AND l.shipped_tax_minor <> l.tax_minor)""",
    "cancellations do not sum to the line": """
        SELECT l.id FROM sales_order_line l LEFT JOIN cancellation c ON c.order_line_id = l.id GROUP BY l.id
        HAVING l.cancelled <> coalesce(sum(c.quantity), 0) OR l.cancelled_minor <> coalesce(sum(c.amount_minor), 0)""",
    "shares do not sum to the discount": """
        SELECT l.id FROM sales_order_line l LEFT JOIN sales_order_line_discount d ON d.order_line_id = l.id
        GROUP BY l.id
        HAVING l.discount_minor <> coalesce(sum(d.amount_minor), 0)""",
    "shipments do not sum to the line": """
        SELECT l.id FROM sales_order_line l LEFT JOIN shipment_line g ON g.order_line_id = l.id
        LEFT JOIN shipment s ON s.id = g.shipment_id GROUP BY l.id
        HAVING l.shipped <> coalesce(sum(g.quantity), 0)
            OR l.delivered + l.rejected <> coalesce(sum(g.quantity) FILTER (WHERE s.status = 'delivered'), 0)
            OR l.rejected <> coalesce(sum(g.rejected), 0)""",
    "shipments are not worth what was posted": """
        SELECT o.id FROM sales_order o LEFT JOIN shipment s ON s.order_id = o.id GROUP BY o.id
        HAVING o.shipped_minor <> coalesce(sum(s.amount_minor), 0)
            OR o.shipped_minor <> -(SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e
                JOIN ledger_transfer t ON t.id = e.transfer_id JOIN ledger_account a ON a.id = e.account_id
                JOIN shipment p ON p.id = t.document_id
                WHERE p.order_id = o.id AND a.kind IN ('revenue', 'output_tax'))""",
    "the timeline has gaps": """
        SELECT o.id FROM sales_order o JOIN sales_order_event e ON e.order_id = o.id GROUP BY o.id
        HAVING o.version <> max(e.version) OR o.version <> count(*)""",
    "a closed order has something open": """
        SELECT o.id FROM sales_order o JOIN sales_order_line l ON l.order_id = o.id
        WHERE o.status IN ('cancelled', 'rejected', 'expired', 'closed_short', 'completed')
          AND (l.ordered <> l.cancelled + l.shipped OR o.closed_at IS NULL)""",
}


async def wrong_books() -> list[str]:
    """Everything in this database that does not add up; empty when all is well."""
    found = []
    for what, sql in WRONG.items():
        rows = await database.rows(sql)
        found += [f"{what}: {row[0]}" for row in rows]
    return found
