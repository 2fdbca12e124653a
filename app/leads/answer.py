"""The dealer answers an offer: accepted, which shows who the person is, or rejected, which passes it on."""

from datetime import timedelta
from uuid import UUID

from app.kernel.act import Work, act
from app.leads.contact import LONGEST_NOTE, optional_private_text
from app.leads.keys import contact_keys
from app.leads.lapse import or_lapse
from app.leads.lifecycle import LeadAction, Outcome, RejectReason
from app.leads.open_lead import Closing, OpenLead, open_lead
from app.leads.route import route
from app.leads.save_lead import save_lead
from app.network.roles import Permission
from app.network.viewer import Viewer

_ACCEPT = """
UPDATE lead_assignment SET answered_at = $2, accepted_at = $2, accepted_by = $3, answer_minutes = $4, warn_at = NULL
WHERE id = $1
"""


@or_lapse
@act
async def accept_lead(work: Work, viewer: Viewer, *, lead_id: UUID, client_key: str) -> UUID:
    """offered → accepted. Raises OfferLapsed after the deadline, MoveNotAllowed when somebody answered before."""
    viewer.require(Permission.LEAD_FOLLOW)
    earlier = await viewer.same_request(work, "acceptLead", client_key, [lead_id], lead_id)
    if earlier:
        return earlier
    lead = await open_lead(work, viewer, lead_id)
    lead.require(viewer, LeadAction.ACCEPT, work.now)
    assert lead.assignment is not None
    await work.run(_ACCEPT, lead.assignment.id, work.now, viewer.membership_id, _minutes(work, lead))
    lead.move("accept")
    lead.touched_at = work.now
    lead.note("accepted", company_id=viewer.company_id, by=viewer.membership_id)
    await save_lead(work, lead)
    return lead_id


@or_lapse
@act
async def reject_lead(
    work: Work, viewer: Viewer, *, lead_id: UUID, reason: RejectReason, note: str | None, client_key: str
) -> UUID:
    """offered → offered to the next, or pooled; never offered to this dealer again by itself.

    Raises OfferLapsed after the deadline, MoveNotAllowed when somebody answered before.
    """
    viewer.require(Permission.LEAD_FOLLOW)
    keys, note = contact_keys(), optional_private_text("note", note, LONGEST_NOTE)
    said = [lead_id, reason, keys.said(note)]
    earlier = await viewer.same_request(work, "rejectLead", client_key, said, lead_id)
    if earlier:
        return earlier
    lead = await open_lead(work, viewer, lead_id)
    lead.require(viewer, LeadAction.REJECT, work.now)
    lead.closing = Closing(Outcome.REJECTED, reason.value, _minutes(work, lead))
    lead.move("reject")
    sealed = keys.seal_text(lead_id, note)
    lead.note("rejected", company_id=viewer.company_id, by=viewer.membership_id, reason=reason.value, note=sealed)
    await route(work, lead)
    await save_lead(work, lead)
    return lead_id


def _minutes(work: Work, lead: OpenLead) -> int:
    """Business time from the offer to the answer."""
    assert lead.assignment is not None
    return lead.settings.working.between(lead.assignment.offered_at, work.now) // timedelta(minutes=1)
