"""A step: write what an act made of a lead, and tell it. The last thing an act does with it."""

from typing import Final

from app.kernel.act import Work
from app.kernel.ids import uuid7
from app.leads.events import LeadChanged
from app.leads.lifecycle import LEAD, LeadStatus
from app.leads.open_lead import OpenLead

_LEAD: Final = """
UPDATE lead SET status = $2, version = $3, pool_reason = $4, stage = $5, next_at = $6, touched_at = $7, order_id = $8,
    reference = $9, region_id = $10, closed_at = $11,
    pooled_at = CASE WHEN $4::varchar IS NULL THEN NULL WHEN status = 'pooled' THEN pooled_at
        ELSE $12::timestamptz END,
    routed_at = CASE WHEN $4::varchar IS NOT NULL THEN $12::timestamptz END
WHERE id = $1
"""
_CLOSE: Final = """
UPDATE lead_assignment SET closed_at = $2, outcome = $3, reason = $4, warn_at = NULL,
    answered_at = CASE WHEN $3::varchar = 'rejected' THEN $2::timestamptz ELSE answered_at END,
    answer_minutes = coalesce($5, answer_minutes)
WHERE id = $1
"""
_OFFER: Final = """
INSERT INTO lead_assignment (id, lead_id, network_id, company_id, rule_id, assigned_by, offered_at, deadline_at,
    warn_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_ENTRIES: Final = """
INSERT INTO lead_event (id, lead_id, version, what, company_id, stage, reason, note, next_at, by, at)
SELECT e.id, $1, e.version, e.what, e.company_id, e.stage, e.reason, e.note, e.next_at, e.by, $2
FROM unnest($3::uuid[], $4::int[], $5::text[], $6::uuid[], $7::text[], $8::text[], $9::bytea[], $10::timestamptz[],
            $11::uuid[]) AS e(id, version, what, company_id, stage, reason, note, next_at, by)
"""


async def save_lead(work: Work, lead: OpenLead) -> None:
    """At most four statements; the facts go into the outbox with the act's."""
    closed_at = work.now if LEAD.is_final(lead.status) else None
    reason = lead.pool_reason if lead.status is LeadStatus.POOLED else None
    assert (reason is None) == (lead.status is not LeadStatus.POOLED), "a pooled lead has a reason"
    if lead.closing is not None and lead.assignment is not None:
        closing = lead.closing
        await work.run(_CLOSE, lead.assignment.id, work.now, closing.outcome, closing.reason, closing.answer_minutes)
    await work.run(
        _LEAD,
        lead.id,
        lead.status,
        lead.version,
        reason,
        lead.stage,
        lead.next_at,
        lead.touched_at,
        lead.order_id,
        lead.reference,
        lead.region_id,
        closed_at,
        work.now,
    )
    await write_offer_and_entries(work, lead)


async def write_offer_and_entries(work: Work, lead: OpenLead) -> None:
    """What hangs on the lead's row: the new assignment, the timeline, the facts."""
    if (offer := lead.offer) is not None:
        whom, warn_at = (offer.company_id, offer.rule_id, offer.assigned_by), offer.deadline.warn_at[0]
        await work.run(_OFFER, offer.id, lead.id, lead.network_id, *whom, work.now, offer.deadline.at, warn_at)
    entries = lead.entries
    await work.run(
        _ENTRIES,
        lead.id,
        work.now,
        [uuid7() for _ in entries],
        [one.version for one in entries],
        [one.what for one in entries],
        [one.company_id for one in entries],
        [one.stage for one in entries],
        [one.reason for one in entries],
        [one.note for one in entries],
        [one.next_at for one in entries],
        [one.by for one in entries],
    )
    place = {} if lead.region_id is None else {"regionCode": lead.region_id}
    for one in entries:
        dealer = {} if one.company_id is None else {"dealerId": str(one.company_id)}
        member = {} if one.by is None else {"by": str(one.by)}
        work.tell(
            LeadChanged(
                network_id=lead.network_id,
                subject_id=lead.id,
                version=one.version,
                what=one.what,
                audience=(lead.brand_id,) if one.company_id is None else (lead.brand_id, one.company_id),
                payload={"brandId": str(lead.brand_id), **place, **dealer, **member, **one.payload},
            )
        )
