"""A lead comes in: its person is sealed, a duplicate is linked, and it is offered to a dealer, all in one act.

The same source and external id is the same lead, whatever else is said. Two that come at the same moment wait for each
other where they could be the same lead or the same person.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from uuid import UUID

import asyncpg

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest, Forbidden, NotFound, Refusal
from app.kernel.text import optional_text, text
from app.kernel.wording import KNOWN_REGION, OTHERWISE, Said
from app.leads.contact import Contact
from app.leads.keys import ContactKeys, contact_keys
from app.leads.lifecycle import ALIVE, LEAD, LeadStatus
from app.leads.open_lead import OpenLead, open_for_the_house, settings_of
from app.leads.refusals import OUTSIDE
from app.leads.route import route
from app.leads.rules import LeadSettings
from app.leads.save_lead import save_lead, write_offer_and_entries
from app.leads.sql import in_lead_scope
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_AT_ONCE: Final = 100

_WAIT_FOR_TWINS: Final = "SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k"
_BEFORE: Final = f"""
SELECT n.id,
    (SELECT k.id FROM lead k WHERE k.network_id = n.id AND k.source = $4 AND k.external_id = $5) AS known_id,
    (SELECT o.id FROM lead o WHERE o.network_id = n.id AND o.status = ANY($8::text[])
        AND (o.phone_key = $6 OR o.email_key = $7) ORDER BY o.id LIMIT 1) AS original_id,
    (SELECT c.id FROM category c WHERE c.network_id = n.id AND c.code = $10) AS category_id,
    (SELECT code FROM region WHERE code = $9) AS region_id,
    (SELECT {in_lead_scope(2)} FROM (SELECT n.id AS network_id, $9::text AS region_id) l,
                                    (SELECT NULL::uuid AS company_id) a) AS in_scope
FROM network n WHERE n.id = $11 AND n.brand_id = $1
"""
_INSERT: Final = """
INSERT INTO lead (id, network_id, source, external_id, campaign, region_id, category_id, product_line, contact,
    phone_key, email_key, duplicate_of_id, status, pool_reason, pooled_at, routed_at, submitted_by, version,
    received_at, closed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
    CASE WHEN $14::varchar IS NOT NULL THEN $15::timestamptz END,
    CASE WHEN $14::varchar IS NOT NULL THEN $15::timestamptz END, $16, $17, $15,
    CASE WHEN $18 THEN $15::timestamptz END)
"""


@dataclass(frozen=True, slots=True, repr=False)
class NewLead:
    """What a source says."""

    source: str
    contact: Contact
    external_id: str | None = None
    campaign: str | None = None
    region_code: str | None = None
    category_code: str | None = None
    product_line: str | None = None

    def checked(self) -> "NewLead":
        """In the form in which it is stored. BadRequest names the field and not what was in it: sources mix up their
        columns, and write into one what belongs into another."""
        try:
            return NewLead(
                text("source", self.source, 60),
                self.contact,
                optional_text("externalId", self.external_id, 120),
                optional_text("campaign", self.campaign, 120),
                optional_text("regionCode", self.region_code, 20),
                optional_text("category", self.category_code, 60),
                optional_text("productLine", self.product_line, 120),
            )
        except BadRequest as error:
            raise BadRequest(error.field, OTHERWISE, error.expected) from None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The lead; `known`: it had come before."""

    lead_id: UUID
    known: bool


@dataclass(frozen=True, slots=True)
class RowEnded:
    """What became of one of several: the lead, or why not."""

    submitted: Submitted | None = None
    why: Refusal | BadRequest | Forbidden | None = None


