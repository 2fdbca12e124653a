"""The packages of a shipment (包裹): what a seller says of them, and the steps that write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from app.fulfilment.companies import carrier_code, waybill_number
from app.kernel.act import Work
from app.kernel.ids import uuid7
from app.kernel.refusal import BadRequest
from app.kernel.text import optional_text
from app.kernel.wording import Said, whole_number

MOST_PACKAGES: Final = 100
LONGEST_CARRIER: Final = 60
LONGEST_NUMBER: Final = 80
MOST_WEIGHT_G: Final = 2_000_000_000
MOST_VOLUME_CM3: Final = 2_000_000_000
MOST_PIECES: Final = 1_000_000

# Waybills are locked before their shipments, in one order. A number that is known already is only locked.
_WAYBILLS: Final = """
INSERT INTO waybill (id, carrier, number, created_at, subscribe_at)
SELECT w.id, w.carrier, w.number, $4::timestamptz, CASE WHEN $5::bool THEN $4 END
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS w(id, carrier, number)
ORDER BY w.carrier, w.number
ON CONFLICT (carrier, number) DO UPDATE SET subscribe_at = CASE
    WHEN NOT $5 OR waybill.subscribed_at IS NOT NULL THEN waybill.subscribe_at
    ELSE coalesce(waybill.subscribe_at, excluded.subscribe_at) END
RETURNING id, carrier, number, xmax <> 0 AS known
"""


@dataclass(frozen=True, slots=True)
class PackageSaid:
    """One package: who brings it under which number; weight in grams, volume in cubic centimetres, pieces in it.
    `id` is that of a package to be corrected; None is a new one."""

    carrier: str | None = None
    tracking_number: str | None = None
    weight_g: int | None = None
    volume_cm3: int | None = None
    pieces: int | None = None
    id: UUID | None = None

    @property
    def carrier_code(self) -> str | None:
        """The carrier as its news name it; None where nobody tells of it."""
        return carrier_code(self.carrier)

    @property
    def waybill(self) -> tuple[str, str] | None:
        """The carrier's code and number that news would name."""
        code, number = self.carrier_code, waybill_number(self.tracking_number)
        return (code, number) if code and number else None

    def said(self) -> dict[str, object]:
        """Its values, for a fingerprint and for the history."""
        return {name: value for name, value in asdict(self).items() if name != "id"}


def judged_packages(packages: Sequence[PackageSaid]) -> list[PackageSaid]:
    """The packages with their texts trimmed. BadRequest for none, too many, texts too long, measures that cannot be,
    and one number said twice."""
    if not 1 <= len(packages) <= MOST_PACKAGES:
        raise BadRequest(
            "packages", len(packages), Said(f"1 to {MOST_PACKAGES} packages", f" 1 到 {MOST_PACKAGES} 个包裹")
        )
    kept = [
        PackageSaid(
            optional_text("carrier", one.carrier, LONGEST_CARRIER),
            optional_text("trackingNumber", one.tracking_number, LONGEST_NUMBER),
            _measure("weightG", one.weight_g, 0, MOST_WEIGHT_G),
            _measure("volumeCm3", one.volume_cm3, 0, MOST_VOLUME_CM3),
            _measure("pieces", one.pieces, 1, MOST_PIECES),
            one.id,
        )
        for one in packages
    ]
    numbers = [(one.carrier_code or one.carrier, waybill_number(one.tracking_number)) for one in kept]
    for n, one in enumerate(numbers):
        if one[1] is not None and one in numbers[:n]:
            raise BadRequest(
                "trackingNumber", kept[n].tracking_number, Said("every number once", "每个运单号只出现一次")
            )
    return kept


@dataclass(frozen=True, slots=True)
class Waybills:
    """Locked waybills by carrier's code and number; `known`: one of them was there before, perhaps with news."""

    ids: dict[tuple[str, str], UUID]
    known: bool

    def of(self, package: PackageSaid) -> UUID | None:
        """The waybill of a package; None where it has no number that news would name."""
        return None if package.waybill is None else self.ids[package.waybill]


async def lock_waybills(work: Work, wanted: Iterable[tuple[str, str] | None], *, subscribe: bool = True) -> Waybills:
    """The waybills of these carriers and numbers, made where they are missing, and locked: one round trip, or none.

    `subscribe`: their news are to be asked for.
    """
    numbers = sorted({one for one in wanted if one is not None})
    if not numbers:
        return Waybills({}, known=False)
    rows = await work.rows(
        _WAYBILLS,
        [uuid7() for _ in numbers],
        [carrier for carrier, _ in numbers],
        [number for _, number in numbers],
        work.now,
        subscribe,
    )
    found = {(row["carrier"], row["number"]): row["id"] for row in rows}
    return Waybills(found, known=any(row["known"] for row in rows))


COLUMNS: Final = "id, position, carrier, carrier_code, tracking_number, waybill_id, weight_g, volume_cm3, pieces"


def unnested(n: int) -> str:
    """SQL: the packages in nine parameters from `$n` on, as rows of `COLUMNS`."""
    types = ("uuid", "int", "text", "text", "text", "uuid", "int", "int", "int")
    params = ", ".join(f"${n + i}::{kind}[]" for i, kind in enumerate(types))
    return f"unnest({params}) AS k({COLUMNS})"


def as_columns(packages: Sequence[tuple[UUID, PackageSaid]], waybills: Waybills) -> list[list[object]]:
    """The nine parameters of `unnested`, in the order of the packages."""
    rows = [
        (
            package_id,
            position,
            one.carrier,
            one.carrier_code,
            one.tracking_number,
            waybills.of(one),
            one.weight_g,
            one.volume_cm3,
            one.pieces,
        )
        for position, (package_id, one) in enumerate(packages)
    ]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(9)]


def _measure(field: str, value: int | None, least: int, most: int) -> int | None:
    if value is not None and not least <= value <= most:
        raise BadRequest(field, value, whole_number(least, most))
    return value
