"""Who I am, whom I buy from, and what my company is as a seller: the network's queries."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.kernel.page import Page
from app.network import places, queries
from app.network.roles import Role
from app.network.viewer import Viewer as NetworkViewer
from schema.access import MEMBER, access
from schema.context import Info
from schema.inbox import ViewerInbox
from schema.network.members import Invitation, Member, Membership
from schema.network.relations import relation_of
from schema.network.types import (
    Company,
    Network,
    NetworkArgument,
    Region,
    ShipTo,
    Territory,
    TradeRelation,
)
from schema.page import After, Connection, First, connection
from schema.scalars import uuid_of


def by_id(first: int | None, after: str | None, order: str) -> Page:
    """A page of a list that is sorted by id."""
    return Page.of(first, after, kinds=[UUID], order=order)


@strawberry.type(description="Who I am, for which company I act, and what I may do there.")
class Viewer(ViewerInbox):
    """The member of this session."""

    roles: list[Role] = strawberry.field(description="What I do in this company.")
    permissions: list[str] = strawberry.field(description="What my roles allow, such as order.place.")
    locale: str = strawberry.field(description="The language of messages to me.")

    @classmethod
    def of(cls, viewer: NetworkViewer) -> "Viewer":
        return cls(
            viewer=viewer,
            roles=sorted(viewer.roles),
            permissions=sorted(viewer.permissions),
            locale=viewer.locale,
        )

    @strawberry.field(description="My membership in this company.")
    async def member(self, info: Info) -> Member:
        found = await info.context.loader(queries.members_by_ids).load(self.viewer.membership_id)
        assert found is not None
        return Member.of(found)

    @strawberry.field(description="The company I act for.")
    async def company(self, info: Info) -> Company:
        found = await info.context.loader(queries.companies_by_ids).load(self.viewer.company_id)
        assert found is not None
        return Company.of(found)

    @strawberry.field(description="The companies that I may switch to; at most a hundred.")
    async def memberships(self) -> list[Membership]:
        return [Membership.of(row) for row in await queries.memberships(self.viewer)]

    @strawberry.field(description="Relations in which my company buys, oldest first.")
    async def suppliers(self, info: Info, first: First = None, after: After = None) -> Connection[TradeRelation]:
        page = by_id(first, after, "suppliers")
        return connection(
            await queries.suppliers(self.viewer, page),
            page.first,
            sort=lambda row: [row["id"]],
            node=lambda row: TradeRelation.of(row, self.viewer, info.context.locale),
            order="suppliers",
        )

    @strawberry.field(description="Members of my company, oldest first; for those who manage members.")
    async def members(self, first: First = None, after: After = None) -> Connection[Member]:
        page = by_id(first, after, "members")
        rows = await queries.members(self.viewer, page)
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=Member.of, order="members")

    @strawberry.field(description="Invitations into my company that are open; for those who manage members.")
    async def invitations(self, first: First = None, after: After = None) -> Connection[Invitation]:
        page = by_id(first, after, "invitations")
        rows = await queries.invitations(self.viewer, page)
        return connection(rows, page.first, sort=lambda row: [row["id"]], node=Invitation.of, order="invitations")

    @strawberry.field(description="Where my company receives goods, oldest first.")
    async def ship_tos(self, info: Info, first: First = None, after: After = None) -> Connection[ShipTo]:
        page = by_id(first, after, "ship-tos")
        return connection(
            await places.ship_tos(self.viewer, page),
            page.first,
            sort=lambda row: [row["id"]],
            node=lambda row: ShipTo.of(row, info.context.locale),
            order="ship-tos",
        )

    @strawberry.field(description="Where my company may sell, and for a brand where everybody may; oldest first.")
    async def territories(
        self, info: Info, network_id: NetworkArgument = None, first: First = None, after: After = None
    ) -> Connection[Territory]:
        page = by_id(first, after, "territories")
        in_network = uuid_of(network_id, "network") if network_id else None
        return connection(
            await places.territories(self.viewer, in_network, page),
            page.first,
            sort=lambda row: [row["id"]],
            node=lambda row: Territory.of(row, info.context.locale),
            order="territories",
        )


@strawberry.type
class NetworkQueries:
    """Root fields of the network."""

    @strawberry.field(description="Who I am, for which company I act, and what I may do.")
    @access(MEMBER)
    def viewer(self, info: Info) -> Viewer | None:
        return Viewer.of(info.context.viewer)

    @strawberry.field(description="A trade relation, as its buyer or its seller.")
    @access(MEMBER)
    async def relation(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> TradeRelation | None:
        return await relation_of(info, uuid_of(id, "relation"))

    @strawberry.field(description="Regions directly inside a region, or the outermost ones, by code.")
    @access(MEMBER)
    async def regions(
        self,
        info: Info,
        parent_code: Annotated[str | None, strawberry.argument(description="Null: the outermost ones.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Region] | None:
        page = Page.of(first, after, kinds=[str], order="regions")
        return connection(
            await places.regions(info.context.viewer, parent_code, page),
            page.first,
            sort=lambda row: [row["code"]],
            node=lambda row: Region.of(row, info.context.locale),
            order="regions",
        )


@strawberry.type
class BackofficeNetwork:
    """The network's fields of `Backoffice`."""

    @strawberry.field(description="The networks of which my company is the brand; at most a hundred.")
    async def networks(self, info: Info) -> list[Network]:
        return [Network.of(row) for row in await queries.networks(info.context.viewer)]
