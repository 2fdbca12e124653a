"""Leads by number."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.leads.lifecycle import PoolReason
from schema.leads.types import LeadState
from schema.network.types import Company

Row = Mapping[str, Any]


@strawberry.type(description="How many leads are in one state.")
class LeadStateCount:
    """One group."""

    status: LeadState = strawberry.field(description="The state.")
    pool_reason: PoolReason | None = strawberry.field(description="Of the pool: why they wait.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="What became of the leads of one source.")
class LeadSourceCount:
    """One group."""

    source: str = strawberry.field(description="The source.")
    count: int = strawberry.field(description="How many came.")
    duplicates: int = strawberry.field(description="How many of them were duplicates.")
    alive: int = strawberry.field(description="How many are offered, accepted or in the pool.")
    won: int = strawberry.field(description="How many became orders.")
    lost: int = strawberry.field(description="How many came to nothing.")


@strawberry.type(description="How many leads are where, and where they came from.")
class LeadCounters:
    """See `app.leads.counters`."""

    by_status: list[LeadStateCount] = strawberry.field(description="By state, the pool by reason.")
    by_source: list[LeadSourceCount] = strawberry.field(description="The hundred largest sources.")

    @classmethod
    def of(cls, statuses: list[Row], sources: list[Row]) -> "LeadCounters":
        return cls(
            by_status=[
                LeadStateCount(
                    status=LeadState(row["status"]),
                    pool_reason=None if row["pool_reason"] is None else PoolReason(row["pool_reason"]),
                    count=row["count"],
                )
                for row in statuses
            ],
            by_source=[LeadSourceCount(**row) for row in sources],
        )


@strawberry.type(description="How one dealer deals with leads.")
class LeadDealer:
    """One dealer's counters."""

    dealer: Company = strawberry.field(description="The dealer.")
    most_open: int | None = strawberry.field(description="How many it may have open; null: no limit.")
    open: int = strawberry.field(description="How many it has open: accepted, or offered and not lapsed.")
    offered: int = strawberry.field(description="How many it was offered.")
    accepted: int = strawberry.field(description="How many of them it accepted.")
    rejected: int = strawberry.field(description="How many it rejected.")
    lapsed: int = strawberry.field(description="How many it let lapse.")
    won: int = strawberry.field(description="How many it won.")
    lost: int = strawberry.field(description="How many it lost.")
    response_rate_bp: int | None = strawberry.field(
        description="Answered, of those answered or lapsed, in hundredths of a percent; null: none yet."
    )
    mean_answer_minutes: int | None = strawberry.field(description="Business minutes to an answer, on average.")

    @classmethod
    def of(cls, row: Row) -> "LeadDealer":
        answered, lapsed = row["accepted"] + row["rejected"], row["lapsed"]
        asked = answered + lapsed
        return cls(
            dealer=Company.of(row, "dealer"),
            most_open=row["most_open"],
            open=row["open"],
            offered=row["offered"],
            accepted=row["accepted"],
            rejected=row["rejected"],
            lapsed=lapsed,
            won=row["won"],
            lost=row["lost"],
            response_rate_bp=None if asked == 0 else answered * 10_000 // asked,
            mean_answer_minutes=row["mean_answer_minutes"],
        )
