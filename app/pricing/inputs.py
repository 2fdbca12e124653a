"""What the acts of pricing are told: plain values, from the API or from a file that is imported."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.pricing.rules import Scope


@dataclass(frozen=True, slots=True)
class PriceListInput:
    """A price list by its code. Currency and tax mode are fixed once it is saved; None as a date is no limit."""

    code: str
    name: str
    currency: str
    tax_included: bool = True
    priority: int = 0
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class PriceInput:
    """The price of a SKU, by its code, from a quantity of a unit on. Either `unit_price` or `on_request`.

    `unit` None: the base unit. `valid_from` None: from now on, unless that is the price already.
    """

    sku: str
    unit_price: Decimal | None = None
    on_request: bool = False
    unit: str | None = None
    min_quantity: Decimal = Decimal(0)
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class AssignmentInput:
    """To whom a list applies: the one of the three values that the scope asks for, none for everybody."""

    scope: Scope
    relation_id: UUID | None = None
    level: int | None = None
    region_code: str | None = None


@dataclass(frozen=True, slots=True)
class PricesSaved:
    """What happened to the rows of a batch. The same input again leaves all of them unchanged."""

    price_list_id: UUID
    created: int
    changed: int
    unchanged: int
