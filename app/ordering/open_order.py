"""Open a placed order for an act: its row and its lines, locked until the act ends, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import asyncpg

from app.kernel.act import Work
from app.kernel.refusal import ChangedMeanwhile, Forbidden, MoveNotAllowed, NotFound
from app.kernel.tax import TaxMode
from app.ledger.rules import Funding
from app.network.sql import readable
from app.network.viewer import Viewer
from app.ordering.act_refusals import ChangeLapsed, OrderExpired
from app.ordering.lifecycle import (
    ANSWERS,
    OrderAction,
    OrderStatus,
    allowed,
    change_lapsed,
    lapsed,
    permission_for,
    side_of,
)
from app.ordering.lines import EXACT
from app.ordering.statuses import FulfilmentStatus, PaymentStatus
from app.ordering.value import Freight, LineValue, OrderValue, totals

_SIX = Decimal("0.000001")

# Both tables are locked, not only the order: PostgreSQL then reads the newest version of every row, also where it had
# to wait for another act. A sub-select of the lines would show them as they were before the wait.
_OPEN = f"""
SELECT o.id, o.network_id, n.brand_id, o.number, o.relation_id, o.seller_id, o.buyer_id, o.status, o.payment_status,
       o.fulfilment_status, o.version, o.currency, o.tax_mode, o.funding, o.net_days, o.reservation_expires_at,
       o.freight_gross_minor, o.freight_tax_minor, o.freight_cancelled_minor, o.freight_shipped_minor,
       o.confirmed_at, o.closed_at, o.change_expires_at,
       l.id AS line_id, l.sku_id, l.sku_code, l.stocked, l.unit, l.factor, l.ordered, l.cancelled, l.allocated,
       l.shipped, l.delivered, l.rejected, l.gross_minor, l.tax_minor, l.tax_rate_bp, l.discount_minor,
       l.cancelled_minor, l.shipped_minor, l.shipped_tax_minor, l.settled, l.settled_minor
FROM sales_order o
JOIN sales_order_line l ON l.order_id = o.id
JOIN network n ON n.id = o.network_id
JOIN trade_relation r ON r.id = o.relation_id
WHERE o.id = $1 AND ($2::uuid IS NULL OR {readable("r", 2, 3)})
ORDER BY l.position
FOR NO KEY UPDATE OF o, l
"""


@dataclass(slots=True)
class OpenLine:
    """One line of an open order; `value` holds its counters and money."""

    id: UUID
    sku_id: UUID
    sku_code: str
    stocked: bool
    unit: str
    factor: Decimal
    allocated: Decimal
    delivered: Decimal
    rejected: Decimal
    value: LineValue
    touched: bool = False

    @property
    def open(self) -> Decimal:
        """Neither shipped nor cancelled."""
        return self.value.open

    @property
    def awaited(self) -> Decimal:
        """On its way: shipped, and neither signed for nor rejected."""
        return self.value.shipped - self.delivered - self.rejected

    def base_units(self, quantity: Decimal) -> Decimal:
        """Stock that belongs to the next `quantity` leaving; the parts of a line sum to what was promised for it."""
        left = self.value.ordered - self.open
        return _six(EXACT.multiply(left + quantity, self.factor)) - _six(EXACT.multiply(left, self.factor))


@dataclass(slots=True)
class OpenOrder:
    """A locked order. Acts change its lines and freight; `record` writes what they made of it."""

    id: UUID
    network_id: UUID
    brand_id: UUID
    number: str
    relation_id: UUID
    seller_id: UUID
    buyer_id: UUID
    status: OrderStatus
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    version: int
    currency: str
    tax_mode: TaxMode
    funding: Funding
    net_days: int
    reservation_expires_at: datetime | None
    confirmed_at: datetime | None
    closed_at: datetime | None
    change_expires_at: datetime | None
    freight: Freight
    lines: list[OpenLine] = field(default_factory=list)

    @property
    def values(self) -> list[LineValue]:
        return [line.value for line in self.lines]

    @property
    def totals(self) -> OrderValue:
        return totals(self.values, self.freight)

    @property
    def any_open(self) -> bool:
        return any(line.open > 0 for line in self.lines)

    @property
    def any_shipped(self) -> bool:
        return any(line.value.shipped > 0 for line in self.lines)

    @property
    def all_delivered(self) -> bool:
        """Nothing is open and everything that was shipped was signed for or rejected."""
        return not self.any_open and not any(line.awaited for line in self.lines)

    @property
    def _facts(self) -> dict[str, object]:
        return {
            "status": self.status,
            "fulfilment_status": self.fulfilment_status,
            "awaits_delivery": any(line.awaited > 0 for line in self.lines),
            "seller_id": self.seller_id,
            "buyer_id": self.buyer_id,
            "reservation_expires_at": self.reservation_expires_at,
            "change_expires_at": self.change_expires_at,
        }

    def has_lapsed(self, now: datetime) -> bool:
        """Not confirmed, and its time is over."""
        return lapsed(self._facts, now)

    def change_has_lapsed(self, now: datetime) -> bool:
        """A change waits for an answer, and its time is over."""
        return change_lapsed(self._facts, now)

    def expired(self, now: datetime) -> OrderExpired:
        """The refusal of an order that was not confirmed in time."""
        return OrderExpired(self.id, self.number, self.reservation_expires_at or now)

    def expect(self, version: int | None) -> None:
        """Raises ChangedMeanwhile when the order is not the one that was looked at; None asks for nothing."""
        if version is not None and version != self.version:
            raise ChangedMeanwhile(expected_version=version, version=self.version)

    def require(self, viewer: Viewer, action: OrderAction, now: datetime) -> str:
        """The viewer's side (`seller` or `buyer`), when the action is possible for it now.

        Raises OrderExpired for an order whose time is over, ChangeLapsed where that of a change is, Forbidden when only
        the role is in the way, and MoveNotAllowed with what is possible otherwise.
        """
        if self.has_lapsed(now):
            raise self.expired(now)
        if self.change_has_lapsed(now):
            raise ChangeLapsed(self.id, self.number, self.change_expires_at or now, action in ANSWERS)
        side = side_of(self.seller_id, self.buyer_id, viewer.company_id)
        assert side is not None, "open_order found it for a party"
        possible = allowed(self._facts, viewer, now)
        if action in possible:
            return side
        needed = permission_for(side, action)
        if needed is not None and not viewer.may(needed):
            raise Forbidden(needed.value)
        raise MoveNotAllowed("order", self.status.value, action.value, [one.value for one in possible])


async def open_order(work: Work, viewer: Viewer, order_id: UUID) -> OpenOrder:
    """Lock an order in which the viewer's company is a party. NotFound for absent and foreign ones: one round trip."""
    found = await work.rows(_OPEN, order_id, viewer.company_id, *viewer.scope)
    if not found:
        raise NotFound("order", order_id)
    return _read(found)


