"""A lead that a dealer accepted and has not followed up for too long: both sides are told, once until somebody does
something about it again."""

from datetime import datetime
from typing import Final
from uuid import UUID

from app import database
from app.kernel.act import Work, act
from app.leads.lifecycle import LeadStatus
from app.leads.open_lead import open_for_the_house
from app.leads.rules import STAGNANT_DAYS
from app.leads.save_lead import save_lead

_SINCE: Final = "SELECT FROM lead_event e WHERE e.lead_id = {id} AND e.what = 'stagnant' AND e.at >= {since}"
_FORGOTTEN: Final = f"""
SELECT l.id FROM lead l LEFT JOIN lead_settings s ON s.network_id = l.network_id
WHERE l.status = 'accepted' AND l.touched_at <= $1::timestamptz - make_interval(
        hours => 24 * CASE WHEN s.id IS NULL THEN {STAGNANT_DAYS} ELSE s.stagnant_days END)
  AND NOT EXISTS ({_SINCE.format(id="l.id", since="l.touched_at")})
ORDER BY l.touched_at LIMIT $2
"""
_TOLD: Final = _SINCE.format(id="$1", since="$2")


@act
async def tell_stagnation(work: Work, *, lead_id: UUID) -> bool:
    """Tell that nobody follows a lead up. False when somebody does, or when it was told since it was last touched."""
    lead = await open_for_the_house(work, lead_id)
    if lead.status is not LeadStatus.ACCEPTED or not lead.settings.is_stagnant(lead.touched_at, work.now):
        return False
    if await work.row(_TOLD, lead_id, lead.touched_at) is not None:
        return False
    lead.note("stagnant", company_id=lead.holder)
    await save_lead(work, lead)
    return True


async def forgotten_leads(moment: datetime, most: int = 500) -> list[UUID]:
    """Leads that nobody follows up and of which nobody was told, the longest forgotten first."""
    return [row["id"] for row in await database.rows(_FORGOTTEN, moment, most)]