@act
async def submit_lead(work: Work, viewer: Viewer, *, network_id: UUID, said: NewLead, client_key: str) -> Submitted:
    """Take a lead in, and offer it. For the brand of the network.

    Refuses with ContactDoorClosed where nothing can be sealed. BadRequest for an unknown region or category, Forbidden
    for a manager of some regions and a lead outside of them.
    """
    viewer.require(Permission.LEAD_MANAGE)
    keys, said = contact_keys(), said.checked()
    phone_key = keys.phone_key(network_id, said.contact.phone)
    email_key = keys.email_key(network_id, said.contact.email)
    await work.run(_WAIT_FOR_TWINS, _twins(network_id, said, phone_key, email_key))
    before = await _before(work, viewer, network_id, said, phone_key, email_key)
    lead_id: UUID = before["known_id"] or uuid7()
    asked = keys.said(network_id, said.source, said.external_id, said.campaign, said.region_code, said.category_code,
                      said.product_line, said.contact.packed())  # fmt: skip
    earlier = await viewer.same_request(work, "submitLead", client_key, asked, lead_id)
    if earlier or before["known_id"]:
        return Submitted(earlier or lead_id, known=True)
    settings = LeadSettings.of(await settings_of(work, network_id))
    lead = OpenLead(
        id=lead_id,
        network_id=network_id,
        brand_id=viewer.company_id,
        settings=settings,
        source=said.source,
        region_id=before["region_id"],
        category_id=before["category_id"],
        product_line=said.product_line,
        status=LeadStatus.NEW,
        version=0,
    )
    original = await _alive(work, before["original_id"])
    if original is None:
        await route(work, lead)
    else:
        lead.move("link")
        lead.note("duplicate", by=viewer.membership_id, payload={"originalId": str(original.id)})
    await _insert(work, viewer, lead, said, keys, (phone_key, email_key), original)
    await write_offer_and_entries(work, lead)
    if original is not None:
        original.note("repeated", company_id=original.holder, by=viewer.membership_id)
        await save_lead(work, original)
    return Submitted(lead_id, known=False)


async def submit_leads(
    viewer: Viewer, *, network_id: UUID, leads: list[NewLead | Refusal | BadRequest], client_key: str
) -> list[RowEnded]:
    """Take several in, each by itself: one that is refused keeps no other out. What could not even be read is passed
    through. Asking again with the same key takes in what is missing."""
    viewer.require(Permission.LEAD_MANAGE)
    contact_keys()
    text("clientKey", client_key, 190)
    if not 1 <= len(leads) <= MOST_AT_ONCE:
        expected = Said(f"1 to {MOST_AT_ONCE} leads", f" 1 到 {MOST_AT_ONCE} 条线索")
        raise BadRequest("leads", len(leads), expected)
    ended: list[RowEnded] = []
    for position, said in enumerate(leads):
        if not isinstance(said, NewLead):
            ended.append(RowEnded(why=said))
            continue
        try:
            done = await submit_lead(viewer, network_id=network_id, said=said, client_key=f"{client_key}.{position}")
            ended.append(RowEnded(submitted=done))
        except (Refusal, BadRequest, Forbidden) as why:  # forbidden: a lead outside of the manager's regions
            ended.append(RowEnded(why=why))
    return ended


def _twins(network_id: UUID, said: NewLead, *keys: bytes | None) -> list[int]:
    """What this lead may not be twice, as numbers to lock, in order."""
    names = [f"{network_id} {said.source} {said.external_id}".encode()] if said.external_id else []
    names += [key for key in keys if key is not None]
    return sorted({int.from_bytes(blake2b(name, digest_size=8).digest(), "big", signed=True) for name in names})


async def _before(
    work: Work, viewer: Viewer, network_id: UUID, said: NewLead, phone_key: bytes | None, email_key: bytes | None
) -> asyncpg.Record:
    """What is there already that this lead names, or is."""
    who = said.source, said.external_id, phone_key, email_key, list(ALIVE)
    found = await work.row(
        _BEFORE, viewer.company_id, *viewer.scope, *who, said.region_code, said.category_code, network_id
    )
    if found is None:
        raise NotFound("network", network_id)
    if said.region_code is not None and found["region_id"] is None:
        raise BadRequest("regionCode", OTHERWISE, KNOWN_REGION)
    if said.category_code is not None and found["category_id"] is None:
        known = Said("the code of a category of this network", "本渠道网络的分类编码")
        raise BadRequest("category", OTHERWISE, known)
    if not found["in_scope"]:
        raise Forbidden(OUTSIDE)
    return found


async def _alive(work: Work, original_id: UUID | None) -> OpenLead | None:
    """The original, locked, unless it came to its end in the meantime."""
    original = None if original_id is None else await open_for_the_house(work, original_id)
    return None if original is None or LEAD.is_final(original.status) else original


async def _insert(
    work: Work,
    viewer: Viewer,
    lead: OpenLead,
    said: NewLead,
    keys: ContactKeys,
    digests: tuple[bytes | None, bytes | None],
    original: OpenLead | None,
) -> None:
    await work.run(
        _INSERT,
        lead.id,
        lead.network_id,
        said.source,
        said.external_id,
        said.campaign,
        lead.region_id,
        lead.category_id,
        said.product_line,
        keys.seal(lead.id, said.contact),
        *digests,
        None if original is None else original.id,
        lead.status,
        lead.pool_reason,
        work.now,
        viewer.membership_id,
        lead.version,
        LEAD.is_final(lead.status),
    )
