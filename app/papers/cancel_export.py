"""Cancel an export that is under way. The worker that writes it notices at its next step, and leaves nothing."""

from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.refusal import MoveNotAllowed, NotFound
from app.network.viewer import Viewer
from app.papers.events import tell_export
from app.papers.lifecycle import EXPORT, ExportStatus


@act
async def cancel_export(work: Work, viewer: Viewer, *, export_id: UUID, client_key: str) -> UUID:
    """waiting, running → cancelled. NotFound for somebody else's; MoveNotAllowed when it has come to an end."""
    earlier = await viewer.same_request(work, "cancelExport", client_key, {"export": export_id}, export_id)
    if earlier:
        return earlier
    found = await work.row(
        "SELECT status, version, expires_at FROM export_job WHERE id = $1 AND membership_id = $2 FOR UPDATE",
        export_id,
        viewer.membership_id,
    )
    if found is None:
        raise NotFound("export", export_id)
    status = ExportStatus(found["status"])
    if found["expires_at"] <= work.now and not EXPORT.is_final(status):
        status = ExportStatus.EXPIRED
    if not EXPORT.allows(status, "cancel"):
        raise MoveNotAllowed("export", status, "cancel", [])
    await work.run(
        "UPDATE export_job SET status = $2, version = version + 1, lease_until = NULL, finished_at = $3 WHERE id = $1",
        export_id,
        EXPORT.after(status, "cancel").value,
        work.now,
    )
    tell_export(
        work, membership_id=viewer.membership_id, export_id=export_id, version=found["version"] + 1, what="cancelled"
    )
    return export_id
