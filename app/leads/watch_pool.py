"""The brand's own hand: give a pooled lead to a dealer, route it again, take one back, throw one away."""

from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.refusal import BadRequest, Forbidden, NotFound
from app.kernel.text import optional_text
from app.kernel.wording import KNOWN_REGION
from app.leads.contact import LONGEST_NOTE, optional_private_text
from app.leads.keys import contact_keys
from app.leads.lifecycle import LeadAction, Outcome, PoolReason
from app.leads.open_lead import Closing, OpenLead, open_lead
from app.leads.refusals import OUTSIDE, OUTSIDE_CUSTOMERS, DealerCannotTake
from app.leads.route import offer, pool, room_under_lock, route
from app.leads.save_lead import save_lead
from app.leads.sql import FOLLOWERS, can_follow, in_lead_scope
from app.network.roles import Permission
from app.network.viewer import Viewer

_DEALER = f"""
SELECT c.name, r.active, {can_follow("$1", "c.id", 3)} AS follows, s.in_scope
FROM company c JOIN (SELECT buyer_id, bool_or(status = 'active') AS active FROM trade_relation
                     WHERE network_id = $1 AND buyer_id = $2 GROUP BY buyer_id) r ON r.buyer_id = c.id
    CROSS JOIN LATERAL (SELECT {in_lead_scope(4)} AS in_scope
        FROM (SELECT $6::text AS region_id, $1::uuid AS network_id) l, (SELECT c.id AS company_id) a) s
"""
_REGION = f"""
SELECT {in_lead_scope(2)} AS in_scope
FROM (SELECT code AS region_id, $4::uuid AS network_id FROM region WHERE code = $1) l,
    (SELECT NULL::uuid AS company_id) a
"""


@act
async def assign_lead(work: Work, viewer: Viewer, *, lead_id: UUID, company_id: UUID, client_key: str) -> UUID:
    """pooled → offered to this dealer, wherever its territory is, and also if it did not want it before.

    Refuses with DealerCannotTake: no active relation, nobody there who may follow leads, or as many as it may have.
    Forbidden where neither the lead's region nor the dealer is one that the viewer manages.
    """
    viewer.require(Permission.LEAD_MANAGE)
    earlier = await viewer.same_request(work, "assignLead", client_key, [lead_id, company_id], lead_id)
    if earlier:
        return earlier
    lead = await open_lead(work, viewer, lead_id)
    lead.require(viewer, LeadAction.ASSIGN, work.now)
    dealer = await work.row(_DEALER, lead.network_id, company_id, FOLLOWERS, *viewer.scope, lead.region_id)
    if dealer is None:
        raise NotFound("dealer", company_id)
    if not dealer["in_scope"]:
        raise Forbidden(OUTSIDE_CUSTOMERS)
    if not dealer["follows"]:
        raise DealerCannotTake(company_id, dealer["name"], "no_member" if dealer["active"] else "no_relation")
    if not await room_under_lock(work, lead.network_id, company_id):
        raise DealerCannotTake(company_id, dealer["name"], "no_room")
    offer(work, lead, company_id, move="assign", assigned_by=viewer.membership_id)
    await save_lead(work, lead)
    return lead_id


@act
async def reroute_lead(work: Work, viewer: Viewer, *, lead_id: UUID, region_code: str | None, client_key: str) -> UUID:
    """pooled → offered by the rules as they are now, or pooled again; with a region, it belongs there from now on.

    BadRequest for an unknown region, Forbidden for one outside of those that the viewer manages: the rules may give the
    lead to anybody there.
    """
    viewer.require(Permission.LEAD_MANAGE)
    region_code = optional_text("regionCode", region_code, 20)
    earlier = await viewer.same_request(work, "rerouteLead", client_key, [lead_id, region_code], lead_id)
    if earlier:
        return earlier
    lead = await open_lead(work, viewer, lead_id)
    lead.require(viewer, LeadAction.REROUTE, work.now)
    scoped = any(one is not None for one in viewer.scope)
    if region_code is not None or scoped:
        region = await work.row(_REGION, region_code or lead.region_id, *viewer.scope, lead.network_id)
        if region is None and region_code is not None:
            raise BadRequest("regionCode", region_code, KNOWN_REGION)
        if region is None or not region["in_scope"]:
            raise Forbidden(OUTSIDE)
    lead.region_id = region_code or lead.region_id
    lead.move("reroute")
    await route(work, lead, viewer.membership_id)
    await save_lead(work, lead)
    return lead_id


@act
async def take_back_lead(work: Work, viewer: Viewer, *, lead_id: UUID, note: str | None, client_key: str) -> UUID:
    """offered, accepted → pooled: the dealer does nothing with it."""
    viewer.require(Permission.LEAD_MANAGE)
    keys, note = contact_keys(), optional_private_text("note", note, LONGEST_NOTE)
    said = [lead_id, keys.said(note)]
    earlier = await viewer.same_request(work, "takeBackLead", client_key, said, lead_id)
    if earlier:
        return earlier
    lead = await open_lead(work, viewer, lead_id)
    lead.require(viewer, LeadAction.TAKE_BACK, work.now)
    lead.move("take_back")
    end(lead, Outcome.TAKEN_BACK, by=viewer.membership_id, note=keys.seal_text(lead_id, note))
    pool(lead, PoolReason.TAKEN_BACK, viewer.membership_id)
    await save_lead(work, lead)
    return lead_id


@act
async def discard_lead(work: Work, viewer: Viewer, *, lead_id: UUID, note: str | None, client_key: str) -> UUID:
    """pooled, offered → invalid: it was no lead at all."""
    viewer.require(Permission.LEAD_MANAGE)
    keys, note = contact_keys(), optional_private_text("note", note, LONGEST_NOTE)
    said = [lead_id, keys.said(note)]
    earlier = await viewer.same_request(work, "discardLead", client_key, said, lead_id)
    if earlier:
        return earlier
    lead = await open_lead(work, viewer, lead_id)
    lead.require(viewer, LeadAction.DISCARD, work.now)
    lead.move("discard")
    if lead.assignment is not None:
        lead.closing = Closing(Outcome.DISCARDED)
    sealed = keys.seal_text(lead_id, note)
    lead.note("discarded", company_id=lead.holder, by=viewer.membership_id, note=sealed)
    await save_lead(work, lead)
    return lead_id


def end(lead: OpenLead, outcome: Outcome, *, by: UUID | None = None, note: bytes | None = None) -> None:
    """The dealer has it no longer: what was begun there is over."""
    lead.closing = Closing(outcome)
    lead.note(
        "recalled",
        company_id=lead.holder,
        by=by,
        note=note,
        reason=outcome.value,
        payload={"outcome": outcome.value},
    )
    lead.stage = lead.next_at = lead.touched_at = None
