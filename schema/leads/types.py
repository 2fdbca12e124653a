"""Leads on the wire, as the brand and as a dealer sees them."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry

from app.catalog.rules import localised
from app.kernel.clock import now
from app.kernel.page import Page, SortValue
from app.leads import queries
from app.leads.keys import opened, opened_text
from app.leads.lifecycle import (
    GONE,
    LeadAction,
    LeadStatus,
    LostReason,
    Outcome,
    PoolReason,
    RejectReason,
    Stage,
    allowed,
)
from app.leads.rules import LeadSettings
from app.network.viewer import Viewer
from schema.context import Info
from schema.network.types import Company, Region
from schema.page import After, Connection, First, connection
from schema.scalars import Cursor, uuid_of

Row = Mapping[str, Any]

strawberry.enum(PoolReason, name="LeadPoolReason", description="Why a lead waits in the pool.")
strawberry.enum(Stage, name="LeadStage", description="How far a dealer is with a lead.")
strawberry.enum(RejectReason, name="LeadRejectReason", description="Why a dealer does not want a lead.")
strawberry.enum(LostReason, name="LeadLostReason", description="Why nothing came of a lead.")
strawberry.enum(LeadAction, description="What I may do with a lead now.")


@strawberry.enum(description="Where a lead is; to a dealer: what it is to that dealer.")
class LeadState(Enum):
    """`lead.status`, and GONE."""

    OFFERED = strawberry.enum_value("offered", description="A dealer has been asked and has not answered (待接收).")
    ACCEPTED = strawberry.enum_value("accepted", description="A dealer works on it (跟进中).")
    POOLED = strawberry.enum_value("pooled", description="Nobody has it: somebody of the brand must look (线索池).")
    WON = strawberry.enum_value("won", description="It became an order (已成交).")
    LOST = strawberry.enum_value("lost", description="Nothing came of it (已流失).")
    DUPLICATE = strawberry.enum_value("duplicate", description="The same person had come before (重复).")
    INVALID = strawberry.enum_value("invalid", description="It was no lead at all (无效).")
    GONE = strawberry.enum_value(GONE, description="To a dealer: rejected, lapsed or taken back.")


@strawberry.enum(description="What became of an offer.")
class LeadOfferState(Enum):
    """The assignment's outcome; without one, whether it was accepted."""

    OFFERED = strawberry.enum_value("offered", description="Waiting for an answer.")
    ACCEPTED = strawberry.enum_value("accepted", description="Accepted; the dealer works on it.")
    REJECTED = strawberry.enum_value(Outcome.REJECTED.value, description="The dealer did not want it.")
    LAPSED = strawberry.enum_value(Outcome.LAPSED.value, description="Nobody answered in time.")
    WITHDRAWN = strawberry.enum_value(Outcome.WITHDRAWN.value, description="The dealer can take no leads any more.")
    TAKEN_BACK = strawberry.enum_value(Outcome.TAKEN_BACK.value, description="The brand took it back.")
    DISCARDED = strawberry.enum_value(Outcome.DISCARDED.value, description="The lead was none.")
    WON = strawberry.enum_value(Outcome.WON.value, description="It became an order.")
    LOST = strawberry.enum_value(Outcome.LOST.value, description="Nothing came of it.")


@strawberry.type(description="Who it is. Until I may know, masked: 王**, 138****8000, no address and no note.")
class LeadContact:
    """See `app.leads.contact.Contact`."""

    is_revealed: bool = strawberry.field(
        description="False: masked. The brand may know, and the dealer that accepted it."
    )
    name: str = strawberry.field(description="The name.")
    phone: str | None = strawberry.field(
        description="The phone number, with its country; an extension stands behind as ;ext=801."
    )
    email: str | None = strawberry.field(description="The e-mail address.")
    address: str | None = strawberry.field(description="Street and house.")
    note: str | None = strawberry.field(description="What was asked for, in their words.")

    @classmethod
    def of(cls, row: Row) -> "LeadContact | None":
        contact = opened(row["id"], row["contact"])
        if contact is None:
            return None
        shown = contact if row["is_revealed"] else contact.masked()
        return cls(
            is_revealed=row["is_revealed"],
            name=shown.name,
            phone=shown.phone,
            email=shown.email,
            address=shown.address,
            note=shown.note,
        )


