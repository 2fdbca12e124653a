"""The objects that events are about, read again for whoever hears of them.

Pages of events of many companies are read together: one statement for each kind of fact, in which every row goes to the
companies that may see it (`app.network.readers`). Of orders the lines are read beside them where a selection shows
them, so that the whole answer is there at once.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from app.kernel.event_log import Event as Fact
from app.network.viewer import Viewer
from app.ordering.queries import lines_for
from schema.context import Context
from schema.event_types import EVERY, Rows, Topic, kind_of
from schema.ordering.types import Order
from schema.scalars import Cursor

ORDER: Final = kind_of(Topic.ORDERS)

Columns: TypeAlias = frozenset[str] | None
"""What is read of the lines of orders beside what is always read of a line; None: no lines at all."""


class Page(NamedTuple):
    """Events for one viewer, in order."""

    events: Sequence[Fact]
    viewer: Viewer
    lines: Columns = None

    def ids(self, kind: str) -> tuple[UUID, ...]:
        """What its events of this kind are about."""
        return tuple({event.subject_id: None for event in self.events if event.kind == kind})


class Found(NamedTuple):
    """What the viewer of a page may see: rows by kind of fact and id, and lines by order. `columns` is what was read of
    lines, None where none were."""

    rows: Mapping[str, Rows]
    lines: Rows
    columns: Columns

    def has(self, lines: Columns) -> bool:
        """Whether lines were read, and all that is shown of them."""
        return self.columns is not None and (lines is None or lines <= self.columns)


async def read(pages: Sequence[Page]) -> list[Found]:
    """Read for all these pages: one statement for each kind of fact in them, and one for lines."""
    kinds = list(dict.fromkeys(event.kind for page in pages for event in page.events))
    columns = frozenset[str]().union(*(page.lines for page in pages if page.lines is not None))
    *rows, lines = await asyncio.gather(*(_rows(kind, pages) for kind in kinds), _lines(pages, columns))
    return [
        Found(
            {kind: of_kind[place] for kind, of_kind in zip(kinds, rows, strict=True) if place in of_kind},
            lines.get(place, {}),
            columns if place in lines else None,
        )
        for place in range(len(pages))
    ]


async def _rows(kind: str, pages: Sequence[Page]) -> dict[int, Rows]:
    """What facts of one kind are about, by the place of the page."""
    wanted = {place: ids for place, page in enumerate(pages) if (ids := page.ids(kind))}
    found = await EVERY[kind].read([(pages[place].viewer, ids) for place, ids in wanted.items()])
    return dict(zip(wanted, found, strict=True))


async def _lines(pages: Sequence[Page], columns: frozenset[str]) -> dict[int, Rows]:
    """The lines of orders, for the pages that show them."""
    wanted = {place: ids for place, page in enumerate(pages) if page.lines is not None and (ids := page.ids(ORDER))}
    if not wanted:
        return {}
    found = await lines_for([(pages[place].viewer, ids) for place, ids in wanted.items()], columns)
    return dict(zip(wanted, found, strict=True))


def changes(
    events: Sequence[Fact], found: Found, context: Context, *, with_lines: bool = False
) -> list[tuple[Fact, Any]]:
    """These facts, each with what is told of it: the object as it is now, for this viewer. Without those that it may
    not see (any more). Orders have their lines with them, or read them when they are asked for."""
    return [
        (event, _change(event, row, context, found.lines.get(event.subject_id) if with_lines else None))
        for event in events
        if (row := found.rows[event.kind].get(event.subject_id)) is not None
    ]


def _change(event: Fact, row: Any, context: Context, lines: Any) -> Any:
    kind = EVERY[event.kind]
    shown = kind.show(row, context) if lines is None or event.kind != ORDER else Order.of(row, context, lines)
    return kind.change(
        cursor=Cursor(event.delivery_no), at=event.at, what=event.what, version=event.version, **{kind.field: shown}
    )


async def told(events: Sequence[Fact], context: Context) -> list[Any]:
    """What is told of these facts to somebody who asks for them: one statement for each kind of fact."""
    [found] = await read([Page(events, context.viewer)])
    return [change for _, change in changes(events, found, context)]
