"""The customers of a seller, found and sorted by their figures, inside the viewer's scope: one statement a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import asyncpg

from app import database
from app.insight import sql
from app.insight.rules import Lagging, checked_days
from app.kernel.clock import now
from app.kernel.money import exponent_of
from app.kernel.page import Page, SortValue
from app.ledger.sql import position
from app.network.queries import RELATION
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer


class CustomerSort(StrEnum):
    """What stands first. Amounts of one currency stand together; ties by when the relation was opened."""

    OPENED = "opened"
    MOST_TURNOVER = "most_turnover"
    LEAST_TURNOVER = "least_turnover"
    MOST_FALLEN = "most_fallen"
    MOST_RISEN = "most_risen"
    MOST_OVERDUE = "most_overdue"
    LONGEST_SILENT = "longest_silent"
    LATEST_ORDER = "latest_order"


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What customers must be like. None does not narrow."""

    network_id: UUID | None = None
    statuses: tuple[str, ...] | None = None
    region_code: str | None = None
    currency: str | None = None
    text: str | None = None  # in the name or the customer code; or the registration code
    silent_days: int | None = None  # neither an order nor the opening for so many days
    overdue: bool = False
    lagging: Lagging | None = None

    def checked(self) -> CustomerFilter:
        """Itself; BadRequest names the field that cannot be."""
        if self.currency is not None:
            exponent_of(self.currency)
        checked_days(self.silent_days)
        if self.lagging is not None:
            self.lagging.checked()
        return self


@dataclass(frozen=True, slots=True)
class Wanted:
    """What will be shown of each: the account and the leads cost more than the rest."""

    money: bool = True
    leads: bool = True


@dataclass(frozen=True, slots=True)
class _Order:
    """A way of sorting: the key, its kind in a cursor, and whether the highest stands first. Keys of amounts follow the
    currency and rise, those of the highest first below zero: so that all that is sorted by goes one way."""

    key: str
    kind: type[SortValue]
    descending: bool = False

    @property
    def kinds(self) -> list[type[SortValue]]:
        """Those of a cursor's values."""
        return [*([str] if self.kind is int else []), *([self.kind] if self.key else []), UUID]

    @property
    def columns(self) -> list[str]:
        """What the figures `f` are sorted by; the same as the kinds, in SQL."""
        by_currency = ["f.currency"] if self.kind is int else []
        return [*by_currency, *([self.key] if self.key else []), "f.relation_id"]


_CHANGE: Final = f"{sql.turnover(0)} - {sql.turnover(1)}"
_ORDERS: Final[dict[CustomerSort, _Order]] = {
    CustomerSort.OPENED: _Order("", UUID),
    CustomerSort.MOST_TURNOVER: _Order(f"-{sql.turnover(0)}", int),
    CustomerSort.LEAST_TURNOVER: _Order(sql.turnover(0), int),
    CustomerSort.MOST_FALLEN: _Order(_CHANGE, int),
    CustomerSort.MOST_RISEN: _Order(f"-({_CHANGE})", int),
    CustomerSort.MOST_OVERDUE: _Order(f"-({sql.OVERDUE})", int),
    CustomerSort.LONGEST_SILENT: _Order("f.silent_since", datetime),
    CustomerSort.LATEST_ORDER: _Order("f.silent_since", datetime, descending=True),
}


def page_of(sort: CustomerSort, first: int | None, after: str | None) -> Page:
    """A page of this order of sorting. BadRequest for a cursor of another one."""
    return Page.of(first, after, kinds=_ORDERS[sort].kinds, order=order_name(sort))


def order_name(sort: CustomerSort) -> str:
    """What cursors of this order of sorting are sealed with."""
    return f"customers:{sort}"


def place_of(sort: CustomerSort, row: asyncpg.Record) -> list[SortValue]:
    """The sort values of a row that `customers` returned."""
    of_kind: dict[type[SortValue], SortValue] = {str: row["currency"], UUID: row["id"]}
    return [of_kind.get(kind, row["key"]) for kind in _ORDERS[sort].kinds]


async def customers(
    viewer: Viewer, wanted: CustomerFilter, sort: CustomerSort, page: Page, shown: Wanted
) -> Sequence[asyncpg.Record]:
    """Relations in which the viewer's company sells, inside the viewer's scope, with their figures.

    Forbidden where somebody who may not read money asks for who is overdue.
    """
    viewer.require(Permission.BACKOFFICE_READ)
    if wanted.overdue or sort is CustomerSort.MOST_OVERDUE:
        viewer.require(Permission.MONEY_READ)
    values: list[Any] = [viewer.company_id, now()]
    listed = _listed(viewer, wanted, sort, page, values)
    return await database.rows(_shown(listed, sort, _allowed(shown, viewer)), *values)


async def count_customers(viewer: Viewer, wanted: CustomerFilter, sort: CustomerSort, most: int) -> int:
    """How many there are, counted no further than `most`. Forbidden as in `customers`."""
    viewer.require(Permission.BACKOFFICE_READ)
    if wanted.overdue or sort is CustomerSort.MOST_OVERDUE:
        viewer.require(Permission.MONEY_READ)
    values: list[Any] = [viewer.company_id, now()]
    listed = _listed(viewer, wanted, sort, Page(most - 1), values)
    found = await database.row(f"WITH {sql.HERE} SELECT count(*) AS n FROM ({listed}) AS listed", *values)
    assert found is not None
    return int(found["n"])


