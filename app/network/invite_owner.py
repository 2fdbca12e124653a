"""Invite the first owner of a buyer once more: the code was lost, ran out, or went to the wrong person."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import NotFound
from app.network.change_relation import own_relation
from app.network.refusals import BuyerHasMembers
from app.network.register import add_invitation
from app.network.roles import Permission, Role
from app.network.rules import Scope
from app.network.viewer import Viewer

# Who registered a company invited its first owner; another seller of the same company could take it over otherwise.
_OURS: Final = """
SELECT c.name, EXISTS (SELECT FROM membership m WHERE m.company_id = c.id) AS has_members
FROM company c WHERE c.id = $1 AND EXISTS (
    SELECT FROM invitation i JOIN membership w ON w.id = i.invited_by AND w.company_id = $2 WHERE i.company_id = c.id)
FOR NO KEY UPDATE OF c
"""
_WITHDRAW: Final = """
UPDATE invitation SET expires_at = $2 WHERE company_id = $1 AND accepted_at IS NULL AND expires_at > $2
"""
_A_MOMENT: Final = timedelta(microseconds=1)


@act
async def invite_owner(
    work: Work, viewer: Viewer, *, client_key: str, relation_id: UUID, name: str, login: str | None
) -> UUID:
    """The id of the new invitation; `tokens.invitation_code` gives its code. Earlier ones count no longer.

    Only for a buyer whom the viewer's own company registered, inside the viewer's scope: NotFound for any other.
    Refuses with BuyerHasMembers.
    """
    viewer.require(Permission.RELATION_MANAGE)
    invitation_id = uuid7()
    earlier = await viewer.same_request(work, "inviteOwner", client_key, [relation_id, name, login], invitation_id)
    if earlier:
        return earlier
    relation = await own_relation(work, viewer, relation_id, lock=True)
    buyer = await work.row(_OURS, relation["buyer_id"], viewer.company_id)
    if buyer is None:
        raise NotFound("relation", relation_id)
    if buyer["has_members"]:
        raise BuyerHasMembers(buyer["name"])
    await work.run(_WITHDRAW, relation["buyer_id"], work.now - _A_MOMENT)
    await add_invitation(
        work,
        invitation_id=invitation_id,
        company_id=relation["buyer_id"],
        name=name,
        login=login,
        roles=[Role.OWNER],
        scope=Scope(),
        invited_by=viewer.membership_id,
    )
    return invitation_id
