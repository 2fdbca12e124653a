"""A step: find the dealer whose turn it is, or put the lead into the pool with the reason.

Locks come in the order lead → cursor (from the narrowest territory outwards) → dealer, so that two acts never wait for
each other in a circle; a dealer without a limit is not locked at all.
"""

from typing import Final
from uuid import UUID

from app.kernel.act import Work
from app.kernel.ids import uuid7
from app.leads.lifecycle import NEVER_AGAIN, PoolReason
from app.leads.open_lead import Offer, OpenLead
from app.leads.rules import Candidate, Deadline, has_room, in_turn, tiers, why_nobody
from app.leads.sql import FOLLOWERS, can_follow, open_leads

# The first rule that is like the lead: by precedence, then by the narrowest region, then by the narrowest category
_RULE: Final = """
SELECT region.path, rule.id AS rule_id, rule.strategy, rule.company_ids
FROM (SELECT $1::uuid AS network_id, $2::text AS region_id, $3::uuid AS category_id) l
LEFT JOIN region ON region.code = l.region_id
LEFT JOIN category c ON c.id = l.category_id
LEFT JOIN LATERAL (
    SELECT r.id, r.strategy, r.company_ids FROM lead_rule r
    LEFT JOIN region outer_region ON outer_region.code = r.region_id
    LEFT JOIN category outer_category ON outer_category.id = r.category_id
    WHERE r.network_id = l.network_id
      AND (r.region_id IS NULL OR starts_with(region.path, outer_region.path))
      AND (r.category_id IS NULL OR starts_with(c.path, outer_category.path))
      AND (r.product_line IS NULL OR lower(r.product_line) = lower($4))
      AND (r.source IS NULL OR lower(r.source) = lower($5))
    ORDER BY r.precedence, length(outer_region.path) DESC NULLS LAST, length(outer_category.path) DESC NULLS LAST, r.id
    LIMIT 1
) rule ON true
"""
_CANDIDATES: Final = f"""
SELECT DISTINCT ON (g.company_id) g.company_id, g.region_id AS region_code, length(held.path) AS depth, c.most_open,
    CASE WHEN c.most_open IS NULL THEN 0 ELSE {open_leads("g.network_id", "g.company_id", 6)} END AS open_now,
    EXISTS (SELECT FROM lead_assignment a
            WHERE a.lead_id = $4 AND a.company_id = g.company_id AND a.outcome = ANY($5::text[])) AS refused
FROM territory_grant g
JOIN region held ON held.code = g.region_id
LEFT JOIN lead_capacity c ON c.network_id = g.network_id AND c.company_id = g.company_id
WHERE g.network_id = $1 AND starts_with($2, held.path) AND ($3::uuid[] IS NULL OR g.company_id = ANY($3))
  AND {can_follow("g.network_id", "g.company_id", 7)}
ORDER BY g.company_id, length(held.path) DESC
"""
_LOCK_CURSOR: Final = """
INSERT INTO lead_cursor (id, network_id, rule_id, region_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (network_id, rule_id, region_id) DO UPDATE SET region_id = excluded.region_id
RETURNING id, last_company_id
"""
_TURN: Final = "UPDATE lead_cursor SET last_company_id = $2 WHERE id = $1"
_LOCK_DEALER: Final = """
INSERT INTO lead_capacity (id, network_id, company_id) VALUES ($1, $2, $3)
ON CONFLICT (network_id, company_id) DO UPDATE SET company_id = excluded.company_id
RETURNING most_open
"""
_OPEN_NOW: Final = f"SELECT {open_leads('$1', '$2', 3)} AS open_now"


async def route(work: Work, lead: OpenLead, by: UUID | None = None) -> None:
    """new → offered or pooled. The caller saves the lead. `by`: the brand's member who asked for it."""
    rule = await work.row(_RULE, lead.network_id, lead.region_id, lead.category_id, lead.product_line, lead.source)
    assert rule is not None
    if rule["strategy"] == "pool":
        return pool(lead, PoolReason.RULE, by)
    if rule["path"] is None:
        return pool(lead, PoolReason.NO_REGION, by)
    found = await work.rows(
        _CANDIDATES,
        lead.network_id,
        rule["path"],
        rule["company_ids"],
        lead.id,
        list(NEVER_AGAIN),
        work.now,
        FOLLOWERS,
    )
    # whoever refuses it in this very act has not been written yet
    leaving = lead.holder if lead.closing is not None and lead.closing.outcome in NEVER_AGAIN else None
    candidates = [
        Candidate(**{**dict(row), "refused": row["refused"] or row["company_id"] == leaving}) for row in found
    ]
    for tier in tiers(candidates):
        cursor = await work.row(_LOCK_CURSOR, uuid7(), lead.network_id, rule["rule_id"], tier[0].region_code)
        assert cursor is not None
        for dealer in in_turn(tier, cursor["last_company_id"]):
            if dealer.most_open is None or await room_under_lock(work, lead.network_id, dealer.company_id):
                await work.run(_TURN, cursor["id"], dealer.company_id)
                return offer(work, lead, dealer.company_id, move="offer", rule_id=rule["rule_id"])
    return pool(lead, why_nobody(candidates), by)


async def room_under_lock(work: Work, network_id: UUID, company_id: UUID) -> bool:
    """Lock the dealer's capacity, then count what is open: nobody else can add to it until this act has ended."""
    capacity = await work.row(_LOCK_DEALER, uuid7(), network_id, company_id)
    counted = await work.row(_OPEN_NOW, network_id, company_id, work.now)
    assert capacity is not None
    assert counted is not None
    return has_room(capacity["most_open"], counted["open_now"])


def offer(
    work: Work,
    lead: OpenLead,
    company_id: UUID,
    *,
    move: str,
    rule_id: UUID | None = None,
    assigned_by: UUID | None = None,
) -> None:
    """Offer it to this dealer, until the network's time to accept has passed."""
    deadline = Deadline.after(work.now, lead.settings.accept_seconds, lead.settings.working)
    lead.move(move)
    lead.offer = Offer(uuid7(), company_id, deadline, rule_id, assigned_by)
    payload = {
        "assignmentId": str(lead.offer.id),
        "deadlineAt": deadline.at.isoformat(),
        "warnAt": deadline.warn_at[0].isoformat(),
    }
    lead.note("offered", company_id=company_id, by=assigned_by, payload=payload)


def pool(lead: OpenLead, reason: PoolReason, by: UUID | None = None) -> None:
    """Nobody can take it: somebody of the brand has to look."""
    lead.move("pool")
    lead.pool_reason = reason
    lead.note("pooled", reason=reason.value, by=by, payload={"reason": reason.value})
