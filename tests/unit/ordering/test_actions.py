"""What each side may do in each status: the table of moves, as a member of each role sees it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.network.roles import Role
from app.network.viewer import Viewer
from app.ordering.lifecycle import CLOSED, OrderStatus, allowed

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
SELLER, BUYER = uuid4(), uuid4()


def viewer(company_id: object, *roles: Role) -> Viewer:
    return Viewer(
        session_id=uuid4(),
        person_id=uuid4(),
        membership_id=uuid4(),
        membership_version=1,
        company_id=company_id,  # type: ignore[arg-type]
        company_name="",
        company_status="active",
        roles=frozenset(roles),
        locale="en",
        scope_relation_ids=None,
        scope_region_codes=None,
    )


def may(
    company_id: object,
    role: Role,
    status: str,
    fulfilment: str = "none",
    until: datetime | None = None,
    awaits_delivery: bool | None = None,
) -> Sequence[str]:
    if awaits_delivery is None:
        awaits_delivery = fulfilment in ("partial", "shipped")
    order = {
        "seller_id": SELLER,
        "buyer_id": BUYER,
        "status": status,
        "fulfilment_status": fulfilment,
        "awaits_delivery": awaits_delivery,
        "reservation_expires_at": until,
        "change_expires_at": None,
    }
    return [one.value for one in allowed(order, viewer(company_id, role), NOW)]


@pytest.mark.parametrize(
    ("role", "status", "fulfilment", "expected"),
    [
        (Role.OWNER, "submitted", "none", ["confirm", "reject", "grant_discount", "propose_change"]),
        (Role.ORDER_CLERK, "submitted", "none", ["confirm", "reject", "grant_discount", "propose_change"]),
        (Role.WAREHOUSE, "submitted", "none", []),
        (Role.FINANCE, "submitted", "none", []),
        (Role.OWNER, "confirmed", "allocated", ["cancel", "ship"]),
        (Role.ORDER_CLERK, "confirmed", "allocated", ["cancel"]),
        (Role.WAREHOUSE, "confirmed", "allocated", ["ship"]),
        (Role.OWNER, "fulfilling", "partial", ["cancel", "ship", "confirm_delivery"]),
        (Role.OWNER, "fulfilling", "shipped", ["confirm_delivery"]),
        (Role.OWNER, "cancel_requested", "allocated", ["decide_cancellation"]),
        (Role.WAREHOUSE, "cancel_requested", "partial", ["confirm_delivery"]),
        (Role.OWNER, "closed_short", "shipped", ["confirm_delivery"]),
        (Role.OWNER, "closed_short", "delivered", []),
    ],
)
def test_the_seller(role: Role, status: str, fulfilment: str, expected: list[str]) -> None:
    assert may(SELLER, role, status, fulfilment) == expected


@pytest.mark.parametrize(
    ("role", "status", "fulfilment", "expected"),
    [
        (Role.BUYER, "submitted", "none", ["cancel"]),
        (Role.APPROVER, "submitted", "none", []),
        (Role.BUYER, "confirmed", "allocated", ["request_cancellation"]),
        (Role.BUYER, "fulfilling", "partial", ["request_cancellation", "confirm_delivery"]),
        (Role.BUYER, "fulfilling", "shipped", ["confirm_delivery"]),
        (Role.BUYER, "cancel_requested", "allocated", []),
        (Role.OWNER, "cancel_requested", "none", []),
    ],
)
def test_the_buyer(role: Role, status: str, fulfilment: str, expected: list[str]) -> None:
    assert may(BUYER, role, status, fulfilment) == expected


def test_nothing_is_received_that_is_not_on_its_way() -> None:
    assert may(BUYER, Role.OWNER, "fulfilling", "partial", awaits_delivery=False) == ["request_cancellation"]
    assert may(SELLER, Role.WAREHOUSE, "fulfilling", "partial", awaits_delivery=False) == ["ship"]


def test_nobody_else_nothing_when_closed_and_nothing_when_its_time_is_over() -> None:
    assert may(uuid4(), Role.OWNER, "submitted") == []
    for status in CLOSED - {OrderStatus.CLOSED_SHORT}:
        assert may(SELLER, Role.OWNER, status, "delivered") == may(BUYER, Role.OWNER, status, "delivered") == []
    assert may(SELLER, Role.OWNER, "submitted", until=NOW) == []
    assert may(BUYER, Role.OWNER, "submitted", until=NOW) == []
    assert may(BUYER, Role.OWNER, "submitted", until=NOW + timedelta(microseconds=1)) == ["cancel"]
    assert may(SELLER, Role.WAREHOUSE, "confirmed", "allocated", until=NOW) == ["ship"]
