"""What is kept of an export for a limited time: its file until it expires, its row for a month."""

from datetime import timedelta
from typing import Final

from app.kernel.act import Work, act

ROWS_KEPT: Final = timedelta(days=30)


@act
async def forget_exports(work: Work) -> None:
    """Drop the files of exports whose time is over, and say so; forget rows that nobody refers to any more."""
    await work.run(
        """UPDATE export_job SET status = 'expired', version = version + 1, lease_until = NULL
           WHERE expires_at <= $1 AND status IN ('waiting', 'running', 'done')""",
        work.now,
    )
    await work.run(
        "DELETE FROM export_chunk c USING export_job e WHERE e.id = c.export_id AND e.expires_at <= $1", work.now
    )
    await work.run("DELETE FROM export_job WHERE expires_at <= $1", work.now - ROWS_KEPT)
