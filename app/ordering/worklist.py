"""Worklists of the order desk: pages and counts that stay fast at a million orders.

Every read walks one index in the order of the list, at most WALK rows of it: along whatever narrows the most. What else
was asked for is looked at row by row on the way. So nothing takes longer than the walk, whatever is asked. A page that
ends with the walk may be short, and says with its cursor where to go on; a count that did not see everything says so
(`at_least`). Nothing is kept to be counted from, so no act waits for a counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from app import database
from app.kernel.page import Page, SortValue
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.ordering.lifecycle import OPEN, OrderStatus
from app.ordering.queries import whole

WALK: Final = 10_000
"""Rows that a read looks at, at most; a count is exact up to it."""


class Sort(StrEnum):
    """The order of a worklist."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"  # by gross total


class WaitsFor(StrEnum):
    """Whose turn it is."""

    SELLER = "seller"
    BUYER = "buyer"


_S = OrderStatus
TURNS: Final = {
    WaitsFor.SELLER: frozenset({_S.SUBMITTED, _S.CANCEL_REQUESTED, _S.CONFIRMED}),
    WaitsFor.BUYER: frozenset({_S.CHANGE_PROPOSED}),
}


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """What orders must be like; None does not narrow. Amounts are minor units of `currency`."""

    statuses: frozenset[OrderStatus] | None = None
    waits_for: WaitsFor | None = None
    buyer_id: UUID | None = None
    sku_id: UUID | None = None
    ship_to_id: UUID | None = None
    number_prefix: str | None = None
    tag: str | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    currency: str | None = None
    gross_from_minor: int | None = None
    gross_to_minor: int | None = None
    delivery_method: str | None = None

    @property
    def states(self) -> frozenset[OrderStatus]:
        """The statuses that are asked for."""
        asked = frozenset(OrderStatus) if self.statuses is None else self.statuses
        return asked if self.waits_for is None else asked & TURNS[self.waits_for]


@dataclass(slots=True)
class _Sql:
    """A statement's parameters, numbered as they come."""

    params: list[Any] = field(default_factory=list)

    def said(self, value: Any, kind: str) -> str:
        self.params.append(value)
        return f"${len(self.params)}::{kind}"


class Way(NamedTuple):
    """An index to walk. `keys`: its order behind what is fixed, as columns of the walked rows and their types; `ids`:
    the walked rows hold an order's id only, and not the order."""

    name: str
    table: str
    fixed: str
    keys: tuple[str, ...]
    kinds: tuple[type[SortValue], ...]
    ids: bool = False


_KINDS: Final = {str: "text", int: "bigint", datetime: "timestamptz", UUID: "uuid"}
_OPEN_STATUSES: Final = ", ".join(f"'{one.value}'" for one in OrderStatus if one in OPEN)
_COLUMNS: Final = (
    "o.id, o.relation_id, o.seller_id, o.buyer_id, o.ship_to_id, o.number, o.status, o.placed_at, o.gross_minor, "
    "o.currency, o.delivery_method"
)
_BY_ID: Final = (("id",), (UUID,))


def kinds_of(wanted: WorklistFilter, sort: Sort) -> tuple[str, tuple[type[SortValue], ...]]:
    """What a page is sorted by, for its cursors: a name, and the types of the sort values."""
    found = way(wanted, sort, UUID(int=0), _Sql())
    return f"worklist-{found.name}-{sort.value}", found.kinds


def way(wanted: WorklistFilter, sort: Sort, seller_id: UUID, sql: _Sql) -> Way:
    """The first index that narrows. A list by number prefix is sorted by number, one by date by that date."""
    if wanted.sku_id is not None and not wanted.number_prefix and wanted.tag is None:
        first = """NOT EXISTS (SELECT FROM sales_order_line m WHERE m.sku_id = o.sku_id AND m.order_id = o.order_id
            AND m.position < o.position)"""
        sku = f"o.sku_id = {sql.said(wanted.sku_id, 'uuid')}"
        return Way("sku", "sales_order_line", f"{sku} AND {first}", *_BY_ID, ids=True)
    mine = f"o.seller_id = {sql.said(seller_id, 'uuid')}"
    if wanted.number_prefix:
        prefix = wanted.number_prefix
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)  # the first text behind all that begin so, by code points
        fixed = f"""{mine} AND o.number COLLATE "C" >= {sql.said(prefix, "text")}
            AND o.number COLLATE "C" < {sql.said(end, "text")}"""
        return Way("number", "sales_order", fixed, ('number COLLATE "C"', "id"), (str, UUID))
    if wanted.tag is not None:
        return Way("tag", "order_tag", f"{mine} AND o.tag = {sql.said(wanted.tag, 'text')}", *_BY_ID, ids=True)
    if sort is Sort.LARGEST:
        return Way("amount", "sales_order", f"{mine}{_amounts(wanted, sql)}", ("gross_minor", "id"), (int, UUID))
    if wanted.ship_to_id is not None:
        return Way(
            "ship_to", "sales_order", f"{mine} AND o.ship_to_id = {sql.said(wanted.ship_to_id, 'uuid')}", *_BY_ID
        )
    if wanted.buyer_id is not None:
        return Way("buyer", "sales_order", f"{mine} AND o.buyer_id = {sql.said(wanted.buyer_id, 'uuid')}", *_BY_ID)
    if wanted.placed_from is not None or wanted.placed_before is not None:
        return Way("placed", "sales_order", f"{mine}{_dates(wanted, sql)}", ("placed_at", "id"), (datetime, UUID))
    if len(wanted.states) == 1:
        (status,) = wanted.states
        return Way("status", "sales_order", f"{mine} AND o.status = {sql.said(status.value, 'text')}", *_BY_ID)
    if wanted.states <= OPEN:
        return Way("open", "sales_order", f"{mine} AND o.status IN ({_OPEN_STATUSES})", *_BY_ID)
    return Way("all", "sales_order", mine, *_BY_ID)


