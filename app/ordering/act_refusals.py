"""The ways in which an act on a placed order says no."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.kernel.money import Money
from app.kernel.refusal import Refusal, grouped
from app.kernel.units import amount_of
from app.kernel.wording import Said


@dataclass(frozen=True, slots=True)
class LineShort:
    """A line of which more was asked than is open: neither shipped nor cancelled. In the line's unit."""

    line_id: UUID
    sku_code: str
    unit: str
    asked: Decimal
    open: Decimal

    def shown(self) -> Said:
        asked, there = grouped(self.asked), amount_of(self.open, self.unit)
        return Said(f"{self.sku_code} {asked} of {there}", f"{self.sku_code} 要求 {asked}，剩余 {there.zh}")


class MoreThanOpen(Refusal):
    """More was to be shipped or cancelled than is open; names every such line and what it has open."""

    code = "MORE_THAN_OPEN"
    en = "More was asked for than is neither shipped nor cancelled: {lines}."
    zh = "数量超过尚未发货且未取消的部分：{each}。"
    lines: list[LineShort]

    @property
    def each(self) -> str:
        return "；".join(line.shown().zh for line in self.lines)


class OrderExpired(Refusal):
    """The order was not confirmed in time: its stock and its hold have been given back."""

    code = "ORDER_EXPIRED"
    en = "Order {number} was not confirmed in time and has lapsed. Place it again."
    zh = "订单 {number} 未在规定时间内确认，已失效，请重新下单。"
    order_id: UUID
    number: str
    expired_at: datetime


class DiscountTooLarge(Refusal):
    """More was to be taken off than the open part of the order is worth, in its prices' own tax mode."""

    code = "DISCOUNT_TOO_LARGE"
    en = "A discount of {discount} is more than the open lines are worth: at most {most}."
    zh = "优惠金额 {discount}超过订单剩余部分的金额，最多 {most}。"
    discount: Money
    most: Money
