"""What is signed for of a shipment (签收数量), line by line: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.fulfilment.open_shipment import ShippedLine
from app.fulfilment.refusals import MoreThanShipped, OverSignedLine
from app.fulfilment.rules import RejectReason
from app.kernel.quantity import parse_quantity, require_a_part
from app.kernel.refusal import BadRequest, NotFound, plain
from app.kernel.text import optional_text
from app.kernel.wording import Said, one_of

LONGEST_NOTE: Final = 400


@dataclass(frozen=True, slots=True)
class SignedSaid:
    """What a party signs for of a line, in the line's unit; where that is less than was shipped, why."""

    line_id: UUID
    signed: Decimal
    reason: RejectReason | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """What becomes of a shipped line: signed for and rejected are all of it."""

    delivered: Decimal
    rejected: Decimal
    reason: RejectReason | None
    note: str | None


def signed_for(shipped: Mapping[UUID, ShippedLine], said: Sequence[SignedSaid] | None) -> dict[UUID, Signed]:
    """What becomes of every line of a shipment; a line that is not named is signed for whole.

    Raises MoreThanShipped with every line of which less was shipped; NotFound for a line that is not in the shipment;
    BadRequest for a line named twice, a part of what is counted, and for a part that is missing without a reason, or a
    reason with nothing missing.
    """
    named: dict[UUID, tuple[Decimal, SignedSaid]] = {}
    for position, one in enumerate(said or ()):
        if one.line_id not in shipped:
            raise NotFound("order line", one.line_id)
        if one.line_id in named:
            raise BadRequest("lines", str(one.line_id), Said("every line once", "每行只出现一次"))
        named[one.line_id] = (parse_quantity(one.signed, f"lines[{position}].signed"), one)
    over = [
        OverSignedLine(line_id, line.sku_code, line.unit, named[line_id][0], line.quantity)
        for line_id, line in shipped.items()
        if line_id in named and named[line_id][0] > line.quantity
    ]
    if over:
        raise MoreThanShipped(over)
    for position, one in enumerate(said or ()):
        line, (signed, _) = shipped[one.line_id], named[one.line_id]
        require_a_part(signed, of=line.quantity, unit=line.unit, field=f"lines[{position}].signed")
    return {line_id: _signed(line, named.get(line_id)) for line_id, line in shipped.items()}


def as_said(said: Sequence[SignedSaid] | None) -> list[list[str | None]] | None:
    """For the fingerprint of a client key."""
    if said is None:
        return None
    return [[str(one.line_id), plain(one.signed), one.reason, one.note] for one in said]


def _signed(line: ShippedLine, named: tuple[Decimal, SignedSaid] | None) -> Signed:
    if named is None:
        return Signed(line.quantity, Decimal(0), None, None)
    quantity, said = named
    note = optional_text("note", said.note, LONGEST_NOTE)
    missing = line.quantity - quantity
    if missing and said.reason is None:
        raise BadRequest("reason", None, one_of(*(one.name for one in RejectReason)))
    if not missing and said.reason is not None:
        raise BadRequest("reason", said.reason.name, Said("none for a line that is whole", "整行签收时不填原因"))
    return Signed(quantity, missing, said.reason, note)