async def customers_by_ids(viewer: Viewer, ids: Sequence[UUID], shown: Wanted) -> dict[UUID, asyncpg.Record]:
    """These customers of the viewer's company, inside the viewer's scope."""
    viewer.require(Permission.BACKOFFICE_READ)
    values: list[Any] = [viewer.company_id, now(), list(ids), *viewer.scope]
    listed = f"""SELECT f.relation_id AS id, f.relation_id AS key {sql.CUSTOMERS}{sql.RELATION_OF}
        WHERE f.seller_id = $1 AND f.relation_id = ANY($3::uuid[]) AND {in_scope("r", 4)}"""
    found = await database.rows(_shown(listed, CustomerSort.OPENED, _allowed(shown, viewer)), *values)
    return {row["id"]: row for row in found}


def _allowed(shown: Wanted, viewer: Viewer) -> Wanted:
    return Wanted(
        money=shown.money and viewer.may(Permission.MONEY_READ),
        leads=shown.leads and viewer.may(Permission.LEAD_MANAGE),
    )


def _listed(viewer: Viewer, wanted: CustomerFilter, sort: CustomerSort, page: Page, values: list[Any]) -> str:
    """The statement that finds the page; adds its parameters to `values`. It looks at the relation itself only where
    the scope or the filter does."""

    def p(value: Any) -> str:
        values.append(value)
        return f"${len(values)}"

    order, narrowed, of_relation = _ORDERS[sort], ["f.seller_id = $1"], []
    if viewer.scope != (None, None):
        of_relation.append(in_scope("r", len(values) + 1))
        values.extend(viewer.scope)
    if wanted.network_id is not None:
        narrowed.append(f"f.network_id = {p(wanted.network_id)}")
    if wanted.currency is not None:
        narrowed.append(f"f.currency = {p(wanted.currency)}")
    if wanted.statuses is not None:
        of_relation.append(f"r.status = ANY({p(list(wanted.statuses))}::text[])")
    if wanted.region_code is not None:
        of_relation.append(sql.inside(p(wanted.region_code)))
    with_ = ""
    if wanted.text:
        with_ = f"WITH {sql.called(p(wanted.text.lower()), p(wanted.text.upper()))}"
        narrowed.append("f.relation_id IN (SELECT called.id FROM called)")
    if wanted.silent_days is not None:
        narrowed.append(sql.silent(p(wanted.silent_days)))
    if wanted.overdue:
        narrowed.append("f.overdue_from <= $2")
    if wanted.lagging is not None:
        of_relation.append(sql.lagging(wanted.lagging))
    if page.after is not None:
        reached = ", ".join(f"{p(value)}::{_TYPES[type(value)]}" for value in page.after)
        narrowed.append(f"({', '.join(order.columns)}) {'<' if order.descending else '>'} ({reached})")
    by = ", ".join(f"{one}{' DESC' if order.descending else ''}" for one in order.columns)
    joins = sql.RELATION_OF if of_relation else ""
    return f"""{with_} SELECT f.relation_id AS id, {order.key or "f.relation_id"} AS key {sql.CUSTOMERS}{joins}
    WHERE {" AND ".join(narrowed + of_relation)} ORDER BY {by} LIMIT {page.limit}"""


# Leads are the brand's: of another seller's customers they say nothing
_FARED: Final = ", ".join(
    f"CASE WHEN c.brand_id = $1 THEN leads.{one} END AS leads_{one}"
    for one in ("offered", "accepted", "rejected", "lapsed", "won", "lost", "open")
)
_TYPES: Final = {UUID: "uuid", int: "bigint", datetime: "timestamptz", str: "text"}


def _shown(listed: str, sort: CustomerSort, shown: Wanted) -> str:
    """The statement that shows what `listed` finds, in its order."""
    order = _ORDERS[sort]
    descending = " DESC" if order.descending else ""
    by_currency = "f.currency, " if order.kind is int else ""
    accounts = f", {position('$2', locked=False)}" if shown.money else ""
    money = ", p.*" if shown.money else ""
    leads = f", {_FARED}" if shown.leads else ""
    return f"""
WITH {sql.HERE}, listed AS MATERIALIZED ({listed}), relation AS MATERIALIZED (
    SELECT r.id, r.currency, n.time_zone FROM listed l JOIN trade_relation r ON r.id = l.id
    JOIN here n ON n.id = r.network_id
){accounts}
SELECT c.*, l.key, {sql.FIGURES}{money}{leads}
FROM listed l JOIN ({RELATION}) c ON c.id = l.id
{"LEFT JOIN position p ON p.relation_id = l.id" if shown.money else ""}
{sql.FIGURES_OF}
{sql.LEADS if shown.leads else ""}
ORDER BY {by_currency}l.key{descending}, l.id{descending}"""
