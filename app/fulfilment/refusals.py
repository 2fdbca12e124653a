"""The ways in which fulfilment says no."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.kernel.refusal import Refusal, grouped
from app.kernel.units import amount_of
from app.kernel.wording import Said


@dataclass(frozen=True, slots=True)
class OverSignedLine:
    """A line for which more was to be signed than is in the shipment, in the line's unit."""

    line_id: UUID
    sku_code: str
    unit: str
    signed: Decimal
    shipped: Decimal

    def shown(self) -> Said:
        signed, there = grouped(self.signed), amount_of(self.shipped, self.unit)
        return Said(f"{self.sku_code} {signed} of {there}", f"{self.sku_code} 签收 {signed}，发货 {there.zh}")


class MoreThanShipped(Refusal):
    """More was to be signed for than the shipment brought; names every such line and what was in it."""

    code = "MORE_THAN_SHIPPED"
    en = "More was to be signed for than was shipped: {lines}."
    zh = "签收数量超过发货数量：{each}。"
    lines: list[OverSignedLine]

    @property
    def each(self) -> str:
        return "；".join(line.shown().zh for line in self.lines)
