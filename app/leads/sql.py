"""SQL fragments of leads: who may see one, and which dealers could follow one."""

from typing import Final

from app.network.roles import GRANTS, Permission

FOLLOWERS: Final = sorted(role.value for role, granted in GRANTS.items() if Permission.LEAD_FOLLOW in granted)
"""The roles that may follow a lead."""


def in_lead_scope(scope: int) -> str:
    """Predicate over a lead `l` and its latest assignment `a`: it lies in the scope of the brand's member.

    `$scope` and `$scope+1` are `*viewer.scope`. A manager of regions sees leads inside them, a manager of relations
    those that are with their buyers.
    """
    return f"""(
    (${scope}::uuid[] IS NULL AND ${scope + 1}::text[] IS NULL)
    OR EXISTS (SELECT FROM trade_relation r
               WHERE r.id = ANY(${scope}::uuid[]) AND r.network_id = l.network_id AND r.buyer_id = a.company_id)
    OR EXISTS (SELECT FROM region inner_region JOIN region outer_region
                   ON starts_with(inner_region.path, outer_region.path)
               WHERE inner_region.code = l.region_id AND outer_region.code = ANY(${scope + 1}::text[])))"""


LATEST: Final = """
LEFT JOIN LATERAL (
    SELECT * FROM lead_assignment a WHERE a.lead_id = l.id AND (n.brand_id = $1 OR a.company_id = $1)
    ORDER BY a.id DESC LIMIT 1
) a ON true
"""
"""After `lead l` and `network n`: the newest assignment that company `$1` may know of, as `a`; the brand knows all."""


def visible(scope: int, manage: int) -> str:
    """Predicate after `LATEST`: the brand's member inside the scope, or a dealer's to whom it was offered.

    `$manage` and `$manage+1` are whether the member may manage, and follow, leads.
    """
    return f"""((n.brand_id = $1 AND ${manage}::boolean AND {in_lead_scope(scope)})
    OR (n.brand_id <> $1 AND ${manage + 1}::boolean AND a.company_id = $1))"""


def can_follow(network: str, company: str, roles: int) -> str:
    """Predicate: the company is active, buys in the network and has a member who may follow leads. `$roles` is
    `FOLLOWERS`."""
    return f"""(EXISTS (SELECT FROM trade_relation r JOIN company d ON d.id = r.buyer_id AND d.status = 'active'
            WHERE r.network_id = {network} AND r.buyer_id = {company} AND r.status = 'active')
    AND EXISTS (SELECT FROM membership m WHERE m.company_id = {company} AND m.status = 'active'
            AND m.roles && ${roles}::text[]))"""


def open_leads(network: str, company: str, now: int) -> str:
    """How many leads a dealer has open: accepted, or offered and not lapsed at the moment `$now`."""
    return f"""(SELECT count(*) FROM lead_assignment o WHERE o.network_id = {network} AND o.company_id = {company}
        AND o.closed_at IS NULL AND (o.accepted_at IS NOT NULL OR o.deadline_at > ${now}))"""


def fared(network: str, company: str, now: str) -> str:
    """A subquery of one row: the offers of leads to a dealer, and what came of them by the moment `now`. A condition on
    the assignment `a` may follow."""
    return f"""SELECT count(*) AS offered, count(*) FILTER (WHERE a.accepted_at IS NOT NULL) AS accepted,
        count(*) FILTER (WHERE a.outcome = 'rejected') AS rejected,
        count(*) FILTER (WHERE a.outcome = 'lapsed' OR (a.closed_at IS NULL AND a.accepted_at IS NULL
            AND a.deadline_at <= {now})) AS lapsed,
        count(*) FILTER (WHERE a.outcome = 'won') AS won, count(*) FILTER (WHERE a.outcome = 'lost') AS lost,
        count(*) FILTER (WHERE a.closed_at IS NULL AND (a.accepted_at IS NOT NULL OR a.deadline_at > {now})) AS open,
        round(avg(a.answer_minutes))::int AS mean_answer_minutes
    FROM lead_assignment a
    WHERE a.network_id = {network} AND a.company_id = {company}"""
