"""An entry of the registry: what a list is called, who may have it, its columns, and how its rows are read."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from app import database
from app.catalog.rules import localised
from app.kernel import glossary
from app.kernel.money import Money
from app.kernel.page import Page, SortValue, cut
from app.kernel.refusal import BadRequest
from app.kernel.units import unit_name
from app.kernel.wording import Said, in_locale
from app.network.roles import Permission
from app.network.viewer import Viewer

F = TypeVar("F")
Row = Mapping[str, Any]
Cell = str | int | Decimal | Money | date | datetime | None
PAGE: Final = 500


class Kind(Enum):
    """What a column holds, and so how it is shown."""

    TEXT = "text"
    WHOLE = "whole"
    QUANTITY = "quantity"
    PRICE = "price"
    MONEY = "money"
    PERCENT = "percent"  # a share: 0.13
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Reader:
    """In which language a list is written; moments are in their network's time zone."""

    locale: str

    def say(self, said: Said) -> str:
        return in_locale(said, self.locale)

    def status(self, code: str) -> str:
        return self.say(glossary.status(code))

    def unit(self, code: str) -> str:
        return self.say(unit_name(code))

    def name(self, row: Row) -> str:
        return localised(row["name_zh"] or "", row["name_en"] or "", self.locale)


@dataclass(frozen=True, slots=True)
class Column:
    """`of` makes the cell of a row. Without the permission that it `needs`, a reader's file has no such column.

    `summed`: added up under the list, apart for each currency or unit, which `per` says of a row.
    """

    title: Said
    of: Callable[[Row, Reader], Cell]
    kind: Kind = Kind.TEXT
    width: int = 14
    needs: Permission | None = None
    summed: bool = False


@dataclass(frozen=True, slots=True)
class ExportList(Generic[F]):
    """`filters` reads what was asked from JSON values, or raises BadRequest. `pages` yields the rows in order, `count`
    says how many there are, counting no further than it is told. `per` names the currency or unit of a row's sums.
    """

    name: str
    title: Said
    needs: tuple[Permission, ...]
    columns: tuple[Column, ...]
    filters: Callable[[Mapping[str, Any]], F]
    pages: Callable[[Viewer, F], AsyncGenerator[Sequence[Row], None]]
    count: Callable[[Viewer, F, int], Awaitable[int]]
    per: Callable[[Row, Reader], str] = lambda row, reader: ""

    @property
    def key(self) -> str:
        """The name as the contract spells it: orderLines."""
        first, *more = self.name.split("_")
        return first + "".join(one.capitalize() for one in more)

    def require(self, viewer: Viewer) -> None:
        """Raise Forbidden without one of the rights that the list needs."""
        for one in self.needs:
            viewer.require(one)

    def columns_for(self, viewer: Viewer) -> list[Column]:
        """The columns that the viewer may see."""
        return [one for one in self.columns if one.needs is None or viewer.may(one.needs)]


async def in_pages(
    read: Callable[[Page], Awaitable[Sequence[Row]]], place: Callable[[Row], tuple[SortValue, ...]]
) -> AsyncGenerator[Sequence[Row], None]:
    """All rows of a keyset list, page by page; `place` is where a row stands in its order."""
    page = Page(PAGE)
    while True:
        rows, more = cut(await read(page), page.first)
        if rows:
            yield rows
        if not more:
            return
        page = Page(PAGE, place(rows[-1]))


async def counted(statement: str, *params: Any) -> int:
    """How many rows a statement has, up to its own limit."""
    found = await database.row(f"SELECT count(*) AS n FROM ({statement}) AS counted", *params)
    assert found is not None
    return int(found["n"])


def local(moment: datetime | None, zone: str) -> datetime | None:
    """The moment as a clock on a wall there shows it; a spreadsheet knows no time zones."""
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def uuid_in(said: Mapping[str, Any], field: str) -> UUID | None:
    """An id among the filters, if it is there."""
    value = said.get(field)
    try:
        return None if value is None else UUID(str(value))
    except ValueError:
        raise BadRequest(field, value, Said("an id", " id")) from None


def codes_in(said: Mapping[str, Any], field: str) -> tuple[str, ...] | None:
    """Several codes among the filters."""
    value = said.get(field)
    return None if value is None else tuple(str(one) for one in value)


def flag_in(said: Mapping[str, Any], field: str) -> bool | None:
    """A yes or no among the filters."""
    value = said.get(field)
    return None if value is None else bool(value)


def text_in(said: Mapping[str, Any], field: str) -> str | None:
    """A text among the filters."""
    value = said.get(field)
    return None if value is None else str(value)


def moment_in(said: Mapping[str, Any], field: str) -> datetime | None:
    """A moment among the filters, in ISO 8601."""
    value = said.get(field)
    return None if value is None else datetime.fromisoformat(str(value))
