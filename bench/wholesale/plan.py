"""From rows to what happens in the mall: pure, and every row is accounted for.

Each invoice is an order of its dealer; a code at two prices in it makes two orders, and an order has at most 1,000
lines. An invoice that starts with C cancels earlier lines of its dealer, of the same code at the same price, oldest
first, quantities split. What the mall is not asked to do is a closed list of three reasons.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bench.wholesale.rows import COUNTER, Row, Unreadable, pennies

MOST_LINES = 1000


class Skip(StrEnum):
    """Why a row, or the rest of one, is not applied. Nothing else may be skipped."""

    PRICE_NOT_POSITIVE = "price_not_positive"
    NEGATIVE_WITHOUT_C = "negative_without_c"
    NO_OPEN_LINE = "cancels_no_open_line"


@dataclass(slots=True)
class Line:
    """A line of a planned order; `open` is what later rows have not cancelled."""

    row: Row
    open: Decimal


@dataclass(slots=True, eq=False)
class PlannedOrder:
    """One order to place. Within it each code stands at one price."""

    dealer: str
    invoice: str
    part: int
    at: datetime
    lines: list[Line]

    @property
    def total(self) -> Decimal:
        """The total the dealer expects, in pounds: lines rounded once each."""
        return sum((line.row.value for line in self.lines), Decimal(0))

    @property
    def rows(self) -> list[int]:
        """The numbers of the rows it stands for."""
        return [line.row.number for line in self.lines]

    def prices(self) -> dict[str, Decimal]:
        """The price of each code in it."""
        return {line.row.code: line.row.price for line in self.lines}


@dataclass(frozen=True, slots=True)
class Take:
    """So many pieces of the line at `position` of an order, cancelled for the sake of row `row`."""

    position: int
    quantity: Decimal
    row: int


@dataclass(slots=True, eq=False)
class PlannedCancellation:
    """One cancellation to send: quantities of lines of one earlier order."""

    dealer: str
    invoice: str
    order: PlannedOrder
    takes: list[Take]

    @property
    def rows(self) -> list[int]:
        """The numbers of the rows it stands for, each once."""
        return list(dict.fromkeys(take.row for take in self.takes))


Step = PlannedOrder | PlannedCancellation


@dataclass(slots=True)
class Skipped:
    """Rows of one reason, and the value that stays out of the mall with them."""

    rows: int = 0
    value: Decimal = Decimal(0)


@dataclass(slots=True)
class Plan:
    """What is to be played: per dealer, the steps in file order. Every dealer and every code seen is in it."""

    rows: int = 0
    priced: int = 0
    """Rows with a positive price."""
    value: Decimal = Decimal(0)
    """Of all readable rows, each rounded once."""
    unreadable: list[Unreadable] = field(default_factory=list)
    partly: set[int] = field(default_factory=set)
    """Rows of which all or the rest was skipped; they count as skipped, whatever part was applied."""
    skipped: dict[Skip, Skipped] = field(default_factory=lambda: {reason: Skipped() for reason in Skip})
    steps: dict[str, list[Step]] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    """The country of each dealer, as first seen."""
    names: dict[str, str] = field(default_factory=dict)
    """The name of each code: its commonest description, or the code itself."""
    demand: dict[str, Decimal] = field(default_factory=dict)
    """Pieces ordered of each code."""

    def skip(self, reason: Skip, value: Decimal, rows: int = 1) -> None:
        """Leave a row, or the value of the rest of one, out."""
        self.skipped[reason].rows += rows
        self.skipped[reason].value += value


def plan(rows: Iterable[Row | Unreadable]) -> Plan:
    """Everything that will be asked of the mall, and what will not."""
    made = Plan()
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    shelves: defaultdict[tuple[str, str, Decimal], deque[tuple[PlannedOrder, int]]] = defaultdict(deque)
    for invoice in _invoices(rows, made, spellings):
        first = invoice[0]
        steps = made.steps.setdefault(first.dealer, [])
        orders = _orders([row for row in invoice if row.quantity > 0])
        for order in orders:
            for position, line in enumerate(order.lines):
                shelves[order.dealer, line.row.code, line.row.price].append((order, position))
                made.demand[line.row.code] = made.demand.get(line.row.code, Decimal(0)) + line.row.quantity
        steps.extend(orders)
        steps.extend(_cancellations([row for row in invoice if row.quantity < 0], shelves, made))
    made.names = {code: found.most_common(1)[0][0] if found else code for code, found in spellings.items()}
    made.steps = {dealer: steps for dealer, steps in made.steps.items() if steps}
    return made


def is_service(code: str) -> bool:
    """POST, D, M, BANK CHARGES, AMAZONFEE, vouchers: without stock. Goods have three digits or more in their code."""
    return code.startswith("GIFT") or sum(letter.isdigit() for letter in code) < 3


def dealer_name(dealer: str) -> str:
    """What the dealer's company is called."""
    return dealer if dealer.startswith(COUNTER) else f"Customer {dealer}"


