"""The ways in which an act on a placed order says no."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.kernel.money import Money, UnitPrice
from app.kernel.refusal import Refusal, grouped, plain
from app.kernel.units import amount_of
from app.kernel.wording import Said
from app.ordering.refusals import OrderRefused


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
    en = "Order {number} was not confirmed in time and has lapsed. It has to be placed again."
    zh = "订单 {number} 未在规定时间内确认，已失效，需重新下单。"
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


class PriceBeyondLimit(Refusal):
    """A manual unit price is further below the frozen one than the member's role may go; `limit_bp` says how far."""

    code = "PRICE_BEYOND_LIMIT"
    en = "{sku_code}: {asked} is too low for your role, which may go {percent} below the price: at least {lowest}."
    zh = "{sku_code}：{asked} 超出您的改价权限（最多下调 {percent}），最低为 {lowest}。"
    sku_code: str
    asked: UnitPrice
    lowest: UnitPrice
    limit_bp: int

    @property
    def percent(self) -> str:
        return f"{plain(Decimal(self.limit_bp) / 100)}%"


class PriceAfterCancellation(Refusal):
    """A part of the line was cancelled, and left at the line's unit price: that cannot become another. In the line's
    unit."""

    code = "PRICE_AFTER_CANCELLATION"
    en = "{sku_code}: its price stays, because a part of it ({gone}) was cancelled at that price. Lower its quantity."
    zh = "{sku_code}：已有 {gone}按原单价取消，单价不能再改，可减少数量。"
    sku_code: str
    unit: str
    cancelled: Decimal

    @property
    def gone(self) -> Said:
        return amount_of(self.cancelled, self.unit)


class DiscountBeyondLimit(Refusal):
    """More would come off one order, by discounts and rounding off (抹零), than the member's role may take off."""

    code = "DISCOUNT_BEYOND_LIMIT"
    en = "{asked} off this order is more than your role may take off: at most {limit} in all."
    zh = "该订单累计优惠 {asked}，超出您的优惠与抹零权限，合计最多 {limit}。"
    asked: Money
    limit: Money


class ChangeMakesDearer(Refusal):
    """The change raises the total, the freight or a unit price, and was not said to."""

    code = "CHANGE_MAKES_DEARER"
    en = "The change makes something dearer: the total goes from {before} to {after}. Allow that, or change less."
    zh = "该变更会提高总额、运费或单价（总额由 {before} 变为 {after}），请明确允许涨价或修改变更内容。"
    before: Money
    after: Money


class ChangeImpossible(OrderRefused):
    """The order cannot become what the change says; `problems` are all the reasons, at once."""

    code = "CHANGE_IMPOSSIBLE"
    en = "The order was not changed. {reasons}"
    zh = "订单未变更。{reasons}"


class ChangeLapsed(Refusal):
    """Nobody answered the proposed change in time; the order stands as it was placed."""

    code = "CHANGE_LAPSED"
    en = "The change of order {number} was not answered in time and has lapsed: the order stands as it was."
    zh = "订单 {number} 的变更未在规定时间内答复，已失效，订单维持原样。"
    order_id: UUID
    number: str
    lapsed_at: datetime
    answered: bool = False  # the act was an answer to the change
