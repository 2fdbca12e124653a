"""Ways to find a seller's orders: the indexes of a worklist, and SQL that walks them.

Every way is an index that answers by itself with ids, in an order of its own. What else is asked of an order is looked
up in one index (`sales_order_desk`) that holds everything a worklist can ask for, so that no table is touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from app.kernel.page import SortValue
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.ordering.lifecycle import OPEN, OrderStatus
from app.ordering.worklist_filter import Sort, WorklistFilter


@dataclass(slots=True)
class Sql:
    """A statement's parameters, numbered as they come."""

    params: list[Any] = field(default_factory=list)

    def said(self, value: Any, kind: str) -> str:
        self.params.append(value)
        return f"${len(self.params)}::{kind}"


class Way(NamedTuple):
    """An index, narrowed to `fixed`. `keys`: its order behind that, as columns and their types, the order's id last."""

    name: str
    table: str
    fixed: str
    keys: tuple[str, ...] = ("id",)
    kinds: tuple[type[SortValue], ...] = (UUID,)

    @property
    def columns(self) -> str:
        """What the index knows of an order."""
        if self.table == "sales_order":
            return ", ".join(f"o.{key.split()[0]}" for key in self.keys)
        return "o.order_id AS id"

    def key(self, key: str) -> str:
        """A key of a row of the index."""
        return f"o.{'order_id' if key == 'id' and self.table != 'sales_order' else key}"


_TYPES: Final = {str: "text", int: "bigint", datetime: "timestamptz", UUID: "uuid"}
_LAST, _BEFORE_SURROGATES, _BEHIND_SURROGATES = "\U0010ffff", "\ud7ff", 0xE000
_OPEN_STATUSES: Final = ", ".join(f"'{one.value}'" for one in OrderStatus if one in OPEN)
_LOOKED_UP: Final = (
    "o.id, o.relation_id, o.seller_id, o.buyer_id, o.ship_to_id, o.number, o.status, o.placed_at, o.gross_minor, "
    "o.currency, o.delivery_method"
)


def names(wanted: WorklistFilter) -> list[str]:
    """The ways that each find every order of the list, one for each thing that is asked for."""
    asked = {
        "number": bool(wanted.number_prefix),
        "placed": wanted.placed_from is not None or wanted.placed_before is not None,
        "sku": wanted.sku_id is not None,
        "tag": wanted.tag is not None,
        "ship_to": wanted.ship_to_id is not None,
        "buyer": wanted.buyer_id is not None,
        "states": wanted.states != frozenset(OrderStatus),
        "amount": wanted.currency is not None,
    }
    return [name for name, is_asked in asked.items() if is_asked]


def sorted_by(wanted: WorklistFilter, sort: Sort) -> str:
    """The way that has the order of the list: its pages are sorted so, whichever way they are found by."""
    if sort is Sort.LARGEST:
        return "amount"
    for name in names(wanted):
        if name != "amount" and (name != "states" or len(wanted.states) == 1):
            return name
    return "open" if wanted.states <= OPEN else "all"


def way(name: str, wanted: WorklistFilter, seller_id: UUID, sql: Sql) -> Way:
    """The index of this name, narrowed to what is asked."""
    mine = f"o.seller_id = {sql.said(seller_id, 'uuid')}"
    order = "sales_order"
    match name:
        case "number":
            return Way(name, order, mine + _numbers(wanted, sql), ('number COLLATE "C"', "id"), (str, UUID))
        case "placed":
            return Way(name, order, mine + _dates(wanted, sql), ("placed_at", "id"), (datetime, UUID))
        case "amount":
            keys = ("currency", "gross_minor", "id")
            return Way(name, order, mine + _amounts(wanted, sql), keys, (str, int, UUID))
        case "sku":
            return Way(name, "sales_order_line", f"{mine} AND o.sku_id = {sql.said(wanted.sku_id, 'uuid')}")
        case "tag":
            return Way(name, "order_tag", f"{mine} AND o.tag = {sql.said(wanted.tag, 'text')}")
        case "ship_to":
            return Way(name, order, f"{mine} AND o.ship_to_id = {sql.said(wanted.ship_to_id, 'uuid')}")
        case "buyer":
            return Way(name, order, f"{mine} AND o.buyer_id = {sql.said(wanted.buyer_id, 'uuid')}")
        case "states":
            return Way(name, order, mine + _statuses(wanted, sql))
        case "open":
            return Way(name, order, f"{mine} AND o.status IN ({_OPEN_STATUSES})")
        case _:
            return Way(name, order, mine)


def walk(found: Way, sql: Sql, rows: int, *, down: bool, after: Sequence[SortValue] | None = None) -> str:
    """At most so many rows of an index, from a position on: SELECT of their ids and keys."""
    order = ", ".join(f"{found.key(key)} {'DESC' if down else 'ASC'}" for key in found.keys)
    distinct = "DISTINCT " if found.name == "sku" else ""  # a SKU may be on several lines of an order
    return (
        f"SELECT {distinct}{found.columns} FROM {found.table} o WHERE {found.fixed}{onward(found, sql, after, down)} "
        f"ORDER BY {order} LIMIT {rows}"
    )


def every(name: str, wanted: WorklistFilter, seller_id: UUID, sql: Sql, rows: int) -> str:
    """All ids of an index that has no more than so many: SELECT. In the order of the index, which no other has."""
    if name != "states":
        return walk(way(name, wanted, seller_id, sql), sql, rows, down=True)
    one_by_one = (
        f"({walk(way(name, replace(wanted, statuses=frozenset({status})), seller_id, sql), sql, rows, down=True)})"
        for status in sorted(wanted.states)
    )
    return f"SELECT id FROM ({' UNION ALL '.join(one_by_one)}) s LIMIT {rows}"


