"""What must hold of leads: somebody has each of them, or watches it, or it is at its end."""

from workers.invariants.check import Check

LEADS = (
    Check(
        "lead_is_with_somebody",
        "A lead has an active assignment, waits in the pool with a reason, or is at its end.",
        """
        SELECT l.id AS subject, l.status || ' with ' || count(a.id) || ' active, ' || count(a.accepted_at)
                   || ' accepted' AS found,
               CASE l.status WHEN 'offered' THEN '1 active, 0 accepted' WHEN 'accepted' THEN '1 active, 1 accepted'
                             ELSE '0 active, 0 accepted' END AS expected
        FROM lead l LEFT JOIN lead_assignment a ON a.lead_id = l.id AND a.closed_at IS NULL
        GROUP BY l.id
        HAVING count(a.id) <> CASE WHEN l.status IN ('offered', 'accepted') THEN 1 ELSE 0 END
            OR count(a.accepted_at) <> CASE WHEN l.status = 'accepted' THEN 1 ELSE 0 END
            OR (l.status = 'pooled') <> (l.pool_reason IS NOT NULL)
            OR (l.closed_at IS NULL) <> (l.status IN ('offered', 'accepted', 'pooled'))
        """,
    ),
    Check(
        "lead_ended_as_its_dealer_ended_it",
        "A lead that was won or lost was so by the dealer that had it last, and by no other.",
        """
        SELECT l.id AS subject, l.status || ', last offer ' || coalesce(a.outcome, 'none') AS found,
               'the same of both' AS expected
        FROM lead l
        LEFT JOIN LATERAL (SELECT outcome FROM lead_assignment a WHERE a.lead_id = l.id ORDER BY a.id DESC LIMIT 1) a
            ON true
        WHERE (l.status IN ('won', 'lost') OR a.outcome IN ('won', 'lost')) AND l.status IS DISTINCT FROM a.outcome
        """,
    ),
    Check(
        "lead_timeline_reaches_version",
        "A lead's timeline has an entry for each of its versions.",
        """
        SELECT l.id AS subject, count(e.version) || ' entries up to ' || coalesce(max(e.version), 0) AS found,
               l.version || ' entries up to ' || l.version AS expected
        FROM lead l LEFT JOIN lead_event e ON e.lead_id = l.id
        GROUP BY l.id HAVING count(e.version) <> l.version OR max(e.version) <> l.version
        """,
    ),
    Check(
        "lead_offers_are_in_its_timeline",
        "Each offer of a lead, and each end of one, is in its timeline.",
        """
        SELECT l.id AS subject, a.offers || ' offers, ' || a.ended || ' ended' AS found,
               e.offers || ' offers, ' || e.ended || ' ended' AS expected
        FROM lead l
        JOIN (SELECT lead_id, count(*) AS offers, count(closed_at) AS ended FROM lead_assignment GROUP BY lead_id) a
            ON a.lead_id = l.id
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE what = 'offered') AS offers,
                   count(*) FILTER (WHERE what IN ('rejected', 'recalled', 'won', 'lost')
                                       OR (what = 'discarded' AND company_id IS NOT NULL)) AS ended
            FROM lead_event e WHERE e.lead_id = l.id) e
        WHERE (a.offers, a.ended) IS DISTINCT FROM (e.offers, e.ended)
        """,
    ),
    Check(
        "lead_is_not_offered_again",
        "Routing offers a lead to nobody who rejected it or let it lapse.",
        """
        SELECT a.lead_id AS subject, 'offered again to ' || a.company_id AS found, 'another dealer' AS expected
        FROM lead_assignment a
        JOIN lead_assignment b ON b.lead_id = a.lead_id AND b.company_id = a.company_id AND b.id < a.id
        WHERE b.outcome IN ('rejected', 'lapsed') AND a.assigned_by IS NULL
        """,
    ),
    Check(
        "duplicate_is_of_the_same_person",
        "A duplicate names an earlier lead of the same person in its network, which is no duplicate itself.",
        """
        SELECT l.id AS subject, 'duplicate of ' || o.id || ', ' || o.status AS found, 'the same person' AS expected
        FROM lead l JOIN lead o ON o.id = l.duplicate_of_id
        WHERE o.status = 'duplicate' OR o.network_id <> l.network_id OR o.received_at > l.received_at
           OR (o.phone_key = l.phone_key OR o.email_key = l.email_key) IS NOT TRUE
        """,
    ),
    Check(
        "every_lead_change_was_told",
        "A lead's newest version was told, unless that is too long ago to be kept.",
        """
        SELECT l.id AS subject, coalesce(told.version, 0) AS found, l.version AS expected
        FROM publisher p
        CROSS JOIN lead l
        JOIN lead_event e ON e.lead_id = l.id AND e.version = l.version
        LEFT JOIN (SELECT subject_id, max(version) AS version
                   FROM (SELECT subject_id, version FROM event WHERE kind = 'lead'
                         UNION ALL SELECT subject_id, version FROM outbox WHERE kind = 'lead') f
                   GROUP BY subject_id) told ON told.subject_id = l.id
        WHERE told.version IS DISTINCT FROM l.version
          AND (p.oldest_no = 1 OR e.at > (SELECT min(at) + interval '1 hour' FROM event))
        """,
    ),
)
