"""Relay connections over keyset pages: `Connection[Order]` is `OrderConnection` on the wire."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import strawberry

from app.kernel.page import DEFAULT_FIRST, MOST_FIRST, SortValue, cut, encode_cursor

T = TypeVar("T")
Row = TypeVar("Row")

First = Annotated[
    int | None, strawberry.argument(description=f"How many items, 1 to {MOST_FIRST}; {DEFAULT_FIRST} if left out.")
]
After = Annotated[
    str | None, strawberry.argument(description="The `endCursor` of the page before; null: from the start.")
]


@strawberry.type(description="Where a page ends, and whether more follows.")
class PageInfo:
    """Forward paging only."""

    has_next_page: bool = strawberry.field(description="More items follow.")
    end_cursor: str | None = strawberry.field(description="Pass it as `after` to read on; null on an empty page.")


@strawberry.type(description="One item of a page.")
class Edge(Generic[T]):
    """An item and its position."""

    cursor: str = strawberry.field(description="The item's position, for `after`.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list, in a stable order.")
class Connection(Generic[T]):
    """A bounded number of items after a position."""

    edges: list[Edge[T]] = strawberry.field(description="The items of this page.")
    page_info: PageInfo = strawberry.field(description="Whether and where it goes on.")


def connection(
    rows: Sequence[Row],
    first: int,
    *,
    sort: Callable[[Row], Sequence[SortValue]],
    node: Callable[[Row], T],
    order: str = "",
    placed: bool = True,
) -> Connection[T]:
    """A page out of the rows of a read with LIMIT first + 1.

    `sort` gives the sort values of a row, `order` is what was given to `Page.of`. Not `placed`: nobody asks where the
    items stand, and only the page's end has a cursor.
    """
    kept, more = cut(rows, first)
    edges = [Edge(cursor=encode_cursor(sort(row), order) if placed else "", node=node(row)) for row in kept]
    end = encode_cursor(sort(kept[-1]), order) if kept else None
    return Connection(edges=edges, page_info=PageInfo(has_next_page=more, end_cursor=end))