def _walk(found: Way, sql: _Sql, rows: int, *, down: bool, after: Sequence[SortValue] | None = None) -> str:
    """FROM: at most so many rows of the index, from a position on, as orders `o`."""
    keys = [f"o.{'order_id' if found.ids and key == 'id' else key}" for key in found.keys]
    onward, order = "", ", ".join(f"{key} {'DESC' if down else 'ASC'}" for key in keys)
    if after is not None:
        values = (sql.said(value, _KINDS[kind]) for value, kind in zip(after, found.kinds, strict=True))
        onward = f" AND ({', '.join(keys)}) {'<' if down else '>'} ({', '.join(values)})"
    columns = "o.order_id AS id" if found.ids else _COLUMNS
    walked = f"(SELECT {columns} FROM {found.table} o WHERE {found.fixed}{onward} ORDER BY {order} LIMIT {rows})"
    if not found.ids:
        return f"{walked} o"
    # OFFSET 0: each order is looked up as the walk comes to it, in its order
    return f"{walked} w CROSS JOIN LATERAL (SELECT {_COLUMNS} FROM sales_order o WHERE o.id = w.id OFFSET 0) o"


def _rest(wanted: WorklistFilter, viewer: Viewer, sql: _Sql) -> str:
    """What every order on the way is asked."""
    said = [f"o.seller_id = {sql.said(viewer.company_id, 'uuid')}"]
    if wanted.states != frozenset(OrderStatus):
        said.append(f"o.status = ANY({sql.said(sorted(one.value for one in wanted.states), 'text[]')})")
    for column, value, kind in (
        ("buyer_id", wanted.buyer_id, "uuid"),
        ("ship_to_id", wanted.ship_to_id, "uuid"),
        ("delivery_method", wanted.delivery_method, "text"),
    ):
        if value is not None:
            said.append(f"o.{column} = {sql.said(value, kind)}")
    if wanted.tag is not None and wanted.number_prefix:
        tag = sql.said(wanted.tag, "text")
        said.append(f"EXISTS (SELECT FROM order_tag t WHERE t.order_id = o.id AND t.tag = {tag})")
    if wanted.sku_id is not None and (wanted.number_prefix or wanted.tag is not None):
        sku = sql.said(wanted.sku_id, "uuid")
        said.append(f"EXISTS (SELECT FROM sales_order_line l WHERE l.order_id = o.id AND l.sku_id = {sku})")
    if wanted.currency is not None:  # no part of the index of amounts: asked on the way, never walked for
        said.append(f"o.currency = {sql.said(wanted.currency, 'text')}")
    if viewer.scope != (None, None):
        n = len(sql.params) + 1
        sql.params.extend(viewer.scope)
        said.append(f"EXISTS (SELECT FROM trade_relation r WHERE r.id = o.relation_id AND {in_scope('r', n)})")
    return " AND ".join(said) + _dates(wanted, sql) + _amounts(wanted, sql)


def _dates(wanted: WorklistFilter, sql: _Sql) -> str:
    text = ""
    if wanted.placed_from is not None:
        text += f" AND o.placed_at >= {sql.said(wanted.placed_from, 'timestamptz')}"
    if wanted.placed_before is not None:
        text += f" AND o.placed_at < {sql.said(wanted.placed_before, 'timestamptz')}"
    return text


def _amounts(wanted: WorklistFilter, sql: _Sql) -> str:
    text = ""
    if wanted.gross_from_minor is not None:
        text += f" AND o.gross_minor >= {sql.said(wanted.gross_from_minor, 'bigint')}"
    if wanted.gross_to_minor is not None:
        text += f" AND o.gross_minor <= {sql.said(wanted.gross_to_minor, 'bigint')}"
    return text


def page_statement(viewer: Viewer, wanted: WorklistFilter, sort: Sort, page: Page) -> tuple[str, list[Any]]:
    """The ids of a page with their sort values, in its order."""
    sql, down = _Sql(), sort is not Sort.OLDEST
    found = way(wanted, sort, viewer.company_id, sql)
    walk = _walk(found, sql, WALK, down=down, after=page.after)
    rest = _rest(wanted, viewer, sql)
    lead = "w" if found.ids else "o"
    order = ", ".join(f"{lead}.{key} {'DESC' if down else 'ASC'}" for key in found.keys)
    columns = ", ".join(f"{lead}.{key} AS key_{n}" for n, key in enumerate(found.keys))
    limit = sql.said(page.limit, "bigint")
    return f"SELECT {columns} FROM {walk} WHERE {rest} ORDER BY {order} LIMIT {limit}", sql.params


