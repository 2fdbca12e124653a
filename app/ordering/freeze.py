"""A step: write an order with everything that was agreed; nothing prices it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson

from app.kernel.act import Work
from app.kernel.change import Change
from app.kernel.ids import uuid7
from app.network.viewer import Viewer
from app.ordering.asked import AskedOrder, DeliveryMethod
from app.ordering.lifecycle import ORDER
from app.ordering.lines import PricedLine
from app.ordering.rules import Judged
from app.ordering.statuses import FulfilmentStatus, payment_status
from app.ordering.terms import Terms
from app.storefront.offer_facts import OfferFacts

# Rows travel as one JSON document each for order and lines: one statement whatever the number of lines. Nobody waits
# for anybody's number: a sequence is not part of the transaction, and may have gaps.
_WRITE: Final = """
new AS (
    INSERT INTO sales_order (id, network_id, relation_id, seller_id, buyer_id, placed_by, status,
        payment_status, fulfilment_status, currency, tax_mode, funding, net_days, delivery_method, picker_name,
        plate_number, ship_to_id, ship_to_snapshot, buyer_reference, remarks, requested_on, goods_gross_minor,
        freight_gross_minor, freight_tax_minor, freight_tax_rate_bp, net_minor, tax_minor, gross_minor,
        reservation_expires_at, placed_at, number)
    SELECT o.*, (SELECT 'SO-' || lpad(n::text, greatest(length(n::text), 6), '0') FROM nextval('order_number') AS n)
    FROM jsonb_to_record($1::jsonb) AS o(id uuid, network_id uuid, relation_id uuid,
        seller_id uuid, buyer_id uuid, placed_by uuid, status text,
        payment_status text, fulfilment_status text, currency text, tax_mode text, funding text, net_days int,
        delivery_method text, picker_name text,
        plate_number text, ship_to_id uuid, ship_to_snapshot jsonb, buyer_reference text, remarks text,
        requested_on date, goods_gross_minor bigint,
        freight_gross_minor bigint, freight_tax_minor bigint, freight_tax_rate_bp int, net_minor bigint,
        tax_minor bigint, gross_minor bigint,
        reservation_expires_at timestamptz, placed_at timestamptz)
    RETURNING *
), event AS (
    INSERT INTO sales_order_event (id, order_id, version, what, by, at) VALUES ($3, $4, 1, 'placed', $5, $6)
), line AS (
    INSERT INTO sales_order_line (id, order_id, seller_id, position, sku_id, sku_code, name_zh, name_en, stocked, unit,
        factor, unit_price, list_price, price_trace, tax_class, tax_rate_bp, gross_minor, net_minor, tax_minor, ordered)
    SELECT l.id, $4::uuid, new.seller_id, l.position, l.sku_id, l.sku_code, l.name_zh, l.name_en, l.stocked, l.unit,
        l.factor, l.unit_price, l.list_price, l.price_trace, l.tax_class, l.tax_rate_bp, l.gross_minor, l.net_minor,
        l.tax_minor, l.ordered
    FROM jsonb_to_recordset($2::jsonb) AS l(id uuid, position int, sku_id uuid, sku_code text, name_zh text,
        name_en text, stocked boolean, unit text, factor numeric, unit_price numeric, list_price numeric,
        price_trace jsonb, tax_class text, tax_rate_bp int, gross_minor bigint, net_minor bigint, tax_minor bigint,
        ordered numeric), new
    ORDER BY l.position
)"""
FROZEN: Final = "new"
"""The order as `freeze` writes it, for the answer of the same statement: a name with the columns of `sales_order`."""


@dataclass(frozen=True, slots=True)
class NewOrder:
    """Ids and times of an order about to be written; `line_ids` in the order of the lines."""

    id: UUID
    line_ids: Sequence[UUID]
    reservation_expires_at: datetime | None


def freeze(
    work: Work,
    viewer: Viewer,
    new: NewOrder,
    asked: AskedOrder,
    terms: Terms,
    offers: dict[UUID, OfferFacts],
    judged: Judged,
) -> Change:
    """Order, lines and the first entry of its timeline. The order must have no problems, and gets its number."""
    lines = [
        _line(line_id, line, offers[line.asked.sku_id])
        for line_id, line in zip(new.line_ids, judged.lines, strict=True)
    ]
    order = _order(work, viewer, new, asked, terms, judged)
    return Change(
        _WRITE,
        (
            orjson.dumps(order, default=str).decode(),
            orjson.dumps(lines, default=str).decode(),
            uuid7(),
            new.id,
            viewer.membership_id,
            work.now,
        ),
    )


def _order(
    work: Work, viewer: Viewer, new: NewOrder, asked: AskedOrder, terms: Terms, judged: Judged
) -> dict[str, Any]:
    totals, pickup = judged.totals, asked.delivery_method is DeliveryMethod.PICKUP
    ship_to = None if pickup else terms.ship_to
    paid = payment_status(terms.funding, gross_minor=totals.gross_minor, cancelled_minor=0)
    return {
        "id": new.id,
        "network_id": terms.network_id,
        "relation_id": terms.relation_id,
        "seller_id": terms.seller_id,
        "buyer_id": terms.buyer_id,
        "placed_by": viewer.membership_id,
        "status": ORDER.initial.value,
        "payment_status": paid.value,
        "fulfilment_status": FulfilmentStatus.NONE.value,
        "currency": terms.currency,
        "tax_mode": terms.mode.value,
        "funding": terms.funding.value,
        "net_days": terms.net_days,
        "delivery_method": asked.delivery_method.value,
        "picker_name": asked.picker_name if pickup else None,
        "plate_number": asked.plate_number if pickup else None,
        "ship_to_id": None if ship_to is None else ship_to.id,
        "ship_to_snapshot": None if ship_to is None else ship_to.snapshot(),
        "buyer_reference": asked.buyer_reference,
        "remarks": asked.remarks,
        "requested_on": asked.requested_on,
        "goods_gross_minor": totals.goods_minor,
        "freight_gross_minor": totals.freight.taxed.gross,
        "freight_tax_minor": totals.freight.taxed.tax,
        "freight_tax_rate_bp": totals.freight.tax_rate_bp,
        "net_minor": totals.net_minor,
        "tax_minor": totals.tax_minor,
        "gross_minor": totals.gross_minor,
        "reservation_expires_at": new.reservation_expires_at,
        "placed_at": work.now,
    }


def _line(line_id: UUID, line: PricedLine, offer: OfferFacts) -> dict[str, Any]:
    price, taxed = line.price, line.taxed
    if price is None or price.unit_price is None or taxed is None or line.measure is None:
        raise ValueError(f"line {line.position} has no price and cannot be frozen")
    return {
        "id": line_id,
        "position": line.position,
        "sku_id": offer.sku_id,
        "sku_code": offer.sku_code,
        "name_zh": offer.name_zh,
        "name_en": offer.name_en,
        "stocked": offer.stocked,
        "unit": line.unit,
        "factor": _text(line.measure.factor),
        "unit_price": _text(price.unit_price.amount),
        "list_price": None if price.list_price is None else _text(price.list_price.amount),
        "price_trace": [step.frozen() for step in price.trace],
        "tax_class": offer.tax_class,
        "tax_rate_bp": offer.tax_rate_bp,
        "gross_minor": taxed.gross,
        "net_minor": taxed.net,
        "tax_minor": taxed.tax,
        "ordered": _text(line.asked.quantity),
    }


def _text(value: Decimal) -> str:
    return format(value, "f")
