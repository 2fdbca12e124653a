"""A step: write what an act made of an open order, with its statuses, its timeline and its facts."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import orjson

from app.kernel.act import Work
from app.kernel.change import Change
from app.kernel.ids import uuid7
from app.ordering.events import tell_order
from app.ordering.lifecycle import CLOSED, ORDER, OrderStatus
from app.ordering.open_order import OpenLine, OpenOrder
from app.ordering.statuses import LineCounters, fulfilment_status, payment_status

LONGEST_REASON: Final = 400

_RECORD = """
moved AS (
    UPDATE sales_order_line l
    SET cancelled = m.cancelled, allocated = m.allocated, shipped = m.shipped, delivered = m.delivered,
        rejected = m.rejected,
        gross_minor = m.gross_minor, tax_minor = m.tax_minor, net_minor = m.gross_minor - m.tax_minor,
        discount_minor = m.discount_minor, cancelled_minor = m.cancelled_minor, shipped_minor = m.shipped_minor,
        shipped_tax_minor = m.shipped_tax_minor, settled = m.settled, settled_minor = m.settled_minor
    FROM jsonb_to_recordset($2::jsonb) AS m(id uuid, cancelled numeric, allocated numeric, shipped numeric,
        delivered numeric, rejected numeric, gross_minor bigint, tax_minor bigint, discount_minor bigint,
        cancelled_minor bigint, shipped_minor bigint, shipped_tax_minor bigint, settled numeric, settled_minor bigint)
    WHERE l.id = m.id AND l.order_id = $1
), said AS (
    INSERT INTO sales_order_event (id, order_id, version, what, by, reason, details, at)
    VALUES ($3, $1, $4, $5, $6, $7, $8::jsonb, $9)
), recorded AS (
    UPDATE sales_order
    SET version = $4, status = $10, payment_status = $11, fulfilment_status = $12, reservation_expires_at = $13,
        confirmed_at = $14, closed_at = $15, goods_gross_minor = $16, discount_minor = $17, net_minor = $18,
        tax_minor = $19, gross_minor = $20, cancelled_minor = $21, shipped_minor = $22, freight_cancelled_minor = $23,
        freight_shipped_minor = $24, change_expires_at = $25
    WHERE id = $1
)"""


def after_calling_off(order: OpenOrder) -> OrderStatus:
    """The status of an order now that a part of it was cancelled: `cancelled` when nothing is left and nothing was
    shipped, `closed_short` when the shipped part is all there will be, else on its way as before."""
    if not order.any_open:
        return ORDER.after(order.status, "close_short" if order.any_shipped else "cancel")
    if order.status is OrderStatus.CHANGE_PROPOSED:
        return ORDER.after(order.status, "resume_submitted")
    if order.status is OrderStatus.CANCEL_REQUESTED:
        return ORDER.after(order.status, "resume_fulfilling" if order.any_shipped else "resume_confirmed")
    return order.status


def record(
    work: Work,
    order: OpenOrder,
    *,
    what: str,
    status: OrderStatus,
    by: UUID | None,
    reason: str | None = None,
    details: Mapping[str, str] | None = None,
) -> None:
    """Raise the order's version and write it, its touched lines and one entry of the timeline, in the act's last
    statement: nothing in the act reads them again.

    `status` comes from the lifecycle; payment and fulfilment status follow from the counters. Tells both parties, and
    the brand above them. `details` are ids and small values for the timeline, never money.
    """
    order.version += 1
    order.status = status
    value = order.totals
    order.payment_status = payment_status(
        order.funding, gross_minor=value.gross_minor, cancelled_minor=value.cancelled_minor
    )
    order.fulfilment_status = fulfilment_status(_counters(line) for line in order.lines)
    if status in CLOSED and order.closed_at is None:
        order.closed_at = work.now
    said = dict(details or {})
    change = Change(
        _RECORD,
        (
            order.id,
            orjson.dumps([_row(line) for line in order.lines if line.touched]).decode(),
            uuid7(),
            order.version,
            what,
            by,
            reason,
            orjson.dumps(said).decode(),
            work.now,
            order.status.value,
            order.payment_status.value,
            order.fulfilment_status.value,
            order.reservation_expires_at,
            order.confirmed_at,
            order.closed_at,
            value.goods_gross_minor,
            value.discount_minor,
            value.net_minor,
            value.tax_minor,
            value.gross_minor,
            value.cancelled_minor,
            value.shipped_minor,
            order.freight.cancelled_minor,
            order.freight.shipped_minor,
            order.change_expires_at,
        ),
    )
    work.later(change)
    tell_order(
        work,
        network_id=order.network_id,
        brand_id=order.brand_id,
        seller_id=order.seller_id,
        buyer_id=order.buyer_id,
        order_id=order.id,
        version=order.version,
        what=what,
        payload=said,
    )


def _counters(line: OpenLine) -> LineCounters:
    return LineCounters(
        ordered=line.value.ordered,
        cancelled=line.value.cancelled,
        allocated=line.allocated,
        shipped=line.value.shipped,
        delivered=line.delivered,
        rejected=line.rejected,
    )


def _row(line: OpenLine) -> dict[str, object]:
    value = line.value
    return {
        "id": str(line.id),
        "cancelled": str(value.cancelled),
        "allocated": str(line.allocated),
        "shipped": str(value.shipped),
        "delivered": str(line.delivered),
        "rejected": str(line.rejected),
        "gross_minor": value.gross_minor,
        "tax_minor": value.tax_minor,
        "discount_minor": value.discount_minor,
        "cancelled_minor": value.cancelled_minor,
        "shipped_minor": value.shipped_minor,
        "shipped_tax_minor": value.shipped_tax_minor,
        "settled": str(value.settled),
        "settled_minor": value.settled_minor,
    }
