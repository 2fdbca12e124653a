"""The dealer works on a lead it accepted: follows it up, wins it with an order, or loses it with a reason."""

from datetime import datetime
from typing import Final
from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.wording import EMPTY, Said
from app.leads.contact import LONGEST_NOTE, optional_private_text
from app.leads.keys import contact_keys
from app.leads.lapse import or_lapse
from app.leads.lifecycle import LeadAction, LostReason, Outcome, Stage
from app.leads.open_lead import Closing, open_lead
from app.leads.save_lead import save_lead
from app.network.roles import Permission
from app.network.viewer import Viewer

LONGEST_REFERENCE: Final = 80

_ORDER = "SELECT number, status FROM sales_order WHERE id = $1 AND network_id = $2 AND $3 IN (buyer_id, seller_id)"
_CAME_TO_NOTHING: Final = ("cancelled", "rejected", "expired")


@or_lapse
@act
async def follow_lead(
    work: Work,
    viewer: Viewer,
    *,
    lead_id: UUID,
    stage: Stage | None,
    note: str | None,
    next_at: datetime | None,
    client_key: str,
) -> UUID:
    """Say what was done, how far one is (None: as before) and when one goes on. Stagnation counts anew."""
    viewer.require(Permission.LEAD_FOLLOW)
    keys, note = contact_keys(), optional_private_text("note", note, LONGEST_NOTE)
    said = [lead_id, stage, keys.said(note), next_at]
    earlier = await viewer.same_request(work, "followLead", client_key, said, lead_id)
    if earlier:
        return earlier
    if stage is None and note is None and next_at is None:
        raise BadRequest("note", EMPTY, Said("a stage, a note or a next date", "阶段、备注或下次跟进时间（至少一项）"))
    if next_at is not None and next_at <= work.now:
        raise BadRequest("nextAt", next_at, Said("a moment to come", "将来的时间"))
    lead = await open_lead(work, viewer, lead_id)
    lead.require(viewer, LeadAction.FOLLOW, work.now)
    lead.move("follow")
    lead.stage = lead.stage if stage is None else stage.value
    lead.next_at, lead.touched_at = next_at, work.now
    lead.note(
        "followed",
        company_id=viewer.company_id,
        by=viewer.membership_id,
        stage=lead.stage,
        next_at=next_at,
        note=keys.seal_text(lead_id, note),
    )
    await save_lead(work, lead)
    return lead_id


@or_lapse
@act
async def win_lead(
    work: Work,
    viewer: Viewer,
    *,
    lead_id: UUID,
    order_id: UUID | None,
    reference: str | None,
    note: str | None,
    client_key: str,
) -> UUID:
    """accepted → won: an order that the dealer placed or received in this network, or something outside of the mall
    with a reference of its own; one of the two. NotFound for an order of somebody else's, BadRequest for one that came
    to nothing itself."""
    viewer.require(Permission.LEAD_FOLLOW)
    keys, note = contact_keys(), optional_private_text("note", note, LONGEST_NOTE)
    reference = optional_private_text("reference", reference, LONGEST_REFERENCE)
    said = [lead_id, order_id, keys.said(reference, note)]
    earlier = await viewer.same_request(work, "winLead", client_key, said, lead_id)
    if earlier:
        return earlier
    if (order_id is None) == (reference is None):
        asked = EMPTY if order_id is None else Said("both", "两者都有")
        raise BadRequest("orderId", asked, Said("either an order or a reference", "订单或外部编号（二选一）"))
    lead = await open_lead(work, viewer, lead_id)
    lead.require(viewer, LeadAction.WIN, work.now)
    if order_id is not None:
        await _require_order(work, viewer, lead.network_id, order_id)
    lead.move("win")
    lead.closing = Closing(Outcome.WON)
    lead.order_id, lead.reference, lead.next_at = order_id, keys.seal_text(lead_id, reference), None
    sealed = keys.seal_text(lead_id, note)
    lead.note("won", company_id=viewer.company_id, by=viewer.membership_id, note=sealed)
    await save_lead(work, lead)
    return lead_id


@or_lapse
@act
async def lose_lead(
    work: Work, viewer: Viewer, *, lead_id: UUID, reason: LostReason, note: str | None, client_key: str
) -> UUID:
    """accepted → lost, with the reason."""
    viewer.require(Permission.LEAD_FOLLOW)
    keys, note = contact_keys(), optional_private_text("note", note, LONGEST_NOTE)
    said = [lead_id, reason, keys.said(note)]
    earlier = await viewer.same_request(work, "loseLead", client_key, said, lead_id)
    if earlier:
        return earlier
    lead = await open_lead(work, viewer, lead_id)
    lead.require(viewer, LeadAction.LOSE, work.now)
    lead.move("lose")
    lead.closing, lead.next_at = Closing(Outcome.LOST, reason.value), None
    sealed = keys.seal_text(lead_id, note)
    lead.note("lost", company_id=viewer.company_id, by=viewer.membership_id, reason=reason.value, note=sealed)
    await save_lead(work, lead)
    return lead_id


async def _require_order(work: Work, viewer: Viewer, network_id: UUID, order_id: UUID) -> None:
    order = await work.row(_ORDER, order_id, network_id, viewer.company_id)
    if order is None:
        raise NotFound("order", order_id)
    if order["status"] in _CAME_TO_NOTHING:
        raise BadRequest("orderId", order["number"], Said("an order that stands", "未取消、未被拒绝且未过期的订单"))
