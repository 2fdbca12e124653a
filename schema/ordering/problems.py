"""Why an order cannot be placed as it is: every kind of problem as a type, and the refusals that carry them."""

import decimal
from typing import Any, cast

import strawberry
from strawberry.types.base import get_object_definition

from app.kernel import money as kernel
from app.kernel.refusal import Refusal
from app.ledger.rules import ExposurePart
from app.ordering import refusals
from schema.ledger import Part
from schema.money import Money, UnitPrice
from schema.refusals import Refused
from schema.units import named_unit

strawberry.enum(
    refusals.ShipToReason,
    name="ShipToNotAllowedReason",
    description="Why goods cannot go to an address. MISSING: the seller approves addresses, so one must be named. "
    "UNKNOWN: not one of my company's. CLOSED: no longer in use. NOT_APPROVED: the seller has not approved it.",
)
strawberry.enum(
    refusals.NotTrading,
    name="RelationNotActiveReason",
    description="Why two companies do not trade now: their relation is suspended or has ended, or one of the two "
    "companies is suspended.",
)


@strawberry.interface(description="A reason why the order cannot be placed as it is.")
class OrderProblem:
    """See `app.ordering.refusals.OrderProblem`."""

    code: str = strawberry.field(description="Stable, for programs.")
    message: str = strawberry.field(description="For people, in the reader's language.")
    lines: list[int] = strawberry.field(
        description="The lines it is about, by zero-based position; lines of one SKU are judged together."
    )


@strawberry.type(description="The seller does not offer this SKU to me. Whether it exists is not said.")
class NotOffered(OrderProblem):
    """See `app.ordering.refusals.NotOffered`."""

    sku_id: strawberry.ID = strawberry.field(description="The SKU.")


@strawberry.type(description="The SKU cannot be ordered in this unit.")
class UnitNotOffered(OrderProblem):
    """See `app.ordering.refusals.UnitNotOffered`."""

    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    unit: str = strawberry.field(description="The unit that was asked for.")
    unit_name: str = named_unit()
    units: list[str] = strawberry.field(description="The units it can be ordered in, smallest first.")


@strawberry.type(description="There is no price for my company.")
class NoPrice(OrderProblem):
    """See `app.ordering.refusals.NoPrice`."""

    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    on_request: bool = strawberry.field(description="The seller names a price when asked.")


@strawberry.type(
    description="What I saw is not what it costs now. With lines: their unit price. Without: only the total differs."
)
class PriceChanged(OrderProblem):
    """See `app.ordering.refusals.PriceChanged`."""

    sku_id: strawberry.ID | None = strawberry.field(description="The SKU; null where only the total differs.")
    before: UnitPrice | None = strawberry.field(description="The unit price I saw, as the line said.")
    now: UnitPrice | None = strawberry.field(description="The unit price now.")
    total_before: Money | None = strawberry.field(description="The gross total I saw.")
    total_now: Money = strawberry.field(description="The gross total now: place with it to accept.")


@strawberry.type(description="The resulting quantity of a SKU breaks the seller's rule.")
class QuantityNotAllowed(OrderProblem):
    """See `app.ordering.refusals.QuantityNotAllowed`."""

    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    unit: str = strawberry.field(description="All quantities here are in it.")
    unit_name: str = named_unit()
    asked: decimal.Decimal = strawberry.field(description="What its lines ask for together.")
    minimum: decimal.Decimal | None = strawberry.field(description="The least; null: no minimum.")
    multiple: decimal.Decimal | None = strawberry.field(description="Only multiples of it; null: any.")
    maximum: decimal.Decimal | None = strawberry.field(description="The most; null: no maximum.")
    lower: decimal.Decimal | None = strawberry.field(description="The nearest allowed quantity below.")
    upper: decimal.Decimal | None = strawberry.field(description="The nearest allowed quantity above.")


@strawberry.type(description="Less of a SKU is available than its lines ask for together.")
class StockShort(OrderProblem):
    """See `app.ordering.refusals.StockShort`."""

    sku_id: strawberry.ID = strawberry.field(description="The SKU.")
    unit: str = strawberry.field(description="All quantities here are in it.")
    unit_name: str = named_unit()
    asked: decimal.Decimal = strawberry.field(description="What its lines ask for together.")
    available: decimal.Decimal = strawberry.field(description="What can be had for this address.")
    missing: decimal.Decimal = strawberry.field(description="What is missing.")


@strawberry.type(description="The order is worth more than the credit that is left.")
class CreditShort(OrderProblem):
    """See `app.ordering.refusals.CreditShort`."""

    asked: Money = strawberry.field(description="What the order needs.")
    available: Money = strawberry.field(description="What is left; below zero where the limit was lowered since.")
    short_by: Money = strawberry.field(description="What is missing.")
    limit: Money = strawberry.field(description="The limit that counts now.")
    parts: list[Part] = strawberry.field(description="What the credit is used for.")


@strawberry.type(description="Something has been unpaid for too long: no new order on credit until it is paid.")
class CreditBlocked(OrderProblem):
    """See `app.ordering.refusals.CreditBlocked`."""

    overdue: Money = strawberry.field(description="What must be paid.")
    days: int = strawberry.field(description="For more than so many days past due.")


@strawberry.type(description="The order is worth more than the prepaid money that is free.")
class PrepaymentShort(OrderProblem):
    """See `app.ordering.refusals.PrepaymentShort`."""

    asked: Money = strawberry.field(description="What the order needs.")
    available: Money = strawberry.field(description="What is free.")
    short_by: Money = strawberry.field(description="What is missing.")


@strawberry.type(description="Goods cannot go to this address.")
class ShipToNotAllowed(OrderProblem):
    """See `app.ordering.refusals.ShipToNotAllowed`."""

    reason: refusals.ShipToReason = strawberry.field(description="Why not.")


@strawberry.type(description="Who picks the goods up, and the plate number, must be said.")
class PickupIncomplete(OrderProblem):
    """See `app.ordering.refusals.PickupIncomplete`."""


@strawberry.type(description="The two companies do not trade now.")
class RelationNotActive(OrderProblem):
    """See `app.ordering.refusals.RelationNotActive`."""

    reason: refusals.NotTrading = strawberry.field(description="Why not.")


@strawberry.type(description="The goods are worth less than the least order.")
class BelowOrderMinimum(OrderProblem):
    """See `app.ordering.refusals.BelowOrderMinimum`."""

    minimum: Money = strawberry.field(description="The least order.")
    short_by: Money = strawberry.field(description="What is missing.")


SHOWN: dict[type[refusals.OrderProblem], type[OrderProblem]] = {
    refusals.NotOffered: NotOffered,
    refusals.UnitNotOffered: UnitNotOffered,
    refusals.NoPrice: NoPrice,
    refusals.PriceChanged: PriceChanged,
    refusals.QuantityNotAllowed: QuantityNotAllowed,
    refusals.StockShort: StockShort,
    refusals.CreditShort: CreditShort,
    refusals.CreditBlocked: CreditBlocked,
    refusals.PrepaymentShort: PrepaymentShort,
    refusals.ShipToNotAllowed: ShipToNotAllowed,
    refusals.PickupIncomplete: PickupIncomplete,
    refusals.RelationNotActive: RelationNotActive,
    refusals.BelowOrderMinimum: BelowOrderMinimum,
}

TYPES: tuple[type, ...] = tuple(SHOWN.values())
"""Nothing in the schema names these types but their interface."""


def problem_of(problem: refusals.OrderProblem, locale: str) -> OrderProblem:
    """A problem as its type: every field is the problem's attribute of that name, put on the wire."""
    kind = SHOWN[type(problem)]
    said: dict[str, Any] = {"code": problem.code, "message": problem.message(locale)}
    fields = get_object_definition(kind, strict=True).fields
    names = [field.python_name for field in fields if field.base_resolver is None]
    currency = next((one.currency for one in problem.params.values() if isinstance(one, kernel.Money)), "")
    values = {name: said[name] if name in said else _wire(getattr(problem, name), name, currency) for name in names}
    return kind(**cast("dict[str, Any]", values))


def _wire(value: object, name: str, currency: str) -> object:
    if isinstance(value, kernel.Money):
        return Money.of(value)
    if isinstance(value, kernel.UnitPrice):
        return UnitPrice.of(value)
    if isinstance(value, list) and value and isinstance(value[0], ExposurePart):
        return [Part.of(part, currency) for part in value]
    return strawberry.ID(str(value)) if name == "sku_id" and value is not None else value


@strawberry.type(description="Nothing was ordered, for these reasons.")
class OrderRefused(Refused):
    """See `app.ordering.refusals.OrderRefused`."""

    problems: list[OrderProblem] = strawberry.field(description="All the reasons, at once.")

    @classmethod
    def of(cls, refusal: refusals.OrderRefused, locale: str) -> "OrderRefused":
        return cls(
            code=refusal.code,
            message=refusal.message(locale),
            problems=[problem_of(problem, locale) for problem in refusal.problems],
        )


@strawberry.type(description="Somebody else changed the cart after I read it; nothing was changed. Read it again.")
class CartChangedMeanwhile(Refused):
    """See `app.ordering.refusals.CartChangedMeanwhile`."""

    expected_version: int = strawberry.field(description="The version I expected.")
    version: int = strawberry.field(description="Its version now.")


REFUSALS: dict[type[Refusal], type] = {
    refusals.OrderRefused: OrderRefused,
    refusals.CartChangedMeanwhile: CartChangedMeanwhile,
}
