"""What may follow what: leads (线索), and why each offer of one ended."""

from enum import StrEnum
from typing import Final

from app.kernel.lifecycle import Lifecycle, Move
from app.network.roles import Permission


class LeadStatus(StrEnum):
    """NEW only inside an act: a lead that is committed is offered, with a dealer, in the pool, or at its end."""

    NEW = "new"
    DUPLICATE = "duplicate"  # of one that is alive
    OFFERED = "offered"
    ACCEPTED = "accepted"
    POOLED = "pooled"
    WON = "won"
    LOST = "lost"
    INVALID = "invalid"


_S = LeadStatus
GONE: Final = "gone"
"""What a lead is to a dealer that it was taken from, or that did not want it."""

LEAD: Lifecycle[LeadStatus] = Lifecycle(
    "lead",
    initial=_S.NEW,
    moves={
        "link": Move(from_=_S.NEW, to=_S.DUPLICATE),
        "offer": Move(from_=_S.NEW, to=_S.OFFERED),
        "pool": Move(from_=_S.NEW, to=_S.POOLED),
        "accept": Move(from_=_S.OFFERED, to=_S.ACCEPTED),
        "reject": Move(from_=_S.OFFERED, to=_S.NEW),
        "lapse": Move(from_=_S.OFFERED, to=_S.NEW),
        "withdraw": Move(from_=(_S.OFFERED, _S.ACCEPTED), to=_S.NEW),
        "take_back": Move(from_=(_S.OFFERED, _S.ACCEPTED), to=_S.NEW),
        "reroute": Move(from_=_S.POOLED, to=_S.NEW),
        "assign": Move(from_=_S.POOLED, to=_S.OFFERED),
        "follow": Move(from_=_S.ACCEPTED, to=_S.ACCEPTED),
        "win": Move(from_=_S.ACCEPTED, to=_S.WON),
        "lose": Move(from_=_S.ACCEPTED, to=_S.LOST),
        "discard": Move(from_=(_S.OFFERED, _S.POOLED), to=_S.INVALID),
    },
    final=(_S.DUPLICATE, _S.WON, _S.LOST, _S.INVALID),
    states=LeadStatus,
)
ALIVE: Final = (_S.OFFERED, _S.ACCEPTED, _S.POOLED)
"""A later lead of the same person is a duplicate of one of these."""


class Outcome(StrEnum):
    """How an assignment ended."""

    REJECTED = "rejected"
    LAPSED = "lapsed"  # nobody answered before the deadline
    WITHDRAWN = "withdrawn"  # the dealer can take no leads any more
    TAKEN_BACK = "taken_back"  # by the brand
    DISCARDED = "discarded"  # the lead itself was none
    WON = "won"
    LOST = "lost"


NEVER_AGAIN: Final = (Outcome.REJECTED, Outcome.LAPSED)
"""Routing does not offer a lead again to who ended an offer of it so; a person of the brand may."""


class PoolReason(StrEnum):
    """Why a lead waits in the pool for somebody of the brand."""

    NO_REGION = "no_region"
    NO_DEALER = "no_dealer"  # nobody's territory covers it
    NO_CAPACITY = "no_capacity"  # whoever could take it has as many as they may
    NOBODY_LEFT = "nobody_left"  # whoever could take it did not
    RECALLED_OFTEN = "recalled_often"
    RULE = "rule"
    TAKEN_BACK = "taken_back"
    DEALER_GONE = "dealer_gone"  # it was accepted, and its dealer can take no leads any more


TRIED_AGAIN: Final = (PoolReason.NO_DEALER, PoolReason.NO_CAPACITY, PoolReason.NOBODY_LEFT)
"""These are routed again by themselves when a dealer appears that can take them; the others wait for a person."""


class Stage(StrEnum):
    """How far a dealer is with a lead."""

    CONTACTED = "contacted"
    VISITED = "visited"
    QUOTED = "quoted"
    NEGOTIATING = "negotiating"


class RejectReason(StrEnum):
    """Why a dealer does not want a lead."""

    TOO_FAR = "too_far"
    TOO_BUSY = "too_busy"
    NOT_OUR_BUSINESS = "not_our_business"
    KNOWN_CUSTOMER = "known_customer"
    OTHER = "other"


class LostReason(StrEnum):
    """Why nothing came of a lead."""

    UNREACHABLE = "unreachable"
    NO_NEED = "no_need"
    PRICE = "price"
    COMPETITOR = "competitor"
    WRONG_CONTACT = "wrong_contact"
    OTHER = "other"


class LeadAction(StrEnum):
    """What a member may do with a lead."""

    ACCEPT = "accept"
    REJECT = "reject"
    FOLLOW = "follow"
    WIN = "win"
    LOSE = "lose"
    ASSIGN = "assign"
    REROUTE = "reroute"
    TAKE_BACK = "take_back"
    DISCARD = "discard"


DEALERS: Final = (LeadAction.ACCEPT, LeadAction.REJECT, LeadAction.FOLLOW, LeadAction.WIN, LeadAction.LOSE)
BRANDS: Final = (LeadAction.ASSIGN, LeadAction.REROUTE, LeadAction.TAKE_BACK, LeadAction.DISCARD)


def allowed(
    status: LeadStatus, *, is_brand: bool, holds: bool, has_lapsed: bool, permissions: frozenset[Permission]
) -> list[LeadAction]:
    """What a member may do. `holds`: the member's company has the active assignment; `has_lapsed`: its time is over."""
    actions: list[LeadAction] = []
    if holds and Permission.LEAD_FOLLOW in permissions:
        actions += [one for one in DEALERS if LEAD.allows(status, one) and not has_lapsed]
    if is_brand and Permission.LEAD_MANAGE in permissions:
        actions += [one for one in BRANDS if LEAD.allows(status, one)]
    return actions
