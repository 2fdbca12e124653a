"""Members, memberships and invitations: types and mutations."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.kernel.text import optional_text, text
from app.network import queries
from app.network.change_member import change_member, resume_member, suspend_member
from app.network.invite_member import invite_member
from app.network.lifecycle import MemberStatus
from app.network.roles import Permission, Role
from app.network.rules import Scope, checked_login, checked_roles
from app.network.tokens import invitation_code
from schema.access import access
from schema.context import Info
from schema.network.refusals import LastOwner
from schema.network.types import Company
from schema.refusals import KeyReused, MoveNotAllowed
from schema.scalars import uuid_of, uuids_of

Row = Mapping[str, Any]

strawberry.enum(Role, description="What a member does in a company.")
strawberry.enum(MemberStatus, description="A suspended member can do nothing for the company.")


@strawberry.type(description="A person who may act for a company.")
class Member:
    """One row of `membership` with its person."""

    id: strawberry.ID = strawberry.field(description="The membership's id.")
    person_id: strawberry.ID = strawberry.field(description="The person's id; the same in every company.")
    name: str = strawberry.field(description="The person's name.")
    login: str | None = strawberry.field(description="The person's login; null for WeChat only.")
    roles: list[Role] = strawberry.field(description="What the member does here.")
    scope_relation_ids: list[strawberry.ID] | None = strawberry.field(description="Only these relations; null: all.")
    scope_region_codes: list[str] | None = strawberry.field(description="Only these regions; null: all.")
    status: MemberStatus = strawberry.field(description="Whether the member may act.")
    version: int = strawberry.field(description="Rises with every change.")

    @classmethod
    def of(cls, row: Row) -> "Member":
        relations = row["scope_relation_ids"]
        return cls(
            id=strawberry.ID(str(row["id"])),
            person_id=strawberry.ID(str(row["person_id"])),
            name=row["name"],
            login=row["login"],
            roles=[Role(one) for one in row["roles"]],
            scope_relation_ids=None if relations is None else [strawberry.ID(str(one)) for one in relations],
            scope_region_codes=row["scope_region_codes"],
            status=MemberStatus(row["status"]),
            version=row["version"],
        )


@strawberry.type(description="A company that I may act for.")
class Membership:
    """One row of `membership` with its company."""

    id: strawberry.ID = strawberry.field(description="The membership's id.")
    company: Company = strawberry.field(description="The company.")
    roles: list[Role] = strawberry.field(description="What I do there.")

    @classmethod
    def of(cls, row: Row) -> "Membership":
        return cls(id=strawberry.ID(str(row["id"])), company=Company.of(row), roles=[Role(one) for one in row["roles"]])


@strawberry.type(description="Whoever holds its code may join the company.")
class Invitation:
    """One row of `invitation`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Whom it is meant for.")
    login: str | None = strawberry.field(description="Only the person with this login may accept it; null: anybody.")
    roles: list[Role] = strawberry.field(description="What the new member will do.")
    expires_at: datetime = strawberry.field(description="Until when it can be accepted.")
    invitation_code: str | None = strawberry.field(
        description="The code, told only to whoever has just written the invitation."
    )

    @classmethod
    def of(cls, row: Row, *, with_code: bool = False) -> "Invitation":
        return cls(
            id=strawberry.ID(str(row["id"])),
            name=row["name"],
            login=row["login"],
            roles=[Role(one) for one in row["roles"]],
            expires_at=row["expires_at"],
            invitation_code=invitation_code(row["id"]) if with_code else None,
        )


@strawberry.input(description="What a channel manager (渠道经理) is limited to; either of the two is enough.")
class ScopeInput:
    """See `app.network.rules.Scope`."""

    relation_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="These relations; null and no regions: every relation."
    )
    region_codes: list[str] | None = strawberry.field(
        default=None, description="Relations in these regions and all inside them."
    )

    def read(self) -> Scope:
        relation_ids = None if self.relation_ids is None else tuple(uuids_of(self.relation_ids, "relation"))
        region_codes = None if self.region_codes is None else tuple(self.region_codes)
        return Scope(relation_ids, region_codes)


