"""Which price a buyer gets: the first list that has an eligible row wins, never the cheapest (B2B price selection).

Lists are asked in order of precedence: relation (一客一价), level, region (the nearest first), everybody; within one
scope the higher priority, then the newer start of validity, then the code. A list is eligible when its currency and tax
mode are the relation's (hard filters) and it is valid now. A row is eligible when it is valid now, is for the ordered
unit (else for the base unit, times the factor) and its minimum is not above the resulting quantity of the SKU in that
unit; of the eligible rows the highest minimum wins. No price is a state of its own, not zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from app.kernel.money import UNIT_PRICE_DECIMALS, UnitPrice, half_up
from app.kernel.quantity import DECIMALS

EXACT: Final = Context(prec=60)  # a price of 19 digits times a factor of 18


class Scope(StrEnum):
    """To whom a list is assigned, in order of precedence."""

    RELATION = "relation"
    LEVEL = "level"
    REGION = "region"
    EVERYBODY = "everybody"


PRECEDENCE: Final[dict[Scope, int]] = {scope: place for place, scope in enumerate(Scope)}


class PriceState(StrEnum):
    """Whether there is a price, none, or one that must be asked for."""

    PRICED = "priced"
    NO_PRICE = "no_price"
    ON_REQUEST = "on_request"


class Outcome(StrEnum):
    """What became of one list in the search for a price."""

    CHOSEN = "chosen"
    MANUAL = "manual"  # no list: set by hand in a change that the buyer accepted
    LOWER_PRECEDENCE = "lower_precedence"  # a list before it had a price
    NOT_VALID_NOW = "not_valid_now"  # the list, or each of its rows for this SKU
    OTHER_CURRENCY = "other_currency"
    OTHER_TAX_MODE = "other_tax_mode"
    NO_ROW = "no_row"  # nothing for this SKU
    OTHER_UNIT = "other_unit"  # neither the ordered nor the base unit
    BELOW_FIRST_BREAK = "below_first_break"  # the quantity is too small for its rows


class CandidateRow(NamedTuple):
    """A price of one SKU in a list, from `min_quantity` of `unit` on. `unit_price` None: on request."""

    row_id: UUID
    unit: str
    min_quantity: Decimal
    unit_price: Decimal | None
    valid_from: datetime
    valid_to: datetime | None = None

    def valid(self, now: datetime) -> bool:
        return self.valid_from <= now and (self.valid_to is None or now < self.valid_to)


@dataclass(frozen=True, slots=True)
class AssignedList:
    """A price list as it is assigned to a relation. `depth`: length of the region's path, 0 in other scopes."""

    list_id: UUID
    code: str
    name: str
    scope: Scope
    priority: int
    currency: str
    tax_included: bool
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    depth: int = 0
    place: tuple[int, int, int, float, str, UUID] = field(init=False)
    """The sort key of precedence: the smallest is asked first."""

    def __post_init__(self) -> None:
        newest = float("inf") if self.valid_from is None else -self.valid_from.timestamp()
        place = PRECEDENCE[self.scope], -self.depth, -self.priority, newest, self.code, self.list_id
        object.__setattr__(self, "place", place)

    def valid(self, now: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= now) and (self.valid_to is None or now < self.valid_to)


class Candidate(NamedTuple):
    """An assigned list with its rows for one SKU."""

    list: AssignedList
    rows: tuple[CandidateRow, ...]


class QuantityBreak(NamedTuple):
    """From this quantity of the ordered unit on, this price. `unit_price` None: on request."""

    min_quantity: Decimal
    unit_price: UnitPrice | None


class PriceStep(NamedTuple):
    """One list that was considered, and what became of it. `row_id`, `min_quantity` and price only of the chosen."""

    list_id: UUID
    list_code: str
    list_name: str
    scope: Scope
    outcome: Outcome
    row_id: UUID | None = None
    unit: str | None = None
    min_quantity: Decimal | None = None
    unit_price: Decimal | None = None

    def frozen(self) -> dict[str, str]:
        """As it is kept on an order line."""
        named = {
            "listId": str(self.list_id),
            "listCode": self.list_code,
            "listName": self.list_name,
            "scope": self.scope.value,
            "outcome": self.outcome.value,
        }
        for name, value in (("rowId", self.row_id), ("unit", self.unit)):
            if value is not None:
                named[name] = str(value)
        for name, number in (("minQuantity", self.min_quantity), ("unitPrice", self.unit_price)):
            if number is not None:
                named[name] = format(number, "f")
        return named


class ResolvedPrice(NamedTuple):
    """The price at one quantity. `list_price`: what the seller's list for everybody says without any break."""

    state: PriceState
    unit_price: UnitPrice | None
    list_price: UnitPrice | None
    breaks: tuple[QuantityBreak, ...]
    trace: tuple[PriceStep, ...]


