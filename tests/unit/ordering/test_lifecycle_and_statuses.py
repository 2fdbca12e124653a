"""What may follow what, who may do what, and how far an order is: pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.kernel.refusal import MoveNotAllowed
from app.ledger.rules import Funding
from app.network.roles import GRANTS, Permission, Role
from app.ordering.lifecycle import CLOSED, OPEN, ORDER, OrderAction, OrderStatus, allowed
from app.ordering.statuses import FulfilmentStatus, LineCounters, PaymentStatus, fulfilment_status, payment_status

SELLER, BUYER, BRAND = uuid4(), uuid4(), uuid4()
A = OrderAction


@dataclass(frozen=True)
class Somebody:
    company_id: UUID
    role: Role

    def may(self, permission: Permission) -> bool:
        return permission in GRANTS[self.role]


def order(status: str, fulfilment: str = "none", until: datetime | None = None) -> dict[str, Any]:
    return {
        "status": status,
        "fulfilment_status": fulfilment,
        "awaits_delivery": fulfilment in ("partial", "shipped"),
        "seller_id": SELLER,
        "buyer_id": BUYER,
        "reservation_expires_at": until,
        "change_expires_at": None,
    }


@pytest.mark.parametrize(
    ("company", "role", "status", "fulfilment", "actions"),
    [
        (SELLER, Role.ORDER_CLERK, "submitted", "none", [A.CONFIRM, A.REJECT, A.GRANT_DISCOUNT, A.PROPOSE_CHANGE]),
        (SELLER, Role.WAREHOUSE, "submitted", "none", []),
        (BUYER, Role.BUYER, "submitted", "none", [A.CANCEL]),
        (BUYER, Role.APPROVER, "submitted", "none", []),
        (SELLER, Role.WAREHOUSE, "confirmed", "allocated", [A.SHIP]),
        (SELLER, Role.ORDER_CLERK, "confirmed", "allocated", [A.CANCEL]),
        (BUYER, Role.BUYER, "confirmed", "allocated", [A.REQUEST_CANCELLATION]),
        (SELLER, Role.OWNER, "fulfilling", "partial", [A.CANCEL, A.SHIP, A.CONFIRM_DELIVERY]),
        (BUYER, Role.BUYER, "fulfilling", "shipped", [A.CONFIRM_DELIVERY]),
        (SELLER, Role.ORDER_CLERK, "cancel_requested", "none", [A.DECIDE_CANCELLATION]),
        (SELLER, Role.OWNER, "completed", "delivered", []),
        (BRAND, Role.OWNER, "submitted", "none", []),
    ],
)
def test_who_may_do_what(company: UUID, role: Role, status: str, fulfilment: str, actions: list[OrderAction]) -> None:
    assert allowed(order(status, fulfilment), Somebody(company, role)) == actions


def test_nothing_may_be_done_with_an_order_whose_time_is_over() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    somebody = Somebody(SELLER, Role.OWNER)
    assert allowed(order("submitted", until=now), somebody, now) == []
    assert allowed(order("submitted", until=now + timedelta(seconds=1)), somebody, now) != []


def test_the_closed_statuses_are_the_final_ones() -> None:
    assert {status for status in OrderStatus if ORDER.is_final(status)} == CLOSED
    assert not OPEN & CLOSED
    with pytest.raises(MoveNotAllowed):
        ORDER.after(OrderStatus.CONFIRMED, "confirm")


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([("5", "0", "0", "0", "0")], FulfilmentStatus.NONE),
        ([("5", "0", "5", "0", "0"), ("1", "0", "0", "0", "0")], FulfilmentStatus.ALLOCATED),
        ([("5", "0", "3", "2", "0")], FulfilmentStatus.PARTIAL),
        ([("5", "0", "0", "5", "0"), ("1", "0", "1", "0", "0")], FulfilmentStatus.PARTIAL),
        ([("5", "3", "0", "2", "0")], FulfilmentStatus.SHIPPED),
        ([("5", "3", "0", "2", "2"), ("1", "1", "0", "0", "0")], FulfilmentStatus.DELIVERED),
        ([("5", "5", "0", "0", "0")], FulfilmentStatus.NONE),
    ],
)
def test_how_far_the_goods_are(lines: list[tuple[str, ...]], status: FulfilmentStatus) -> None:
    assert fulfilment_status(LineCounters(*map(Decimal, line)) for line in lines) is status


@pytest.mark.parametrize(
    ("funding", "cancelled", "status"),
    [
        (Funding.CREDIT, 0, PaymentStatus.UNPAID),
        (Funding.PREPAYMENT, 0, PaymentStatus.PAID),
        (Funding.PREPAYMENT, 40, PaymentStatus.REFUNDED_PART),
        (Funding.PREPAYMENT, 100, PaymentStatus.REFUNDED),
    ],
)
def test_how_far_an_order_is_paid(funding: Funding, cancelled: int, status: PaymentStatus) -> None:
    assert payment_status(funding, gross_minor=100, cancelled_minor=cancelled) is status
