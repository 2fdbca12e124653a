"""What a member may be told of, how urgent it is, and by which channel it leaves the mall. Pure."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class NotificationKind(StrEnum):
    """What a notification says. Stored, and named in settings and preferences: a code never changes."""

    LEAD_OFFERED = "lead_offered"
    LEAD_DUE_SOON = "lead_due_soon"
    LEAD_RECALLED = "lead_recalled"
    LEAD_POOLED = "lead_pooled"
    LEAD_STAGNANT = "lead_stagnant"
    LEAD_ACCEPTED = "lead_accepted"
    LEAD_REJECTED = "lead_rejected"
    LEAD_WON = "lead_won"
    LEAD_LOST = "lead_lost"
    ORDER_PLACED = "order_placed"
    ORDER_PLACED_FOR_YOU = "order_placed_for_you"
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_CHANGE_PROPOSED = "order_change_proposed"
    ORDER_CHANGE_ACCEPTED = "order_change_accepted"
    ORDER_CHANGE_REFUSED = "order_change_refused"
    ORDER_CHANGE_WITHDRAWN = "order_change_withdrawn"
    ORDER_CHANGE_LAPSED = "order_change_lapsed"
    ORDER_REJECTED = "order_rejected"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_PARTLY_CANCELLED = "order_partly_cancelled"
    ORDER_CANCELLATION_REQUESTED = "order_cancellation_requested"
    ORDER_CANCELLATION_ACCEPTED = "order_cancellation_accepted"
    ORDER_CANCELLATION_REFUSED = "order_cancellation_refused"
    ORDER_EXPIRED = "order_expired"
    SHIPMENT_SENT = "shipment_sent"
    SHIPMENT_STALLED = "shipment_stalled"
    SHIPMENT_DELIVERED = "shipment_delivered"
    ACCOUNT_RECEIVED = "account_received"
    CREDIT_LINE_SET = "credit_line_set"
    RELATION_OPENED = "relation_opened"
    RELATION_TERMS_CHANGED = "relation_terms_changed"
    RELATION_SUSPENDED = "relation_suspended"
    RELATION_RESUMED = "relation_resumed"
    RELATION_ENDED = "relation_ended"
    EXPORT_READY = "export_ready"
    EXPORT_FAILED = "export_failed"


class Priority(IntEnum):
    """Who comes first where not everything can be sent: the lower number. Urgent ones wait for no quiet hours."""

    URGENT = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


class Channel(StrEnum):
    """How a notification leaves the mall. The inbox itself is always there and can't be turned off."""

    WECHAT = "wechat"
    EMAIL = "email"


class LinkType(StrEnum):
    """What a notification leads to."""

    ORDER = "order"
    SHIPMENT = "shipment"
    RELATION = "relation"
    LEAD = "lead"
    EXPORT = "export"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"  # nobody wants it any more, or the channel is closed to it; `reason` says which
    FAILED = "failed"  # refused for good, or tried too often
    UNKNOWN = "unknown"  # given to WeChat, whose answer was lost: never said twice
