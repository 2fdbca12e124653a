"""Making the file of an export, from its rows in one snapshot to its chunks in the database.

Everything is read in one REPEATABLE READ transaction, so that the rows, their number and their sums agree; how far it
is, is told meanwhile by transactions of their own. The file lies in a folder of this attempt until it is whole.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app import database
from app.kernel.refusal import BadRequest, Forbidden, NotFound
from app.network.queries import read_member
from app.network.viewer import Viewer
from app.papers.lifecycle import ExportFailure
from app.papers.lists import LISTS
from app.papers.lists.entry import Reader
from app.papers.sheet import Sheet
from app.papers.write_export import (
    CHUNK,
    Attempt,
    NotOurs,
    RightsChanged,
    advance_export,
    fail_export,
    finish_export,
    put_back_export,
)
from app.settings import settings

STEP_S: Final = 0.4
"""Progress is told no more often than this; between two steps nobody holds the export for longer than its lease."""
MEGABYTE: Final = 1_000_000

logger = logging.getLogger("tributary.exports")


class _Fails(Exception):
    def __init__(self, why: ExportFailure) -> None:
        super().__init__(why.value)
        self.why = why


async def make_export(attempt: Attempt) -> None:
    """Write the list and store it, or say why there is none. Who is cancelled puts it back for somebody else; so does
    who finds that the member's rights have changed, for the next attempt to begin with those."""
    try:
        await _make(attempt)
    except NotOurs:
        logger.info("export %s is not ours any more", attempt.export_id)
    except (_Fails, Forbidden, NotFound, BadRequest) as error:
        await fail_export(attempt, error.why if isinstance(error, _Fails) else ExportFailure.NO_RIGHT)
    except RightsChanged:
        await put_back_export(attempt)
    except asyncio.CancelledError:
        await put_back_export(attempt)
        raise
    except Exception as error:
        if database.is_away(error):
            raise  # the lease lapses
        logger.exception("export %s, attempt %s", attempt.export_id, attempt.number)
        await put_back_export(attempt)


async def _make(attempt: Attempt) -> None:
    viewer = await read_member(attempt.membership_id, attempt.locale)
    if viewer is None:
        raise _Fails(ExportFailure.NO_RIGHT)
    if viewer.membership_version != attempt.member_version:
        raise RightsChanged
    LISTS[attempt.list_name].require(viewer)
    with TemporaryDirectory(prefix="tributary-export-") as folder:
        path = Path(folder) / "list.xlsx"
        rows = await _write(attempt, viewer, path)
        size = path.stat().st_size
        if size > settings().export_most_mb * MEGABYTE:
            raise _Fails(ExportFailure.TOO_LARGE)
        digest = await asyncio.to_thread(_digest, path)
        await finish_export(attempt, rows=rows, size=size, digest=digest, chunks=_pieces(path))


async def _write(attempt: Attempt, viewer: Viewer, path: Path) -> int:
    listed, most = LISTS[attempt.list_name], settings().export_most_rows
    wanted = listed.filters(attempt.filters)
    async with database.snapshot():
        total = await listed.count(viewer, wanted, most + 1)
        if total > most:
            raise _Fails(ExportFailure.TOO_MANY_ROWS)
        await advance_export(attempt, done=0, total=total)
        told_at = time.monotonic()
        with Sheet(path, listed, listed.columns_for(viewer), Reader(attempt.locale)) as sheet:
            async with aclosing(listed.pages(viewer, wanted)) as pages:
                async for rows in pages:
                    await asyncio.to_thread(sheet.add, rows)
                    if time.monotonic() - told_at >= STEP_S:
                        await advance_export(attempt, done=sheet.rows, total=total)
                        told_at = time.monotonic()
            await advance_export(attempt, done=sheet.rows, total=total)
            await asyncio.to_thread(sheet.close)
            return sheet.rows


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece
