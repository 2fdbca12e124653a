"""Making the file of an export, from its rows in one snapshot to its chunks in the database.

Everything is read in one REPEATABLE READ transaction, so that the rows, their number and their sums agree; how far it
is, is told meanwhile by transactions of their own. The file lies in a folder of this attempt until it is whole.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from app import database
from app.kernel.refusal import BadRequest, Forbidden, NotFound
from app.network.queries import read_member
from app.network.viewer import Viewer
from app.papers.lifecycle import ExportFailure
from app.papers.lists import LISTS
from app.papers.lists.entry import Reader, SeenAs
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
"""Progress is told no more often than this."""
HOLD_S: Final = 5.0
"""Where nothing moves for so long, as while a long file is closed, the export is held all the same."""
LONGEST_S: Final = 1800.0
"""Nobody holds an export for longer: whatever hangs is begun again, until it is given up."""
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


@dataclass(slots=True)
class _Progress:
    """How far the writing is."""

    done: int = 0
    total: int | None = None


async def _make(attempt: Attempt) -> None:
    viewer = await read_member(attempt.membership_id, attempt.locale)
    if viewer is None:
        raise _Fails(ExportFailure.NO_RIGHT)
    if viewer.membership_version != attempt.member_version:
        raise RightsChanged
    listed = LISTS[attempt.list_name]
    listed.require(viewer)
    with TemporaryDirectory(prefix="tributary-export-", ignore_cleanup_errors=True) as folder:
        path, progress = Path(folder) / "list.xlsx", _Progress()
        async with asyncio.timeout(LONGEST_S):
            await _held(attempt, _write(attempt, viewer, path, progress), progress)
        size = path.stat().st_size
        if size > settings().export_most_mb * MEGABYTE:
            raise _Fails(ExportFailure.TOO_LARGE)
        digest = await asyncio.to_thread(_digest, path)
        seen_as = SeenAs.of(viewer, listed)
        await finish_export(
            attempt, seen_as=seen_as, rows=progress.done, size=size, digest=digest, chunks=_pieces(path)
        )


async def _held(attempt: Attempt, writing: Coroutine[Any, Any, None], progress: _Progress) -> None:
    """Write, and meanwhile say how far it is and hold the export. Raises what the writing raises; NotOurs and
    RightsChanged when it is to stop."""
    task, told, told_at = asyncio.create_task(writing), _Progress(), time.monotonic()
    try:
        while not (await asyncio.wait({task}, timeout=STEP_S))[0]:
            if progress != told or time.monotonic() - told_at >= HOLD_S:
                told, told_at = replace(progress), time.monotonic()
                await advance_export(attempt, done=told.done, total=told.total)
        await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


async def _write(attempt: Attempt, viewer: Viewer, path: Path, progress: _Progress) -> None:
    listed, most = LISTS[attempt.list_name], settings().export_most_rows
    wanted = listed.filters(attempt.filters)
    async with database.snapshot():
        total = await listed.count(viewer, wanted, most + 1)
        if total > most:
            raise _Fails(ExportFailure.TOO_MANY_ROWS)
        progress.total = total
        with Sheet(path, listed, listed.columns_for(viewer), Reader(attempt.locale)) as sheet:
            async with aclosing(listed.pages(viewer, wanted)) as pages:
                async for rows in pages:
                    await asyncio.to_thread(sheet.add, rows)
                    progress.done = sheet.rows
            await asyncio.to_thread(sheet.close)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece
