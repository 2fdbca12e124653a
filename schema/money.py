"""Money and unit prices on the wire: decimal strings with their currency."""

import decimal
from functools import lru_cache

import strawberry

from app.kernel import money
from schema.execution import Unchanging
from schema.units import named_unit

REMEMBERED = 4096  # prices, and as many amounts: about 700 bytes each, with what was written of them
MINOR = decimal.Context(prec=40)  # as many digits as a column may hold, whatever the ambient context is


@strawberry.type(description="An amount, rounded to the smallest unit of its currency.")
class Money(Unchanging):
    """A kernel Money as it travels. It never changes: rows that say the same amount are given the same one."""

    amount: decimal.Decimal = strawberry.field(description='Exact, with the decimals of the currency: "12.50".')
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")

    @classmethod
    def of(cls, value: money.Money) -> "Money":
        return cls(amount=value.decimal, currency=value.currency)

    @staticmethod
    @lru_cache(maxsize=REMEMBERED, typed=True)
    def minor(minor: int, currency: str) -> "Money":
        """From a `*_minor` column and its currency; as `of` says it, by a shorter way, for rows have many."""
        decimals = money.exponent_of(currency)
        if type(minor) is not int or not -money.MOST_MINOR <= minor <= money.MOST_MINOR:
            return Money.of(money.Money(minor, currency))
        made = Money(amount=decimal.Decimal(minor).scaleb(-decimals, MINOR), currency=currency)
        made.keep_answers()
        return made

    @classmethod
    def maybe(cls, minor: int | None, currency: str) -> "Money | None":
        """The same for a column that may be NULL (no limit)."""
        return None if minor is None else cls.minor(minor, currency)


@lru_cache(maxsize=REMEMBERED)
def _shown(amount: decimal.Decimal, currency: str) -> decimal.Decimal:
    """A price with the decimals that it is shown with. Equal prices are shown alike, and lists have many of each."""
    return decimal.Decimal(str(money.UnitPrice(amount, currency, "", tax_included=False)))


@strawberry.type(description="A price per unit of measure, with up to four decimals.")
class UnitPrice(Unchanging):
    """A kernel UnitPrice as it travels. It never changes, as `Money`."""

    amount: decimal.Decimal = strawberry.field(
        description='Exact, with at least the decimals of the currency and at most four: "12.50", "0.8655".'
    )
    currency: str = strawberry.field(description="ISO 4217, such as CNY.")
    unit: str = strawberry.field(description="The unit of measure that the price is for.")
    unit_name: str = named_unit()
    tax_included: bool = strawberry.field(description="The price includes tax (含税).")

    @classmethod
    def of(cls, value: money.UnitPrice) -> "UnitPrice":
        return cls(
            amount=_shown(value.amount, value.currency),
            currency=value.currency,
            unit=value.unit,
            tax_included=value.tax_included,
        )

    @staticmethod
    @lru_cache(maxsize=REMEMBERED)
    def priced(amount: decimal.Decimal, currency: str, unit: str, *, tax_included: bool) -> "UnitPrice":
        """From the columns of a price, which hold nothing that is no price."""
        made = UnitPrice(amount=_shown(amount, currency), currency=currency, unit=unit, tax_included=tax_included)
        made.keep_answers()
        return made

    @classmethod
    def maybe(
        cls, amount: decimal.Decimal | None, currency: str, unit: str, *, tax_included: bool
    ) -> "UnitPrice | None":
        """The same for a column that may be NULL (no price)."""
        return None if amount is None else cls.priced(amount, currency, unit, tax_included=tax_included)
