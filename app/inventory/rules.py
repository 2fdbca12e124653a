"""Decisions about stock, pure: what to take from which warehouse, and how much of it a buyer may see.

Quantities are base units of the SKU.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.catalog.refusals import ValueNotAllowed
from app.inventory.inputs import StockInput
from app.inventory.refusals import StockBelowPromised
from app.kernel.quantity import EXPECTED, MOST

LOW_BELOW: Final = Decimal(20)
"""In steps, fewer base units than this is LOW, this many or more is PLENTY."""


@dataclass(frozen=True, slots=True)
class StockRow:
    """One SKU in one active warehouse, locked; `free` may still be promised."""

    stock_level_id: UUID
    warehouse_id: UUID
    warehouse_code: str
    priority: int
    serves_regions: tuple[str, ...] | None
    sku_id: UUID
    free: Decimal


@dataclass(frozen=True, slots=True)
class Pick:
    """So much of a SKU from one warehouse."""

    sku_id: UUID
    warehouse_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class LinePick:
    """So much of an order line from one warehouse."""

    order_line_id: UUID
    warehouse_id: UUID
    sku_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """What to take from where; for every SKU that is short, what there is of it. A short SKU has no picks."""

    picks: list[Pick] = field(default_factory=list)
    shortages: dict[UUID, Decimal] = field(default_factory=dict)


def serves(serves_regions: Sequence[str] | None, region_path: str | None) -> int | None:
    """How closely a warehouse serves a region: the length of the longest matching path; None when it does not.

    A warehouse without a list serves everywhere (0). Without a region (the buyer fetches the goods) every warehouse
    serves. Paths are chains of codes closed by a slash ("CN/44/"), so a prefix means "inside or the same".
    """
    if serves_regions is None or region_path is None:
        return 0
    return max((len(path) for path in serves_regions if region_path.startswith(path)), default=None)


def split(rows: Iterable[StockRow], wanted: Mapping[UUID, Decimal], region_path: str | None = None) -> Split:
    """Spread what is wanted over the warehouses that serve the region, and name every shortage.

    Lower `priority` first, among equals the warehouse that names the region most closely, then by code. A SKU that
    is short is taken from nowhere. A wanted quantity of zero needs nothing.
    """
    serving: dict[UUID, list[tuple[int, int, str, StockRow]]] = defaultdict(list)
    for row in rows:
        closeness = serves(row.serves_regions, region_path)
        if row.sku_id in wanted and closeness is not None and row.free > 0:
            serving[row.sku_id].append((row.priority, -closeness, row.warehouse_code, row))
    answer = Split()
    for sku_id, quantity in wanted.items():
        ranked = [row for *_, row in sorted(serving[sku_id], key=lambda ranked: ranked[:3])]
        available = sum((row.free for row in ranked), Decimal(0))
        if available < quantity:
            answer.shortages[sku_id] = available
            continue
        for row in ranked:
            if quantity <= 0:
                break
            taken = min(quantity, row.free)
            answer.picks.append(Pick(sku_id, row.warehouse_id, taken))
            quantity -= taken
    return answer


def spread(picks: Iterable[Pick], lines: Iterable[tuple[UUID, UUID, Decimal]]) -> list[LinePick]:
    """Give each line of (order line, SKU, base units) its share of the picks: one SKU may be on several lines.

    ValueError when the picks of a SKU are not exactly what its lines ask for.
    """
    left: dict[UUID, list[tuple[UUID, Decimal]]] = defaultdict(list)
    for pick in picks:
        left[pick.sku_id].insert(0, (pick.warehouse_id, pick.quantity))
    answer: list[LinePick] = []
    for line_id, sku_id, quantity in lines:
        while quantity > 0:
            if not left[sku_id]:
                raise ValueError(f"the picks of SKU {sku_id} are fewer than its lines")
            warehouse_id, free = left[sku_id].pop()
            taken = min(quantity, free)
            answer.append(LinePick(line_id, warehouse_id, sku_id, taken))
            quantity -= taken
            if free > taken:
                left[sku_id].append((warehouse_id, free - taken))
    if any(left.values()):
        raise ValueError("the picks are more than the lines ask for")
    return answer


class AvailabilityState(StrEnum):
    """What a buyer is told of a SKU's stock."""

    NONE = "none"
    LOW = "low"
    PLENTY = "plenty"
    NOT_STOCKED = "not_stocked"  # a service: there is nothing that could run out


@dataclass(frozen=True, slots=True)
class ShownAvailability:
    """What the buyer sees; `quantity` in base units only where the seller shows exact stock."""

    state: AvailabilityState
    quantity: Decimal | None


def shown_availability(free: Decimal, display: str, *, stocked: bool = True) -> ShownAvailability:
    """Free stock as the seller chose to show it: `exact`, or `steps` (none, low, plenty) without the number."""
    if not stocked:
        return ShownAvailability(AvailabilityState.NOT_STOCKED, None)
    if free <= 0:
        state = AvailabilityState.NONE
    elif free < LOW_BELOW:
        state = AvailabilityState.LOW
    else:
        state = AvailabilityState.PLENTY
    return ShownAvailability(state, max(free, Decimal(0)) if display == "exact" else None)


@dataclass(frozen=True, slots=True)
class StockCount:
    """What lies in one warehouse of one SKU: counted, promised (reserved and allocated), and held back from sale."""

    on_hand: Decimal
    promised: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What becomes of a count; `moved` is the change of what is on hand."""

    on_hand: Decimal
    held: Decimal
    moved: Decimal


def adjusted(count: StockCount, asked: StockInput) -> Adjustment | StockBelowPromised | ValueNotAllowed:
    """The count after an adjustment, or why it cannot be: goods that were promised or are held must lie there."""
    held = count.held if asked.held is None else asked.held
    counted = count.on_hand if asked.on_hand is None else asked.on_hand
    on_hand = counted + (asked.delta or Decimal(0))
    if on_hand > MOST:
        return ValueNotAllowed(value=on_hand, expected=EXPECTED)
    if on_hand < count.promised + held:
        return StockBelowPromised(asked=on_hand, promised=count.promised, held=held, least=count.promised + held)
    return Adjustment(on_hand, held, on_hand - count.on_hand)
