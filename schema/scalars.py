"""Scalars of the contract, and ids. What no database takes is refused here, with words, as the client's mistake.

`Decimal` travels as a string both ways: a JSON number is a binary float in most clients. How large a quantity, a price
or an amount may be is the kernel's to say; here only what is no such number at all is refused.
"""

import datetime as dt
import decimal
import re
from typing import Any, Final, NewType
from uuid import UUID

import strawberry
from strawberry.types.scalar import ScalarDefinition

from app.kernel.refusal import NotFound, plain
from schema.errors import Unreadable

Cursor = NewType("Cursor", int)
"""A position in the stream of events: the delivery number of the last event that was seen. Opaque on the wire."""

DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,6})?")
DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
UUID_TEXT: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CURSOR: Final = re.compile(r"e(0|[1-9][0-9]{0,18})")
MOST_CURRENCY_DECIMALS: Final = 3
BIGINT_MAX: Final = 2**63 - 1

# The driver takes the first and last moment and day that Python knows for PostgreSQL's -infinity and infinity.
EARLIEST: Final = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
LATEST: Final = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
LAST_DAY: Final = dt.date(9999, 12, 30)


def refused(scalar: str, expected: str) -> Unreadable:
    """The client's mistake; graphql-core puts the variable or argument in front of it."""
    return Unreadable(f"{scalar} must be {expected}.")


def read_decimal(value: object) -> decimal.Decimal:
    """A decimal number in a string. Floats, exponents and NaN are refused."""
    if not isinstance(value, str) or not DECIMAL.fullmatch(value):
        raise refused("Decimal", 'a string such as "12.5", at most 18 digits before the point and 6 after')
    return decimal.Decimal(value)


def write_decimal(value: decimal.Decimal | int) -> str:
    """Exact and without exponent. Columns pad quantities to six decimals and prices to four; what only pads is cut,
    and the decimals of a currency, of which there are at most three, stay."""
    if value.__class__ is decimal.Decimal and value.is_finite() and "E" not in (usual := str(value)):
        point = usual.find(".")  # what nearly every amount and quantity is, by a shorter way
        if point < 0 or len(usual) - point - 1 <= MOST_CURRENCY_DECIMALS:
            return usual
        if value:
            return usual.rstrip("0").rstrip(".")
    if not isinstance(value, decimal.Decimal):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"a Decimal field was given a {type(value).__name__}")
        return str(value)
    if not value.is_finite():
        raise TypeError(f"a Decimal field was given {value}")
    text = format(value, "f")
    return plain(value) if len(text.partition(".")[2]) > MOST_CURRENCY_DECIMALS else text


def read_date(value: object) -> dt.date:
    """A calendar day, YYYY-MM-DD, from 1900 to 9999-12-30."""
    try:
        if isinstance(value, str) and DATE.fullmatch(value):
            day = dt.date.fromisoformat(value)
            if EARLIEST.date() <= day <= LAST_DAY:
                return day
    except ValueError:  # such as the 30th of February
        pass
    raise refused("Date", 'a day such as "2026-11-21"')


def read_moment(value: object) -> dt.datetime:
    """A moment by RFC 3339, with its offset from UTC, from 1900 to 9999; microseconds are kept, finer parts are cut."""
    try:
        if isinstance(value, str) and (parts := MOMENT.fullmatch(value)):
            day, time, fraction, offset = parts.groups()
            zone = "+00:00" if offset in "Zz" else offset
            moment = dt.datetime.fromisoformat(f"{day}T{time}{(fraction or '.0')[:7]:0<7}{zone}").astimezone(dt.UTC)
            if EARLIEST <= moment <= LATEST:
                return moment
    except (ValueError, OverflowError):  # hour 25, or a year beyond 9999 once it is UTC
        pass
    raise refused("DateTime", 'a moment such as "2026-11-21T08:00:00Z"')


def write_moment(value: dt.datetime) -> str:
    """RFC 3339 in UTC, with Z."""
    if value.tzinfo is None:
        raise TypeError("a DateTime field was given a moment without time zone")
    return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def read_cursor(value: object) -> Cursor:
    """The delivery number in a cursor."""
    if isinstance(value, str) and CURSOR.fullmatch(value) and (number := int(value[1:])) <= BIGINT_MAX:
        return Cursor(number)
    raise refused("Cursor", "a cursor that this API gave out")


def write_cursor(value: int) -> str:
    """A delivery number as a cursor."""
    return f"e{value:d}"


def uuid_of(value: str, what: str = "object") -> UUID:
    """An id from the wire. A malformed one is answered like an absent or a foreign one: NotFound."""
    if not UUID_TEXT.fullmatch(value):
        raise NotFound(what, value)
    return UUID(value)


def uuids_of(values: list[strawberry.ID], what: str = "object") -> list[UUID]:
    """Several ids from the wire; the first malformed one is NotFound."""
    return [uuid_of(one, what) for one in values]


def scalar(name: str, description: str, read: Any, write: Any, url: str | None = None) -> ScalarDefinition:
    """A scalar whose literals are read by the same function as its variables."""
    return strawberry.scalar(
        name=name, description=description, serialize=write, parse_value=read, specified_by_url=url
    )


SCALARS: Final[dict[object, ScalarDefinition]] = {
    decimal.Decimal: scalar(
        "Decimal", 'A decimal number in a string, exact: "12.5". Never a JSON number.', read_decimal, write_decimal
    ),
    dt.date: scalar("Date", "A calendar day: 2026-11-21.", read_date, dt.date.isoformat),
    dt.datetime: scalar(
        "DateTime",
        "A moment by RFC 3339; always given in UTC: 2026-11-21T08:00:00Z.",
        read_moment,
        write_moment,
        "https://scalars.graphql.org/andimarek/date-time",
    ),
    Cursor: scalar("Cursor", "A position in the stream of events; opaque.", read_cursor, write_cursor),
}

__all__ = ["SCALARS", "Cursor", "uuid_of", "uuids_of"]
