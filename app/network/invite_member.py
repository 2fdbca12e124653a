"""Invite a member: whoever holds the code may join the company in these roles."""

from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import Forbidden, NotFound
from app.kernel.wording import Said
from app.network.register import add_invitation, require_regions
from app.network.roles import Permission, Role
from app.network.rules import Scope
from app.network.viewer import Viewer

_OWN = "SELECT id FROM trade_relation WHERE id = ANY($1) AND seller_id = $2"


@act
async def invite_member(
    work: Work,
    viewer: Viewer,
    *,
    client_key: str,
    name: str,
    login: str | None,
    roles: tuple[Role, ...],
    scope: Scope,
) -> UUID:
    """The id of the invitation; `tokens.invitation_code` gives its code, to this answer only. Valid for two weeks.

    With a `login`, only the person with that login can accept. Only an owner makes owners.
    """
    viewer.require(Permission.MEMBER_MANAGE)
    if Role.OWNER in roles and Role.OWNER not in viewer.roles:
        raise Forbidden(Said("making an owner", "设置所有者"))
    scope.check(roles)
    invitation_id = uuid7()
    said = [name, login, roles, scope.relation_ids, scope.region_codes]
    earlier = await viewer.same_request(work, "inviteMember", client_key, said, invitation_id)
    if earlier:
        return earlier
    await require_scope(work, viewer, scope)
    await add_invitation(
        work,
        invitation_id=invitation_id,
        company_id=viewer.company_id,
        name=name,
        login=login,
        roles=roles,
        scope=scope,
        invited_by=viewer.membership_id,
    )
    return invitation_id


async def require_scope(work: Work, viewer: Viewer, scope: Scope) -> None:
    """BadRequest or NotFound unless the regions are known and the relations are the company's own as a seller."""
    await require_regions(work, scope.region_codes or (), "scope.regionCodes")
    asked = set(scope.relation_ids or ())
    if asked:
        found = await work.rows(_OWN, list(asked), viewer.company_id)
        unknown = asked - {row["id"] for row in found}
        if unknown:
            raise NotFound("relation", min(unknown))
