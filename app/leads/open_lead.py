"""A lead that an act works on: found and locked, changed in memory, saved and told as a whole at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from app.kernel.act import Work
from app.kernel.refusal import MoveNotAllowed, NotFound
from app.leads.lifecycle import GONE, LEAD, LeadAction, LeadStatus, Outcome, PoolReason, allowed
from app.leads.refusals import OfferLapsed
from app.leads.rules import Deadline, LeadSettings
from app.leads.sql import LATEST, visible
from app.network.roles import Permission
from app.network.viewer import Viewer

_COLUMNS: Final = """
SELECT l.id, l.network_id, l.source, l.region_id, l.category_id, l.product_line, l.status, l.version, l.pool_reason,
    l.stage, l.next_at, l.touched_at, n.brand_id, n.time_zone AS network_time_zone, s.time_zone, s.weekdays,
    s.opens_minute, s.closes_minute, s.holidays, s.extra_days, s.accept_seconds, s.most_lapses, s.stagnant_days,
    s.version AS settings_version
"""
_SETTINGS: Final = "LEFT JOIN lead_settings s ON s.network_id = n.id"
_SEEN: Final = f"""
{_COLUMNS} FROM lead l JOIN network n ON n.id = l.network_id {_SETTINGS} {LATEST}
WHERE l.id = $2 AND {visible(3, 5)} FOR NO KEY UPDATE OF l
"""
_ANY: Final = f"""
{_COLUMNS} FROM lead l JOIN network n ON n.id = l.network_id {_SETTINGS} WHERE l.id = $1 FOR NO KEY UPDATE OF l
"""
_NETWORK: Final = f"""
SELECT n.id, n.brand_id, n.time_zone AS network_time_zone, s.time_zone, s.weekdays, s.opens_minute, s.closes_minute,
    s.holidays, s.extra_days, s.accept_seconds, s.most_lapses, s.stagnant_days, s.version AS settings_version
FROM network n {_SETTINGS} WHERE n.id = $1
"""
# After the lock: the lead's row may have waited for an act that closed or opened an assignment
_ACTIVE: Final = """
SELECT a.id, a.company_id, a.offered_at, a.deadline_at, a.accepted_at, a.warned_percent, a.warn_at,
    (SELECT count(*) FROM lead_assignment c WHERE c.lead_id = l.id AND c.outcome = 'lapsed') AS lapses,
    (SELECT c.company_id FROM lead_assignment c WHERE c.lead_id = l.id AND c.outcome IN ('won', 'lost')) AS ended_by