@strawberry.input(description="Whom to invite.")
class InviteMemberInput:
    """Input of `inviteMember`."""

    client_key: str = strawberry.field(description="Same key and input: same invitation.")
    name: str = strawberry.field(description="The person's name.")
    login: str | None = strawberry.field(
        default=None, description="E-mail address or phone number; then only that person can accept."
    )
    roles: list[Role] = strawberry.field(description="What the member will do; at least one.")
    scope: ScopeInput | None = strawberry.field(default=None, description="For a channel manager.")


@strawberry.input(description="A member's new roles and scope, in place of the old ones.")
class ChangeMemberInput:
    """Input of `changeMember`."""

    client_key: str = strawberry.field(description="Same key and input: same answer.")
    member_id: strawberry.ID = strawberry.field(description="The membership.")
    roles: list[Role] = strawberry.field(description="What the member does from now on; at least one.")
    scope: ScopeInput | None = strawberry.field(default=None, description="For a channel manager; null: no limit.")


@strawberry.input(description="A member.")
class MemberActionInput:
    """Input of `suspendMember` and `resumeMember`."""

    client_key: str = strawberry.field(description="Same key and input: same answer.")
    member_id: strawberry.ID = strawberry.field(description="The membership.")


InviteMemberResult = Annotated[Invitation | KeyReused, strawberry.union("InviteMemberResult")]
ChangeMemberResult = Annotated[Member | LastOwner | KeyReused, strawberry.union("ChangeMemberResult")]
MemberActionResult = Annotated[Member | LastOwner | MoveNotAllowed | KeyReused, strawberry.union("MemberActionResult")]


async def member_of(info: Info, member_id: Any) -> Member:
    """A member of my company, as it is now."""
    found = await queries.members_by_ids(info.context.viewer, [member_id])
    return Member.of(found[member_id])


@strawberry.type
class MemberMutations:
    """Mutations on members."""

    @strawberry.mutation(description="Invite somebody into my company. The answer holds the code, once.")
    @access(Permission.MEMBER_MANAGE)
    async def invite_member(self, info: Info, input: InviteMemberInput) -> InviteMemberResult | None:
        login = optional_text("login", input.login, 200)
        invitation_id = await invite_member(
            info.context.viewer,
            client_key=input.client_key,
            name=text("name", input.name, 120),
            login=checked_login("login", login) if login else None,
            roles=checked_roles("roles", input.roles),
            scope=input.scope.read() if input.scope else Scope(),
        )
        row = await queries.invitation(info.context.viewer, invitation_id=invitation_id)
        return Invitation.of(row, with_code=True)

    @strawberry.mutation(description="Change a member's roles and scope; from their next request on.")
    @access(Permission.MEMBER_MANAGE)
    async def change_member(self, info: Info, input: ChangeMemberInput) -> ChangeMemberResult | None:
        member_id = await change_member(
            info.context.viewer,
            client_key=input.client_key,
            member_id=uuid_of(input.member_id, "member"),
            roles=checked_roles("roles", input.roles),
            scope=input.scope.read() if input.scope else Scope(),
        )
        return await member_of(info, member_id)

    @strawberry.mutation(description="Take all rights in my company from a member, at once.")
    @access(Permission.MEMBER_MANAGE)
    async def suspend_member(self, info: Info, input: MemberActionInput) -> MemberActionResult | None:
        member_id = await suspend_member(
            info.context.viewer,
            client_key=input.client_key,
            member_id=uuid_of(input.member_id, "member"),
        )
        return await member_of(info, member_id)

    @strawberry.mutation(description="Give a suspended member the same rights back.")
    @access(Permission.MEMBER_MANAGE)
    async def resume_member(self, info: Info, input: MemberActionInput) -> MemberActionResult | None:
        member_id = await resume_member(
            info.context.viewer,
            client_key=input.client_key,
            member_id=uuid_of(input.member_id, "member"),
        )
        return await member_of(info, member_id)
