"""Reads of exports: a member sees its own, nobody else's."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app import database
from app.kernel.clock import now
from app.kernel.page import Page
from app.kernel.refusal import NotFound
from app.network.viewer import Viewer

# What has expired counts as expired, whether or not the clock has come by; $2 is now.
_COLUMNS: Final = """
SELECT e.id, e.company_id, e.membership_id, e.list_name, e.locale, e.failure, e.version, e.rows_done, e.rows_total,
    e.size_bytes, e.created_at, e.finished_at, e.expires_at,
    CASE WHEN e.expires_at <= $2 AND e.status IN ('waiting', 'running', 'done') THEN 'expired'
        ELSE e.status END AS status,
    (SELECT p.last_no FROM publisher p) AS cursor
FROM export_job e
"""


async def anything_waiting() -> bool:
    """Somebody should begin an export. Asked first, so that an idle mall writes nothing."""
    found = await database.row(
        """SELECT EXISTS (SELECT FROM export_job WHERE expires_at > $1
            AND (status = 'waiting' OR (status = 'running' AND lease_until <= $1))) AS waiting""",
        now(),
    )
    assert found is not None
    return bool(found["waiting"])


async def exports(viewer: Viewer, page: Page) -> Sequence[asyncpg.Record]:
    """The member's exports, newest first (cursor: id)."""
    return await database.rows(
        f"{_COLUMNS} WHERE e.membership_id = $1 AND ($3::uuid IS NULL OR e.id < $3) ORDER BY e.id DESC LIMIT $4",
        viewer.membership_id,
        now(),
        page.after[0] if page.after else None,
        page.limit,
    )


async def exports_by_ids(viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, asyncpg.Record]:
    """Those of these exports that are the member's own."""
    found = await database.rows(
        f"{_COLUMNS} WHERE e.membership_id = $1 AND e.id = ANY($3::uuid[])", viewer.membership_id, now(), list(ids)
    )
    return {row["id"]: row for row in found}


async def export_by_id(viewer: Viewer, export_id: UUID) -> asyncpg.Record:
    """One of the member's own; NotFound for absent and foreign ones alike."""
    found = (await exports_by_ids(viewer, [export_id])).get(export_id)
    if found is None:
        raise NotFound("export", export_id)
    return found