class _Ask(NamedTuple):
    """What is looked for: so much of a unit, in the relation's currency and tax mode, now."""

    quantity: Decimal
    unit: str
    base_unit: str
    factor: Decimal
    currency: str
    tax_included: bool
    now: datetime

    def in_ordered_unit(self, row: CandidateRow) -> UnitPrice | None:
        """The row's price for one ordered unit; a converted price rounds half up to four decimals."""
        if row.unit_price is None:
            return None
        amount = row.unit_price
        if row.unit != self.unit:
            scaled = EXACT.multiply(amount, self.factor).scaleb(UNIT_PRICE_DECIMALS, EXACT)
            amount = Decimal(half_up(scaled)).scaleb(-UNIT_PRICE_DECIMALS)
        return UnitPrice(amount, self.currency, self.unit, self.tax_included)

    def minimum_in_ordered_unit(self, row: CandidateRow) -> Decimal:
        """The row's minimum as a quantity of the ordered unit; a converted one rounds up, never below the row's."""
        if row.unit == self.unit or row.min_quantity == 0:
            return row.min_quantity
        (top, bottom), (factor_top, factor_bottom) = row.min_quantity.as_integer_ratio(), self.factor.as_integer_ratio()
        return Decimal(-(-top * factor_bottom * 10**DECIMALS // (bottom * factor_top))).scaleb(-DECIMALS)

    def reaches(self, row: CandidateRow) -> bool:
        quantity = self.quantity if row.unit == self.unit else EXACT.multiply(self.quantity, self.factor)
        return row.min_quantity <= quantity


def resolve(
    candidates: Iterable[Candidate],
    *,
    quantity: Decimal,
    unit: str,
    base_unit: str,
    factor: Decimal,
    currency: str,
    tax_included: bool,
    now: datetime,
    listed: bool = True,
    breaks: bool = True,
) -> ResolvedPrice:
    """The price of one SKU at `quantity` of `unit` (`factor` base units each), with every list considered.

    `quantity` is the resulting one: lines of the same SKU and unit are summed first. `currency` and `tax_included` are
    the relation's. Deterministic whatever the order of `candidates`. Without `listed` and `breaks` the price for
    everybody and the quantity breaks are not worked out: they have no part in the price itself.
    """
    ask = _Ask(quantity, unit, base_unit, factor, currency, tax_included, now)
    chosen: _Found | None = None
    list_price: UnitPrice | None = None
    trace: list[PriceStep] = []
    for one in sorted(candidates, key=lambda candidate: candidate.list.place):
        looks_for_list_price = listed and list_price is None and one.list.scope is Scope.EVERYBODY
        found = _look(one, ask) if chosen is None or looks_for_list_price else Outcome.LOWER_PRECEDENCE
        if looks_for_list_price and isinstance(found, _Found):
            list_price = ask.in_ordered_unit(found.rows[0])
        if chosen is not None:
            trace.append(_step(one.list, Outcome.LOWER_PRECEDENCE))
        elif isinstance(found, _Found):
            chosen = found
            trace.append(_step(one.list, Outcome.CHOSEN, found.row))
        else:
            trace.append(_step(one.list, found))
    if chosen is None:
        return ResolvedPrice(PriceState.NO_PRICE, None, list_price, (), tuple(trace))
    price = ask.in_ordered_unit(chosen.row)
    rows = chosen.rows if breaks else ()
    steps = tuple(QuantityBreak(ask.minimum_in_ordered_unit(row), ask.in_ordered_unit(row)) for row in rows)
    state = PriceState.ON_REQUEST if price is None else PriceState.PRICED
    return ResolvedPrice(state, price, list_price, steps, tuple(trace))


class _Found(NamedTuple):
    """The winning row of a list, and all its rows of that unit by rising minimum."""

    row: CandidateRow
    rows: list[CandidateRow]


def _look(one: Candidate, ask: _Ask) -> _Found | Outcome:
    """The list's own answer, or why it has none."""
    if one.list.currency != ask.currency:
        return Outcome.OTHER_CURRENCY
    if one.list.tax_included != ask.tax_included:
        return Outcome.OTHER_TAX_MODE
    if not one.list.valid(ask.now):
        return Outcome.NOT_VALID_NOW
    if not one.rows:
        return Outcome.NO_ROW
    current = _current(one.rows, ask.now)
    if not current:
        return Outcome.NOT_VALID_NOW
    why_not = Outcome.OTHER_UNIT
    for unit in dict.fromkeys((ask.unit, ask.base_unit)):
        usable = [row for row in current if row.unit == unit]
        reached = [row for row in usable if ask.reaches(row)]
        if reached:
            return _Found(reached[-1], usable)
        if usable:
            why_not = Outcome.BELOW_FIRST_BREAK
    return why_not


def _current(rows: Sequence[CandidateRow], now: datetime) -> list[CandidateRow]:
    """The rows valid now by rising minimum; of rows for the same unit and minimum only the one that started last."""
    latest: dict[tuple[str, Decimal], CandidateRow] = {}
    for row in rows:
        if row.valid(now):
            key = row.unit, row.min_quantity
            known = latest.get(key)
            if known is None or (known.valid_from, known.row_id) < (row.valid_from, row.row_id):
                latest[key] = row
    return sorted(latest.values(), key=lambda row: (row.min_quantity, row.unit))


def _step(one: AssignedList, outcome: Outcome, row: CandidateRow | None = None) -> PriceStep:
    if row is None:
        return PriceStep(one.list_id, one.code, one.name, one.scope, outcome)
    return PriceStep(
        one.list_id, one.code, one.name, one.scope, outcome, row.row_id, row.unit, row.min_quantity, row.unit_price
    )
