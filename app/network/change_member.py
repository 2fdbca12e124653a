"""Change a member: roles and scope, suspend, resume. It counts from the member's next request on."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.kernel import glossary
from app.kernel.act import Work, act
from app.kernel.refusal import Forbidden, NotFound
from app.kernel.wording import Said
from app.network.events import NO_NETWORK, MembershipChanged
from app.network.invite_member import require_scope
from app.network.lifecycle import MEMBER, MemberStatus
from app.network.refusals import LastOwner
from app.network.roles import Permission, Role
from app.network.rules import Scope
from app.network.viewer import Viewer

# The company's row is the lock: two owners must not step down at once.
_LOCK = "SELECT 1 FROM company WHERE id = $1 FOR NO KEY UPDATE"
_MEMBER = """
SELECT m.id, m.roles, m.status, p.name,
       (SELECT count(*) FROM membership o
        WHERE o.company_id = m.company_id AND o.id <> m.id AND o.status = 'active' AND 'owner' = ANY(o.roles)) AS others
FROM membership m JOIN person p ON p.id = m.person_id
WHERE m.id = $1 AND m.company_id = $2
"""
_ROLES = """
UPDATE membership SET roles = $2, scope_relation_ids = $3, scope_region_codes = $4, version = version + 1
WHERE id = $1 RETURNING version
"""
_STATUS = "UPDATE membership SET status = $2, version = version + 1 WHERE id = $1 RETURNING version"


@act
async def change_member(
    work: Work, viewer: Viewer, *, client_key: str, member_id: UUID, roles: Sequence[Role], scope: Scope
) -> UUID:
    """Give a member these roles and this scope instead. Refuses with LastOwner; only owners make or unmake owners."""
    viewer.require(Permission.MEMBER_MANAGE)
    scope.check(roles)
    said = [member_id, list(roles), scope.relation_ids, scope.region_codes]
    earlier = await viewer.same_request(work, "changeMember", client_key, said, member_id)
    if earlier:
        return earlier
    member = await _locked(work, viewer, member_id)
    was_owner, is_owner = Role.OWNER in member["roles"], Role.OWNER in roles
    if was_owner != is_owner and Role.OWNER not in viewer.roles:
        raise Forbidden(Said("making or unmaking an owner", "设置或取消所有者"))
    if was_owner and not is_owner:
        _refuse_last_owner(member)
    await require_scope(work, viewer, scope)
    changed = await work.row(_ROLES, member_id, list(roles), scope.relation_ids, scope.region_codes)
    _tell(work, viewer, member_id, changed, "changed")
    return member_id


@act
async def suspend_member(work: Work, viewer: Viewer, *, client_key: str, member_id: UUID) -> UUID:
    """Take all rights in this company from a member at once; other companies of the person are not touched."""
    return await _move(work, viewer, client_key, member_id, "suspend")


@act
async def resume_member(work: Work, viewer: Viewer, *, client_key: str, member_id: UUID) -> UUID:
    """Give a suspended member the same rights back."""
    return await _move(work, viewer, client_key, member_id, "resume")


async def _move(work: Work, viewer: Viewer, client_key: str, member_id: UUID, move: str) -> UUID:
    viewer.require(Permission.MEMBER_MANAGE)
    earlier = await viewer.same_request(work, f"{move}Member", client_key, [member_id], member_id)
    if earlier:
        return earlier
    member = await _locked(work, viewer, member_id)
    status = MEMBER.after(MemberStatus(member["status"]), move)
    if Role.OWNER in member["roles"]:
        if Role.OWNER not in viewer.roles:
            raise Forbidden(Said(f"{glossary.move(move)} an owner", f"{glossary.move(move).zh}所有者"))
        if move == "suspend":
            _refuse_last_owner(member)
    changed = await work.row(_STATUS, member_id, status)
    _tell(work, viewer, member_id, changed, "suspended" if move == "suspend" else "resumed")
    return member_id


async def _locked(work: Work, viewer: Viewer, member_id: UUID) -> asyncpg.Record:
    await work.run(_LOCK, viewer.company_id)
    member = await work.row(_MEMBER, member_id, viewer.company_id)
    if member is None:
        raise NotFound("member", member_id)
    return member


def _refuse_last_owner(member: asyncpg.Record) -> None:
    if member["others"] == 0:
        raise LastOwner(member["name"])


def _tell(work: Work, viewer: Viewer, member_id: UUID, changed: asyncpg.Record | None, what: str) -> None:
    assert changed is not None
    work.tell(
        MembershipChanged(
            network_id=NO_NETWORK,
            subject_id=member_id,
            version=changed["version"],
            what=what,
            audience=(viewer.company_id,),
        )
    )
