"""Acts on deliveries: take the next one that is due, and write what became of it.

A delivery is taken (`sending`, committed) before anything is said to the outside, and settled afterwards. A worker that
dies in between leaves it `sending`: `release_orphans` finds it. WeChat has no way to say the same message twice and be
recognised, so what may have reached it is never said again; an e-mail is, under the same Message-ID.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from app import database
from app.communication.channels import Open
from app.communication.kinds import Channel, DeliveryState, LinkType, NotificationKind, Priority
from app.communication.notices import kinds_open_to
from app.communication.rules import ORPHANED_AFTER, STALE_AFTER, first_channel, kept_back, next_try, not_before
from app.communication.settings_row import address_of, quiet_hours, reachable
from app.kernel.act import Work, act
from app.kernel.clock import now
from app.kernel.ids import uuid7
from app.network.roles import Role, permissions_of

_S = DeliveryState


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """What is to be said to whom. Not shown in logs: it holds an address."""

    delivery_id: UUID
    member_id: UUID
    channel: Channel
    address: str
    kind: NotificationKind
    params: Mapping[str, str]
    link_type: LinkType
    link_id: UUID
    at: datetime
    locale: str | None
    identity_id: UUID | None = None
    template_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message. `no_quota`: WeChat says that the member accepts no more of its template."""

    state: DeliveryState
    reason: str | None = None
    used: bool = False
    no_quota: bool = False


SENT: Final = Outcome(_S.SENT, used=True)

_NEXT: Final = """
SELECT d.id, d.channel, d.priority, d.tries, n.id AS notification_id, n.kind, n.params::text AS params, n.link_type,
    n.link_id, n.read_at, n.created_at, m.id AS member_id, m.roles, m.status, c.status AS company_status, p.login,
    coalesce(s.locale, p.locale) AS locale, s.quiet_from, s.quiet_until, s.time_zone, i.id AS identity_id, i.open_id,
    coalesce((SELECT jsonb_object_agg(f.channel, f.enabled) FROM notification_preference f
              WHERE f.member_id = m.id AND f.kind = n.kind), '{}')::text AS chosen
FROM notification_delivery d
JOIN notification n ON n.id = d.notification_id
JOIN membership m ON m.id = d.member_id
JOIN company c ON c.id = m.company_id
JOIN person p ON p.id = m.person_id
LEFT JOIN notification_setting s ON s.member_id = m.id
LEFT JOIN LATERAL (
    SELECT i.id, i.open_id FROM identity i WHERE i.person_id = p.id AND i.provider = 'wechat' AND i.app_id = $3
    ORDER BY i.id DESC LIMIT 1
) i ON true
WHERE d.member_id = $1 AND d.state = 'waiting' AND d.due_at <= $2
ORDER BY d.priority, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED
"""
_MOVE: Final = """
UPDATE notification_delivery
SET state = $2::text, reason = $3, due_at = $4, claimed_at = $5, tries = $6,
    sent_at = CASE WHEN $2::text = 'sent' THEN $5::timestamptz END
WHERE id = $1
"""
_SPEND: Final = """
UPDATE wx_subscribe_quota SET remaining = remaining - 1, changed_at = $4
WHERE identity_id = $1 AND template_id = $2 AND remaining > $3 RETURNING remaining
"""
_GIVE_BACK: Final = """
UPDATE wx_subscribe_quota SET remaining = remaining + 1, changed_at = $3 WHERE identity_id = $1 AND template_id = $2
"""
_NO_MORE: Final = """
UPDATE wx_subscribe_quota SET remaining = 0, changed_at = $3 WHERE identity_id = $1 AND template_id = $2
"""
_BY_OTHER_WAY: Final = """
INSERT INTO notification_delivery (id, notification_id, member_id, channel, priority, state, tries, due_at)
VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6) ON CONFLICT (notification_id, channel) DO NOTHING
"""


@act
async def take_due(work: Work, member_id: UUID, open_channels: Open) -> Message | None:
    """The member's most urgent delivery that is due and may be sent, now `sending`; None when there is none.

    What nobody wants any more is dropped on the way, what must wait for the end of quiet hours waits, and what WeChat
    cannot take goes by e-mail where the member wants that. A message of WeChat's is paid from the quota here.
    """
    while True:
        row = await work.row(_NEXT, member_id, work.now, open_channels.app_id)
        if row is None:
            return None
        reason = _pointless(row, work.now)
        if reason is not None:
            await _move(work, row, _S.DROPPED, reason)
            continue
        start = not_before(work.now, quiet_hours(row), Priority(row["priority"]))
        if start > work.now:
            await work.run(_MOVE, row["id"], _S.WAITING.value, "quiet_hours", start, None, row["tries"])
            continue
        message = await _message(work, row, open_channels)
        if message is not None:
            await work.run(_MOVE, row["id"], _S.SENDING.value, None, work.now, work.now, row["tries"] + 1)
            return message


def _pointless(row: asyncpg.Record, moment: datetime) -> str | None:
    """Why nobody wants the message any more."""
    if row["read_at"] is not None:
        return "read"
    permissions = permissions_of(frozenset(Role(one) for one in row["roles"]))
    active = row["status"] == row["company_status"] == "active"
    if not active or NotificationKind(row["kind"]) not in kinds_open_to(permissions):
        return "not_allowed"
    if row["created_at"] <= moment - STALE_AFTER:
        return "too_late"
    chosen = orjson.loads(row["chosen"])
    return "turned_off" if chosen.get(row["channel"]) is False else None


