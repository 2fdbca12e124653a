"""Which fact becomes which notification for whom: the whole choreography on one page. Pure.

A row is found by the kind of a fact and what it says of it; several rows may stand for one fact. `side` is the company
that is told, of the two parties of the document (a brand is the seller of its leads, the dealer the buyer); of it all
members whose roles grant `needs`, on the seller's side within their scope. Who did it is not told of it. Facts of
domains that this one does not know are plain words here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.communication.kinds import Channel, LinkType, NotificationKind, Priority
from app.network.roles import Permission

_K, _P, _L = NotificationKind, Priority, LinkType
_ORDER, _SHIPMENT, _RELATION, _LEAD, _EXPORT = _L.ORDER, _L.SHIPMENT, _L.RELATION, _L.LEAD, _L.EXPORT

PLACE: Final = Permission.ORDER_PLACE.value
DECIDE: Final = Permission.ORDER_DECIDE.value
SHIP: Final = Permission.SHIPMENT_MANAGE.value
SIGN: Final = Permission.DELIVERY_CONFIRM.value
MONEY: Final = Permission.MONEY_READ.value
FOLLOW: Final = Permission.LEAD_FOLLOW.value
LEADS: Final = Permission.LEAD_MANAGE.value


class Side(StrEnum):
    """Whom of the parties a row tells."""

    SELLER = "seller"
    BUYER = "buyer"
    OTHER = "other"  # the party that did not do it; both, where the mall itself did
    MEMBER = "member"  # only the member whom the fact names


@dataclass(frozen=True, slots=True)
class Notice:
    """One row. `needs` None: every member of the side. `by`: only where this side did it."""

    fact: str
    what: str
    kind: NotificationKind
    side: Side
    needs: str | None
    priority: Priority
    link: LinkType
    by: Side | None = None


_S = Side
NOTICES: Final[tuple[Notice, ...]] = (
    Notice("lead", "offered", _K.LEAD_OFFERED, _S.BUYER, FOLLOW, _P.URGENT, _LEAD),
    Notice("lead", "due_soon", _K.LEAD_DUE_SOON, _S.BUYER, FOLLOW, _P.URGENT, _LEAD),
    Notice("lead", "recalled", _K.LEAD_RECALLED, _S.BUYER, FOLLOW, _P.NORMAL, _LEAD),
    Notice("lead", "discarded", _K.LEAD_RECALLED, _S.BUYER, FOLLOW, _P.NORMAL, _LEAD),
    Notice("lead", "pooled", _K.LEAD_POOLED, _S.SELLER, LEADS, _P.URGENT, _LEAD),
    Notice("lead", "stagnant", _K.LEAD_STAGNANT, _S.BUYER, FOLLOW, _P.HIGH, _LEAD),
    Notice("lead", "stagnant", _K.LEAD_STAGNANT, _S.SELLER, LEADS, _P.HIGH, _LEAD),
    Notice("lead", "accepted", _K.LEAD_ACCEPTED, _S.SELLER, LEADS, _P.NORMAL, _LEAD),
    Notice("lead", "rejected", _K.LEAD_REJECTED, _S.SELLER, LEADS, _P.NORMAL, _LEAD),
    Notice("lead", "won", _K.LEAD_WON, _S.SELLER, LEADS, _P.NORMAL, _LEAD),
    Notice("lead", "lost", _K.LEAD_LOST, _S.SELLER, LEADS, _P.NORMAL, _LEAD),
    Notice("order", "placed", _K.ORDER_PLACED, _S.SELLER, DECIDE, _P.HIGH, _ORDER),
    Notice("order", "placed", _K.ORDER_PLACED_FOR_YOU, _S.BUYER, PLACE, _P.HIGH, _ORDER, by=_S.SELLER),
    Notice("order", "confirmed", _K.ORDER_CONFIRMED, _S.BUYER, PLACE, _P.NORMAL, _ORDER),
    Notice("order", "change_proposed", _K.ORDER_CHANGE_PROPOSED, _S.BUYER, PLACE, _P.HIGH, _ORDER),
    Notice("order", "change_accepted", _K.ORDER_CHANGE_ACCEPTED, _S.SELLER, DECIDE, _P.NORMAL, _ORDER),
    Notice("order", "change_refused", _K.ORDER_CHANGE_REFUSED, _S.SELLER, DECIDE, _P.HIGH, _ORDER),
    Notice("order", "change_withdrawn", _K.ORDER_CHANGE_WITHDRAWN, _S.BUYER, PLACE, _P.NORMAL, _ORDER),
    Notice("order", "change_lapsed", _K.ORDER_CHANGE_LAPSED, _S.SELLER, DECIDE, _P.HIGH, _ORDER),
    Notice("order", "change_lapsed", _K.ORDER_CHANGE_LAPSED, _S.BUYER, PLACE, _P.HIGH, _ORDER),
    Notice("order", "rejected", _K.ORDER_REJECTED, _S.BUYER, PLACE, _P.HIGH, _ORDER),
    Notice("order", "cancelled", _K.ORDER_CANCELLED, _S.SELLER, DECIDE, _P.NORMAL, _ORDER),
    Notice("order", "cancelled", _K.ORDER_CANCELLED, _S.BUYER, PLACE, _P.NORMAL, _ORDER),
    Notice("order", "closed_short", _K.ORDER_PARTLY_CANCELLED, _S.BUYER, PLACE, _P.NORMAL, _ORDER),
    Notice("order", "lines_cancelled", _K.ORDER_PARTLY_CANCELLED, _S.SELLER, DECIDE, _P.NORMAL, _ORDER),
    Notice("order", "lines_cancelled", _K.ORDER_PARTLY_CANCELLED, _S.BUYER, PLACE, _P.NORMAL, _ORDER),
    Notice("order", "cancellation_requested", _K.ORDER_CANCELLATION_REQUESTED, _S.SELLER, DECIDE, _P.HIGH, _ORDER),
    Notice("order", "cancellation_accepted", _K.ORDER_CANCELLATION_ACCEPTED, _S.BUYER, PLACE, _P.NORMAL, _ORDER),
    Notice("order", "cancellation_refused", _K.ORDER_CANCELLATION_REFUSED, _S.BUYER, PLACE, _P.HIGH, _ORDER),
    Notice("order", "expired", _K.ORDER_EXPIRED, _S.SELLER, DECIDE, _P.NORMAL, _ORDER),
    Notice("order", "expired", _K.ORDER_EXPIRED, _S.BUYER, PLACE, _P.NORMAL, _ORDER),
    Notice("shipment", "shipped", _K.SHIPMENT_SENT, _S.BUYER, SIGN, _P.NORMAL, _SHIPMENT),
    Notice("shipment", "stalled", _K.SHIPMENT_STALLED, _S.SELLER, SHIP, _P.HIGH, _SHIPMENT),
    Notice("shipment", "stalled", _K.SHIPMENT_STALLED, _S.BUYER, SIGN, _P.HIGH, _SHIPMENT),
    Notice("shipment", "delivered", _K.SHIPMENT_DELIVERED, _S.OTHER, SIGN, _P.LOW, _SHIPMENT),
    Notice("shipment", "delivered_short", _K.SHIPMENT_DELIVERED, _S.OTHER, SIGN, _P.LOW, _SHIPMENT),
    Notice("account", "received", _K.ACCOUNT_RECEIVED, _S.BUYER, MONEY, _P.HIGH, _RELATION),
    Notice("account", "credit_line_set", _K.CREDIT_LINE_SET, _S.BUYER, MONEY, _P.HIGH, _RELATION),
    Notice("relation", "opened", _K.RELATION_OPENED, _S.BUYER, PLACE, _P.LOW, _RELATION),
    Notice("relation", "terms_changed", _K.RELATION_TERMS_CHANGED, _S.BUYER, PLACE, _P.LOW, _RELATION),
    Notice("relation", "suspended", _K.RELATION_SUSPENDED, _S.BUYER, PLACE, _P.HIGH, _RELATION),
    Notice("relation", "resumed", _K.RELATION_RESUMED, _S.BUYER, PLACE, _P.HIGH, _RELATION),
    Notice("relation", "ended", _K.RELATION_ENDED, _S.BUYER, PLACE, _P.HIGH, _RELATION),
    Notice("export", "ready", _K.EXPORT_READY, _S.MEMBER, None, _P.LOW, _EXPORT),
    Notice("export", "failed", _K.EXPORT_FAILED, _S.MEMBER, None, _P.LOW, _EXPORT),
)

BY_FACT: Final[dict[tuple[str, str], list[Notice]]] = {}
PRIORITY: Final[dict[NotificationKind, Priority]] = {}
for _one in NOTICES:
    BY_FACT.setdefault((_one.fact, _one.what), []).append(_one)
    if PRIORITY.setdefault(_one.kind, _one.priority) is not _one.priority:
        raise TypeError(f"{_one.kind} has two priorities")


def kinds_open_to(permissions: Collection[str]) -> list[NotificationKind]:
    """What a member with these permissions may be told of, in the order of the enum."""
    opened = {one.kind for one in NOTICES if one.needs is None or one.needs in permissions}
    return [kind for kind in NotificationKind if kind in opened]


def enabled_by_default(kind: NotificationKind, channel: Channel) -> bool:
    """WeChat for all that is not low; e-mail, which is the way where WeChat fails, for what is urgent or high."""
    return PRIORITY[kind] <= (Priority.NORMAL if channel is Channel.WECHAT else Priority.HIGH)
