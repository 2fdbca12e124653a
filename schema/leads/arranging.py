"""How a brand arranges its leads: rules, working hours and deadlines, and how many a dealer may have."""

import datetime as dt
from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import strawberry

from app.kernel.refusal import BadRequest
from app.kernel.wording import Said
from app.leads import counters
from app.leads.arrange import save_lead_rules, save_lead_settings, set_lead_capacity
from app.leads.rules import LeadSettings as Settings
from app.leads.rules import RuleSaid
from app.leads.working_time import WorkingTime
from app.network.roles import Permission
from schema.access import access
from schema.context import Info
from schema.leads.counting import LeadDealer
from schema.order_actions import client_key, expected_version
from schema.refusals import ChangedMeanwhile, KeyReused
from schema.scalars import uuid_of, uuids_of

Row = Mapping[str, Any]
MOST_LISTED = 400


@strawberry.enum(description="What a rule does with leads.")
class LeadStrategy(Enum):
    """`lead_rule.strategy`."""

    ROUND_ROBIN = strawberry.enum_value("round_robin", description="The dealers whose territory covers it, in turn.")
    POOL = strawberry.enum_value("pool", description="Nobody: somebody of the brand decides.")


@strawberry.type(
    description="To whom leads go that are like this. Where no rule fits, whoever's territory covers them."
)
class LeadRule:
    """One row of `lead_rule`."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="What we call it.")
    precedence: int = strawberry.field(
        description="Lower ones first; among equals the narrowest region, then category."
    )
    region_code: str | None = strawberry.field(description="Leads from this region and all inside it; null: any.")
    category: str | None = strawberry.field(description="Leads for this category and all below it; null: any.")
    product_line: str | None = strawberry.field(description="Leads for this, in these words; null: any.")
    source: str | None = strawberry.field(description="Leads from this source; null: any.")
    strategy: LeadStrategy = strawberry.field(description="What is done with them.")
    company_ids: list[strawberry.ID] | None = strawberry.field(description="Only these dealers; null: all.")

    @classmethod
    def of(cls, row: Row) -> "LeadRule":
        companies = row["company_ids"]
        return cls(
            id=strawberry.ID(str(row["id"])),
            name=row["name"],
            precedence=row["precedence"],
            region_code=row["region_code"],
            category=row["category"],
            product_line=row["product_line"],
            source=row["source"],
            strategy=LeadStrategy(row["strategy"]),
            company_ids=None if companies is None else [strawberry.ID(str(one)) for one in companies],
        )


@strawberry.type(description="When a network works, and how long a dealer may think about a lead.")
class LeadSettings:
    """See `app.leads.rules.LeadSettings`."""

    network_id: strawberry.ID = strawberry.field(description="The network.")
    version: int = strawberry.field(description="Rises with every change; 0: never set, the usual ones hold.")
    time_zone: str = strawberry.field(description="Where its days begin.")
    weekdays: list[int] = strawberry.field(description="On which it works: 1 (Monday) to 7.")
    opens_minute: int = strawberry.field(description="From this minute of the day on.")
    closes_minute: int = strawberry.field(description="Until this minute of the day; 1440 is its end.")
    holidays: list[dt.date] = strawberry.field(description="Days on which it does not work, whatever their weekday.")
    extra_days: list[dt.date] = strawberry.field(
        description="Days on which it works, whatever their weekday (调休补班)."
    )
    accept_seconds: int = strawberry.field(description="Business seconds to accept a lead: 7200 is two hours.")
    most_lapses: int | None = strawberry.field(
        description="After so many offers that lapsed, the pool; null: only when nobody is left."
    )
    stagnant_days: int | None = strawberry.field(
        description="An accepted lead is stagnant after so many days without follow-up; null: never."
    )

    @classmethod
    def of(cls, row: Row) -> "LeadSettings":
        settings = Settings.of(row)
        working = settings.working
        return cls(
            network_id=strawberry.ID(str(row["network_id"])),
            version=settings.version,
            time_zone=working.zone.key,
            weekdays=sorted(working.weekdays),
            opens_minute=working.opens_minute,
            closes_minute=working.closes_minute,
            holidays=sorted(working.holidays),
            extra_days=sorted(working.extra_days),
            accept_seconds=settings.accept_seconds,
            most_lapses=settings.most_lapses,
            stagnant_days=settings.stagnant_days,
        )


@strawberry.input(description="A rule.")
class LeadRuleInput:
    """See `app.leads.rules.RuleSaid`."""

    id: strawberry.ID | None = strawberry.field(default=None, description="The rule that this is; null: a new one.")
    name: str = strawberry.field(description="What we call it.")
    precedence: int = strawberry.field(
        default=0, description="Lower ones first; among equals the narrowest region, then category."
    )
    region_code: str | None = strawberry.field(default=None, description="Leads from here and all inside; null: any.")
    category: str | None = strawberry.field(
        default=None, description="A category's code: leads for it and all below; null: any."
    )
    product_line: str | None = strawberry.field(default=None, description="Leads for this, in these words; null: any.")
    source: str | None = strawberry.field(default=None, description="Leads from this source; null: any.")
    strategy: LeadStrategy = strawberry.field(default=LeadStrategy.ROUND_ROBIN, description="What is done with them.")
    company_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Only these; null: all.")

    def read(self) -> RuleSaid:
        if self.company_ids is not None and len(self.company_ids) > MOST_LISTED:
            expected = Said(f"at most {MOST_LISTED} companies", f"最多 {MOST_LISTED} 家公司")
            raise BadRequest("companyIds", len(self.company_ids), expected)
        companies = None if self.company_ids is None else tuple(uuids_of(self.company_ids, "dealer"))
        return RuleSaid(
            name=self.name,
            precedence=self.precedence,
            region_code=self.region_code,
            category_code=self.category,
            product_line=self.product_line,
            source=self.source,
            strategy=str(self.strategy.value),
            company_ids=companies,
            rule_id=None if self.id is None else uuid_of(self.id, "lead rule"),
        )


@strawberry.input(description="All rules of a network: one that is not among them ends.")
class SaveLeadRulesInput:
    """Input of `saveLeadRules`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="My brand's network.")
    rules: list[LeadRuleInput] = strawberry.field(description="At most 200.")


