"""Which quantities of an order's lines an act means: those that were named, or everything open. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from app.kernel.quantity import parse_quantity
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.wording import MORE_THAN_NOTHING, Said
from app.ordering.act_refusals import LineShort, MoreThanOpen


class WithOpen(Protocol):
    """What the rule looks at in a line."""

    @property
    def id(self) -> UUID: ...
    @property
    def sku_code(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def open(self) -> Decimal: ...


LineQuantities = Sequence[tuple[UUID, Decimal]]
"""Line ids with quantities, each in its line's own unit."""


def wanted(lines: Sequence[WithOpen], asked: LineQuantities | None) -> dict[UUID, Decimal]:
    """The quantities per line, in the order of the lines; None asks for everything open.

    Raises MoreThanOpen with every line of which less is open; NotFound for a line of another order, BadRequest for a
    line named twice, a quantity of nothing and an empty list.
    """
    if asked is None:
        return {line.id: line.open for line in lines if line.open > 0}
    by_id = {line.id: line for line in lines}
    quantities: dict[UUID, Decimal] = {}
    for position, (line_id, said) in enumerate(asked):
        field = f"lines[{position}].quantity"
        quantity = parse_quantity(said, field)
        if line_id not in by_id:
            raise NotFound("order line", line_id)
        if line_id in quantities:
            raise BadRequest("lines", str(line_id), Said("every line once", "每行只出现一次"))
        if quantity == 0:
            raise BadRequest(field, said, MORE_THAN_NOTHING)
        quantities[line_id] = quantity
    if not quantities:
        raise BadRequest(
            "lines",
            0,
            Said("at least one line, or null for everything that is open", "至少一行，或 null 表示全部剩余数量"),
        )
    short = [
        LineShort(line.id, line.sku_code, line.unit, quantities[line.id], line.open)
        for line in lines
        if line.id in quantities and quantities[line.id] > line.open
    ]
    if short:
        raise MoreThanOpen(short)
    return {line.id: quantities[line.id] for line in lines if line.id in quantities}


def as_said(asked: LineQuantities | None) -> list[list[str]] | None:
    """For the fingerprint of a client key, and for a document: ids and quantities as text."""
    return None if asked is None else [[str(line_id), f"{quantity.normalize():f}"] for line_id, quantity in asked]


def from_said(said: Sequence[Mapping[str, str]]) -> LineQuantities | None:
    """Back from a cancellation request's stored lines; an empty list means everything that remains."""
    return [(UUID(one["lineId"]), Decimal(one["quantity"])) for one in said] or None
