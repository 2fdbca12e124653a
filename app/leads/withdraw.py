"""What time does to leads besides deadlines: dealers that can take none any more, and dealers that can take one now.

A lead belongs to a dealer, not to the member who accepted it: when a member leaves, the others go on with it. When
nobody is left there who may follow leads, or its last relation in the network is suspended or ended, what was offered
goes to the next dealer, and what was accepted to the pool: its person has been spoken to, so somebody has to decide.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from app import database
from app.kernel.act import Work, act
from app.leads.lifecycle import TRIED_AGAIN, LeadStatus, Outcome, PoolReason
from app.leads.open_lead import open_for_the_house
from app.leads.route import pool, route
from app.leads.save_lead import save_lead
from app.leads.sql import FOLLOWERS, can_follow, open_leads
from app.leads.watch_pool import end

_CAN_FOLLOW: Final = f"SELECT {can_follow('$1', '$2', 3)} AS follows"
_STRANDED: Final = f"""
SELECT a.lead_id FROM lead_assignment a
WHERE a.closed_at IS NULL AND ($2::uuid IS NULL OR a.company_id = $2)
  AND NOT {can_follow("a.network_id", "a.company_id", 1)}
ORDER BY a.id LIMIT $3
"""
_COMPANY_OF: Final = """
SELECT buyer_id AS company_id FROM trade_relation WHERE id = $1
UNION ALL SELECT company_id FROM membership WHERE id = $1
"""
_ROUTABLE: Final = f"""
SELECT l.id FROM lead l JOIN region lead_region ON lead_region.code = l.region_id
WHERE l.status = 'pooled' AND l.pool_reason = ANY($1::text[]) AND EXISTS (
    SELECT FROM territory_grant g
    JOIN region held ON held.code = g.region_id
    LEFT JOIN lead_capacity c ON c.network_id = g.network_id AND c.company_id = g.company_id
    WHERE g.network_id = l.network_id AND starts_with(lead_region.path, held.path)
      AND {can_follow("g.network_id", "g.company_id", 2)}
      AND NOT EXISTS (SELECT FROM lead_assignment a WHERE a.lead_id = l.id AND a.company_id = g.company_id
                      AND a.outcome IN ('rejected', 'lapsed'))
      AND (c.most_open IS NULL OR c.most_open > {open_leads("g.network_id", "g.company_id", 3)}))
ORDER BY l.routed_at LIMIT $4
"""
_TRIED: Final = "UPDATE lead SET routed_at = $2 WHERE id = $1"


@act
async def withdraw_lead(work: Work, *, lead_id: UUID) -> bool:
    """Take a lead from a dealer that can follow none any more. False when it can, or has it no longer."""
    lead = await open_for_the_house(work, lead_id)
    if lead.assignment is None:
        return False
    can = await work.row(_CAN_FOLLOW, lead.network_id, lead.holder, FOLLOWERS)
    if can is None or can["follows"]:
        return False
    was_accepted = lead.status is LeadStatus.ACCEPTED
    lead.move("withdraw")
    end(lead, Outcome.WITHDRAWN)
    if was_accepted:
        pool(lead, PoolReason.DEALER_GONE)
    else:
        await route(work, lead)
    await save_lead(work, lead)
    return True


@act
async def try_again(work: Work, *, lead_id: UUID) -> bool:
    """Route a lead that waits in the pool only because nobody could take it. False when that is still so."""
    lead = await open_for_the_house(work, lead_id)
    if lead.status is not LeadStatus.POOLED:
        return False
    reason = lead.pool_reason
    lead.move("reroute")
    await route(work, lead)
    if lead.offer is None and lead.pool_reason is reason:  # it waits on, as it did: nothing to tell
        await work.run(_TRIED, lead_id, work.now)
        return False
    await save_lead(work, lead)
    return lead.offer is not None


async def stranded_leads(subject_id: UUID | None = None, most: int = 500) -> list[UUID]:
    """Leads with dealers who can follow none any more; only of the buyer of a relation, or of a member's company."""
    company_id = None
    if subject_id is not None:
        found = await database.row(_COMPANY_OF, subject_id)
        if found is None:
            return []
        company_id = found["company_id"]
    return [row["lead_id"] for row in await database.rows(_STRANDED, FOLLOWERS, company_id, most)]


async def routable_leads(moment: datetime, most: int = 200) -> list[UUID]:
    """Leads in the pool that some dealer could take now, the longest untried first."""
    found = await database.rows(_ROUTABLE, list(TRIED_AGAIN), FOLLOWERS, moment, most)
    return [row["id"] for row in found]
