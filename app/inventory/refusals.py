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
