"""How a price came about: which lists were looked at, and what became of each."""

import decimal
from collections.abc import Mapping

import strawberry

from app.pricing import rules

strawberry.enum(
    rules.PriceState,
    description="PRICED; NO_PRICE: no list has a price, so it cannot be ordered; ON_REQUEST: ask the seller.",
)
strawberry.enum(rules.Scope, name="PriceScope", description="To whom a price list is assigned, in order of precedence.")
strawberry.enum(
    rules.Outcome,
    name="PriceOutcome",
    description="What became of a price list in the search for a price. CHOSEN: its price counts. "
    "MANUAL: set by hand, in a change of the order that its buyer accepted (`listId` is the change). "
    "LOWER_PRECEDENCE: a list before it had a price, or a price made by hand. The others say why it has none.",
)


@strawberry.type(description="One price list that was considered, in order of precedence.")
class PriceStep:
    """See `app.pricing.rules.PriceStep`."""

    list_id: strawberry.ID = strawberry.field(description="The price list.")
    list_code: str = strawberry.field(description="Its code.")
    list_name: str = strawberry.field(description="Its name.")
    scope: rules.Scope = strawberry.field(description="Why it was considered.")
    outcome: rules.Outcome = strawberry.field(description="What became of it.")
    row_id: strawberry.ID | None = strawberry.field(description="The row that was chosen.")
    unit: str | None = strawberry.field(description="The unit of the chosen row.")
    min_quantity: decimal.Decimal | None = strawberry.field(description="From which quantity the chosen row counts.")
    unit_price: decimal.Decimal | None = strawberry.field(description="The chosen row's price; null: on request.")

    @classmethod
    def of(cls, step: rules.PriceStep) -> "PriceStep":
        return cls.frozen(step.frozen())

    @classmethod
    def frozen(cls, said: Mapping[str, str]) -> "PriceStep":
        """From what is kept on an order line."""
        row_id, minimum, price = said.get("rowId"), said.get("minQuantity"), said.get("unitPrice")
        return cls(
            list_id=strawberry.ID(said["listId"]),
            list_code=said["listCode"],
            list_name=said["listName"],
            scope=rules.Scope(said["scope"]),
            outcome=rules.Outcome(said["outcome"]),
            row_id=None if row_id is None else strawberry.ID(row_id),
            unit=said.get("unit"),
            min_quantity=None if minimum is None else decimal.Decimal(minimum),
            unit_price=None if price is None else decimal.Decimal(price),
        )
