"""Root fields that read leads. What follows them live stands in `schema.events`."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.kernel.page import Page
from app.leads import counters, queries
from app.leads.lifecycle import PoolReason
from app.leads.rules import LeadFilter
from app.network.roles import Permission
from schema.access import access
from schema.context import Info
from schema.leads.arranging import LeadRule, LeadSettings
from schema.leads.counting import LeadCounters, LeadDealer, LeadStateCount
from schema.leads.types import Lead, LeadState
from schema.page import After, Connection, First, connection
from schema.scalars import uuid_of

OfNetwork = Annotated[strawberry.ID, strawberry.argument(description="My brand's network.")]
Since = Annotated[datetime | None, strawberry.argument(description="Only those since then; null: all.")]
States = Annotated[list[LeadState] | None, strawberry.argument(description="Only what is this to me; null: all.")]


@strawberry.input(description="What leads must be like; what is left out does not narrow.")
class LeadFilterInput:
    """See `app.leads.rules.LeadFilter`."""

    statuses: list[LeadState] | None = strawberry.field(default=None, description="In one of these states.")
    source: str | None = strawberry.field(default=None, description="From this source.")
    campaign: str | None = strawberry.field(default=None, description="Brought by this campaign.")
    region_code: str | None = strawberry.field(default=None, description="From this region or inside it.")
    dealer_id: strawberry.ID | None = strawberry.field(default=None, description="With this dealer now.")
    pool_reasons: list[PoolReason] | None = strawberry.field(default=None, description="Pooled for one of these.")
    received_from: datetime | None = strawberry.field(default=None, description="Received then or later.")
    received_before: datetime | None = strawberry.field(default=None, description="Received earlier.")
    phone: str | None = strawberry.field(default=None, description="Of the person with this number, however spelt.")

    def read(self, network_id: UUID) -> LeadFilter:
        return LeadFilter(
            statuses=None if self.statuses is None else tuple(str(one.value) for one in self.statuses),
            source=self.source,
            campaign=self.campaign,
            region_code=self.region_code,
            dealer_id=None if self.dealer_id is None else uuid_of(self.dealer_id, "dealer"),
            pool_reasons=None if self.pool_reasons is None else tuple(one.value for one in self.pool_reasons),
            received_from=self.received_from,
            received_before=self.received_before,
            phone_key=queries.phone_key_of(network_id, self.phone),
        )


Narrowed = Annotated[LeadFilterInput | None, strawberry.argument(description="Only leads like this.")]


@strawberry.type
class LeadQueries:
    """Reads of leads."""

    @strawberry.field(description="A lead of my brand, or one that my company was offered.")
    @access(Permission.LEAD_MANAGE, Permission.LEAD_FOLLOW)
    async def lead(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Lead | None:
        viewer = info.context.viewer
        return Lead.of(await queries.lead_by_id(viewer, uuid_of(id, "lead")), viewer, info.context.locale)

    @strawberry.field(description="For a brand: its leads, newest first.")
    @access(Permission.LEAD_MANAGE)
    async def leads(
        self,
        info: Info,
        network_id: OfNetwork,
        filter: Narrowed = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Lead] | None:
        viewer, locale, network = info.context.viewer, info.context.locale, uuid_of(network_id, "network")
        page = Page.of(first, after, kinds=[UUID], order="leads")
        wanted = LeadFilter() if filter is None else filter.read(network)
        rows = await queries.leads_of_network(viewer, network, wanted, page)
        return connection(
            rows, page.first, sort=lambda row: [row["id"]], node=lambda row: Lead.of(row, viewer, locale), order="leads"
        )

    @strawberry.field(description="For a dealer: the leads it was offered, the newest offer first.")
    @access(Permission.LEAD_FOLLOW)
    async def my_leads(
        self, info: Info, states: States = None, first: First = None, after: After = None
    ) -> Connection[Lead] | None:
        viewer, locale = info.context.viewer, info.context.locale
        page = Page.of(first, after, kinds=[UUID], order="my leads")
        wanted = None if states is None else [str(one.value) for one in states]
        rows = await queries.own_leads(viewer, wanted, page)
        return connection(
            rows,
            page.first,
            sort=lambda row: [row["assignment_id"]],
            node=lambda row: Lead.of(row, viewer, locale),
            order="my leads",
        )

    @strawberry.field(description="For a dealer: how many leads are what to it.")
    @access(Permission.LEAD_FOLLOW)
    async def my_lead_counters(self, info: Info) -> list[LeadStateCount] | None:
        found = await counters.own_by_standing(info.context.viewer)
        return [
            LeadStateCount(status=one, pool_reason=None, count=found[str(one.value)])
            for one in LeadState
            if str(one.value) in found
        ]

    @strawberry.field(description="For a brand: how many leads are where, and where they came from.")
    @access(Permission.LEAD_MANAGE)
    async def lead_counters(self, info: Info, network_id: OfNetwork, since: Since = None) -> LeadCounters | None:
        viewer, network = info.context.viewer, uuid_of(network_id, "network")
        statuses = await counters.by_status(viewer, network, since)
        return LeadCounters.of(list(statuses), list(await counters.by_source(viewer, network, since)))

    @strawberry.field(description="For a brand: how each dealer of its network deals with leads.")
    @access(Permission.LEAD_MANAGE)
    async def lead_dealers(
        self, info: Info, network_id: OfNetwork, since: Since = None, first: First = None, after: After = None
    ) -> Connection[LeadDealer] | None:
        page = Page.of(first, after, kinds=[UUID], order="lead dealers")
        rows = await counters.by_dealer(info.context.viewer, uuid_of(network_id, "network"), since, page)
        return connection(
            rows, page.first, sort=lambda row: [row["dealer_id"]], node=LeadDealer.of, order="lead dealers"
        )

    @strawberry.field(description="For a brand: the rules of its network, in the order in which they are tried.")
    @access(Permission.LEAD_MANAGE)
    async def lead_rules(self, info: Info, network_id: OfNetwork) -> list[LeadRule] | None:
        found = await counters.rules_of(info.context.viewer, uuid_of(network_id, "network"))
        return [LeadRule.of(row) for row in found]

    @strawberry.field(description="For a brand: working hours and deadlines of its network.")
    @access(Permission.LEAD_MANAGE)
    async def lead_settings(self, info: Info, network_id: OfNetwork) -> LeadSettings | None:
        row = await counters.lead_settings(info.context.viewer, uuid_of(network_id, "network"))
        return LeadSettings.of(row)