def _invoices(
    rows: Iterable[Row | Unreadable], made: Plan, spellings: defaultdict[str, Counter[str]]
) -> Iterable[list[Row]]:
    """The rows worth playing, by invoice and dealer, in the order in which the invoices begin."""
    invoices: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        made.rows += 1
        if isinstance(row, Unreadable):
            made.unreadable.append(row)
            continue
        made.value += row.value
        made.priced += row.price > 0
        made.countries.setdefault(row.dealer, row.country)
        named = spellings[row.code]
        if row.price <= 0:
            made.skip(Skip.PRICE_NOT_POSITIVE, row.value)
        elif row.quantity < 0 and not row.cancels:
            made.skip(Skip.NEGATIVE_WITHOUT_C, row.value)
        else:
            if row.description:
                named[row.description] += 1
            invoices.setdefault((row.invoice, row.dealer), []).append(row)
    return invoices.values()


def _orders(rows: list[Row]) -> list[PlannedOrder]:
    """The orders of one invoice: the n-th price of a code goes to the n-th order, a thousand lines to each at most."""
    prices: defaultdict[str, list[Decimal]] = defaultdict(list)
    turns: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.price not in prices[row.code]:
            prices[row.code].append(row.price)
        turns[prices[row.code].index(row.price)].append(row)
    batches = [
        turns[turn][start : start + MOST_LINES]
        for turn in sorted(turns)
        for start in range(0, len(turns[turn]), MOST_LINES)
    ]
    return [
        PlannedOrder(
            dealer=batch[0].dealer,
            invoice=batch[0].invoice,
            part=part,
            at=batch[0].at,
            lines=[Line(row, row.quantity) for row in batch],
        )
        for part, batch in enumerate(batches, start=1)
    ]


def _cancellations(
    rows: list[Row],
    shelves: defaultdict[tuple[str, str, Decimal], deque[tuple[PlannedOrder, int]]],
    made: Plan,
) -> list[PlannedCancellation]:
    """What one C invoice takes back, one cancellation per order it reaches. What finds no open line is skipped."""
    found: dict[PlannedOrder, PlannedCancellation] = {}
    for row in rows:
        shelf = shelves[row.dealer, row.code, row.price]
        wanted = -row.quantity
        while wanted and shelf:
            order, position = shelf[0]
            line = order.lines[position]
            taken = min(wanted, line.open)
            wanted, line.open = wanted - taken, line.open - taken
            if not line.open:
                shelf.popleft()
            cancellation = found.setdefault(order, PlannedCancellation(row.dealer, row.invoice, order, []))
            cancellation.takes.append(Take(position, taken, row.number))
        if wanted:
            made.partly.add(row.number)
            made.skip(Skip.NO_OPEN_LINE, row.value - pennies((row.quantity + wanted) * row.price))
    return list(found.values())
