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
from app.kernel.refusal import BadRequest, Forbidden
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


@dataclass(frozen=True, slots=True)
class SeenAs:
    """What a file was written with: every right that one of its columns needs, and the scope. Whoever fetches it must
    still have them."""

    rights: tuple[str, ...]
    scope: tuple[tuple[str, ...] | None, tuple[str, ...] | None]

    @classmethod
    def of(cls, viewer: Viewer, listed: ExportList[Any]) -> "SeenAs":
        """What the viewer sees the list with."""
        columns = {one.needs for one in listed.columns_for(viewer) if one.needs is not None}
        return cls(tuple(sorted({one.value for one in (*listed.needs, *columns)})), _spelt_scope(viewer))

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "SeenAs":
        """From JSON."""
        relations, regions = (None if one is None else tuple(one) for one in said["scope"])
        return cls(tuple(said["rights"]), (relations, regions))

    def require(self, viewer: Viewer) -> None:
        """Forbidden without one of the rights, or where the viewer's scope has become another one."""
        for one in self.rights:
            viewer.require(Permission(one))
        if viewer.scope != (None, None) and _spelt_scope(viewer) != self.scope:
            raise Forbidden(Said("seeing what this file shows", "查看此文件的内容"))


def _spelt_scope(viewer: Viewer) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    relations, regions = viewer.scope
    spelt = None if relations is None else tuple(sorted(str(one) for one in relations))
    return spelt, None if regions is None else tuple(sorted(regions))


def zone_column() -> Column:
    """In which time zone the row's moments are written; a spreadsheet cannot say it of a moment."""
    return Column(Said("Time zone", "时区"), lambda row, reader: row["time_zone"], width=16)


def text(column: str) -> Callable[[Row, Reader], Cell]:
    """A cell that is the row's value as it is."""
    return lambda row, reader: row[column]


def moment(column: str) -> Callable[[Row, Reader], Cell]:
    """A cell that is a moment, on the clocks of the row's time zone."""
    return lambda row, reader: local(row[column], row["time_zone"])


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


def number_in(said: Mapping[str, Any], field: str) -> int | None:
    """A whole number among the filters."""
    value = said.get(field)
    return None if value is None else int(value)


def moment_in(said: Mapping[str, Any], field: str) -> datetime | None:
    """A moment among the filters, in ISO 8601."""
    value = said.get(field)
    return None if value is None else datetime.fromisoformat(str(value))
