"""Steps: who the two parties of a fact's document are, who did it, and what it is called. One statement per kind."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from orjson import loads

from app.kernel.act import Work
from app.kernel.event_log import Event


@dataclass(frozen=True, slots=True)
class Parties:
    """Of one fact. `by` is the member who did it, `by_company` theirs; `member_id` the only one whom it concerns."""

    seller_id: UUID | None = None
    buyer_id: UUID | None = None
    relation_id: UUID | None = None
    region_code: str | None = None
    by: UUID | None = None
    by_company: UUID | None = None
    member_id: UUID | None = None
    params: Mapping[str, str] = field(default_factory=dict)


PartiesOf = Callable[[Work, Sequence[Event]], Awaitable[Mapping[int, Parties]]]
"""Parties by delivery number; a fact whose document is gone is not in the answer."""

_ORDERS: Final = """
SELECT a.no, o.seller_id, o.buyer_id, o.relation_id, e.by, m.company_id AS by_company,
    jsonb_build_object('number', o.number, 'seller', s.name, 'buyer', b.name)::text AS params
FROM unnest($1::bigint[], $2::uuid[], $3::int[]) AS a(no, id, version)
JOIN sales_order o ON o.id = a.id
JOIN company s ON s.id = o.seller_id
JOIN company b ON b.id = o.buyer_id
LEFT JOIN sales_order_event e ON e.order_id = o.id AND e.version = a.version
LEFT JOIN membership m ON m.id = e.by
"""
_SHIPMENTS: Final = """
SELECT a.no, o.seller_id, o.buyer_id, o.relation_id, e.by, m.company_id AS by_company,
    jsonb_build_object('number', o.number, 'shipment', h.number, 'seller', s.name, 'buyer', b.name)::text AS params
FROM unnest($1::bigint[], $2::uuid[], $3::text[]) AS a(no, id, what)
JOIN shipment h ON h.id = a.id
JOIN sales_order o ON o.id = h.order_id
JOIN company s ON s.id = o.seller_id
JOIN company b ON b.id = o.buyer_id
LEFT JOIN LATERAL (
    SELECT t.by FROM sales_order_event t
    WHERE t.order_id = o.id AND t.what = split_part(a.what, '_', 1) AND t.details->>'shipmentId' = h.id::text
    ORDER BY t.version DESC LIMIT 1
) e ON true
LEFT JOIN membership m ON m.id = e.by
"""
_RELATIONS: Final = """
SELECT a.no, r.seller_id, r.buyer_id, r.id AS relation_id, NULL::uuid AS by, NULL::uuid AS by_company,
    jsonb_build_object('seller', s.name, 'buyer', b.name)::text AS params
FROM unnest($1::bigint[], $2::uuid[]) AS a(no, id)
JOIN trade_relation r ON r.id = a.id
JOIN company s ON s.id = r.seller_id
JOIN company b ON b.id = r.buyer_id
"""
_SELLER: Final = ("sellerId", "brandId")
_BUYER: Final = ("buyerId", "dealerId")
_NAMES: Final = "SELECT id, name FROM company WHERE id = ANY($1::uuid[])"


async def of_orders(work: Work, events: Sequence[Event]) -> Mapping[int, Parties]:
    """Parties of orders; who moved one stands in its timeline."""
    return await _found(work, _ORDERS, events, [one.version for one in events])


async def of_shipments(work: Work, events: Sequence[Event]) -> Mapping[int, Parties]:
    """Parties of shipments, which are those of their orders."""
    return await _found(work, _SHIPMENTS, events, [one.what for one in events])


async def of_relations(work: Work, events: Sequence[Event]) -> Mapping[int, Parties]:
    """Parties of relations, and of accounts, whose subject is the relation."""
    return await _found(work, _RELATIONS, events)


async def as_told(work: Work, events: Sequence[Event]) -> Mapping[int, Parties]:
    """Parties that the facts themselves name in their payload, for domains that this one does not know.

    `sellerId` or `brandId`, `buyerId` or `dealerId`, `relationId`, `regionCode`, `memberId` (the only one to be
    told), `by` (the member who did it), and `number`, by which people know the document.
    """
    ids = {UUID(one.payload[side]) for one in events for side in (*_SELLER, *_BUYER) if one.payload.get(side)}
    names = {row["id"]: row["name"] for row in await work.rows(_NAMES, list(ids))} if ids else {}
    return {one.delivery_no: _as_told(one.payload, names) for one in events}


def _as_told(said: Mapping[str, str], names: Mapping[UUID, str]) -> Parties:
    seller_id, buyer_id = _id(said, *_SELLER), _id(said, *_BUYER)
    params = {"number": said.get("number", ""), "seller": names.get(seller_id, ""), "buyer": names.get(buyer_id, "")}  # type: ignore[arg-type]
    return Parties(
        seller_id=seller_id,
        buyer_id=buyer_id,
        relation_id=_id(said, "relationId"),
        region_code=said.get("regionCode") or None,
        by=_id(said, "by"),
        member_id=_id(said, "memberId"),
        params={name: value for name, value in params.items() if value},
    )


def _id(said: Mapping[str, str], *names: str) -> UUID | None:
    return next((UUID(said[name]) for name in names if said.get(name)), None)


async def _found(work: Work, sql: str, events: Sequence[Event], *more: Any) -> Mapping[int, Parties]:
    numbers, subjects = [one.delivery_no for one in events], [one.subject_id for one in events]
    return {
        row["no"]: Parties(
            seller_id=row["seller_id"],
            buyer_id=row["buyer_id"],
            relation_id=row["relation_id"],
            by=row["by"],
            by_company=row["by_company"],
            params=loads(row["params"]),
        )
        for row in await work.rows(sql, numbers, subjects, *more)
    }