async def open_for_the_house(work: Work, order_id: UUID) -> OpenOrder:
    """Lock an order for an act that nobody asks for, such as its expiry. NotFound when it is absent."""
    found = await work.rows(_OPEN, order_id, None, None, None)
    if not found:
        raise NotFound("order", order_id)
    return _read(found)


def _read(rows: Sequence[asyncpg.Record]) -> OpenOrder:
    first = rows[0]
    return OpenOrder(
        id=first["id"],
        network_id=first["network_id"],
        brand_id=first["brand_id"],
        number=first["number"],
        relation_id=first["relation_id"],
        seller_id=first["seller_id"],
        buyer_id=first["buyer_id"],
        status=OrderStatus(first["status"]),
        payment_status=PaymentStatus(first["payment_status"]),
        fulfilment_status=FulfilmentStatus(first["fulfilment_status"]),
        version=first["version"],
        currency=first["currency"],
        tax_mode=TaxMode(first["tax_mode"]),
        funding=Funding(first["funding"]),
        net_days=first["net_days"],
        reservation_expires_at=first["reservation_expires_at"],
        confirmed_at=first["confirmed_at"],
        closed_at=first["closed_at"],
        change_expires_at=first["change_expires_at"],
        freight=Freight(
            gross_minor=first["freight_gross_minor"],
            tax_minor=first["freight_tax_minor"],
            cancelled_minor=first["freight_cancelled_minor"],
            shipped_minor=first["freight_shipped_minor"],
        ),
        lines=[_line(row) for row in rows],
    )


def _line(row: asyncpg.Record) -> OpenLine:
    return OpenLine(
        id=row["line_id"],
        sku_id=row["sku_id"],
        sku_code=row["sku_code"],
        stocked=row["stocked"],
        unit=row["unit"],
        factor=row["factor"],
        allocated=row["allocated"],
        delivered=row["delivered"],
        rejected=row["rejected"],
        value=LineValue(
            ordered=row["ordered"],
            gross_minor=row["gross_minor"],
            tax_minor=row["tax_minor"],
            tax_rate_bp=row["tax_rate_bp"],
            discount_minor=row["discount_minor"],
            cancelled=row["cancelled"],
            shipped=row["shipped"],
            cancelled_minor=row["cancelled_minor"],
            shipped_minor=row["shipped_minor"],
            shipped_tax_minor=row["shipped_tax_minor"],
            settled=row["settled"],
            settled_minor=row["settled_minor"],
        ),
    )


def _six(value: Decimal) -> Decimal:
    return value.quantize(_SIX, ROUND_HALF_UP)