def end_statement(viewer: Viewer, wanted: WorklistFilter, sort: Sort, page: Page) -> tuple[str, list[Any]]:
    """Where the walk of a page ends, if it does before its index does."""
    sql, down = _Sql(), sort is not Sort.OLDEST
    found = way(wanted, sort, viewer.company_id, sql)
    keys = [f"o.{'order_id' if found.ids and key == 'id' else key}" for key in found.keys]
    onward = ""
    if page.after is not None:
        values = (sql.said(value, _KINDS[kind]) for value, kind in zip(page.after, found.kinds, strict=True))
        onward = f" AND ({', '.join(keys)}) {'<' if down else '>'} ({', '.join(values)})"
    columns = ", ".join(f"{key} AS key_{n}" for n, key in enumerate(keys))
    order = ", ".join(f"{key} {'DESC' if down else 'ASC'}" for key in keys)
    return (
        f"SELECT {columns} FROM {found.table} o WHERE {found.fixed}{onward} ORDER BY {order} OFFSET {WALK - 1} LIMIT 1",
        sql.params,
    )


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """Orders in the order of the list, each with its position; `end` is where the next page begins, None at the end of
    the list."""

    rows: list[tuple[asyncpg.Record, tuple[SortValue, ...]]]
    end: tuple[SortValue, ...] | None


async def worklist(viewer: Viewer, wanted: WorklistFilter, sort: Sort, page: Page) -> WorklistPage:
    """One page, in two statements (three where the walk ends before the page is full)."""
    viewer.require(Permission.ORDER_READ)
    if not wanted.states:
        return WorklistPage([], None)
    statement, params = page_statement(viewer, wanted, sort, page)
    places = [tuple(row) for row in await database.rows(statement, *params)]
    end: tuple[SortValue, ...] | None = None
    if len(places) > page.first:
        places = places[: page.first]
        end = places[-1]
    else:
        statement, params = end_statement(viewer, wanted, sort, page)
        last = await database.row(statement, *params)
        end = None if last is None else tuple(last)
    ids = [place[-1] for place in places]
    read = await database.rows(f"SELECT {whole('sales_order')} WHERE o.id = ANY($1::uuid[])", ids) if ids else []
    by_id = {row["id"]: row for row in read}
    return WorklistPage([(by_id[place[-1]], place) for place in places if place[-1] in by_id], end)


@dataclass(frozen=True, slots=True)
class Count:
    """How many orders have a status. `at_least`: there may be more, which were not looked at."""

    status: OrderStatus
    count: int
    at_least: bool


def count_statement(viewer: Viewer, wanted: WorklistFilter) -> tuple[str, list[Any], bool]:
    """Per status: how many were looked at, and how many of them are wanted; and whether all were on one walk."""
    sql = _Sql()
    found = way(wanted, Sort.NEWEST, viewer.company_id, sql)
    if found.name not in ("status", "open", "all"):
        walk = _walk(found, sql, WALK + 1, down=True)
        rest = _rest(wanted, viewer, sql)
        counted = f"SELECT o.status, count(*) AS walked, count(*) FILTER (WHERE {rest}) AS n FROM {walk} GROUP BY 1"
        return counted, sql.params, True
    sql = _Sql()
    mine = f"o.seller_id = {sql.said(viewer.company_id, 'uuid')}"
    rest = _rest(wanted, viewer, sql)
    # Where nothing else is asked, the index alone answers
    columns = "o.seller_id, o.status" if rest.count(" AND ") == 0 else _COLUMNS
    parts = [
        f"""SELECT '{status.value}' AS status, count(*) AS walked, count(*) FILTER (WHERE {rest}) AS n FROM (
            SELECT {columns} FROM sales_order o WHERE {mine} AND o.status = '{status.value}'
            ORDER BY o.id DESC LIMIT {WALK + 1}) o"""
        for status in sorted(wanted.states)
    ]
    return " UNION ALL ".join(parts), sql.params, False


async def worklist_counts(viewer: Viewer, wanted: WorklistFilter) -> list[Count]:
    """How many orders are in each status that is asked for: one statement."""
    viewer.require(Permission.ORDER_READ)
    states = [status for status in OrderStatus if status in wanted.states]
    if not states:
        return []
    statement, params, together = count_statement(viewer, wanted)
    rows = {row["status"]: row for row in await database.rows(statement, *params)}
    walked = sum(row["walked"] for row in rows.values())
    answer = []
    for status in states:
        row = rows.get(status.value)
        seen = walked if together or row is None else row["walked"]
        answer.append(Count(status, 0 if row is None else min(row["n"], WALK), seen > WALK))
    return answer
