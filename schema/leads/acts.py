"""What dealers and the brand do with a lead."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.leads.answer import accept_lead, reject_lead
from app.leads.follow import follow_lead, lose_lead, win_lead
from app.leads.lifecycle import LostReason, RejectReason, Stage
from app.leads.queries import lead_by_id
from app.leads.watch_pool import assign_lead, discard_lead, reroute_lead, take_back_lead
from app.network.roles import Permission
from schema.access import access
from schema.context import Info
from schema.leads.refusals import ContactDoorClosed, ContactNotValid, DealerCannotTake, OfferLapsed
from schema.leads.types import Lead
from schema.order_actions import client_key
from schema.refusals import KeyReused, MoveNotAllowed
from schema.scalars import uuid_of


def lead_id() -> strawberry.ID:
    """The field `leadId` of an input."""
    field: strawberry.ID = strawberry.field(description="The lead.")
    return field


def note() -> str | None:
    """The field `note` of an input."""
    field: str | None = strawberry.field(default=None, description="A note, at most 2,000 characters; sealed at rest.")
    return field


@strawberry.input(description="An offered lead that I take.")
class AcceptLeadInput:
    """Input of `acceptLead`."""

    client_key: str = client_key()
    lead_id: strawberry.ID = lead_id()


@strawberry.input(description="An offered lead that I do not take.")
class RejectLeadInput:
    """Input of `rejectLead`."""

    client_key: str = client_key()
    lead_id: strawberry.ID = lead_id()
    reason: RejectReason = strawberry.field(description="Why.")
    note: str | None = note()


@strawberry.input(description="What was done about a lead. At least one of stage, note and next date.")
class FollowLeadInput:
    """Input of `followLead`."""

    client_key: str = client_key()
    lead_id: strawberry.ID = lead_id()
    stage: Stage | None = strawberry.field(default=None, description="How far I am; null: as far as before.")
    note: str | None = note()
    next_at: datetime | None = strawberry.field(default=None, description="When I shall be in touch again.")


@strawberry.input(description="A lead that became an order: one in the mall, or a reference of another.")
class WinLeadInput:
    """Input of `winLead`."""

    client_key: str = client_key()
    lead_id: strawberry.ID = lead_id()
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="An order that my company placed or received in this network."
    )
    reference: str | None = strawberry.field(default=None, description="Outside of the mall: its number there.")
    note: str | None = note()


@strawberry.input(description="A lead of which nothing came.")
class LoseLeadInput:
    """Input of `loseLead`."""

    client_key: str = client_key()
    lead_id: strawberry.ID = lead_id()
    reason: LostReason = strawberry.field(description="Why.")
    note: str | None = note()


@strawberry.input(description="A lead of the pool for a dealer.")
class AssignLeadInput:
    """Input of `assignLead`."""

    client_key: str = client_key()
    lead_id: strawberry.ID = lead_id()
    company_id: strawberry.ID = strawberry.field(description="The dealer.")


@strawberry.input(description="A lead of the pool that is tried again.")
class RerouteLeadInput:
    """Input of `rerouteLead`."""

    client_key: str = client_key()
    lead_id: strawberry.ID = lead_id()
    region_code: str | None = strawberry.field(default=None, description="Where it belongs; null: where it does.")


@strawberry.input(description="A lead that a dealer does nothing with.")
class TakeBackLeadInput:
    """Input of `takeBackLead`."""

    client_key: str = client_key()
    lead_id: strawberry.ID = lead_id()
    note: str | None = note()


@strawberry.input(description="Something that was no lead.")
class DiscardLeadInput:
    """Input of `discardLead`."""

    client_key: str = client_key()
    lead_id: strawberry.ID = lead_id()
    note: str | None = note()


AcceptLeadResult = Annotated[Lead | OfferLapsed | MoveNotAllowed | KeyReused, strawberry.union("AcceptLeadResult")]
RejectLeadResult = Annotated[
    Lead | OfferLapsed | MoveNotAllowed | ContactNotValid | ContactDoorClosed | KeyReused,
    strawberry.union("RejectLeadResult"),
]
FollowLeadResult = Annotated[
    Lead | OfferLapsed | MoveNotAllowed | ContactNotValid | ContactDoorClosed | KeyReused,
    strawberry.union("FollowLeadResult"),
]
WinLeadResult = Annotated[
    Lead | OfferLapsed | MoveNotAllowed | ContactNotValid | ContactDoorClosed | KeyReused,
    strawberry.union("WinLeadResult"),
]
LoseLeadResult = Annotated[
    Lead | OfferLapsed | MoveNotAllowed | ContactNotValid | ContactDoorClosed | KeyReused,
    strawberry.union("LoseLeadResult"),
]
AssignLeadResult = Annotated[Lead | DealerCannotTake | MoveNotAllowed | KeyReused, strawberry.union("AssignLeadResult")]
RerouteLeadResult = Annotated[Lead | MoveNotAllowed | KeyReused, strawberry.union("RerouteLeadResult")]
TakeBackLeadResult = Annotated[
    Lead | MoveNotAllowed | ContactNotValid | ContactDoorClosed | KeyReused, strawberry.union("TakeBackLeadResult")
]
DiscardLeadResult = Annotated[
    Lead | MoveNotAllowed | ContactNotValid | ContactDoorClosed | KeyReused, strawberry.union("DiscardLeadResult")
]


async def _after(info: Info, act: Awaitable[UUID]) -> Lead:
    """Do it, and read the lead again."""
    viewer = info.context.viewer
    return Lead.of(await lead_by_id(viewer, await act), viewer, info.context.locale)


@strawberry.type
class DealerMutations:
    """What a dealer does with a lead."""

    @strawberry.mutation(description="As the dealer that was asked: take the lead; from then on I know who it is.")
    @access(Permission.LEAD_FOLLOW)
    async def accept_lead(self, info: Info, input: AcceptLeadInput) -> AcceptLeadResult | None:
        viewer, one = info.context.viewer, uuid_of(input.lead_id, "lead")
        return await _after(info, accept_lead(viewer, lead_id=one, client_key=input.client_key))

    @strawberry.mutation(description="As the dealer that was asked: leave the lead to the next.")
    @access(Permission.LEAD_FOLLOW)
    async def reject_lead(self, info: Info, input: RejectLeadInput) -> RejectLeadResult | None:
        one = uuid_of(input.lead_id, "lead")
        act = reject_lead(
            info.context.viewer, lead_id=one, reason=input.reason, note=input.note, client_key=input.client_key
        )
        return await _after(info, act)

    @strawberry.mutation(description="As the dealer that has it: say what was done, and how it goes on.")
    @access(Permission.LEAD_FOLLOW)
    async def follow_lead(self, info: Info, input: FollowLeadInput) -> FollowLeadResult | None:
        act = follow_lead(
            info.context.viewer,
            lead_id=uuid_of(input.lead_id, "lead"),
            stage=input.stage,
            note=input.note,
            next_at=input.next_at,
            client_key=input.client_key,
        )
        return await _after(info, act)

    @strawberry.mutation(description="As the dealer that has it: it became an order.")
    @access(Permission.LEAD_FOLLOW)
    async def win_lead(self, info: Info, input: WinLeadInput) -> WinLeadResult | None:
        act = win_lead(
            info.context.viewer,
            lead_id=uuid_of(input.lead_id, "lead"),
            order_id=None if input.order_id is None else uuid_of(input.order_id, "order"),
            reference=input.reference,
            note=input.note,
            client_key=input.client_key,
        )
        return await _after(info, act)

    @strawberry.mutation(description="As the dealer that has it: nothing came of it.")
    @access(Permission.LEAD_FOLLOW)
    async def lose_lead(self, info: Info, input: LoseLeadInput) -> LoseLeadResult | None:
        one = uuid_of(input.lead_id, "lead")
        act = lose_lead(
            info.context.viewer, lead_id=one, reason=input.reason, note=input.note, client_key=input.client_key
        )
        return await _after(info, act)


@strawberry.type
class PoolMutations:
    """What a brand does with a lead."""

    @strawberry.mutation(description="For a brand: give a lead of the pool to a dealer.")
    @access(Permission.LEAD_MANAGE)
    async def assign_lead(self, info: Info, input: AssignLeadInput) -> AssignLeadResult | None:
        act = assign_lead(
            info.context.viewer,
            lead_id=uuid_of(input.lead_id, "lead"),
            company_id=uuid_of(input.company_id, "dealer"),
            client_key=input.client_key,
        )
        return await _after(info, act)

    @strawberry.mutation(description="For a brand: try a lead of the pool again, by the rules as they are now.")
    @access(Permission.LEAD_MANAGE)
    async def reroute_lead(self, info: Info, input: RerouteLeadInput) -> RerouteLeadResult | None:
        one = uuid_of(input.lead_id, "lead")
        act = reroute_lead(info.context.viewer, lead_id=one, region_code=input.region_code, client_key=input.client_key)
        return await _after(info, act)

    @strawberry.mutation(description="For a brand: take a lead from its dealer into the pool.")
    @access(Permission.LEAD_MANAGE)
    async def take_back_lead(self, info: Info, input: TakeBackLeadInput) -> TakeBackLeadResult | None:
        one = uuid_of(input.lead_id, "lead")
        act = take_back_lead(info.context.viewer, lead_id=one, note=input.note, client_key=input.client_key)
        return await _after(info, act)

    @strawberry.mutation(description="For a brand: it was no lead at all.")
    @access(Permission.LEAD_MANAGE)
    async def discard_lead(self, info: Info, input: DiscardLeadInput) -> DiscardLeadResult | None:
        one = uuid_of(input.lead_id, "lead")
        act = discard_lead(info.context.viewer, lead_id=one, note=input.note, client_key=input.client_key)
        return await _after(info, act)