async def _message(work: Work, row: asyncpg.Record, open_channels: Open) -> Message | None:
    """The message, paid for; None where this channel cannot take it, and another was tried."""
    kind, channel = NotificationKind(row["kind"]), Channel(row["channel"])
    ways = reachable(open_channels, kind, login=row["login"], bound=row["identity_id"] is not None)
    template = open_channels.templates.get(kind) if channel is Channel.WECHAT else None
    if channel not in ways:
        await _other_way(work, row, open_channels, "not_reachable")
        return None
    if template is not None:
        kept = kept_back(kind, open_channels.sharing(template.id))
        if await work.row(_SPEND, row["identity_id"], template.id, kept, work.now) is None:
            await _other_way(work, row, open_channels, "no_quota")
            return None
    return Message(
        delivery_id=row["id"],
        member_id=row["member_id"],
        channel=channel,
        address=row["open_id"] if template is not None else address_of(row["login"]) or "",
        kind=kind,
        params=orjson.loads(row["params"]),
        link_type=LinkType(row["link_type"]),
        link_id=row["link_id"],
        at=row["created_at"],
        locale=row["locale"],
        identity_id=row["identity_id"] if template is not None else None,
        template_id=None if template is None else template.id,
    )


async def _other_way(
    work: Work, row: asyncpg.Record, open_channels: Open, reason: str, state: DeliveryState = _S.DROPPED
) -> None:
    """This channel is done with; the next one that the member wants and can be reached by takes over, once."""
    await _move(work, row, state, reason)
    kind, channel = NotificationKind(row["kind"]), Channel(row["channel"])
    ways = reachable(open_channels, kind, login=row["login"], bound=row["identity_id"] is not None)
    other = first_channel(kind, orjson.loads(row["chosen"]), ways, after=channel)
    if other is not None:
        said = (uuid7(), row["notification_id"], row["member_id"], other.value, row["priority"], work.now)
        await work.run(_BY_OTHER_WAY, *said)


async def _move(work: Work, row: asyncpg.Record, state: DeliveryState, reason: str | None) -> None:
    await work.run(_MOVE, row["id"], state.value, reason, work.now, work.now, row["tries"])


_TAKEN: Final = (
    _NEXT.replace(
        "WHERE d.member_id = $1 AND d.state = 'waiting' AND d.due_at <= $2", "WHERE d.id = $1 AND d.state = 'sending'"
    )
    .replace("$3", "$2")
    .replace("SKIP LOCKED", "")
)


@act
async def settle(work: Work, message: Message, outcome: Outcome, open_channels: Open) -> None:
    """Write what became of a taken delivery. One that was settled by somebody else meanwhile stays as it is."""
    row = await work.row(_TAKEN, message.delivery_id, open_channels.app_id)
    if row is None:
        return
    if message.identity_id is not None and not outcome.used:
        account = _NO_MORE if outcome.no_quota else _GIVE_BACK
        await work.run(account, message.identity_id, message.template_id, work.now)
    again = next_try(work.now, row["tries"]) if outcome.state is _S.WAITING else None
    if again is not None:
        await work.run(_MOVE, row["id"], _S.WAITING.value, outcome.reason, again, None, row["tries"])
    elif outcome.state is _S.SENT:
        await _move(work, row, _S.SENT, None)
    else:
        state = _S.FAILED if outcome.state is _S.WAITING else outcome.state
        await _other_way(work, row, open_channels, outcome.reason or "failed", state)


_ORPHANS: Final = (
    "SELECT id FROM notification_delivery WHERE state = 'sending' AND claimed_at < $1 ORDER BY id LIMIT 200"
)


async def release_orphans(open_channels: Open) -> int:
    """Settle what was being sent when its worker died; answers how many there were."""
    orphans = await database.rows(_ORPHANS, now() - ORPHANED_AFTER)
    for row in orphans:
        await _release(row["id"], open_channels)
    return len(orphans)


@act
async def _release(work: Work, delivery_id: UUID, open_channels: Open) -> None:
    row = await work.row(_TAKEN, delivery_id, open_channels.app_id)
    if row is None:
        return
    again = next_try(work.now, row["tries"]) if row["channel"] == Channel.EMAIL.value else None
    if again is not None:
        await work.run(_MOVE, row["id"], _S.WAITING.value, "worker_died", work.now, None, row["tries"])
    else:
        await _other_way(work, row, open_channels, "worker_died", _S.UNKNOWN)


_DUE: Final = """
SELECT member_id, min(priority) AS priority FROM notification_delivery
WHERE state = 'waiting' AND due_at <= $1 GROUP BY member_id ORDER BY 2, 1 LIMIT 1000
"""


async def members_with_due(moment: datetime | None = None) -> list[UUID]:
    """Members for whom something is due, the most urgent first; at most a thousand at a time."""
    return [row["member_id"] for row in await database.rows(_DUE, moment or now())]


READ_KEPT: Final = timedelta(days=30)
KEPT: Final = timedelta(days=180)
_FORGET: Final = """
WITH old AS MATERIALIZED (
    SELECT id FROM notification WHERE created_at < $1 AND (read_at IS NOT NULL OR created_at < $2) LIMIT 5000
), deliveries AS (
    DELETE FROM notification_delivery WHERE notification_id IN (SELECT id FROM old)
)
SELECT array_agg(id) AS ids FROM old
"""


@act
async def forget_old(work: Work) -> int:
    """Drop notifications of 30 days ago that were read, and all of 180 days ago, with their deliveries; 5,000 at a
    time."""
    found: Any = await work.row(_FORGET, work.now - READ_KEPT, work.now - KEPT)
    ids = found["ids"] or []
    await work.run("DELETE FROM notification WHERE id = ANY($1::uuid[])", ids)
    return len(ids)