@strawberry.type(description="A lead was offered to a dealer, and what came of that.")
class LeadOffer:
    """One row of `lead_assignment`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    dealer: Company = strawberry.field(description="Who was asked.")
    state: LeadOfferState = strawberry.field(
        description="What became of it; over is over, whether or not recalled yet."
    )
    offered_at: datetime = strawberry.field(description="When.")
    deadline_at: datetime = strawberry.field(description="Until when it could be accepted; in business time.")
    warned_percent: int = strawberry.field(description="So much of the time was over at the last warning; 0: none yet.")
    answered_at: datetime | None = strawberry.field(description="When it was accepted or rejected.")
    answer_minutes: int | None = strawberry.field(description="Business minutes until then.")
    accepted_by: str | None = strawberry.field(description="The member who accepted.")
    ended_at: datetime | None = strawberry.field(description="When the dealer ceased to have it.")
    reason: str | None = strawberry.field(description="Why it was rejected or lost: a code.")

    @classmethod
    def of(cls, row: Row) -> "LeadOffer":
        return cls(
            id=strawberry.ID(str(row["assignment_id"])),
            dealer=Company.of(row, "dealer"),
            state=LeadOfferState(queries.offer_state(row)),
            offered_at=row["offered_at"],
            deadline_at=row["deadline_at"],
            warned_percent=row["warned_percent"],
            answered_at=row["answered_at"],
            answer_minutes=row["answer_minutes"],
            accepted_by=row["accepted_by_name"],
            ended_at=row["ended_at"],
            reason=row["reason"],
        )


@strawberry.type(description="Something that happened to a lead.")
class LeadEntry:
    """One row of `lead_event`."""

    version: int = strawberry.field(description="The lead's version since then.")
    at: datetime = strawberry.field(description="When.")
    what: str = strawberry.field(description="What, as in `LeadChanged.what`.")
    dealer: Company | None = strawberry.field(description="The dealer that it concerned.")
    member: str | None = strawberry.field(description="Who did it; null: nobody of mine, or time itself.")
    stage: Stage | None = strawberry.field(description="How far the dealer was.")
    reason: str | None = strawberry.field(description="Why: a code.")
    note: str | None = strawberry.field(description="What was noted; to a dealer: by members of its own.")
    next_at: datetime | None = strawberry.field(description="When the dealer meant to be in touch again.")

    @classmethod
    def of(cls, row: Row) -> "LeadEntry":
        return cls(
            version=row["version"],
            at=row["at"],
            what=row["what"],
            dealer=None if row["dealer_id"] is None else Company.of(row, "dealer"),
            member=row["member_name"],
            stage=None if row["stage"] is None else Stage(row["stage"]),
            reason=row["reason"],
            note=opened_text(row["lead_id"], row["note"]),
            next_at=row["next_at"],
        )


@strawberry.type(description="Somebody who may buy (线索). A dealer sees its own part of it.")
class Lead:
    """One row of `lead` with the newest assignment that the viewer may know of."""

    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    cursor: Cursor = strawberry.field(description="Nothing after it is missed by `leadChanged(after:)`.")
    network_id: strawberry.ID = strawberry.field(description="The network.")
    version: int = strawberry.field(description="Rises with every change.")
    status: LeadState = strawberry.field(description="Where it is; to a dealer: what it is to me.")
    source: str = strawberry.field(description="Where it comes from, such as website or fair.")
    campaign: str | None = strawberry.field(description="The campaign that brought it.")
    region: Region | None = strawberry.field(description="Where the person is.")
    category_code: str | None = strawberry.field(description="The code of the category that was asked for.")
    category_name: str | None = strawberry.field(description="That category's name in the reader's language.")
    product_line: str | None = strawberry.field(description="What was asked for, in the source's words.")
    contact: LeadContact | None = strawberry.field(description="Who it is; null where it cannot be unsealed here.")
    offer: LeadOffer | None = strawberry.field(description="The newest offer of it; to a dealer: of mine.")
    stage: Stage | None = strawberry.field(description="How far its dealer is.")
    next_at: datetime | None = strawberry.field(description="When its dealer means to be in touch again.")
    touched_at: datetime | None = strawberry.field(description="When it was last accepted or followed up.")
    is_stagnant: bool = strawberry.field(description="Accepted, and nobody has done anything about it for too long.")
    order_id: strawberry.ID | None = strawberry.field(description="The order that it became.")
    order_number: str | None = strawberry.field(description="That order's number.")
    order_reference: str | None = strawberry.field(description="What it became outside of the mall.")
    received_at: datetime = strawberry.field(description="When it came.")
    ended_at: datetime | None = strawberry.field(description="When it came to its end; to a dealer: with me.")
    external_id: str | None = strawberry.field(description="For the brand: its id where it comes from.")
    pool_reason: PoolReason | None = strawberry.field(description="For the brand: why it waits in the pool.")
    pooled_at: datetime | None = strawberry.field(description="For the brand: since when.")
    duplicate_of_id: strawberry.ID | None = strawberry.field(description="For the brand: the lead that came before.")
    repeats: int | None = strawberry.field(description="For the brand: how many duplicates have come since.")
    allowed_actions: list[LeadAction] = strawberry.field(description="What I may do with it now.")

    @strawberry.field(description="Every offer of it, the first first; to a dealer: mine.")
    async def offers(self, info: Info, first: First = None, after: After = None) -> Connection[LeadOffer]:
        page = Page.of(first, after, kinds=[UUID], order="lead offers")
        wanted = queries.LeadPage(uuid_of(self.id), page.limit, page.after[0] if page.after else None)
        rows = await info.context.loader(queries.offers_of_leads).load(wanted)
        return connection(rows or [], page.first, sort=_by_assignment, node=LeadOffer.of, order="lead offers")

    @strawberry.field(description="What happened to it, the first first; to a dealer: what concerns me.")
    async def timeline(self, info: Info, first: First = None, after: After = None) -> Connection[LeadEntry]:
        page = Page.of(first, after, kinds=[int], order="lead timeline")
        wanted = queries.LeadPage(uuid_of(self.id), page.limit, page.after[0] if page.after else None)
        rows = await info.context.loader(queries.timelines_of_leads).load(wanted)
        return connection(rows or [], page.first, sort=_by_version, node=LeadEntry.of, order="lead timeline")

    @classmethod
    def of(cls, row: Row, viewer: Viewer, locale: str) -> "Lead":
        """Everything but its lists is in the row already, what the viewer may do included."""
        is_brand = row["is_brand"]
        mine = is_brand or row["is_revealed"]  # what the dealer that has it may know
        holds = not is_brand and row["ended_at"] is None
        has_lapsed = holds and row["accepted_at"] is None and row["deadline_at"] <= now()
        settings = LeadSettings.of(row)
        stagnant = row["status"] == LeadStatus.ACCEPTED and settings.is_stagnant(row["touched_at"], now())
        order_id, reason = row["order_id"] if mine else None, row["pool_reason"]
        named = row["category_code"] is not None
        return cls(
            key=row["id"],
            id=strawberry.ID(str(row["id"])),
            cursor=Cursor(row["cursor"]),
            network_id=strawberry.ID(str(row["network_id"])),
            version=row["version"],
            status=LeadState(row["status"] if is_brand else queries.standing(row)),
            source=row["source"],
            campaign=row["campaign"],
            region=Region.maybe(row, locale),
            category_code=row["category_code"],
            category_name=localised(row["category_zh"], row["category_en"], locale) if named else None,
            product_line=row["product_line"],
            contact=LeadContact.of(row),
            offer=None if row["assignment_id"] is None else LeadOffer.of(row),
            stage=Stage(row["stage"]) if mine and row["stage"] else None,
            next_at=row["next_at"] if mine else None,
            touched_at=row["touched_at"] if mine else None,
            is_stagnant=mine and stagnant,
            order_id=None if order_id is None else strawberry.ID(str(order_id)),
            order_number=row["order_number"] if mine else None,
            order_reference=opened_text(row["id"], row["reference"]) if mine else None,
            received_at=row["received_at"],
            ended_at=row["closed_at"] if is_brand else row["ended_at"],
            external_id=row["external_id"] if is_brand else None,
            pool_reason=PoolReason(reason) if is_brand and reason else None,
            pooled_at=row["pooled_at"] if is_brand else None,
            duplicate_of_id=strawberry.ID(str(row["duplicate_of_id"])) if row["duplicate_of_id"] else None,
            repeats=row["repeats"],
            allowed_actions=allowed(
                LeadStatus(row["status"]),
                is_brand=is_brand,
                holds=holds,
                has_lapsed=has_lapsed,
                permissions=viewer.permissions,
            ),
        )


def _by_assignment(row: Row) -> list[SortValue]:
    return [row["assignment_id"]]


def _by_version(row: Row) -> list[SortValue]:
    return [row["version"]]
