"""How far an order is paid and shipped: pure, from its counters.

The two statuses are columns, so that they can be filtered and indexed; every act that moves a counter sets them from
here in the same transaction, and the audit computes them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.ledger.rules import Funding


class PaymentStatus(StrEnum):
    """How far the order's own value is paid. An order on credit becomes a debt of the account when it ships; what is
    paid of that is the account's to say."""

    UNPAID = "unpaid"
    DEPOSIT_PAID = "deposit_paid"
    PARTIAL = "partial"
    PAID = "paid"
    OVERPAID = "overpaid"
    REFUNDED_PART = "refunded_part"
    REFUNDED = "refunded"


class FulfilmentStatus(StrEnum):
    """How far the goods are on their way."""

    NONE = "none"
    ALLOCATED = "allocated"
    PARTIAL = "partial"
    SHIPPED = "shipped"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class LineCounters:
    """The quantities of one line, in its unit."""

    ordered: Decimal
    cancelled: Decimal = Decimal(0)
    allocated: Decimal = Decimal(0)
    shipped: Decimal = Decimal(0)
    delivered: Decimal = Decimal(0)
    rejected: Decimal = Decimal(0)


def payment_status(funding: Funding, *, gross_minor: int, cancelled_minor: int) -> PaymentStatus:
    """Prepaid money is set aside for the whole order when it is placed, and given back with what is cancelled."""
    if funding is Funding.CREDIT:
        return PaymentStatus.UNPAID
    if cancelled_minor == 0 or gross_minor == 0:
        return PaymentStatus.PAID
    return PaymentStatus.REFUNDED if cancelled_minor == gross_minor else PaymentStatus.REFUNDED_PART


def fulfilment_status(lines: Iterable[LineCounters]) -> FulfilmentStatus:
    """From the lines' quantities. What is cancelled is waited for no longer; an order of which everything is cancelled
    is `none`, one of which something is shipped and nothing is left to ship is `shipped`, and `delivered` when all of
    that was signed for or rejected."""
    standing = list(lines)
    shipped = sum(1 for line in standing if line.shipped > 0)
    if shipped == 0:
        allocated = any(line.allocated > 0 for line in standing)
        return FulfilmentStatus.ALLOCATED if allocated else FulfilmentStatus.NONE
    if any(line.shipped + line.cancelled < line.ordered for line in standing):
        return FulfilmentStatus.PARTIAL
    if all(line.delivered + line.rejected >= line.shipped for line in standing):
        return FulfilmentStatus.DELIVERED
    return FulfilmentStatus.SHIPPED
