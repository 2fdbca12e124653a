"""A step: what a channel manager of a part of the channel writes stays in that part."""

from uuid import UUID

from app.kernel.act import Work
from app.kernel.refusal import Forbidden
from app.kernel.wording import Said
from app.network.sql import in_scope
from app.network.viewer import Viewer

_WITHIN = f"SELECT FROM trade_relation r WHERE r.id = $1 AND {in_scope('r', 2)}"


async def keep_in_scope(work: Work, viewer: Viewer, relation_id: UUID) -> None:
    """Forbidden when the relation, as it has just been written, is outside of the viewer's scope."""
    if viewer.scope != (None, None) and await work.row(_WITHIN, relation_id, *viewer.scope) is None:
        raise Forbidden(Said("a relation outside of your regions", "您负责区域以外的交易关系"))
