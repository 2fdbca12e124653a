"""Log out: this device, or everywhere."""

from app.kernel.act import Work, act
from app.network.viewer import Viewer

_LOG_OUT = """
UPDATE session SET revoked_at = $3
WHERE revoked_at IS NULL AND CASE WHEN $4 THEN person_id = $2 ELSE id = $1 END
RETURNING id
"""


@act
async def log_out(work: Work, viewer: Viewer, *, everywhere: bool) -> int:
    """How many sessions were ended. Their tokens count for nothing from the next request on."""
    return len(await work.rows(_LOG_OUT, viewer.session_id, viewer.person_id, work.now, everywhere))
