"""What must hold of counts that are kept."""

from workers.invariants.check import OF_RELATIONS, Check

TALLIES = (
    Check(
        "orders_are_tallied",
        "How many orders of a relation are in a status is what is tallied, with the moves that are not added yet.",
        """
        SELECT relation_id AS subject, coalesce(t.n, 0) || ' ' || status AS found,
               coalesce(o.n, 0) || ' ' || status AS expected
        FROM (SELECT seller_id, relation_id, status, sum(orders) AS n
              FROM (SELECT seller_id, relation_id, status, orders FROM order_tally
                    UNION ALL SELECT seller_id, relation_id, status, orders FROM order_tally_move) both_kinds
              GROUP BY seller_id, relation_id, status) t
        FULL JOIN (SELECT seller_id, relation_id, status, count(*) AS n FROM sales_order
                   GROUP BY seller_id, relation_id, status) o USING (seller_id, relation_id, status)
        WHERE coalesce(t.n, 0) <> coalesce(o.n, 0)
        """,
        lately=OF_RELATIONS,
    ),
)
