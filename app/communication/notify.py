"""A step: write what members are told of some facts into their inboxes, and set on its way what leaves the mall.

Three round trips, whatever the number of facts and members. The same fact makes a member's notification once, also when
it is met again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from app.communication.channels import Open
from app.communication.events import InboxChanged
from app.communication.kinds import Channel
from app.communication.notices import BY_FACT, Notice, Side
from app.communication.parties import Parties
from app.communication.rules import STALE_AFTER, first_channel, not_before
from app.communication.settings_row import quiet_hours, reachable
from app.kernel.act import Work
from app.kernel.event_log import Event
from app.kernel.ids import uuid7
from app.network.events import NO_NETWORK
from app.network.roles import GRANTS
from app.network.sql import member_in_scope


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody of a company is to be told of a fact."""

    notice: Notice
    event: Event
    company_id: UUID | None
    parties: Parties
    scoped: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What was written: how many notifications, and the members for whom something leaves the mall at once."""

    notifications: int
    members: tuple[UUID, ...]


# $1: the calls. A member is told who is active, holds the right, and, as the seller's, has the document in scope.
_MEMBERS: Final = f"""
SELECT c.n, m.id AS member_id, p.login, s.quiet_from, s.quiet_until, s.time_zone, i.id AS identity_id,
    coalesce((SELECT jsonb_object_agg(f.channel, f.enabled) FROM notification_preference f
              WHERE f.member_id = m.id AND f.kind = c.kind), '{{}}')::text AS chosen
FROM jsonb_to_recordset($1::jsonb) AS c(n int, kind text, company_id uuid, member_id uuid, but uuid, roles text[],
    scoped bool, relation_id uuid, region_code text)
JOIN membership m ON m.status = 'active' AND (m.company_id = c.company_id OR m.id = c.member_id)
JOIN company o ON o.id = m.company_id AND o.status = 'active'
JOIN person p ON p.id = m.person_id
LEFT JOIN trade_relation r ON r.id = c.relation_id
LEFT JOIN notification_setting s ON s.member_id = m.id
LEFT JOIN LATERAL (
    SELECT i.id FROM identity i WHERE i.person_id = p.id AND i.provider = 'wechat' AND i.app_id = $2
    ORDER BY i.id DESC LIMIT 1
) i ON true
WHERE (c.member_id IS NULL OR m.id = c.member_id) AND m.id IS DISTINCT FROM c.but
  AND (c.roles IS NULL OR m.roles && c.roles)
  AND (NOT c.scoped OR {member_in_scope("m", "c.relation_id", "coalesce(c.region_code, r.region_id)")})
ORDER BY c.n, m.id
"""
_WRITE: Final = """
WITH said AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS s(id uuid, member_id uuid, kind text, link_type text, link_id uuid,
        params jsonb, dedupe_key text, delivery_id uuid, channel text, priority int, due_at timestamptz)
), told AS (
    INSERT INTO notification (id, member_id, kind, link_type, link_id, params, dedupe_key, created_at)
    SELECT id, member_id, kind, link_type, link_id, params, dedupe_key, $2 FROM said ORDER BY id
    ON CONFLICT (member_id, dedupe_key) DO NOTHING
    RETURNING id
), leaving AS (
    INSERT INTO notification_delivery (id, notification_id, member_id, channel, priority, state, tries, due_at)
    SELECT s.delivery_id, s.id, s.member_id, s.channel, s.priority, 'waiting', 0, s.due_at
    FROM said s JOIN told t ON t.id = s.id WHERE s.channel IS NOT NULL
)
SELECT id FROM told
"""


def calls_for(events: Iterable[Event], parties: Mapping[int, Parties]) -> list[Call]:
    """Whom the table of notices calls for these facts. A fact whose document is gone calls nobody."""
    return [
        call
        for event in events
        if event.delivery_no in parties
        for notice in BY_FACT.get((event.kind, event.what), ())
        for call in _calls(notice, event, parties[event.delivery_no])
    ]


def _calls(notice: Notice, event: Event, parties: Parties) -> Iterable[Call]:
    if notice.side is Side.MEMBER:
        if parties.member_id is not None:
            yield Call(notice, event, None, parties, scoped=False)
        return
    sides = {Side.SELLER: parties.seller_id, Side.BUYER: parties.buyer_id}
    if notice.by is not None and sides[notice.by] != parties.by_company:
        return
    for side, company_id in sides.items():
        named = notice.side is side or (notice.side is Side.OTHER and company_id != parties.by_company)
        if named and company_id is not None:
            yield Call(notice, event, company_id, parties, scoped=side is Side.SELLER)


async def tell_members(work: Work, calls: Sequence[Call], open_channels: Open) -> Told:
    """Write a notification for each member called, a delivery where one is wanted and possible, and tell each member's
    devices once, of the most urgent and newest."""
    if not calls:
        return Told(0, ())
    said = orjson.dumps([_said(n, one) for n, one in enumerate(calls)], default=str).decode()
    members = await work.rows(_MEMBERS, said, open_channels.app_id)
    rows = [_row(work.now, calls[row["n"]], row, open_channels) for row in members]
    if not rows:
        return Told(0, ())
    written = {row["id"] for row in await work.rows(_WRITE, orjson.dumps(rows, default=str).decode(), work.now)}
    kept = [row for row in rows if row["id"] in written]
    _tell(work, kept)
    leaving = {row["member_id"] for row in kept if row["channel"] and row["due_at"] <= work.now}
    return Told(len(kept), tuple(leaving))


def _tell(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    first: dict[UUID, Mapping[str, Any]] = {}
    for row in reversed(rows):
        known = first.get(row["member_id"])
        if known is None or row["priority"] < known["priority"]:
            first[row["member_id"]] = row
    for member_id, row in first.items():
        work.tell(
            InboxChanged(network_id=NO_NETWORK, subject_id=row["id"], version=0, what="told", audience=(member_id,))
        )


def _said(n: int, call: Call) -> dict[str, object]:
    parties = call.parties
    return {
        "n": n,
        "kind": call.notice.kind.value,
        "company_id": call.company_id,
        "member_id": parties.member_id,
        "but": parties.by,
        "roles": _roles(call.notice.needs),
        "scoped": call.scoped,
        "relation_id": parties.relation_id,
        "region_code": parties.region_code,
    }


def _roles(needs: str | None) -> Collection[str] | None:
    return None if needs is None else [role.value for role, granted in GRANTS.items() if needs in granted]


def _row(now: datetime, call: Call, member: asyncpg.Record, open_channels: Open) -> dict[str, Any]:
    notice, event = call.notice, call.event
    channel: Channel | None = None
    if event.at > now - STALE_AFTER:
        ways = reachable(open_channels, notice.kind, login=member["login"], bound=member["identity_id"] is not None)
        channel = first_channel(notice.kind, orjson.loads(member["chosen"]), ways)
    return {
        "id": uuid7(),
        "member_id": member["member_id"],
        "kind": notice.kind.value,
        "link_type": notice.link.value,
        "link_id": event.subject_id,
        "params": dict(call.parties.params),
        "dedupe_key": f"{notice.kind.value}:{event.subject_id}:{event.delivery_no}",
        "delivery_id": uuid7(),
        "channel": channel and channel.value,
        "priority": notice.priority.value,
        "due_at": not_before(now, quiet_hours(member), notice.priority),
    }
