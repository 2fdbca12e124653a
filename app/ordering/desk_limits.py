"""How far a member of the seller may go by hand: a limit per role, the most generous of the member's roles counts.

`None` is no limit, 0 is nothing. A role without a row has no limit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final
from uuid import UUID

from app.kernel.act import Work
from app.kernel.money import Money, UnitPrice
from app.network.roles import GRANTS, Permission
from app.network.viewer import Viewer
from app.ordering.act_refusals import DiscountBeyondLimit, PriceBeyondLimit

_LIMITS: Final = """
SELECT role, price_bp, discount_minor FROM desk_limit WHERE network_id = $1 AND seller_id = $2 AND role = ANY($3)
"""
_ALL_BP: Final = 10_000
_STEP: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class DeskLimits:
    """`price_bp`: how far below its frozen price a unit price may be set. `discount_minor`: how much may come off one
    order in all, by discounts and by rounding off."""

    price_bp: int | None = None
    discount_minor: int | None = None

    def check_price(self, sku_code: str, frozen: UnitPrice, asked: UnitPrice) -> None:
        """Raises PriceBeyondLimit."""
        if self.price_bp is None:
            return
        lowest = (frozen.amount * (_ALL_BP - self.price_bp) / _ALL_BP).quantize(_STEP, ROUND_CEILING)
        if asked.amount < lowest:
            raise PriceBeyondLimit(
                sku_code=sku_code,
                asked=asked,
                lowest=UnitPrice(lowest, frozen.currency, frozen.unit, frozen.tax_included),
                limit_bp=self.price_bp,
            )

    def check_discount(self, in_all: Money) -> None:
        """Raises DiscountBeyondLimit for more than the limit off one order, what was granted before included."""
        if self.discount_minor is not None and in_all.minor > self.discount_minor:
            raise DiscountBeyondLimit(asked=in_all, limit=Money(self.discount_minor, in_all.currency))


def most_generous(limits: Iterable[DeskLimits]) -> DeskLimits:
    """What somebody with several roles may do; nothing limits who has none of these."""
    found = list(limits)
    prices, discounts = [one.price_bp for one in found], [one.discount_minor for one in found]
    return DeskLimits(_most(prices), _most(discounts))


def _most(limits: list[int | None]) -> int | None:
    known = [one for one in limits if one is not None]
    return max(known) if known and len(known) == len(limits) else None


async def limits_of(work: Work, viewer: Viewer, network_id: UUID) -> DeskLimits:
    """The viewer's limits in a network: one round trip. Only roles that may decide orders count."""
    roles = [role.value for role in viewer.roles if Permission.ORDER_DECIDE in GRANTS[role]]
    rows = {row["role"]: row for row in await work.rows(_LIMITS, network_id, viewer.company_id, roles)}
    if set(rows) != set(roles):
        return DeskLimits()
    return most_generous(DeskLimits(row["price_bp"], row["discount_minor"]) for row in rows.values())
