"""Decisions about credit, pure. Amounts are minor units of the relation's currency; `None` is no limit, 0 is nothing.

An order's gross value wanders through the parts of the exposure and is always in exactly one of them: *pending*
(placed, not confirmed), *open* (confirmed, not shipped), *shipped* (shipped, not billed; goods are billed as they ship,
so it is empty), *receivable* (billed, not paid). An order that draws on prepayment is in none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class AccountKind(StrEnum):
    """The accounts that every trade relation has."""

    RECEIVABLE = "receivable"  # 应收: what the buyer owes
    PREPAYMENT = "prepayment"  # 预存款: money of the buyer, a credit balance
    CLEARING = "clearing"  # money that came in
    REVENUE = "revenue"
    OUTPUT_TAX = "output_tax"


class Funding(StrEnum):
    """What the orders of a relation draw on."""

    CREDIT = "credit"
    PREPAYMENT = "prepayment"


HELD_ON: dict[Funding, AccountKind] = {
    Funding.CREDIT: AccountKind.RECEIVABLE,
    Funding.PREPAYMENT: AccountKind.PREPAYMENT,
}


class ExposureKind(StrEnum):
    """Where a unit of value stands on its way from the order to the payment."""

    PENDING = "pending"
    OPEN = "open"
    SHIPPED = "shipped"
    RECEIVABLE = "receivable"


@dataclass(frozen=True, slots=True)
class ExposurePart:
    """One part of the exposure, in minor units."""

    kind: ExposureKind
    minor: int


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """What the seller lends to the buyer (授信). The temporary limit comes on top until it ends."""

    limit_minor: int | None = 0
    temporary_limit_minor: int | None = None
    temporary_until: datetime | None = None
    overdue_block_days: int | None = None
    version: int = 0

    def limit_at(self, now: datetime) -> int | None:
        """The limit that counts now, or None for no limit. A temporary limit counts until its end, not at it."""
        if self.limit_minor is None:
            return None
        temporary = self.temporary_limit_minor or 0
        valid = self.temporary_until is None or now < self.temporary_until
        return self.limit_minor + (temporary if valid else 0)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a buyer stands with a seller. `overdue_minor` is past due now; `blocking_minor` is past due for longer than
    the credit line bears; `due_minor` falls due by the end of today, what is overdue included."""

    currency: str
    credit: CreditTerms
    receivable_minor: int = 0
    held_minor: int = 0
    pending_minor: int = 0
    prepaid_minor: int = 0
    prepaid_held_minor: int = 0
    due_minor: int = 0
    overdue_minor: int = 0
    blocking_minor: int = 0

    @property
    def exposure_minor(self) -> int:
        """Everything the seller has lent or promised to lend."""
        return self.held_minor + self.receivable_minor

    @property
    def parts(self) -> tuple[ExposurePart, ...]:
        """The exposure, each unit of value once."""
        return (
            ExposurePart(ExposureKind.PENDING, self.pending_minor),
            ExposurePart(ExposureKind.OPEN, self.held_minor - self.pending_minor),
            ExposurePart(ExposureKind.SHIPPED, 0),
            ExposurePart(ExposureKind.RECEIVABLE, self.receivable_minor),
        )

    @property
    def prepaid_free_minor(self) -> int:
        """Prepaid money that no order has been promised."""
        return self.prepaid_minor - self.prepaid_held_minor

    @property
    def overdue_blocks(self) -> bool:
        """True when something is unpaid for longer than the credit line bears: no new order on credit."""
        return self.credit.overdue_block_days is not None and self.blocking_minor > 0

    def without(self, *, credit_minor: int, prepaid_minor: int) -> Position:
        """The position once so much that is pending on credit, or held of the prepaid money, has been given back."""
        return replace(
            self,
            held_minor=self.held_minor - credit_minor,
            pending_minor=self.pending_minor - credit_minor,
            prepaid_held_minor=self.prepaid_held_minor - prepaid_minor,
        )

    def available_at(self, now: datetime) -> int | None:
        """What may still be ordered on credit; None for no limit, below zero when the limit was lowered since."""
        limit = self.credit.limit_at(now)
        return None if limit is None else limit - self.exposure_minor


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An order asks for more than there is."""

    asked_minor: int
    available_minor: int

    @property
    def short_by_minor(self) -> int:
        return self.asked_minor - self.available_minor


def credit_shortfall(position: Position, asked_minor: int, now: datetime) -> Shortfall | None:
    """By how much the credit does not reach; None when it does. An order of no value needs no credit."""
    available = position.available_at(now)
    if asked_minor <= 0 or available is None or asked_minor <= available:
        return None
    return Shortfall(asked_minor, available)


def prepayment_shortfall(position: Position, asked_minor: int) -> Shortfall | None:
    """By how much the prepaid money does not reach; None when it does."""
    if asked_minor <= 0 or asked_minor <= position.prepaid_free_minor:
        return None
    return Shortfall(asked_minor, position.prepaid_free_minor)


class ReceiptTo(StrEnum):
    """What money that came in is for."""

    RECEIVABLE = "receivable"  # pay what is owed; what is left over is prepaid
    PREPAYMENT = "prepayment"  # all of it is prepaid


def divide_receipt(amount_minor: int, owed_minor: int, to: ReceiptTo) -> tuple[int, int]:
    """How much of a receipt pays what is owed and how much is prepaid; the two sum to the receipt."""
    paid = min(amount_minor, max(owed_minor, 0)) if to is ReceiptTo.RECEIVABLE else 0
    return paid, amount_minor - paid
