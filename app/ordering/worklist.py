"""Worklists of the order desk: pages and counts that stay fast at a million orders.

Whatever is asked for one by one has an index (`app.ordering.walks`). A first look says how many orders each of those
would have to be read: where one has at most WALK, all of it is read, and the page and the counts are complete. Where
all have more, the index that has the order of the list is walked, at most WALK orders of it. So nothing takes longer
than that, whatever is asked: a page that ends with its walk may be short, and says with its cursor where to go on; a
count that did not see everything says so (`at_least`). Counts by status alone are tallied, and always exact.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.page import Page, SortValue
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.ordering.lifecycle import OrderStatus
from app.ordering.queries import whole
from app.ordering.tally import tallied
from app.ordering.walks import Sql, behind, every, looked_up, names, rest, sorted_by, walk, way
from app.ordering.worklist_filter import Sort, WorklistFilter

WALK: Final = 5_000
"""Orders that a read looks at, at most; a count is exact up to it."""

Statement = tuple[str, list[Any]]
Place = tuple[SortValue, ...]
"""A position in a list: sort values, the order's id last."""


def kinds_of(wanted: WorklistFilter, sort: Sort) -> tuple[str, tuple[type[SortValue], ...]]:
    """What a page is sorted by, for its cursors: a name, and the types of the sort values."""
    sorted_way = way(sorted_by(wanted, sort), wanted, UUID(int=0), Sql())
    return f"worklist-{','.join(sorted_way.keys)}-{sort.value}", sorted_way.kinds


def look_statement(viewer: Viewer, wanted: WorklistFilter) -> Statement:
    """How many orders each way would have to read, by name, up to one more than WALK; of all orders where nothing
    that is asked for has a way."""
    sql = Sql()
    looks = (
        f"(SELECT count(*) FROM ({every(name, wanted, viewer.company_id, sql, WALK + 1)}) x) AS {name}"
        for name in names(wanted) or ["all"]
    )
    return f"SELECT {', '.join(looks)}", sql.params


async def narrowest_way(viewer: Viewer, wanted: WorklistFilter) -> str | None:
    """The way with the fewest orders, if it can be read whole."""
    statement, params = look_statement(viewer, wanted)
    row = await database.row(statement, *params)
    assert row is not None
    name = min(row.keys(), key=row.__getitem__)
    return name if row[name] <= WALK else None


def whole_statement(viewer: Viewer, wanted: WorklistFilter, sort: Sort, page: Page, name: str) -> Statement:
    """The positions of a page, out of all orders that a way finds."""
    sql, down = Sql(), sort is not Sort.OLDEST
    sorted_way = way(sorted_by(wanted, sort), wanted, viewer.company_id, Sql())
    orders = looked_up(every(name, wanted, viewer.company_id, sql, 2 * WALK), viewer.company_id, sql)
    asked = rest(wanted, viewer, name, sql) + behind(sorted_way, sql, page.after, down)
    order = ", ".join(f"o.{key} {'DESC' if down else 'ASC'}" for key in sorted_way.keys)
    columns = ", ".join(f"o.{key}" for key in sorted_way.keys)
    limit = sql.said(page.limit, "bigint")
    return f"SELECT {columns} FROM {orders} WHERE {asked} ORDER BY {order} LIMIT {limit}", sql.params


def walk_statement(viewer: Viewer, wanted: WorklistFilter, sort: Sort, page: Page) -> Statement:
    """The positions of a page, on a walk in its order."""
    sql, down = Sql(), sort is not Sort.OLDEST
    found = way(sorted_by(wanted, sort), wanted, viewer.company_id, sql)
    walked = walk(found, sql, WALK, down=down, after=page.after)
    asked = rest(wanted, viewer, found.name, sql)
    columns = ", ".join(f"w.{key}" for key in found.keys)
    limit = sql.said(page.limit, "bigint")
    order = ", ".join(f"w.{key} {'DESC' if down else 'ASC'}" for key in found.keys)
    orders = f"({walked}) w" if asked == "true" else looked_up(walked, viewer.company_id, sql)
    return f"SELECT {columns} FROM {orders} WHERE {asked} ORDER BY {order} LIMIT {limit}", sql.params


