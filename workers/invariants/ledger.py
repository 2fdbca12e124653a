"""What must hold of money: accounts, holds, and what shipments posted."""

from workers.invariants.check import OF_ORDERS, OF_RELATIONS, Check, half_up

LEDGER = (
    Check(
        "entries_sum_to_zero",
        "The entries of a transfer sum to zero.",
        """
        SELECT transfer_id AS subject, sum(amount_minor) AS found, 0 AS expected
        FROM ledger_entry GROUP BY transfer_id HAVING sum(amount_minor) <> 0
        """,
        lately=OF_RELATIONS,
    ),
    Check(
        "balance_is_sum_of_entries",
        "The balance of an account is the sum of its entries.",
        """
        SELECT a.id AS subject, a.balance_minor AS found, coalesce(sum(e.amount_minor), 0) AS expected
        FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id
        GROUP BY a.id, a.balance_minor HAVING a.balance_minor <> coalesce(sum(e.amount_minor), 0)
        """,
        lately=OF_RELATIONS,
    ),
    Check(
        "held_is_sum_of_holds",
        "What an account holds is what its open holds still promise.",
        """
        SELECT a.id AS subject, a.held_minor AS found, coalesce(sum(h.remaining_minor), 0) AS expected
        FROM ledger_account a LEFT JOIN ledger_hold h ON h.account_id = a.id
        GROUP BY a.id, a.held_minor HAVING a.held_minor <> coalesce(sum(h.remaining_minor), 0)
        """,
        lately=OF_RELATIONS,
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
        lately=OF_ORDERS,
    ),
    Check(
        "hold_began_as_order_value",
        "An order's hold began with the value of the order that was placed, before discounts, unless that was changed.",
        f"""
        SELECT o.id AS subject, coalesce(h.amount_minor, 0) AS found, e.expected
        FROM sales_order o
        LEFT JOIN ledger_hold h ON h.order_id = o.id
        JOIN (
            SELECT o.id, o.freight_gross_minor + sum(CASE o.tax_mode
                WHEN 'included' THEN l.gross_minor + l.discount_minor
                ELSE l.net_minor + l.discount_minor
                     + {half_up("(l.net_minor + l.discount_minor)::numeric * l.tax_rate_bp", "10000")} END) AS expected
            FROM sales_order o JOIN sales_order_line l ON l.order_id = o.id
            GROUP BY o.id, o.freight_gross_minor
        ) e ON e.id = o.id
        WHERE coalesce(h.amount_minor, 0) <> e.expected
          AND NOT EXISTS (SELECT FROM order_amendment a WHERE a.order_id = o.id AND a.status = 'accepted')
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "hold_stage_follows_confirmation",
        "What is promised to an order is pending until the order is confirmed, and open from then on.",
        """
        SELECT o.id AS subject, h.stage AS found, e.expected
        FROM sales_order o JOIN ledger_hold h ON h.order_id = o.id
        CROSS JOIN LATERAL (SELECT CASE WHEN o.confirmed_at IS NULL THEN 'pending' ELSE 'open' END AS expected) e
        WHERE h.stage <> e.expected
        """,
        lately=OF_ORDERS,
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
        lately=OF_ORDERS,
    ),
    Check(
        "exposure_is_sum_of_orders",
        "What a buyer owes and is promised is its orders' value less what it paid, on credit as on prepayment.",
        """
        SELECT a.id AS subject, a.balance_minor + a.held_minor AS found,
               coalesce(o.value_minor, 0) + coalesce(p.paid_minor, 0) AS expected
        FROM ledger_account a
        LEFT JOIN (SELECT relation_id, CASE funding WHEN 'credit' THEN 'receivable' ELSE 'prepayment' END AS kind,
                          currency, sum(gross_minor - cancelled_minor) AS value_minor
                   FROM sales_order GROUP BY relation_id, funding, currency) o
            ON o.relation_id = a.relation_id AND o.kind = a.kind AND o.currency = a.currency
        LEFT JOIN (SELECT e.account_id, sum(e.amount_minor) AS paid_minor
                   FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transfer_id
                   WHERE t.kind <> 'shipment' GROUP BY e.account_id) p ON p.account_id = a.id
        WHERE a.kind IN ('receivable', 'prepayment')
          AND a.balance_minor + a.held_minor <> coalesce(o.value_minor, 0) + coalesce(p.paid_minor, 0)
        """,
        lately=OF_RELATIONS,
    ),
    Check(
        "shipment_is_posted",
        "Every shipment is posted with its value, on the account that its order draws on.",
        """
        SELECT s.id AS subject, coalesce(sum(e.amount_minor), 0) AS found, s.amount_minor AS expected
        FROM shipment s
        JOIN sales_order o ON o.id = s.order_id
        LEFT JOIN ledger_transfer t ON t.kind = 'shipment' AND t.document_id = s.id
        LEFT JOIN ledger_account a ON a.relation_id = o.relation_id AND a.currency = o.currency
            AND a.kind = CASE o.funding WHEN 'credit' THEN 'receivable' ELSE 'prepayment' END
        LEFT JOIN ledger_entry e ON e.transfer_id = t.id AND e.account_id = a.id
        GROUP BY s.id, s.amount_minor HAVING coalesce(sum(e.amount_minor), 0) <> s.amount_minor
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "shipped_tax_is_posted",
        "The tax of what an order has shipped, freight included, is what its shipments posted.",
        f"""
        SELECT o.id AS subject, coalesce(p.tax_minor, 0) AS found, e.expected
        FROM sales_order o
        LEFT JOIN (SELECT s.order_id, -sum(e.amount_minor) AS tax_minor
                   FROM shipment s
                   JOIN ledger_transfer t ON t.kind = 'shipment' AND t.document_id = s.id
                   JOIN ledger_entry e ON e.transfer_id = t.id
                   JOIN ledger_account a ON a.id = e.account_id AND a.kind = 'output_tax'
                   GROUP BY s.order_id) p ON p.order_id = o.id
        JOIN (SELECT order_id, sum(shipped_tax_minor) AS shipped_tax_minor FROM sales_order_line GROUP BY order_id) l
            ON l.order_id = o.id
        CROSS JOIN LATERAL (
            SELECT l.shipped_tax_minor + CASE WHEN o.freight_shipped_minor = 0 THEN 0 ELSE o.freight_tax_minor
                - {half_up("o.freight_tax_minor * o.freight_cancelled_minor::numeric", "o.freight_gross_minor")}
                END AS expected
        ) e
        WHERE coalesce(p.tax_minor, 0) <> e.expected
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "debt_falls_due_as_agreed",
        "What is shipped on credit falls due after the order's net days, what is prepaid never.",
        """
        SELECT t.id AS subject, coalesce(t.due_at::text, 'never') AS found,
               coalesce(e.due_at::text, 'never') AS expected
        FROM ledger_transfer t
        JOIN shipment s ON t.kind = 'shipment' AND s.id = t.document_id
        JOIN sales_order o ON o.id = s.order_id
        CROSS JOIN LATERAL (
            SELECT CASE o.funding WHEN 'credit' THEN s.shipped_at + o.net_days * interval '24 hours' END AS due_at
        ) e
        WHERE t.due_at IS DISTINCT FROM e.due_at
        """,
        lately=OF_ORDERS,
    ),
    Check(
        "entries_stay_in_their_relation",
        "A transfer moves the accounts of its own relation only, all in one currency.",
        """
        SELECT t.id AS subject, count(DISTINCT (a.relation_id, a.currency)) || ' of relation and currency' AS found,
               'those of ' || t.relation_id AS expected
        FROM ledger_transfer t
        JOIN ledger_entry e ON e.transfer_id = t.id
        JOIN ledger_account a ON a.id = e.account_id
        GROUP BY t.id, t.relation_id
        HAVING count(DISTINCT a.currency) > 1 OR count(*) FILTER (WHERE a.relation_id <> t.relation_id) > 0
        """,
    ),
)
