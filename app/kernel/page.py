"""Keyset pages: a bounded number of rows after a position, never an offset.

A cursor is the sort values of the last row seen, the id last. It is a position and gives no right to anything: every
read is scoped by its viewer. A cursor that was altered, or that belongs to another order of sorting, is a BadRequest.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

import orjson

from app.kernel.refusal import BadRequest
from app.kernel.wording import Said, whole_number

Row = TypeVar("Row")
SortValue: TypeAlias = str | int | Decimal | datetime | UUID

DEFAULT_FIRST: Final = 20
MOST_FIRST: Final = 100
_LONGEST_CURSOR: Final = 4096
_CHECK_BYTES: Final = 6
_EXPECTED: Final = Said("a cursor that this list gave out", "本列表返回过的游标")


@dataclass(frozen=True, slots=True)
class Page:
    """The first so many rows after a position; `after` is None at the beginning."""

    first: int = DEFAULT_FIRST
    after: tuple[SortValue, ...] | None = None

    @classmethod
    def of(
        cls,
        first: int | None = None,
        after: str | None = None,
        *,
        kinds: Sequence[type[SortValue]],
        order: str = "",
        default: int = DEFAULT_FIRST,
        most: int = MOST_FIRST,
    ) -> Page:
        """What a client asked for. `kinds` are the types of the sort values, `order` names the order of sorting.

        BadRequest names `first` when it is outside 1 … `most`, and `after` when it is no cursor of this list.
        """
        if first is None:
            first = default
        if type(first) is not int or not 1 <= first <= most:
            raise BadRequest("first", first, whole_number(1, most))
        return cls(first, None if after is None else decode_cursor(after, kinds, order))

    @property
    def limit(self) -> int:
        """Rows to read: one more than asked for tells whether there is a next page."""
        return self.first + 1


def cut(rows: Sequence[Row], first: int) -> tuple[list[Row], bool]:
    """The page's rows out of a read with LIMIT first + 1, and whether more follow."""
    return list(rows[:first]), len(rows) > first


def encode_cursor(values: Sequence[SortValue], order: str = "") -> str:
    """An opaque cursor. TypeError for a value that cannot be a sort value (floats, truth values, naive moments)."""
    body = orjson.dumps([_packed(value) for value in values])
    return urlsafe_b64encode(_check(body, order) + body).rstrip(b"=").decode()


def decode_cursor(
    cursor: str, kinds: Sequence[type[SortValue]], order: str = "", field: str = "after"
) -> tuple[SortValue, ...]:
    """The sort values of a cursor, which must have these kinds in this order. Anything else is a BadRequest."""
    refused = BadRequest(field, cursor, _EXPECTED)
    if len(cursor) > _LONGEST_CURSOR:
        raise refused
    try:
        sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        body = sealed[_CHECK_BYTES:]
        # Re-encoding finds the spellings that a lenient base64 reader takes for the same bytes.
        if sealed[:_CHECK_BYTES] != _check(body, order) or urlsafe_b64encode(sealed).rstrip(b"=").decode() != cursor:
            raise refused
        packed = orjson.loads(body)
        if not isinstance(packed, list) or len(packed) != len(kinds):
            raise refused
        return tuple(_unpacked(one, kind) for one, kind in zip(packed, kinds, strict=True))
    except (ValueError, TypeError, InvalidOperation, RecursionError):
        raise refused from None


def _check(body: bytes, order: str) -> bytes:
    return blake2b(order.encode() + b"\0" + body, digest_size=_CHECK_BYTES, person=b"page").digest()


def _packed(value: SortValue) -> list[str]:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a moment in a cursor needs a time zone")
        return ["t", value.astimezone(UTC).isoformat()]
    if isinstance(value, UUID):
        return ["u", value.hex]
    if isinstance(value, Decimal) and value.is_finite():
        return ["d", str(value)]
    if isinstance(value, str):
        return ["s", value]
    if type(value) is int:
        return ["i", str(value)]
    raise TypeError(f"{value!r} cannot be a sort value")


def _unpacked(packed: object, kind: type[SortValue]) -> SortValue:
    """One value back; ValueError unless it is of the kind and fits a column of that kind."""
    mark, read = _READERS[kind]
    if not isinstance(packed, list) or len(packed) != 2 or packed[0] != mark or not isinstance(packed[1], str):
        raise ValueError("another kind of value")
    return read(packed[1])


def _text(text: str) -> str:
    text.encode()  # refuses lone surrogates, with a ValueError
    if "\0" in text:
        raise ValueError("PostgreSQL text holds no NUL")
    return text


def _whole(text: str) -> int:
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError("beyond BIGINT")
    return number


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or len(text) > 60 or not -40 <= number.adjusted() <= 40:
        raise ValueError("beyond any numeric column")
    return number


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment


_READERS: Final[dict[type[SortValue], tuple[str, Callable[[str], SortValue]]]] = {
    str: ("s", _text),
    int: ("i", _whole),
    Decimal: ("d", _decimal),
    datetime: ("t", _moment),
    UUID: ("u", UUID),
}
