"""The file of an export, for the member that asked for it and may still see the list."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from app import database
from app.kernel.refusal import NotFound
from app.kernel.wording import Said
from app.network.viewer import Viewer
from app.papers.lists import LISTS
from app.papers.lists.entry import SeenAs

_FILE: Final = """
SELECT list_name, size_bytes, seen_as, finished_at, expires_at FROM export_job
WHERE id = $1 AND membership_id = $2 AND status IN ('done', 'expired') AND size_bytes IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """Who asks looks at `expires_at` first; the chunks are read one at a time."""

    title: Said
    size: int
    finished_at: datetime
    expires_at: datetime
    chunks: AsyncIterator[bytes]


async def read_export_file(viewer: Viewer, export_id: UUID) -> ExportFile:
    """NotFound for absent and foreign ones and where there is no file; Forbidden without the rights of its list, or
    without one that a column of it was written with, or in another scope."""
    found = await database.row(_FILE, export_id, viewer.membership_id)
    if found is None:
        raise NotFound("export", export_id)
    wanted = LISTS[found["list_name"]]
    wanted.require(viewer)
    SeenAs.read(orjson.loads(found["seen_as"])).require(viewer)
    return ExportFile(wanted.title, found["size_bytes"], found["finished_at"], found["expires_at"], _chunks(export_id))


async def _chunks(export_id: UUID) -> AsyncIterator[bytes]:
    """In order; a file that is dropped meanwhile ends early, and the client finds it shorter than was said."""
    seq = 0
    while row := await database.row("SELECT data FROM export_chunk WHERE export_id = $1 AND seq = $2", export_id, seq):
        yield row["data"]
        seq += 1
