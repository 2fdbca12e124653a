"""What must hold of the shape of networks, and of what was told."""

from workers.invariants.check import Check

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
        "every_change_was_told",
        "An order's newest version was told, unless that is too long ago to be kept.",
        """
        SELECT o.id AS subject, coalesce(told.version, 0) AS found, o.version AS expected
        FROM publisher p
        CROSS JOIN sales_order o
        JOIN sales_order_event e ON e.order_id = o.id AND e.version = o.version
        LEFT JOIN (SELECT subject_id, max(version) AS version
                   FROM (SELECT subject_id, version FROM event WHERE kind = 'order'
                         UNION ALL SELECT subject_id, version FROM outbox WHERE kind = 'order') f
                   GROUP BY subject_id) told ON told.subject_id = o.id
        WHERE told.version IS DISTINCT FROM o.version
          AND (p.oldest_no = 1 OR e.at > (SELECT min(at) + interval '1 hour' FROM event))
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