def end_statement(viewer: Viewer, wanted: WorklistFilter, sort: Sort, page: Page) -> Statement:
    """Where the walk of a page ends, if it does before its index does."""
    sql, down = Sql(), sort is not Sort.OLDEST
    found = way(sorted_by(wanted, sort), wanted, viewer.company_id, sql)
    return f"{walk(found, sql, 1, down=down, after=page.after)} OFFSET {WALK - 1}", sql.params


def count_statement(viewer: Viewer, wanted: WorklistFilter, name: str | None) -> Statement:
    """How many orders of a list are in each status; on a way as a whole, or on a walk."""
    sql, by = Sql(), name or sorted_by(wanted, Sort.NEWEST)
    if name is None:
        ids = walk(way(by, wanted, viewer.company_id, sql), sql, WALK, down=True)
    else:
        ids = every(by, wanted, viewer.company_id, sql, 2 * WALK)
    orders, asked = looked_up(ids, viewer.company_id, sql), rest(wanted, viewer, by, sql)
    counted = f"SELECT o.status, count(*) AS n FROM {orders} WHERE {asked} GROUP BY 1"
    return counted, sql.params


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """Orders in the order of the list, each with its position; `end` is where the next page begins, None at the end of
    the list."""

    rows: list[tuple[asyncpg.Record, Place]]
    end: Place | None


async def worklist(viewer: Viewer, wanted: WorklistFilter, sort: Sort, page: Page) -> WorklistPage:
    """One page, in two to four statements."""
    places, end = await worklist_places(viewer, wanted, sort, page)
    ids = [place[-1] for place in places]
    read = await database.rows(f"SELECT {whole('sales_order')} WHERE o.id = ANY($1::uuid[])", ids) if ids else []
    by_id = {row["id"]: row for row in read}
    return WorklistPage([(by_id[place[-1]], place) for place in places if place[-1] in by_id], end)


async def worklist_places(
    viewer: Viewer, wanted: WorklistFilter, sort: Sort, page: Page
) -> tuple[list[Place], Place | None]:
    """The positions of a page, and where the next one begins."""
    viewer.require(Permission.ORDER_READ)
    if not wanted.states:
        return [], None
    asked = names(wanted)
    look = bool(asked) and asked != [sorted_by(wanted, sort)]  # a single way that is sorted right is walked at once
    narrowest = await narrowest_way(viewer, wanted) if look else None
    if narrowest is None:
        statement, params = walk_statement(viewer, wanted, sort, page)
    else:
        statement, params = whole_statement(viewer, wanted, sort, page, narrowest)
    places: list[Place] = [tuple(row) for row in await database.rows(statement, *params)]
    end: Place | None = None
    if len(places) > page.first:
        places = places[: page.first]
        end = places[-1]
    elif narrowest is None:
        statement, params = end_statement(viewer, wanted, sort, page)
        last = await database.row(statement, *params)
        end = None if last is None else tuple(last)
    return places, end


@dataclass(frozen=True, slots=True)
class Count:
    """How many orders have a status. `at_least`: there may be more, which were not looked at."""

    status: OrderStatus
    count: int
    at_least: bool


async def worklist_counts(viewer: Viewer, wanted: WorklistFilter) -> list[Count]:
    """How many orders are in each status that is asked for: one statement or two."""
    viewer.require(Permission.ORDER_READ)
    states = [status for status in OrderStatus if status in wanted.states]
    if not states:
        return []
    if wanted.is_tallied:
        by_status = await tallied(viewer, states, wanted.buyer_id)
        return [Count(status, by_status.get(status, 0), False) for status in states]
    narrowest = await narrowest_way(viewer, wanted)
    statement, params = count_statement(viewer, wanted, narrowest)
    rows = {OrderStatus(row["status"]): row["n"] for row in await database.rows(statement, *params)}
    return [Count(status, rows.get(status, 0), narrowest is None) for status in states]
