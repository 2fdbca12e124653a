"""The statuses of an order, what may follow what, and what one side may do in each.

`status` stores decisions only. How far an order is paid and shipped is `statuses.py`.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

from app.kernel.lifecycle import Lifecycle, Move
from app.network.roles import Permission


class OrderStatus(StrEnum):
    """What was decided about an order."""

    SUBMITTED = "submitted"
    CHANGE_PROPOSED = "change_proposed"  # the seller would confirm it otherwise, and waits for the buyer
    CONFIRMED = "confirmed"
    FULFILLING = "fulfilling"
    COMPLETED = "completed"
    CANCEL_REQUESTED = "cancel_requested"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CLOSED_SHORT = "closed_short"  # a part was shipped, the rest never will be


class Member(Protocol):
    """What is asked of a viewer here."""

    @property
    def company_id(self) -> UUID: ...

    def may(self, permission: Permission) -> bool: ...


_S = OrderStatus

CLOSED: Final = frozenset({_S.COMPLETED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED, _S.CLOSED_SHORT})
OPEN: Final = frozenset(OrderStatus) - CLOSED
UNCONFIRMED: Final = frozenset({_S.SUBMITTED, _S.CHANGE_PROPOSED})
SHIPPABLE: Final = frozenset({_S.CONFIRMED, _S.FULFILLING})

ORDER: Final = Lifecycle(
    "order",
    initial=_S.SUBMITTED,
    moves={
        "confirm": Move(from_=_S.SUBMITTED, to=_S.CONFIRMED),
        "reject": Move(from_=_S.SUBMITTED, to=_S.REJECTED),
        "expire": Move(from_=tuple(UNCONFIRMED), to=_S.EXPIRED),
        "propose_change": Move(from_=_S.SUBMITTED, to=_S.CHANGE_PROPOSED),
        "accept_change": Move(from_=_S.CHANGE_PROPOSED, to=_S.CONFIRMED),
        # the change was refused, withdrawn, lapsed, or overtaken by a cancellation in part
        "resume_submitted": Move(from_=_S.CHANGE_PROPOSED, to=_S.SUBMITTED),
        # everything is cancelled and nothing was shipped
        "cancel": Move(from_=(*UNCONFIRMED, _S.CONFIRMED, _S.CANCEL_REQUESTED), to=_S.CANCELLED),
        "request_cancellation": Move(from_=tuple(SHIPPABLE), to=_S.CANCEL_REQUESTED),
        # the request was decided, and goods remain to be shipped; by whether any were shipped already
        "resume_confirmed": Move(from_=_S.CANCEL_REQUESTED, to=_S.CONFIRMED),
        "resume_fulfilling": Move(from_=_S.CANCEL_REQUESTED, to=_S.FULFILLING),
        "ship": Move(from_=tuple(SHIPPABLE), to=_S.FULFILLING),
        "close_short": Move(from_=(_S.FULFILLING, _S.CANCEL_REQUESTED), to=_S.CLOSED_SHORT),
        "complete": Move(from_=_S.FULFILLING, to=_S.COMPLETED),
    },
    final=tuple(CLOSED),
    states=OrderStatus,
)


class OrderAction(StrEnum):
    """What a member may do with an order."""

    CONFIRM = "confirm"
    REJECT = "reject"
    GRANT_DISCOUNT = "grant_discount"
    PROPOSE_CHANGE = "propose_change"
    WITHDRAW_CHANGE = "withdraw_change"
    ACCEPT_CHANGE = "accept_change"
    REFUSE_CHANGE = "refuse_change"
    CANCEL = "cancel"  # the buyer before confirmation, the seller what has not been shipped
    REQUEST_CANCELLATION = "request_cancellation"
    DECIDE_CANCELLATION = "decide_cancellation"
    SHIP = "ship"
    CONFIRM_DELIVERY = "confirm_delivery"


_A = OrderAction

ANSWERS: Final = frozenset({_A.ACCEPT_CHANGE, _A.REFUSE_CHANGE, _A.WITHDRAW_CHANGE})

# Side → action → (the statuses in which it is possible, the permission it takes).
_MAY: Final[Mapping[str, Mapping[OrderAction, tuple[frozenset[OrderStatus], Permission]]]] = {
    "seller": {
        _A.CONFIRM: (ORDER.sources("confirm"), Permission.ORDER_DECIDE),
        _A.REJECT: (ORDER.sources("reject"), Permission.ORDER_DECIDE),
        _A.GRANT_DISCOUNT: (frozenset({_S.SUBMITTED}), Permission.ORDER_DECIDE),
        _A.PROPOSE_CHANGE: (ORDER.sources("propose_change"), Permission.ORDER_DECIDE),
        _A.WITHDRAW_CHANGE: (frozenset({_S.CHANGE_PROPOSED}), Permission.ORDER_DECIDE),
        _A.CANCEL: (SHIPPABLE, Permission.ORDER_DECIDE),
        _A.DECIDE_CANCELLATION: (frozenset({_S.CANCEL_REQUESTED}), Permission.ORDER_DECIDE),
        _A.SHIP: (SHIPPABLE, Permission.SHIPMENT_MANAGE),
        _A.CONFIRM_DELIVERY: (
            frozenset({_S.FULFILLING, _S.CANCEL_REQUESTED, _S.CLOSED_SHORT}),
            Permission.DELIVERY_CONFIRM,
        ),
    },
    "buyer": {
        _A.ACCEPT_CHANGE: (frozenset({_S.CHANGE_PROPOSED}), Permission.ORDER_PLACE),
        _A.REFUSE_CHANGE: (frozenset({_S.CHANGE_PROPOSED}), Permission.ORDER_PLACE),
        _A.CANCEL: (UNCONFIRMED, Permission.ORDER_PLACE),
        _A.REQUEST_CANCELLATION: (SHIPPABLE, Permission.ORDER_PLACE),
        _A.CONFIRM_DELIVERY: (
            frozenset({_S.FULFILLING, _S.CANCEL_REQUESTED, _S.CLOSED_SHORT}),
            Permission.DELIVERY_CONFIRM,
        ),
    },
}


def allowed(order: Mapping[str, Any], viewer: Member, now: datetime | None = None) -> list[OrderAction]:
    """What the viewer may do with this order now, from columns that every reader of an order has already read:
    status, fulfilment_status, awaits_delivery (something left and has not arrived), seller_id, buyer_id, and with `now`
    also reservation_expires_at and change_expires_at. Nothing for a company that is no party of it, and nothing once
    the order has lapsed.
    """
    side = side_of(order["seller_id"], order["buyer_id"], viewer.company_id)
    if side is None or (now is not None and lapsed(order, now)):
        return []
    status = OrderStatus(order["status"])
    if now is not None and change_lapsed(order, now):
        status = ORDER.after(status, "resume_submitted")
    return [
        action
        for action, (statuses, permission) in _MAY[side].items()
        if status in statuses and viewer.may(permission) and _goods_are_there(action, order)
    ]


def lapsed(order: Mapping[str, Any], now: datetime) -> bool:
    """True for an unconfirmed order whose time is over, whether or not anybody has expired it yet."""
    until = order["reservation_expires_at"]
    return order["status"] in UNCONFIRMED and until is not None and bool(until <= now)


def change_lapsed(order: Mapping[str, Any], now: datetime) -> bool:
    """True for an order whose proposed change nobody answered in time, whether or not anybody has let it lapse yet."""
    until = order["change_expires_at"]
    return order["status"] == _S.CHANGE_PROPOSED and until is not None and bool(until <= now)


def permission_for(side: str, action: OrderAction) -> Permission | None:
    """What a member of this side needs for the action; None when the side never does it."""
    row = _MAY[side].get(action)
    return None if row is None else row[1]


def _goods_are_there(action: OrderAction, order: Mapping[str, Any]) -> bool:
    """Nothing is left to ship or to cancel once all is shipped; nothing can arrive that is not on its way."""
    if action in (_A.SHIP, _A.REQUEST_CANCELLATION, _A.CANCEL):
        return order["fulfilment_status"] not in ("shipped", "delivered")
    return action is not _A.CONFIRM_DELIVERY or bool(order["awaits_delivery"])


def side_of(seller_id: UUID, buyer_id: UUID, company_id: UUID) -> str | None:
    """`seller`, `buyer`, or None for a company that is neither."""
    if company_id == seller_id:
        return "seller"
    return "buyer" if company_id == buyer_id else None
