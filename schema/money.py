"""Money and unit prices on the wire: decimal strings with their currency."""

import decimal

import strawberry

from app.kernel import money


@strawberry.type(description="An amount, rounded to the smallest unit of its currency.")
class Money:
    """A kernel Money as it travels."""

    amount: decimal.Decimal = strawberry.field(description='Exact, with the decimals of the currency: "12.50".')
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")

    @classmethod
    def of(cls, value: money.Money) -> "Money":
        return cls(amount=value.decimal, currency=value.currency)

    @classmethod
    def minor(cls, minor: int, currency: str) -> "Money":
        """From a `*_minor` column and its currency."""
        return cls.of(money.Money(minor, currency))

    @classmethod
    def maybe(cls, minor: int | None, currency: str) -> "Money | None":
        """The same for a column that may be NULL (no limit)."""
        return None if minor is None else cls.minor(minor, currency)


@strawberry.type(description="A price per unit of measure, with up to four decimals.")
class UnitPrice:
    """A kernel UnitPrice as it travels."""

    amount: decimal.Decimal = strawberry.field(description="Up to four decimals.")
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")
    unit: str = strawberry.field(description="The unit of measure that the price is for.")
    tax_included: bool = strawberry.field(description="The price includes tax (含税).")
