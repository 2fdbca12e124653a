"""The rows of a wholesale history file: one row per invoice line, as the public "Online Retail" data writes them.

Text is tidied here (stray spaces, codes in two cases, customers written as "17850.0"), so nothing further on has to
know how it was spelt. A row that cannot be understood is kept as `Unreadable`, with its number and the reason.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

PENNY = Decimal("0.01")
PRICE_STEP = Decimal("0.0001")
COUNTER = "Counter sales"

COLUMNS = {
    "invoice": ("invoiceno", "invoice"),
    "code": ("stockcode",),
    "description": ("description",),
    "quantity": ("quantity",),
    "at": ("invoicedate",),
    "price": ("unitprice", "price"),
    "customer": ("customerid",),
    "country": ("country",),
}
_DATES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y %H:%M", "%Y-%m-%d")
_NOBODY = {"", "nan", "none", "null"}


class NotAHistory(ValueError):
    """The file is no wholesale history; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice line. `number` counts as a spreadsheet does: the header is 1. Pounds, pieces."""

    number: int
    invoice: str
    code: str
    description: str
    quantity: Decimal
    at: datetime
    price: Decimal
    dealer: str
    country: str

    @property
    def cancels(self) -> bool:
        """True on an invoice whose number starts with C."""
        return self.invoice.startswith("C")

    @property
    def value(self) -> Decimal:
        """Quantity × price, rounded once to the penny, half up, as a line of an order is."""
        return pennies(self.quantity * self.price)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that no order can be made of."""

    number: int
    why: str


def pennies(value: Decimal) -> Decimal:
    """Rounded to the penny, half away from zero."""
    return value.quantize(PENNY, ROUND_HALF_UP)


def read(path: Path) -> Iterator[Row | Unreadable]:
    """Every row of a CSV file, also gzipped, in UTF-8 or Latin-1. Raises NotAHistory where columns are missing."""
    packed = path.read_bytes()
    raw = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    reader = csv.reader(io.StringIO(_decoded(raw), newline=""))
    places = _places(next(reader, []))
    for number, cells in enumerate(reader, start=2):
        if any(cell.strip() for cell in cells):
            yield _row(number, cells, places)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _places(header: list[str]) -> dict[str, int]:
    names = ["".join(name.split()).lower() for name in header]
    places = {
        column: next((names.index(spelling) for spelling in spellings if spelling in names), -1)
        for column, spellings in COLUMNS.items()
    }
    missing = [column for column, place in places.items() if place < 0]
    if missing:
        raise NotAHistory(f"no column for {', '.join(missing)} in the header {header}")
    return places


def _row(number: int, cells: list[str], places: dict[str, int]) -> Row | Unreadable:
    if len(cells) <= max(places.values()):
        return Unreadable(number, f"{len(cells)} cells")
    cell = {column: " ".join(cells[place].split()) for column, place in places.items()}
    country = cell["country"] or "Unspecified"
    try:
        price, quantity = _number(cell["price"]), _number(cell["quantity"])
        if not cell["invoice"] or not cell["code"] or not quantity:
            raise ValueError("an invoice, a code and a quantity other than 0 are needed")
        return Row(
            number=number,
            invoice=cell["invoice"].upper(),
            code=cell["code"].upper(),
            description=cell["description"],
            quantity=quantity,
            at=_date(cell["at"]),
            price=_in_steps(price, quantity),
            dealer=_dealer(cell["customer"], country),
            country=country,
        )
    except ValueError as error:
        return Unreadable(number, str(error))


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is not a number") from error
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a number")
    return number


def _in_steps(price: Decimal, quantity: Decimal) -> Decimal:
    """The price in at most four decimals, where that leaves the row's pennies alone (a spreadsheet's 2.5500000001)."""
    stepped = price.quantize(PRICE_STEP, ROUND_HALF_UP)
    if stepped != price and pennies(stepped * quantity) != pennies(price * quantity):
        raise ValueError(f"the price {price} has more than four decimals")
    return stepped


def _date(text: str) -> datetime:
    for form in _DATES:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  the file's wall clock: only its order counts
        except ValueError:
            continue
    raise ValueError(f"{text!r} is not a date")


def _dealer(customer: str, country: str) -> str:
    """The customer's number, or the counter of the country for rows without one."""
    if customer.lower() in _NOBODY:
        return f"{COUNTER} {country}"
    return customer.removesuffix(".0")
