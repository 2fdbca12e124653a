"""Leads come in: one, or several at a time."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.kernel.refusal import BadRequest, Refusal
from app.kernel.wording import in_locale
from app.leads.contact import Contact
from app.leads.queries import lead_by_id, leads_by_ids
from app.leads.submit import NewLead, RowEnded, submit_lead, submit_leads
from app.network.roles import Permission
from schema.access import access
from schema.context import Info
from schema.leads.refusals import ContactDoorClosed, ContactNotValid
from schema.leads.types import Lead
from schema.order_actions import client_key
from schema.refusals import KeyReused
from schema.scalars import uuid_of


@strawberry.input(description="Somebody who may buy. A phone number or an e-mail address must be there.")
class LeadInput:
    """See `app.leads.submit.NewLead`."""

    source: str = strawberry.field(description="Where it comes from, such as website or fair.")
    external_id: str | None = strawberry.field(
        default=None, description="Its id there: the same source and id is the same lead, however often it comes."
    )
    campaign: str | None = strawberry.field(default=None, description="The campaign that brought it.")
    name: str = strawberry.field(description="Who it is. Sealed at rest, as all of contact and note.")
    phone: str | None = strawberry.field(
        default=None, description="In any common spelling; without a country, China's."
    )
    email: str | None = strawberry.field(default=None, description="An e-mail address.")
    region_code: str | None = strawberry.field(default=None, description="Where the person is: a saved region.")
    address: str | None = strawberry.field(default=None, description="Street and house.")
    category: str | None = strawberry.field(default=None, description="The code of the category that is asked for.")
    product_line: str | None = strawberry.field(default=None, description="What is asked for, in words of the source.")
    note: str | None = strawberry.field(default=None, description="What the person said.")

    def read(self) -> NewLead:
        """Raises ContactNotValid."""
        return NewLead(
            source=self.source,
            contact=Contact.checked(self.name, self.phone, self.email, self.address, self.note),
            external_id=self.external_id,
            campaign=self.campaign,
            region_code=self.region_code,
            category_code=self.category,
            product_line=self.product_line,
        )


@strawberry.input(description="A lead that came in.")
class SubmitLeadInput:
    """Input of `submitLead`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="My brand's network.")
    lead: LeadInput = strawberry.field(description="Who, what and where.")


@strawberry.input(description="Leads that came in.")
class SubmitLeadsInput:
    """Input of `submitLeads`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="My brand's network.")
    leads: list[LeadInput] = strawberry.field(description="1 to 100; each is taken in by itself.")


@strawberry.type(description="The lead is in, and was offered, pooled or linked to the one it repeats.")
class LeadSubmitted:
    """Result of `submitLead`."""

    lead: Lead = strawberry.field(description="The lead as it is now.")
    was_known: bool = strawberry.field(description="It had come before; nothing was done.")


@strawberry.type(description="What became of one lead of several.")
class LeadRow:
    """See `app.leads.submit.RowEnded`."""

    position: int = strawberry.field(description="Its zero-based position in the input.")
    lead: Lead | None = strawberry.field(description="The lead; null where it was refused.")
    was_known: bool = strawberry.field(description="It had come before; nothing was done.")
    code: str | None = strawberry.field(description="Why it was refused: stable, for programs.")
    message: str | None = strawberry.field(description="Why it was refused: for people.")
    field: str | None = strawberry.field(description="The field that is to blame.")
    expected: str | None = strawberry.field(description="What would be valid there.")


@strawberry.type(description="What became of each.")
class LeadsSubmitted:
    """Result of `submitLeads`."""

    rows: list[LeadRow] = strawberry.field(description="One for each lead, in the input's order.")


SubmitLeadResult = Annotated[
    LeadSubmitted | ContactNotValid | ContactDoorClosed | KeyReused, strawberry.union("SubmitLeadResult")
]
SubmitLeadsResult = Annotated[LeadsSubmitted | ContactDoorClosed | KeyReused, strawberry.union("SubmitLeadsResult")]


@strawberry.type
class IntakeMutations:
    """Mutations that bring leads in."""

    @strawberry.mutation(description="For a brand: take a lead in and offer it to a dealer.")
    @access(Permission.LEAD_MANAGE)
    async def submit_lead(self, info: Info, input: SubmitLeadInput) -> SubmitLeadResult | None:
        viewer = info.context.viewer
        done = await submit_lead(
            viewer,
            network_id=uuid_of(input.network_id, "network"),
            said=input.lead.read(),
            client_key=input.client_key,
        )
        row = await lead_by_id(viewer, done.lead_id)
        return LeadSubmitted(lead=Lead.of(row, viewer, info.context.locale), was_known=done.known)

    @strawberry.mutation(description="For a brand: take several in; one that is refused keeps no other out.")
    @access(Permission.LEAD_MANAGE)
    async def submit_leads(self, info: Info, input: SubmitLeadsInput) -> SubmitLeadsResult | None:
        viewer, locale = info.context.viewer, info.context.locale
        ended = await submit_leads(
            viewer,
            network_id=uuid_of(input.network_id, "network"),
            leads=[_read(one) for one in input.leads],
            client_key=input.client_key,
        )
        rows = await leads_by_ids(viewer, [one.submitted.lead_id for one in ended if one.submitted])
        leads = {key: Lead.of(row, viewer, locale) for key, row in rows.items()}
        return LeadsSubmitted(rows=[_row(position, one, leads, locale) for position, one in enumerate(ended)])


def _read(said: LeadInput) -> NewLead | Refusal:
    try:
        return said.read()
    except Refusal as why:
        return why


def _row(position: int, ended: RowEnded, leads: dict[UUID, Lead], locale: str) -> LeadRow:
    done, why = ended.submitted, ended.why
    expected = getattr(why, "expected", None) if isinstance(why, Refusal | BadRequest) else None
    return LeadRow(
        position=position,
        lead=None if done is None else leads.get(done.lead_id),
        was_known=done is not None and done.known,
        code=None if why is None else why.code,
        message=None if why is None else why.message(locale),
        field=getattr(why, "field", None),
        expected=None if expected is None else in_locale(expected, locale),
    )
