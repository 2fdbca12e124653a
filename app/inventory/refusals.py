"""The ways in which stock says no."""

from decimal import Decimal
from uuid import UUID

from app.kernel.refusal import Refusal


class NotAllocated(Refusal):
    """Less of an order line lies ready than was to be shipped; in base units."""

    code = "NOT_ALLOCATED"
    en = "{asked} were to be shipped of this line, {allocated} are allocated to it."
    zh = "该行要求发货 {asked}，已分配库存仅 {allocated}。"
    order_line_id: UUID
    asked: Decimal
    allocated: Decimal


class StockBelowPromised(Refusal):
    """A count below what has been promised to orders or is held; `least` is the smallest valid count. Base units."""

    code = "STOCK_BELOW_PROMISED"
    en = "{asked} would be on hand, but {promised} are promised to orders and {held} are held: at least {least}."
    zh = "调整后现有量为 {asked}，但已承诺订单 {promised}、冻结 {held}，至少应为 {least}。"
    asked: Decimal
    promised: Decimal
    held: Decimal
    least: Decimal

    @property
    def upper(self) -> Decimal:
        """The nearest valid count."""
        return self.least