FROM lead l LEFT JOIN lead_assignment a ON a.lead_id = l.id AND a.closed_at IS NULL WHERE l.id = $1
"""


@dataclass(slots=True)
class Assignment:
    """The active one."""

    id: UUID
    company_id: UUID
    offered_at: datetime
    deadline_at: datetime
    accepted_at: datetime | None
    warned_percent: int
    warn_at: datetime | None

    def has_lapsed(self, now: datetime) -> bool:
        """Nobody answered in time: it counts as lapsed, whether or not a worker has said so."""
        return self.accepted_at is None and now >= self.deadline_at


@dataclass(frozen=True, slots=True)
class Offer:
    """A new assignment, to be written."""

    id: UUID
    company_id: UUID
    deadline: Deadline
    rule_id: UUID | None = None
    assigned_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """How the active assignment ends."""

    outcome: Outcome
    reason: str | None = None
    answer_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: a version, a line of the timeline, and a fact. `company_id`: the dealer that it concerns."""

    version: int
    what: str
    company_id: UUID | None = None
    stage: str | None = None
    reason: str | None = None
    note: bytes | None = None
    next_at: datetime | None = None
    by: UUID | None = None
    payload: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class OpenLead:
    """A locked lead; what is changed here is written by `save_lead`."""

    id: UUID
    network_id: UUID
    brand_id: UUID
    settings: LeadSettings
    source: str
    region_id: str | None
    category_id: UUID | None
    product_line: str | None
    status: LeadStatus
    version: int
    stage: str | None = None
    next_at: datetime | None = None
    touched_at: datetime | None = None
    assignment: Assignment | None = None
    lapses: int = 0
    ended_by: UUID | None = None
    pool_reason: PoolReason | None = None
    order_id: UUID | None = None
    reference: bytes | None = None
    closing: Closing | None = None
    offer: Offer | None = None
    entries: list[Entry] = field(default_factory=list)

    @property
    def holder(self) -> UUID | None:
        """The dealer that has it, or is asked."""
        return None if self.assignment is None else self.assignment.company_id

    def move(self, name: str) -> None:
        """Follow the table. MoveNotAllowed names what is possible."""
        self.status = LEAD.after(self.status, name)

    def note(self, what: str, *, company_id: UUID | None = None, **said: Any) -> None:
        """One more version, with its line and its fact."""
        self.version += 1
        self.entries.append(Entry(self.version, what, company_id, **said))

    def require(self, viewer: Viewer, action: LeadAction, now: datetime) -> None:
        """Raise OfferLapsed where only time stands in the way, else MoveNotAllowed, unless the viewer may do this."""
        is_brand, holds = viewer.company_id == self.brand_id, viewer.company_id == self.holder
        has_lapsed = self.assignment is not None and self.assignment.has_lapsed(now)
        rights = viewer.permissions
        if has_lapsed and holds and not is_brand:
            assert self.assignment is not None
            raise OfferLapsed(self.id, self.assignment.deadline_at)
        possible = allowed(self.status, is_brand=is_brand, holds=holds, has_lapsed=has_lapsed, permissions=rights)
        if action not in possible:
            knows = is_brand or holds or viewer.company_id == self.ended_by
            status = self.status.value if knows else GONE
            raise MoveNotAllowed("lead", status, action.value, [one.value for one in possible])


async def open_lead(work: Work, viewer: Viewer, lead_id: UUID) -> OpenLead:
    """Lock a lead that the viewer may see. NotFound for absent and foreign ones alike."""
    may = viewer.may(Permission.LEAD_MANAGE), viewer.may(Permission.LEAD_FOLLOW)
    row = await work.row(_SEEN, viewer.company_id, lead_id, *viewer.scope, *may)
    if row is None:
        raise NotFound("lead", lead_id)
    return await _opened(work, row)


async def open_for_the_house(work: Work, lead_id: UUID) -> OpenLead:
    """Lock a lead for time's own acts."""
    row = await work.row(_ANY, lead_id)
    if row is None:
        raise NotFound("lead", lead_id)
    return await _opened(work, row)


async def settings_of(work: Work, network_id: UUID) -> asyncpg.Record:
    """The network's row with its settings, for `LeadSettings.of`. NotFound for an absent one."""
    row = await work.row(_NETWORK, network_id)
    if row is None:
        raise NotFound("network", network_id)
    return row


async def _opened(work: Work, row: asyncpg.Record) -> OpenLead:
    found = await work.row(_ACTIVE, row["id"])
    assert found is not None
    names = ("id", "company_id", "offered_at", "deadline_at", "accepted_at", "warned_percent", "warn_at")
    return OpenLead(
        id=row["id"],
        network_id=row["network_id"],
        brand_id=row["brand_id"],
        settings=LeadSettings.of(row),
        source=row["source"],
        region_id=row["region_id"],
        category_id=row["category_id"],
        product_line=row["product_line"],
        status=LeadStatus(row["status"]),
        version=row["version"],
        stage=row["stage"],
        next_at=row["next_at"],
        touched_at=row["touched_at"],
        assignment=None if found["id"] is None else Assignment(**{name: found[name] for name in names}),
        lapses=found["lapses"],
        ended_by=found["ended_by"],
        pool_reason=None if row["pool_reason"] is None else PoolReason(row["pool_reason"]),
    )
