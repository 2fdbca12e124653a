"""Mark notifications as read: chosen ones, or all up to one that was seen."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.communication.events import InboxChanged
from app.kernel.act import Work, act
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.wording import Said, whole_number
from app.network.events import NO_NETWORK
from app.network.viewer import Viewer

MOST_IDS: Final = 100

_OWN: Final = "SELECT id FROM notification WHERE member_id = $1 AND id = ANY($2::uuid[])"
_READ: Final = """
UPDATE notification SET read_at = $2
WHERE member_id = $1 AND read_at IS NULL AND ($3::uuid[] IS NULL OR id = ANY($3)) AND ($4::uuid IS NULL OR id <= $4)
RETURNING id
"""


@act
async def mark_read(work: Work, viewer: Viewer, *, ids: Sequence[UUID] | None = None, up_to: UUID | None = None) -> int:
    """Mark the viewer's own notifications; answers how many were unread before. Doing it again does nothing.

    NotFound for ids of others and of what is gone; BadRequest unless either `ids` (1 to 100) or `up_to` is given. What
    is waiting to leave the mall for them is dropped when its turn comes.
    """
    if (ids is None) == (up_to is None):
        raise BadRequest("upTo", None, Said("either ids or upTo", "ids 或 upTo 二者之一"))
    if ids is not None and not 1 <= len(ids) <= MOST_IDS:
        raise BadRequest("ids", len(ids), whole_number(1, MOST_IDS))
    if ids is not None:
        own = {row["id"] for row in await work.rows(_OWN, viewer.membership_id, list(ids))}
        for one in ids:
            if one not in own:
                raise NotFound("notification", one)
    read = await work.rows(_READ, viewer.membership_id, work.now, None if ids is None else list(ids), up_to)
    if read:
        work.tell(
            InboxChanged(
                network_id=NO_NETWORK,
                subject_id=max(row["id"] for row in read),
                version=0,
                what="read",
                audience=(viewer.membership_id,),
            )
        )
    return len(read)