def onward(found: Way, sql: Sql, after: Sequence[SortValue] | None, down: bool) -> str:
    """AND: behind a position of the index."""
    if after is None:
        return ""
    keys = ", ".join(found.key(key) for key in found.keys)
    return f" AND ({keys}) {'<' if down else '>'} ({_position(found, sql, after)})"


def behind(found: Way, sql: Sql, after: Sequence[SortValue] | None, down: bool) -> str:
    """AND: the order `o` is behind a position of the list."""
    if after is None:
        return ""
    keys = ", ".join(f"o.{key}" for key in found.keys)
    return f" AND ({keys}) {'<' if down else '>'} ({_position(found, sql, after)})"


def _position(found: Way, sql: Sql, after: Sequence[SortValue]) -> str:
    return ", ".join(sql.said(value, _TYPES[kind]) for value, kind in zip(after, found.kinds, strict=True))


def looked_up(ids: str, seller_id: UUID, sql: Sql) -> str:
    """FROM: what a worklist asks, as `o`, of each of these ids `w`, one after the other and in their order (OFFSET 0
    keeps it so)."""
    mine = sql.said(seller_id, "uuid")
    return (
        f"({ids}) w CROSS JOIN LATERAL (SELECT {_LOOKED_UP} FROM sales_order o WHERE o.id = w.id "
        f"AND o.seller_id = {mine} OFFSET 0) o"
    )


def rest(wanted: WorklistFilter, viewer: Viewer, by: str, sql: Sql) -> str:
    """What every order `o` on the way of this name is asked, because it does not say it; `true` where it says all.
    Lines and tags are asked by the id `w` on the way, before the order is looked up.

    What asks another table is written so that it stays a question to each order: with OFFSET 0 where it is asked of
    each anew, with IS TRUE where all answers are found at once. A join would read them before the walk.
    """
    said = ["true"]
    for name, column, value, kind in (
        ("buyer", "buyer_id", wanted.buyer_id, "uuid"),
        ("ship_to", "ship_to_id", wanted.ship_to_id, "uuid"),
        ("method", "delivery_method", wanted.delivery_method, "text"),
    ):
        if value is not None and by != name:
            said.append(f"o.{column} = {sql.said(value, kind)}")
    if wanted.tag is not None and by != "tag":
        tag = sql.said(wanted.tag, "text")
        said.append(f"(EXISTS (SELECT FROM order_tag t WHERE t.order_id = w.id AND t.tag = {tag} OFFSET 0))")
    if wanted.sku_id is not None and by != "sku":
        mine, sku = sql.said(viewer.company_id, "uuid"), sql.said(wanted.sku_id, "uuid")
        said.append(f"""(EXISTS (SELECT FROM sales_order_line l WHERE l.seller_id = {mine} AND l.sku_id = {sku}
            AND l.order_id = w.id OFFSET 0))""")
    if viewer.scope != (None, None):
        company, n = sql.said(viewer.company_id, "uuid"), len(sql.params) + 1
        sql.params.extend(viewer.scope)
        said.append(f"""(o.relation_id IN (SELECT r.id FROM trade_relation r WHERE r.seller_id = {company}
            AND {in_scope("r", n)})) IS TRUE""")
    text = " AND ".join(said)
    for name, more in (("states", _statuses), ("number", _numbers), ("placed", _dates), ("amount", _amounts)):
        if by != name:
            text += more(wanted, sql)
    return text.removeprefix("true AND ")


def _statuses(wanted: WorklistFilter, sql: Sql) -> str:
    if wanted.states == frozenset(OrderStatus):
        return ""
    if len(wanted.states) == 1:
        (status,) = wanted.states
        return f" AND o.status = {sql.said(status.value, 'text')}"
    return f" AND o.status = ANY({sql.said(sorted(one.value for one in wanted.states), 'text[]')})"


def _numbers(wanted: WorklistFilter, sql: Sql) -> str:
    """By code points, from the prefix to the first text behind all that begin so."""
    if not wanted.number_prefix:
        return ""
    text = f' AND o.number COLLATE "C" >= {sql.said(wanted.number_prefix, "text")}'
    rising = wanted.number_prefix.rstrip(_LAST)
    if rising:
        end = rising[:-1] + chr(_BEHIND_SURROGATES if rising[-1] == _BEFORE_SURROGATES else ord(rising[-1]) + 1)
        text += f' AND o.number COLLATE "C" < {sql.said(end, "text")}'
    return text


def _dates(wanted: WorklistFilter, sql: Sql) -> str:
    text = ""
    if wanted.placed_from is not None:
        text += f" AND o.placed_at >= {sql.said(wanted.placed_from, 'timestamptz')}"
    if wanted.placed_before is not None:
        text += f" AND o.placed_at < {sql.said(wanted.placed_before, 'timestamptz')}"
    return text


def _amounts(wanted: WorklistFilter, sql: Sql) -> str:
    text = ""
    if wanted.currency is not None:
        text += f" AND o.currency = {sql.said(wanted.currency, 'text')}"
    if wanted.gross_from_minor is not None:
        text += f" AND o.gross_minor >= {sql.said(wanted.gross_from_minor, 'bigint')}"
    if wanted.gross_to_minor is not None:
        text += f" AND o.gross_minor <= {sql.said(wanted.gross_to_minor, 'bigint')}"
    return text