@strawberry.input(description="When a network works, and how long a dealer may think about a lead.")
class SaveLeadSettingsInput:
    """Input of `saveLeadSettings`; it is set as a whole."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="My brand's network.")
    expected_version: int | None = expected_version()
    time_zone: str = strawberry.field(description="An IANA time zone, such as Asia/Shanghai.")
    weekdays: list[int] = strawberry.field(description="On which it works: 1 (Monday) to 7.")
    opens_minute: int = strawberry.field(description="From this minute of the day on.")
    closes_minute: int = strawberry.field(description="Until this minute of the day; 1440 is its end.")
    holidays: list[dt.date] = strawberry.field(default_factory=list, description="At most 400 days off.")
    extra_days: list[dt.date] = strawberry.field(default_factory=list, description="At most 400 days on (调休补班).")
    accept_seconds: int = strawberry.field(description="Business seconds to accept a lead: 7200 is two hours.")
    most_lapses: int | None = strawberry.field(
        default=None, description="After so many offers that lapsed, the pool; null: only when nobody is left."
    )
    stagnant_days: int | None = strawberry.field(
        default=None, description="An accepted lead is stagnant after so many days; null: never."
    )

    def read(self) -> Settings:
        hours = self.opens_minute, self.closes_minute
        days = frozenset(self.holidays), frozenset(self.extra_days)
        working = WorkingTime(_zone(self.time_zone), frozenset(self.weekdays), *hours, *days)
        return Settings(working, self.accept_seconds, self.most_lapses, self.stagnant_days)


@strawberry.input(description="How many leads a dealer may have open.")
class SetLeadCapacityInput:
    """Input of `setLeadCapacity`."""

    client_key: str = client_key()
    network_id: strawberry.ID = strawberry.field(description="My brand's network.")
    company_id: strawberry.ID = strawberry.field(description="The dealer.")
    most_open: int | None = strawberry.field(default=None, description="So many; 0: none, null: no limit.")


@strawberry.type(description="The rules as they are tried now.")
class LeadRulesSaved:
    """Result of `saveLeadRules`."""

    rules: list[LeadRule] = strawberry.field(description="In the order in which they are tried.")


SaveLeadRulesResult = Annotated[LeadRulesSaved | KeyReused, strawberry.union("SaveLeadRulesResult")]
SaveLeadSettingsResult = Annotated[
    LeadSettings | ChangedMeanwhile | KeyReused, strawberry.union("SaveLeadSettingsResult")
]
SetLeadCapacityResult = Annotated[LeadDealer | KeyReused, strawberry.union("SetLeadCapacityResult")]


@strawberry.type
class ArrangingMutations:
    """How leads are dealt with from now on."""

    @strawberry.mutation(description="For a brand: set the rules by which leads go to dealers.")
    @access(Permission.LEAD_MANAGE)
    async def save_lead_rules(self, info: Info, input: SaveLeadRulesInput) -> SaveLeadRulesResult | None:
        viewer = info.context.viewer
        network_id = await save_lead_rules(
            viewer,
            network_id=uuid_of(input.network_id, "network"),
            rules=[one.read() for one in input.rules],
            client_key=input.client_key,
        )
        return LeadRulesSaved(rules=[LeadRule.of(row) for row in await counters.rules_of(viewer, network_id)])

    @strawberry.mutation(description="For a brand: set working hours and deadlines of offers to come.")
    @access(Permission.LEAD_MANAGE)
    async def save_lead_settings(self, info: Info, input: SaveLeadSettingsInput) -> SaveLeadSettingsResult | None:
        viewer = info.context.viewer
        network_id = await save_lead_settings(
            viewer,
            network_id=uuid_of(input.network_id, "network"),
            settings=input.read(),
            expected_version=input.expected_version,
            client_key=input.client_key,
        )
        return LeadSettings.of(await counters.lead_settings(viewer, network_id))

    @strawberry.mutation(description="For a brand: how many leads a dealer may have open.")
    @access(Permission.LEAD_MANAGE)
    async def set_lead_capacity(self, info: Info, input: SetLeadCapacityInput) -> SetLeadCapacityResult | None:
        viewer, network_id = info.context.viewer, uuid_of(input.network_id, "network")
        company_id = await set_lead_capacity(
            viewer,
            network_id=network_id,
            company_id=uuid_of(input.company_id, "dealer"),
            most_open=input.most_open,
            client_key=input.client_key,
        )
        return LeadDealer.of(await counters.dealer_of(viewer, network_id, company_id))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        expected = Said("an IANA time zone, such as Asia/Shanghai", " IANA 时区，例如 Asia/Shanghai")
        raise BadRequest("timeZone", name, expected) from None
