"""Fragments of SQL about money that upper domains may compose."""

# Common table expressions that go on from one named `relation` (id, currency, time_zone); `{now}` is the moment.
# `position` answers one row per relation. `locked` adds the locks, accounts before credit line, so that an act decides
# on what is true while it holds them. What is due is summed beside the balance of the same snapshot, never beside the
# locked one: a transfer that commits while the lock is awaited changes both or neither. `behind` tells that something
# did: balances, holds and terms are true then, but what is due, and which holds are pending, is of the moment before.
#
# Payments settle the oldest debt first, so what is past due at a moment is the balance less the debits due later.


def position(now: str, *, locked: bool) -> str:
    """The expressions `account`, `credit` and `position`; `now` is the placeholder of the moment."""
    return f"""
account AS MATERIALIZED (
    SELECT a.id, a.relation_id, a.kind, a.balance_minor, a.held_minor, a.xmin AS written
    FROM ledger_account a
    WHERE (a.relation_id, a.currency) IN (SELECT r.id, r.currency FROM relation r)
    ORDER BY a.id
    {"FOR NO KEY UPDATE" if locked else ""}
), credit AS MATERIALIZED (
    SELECT c.relation_id, c.limit_minor, c.temporary_limit_minor, c.temporary_until, c.overdue_block_days, c.version
    FROM credit_line c
    WHERE c.relation_id IN (SELECT a.relation_id FROM account a)
    {"FOR SHARE" if locked else ""}
), position AS MATERIALIZED (
    SELECT r.id AS relation_id,
        (SELECT jsonb_object_agg(a.kind, jsonb_build_array(a.id, a.balance_minor, a.held_minor))
         FROM account a WHERE a.relation_id = r.id) AS accounts,
        (SELECT to_jsonb(c) FROM credit c WHERE c.relation_id = r.id) AS credit,
        coalesce((SELECT sum(h.remaining_minor) FROM ledger_hold h JOIN account a ON a.id = h.account_id
            WHERE a.relation_id = r.id AND a.kind = 'receivable' AND h.remaining_minor > 0 AND h.stage = 'pending'
        ), 0)::bigint AS pending_minor,
        greatest(snapshot.balance_minor - debt.due_later, 0)::bigint AS due_minor,
        greatest(snapshot.balance_minor - debt.not_yet_due, 0)::bigint AS overdue_minor,
        greatest(snapshot.balance_minor - debt.still_borne, 0)::bigint AS blocking_minor,
        snapshot.xmin IS DISTINCT FROM
            (SELECT a.written FROM account a WHERE a.relation_id = r.id AND a.kind = 'receivable')
        OR borne.version IS DISTINCT FROM (SELECT c.version FROM credit c WHERE c.relation_id = r.id) AS behind
    FROM relation r
    LEFT JOIN ledger_account snapshot ON snapshot.relation_id = r.id AND snapshot.currency = r.currency
        AND snapshot.kind = 'receivable'
    LEFT JOIN credit_line borne ON borne.relation_id = r.id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(e.amount_minor) FILTER (WHERE t.due_at >= day.tomorrow), 0) AS due_later,
            coalesce(sum(e.amount_minor) FILTER (WHERE t.due_at > {now}), 0) AS not_yet_due,
            coalesce(sum(e.amount_minor), 0) AS still_borne
        FROM (SELECT (date_trunc('day', {now}::timestamptz AT TIME ZONE r.time_zone) + interval '1 day')
                  AT TIME ZONE r.time_zone AS tomorrow) day
        LEFT JOIN ledger_transfer t ON t.relation_id = r.id
            AND t.due_at > {now}::timestamptz - make_interval(days => coalesce(borne.overdue_block_days, 0))
        LEFT JOIN ledger_entry e ON e.transfer_id = t.id AND e.account_id = snapshot.id AND e.amount_minor > 0
    ) debt
)"""
