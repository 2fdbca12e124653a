"""Reading for several viewers at once: one statement for all of them, and to each only what it may see.

Whoever hears of the same fact reads the same rows: members of its two parties, with other rights, in other companies.
A row depends on the reader's company and scope, and on nothing else of who asks. So the statement says to which company
each row goes, by a predicate of `app.network.sql` on the very column that it returns; viewers with different scopes
never share a statement.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from app import database
from app.network.viewer import Viewer

Wanted: TypeAlias = Sequence[tuple[Viewer, Sequence[UUID]]]
"""Viewers, and the ids of what each wants to read."""

WANTED: Final = "unnest($1::uuid[], $4::uuid[]) AS wanted (reader_id, id)"
"""In FROM: which company asks for which id. A statement for several viewers selects `wanted.reader_id`, and has
`readable(…, "wanted.reader_id", 2)`: `$2, $3` are the scope."""


async def rows_for(sql: str, wanted: Wanted, *more: Any) -> list[Sequence[asyncpg.Record]]:
    """For each of these viewers the rows that its company and scope may see, in the statement's order: one statement
    for all with the same scope. Those of one company and scope share what any of them wants. `more` is `$5` and on."""
    pairs: dict[Any, dict[tuple[UUID, UUID], None]] = {}
    for viewer, ids in wanted:
        pairs.setdefault(viewer.scope, {}).update(((viewer.company_id, one), None) for one in ids)
    read = [
        database.rows(sql, [company for company, _ in asked], *scope, [one for _, one in asked], *more)
        for scope, asked in pairs.items()
    ]
    if len(wanted) == 1:  # what a request asks for is for nobody else
        return [await read[0]]
    found = [await read[0]] if len(read) == 1 else await asyncio.gather(*read)
    rows: dict[tuple[UUID, Any], list[asyncpg.Record]] = {}
    for viewer, _ in wanted:
        rows[viewer.company_id, viewer.scope] = []
    for scope, told in zip(pairs, found, strict=True):
        for row in told:
            rows[row["reader_id"], scope].append(row)
    return [rows[viewer.company_id, viewer.scope] for viewer, _ in wanted]
