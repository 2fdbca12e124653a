"""What must hold of shipments: what was signed for, and what follows from what was said of them."""

from workers.invariants.check import Check

# Events of a package: those of its waybill, of itself, and of its shipment as a whole.
_SAID = """
    SELECT p.id AS package_id, t.code, t.at,
           array_position(ARRAY['picked_up', 'in_transit', 'out_for_delivery', 'exception', 'returning', 'arrived',
               'returned'], t.code::text) AS rank
    FROM shipment_package p
    JOIN tracking_event t ON t.waybill_id = p.waybill_id
        OR (t.shipment_id = p.shipment_id AND coalesce(t.package_id, p.id) = p.id)
    WHERE p.removed_at IS NULL
"""
_STATUS = """CASE {code} WHEN 'picked_up' THEN 'in_transit' WHEN 'returning' THEN 'exception'
    WHEN 'returned' THEN 'returned_to_sender' ELSE {code} END"""

SHIPMENTS = (
    Check(
        "arrived_is_within_shipped",
        "What was signed for and what was rejected of a line is no more than was shipped, and nothing less than none.",
        """
        SELECT l.id AS subject, l.delivered || ' delivered, ' || l.rejected || ' rejected' AS found,
               'at most ' || l.shipped AS expected
        FROM sales_order_line l
        WHERE l.delivered < 0 OR l.rejected < 0 OR l.delivered + l.rejected > l.shipped
        """,
    ),
    Check(
        "signed_shipment_is_settled",
        "Of a shipment that was signed for every quantity is delivered or rejected; of another nothing is.",
        """
        SELECT s.id AS subject, s.status || ' with ' || g.delivered + g.rejected AS found,
               CASE s.status WHEN 'delivered' THEN g.quantity ELSE 0 END AS expected
        FROM shipment s JOIN shipment_line g ON g.shipment_id = s.id
        WHERE g.delivered + g.rejected <> CASE s.status WHEN 'delivered' THEN g.quantity ELSE 0 END
        """,
    ),
    Check(
        "shipment_is_its_orders",
        "A shipment is its order's: of the same seller and network, with lines of that order only.",
        """
        SELECT s.id AS subject, s.seller_id || ' / ' || coalesce(l.order_id, s.order_id) AS found,
               o.seller_id || ' / ' || o.id AS expected
        FROM shipment s
        JOIN sales_order o ON o.id = s.order_id
        LEFT JOIN shipment_line g ON g.shipment_id = s.id
        LEFT JOIN sales_order_line l ON l.id = g.order_line_id
        WHERE s.seller_id <> o.seller_id OR s.network_id <> o.network_id OR l.order_id <> o.id
        """,
    ),
    Check(
        "shipment_has_packages",
        "Every shipment is in packages.",
        """
        SELECT s.id AS subject, 0 AS found, 'at least 1' AS expected FROM shipment s
        WHERE NOT EXISTS (SELECT FROM shipment_package p WHERE p.shipment_id = s.id AND p.removed_at IS NULL)
        """,
    ),
    Check(
        "package_follows_its_news",
        "A package is where the newest of its news say, but for scans after it arrived or turned back.",
        f"""
        SELECT p.id AS subject, p.status || ' at ' || coalesce(p.news_at::text, 'no time') AS found,
               e.status || ' at ' || coalesce(e.at::text, 'no time') AS expected
        FROM shipment_package p
        LEFT JOIN (
            SELECT package_id, max(at) AS at, bool_or(code = 'returned') AS came_back,
                   (array_agg(code::text ORDER BY at DESC, rank DESC))[1] AS newest,
                   (array_agg(code::text ORDER BY at DESC, rank DESC) FILTER (WHERE rank > 3))[1] AS telling
            FROM ({_SAID}) said GROUP BY package_id
        ) n ON n.package_id = p.id
        CROSS JOIN LATERAL (
            SELECT n.at, CASE WHEN n.package_id IS NULL THEN 'shipped' WHEN n.came_back THEN 'returned_to_sender'
                WHEN n.telling IN ('arrived', 'returning') THEN {_STATUS.format(code="n.telling")}
                ELSE {_STATUS.format(code="n.newest")} END AS status
        ) e
        WHERE p.removed_at IS NULL AND (p.status, p.news_at) IS DISTINCT FROM (e.status, e.at)
        """,
    ),
    Check(
        "shipment_follows_its_packages",
        "A shipment that nobody has signed for is where its packages are.",
        """
        SELECT s.id AS subject, s.status AS found, e.status AS expected
        FROM shipment s
        JOIN (SELECT shipment_id, bool_and(status = 'returned_to_sender') AS back,
                     bool_and(status = 'arrived') AS there,
                     bool_or(status IN ('exception', 'returned_to_sender')) AS wrong,
                     bool_and(status IN ('arrived', 'out_for_delivery')) AS near, bool_and(status = 'shipped') AS silent
              FROM shipment_package WHERE removed_at IS NULL GROUP BY shipment_id) p ON p.shipment_id = s.id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN p.back THEN 'returned_to_sender' WHEN p.wrong THEN 'exception' WHEN p.there THEN 'arrived'
                WHEN p.near THEN 'out_for_delivery' WHEN p.silent THEN 'shipped' ELSE 'in_transit' END AS status
        ) e
        WHERE s.status <> 'delivered' AND s.status <> e.status
        """,
    ),
    Check(
        "alerts_follow_silence",
        "A shipment stalls when its packages' silence, under its seller's rules, is over; it is told once.",
        """
        SELECT s.id AS subject, coalesce(s.stalls_at::text, 'never') || CASE WHEN s.stalled_at IS NULL THEN ''
                   ELSE ', told' END AS found, coalesce(e.stalls_at::text, 'never') AS expected
        FROM shipment s
        JOIN LATERAL (
            SELECT min(CASE
                WHEN p.status IN ('exception', 'returned_to_sender') THEN p.news_at
                WHEN p.status = 'arrived' THEN NULL
                ELSE coalesce(p.news_at, s.shipped_at) + make_interval(hours => CASE
                    WHEN own.id IS NOT NULL THEN own.stalled_after_hours WHEN any_.id IS NOT NULL
                    THEN any_.stalled_after_hours ELSE 72 END)
                END) AS stalls_at
            FROM shipment_package p
            LEFT JOIN logistics_rule own ON own.network_id = s.network_id AND own.seller_id = s.seller_id
                AND own.carrier_code = p.carrier_code
            LEFT JOIN logistics_rule any_ ON any_.network_id = s.network_id AND any_.seller_id = s.seller_id
                AND any_.carrier_code IS NULL
            WHERE p.shipment_id = s.id AND p.removed_at IS NULL
        ) e ON true
        WHERE s.status <> 'delivered' AND (s.stalls_at IS DISTINCT FROM e.stalls_at
            OR (s.stalled_at IS NOT NULL AND (s.stalls_at IS NULL OR s.stalls_at > s.stalled_at)))
        """,
    ),
    Check(
        "packages_bear_their_numbers",
        "A package's waybill is the one of its carrier and its number.",
        """
        SELECT p.id AS subject, w.carrier || ' ' || w.number AS found,
               p.carrier_code || ' ' || p.tracking_number AS expected
        FROM shipment_package p JOIN waybill w ON w.id = p.waybill_id
        WHERE w.carrier <> p.carrier_code
           OR w.number <> upper(regexp_replace(p.tracking_number, '\\s', '', 'g'))
        """,
    ),
)
