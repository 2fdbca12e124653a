"""Approve a ship-to address: the seller of a relation accepts to deliver there, or takes it back."""

from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import NotFound
from app.network.change_relation import own_relation, tell
from app.network.roles import Permission
from app.network.viewer import Viewer

_OF_BUYER = "SELECT 1 FROM ship_to WHERE id = $1 AND company_id = $2"
_APPROVE = """
INSERT INTO ship_to_approval (id, relation_id, ship_to_id, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (relation_id, ship_to_id) DO NOTHING
"""
_WITHDRAW = "DELETE FROM ship_to_approval WHERE relation_id = $1 AND ship_to_id = $2"


@act
async def approve_ship_to(
    work: Work, viewer: Viewer, *, client_key: str, relation_id: UUID, ship_to_id: UUID, approved: bool
) -> UUID:
    """The id of the address. It matters where the relation's terms say that only approved addresses may be used."""
    viewer.require(Permission.RELATION_MANAGE)
    said = [relation_id, ship_to_id, approved]
    earlier = await viewer.same_request(work, "approveShipTo", client_key, said, ship_to_id)
    if earlier:
        return earlier
    relation = await own_relation(work, viewer, relation_id, lock=True)
    if await work.row(_OF_BUYER, ship_to_id, relation["buyer_id"]) is None:
        raise NotFound("ship-to address", ship_to_id)
    if approved:
        await work.run(_APPROVE, uuid7(), relation_id, ship_to_id, work.now)
    else:
        await work.run(_WITHDRAW, relation_id, ship_to_id)
    tell(work, relation, None, "ship_to_approved" if approved else "ship_to_withdrawn")
    return ship_to_id
